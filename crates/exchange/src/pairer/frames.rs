//! Where every frame went: in equals out, frame by frame.
//!
//! A frame asks or answers something (or is an ICMP error about that), or it is a segment of a TCP connection, or it pairs
//! with nothing, and is counted by what it is. Datagrams of conversations that no protocol claims are counted as not
//! paired when they come; those of requests that stand in the end move over ([`withdraw`](super::withdraw)).

use super::{FrameId, Pairer};
use crate::lookup::{Generations, Lookup};
use crate::names::{Addresses, Endpoint};
use unanswered_wire::{Other, Packet, Time, Transport, Unpaired, is_one_machine};

/// Frames of one kind that pair with nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnpairedFrames {
    /// What they are.
    pub what: Unpaired,
    /// How many.
    pub frames: u64,
    /// Those among them between two machines of which only one was heard.
    pub one_way: u64,
}

/// What became of the frames of all inputs; `read` is the sum of all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameCounts {
    /// Frames read.
    pub read: u64,
    /// Frames that ask or answer (a reply whose request was not captured is one of them), with all their fragments, and
    /// ICMP errors about them.
    pub paired: u64,
    /// Segments of TCP connections other than those that open one.
    pub connection: u64,
    /// Frames that were recognised and pair with nothing, most frequent kind first.
    pub not_paired: Vec<UnpairedFrames>,
    /// Frames that were not understood; [`Exchanges::inputs`](crate::Exchanges::inputs) say why.
    pub not_understood: u64,
    /// Frames outside of the window or that the filter left out.
    pub left_out: u64,
}

impl FrameCounts {
    /// Frames that were recognised and pair with nothing.
    #[must_use]
    pub fn not_paired_total(&self) -> u64 {
        self.not_paired.iter().map(|group| group.frames).sum()
    }

    /// Frames of all kinds: equal to [`read`](Self::read).
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.paired + self.connection + self.not_paired_total() + self.not_understood + self.left_out
    }
}

/// Two ends at one vantage point, the lower one first, and the number of their kind.
type Between = (u16, Endpoint, Endpoint, u32);

/// Which ends of a conversation that pairs with nothing were heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    /// The first end spoke first.
    first: bool,
    /// The other one was heard, too.
    pub(super) both: bool,
    /// Frames before that.
    frames: u32,
}

impl Heard {
    pub(super) const fn nothing(first: bool) -> Self {
        Self { first, both: false, frames: 0 }
    }
}

/// The frames so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Frames {
    pub(super) handled: u64,
    pub(super) paired: u64,
    connection: u64,
    groups: Vec<UnpairedFrames>,
    numbers: Lookup<Unpaired, u32>,
    addresses: Addresses,
    heard: Generations<Between, Heard>,
}

impl Frames {
    /// The number of the kind.
    pub(super) fn group(&mut self, what: Unpaired) -> u32 {
        let groups = &mut self.groups;
        self.numbers.or_insert_with(what, || {
            groups.push(UnpairedFrames { what, frames: 0, one_way: 0 });
            u32::try_from(groups.len() - 1).expect("ports and numbers are fewer")
        })
    }

    /// Counts a frame of that kind.
    pub(super) fn count(&mut self, group: u32) {
        self.groups[group as usize].frames += 1;
    }

    /// Counts a frame of that kind in a conversation of two ends, of which the first sent it or the other.
    pub(super) fn count_heard(&mut self, group: u32, heard: &mut Heard, from_first: bool) {
        let group = &mut self.groups[group as usize];
        group.frames += 1;
        if heard.both {
            return;
        }
        if heard.first == from_first {
            // Of a conversation of more frames than that, it stays with so many.
            let more = u32::from(heard.frames < u32::MAX);
            heard.frames += more;
            group.one_way += u64::from(more);
        } else {
            heard.both = true;
            group.one_way -= u64::from(heard.frames);
        }
    }

    /// Counts a packet that pairs with nothing.
    fn add(&mut self, now: Time, vantage: u16, packet: &Packet<'_>) {
        let what = Unpaired::of(packet);
        let group = self.group(what);
        let Some([from, to]) = ends_of(packet, what) else {
            self.count(group);
            return;
        };
        let from = Endpoint { address: self.addresses.intern(packet.ip.source), port: from };
        let to = Endpoint { address: self.addresses.intern(packet.ip.destination), port: to };
        let key = (vantage, from.min(to), from.max(to), group);
        let is_first = from == key.1;
        let mut heard = self.heard.get(now, &key).unwrap_or_else(|| Heard::nothing(is_first));
        self.count_heard(group, &mut heard, is_first);
        self.heard.put(key, heard);
    }

    /// Makes paired ones of frames that were counted as of that kind.
    pub(super) fn become_paired(&mut self, group: u32, frames: u64, one_way: bool) {
        let group = &mut self.groups[group as usize];
        group.frames -= frames;
        group.one_way -= if one_way { frames } else { 0 };
        self.paired += frames;
    }

    /// What all of them come to.
    ///
    /// # Panics
    /// When a frame that came in is not counted, or twice: a bug in the pairer.
    pub(super) fn counts(&self) -> FrameCounts {
        let mut not_paired: Vec<_> = self.groups.iter().copied().filter(|g| g.frames > 0).collect();
        not_paired.sort_by_key(|group| (std::cmp::Reverse(group.frames), group.what));
        let counts = FrameCounts {
            read: self.handled,
            paired: self.paired,
            connection: self.connection,
            not_paired,
            not_understood: 0,
            left_out: 0,
        };
        assert_eq!(counts.read, counts.sum(), "every frame went somewhere");
        assert!(counts.not_paired.iter().all(|group| group.one_way <= group.frames), "{counts:?}");
        counts
    }
}

/// The ports of a conversation between two machines in which both may speak; `None` where nobody owes an answer: to many
/// machines at once, and ICMP.
fn ends_of(packet: &Packet<'_>, what: Unpaired) -> Option<[u16; 2]> {
    if packet.goes_to_many() || !is_one_machine(packet.ip.source) {
        return None;
    }
    match (&packet.transport, what) {
        (Transport::Udp(udp), _) => Some([udp.source_port, udp.destination_port]),
        (Transport::Other(Other::Sctp { source_port, destination_port }), _) => {
            Some([*source_port, *destination_port])
        }
        (_, Unpaired::Ip(_)) => Some([0, 0]),
        (
            _,
            Unpaired::Udp(_)
            | Unpaired::UdpBetween
            | Unpaired::Sctp(_)
            | Unpaired::Icmp(_)
            | Unpaired::IcmpV6(_)
            | Unpaired::Arp
            | Unpaired::Discovery
            | Unpaired::Fragment,
        ) => None,
    }
}

impl Pairer {
    /// Counts a packet that no protocol claims; `true` when there is nothing else to do with it.
    ///
    /// Apart, so that packets of protocols stay on a short path; so are the two below.
    #[cold]
    #[inline(never)]
    pub(super) fn is_unpaired(&mut self, now: Time, frame: FrameId, packet: &Packet<'_>) -> bool {
        if let Some(datagram) = unanswered_wire::datagram(packet) {
            self.on_datagram(now, frame, packet, datagram);
        } else {
            self.note_call(now, frame.vantage.0, packet);
            self.frames.add(now, frame.vantage.0, packet);
        }
        !(packet.ip.more_fragments || packet.ip.fragment_offset > 0)
    }

    /// Counts a segment that neither opens nor refuses a connection.
    pub(super) fn count_segment(&mut self) {
        self.frames.connection += 1;
    }

    /// Counts an ICMP error; `errors`: how many had found their request before it.
    #[cold]
    #[inline(never)]
    pub(super) fn count_error(&mut self, now: Time, frame: FrameId, packet: &Packet<'_>, errors: u64) {
        let found = self.out.tally.errors_attached > errors;
        match self.datagrams.latest_error.take().filter(|_| found) {
            // Whether the request stands is known in the end.
            Some(asked) => {
                let group = self.frames.group(Unpaired::of(packet));
                self.frames.count(group);
                if !self.datagrams.note_error(asked, group) {
                    self.frames.become_paired(group, 1, false);
                }
            }
            None if found => self.frames.paired += 1,
            None => self.frames.add(now, frame.vantage.0, packet),
        }
    }

    /// Counts fragments whose packet has turned out to ask or answer.
    #[cold]
    #[inline(never)]
    pub(super) fn claim_fragments(&mut self, fragments: u32) {
        if fragments > 0 {
            let group = self.frames.group(Unpaired::Fragment);
            self.frames.become_paired(group, u64::from(fragments), false);
        }
    }
}
