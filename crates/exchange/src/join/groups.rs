//! Which sightings are of one request.

use super::IN_TRANSIT;
use super::clocks::Clocks;
use super::sorted::Sorted;
use crate::leg::Leg;
use crate::pairer::Legs;
use unanswered_wire::{ProtocolId, Span, Time};

/// A place sees both sides of a NAT within the delay of that NAT.
const WITHIN_ONE_PLACE: Span = Span::from_milliseconds(100);

/// Exchanges of equal fingerprint that are compared with a sighting: the newest ones.
const COMPARED_MAX: usize = 32;

/// Exchanges as ranges of legs.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    pub(crate) legs: Vec<u32>,
    pub(crate) starts: Vec<u32>,
}

impl Groups {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u32]> + '_ {
        self.starts.windows(2).map(|w| &self.legs[w[0] as usize..w[1] as usize])
    }

    pub(crate) fn get(&self, row: u32) -> &[u32] {
        let (from, to) = (self.starts[row as usize], self.starts[row as usize + 1]);
        &self.legs[from as usize..to as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Each exchange's legs, to be reordered.
    pub(crate) fn for_each_mut(&mut self, mut change: impl FnMut(&mut [u32])) {
        for w in self.starts.windows(2) {
            change(&mut self.legs[w[0] as usize..w[1] as usize]);
        }
    }

    /// Puts the exchanges in the order of their first legs' times.
    pub(crate) fn sort_by_time(&mut self, time: impl Fn(u32) -> Time) {
        let in_order = self.iter().map(|g| time(g[0])).is_sorted();
        if in_order {
            return;
        }
        let mut order: Vec<(Time, u32)> = self.iter().map(|g| time(g[0])).zip(0u32..).collect();
        order.sort_unstable();
        let mut sorted = Self { legs: Vec::with_capacity(self.legs.len()), starts: vec![0] };
        for (_, row) in order {
            let range = self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize;
            sorted.push(&self.legs[range]);
        }
        *self = sorted;
    }

    fn push(&mut self, group: &[u32]) {
        self.legs.extend_from_slice(group);
        self.starts.push(u32::try_from(self.legs.len()).expect("fewer than 2^32 legs"));
    }
}

/// Joins the legs of each run; legs outside all runs stay alone.
pub(crate) fn build(legs: &Legs, sorted: &Sorted, clocks: &Clocks) -> Groups {
    let mut groups = Groups { legs: Vec::with_capacity(legs.legs.len()), starts: vec![0] };
    if sorted.is_empty() {
        groups.legs = (0u32..).take(legs.legs.len()).collect();
        groups.starts = (0u32..).take(legs.legs.len() + 1).collect();
        return groups;
    }
    let mut scratch: Vec<u32> = Vec::new();
    for run in sorted.runs() {
        if let [alone] = run {
            groups.push(&[*alone]);
            continue;
        }
        scratch.clear();
        scratch.extend_from_slice(run);
        scratch.sort_by_key(|&leg| (clocks.corrected(legs, leg), leg));
        for group in split(legs, &scratch, clocks) {
            groups.push(&group);
        }
    }
    for (i, leg) in (0u32..).zip(&legs.legs) {
        if leg.fingerprint == 0 {
            groups.push(&[i]);
        }
    }
    groups
}

fn split(legs: &Legs, run: &[u32], clocks: &Clocks) -> Vec<Vec<u32>> {
    let mut groups: Vec<Vec<u32>> = Vec::new();
    for &leg in run {
        let recent = groups.len().saturating_sub(COMPARED_MAX);
        let candidates = groups[recent..].iter().enumerate();
        let best = candidates
            .filter_map(|(i, group)| Some((fit(legs, group, leg, clocks)?, i)))
            .max()
            .map(|(_, i)| recent + i);
        match best {
            Some(index) => groups[index].push(leg),
            None => groups.push(vec![leg]),
        }
    }
    groups
}

/// How well the sighting fits an exchange (more is better); `None` when it is of another request.
fn fit(legs: &Legs, group: &[u32], leg: u32, clocks: &Clocks) -> Option<(u8, i64)> {
    let new = &legs.legs[leg as usize];
    let time = clocks.corrected(legs, leg);
    let mut best: Option<(u8, i64)> = None;
    for &member in group {
        let known = &legs.legs[member as usize];
        let likeness = likeness(known, new)?;
        let start = clocks.corrected(legs, member);
        let active = Span::from_nanoseconds(i64::from(known.active_for_us) * 1000);
        let slack = if known.place == new.place { WITHIN_ONE_PLACE } else { IN_TRANSIT };
        if time - start <= active.max_of(slack).plus(slack) {
            let near = -(time - start).nanoseconds();
            best = best.max(Some((likeness, near)));
        }
    }
    best
}

/// How much two sightings have in common that a NAT may change; `None` when they contradict.
fn likeness(a: &Leg, b: &Leg) -> Option<u8> {
    let client = a.client == b.client && a.client_port == b.client_port;
    let server = a.server == b.server && a.server_port == b.server_port;
    // NAT and tunnels leave the identification alone; some firewalls do not, so it only adds.
    let packet = u8::from(a.ip_id == b.ip_id && a.ip_id != 0);
    if a.place == b.place && ((client && server) || !forwarded(a, b)) {
        // On one flow the pairer has counted it as a retransmission; on two it may be another client's
        // request with the same number.
        return None;
    }
    // An echo's data and sequence number are the same for many pingers; a translation leaves the
    // identification alone, and a ping is never sent again under its number.
    let echo = !ProtocolId(a.protocol).carrier().has_ports();
    if echo && !client && named(a) && named(b) && a.ip_id != b.ip_id {
        return None;
    }
    let ends = match (client, server) {
        (true, true) => 4,
        (true, false) => 3,
        (false, true) if a.client_port == b.client_port => 2,
        (false, true) => 1,
        // Both ends translated: only protocols whose server has a port of its own can tell.
        (false, false) => {
            let same_port = a.server_port == b.server_port && !echo;
            return same_port.then_some(packet);
        }
    };
    Some(ends * 2 + packet)
}

/// Whether two sightings of one place look like a packet before and after forwarding: the same
/// identification, and a time to live that went down where that says too little.
fn forwarded(a: &Leg, b: &Leg) -> bool {
    a.ip_id == b.ip_id && (named(a) || a.ttl != b.ttl)
}

/// Whether the sender gave the packet an identification.
const fn named(leg: &Leg) -> bool {
    leg.ip_id != 0 && leg.ip_id != crate::names::NONE
}

trait SpanMath {
    fn max_of(self, other: Self) -> Self;
    fn plus(self, other: Self) -> Self;
}

impl SpanMath for Span {
    fn max_of(self, other: Self) -> Self {
        self.max(other)
    }

    fn plus(self, other: Self) -> Self {
        Self::from_nanoseconds(self.nanoseconds().saturating_add(other.nanoseconds()))
    }
}
