//! What holds for any traffic under any policy.

use proptest::prelude::*;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use unanswered_scenario::model::{self, Endpoint, NatBehaviour, PortPolicy, SourceNat, Timeouts, Transport};
use unanswered_wire::{Span, Time};
use unanswered_world::conntrack::{Conntrack, FlowDirection, FlowRefusal, OpenedFlow, PacketKind, Tuple};

/// A packet from the inside, some time after the previous one.
#[derive(Clone, Debug)]
struct Step {
    wait: Span,
    flow: Tuple,
    backend: Option<Endpoint>,
    /// The server answers at once.
    answered: bool,
}

/// Few ends, so that they collide.
fn end(net: u8, last: u8, port: u16) -> Endpoint {
    Endpoint { address: Ipv4Addr::new(10, net, 0, last), port }
}

fn step() -> impl Strategy<Value = Step> {
    let protocol = prop::sample::select(vec![Transport::Udp, Transport::Icmp]);
    let ports = prop::sample::select(vec![1_u16, 123, 600, 5000]);
    let backend = prop::option::weighted(0.2, 0_u8..2);
    (0_i64..40_000, protocol, 0_u8..5, ports, 0_u8..3, backend, any::<bool>()).prop_map(
        |(wait, protocol, client, port, server, backend, answered)| {
            let to = if protocol == Transport::Icmp { port } else { 123 };
            Step {
                wait: Span::from_milliseconds(wait),
                flow: Tuple { protocol, source: end(1, client, port), destination: end(2, server, to) },
                backend: backend.map(|last| end(2, last, 123)),
                answered,
            }
        },
    )
}

fn rules() -> impl Strategy<Value = SourceNat> {
    use NatBehaviour::{AddressAndPortDependent, AddressDependent, EndpointIndependent};
    let policies = vec![
        PortPolicy::Linux,
        PortPolicy::LinuxRover,
        PortPolicy::Sticky,
        PortPolicy::Random,
        PortPolicy::Sequential,
        PortPolicy::PreserveOrDrop,
    ];
    let behaviour =
        || prop::sample::select(vec![EndpointIndependent, AddressDependent, AddressAndPortDependent]);
    let ranges = prop::sample::select(vec![None, None, Some(100..=130), Some(1024..=1030)]);
    (prop::sample::select(policies), behaviour(), behaviour(), ranges).prop_map(
        |(policy, mapping, filtering, ports)| SourceNat {
            out: 0,
            address: Ipv4Addr::new(10, 3, 0, 1),
            policy,
            ports,
            mapping,
            filtering,
        },
    )
}

fn table(seed: u64) -> Conntrack {
    let config = model::ConntrackConfig {
        table_size: Some(40),
        timeouts: Timeouts::default(),
        drop_invalid: true,
        insert_race: None,
    };
    Conntrack::new(&config, seed, "router")
}

/// Sends each packet and its answer; returns what was opened. Fails where an answer does not come back
/// as the inside expects it, or two living flows share a reply tuple.
fn run(
    nat: &mut Conntrack,
    steps: &[Step],
    rule: &SourceNat,
) -> Vec<Option<Result<OpenedFlow, FlowRefusal>>> {
    let mut now = Time::from_nanoseconds(0);
    let mut log = Vec::new();
    for Step { wait, flow, backend, answered } in steps {
        now = now + *wait;
        let known = nat.lookup(now, flow, PacketKind::Datagram);
        let opened =
            known.is_none().then(|| nat.open(now, *flow, PacketKind::Datagram, *backend, Some(rule)));
        log.push(opened);
        let translated = match (known, opened) {
            (Some(hit), _) => {
                assert_eq!(hit.direction, FlowDirection::Original);
                Some(hit.translated)
            }
            (None, Some(Ok(opened))) => Some(opened.translated),
            (None, _) => None,
        };
        if let (Some(translated), true) = (translated, *answered) {
            let reply = nat.lookup(now, &translated.inverted(), PacketKind::Datagram);
            let hit = reply.expect("a flow that was just used lives");
            assert_eq!((hit.translated, hit.direction), (flow.inverted(), FlowDirection::Reply));
            assert!(hit.seen_reply);
        }
        let views = nat.mappings(now);
        let replies: BTreeSet<_> =
            views.iter().map(|view| (view.protocol, view.server, view.outside)).collect();
        assert_eq!(replies.len(), views.len());
        assert!(views.len() <= 40 && views.len() == nat.len(now));
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_find_their_way_and_no_two_living_flows_share_a_reply_tuple(
        steps in prop::collection::vec(step(), 1..120),
        rule in rules(),
        seed in any::<u64>(),
    ) {
        run(&mut table(seed), &steps, &rule);
    }

    #[test]
    fn the_same_traffic_gives_the_same_ports(
        steps in prop::collection::vec(step(), 1..60),
        rule in rules(),
        seed in any::<u64>(),
    ) {
        let (mut one, mut other) = (table(seed), table(seed));
        prop_assert_eq!(run(&mut one, &steps, &rule), run(&mut other, &steps, &rule));
        prop_assert_eq!(one.mappings(Time::default()), other.mappings(Time::default()));
    }

    #[test]
    fn a_port_given_is_in_the_rule_s_range(
        steps in prop::collection::vec(step(), 1..120),
        rule in rules(),
        seed in any::<u64>(),
    ) {
        for opened in run(&mut table(seed), &steps, &rule).into_iter().flatten().flatten() {
            let port = opened.translated.source.port;
            prop_assert!(rule.ports.as_ref().is_none_or(|range| range.contains(&port)));
        }
    }
}
