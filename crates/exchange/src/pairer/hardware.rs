//! Whose interface a place is, by the hardware addresses of the frames there, for questions that all on a link hear.
//!
//! A question for a neighbour is flooded to every port of a link, and its answer goes to the asker alone. So a place that
//! hears the question and no answer shows a missing answer only where it hears what is sent to the asker.

use super::{Pairer, Seen, is_initial};
use crate::lookup::Lookup;
use unanswered_wire::{Direction, Neighbour, Transport};

type Address = [u8; 6];

/// A question for a neighbour, as one place heard it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) leg: u32,
    /// It went to all on the link and was not sent by the place's own host.
    pub(crate) flooded: bool,
    /// The hardware address that the frame came from; `None` where it is not known, as inside a tunnel.
    pub(crate) asker: Option<Address>,
}

impl Question {
    /// The same question with another number.
    pub(crate) const fn with_leg(self, leg: u32) -> Self {
        Self { leg, ..self }
    }
}

/// Two machines that frames go between at a place.
#[derive(Clone, Copy, Debug)]
struct Pair {
    machines: [Address; 2],
    /// Which of them has sent to the other.
    sent: [bool; 2],
    /// Which of them has sent what it had forwarded: a router.
    forwards: [bool; 2],
}

/// The pairs of machines that talk past a place. At a host's own interface the host is one of each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hardware {
    pairs: Vec<Pair>,
    /// Index of a pair, by its two addresses in either order.
    by_machines: Lookup<(u64, u64), u32>,
    /// Index of the latest frame's.
    latest: usize,
}

/// Both addresses in one number, the same in either order.
fn key(source: Address, destination: Address) -> (u64, u64) {
    let number = |[a, b, c, d, e, f]: Address| u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    let (a, b) = (number(source), number(destination));
    if a < b { (a, b) } else { (b, a) }
}

/// Frames whose addresses are noted in any case.
const NOTED_MIN: u32 = 20_000;

/// Pairs kept of each place: more say nothing new.
const PAIRS_MAX: usize = 64;

/// Whether a place is the own interface of the machine with some hardware address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    Yes,
    /// Only two machines are heard there, and it may be the interface of either.
    Perhaps,
    No,
}

impl Hardware {
    #[inline]
    fn add(&mut self, source: Address, destination: Address, forwarded: bool) {
        let same =
            |pair: &Pair| pair.machines == [source, destination] || pair.machines == [destination, source];
        if !self.pairs.get(self.latest).is_some_and(same) {
            let known = self.by_machines.get(&key(source, destination)).map(|index| index as usize);
            let Some(index) = known.or_else(|| self.begin([source, destination])) else { return };
            self.latest = index;
        }
        let pair = &mut self.pairs[self.latest];
        let from = usize::from(pair.machines[0] != source);
        pair.sent[from] = true;
        pair.forwards[from] |= forwarded;
    }

    fn begin(&mut self, machines: [Address; 2]) -> Option<usize> {
        let index = self.pairs.len();
        (index < PAIRS_MAX).then(|| {
            self.pairs.push(Pair { machines, sent: [false; 2], forwards: [false; 2] });
            let [source, destination] = machines;
            self.by_machines.insert(key(source, destination), u32::try_from(index).unwrap_or(u32::MAX));
            index
        })
    }

    /// Whether the place is the interface of that machine. Between a router and another machine it is taken for the other
    /// one's: a router asks for many, and hears them all answer.
    pub(crate) fn own(&self, asker: Address) -> Own {
        // What a switch floods for want of knowing better has one direction.
        let talking = || self.pairs.iter().filter(|pair| pair.sent == [true; 2]);
        let in_all = |address: Address| talking().all(|pair| pair.machines.contains(&address));
        let Some(first) = talking().next().filter(|_| in_all(asker)) else { return Own::No };
        let others = first.machines.iter().copied().filter(|address| *address != asker);
        let Some(other) = others.into_iter().find(|address| in_all(*address)) else { return Own::Yes };
        let forwards = |address: Address| {
            talking().any(|pair| {
                pair.machines.iter().zip(pair.forwards).any(|(m, forwards)| *m == address && forwards)
            })
        };
        match (forwards(asker), forwards(other)) {
            (true, false) => Own::No,
            (false, true) => Own::Yes,
            (true, true) | (false, false) => Own::Perhaps,
        }
    }
}

impl Pairer {
    /// Notes which two machines a frame goes between.
    #[inline]
    pub(super) fn note_hardware(&mut self, seen: &Seen<'_, '_>) {
        // Only questions for neighbours need it: until one comes, the first frames are enough.
        if self.out.questions.is_empty() && self.hardware_noted >= NOTED_MIN {
            return;
        }
        self.hardware_noted = self.hardware_noted.saturating_add(1);
        let link = &seen.packet.link;
        let (Some(source), Some(destination)) = (link.source, link.destination) else { return };
        // Broadcast and multicast go everywhere.
        if destination[0] & 1 == 1 {
            return;
        }
        let plain = seen.packet.tunnels[0].is_none();
        let forwarded = plain && !is_initial(seen.packet.ip.ttl);
        let place = usize::from(seen.place.0);
        if self.out.hardware.len() <= place {
            self.out.hardware.resize(place + 1, Hardware::default());
        }
        self.out.hardware[place].add(source, destination, forwarded);
    }

    /// Notes a question for a neighbour, and whether all on the link heard it.
    pub(super) fn note_question(&mut self, seen: &Seen<'_, '_>, leg: u32) {
        let Transport::Neighbour(Neighbour { to_all, .. }) = seen.packet.transport else { return };
        let link = &seen.packet.link;
        let flooded = to_all != Some(false) && link.direction != Some(Direction::Out);
        let known = link.destination.is_some() && seen.packet.tunnels[0].is_none();
        self.out.questions.push(Question { leg, flooded, asker: link.source.filter(|_| known) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Address = [2, 0, 0, 0, 0, 1];
    const B: Address = [2, 0, 0, 0, 0, 2];
    const C: Address = [2, 0, 0, 0, 0, 3];

    /// Frames from and to, and whether a router had forwarded them.
    fn of(frames: &[(Address, Address, bool)]) -> Hardware {
        let mut all = Hardware::default();
        for &(from, to, forwarded) in frames {
            all.add(from, to, forwarded);
        }
        all
    }

    #[test]
    fn a_host_is_in_all_that_is_said_at_its_interface() {
        let mut frames = vec![(A, B, false), (B, A, false), (C, A, false), (A, C, false)];
        assert_eq!([A, B, C].map(|asker| of(&frames).own(asker)), [Own::Yes, Own::No, Own::No]);
        // Flooded.
        frames.push((B, C, false));
        assert_eq!(of(&frames).own(A), Own::Yes);
        // A trunk.
        frames.push((C, B, false));
        assert_eq!([A, B, C].map(|asker| of(&frames).own(asker)), [Own::No; 3]);
        assert_eq!(Hardware::default().own(A), Own::No);
    }

    #[test]
    fn of_a_host_and_its_router_it_is_the_host_s() {
        let pair = [(A, B, false), (B, A, false)];
        assert_eq!([A, B].map(|asker| of(&pair).own(asker)), [Own::Perhaps; 2]);
        let routed = of(&[(A, B, false), (B, A, true)]);
        assert_eq!([A, B].map(|asker| routed.own(asker)), [Own::Yes, Own::No]);
    }

    #[test]
    fn one_direction_shows_nobody_s_interface() {
        assert_eq!(of(&[(A, B, false), (A, C, false)]).own(A), Own::No);
    }
}
