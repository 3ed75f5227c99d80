//! Which fragmented IP packets arrived complete (RFC 791 section 3.2, RFC 8200 section 4.5).

use crate::leg::PlaceId;
use crate::lookup::Lookup;
use crate::names::AddressId;
use std::collections::VecDeque;
use unanswered_wire::{Answer, Ip, Span, Time};

/// RFC 791 suggests 15 s, RFC 8200 asks for 60 s, Linux waits 30 s.
const KEEP: Span = Span::from_seconds(30);

/// Maximum number of incomplete packets; beyond that the oldest is given up.
const MAX: usize = 4096;

/// What names an IP packet across its fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PieceKey {
    pub(crate) place: PlaceId,
    pub(crate) source: AddressId,
    pub(crate) destination: AddressId,
    pub(crate) identification: u32,
    pub(crate) protocol: u8,
}

/// What the whole packet means to the pairing; known from its first fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// It is the request of this leg.
    Request { leg: u32 },
    /// It is the right reply to this leg's request, first seen in this frame.
    Reply { leg: u32, frame: u32, answer: Answer },
}

#[derive(Clone, Debug)]
struct Pieces {
    key: PieceKey,
    since: Time,
    /// Ranges of payload bytes, sorted, not touching.
    have: Vec<(u32, u32)>,
    /// End of the payload, known from the last fragment.
    end: Option<u32>,
    part: Option<Part>,
    /// The first fragment asks or answers.
    claimed: bool,
    /// Later fragments that came before that was known.
    waiting: u32,
    done: bool,
}

/// Packets whose fragments are being gathered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fragments {
    base: u32,
    entries: VecDeque<Pieces>,
    by_key: Lookup<PieceKey, u32>,
    /// Later fragments of which the latest call has found that their packet asks or answers.
    pub(crate) found: u32,
}

impl Fragments {
    /// Takes one fragment, with what the packet means if this is its first, and whether that asks or answers anything.
    /// Returns that meaning once, when the packet is complete.
    pub(crate) fn handle_fragment(
        &mut self,
        now: Time,
        key: PieceKey,
        ip: &Ip,
        part: Option<Part>,
        claimed: bool,
    ) -> Option<Part> {
        self.expire(now);
        let known = self.by_key.get(&key).map(|s| s.wrapping_sub(self.base) as usize);
        let index = match known.filter(|&i| i < self.entries.len()) {
            Some(index) if part.is_none() || self.entries[index].part.is_none() => index,
            _ => self.open(now, key),
        };
        let pieces = &mut self.entries[index];
        pieces.part = pieces.part.or(part);
        pieces.claimed |= claimed;
        pieces.waiting += u32::from(ip.fragment_offset > 0);
        self.found = if pieces.claimed { std::mem::take(&mut pieces.waiting) } else { 0 };
        add_range(&mut pieces.have, ip.fragment_offset, ip.fragment_offset + ip.payload_length);
        if !ip.more_fragments {
            pieces.end = Some(ip.fragment_offset + ip.payload_length);
        }
        let whole = pieces.end.is_some_and(|end| pieces.have.first().is_some_and(|r| r.0 == 0 && r.1 >= end));
        if whole && !pieces.done && pieces.part.is_some() {
            pieces.done = true;
            return pieces.part;
        }
        None
    }

    fn open(&mut self, now: Time, key: PieceKey) -> usize {
        if self.entries.len() >= MAX {
            self.drop_oldest();
        }
        let index = self.entries.len();
        let offset = u32::try_from(index).expect("at most MAX entries");
        self.by_key.insert(key, self.base.wrapping_add(offset));
        self.entries.push_back(Pieces {
            key,
            since: now,
            have: Vec::new(),
            end: None,
            part: None,
            claimed: false,
            waiting: 0,
            done: false,
        });
        index
    }

    fn expire(&mut self, now: Time) {
        while self.entries.front().is_some_and(|p| now - p.since > KEEP) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(old) = self.entries.pop_front() {
            self.by_key.remove_if(&old.key, self.base);
            self.base = self.base.wrapping_add(1);
        }
    }
}

fn add_range(have: &mut Vec<(u32, u32)>, from: u32, to: u32) {
    let at = have.partition_point(|r| r.1 < from);
    let (mut from, mut to) = (from, to);
    while let Some(&(f, t)) = have.get(at).filter(|r| r.0 <= to) {
        from = from.min(f);
        to = to.max(t);
        have.remove(at);
    }
    have.insert(at, (from, to));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ranges: &[(u32, u32)], expected: &[(u32, u32)]) {
        let mut have = Vec::new();
        for &(from, to) in ranges {
            add_range(&mut have, from, to);
        }
        assert_eq!(have, expected, "{ranges:?}");
    }

    #[test]
    fn ranges_join_in_any_order() {
        check(&[(0, 8), (8, 16)], &[(0, 16)]);
        check(&[(8, 16), (0, 8)], &[(0, 16)]);
        check(&[(0, 8), (16, 24)], &[(0, 8), (16, 24)]);
        check(&[(0, 8), (16, 24), (8, 16)], &[(0, 24)]);
        check(&[(0, 8), (0, 8)], &[(0, 8)]);
        check(&[(4, 6), (0, 10)], &[(0, 10)]);
    }
}
