//! Which requests of plain UDP stand: the rest was no question, or nothing shows that an answer was due.
//!
//! A request stands when
//!
//! - its conversation asked and answered to the end ([`datagrams`](super::datagrams)), and it got a reply;
//! - an ICMP error says that it did not arrive, also where its client went on without waiting for replies that never came;
//! - it got nothing, and its conversation has had [`KNOWN_ANSWERS`] replies, or so many other conversations with the
//!   service (the same server, or the same port) have had one, and more of those ask and answer than do not;
//! - it got nothing and probes the path: the same client's datagrams to the same server expired on the way (traceroute).

use super::Pairer;
use super::datagrams::{Asked, Fate, KNOWN_ANSWERS, was_told};
use crate::leg::{Flags, Leg};
use crate::names::{AddressId, NONE};
use std::collections::{BTreeMap, BTreeSet};
use unanswered_table::{Outcome, Reason};
use unanswered_wire::ProtocolId;
use unanswered_wire::services::EPHEMERAL_FROM;

/// Largest time to live that a traceroute tries (its `-m`).
pub(crate) const PROBES_UP_TO: u8 = 30;

/// Conversations with a service at one place.
#[derive(Clone, Copy, Debug, Default)]
struct Service {
    answered: u32,
    ended: u32,
}

impl Service {
    const fn is_known(self) -> bool {
        self.answered >= KNOWN_ANSWERS && self.answered > self.ended
    }
}

/// What the conversations of all places show of services and paths.
#[derive(Debug, Default)]
struct Evidence {
    /// Replies by conversation.
    replies: Vec<u32>,
    servers: BTreeMap<(u16, AddressId, u16), Service>,
    ports: BTreeMap<(u16, u16), Service>,
    /// Place, client and server between which datagrams expired.
    probed: BTreeSet<(u16, AddressId, AddressId)>,
}

impl Evidence {
    fn of(pairer: &Pairer) -> Self {
        let datagrams = &pairer.datagrams;
        let mut all = Self { replies: vec![0; datagrams.fates.len()], ..Self::default() };
        let mut latest = vec![NONE; datagrams.fates.len()];
        for asked in &datagrams.asked {
            let leg = &pairer.out.legs[asked.leg as usize];
            latest[asked.fate as usize] = asked.leg;
            all.replies[asked.fate as usize] += u32::from(was_replied(leg));
            if let Reason::Refused(how) = pairer.out.reasons.get(leg.reason)
                && how.kind().expired
            {
                all.probed.insert((leg.place.0, leg.client, leg.server));
            }
        }
        for ((fate, replies), leg) in datagrams.fates.iter().zip(&all.replies).zip(latest) {
            let Some(leg) = pairer.out.legs.get(leg as usize) else { continue };
            let one =
                Service { answered: u32::from(!fate.ended && *replies > 0), ended: u32::from(fate.ended) };
            let server = all.servers.entry((leg.place.0, leg.server, leg.server_port)).or_default();
            server.add(one);
            if leg.server_port < EPHEMERAL_FROM {
                all.ports.entry((leg.place.0, leg.server_port)).or_default().add(one);
            }
        }
        all
    }

    /// Services that are known to answer somewhere are so at all places.
    fn known(&self) -> (BTreeSet<(AddressId, u16)>, BTreeSet<u16>) {
        let servers = self.servers.iter().filter(|(_, service)| service.is_known());
        let ports = self.ports.iter().filter(|(_, service)| service.is_known());
        (
            servers.map(|(&(_, server, port), _)| (server, port)).collect(),
            ports.map(|(&(_, port), _)| port).collect(),
        )
    }
}

impl Service {
    const fn add(&mut self, other: Self) {
        self.answered += other.answered;
        self.ended += other.ended;
    }
}

const fn was_replied(leg: &Leg) -> bool {
    leg.flags.has(Flags::REPLY_SEEN) && !matches!(leg.outcome, Outcome::Refused)
}

impl Pairer {
    /// Takes the requests of plain UDP back that do not stand, and gives the frames of the others to what is paired.
    pub(super) fn withdraw(&mut self) {
        if self.datagrams.asked.is_empty() {
            return;
        }
        let standing = self.standing();
        let asked = std::mem::take(&mut self.datagrams.asked);
        let mut stands = vec![true; self.out.legs.len()];
        let mut any = false;
        for (asked, kept) in asked.iter().zip(standing) {
            let fate = self.datagrams.fates[asked.fate as usize];
            stands[asked.leg as usize] = kept;
            any |= kept;
            if kept {
                self.give_frames(asked, fate);
            } else {
                self.take_back(asked.leg);
            }
        }
        if !any {
            self.out.stores[usize::from(ProtocolId::UDP.0)] = Default::default();
        }
        self.leave_out(&stands);
    }

    /// Whether each request of plain UDP stands by what is known so far.
    pub(super) fn standing(&self) -> Vec<bool> {
        let evidence = Evidence::of(self);
        let (servers, ports) = evidence.known();
        let stands = |asked: &Asked| {
            let leg = &self.out.legs[asked.leg as usize];
            let fate = self.datagrams.fates[asked.fate as usize];
            let known = servers.contains(&(leg.server, leg.server_port)) || ports.contains(&leg.server_port);
            let probes =
                leg.ttl <= PROBES_UP_TO && evidence.probed.contains(&(leg.place.0, leg.client, leg.server));
            let due = known || probes || evidence.replies[asked.fate as usize] >= KNOWN_ANSWERS;
            stands_by(leg, fate, due)
        };
        self.datagrams.asked.iter().map(stands).collect()
    }

    fn give_frames(&mut self, asked: &Asked, fate: Fate) {
        self.frames.become_paired(fate.group, u64::from(asked.frames), !fate.both);
        if asked.errors > 0 {
            self.frames.become_paired(asked.error_group, u64::from(asked.errors), false);
        }
    }

    /// Takes a request out of what is known of its place.
    fn take_back(&mut self, leg: u32) {
        let leg = &self.out.legs[leg as usize];
        let place = &mut self.out.places[usize::from(leg.place.0)];
        place.requests -= 1;
        place.replies -= u64::from(leg.flags.has(Flags::REPLY_SEEN));
        self.out.tally.withdrawn += 1;
    }

    /// Closes the gaps; whatever names a request by its number gets the new one.
    fn leave_out(&mut self, stands: &[bool]) {
        if !stands.contains(&false) {
            return;
        }
        let mut next = 0;
        let numbers: Vec<u32> = stands
            .iter()
            .map(|&stands| {
                let number = if stands { next } else { NONE };
                next += u32::from(stands);
                number
            })
            .collect();
        let number = |leg: u32| numbers.get(leg as usize).copied().filter(|&number| number != NONE);
        let out = &mut self.out;
        let mut old = stands.iter();
        out.legs.retain(|_| old.next().copied().unwrap_or(true));
        out.closings = out.closings.iter().filter_map(|&(leg, at)| Some((number(leg)?, at))).collect();
        out.questions.retain_mut(|question| match number(question.leg) {
            Some(leg) => {
                question.leg = leg;
                true
            }
            None => false,
        });
    }
}

/// Whether the request stands; `due`: something else shows that a reply was due.
fn stands_by(leg: &Leg, fate: Fate, due: bool) -> bool {
    if fate.ended {
        return leg.outcome == Outcome::Refused && !fate.both;
    }
    was_told(leg.outcome) || leg.flags.has(Flags::REPLY_SEEN) || due
}
