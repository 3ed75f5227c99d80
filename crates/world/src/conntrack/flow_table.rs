//! Where the living flows are kept.
//!
//! - `slots`: the entries; a free slot is reused, last freed first.
//! - `index`: both tuples of every entry, as in the kernel's one hash table: a new flow's reply tuple
//!   is "used" when *any* entry has it in *either* direction (`nf_nat_used_tuple`).
//! - chains: entries of one inside source, newest first (the kernel's `nf_nat_bysource`), and, for
//!   translations with RFC 4787 behaviours that look beyond the tuple, of one outside endpoint.
//! - `alarms`: a heap with one alarm for each entry, at or before the end of its life. A packet only
//!   moves the end; an alarm that rings too early is set again. So a packet costs no heap work, and a
//!   flow is looked at about once per life. A life that gets shorter (TCP) leaves a stale
//!   alarm behind; when those outnumber the entries the heap is rebuilt.
//!
//! Memory follows the largest number of flows that lived at once. Dead entries are gone after
//! [`FlowTable::purge`], with which everything but the look-up of a known flow begins; the look-up sees
//! from the entry itself that it is dead. A clock that goes backwards only makes entries live longer.

use super::timers::FlowState;
use super::tuple::{FlowDirection, Tuple, TupleKey, end_key};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use unanswered_scenario::model::{Endpoint, NatBehaviour, Transport};
use unanswered_wire::Time;

/// No slot.
const NONE: u32 = u32::MAX;
/// Stale alarms that are tolerated on top of one for each entry; judgement.
const STALE_ALARMS: usize = 64;

/// The name of a flow in its table, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FlowId {
    /// Counted from 0 in the order in which flows were opened.
    pub(super) number: u64,
    pub(super) slot: u32,
}

/// A flow.
#[derive(Clone, Debug)]
pub(super) struct TrackedFlow {
    /// As its first packet arrived.
    pub(super) original: Tuple,
    /// As its answer will arrive.
    pub(super) reply: Tuple,
    pub(super) since: Time,
    pub(super) last: Time,
    /// The first moment at which it is dead.
    pub(super) expires: Time,
    pub(super) state: FlowState,
    /// Counted from 0 over the table's whole life, never reused.
    pub(super) number: u64,
    /// What may come in through its outside endpoint; `Some` puts it into that endpoint's chain.
    pub(super) filtering: Option<NatBehaviour>,
    alarm: Time,
    links: [Neighbours; 2],
}

/// Neighbours in a chain.
#[derive(Clone, Copy, Debug)]
struct Neighbours {
    newer: u32,
    older: u32,
}

/// A chain of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlowChain {
    /// Those with the same inside source.
    Source = 0,
    /// Those with the same outside endpoint, where its translation has to be found by it.
    Outside = 1,
}

/// What a new entry starts with.
pub(super) struct Fresh {
    pub(super) original: Tuple,
    pub(super) reply: Tuple,
    pub(super) expires: Time,
    pub(super) state: FlowState,
    pub(super) filtering: Option<NatBehaviour>,
}

#[derive(Debug, Default)]
pub(super) struct FlowTable {
    slots: Vec<Option<TrackedFlow>>,
    free: Vec<u32>,
    /// Slot and direction (lowest bit) of each tuple.
    index: FxHashMap<TupleKey, u32>,
    /// Newest entry of each chain.
    newest: [FxHashMap<u64, u32>; 2],
    alarms: BinaryHeap<Reverse<(Time, u32)>>,
    numbers: u64,
}

impl TrackedFlow {
    fn chain_key(&self, chain: FlowChain) -> u64 {
        match chain {
            FlowChain::Source => end_key(self.original.protocol, self.original.source),
            FlowChain::Outside => end_key(self.reply.protocol, self.reply.destination),
        }
    }
}

impl FlowTable {
    /// The slot and direction of a tuple whose entry is alive.
    #[inline]
    pub(super) fn find(&self, now: Time, tuple: &Tuple) -> Option<(u32, FlowDirection)> {
        let place = *self.index.get(&tuple.key())?;
        let direction = if place & 1 == 0 { FlowDirection::Original } else { FlowDirection::Reply };
        let slot = place >> 1;
        (now < self.entry(slot)?.expires).then_some((slot, direction))
    }

    #[inline]
    pub(super) fn entry(&self, slot: u32) -> Option<&TrackedFlow> {
        self.slots.get(slot as usize)?.as_ref()
    }

    #[inline]
    pub(super) fn entry_mut(&mut self, slot: u32) -> Option<&mut TrackedFlow> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    /// Adds a flow neither of whose tuples is in the table; returns its slot.
    pub(super) fn insert(&mut self, now: Time, fresh: Fresh) -> u32 {
        let Fresh { original, reply, expires, state, filtering } = fresh;
        let entry = TrackedFlow {
            original,
            reply,
            since: now,
            last: now,
            expires,
            state,
            number: self.numbers,
            filtering,
            alarm: expires,
            links: [Neighbours { newer: NONE, older: NONE }; 2],
        };
        self.numbers += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).expect("memory ends before 2^31 flows")
        });
        self.slots[slot as usize] = Some(entry);
        // A flow to itself has only one tuple, and it is the original one.
        self.index.insert(reply.key(), slot << 1 | 1);
        self.index.insert(original.key(), slot << 1);
        self.link(FlowChain::Source, slot);
        if filtering.is_some() {
            self.link(FlowChain::Outside, slot);
        }
        self.alarms.push(Reverse((expires, slot)));
        slot
    }

    /// A flow lives on until `expires`.
    #[inline]
    pub(super) fn refresh(&mut self, slot: u32, now: Time, expires: Time) {
        let Some(entry) = self.entry_mut(slot) else { return };
        entry.last = now;
        entry.expires = expires;
        if expires < entry.alarm {
            entry.alarm = expires;
            self.alarms.push(Reverse((expires, slot)));
            self.sweep_alarms();
        }
    }

    /// Removes dead entries. Amortised, an entry costs one heap operation per life.
    pub(super) fn purge(&mut self, now: Time) {
        while let Some(&Reverse((due, slot))) = self.alarms.peek()
            && due <= now
        {
            self.alarms.pop();
            let Some(entry) = self.entry_mut(slot) else { continue };
            if entry.alarm != due {
                continue;
            }
            if entry.expires <= now {
                self.remove(slot);
            } else {
                entry.alarm = entry.expires;
                let alarm = entry.alarm;
                self.alarms.push(Reverse((alarm, slot)));
            }
        }
    }

    /// Removes one; its alarm stays as a stale one.
    pub(super) fn remove(&mut self, slot: u32) {
        let Some(entry) = self.entry(slot) else { return };
        let (original, reply) = (entry.original.key(), entry.reply.key());
        let outside = entry.filtering.is_some();
        self.unlink(FlowChain::Source, slot);
        if outside {
            self.unlink(FlowChain::Outside, slot);
        }
        self.index.remove(&original);
        self.index.remove(&reply);
        self.slots[slot as usize] = None;
        self.free.push(slot);
        self.sweep_alarms();
    }

    /// Removes all; numbers continue.
    pub(super) fn clear(&mut self) {
        *self = Self { numbers: self.numbers, ..Self::default() };
    }

    /// Entries in the table; after a purge all of them live.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// All entries, in the order of their slots.
    pub(super) fn entries(&self) -> impl Iterator<Item = (u32, &TrackedFlow)> {
        (0_u32..).zip(&self.slots).filter_map(|(slot, entry)| Some((slot, entry.as_ref()?)))
    }

    /// Entries of a chain, newest first.
    pub(super) fn chain(
        &self,
        chain: FlowChain,
        protocol: Transport,
        end: Endpoint,
    ) -> impl Iterator<Item = (u32, &TrackedFlow)> {
        let mut next = self.newest[chain as usize].get(&end_key(protocol, end)).copied().unwrap_or(NONE);
        std::iter::from_fn(move || {
            let slot = next;
            let entry = self.entry(slot)?;
            next = entry.links[chain as usize].older;
            Some((slot, entry))
        })
    }

    fn link(&mut self, chain: FlowChain, slot: u32) {
        let Some(key) = self.entry(slot).map(|entry| entry.chain_key(chain)) else { return };
        let older = self.newest[chain as usize].insert(key, slot).unwrap_or(NONE);
        if let Some(entry) = self.entry_mut(slot) {
            entry.links[chain as usize] = Neighbours { newer: NONE, older };
        }
        if let Some(entry) = self.entry_mut(older) {
            entry.links[chain as usize].newer = slot;
        }
    }

    fn unlink(&mut self, chain: FlowChain, slot: u32) {
        let Some(entry) = self.entry(slot) else { return };
        let (key, Neighbours { newer, older }) = (entry.chain_key(chain), entry.links[chain as usize]);
        if let Some(entry) = self.entry_mut(older) {
            entry.links[chain as usize].newer = newer;
        }
        if let Some(entry) = self.entry_mut(newer) {
            entry.links[chain as usize].older = older;
        } else if older == NONE {
            self.newest[chain as usize].remove(&key);
        } else {
            self.newest[chain as usize].insert(key, older);
        }
    }

    fn sweep_alarms(&mut self) {
        if self.alarms.len() > 2 * self.len() + STALE_ALARMS {
            self.alarms = self.entries().map(|(slot, entry)| Reverse((entry.alarm, slot))).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::timers::PacketKind;
    use super::*;
    use std::net::Ipv4Addr;

    fn fresh(client: u32, expires: Time) -> Fresh {
        let source = Endpoint { address: Ipv4Addr::from_bits(client), port: 5 };
        let destination = Endpoint { address: Ipv4Addr::new(9, 9, 9, 9), port: 53 };
        let original = Tuple { protocol: Transport::Udp, source, destination };
        let state = FlowState::opened(Transport::Udp, PacketKind::Datagram, true).unwrap();
        Fresh {
            original,
            reply: original.inverted(),
            expires,
            state,
            filtering: Some(NatBehaviour::EndpointIndependent),
        }
    }

    fn at(second: i64) -> Time {
        Time::from_nanoseconds(second * 1_000_000_000)
    }

    #[test]
    fn memory_follows_the_living_and_not_the_dead() {
        let mut table = FlowTable::default();
        for second in 0..100_000 {
            table.purge(at(second));
            table.insert(at(second), fresh(u32::try_from(second).unwrap(), at(second + 30)));
        }
        assert_eq!((table.len(), table.slots.len()), (30, 30));
        assert!(table.alarms.len() <= 2 * 30 + STALE_ALARMS + 1);
        assert_eq!((table.index.len(), table.newest[0].len(), table.newest[1].len()), (60, 30, 30));
    }

    #[test]
    fn lives_that_get_shorter_leave_a_bounded_number_of_alarms() {
        let mut table = FlowTable::default();
        let slot = table.insert(at(0), fresh(1, at(1_000_000)));
        for round in 0..10_000 {
            table.refresh(slot, at(0), at(999_999 - round));
        }
        assert!(table.alarms.len() <= 2 + STALE_ALARMS);
        table.purge(at(989_999));
        assert_eq!(table.len(), 1);
        table.purge(at(990_000));
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn chains_run_from_the_newest_to_the_oldest_whichever_is_taken_out() {
        let outside = Endpoint { address: Ipv4Addr::from_bits(1), port: 5 };
        let seen = |table: &FlowTable| -> Vec<u32> {
            table.chain(FlowChain::Source, Transport::Udp, outside).map(|(slot, _)| slot).collect()
        };
        for gone in 0..3 {
            let mut table = FlowTable::default();
            for port in 0..3 {
                let mut new = fresh(1, at(9));
                new.original.destination.port = port;
                new.reply = new.original.inverted();
                table.insert(at(0), new);
            }
            assert_eq!(seen(&table), [2, 1, 0]);
            table.remove(gone);
            let left: Vec<u32> = [2, 1, 0].into_iter().filter(|&slot| slot != gone).collect();
            assert_eq!(seen(&table), left);
        }
    }
}
