//! ICMP errors as refusals: the names of RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1
//! and RFC 4443, and who sends them.

use crate::IcmpError;
use unanswered_registry::{Refusal, RefusalKind, RefusedBy};

use RefusedBy::{Host, Router, RouterOrHost};

/// Type and code of an error, and what it says.
type Named = ((u8, u8), RefusalKind);

const fn named(kind: u8, code: u8, name: &'static str, words: &'static str, by: RefusedBy) -> Named {
    ((kind, code), RefusalKind::new(name, words, by))
}

const fn expired(kind: u8, code: u8, name: &'static str, words: &'static str) -> Named {
    ((kind, code), RefusalKind::new(name, words, Router).expired())
}

/// ICMP's.
static V4: [Named; 10] = [
    named(3, 0, "icmp.network_unreachable", "ICMP network unreachable", Router),
    named(3, 1, "icmp.host_unreachable", "ICMP host unreachable", Router),
    named(3, 2, "icmp.protocol_unreachable", "ICMP protocol unreachable", Host),
    named(3, 3, "icmp.port_unreachable", "ICMP port unreachable", Host),
    named(3, 4, "icmp.fragmentation_needed", "ICMP fragmentation needed", Router),
    named(3, 9, "icmp.network_prohibited", "ICMP administratively prohibited", RouterOrHost),
    named(3, 10, "icmp.host_prohibited", "ICMP administratively prohibited", RouterOrHost),
    named(3, 13, "icmp.communication_prohibited", "ICMP administratively prohibited", RouterOrHost),
    expired(11, 0, "icmp.time_to_live_exceeded", "ICMP time to live exceeded"),
    named(11, 1, "icmp.reassembly_time_exceeded", "ICMP fragment reassembly time exceeded", Router),
];

/// ICMPv6's; packet too big has no codes.
static V6: [Named; 7] = [
    named(1, 0, "icmpv6.no_route", "ICMPv6 no route to destination", Router),
    named(1, 1, "icmpv6.prohibited", "ICMPv6 administratively prohibited", RouterOrHost),
    named(1, 3, "icmpv6.address_unreachable", "ICMPv6 address unreachable", Router),
    named(1, 4, "icmpv6.port_unreachable", "ICMPv6 port unreachable", Host),
    named(2, 0, "icmpv6.packet_too_big", "ICMPv6 packet too big", Router),
    expired(3, 0, "icmpv6.hop_limit_exceeded", "ICMPv6 hop limit exceeded"),
    named(3, 1, "icmpv6.reassembly_time_exceeded", "ICMPv6 fragment reassembly time exceeded", Router),
];

/// Errors without a name here, by sender: parameter problems may come from the host.
static OTHER_V4: RefusalKind = RefusalKind::new("icmp.other", "ICMP", Router).numbered(&["type", "code"]);
static PROBLEM_V4: RefusalKind =
    RefusalKind::new("icmp.parameter_problem", "ICMP", RouterOrHost).numbered(&["type", "code"]);
static OTHER_V6: RefusalKind = RefusalKind::new("icmpv6.other", "ICMPv6", Router).numbered(&["type", "code"]);
static PROBLEM_V6: RefusalKind =
    RefusalKind::new("icmpv6.parameter_problem", "ICMPv6", RouterOrHost).numbered(&["type", "code"]);

/// Type numbers of parameter problems.
const PROBLEM: u8 = 12;
const PROBLEM_OF_V6: u8 = 4;
/// Type number of ICMPv6's packet too big.
const TOO_BIG: u8 = 2;

impl IcmpError<'_> {
    /// The error as a refusal of the packet that it quotes: see [`refusal`].
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        refusal(self.v6, self.kind, self.code)
    }
}

/// An ICMP (or ICMPv6) error of that type and code as a refusal. `None` for messages about packets that were
/// delivered all the same (redirects and the like): after destination unreachable, time exceeded, parameter
/// problem and packet too big the packet is gone.
#[must_use]
pub fn refusal(v6: bool, kind: u8, code: u8) -> Option<Refusal> {
    let refuses = if v6 { matches!(kind, 1..=4) } else { matches!(kind, 3 | 11 | 12) };
    if !refuses {
        return None;
    }
    let table: &'static [Named] = if v6 { &V6 } else { &V4 };
    let row = (kind, if v6 && kind == TOO_BIG { 0 } else { code });
    if let Some((_, named)) = table.iter().find(|(of, _)| *of == row) {
        return Some(Refusal::of(named));
    }
    let unnamed = match (v6, kind) {
        (false, PROBLEM) => &PROBLEM_V4,
        (false, _) => &OTHER_V4,
        (true, PROBLEM_OF_V6) => &PROBLEM_V6,
        (true, _) => &OTHER_V6,
    };
    Some(Refusal::with_numbers(unnamed, [u16::from(kind), u16::from(code)]))
}

/// All ways in which ICMP refuses, for tests that check each.
pub fn refusals() -> impl Iterator<Item = &'static RefusalKind> {
    let others = [&OTHER_V4, &PROBLEM_V4, &OTHER_V6, &PROBLEM_V6];
    V4.iter().chain(&V6).map(|(_, kind)| kind).chain(others)
}
