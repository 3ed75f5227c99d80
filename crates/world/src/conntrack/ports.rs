//! Which outside port a new flow gets.
//!
//! The searches are those of the kernel's `nf_nat_core.c` (`nf_nat_l4proto_unique_tuple`) and, for
//! the rover, of `nf_nat_proto_common.c` before 5.0. Whether a port is "free" is for the caller to say: it knows
//! the reply tuple that a port would make and who has it.

use super::refusal::FlowRefusal;
use super::tuple::{Tuple, end_key};
use crate::streams::Stream;
use rustc_hash::FxHashMap;
use std::ops::RangeInclusive;
use unanswered_scenario::model::{Endpoint, PortPolicy, Transport};

/// Ports tried from one random start (`NF_NAT_MAX_ATTEMPTS`, `nf_nat_core.c`); then half as many from
/// another, and so on.
const ATTEMPTS_MAX: u32 = 128;
/// A round with fewer attempts than this is the last one (`nf_nat_core.c`).
const ATTEMPTS_LAST: u32 = 16;

/// What became of a flow's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceMapping {
    /// No rule translates it, and it stays what it is.
    Untranslated,
    /// The outside port is the inside's own port.
    Kept,
    /// The outside port of a living mapping of the same inside source.
    Reused,
    /// The inside's own port was taken; the one that is remembered for it was used.
    Remembered {
        /// Inside endpoint of the flow that has the port.
        holder: Endpoint,
    },
    /// The inside's own port was taken; another was searched for.
    Collided {
        /// Inside endpoint of the flow that has the port.
        holder: Endpoint,
    },
    /// The policy or the rule's range gives another port whether the inside's own one is free or not.
    Assigned,
}

/// What a port is wanted for.
pub(super) struct Wish<'a> {
    /// The flow before its source is translated.
    pub(super) tuple: Tuple,
    pub(super) policy: PortPolicy,
    /// Ports that the rule names.
    pub(super) range: Option<&'a RangeInclusive<u16>>,
}

/// The memory of port choices.
#[derive(Debug)]
pub(super) struct Ports {
    random: Stream,
    /// Where the next search begins: offset into whatever range it is in.
    rovers: [u16; 3],
    /// As the rovers, for [`PortPolicy::Sequential`].
    counters: [u16; 3],
    /// Port rolled for each inside source. Grows with the sources that ever collided: at most 65 536
    /// per inside address and protocol, and forgotten at a reboot.
    sticky: FxHashMap<u64, u16>,
}

/// A range of ports to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    first: u16,
    /// 1 to 65 536.
    size: u32,
}

impl Ports {
    pub(super) fn new(random: Stream) -> Self {
        Self { random, rovers: [0; 3], counters: [0; 3], sticky: FxHashMap::default() }
    }

    /// Forgets everything but the position in the random numbers: a machine that boots again makes
    /// other random choices.
    pub(super) fn reboot(&mut self) {
        self.rovers = [0; 3];
        self.counters = [0; 3];
        self.sticky.clear();
    }

    /// A port for a flow. `holder` says which inside endpoint has a port.
    pub(super) fn choose(
        &mut self,
        wish: &Wish<'_>,
        holder: impl Fn(u16) -> Option<Endpoint>,
    ) -> Result<(u16, SourceMapping), FlowRefusal> {
        let own = wish.tuple.source.port;
        let keeps = !matches!(wish.policy, PortPolicy::Random | PortPolicy::Sequential);
        let in_range = |port: u16| wish.range.is_none_or(|range| Window::of(range).contains(port));
        let taken_by = if keeps && in_range(own) {
            match holder(own) {
                None => return Ok((own, SourceMapping::Kept)),
                taken => taken,
            }
        } else {
            None
        };
        let moved = taken_by.map_or(SourceMapping::Assigned, |holder| SourceMapping::Collided { holder });
        let free = |port: u16| holder(port).is_none();
        let window = wish.window();
        let place = rank(wish.tuple.protocol);
        let found = match wish.policy {
            PortPolicy::Linux | PortPolicy::Random => search_random(&mut self.random, window, free),
            PortPolicy::LinuxRover => search_from(&mut self.rovers[place], window, free),
            PortPolicy::Sequential => {
                let counter = &mut self.counters[place];
                let found = search_from(counter, window, free);
                *counter = counter.wrapping_add(1);
                found
            }
            PortPolicy::Sticky => {
                let remembered = taken_by.map(|holder| SourceMapping::Remembered { holder });
                return self.sticky(wish, free, (remembered.unwrap_or(moved), moved));
            }
            PortPolicy::PreserveOrDrop => {
                return Err(taken_by.map_or(FlowRefusal::NoPort, |holder| FlowRefusal::PortTaken { holder }));
            }
        };
        found.map(|port| (port, moved)).ok_or(FlowRefusal::NoPort)
    }

    /// The remembered port, or a newly rolled one that is remembered from now on; `names` says what
    /// either is called.
    fn sticky(
        &mut self,
        wish: &Wish<'_>,
        free: impl Fn(u16) -> bool,
        names: (SourceMapping, SourceMapping),
    ) -> Result<(u16, SourceMapping), FlowRefusal> {
        let window = wish.window();
        let key = end_key(wish.tuple.protocol, wish.tuple.source);
        if let Some(&port) = self.sticky.get(&key)
            && window.contains(port)
            && free(port)
        {
            return Ok((port, names.0));
        }
        let port = search_random(&mut self.random, window, free).ok_or(FlowRefusal::NoPort)?;
        self.sticky.insert(key, port);
        Ok((port, names.1))
    }
}

impl Wish<'_> {
    /// Where to search: the rule's range, else the class of the inside's own port ("loose convention", says
    /// the kernel: below 512 is for credentials); an ICMP identifier can be any.
    fn window(&self) -> Window {
        let classless = matches!(self.policy, PortPolicy::Random | PortPolicy::Sequential);
        match (self.range, self.tuple.protocol, self.tuple.source.port) {
            (Some(range), _, _) => Window::of(range),
            (None, Transport::Icmp, _) => Window::of(&(0..=65_535)),
            (None, Transport::Udp | Transport::Tcp, _) if classless => Window::of(&(1024..=65_535)),
            (None, Transport::Udp | Transport::Tcp, ..512) => Window::of(&(1..=511)),
            (None, Transport::Udp | Transport::Tcp, 512..1024) => Window::of(&(600..=1023)),
            (None, Transport::Udp | Transport::Tcp, 1024..) => Window::of(&(1024..=65_535)),
        }
    }
}

impl Window {
    /// A range given the wrong way round is turned, as the kernel does.
    fn of(range: &RangeInclusive<u16>) -> Self {
        let (first, last) = (*range.start().min(range.end()), *range.start().max(range.end()));
        Self { first, size: u32::from(last - first) + 1 }
    }

    fn contains(self, port: u16) -> bool {
        port.checked_sub(self.first).is_some_and(|offset| u32::from(offset) < self.size)
    }

    fn at(self, offset: u16) -> u16 {
        let inside = u32::from(offset) % self.size;
        self.first + u16::try_from(inside).expect("a remainder of 16 bits has 16 bits")
    }
}

/// From a random start, with fewer and fewer attempts. A free port in a nearly full range can be missed, as on Linux.
fn search_random(random: &mut Stream, window: Window, free: impl Fn(u16) -> bool) -> Option<u16> {
    let mut attempts = window.size.min(ATTEMPTS_MAX);
    loop {
        let start = u16::try_from(random.below(65_536)).expect("below 2^16");
        let mut offsets = (0..attempts).map(|step| start.wrapping_add(low_half(step)));
        if let Some(port) = offsets.by_ref().map(|offset| window.at(offset)).find(|&port| free(port)) {
            return Some(port);
        }
        if attempts >= window.size || attempts < ATTEMPTS_LAST {
            return None;
        }
        attempts /= 2;
    }
}

/// From a stored start through the whole range; the start moves to what was found.
fn search_from(start: &mut u16, window: Window, free: impl Fn(u16) -> bool) -> Option<u16> {
    let first = *start;
    for step in 0..window.size {
        *start = first.wrapping_add(low_half(step));
        let port = window.at(*start);
        if free(port) {
            return Some(port);
        }
    }
    None
}

/// A step of a search; there are at most 65 536 of them.
fn low_half(step: u32) -> u16 {
    u16::try_from(step & 0xffff).expect("masked")
}

/// Index of a protocol in the rovers.
const fn rank(protocol: Transport) -> usize {
    match protocol {
        Transport::Udp => 0,
        Transport::Tcp => 1,
        Transport::Icmp => 2,
    }
}
