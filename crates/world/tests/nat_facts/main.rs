//! What is known of Linux's translation and of RFC 4787, checked against the module.
//!
//! Measured facts (ports 1-511 evenly, 300 of 300 reuses, what polling does to a mapping) were
//! measured on Linux 6.18. Seeds are fixed: a bound with an error
//! rate says how likely a correct implementation would have failed it when the seed was picked.

mod flows;
mod policies;
mod polling;
mod ports;
mod rfc4787;
mod timers;

use std::net::Ipv4Addr;
use unanswered_scenario::model::{self, Endpoint, NatBehaviour, PortPolicy, SourceNat, Timeouts, Transport};
use unanswered_wire::{Span, Time};
use unanswered_world::conntrack::{Conntrack, FlowRefusal, OpenedFlow, PacketKind, SourceMapping, Tuple};

/// The outside address.
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(10, 9, 9, 1);

/// Inside client number `n`, sending from `port`.
fn client(n: u8, port: u16) -> Endpoint {
    Endpoint { address: Ipv4Addr::new(10, 1, n, 2), port }
}

/// Server number `n`.
fn server(n: u8, port: u16) -> Endpoint {
    Endpoint { address: Ipv4Addr::new(10, 9, 9, 20 + n), port }
}

fn udp(source: Endpoint, destination: Endpoint) -> Tuple {
    Tuple { protocol: Transport::Udp, source, destination }
}

/// Client `n`'s ntpd asks server `m`.
fn ntp(n: u8, m: u8) -> Tuple {
    udp(client(n, 123), server(m, 123))
}

fn config() -> model::ConntrackConfig {
    model::ConntrackConfig {
        table_size: None,
        timeouts: Timeouts::default(),
        drop_invalid: false,
        insert_race: None,
    }
}

fn table(seed: u64) -> Conntrack {
    Conntrack::new(&config(), seed, "vrouter")
}

/// Masquerade as Linux does it, with another policy.
fn rule(policy: PortPolicy) -> SourceNat {
    let linux = NatBehaviour::AddressAndPortDependent;
    SourceNat { out: 0, address: OUTSIDE, policy, ports: None, mapping: linux, filtering: linux }
}

fn at(seconds: i64) -> Time {
    Time::from_nanoseconds(seconds * 1_000_000_000)
}

fn milliseconds(n: i64) -> Span {
    Span::from_milliseconds(n)
}

fn open(nat: &mut Conntrack, now: Time, flow: Tuple, rule: &SourceNat) -> Result<OpenedFlow, FlowRefusal> {
    nat.open(now, flow, PacketKind::Datagram, None, Some(rule))
}

/// Opens a flow; returns its outside port and how it was chosen.
fn mapped(nat: &mut Conntrack, now: Time, flow: Tuple, rule: &SourceNat) -> (u16, SourceMapping) {
    let opened = open(nat, now, flow, rule).expect("a port is free");
    assert_eq!(opened.translated.source.address, OUTSIDE);
    (opened.translated.source.port, opened.mapping)
}

/// Sends a datagram as a host does: through its flow if it is known, else through a new one.
fn send(nat: &mut Conntrack, now: Time, flow: Tuple, rule: &SourceNat) -> (u16, Option<SourceMapping>) {
    match nat.lookup(now, &flow, PacketKind::Datagram) {
        Some(hit) => (hit.translated.source.port, None),
        None => {
            let (port, mapping) = mapped(nat, now, flow, rule);
            (port, Some(mapping))
        }
    }
}

/// The answer to a datagram that left through `port` comes back; returns whether it gets in.
fn answer(nat: &mut Conntrack, now: Time, flow: Tuple, port: u16) -> bool {
    let reply = udp(flow.destination, Endpoint { address: OUTSIDE, port });
    nat.lookup(now, &reply, PacketKind::Datagram).is_some_and(|hit| hit.translated == flow.inverted())
}
