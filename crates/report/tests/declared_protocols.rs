//! Every protocol of the list through everything that reads declarations: no user of the list forgets a
//! new one.

mod common;
#[path = "../../evidence/tests/common/declared.rs"]
mod declared;
#[path = "common/followed.rs"]
mod followed;
#[path = "common/tools.rs"]
mod tools;

use common::{clause, finding, installed, text};
use std::collections::BTreeSet;
use std::net::IpAddr;
use unanswered_capture::{Merged, Vantages, open};
use unanswered_explain::{Condition, Finding, Kind, Value};
use unanswered_registry::{Feature, PROTOCOL};
use unanswered_report::filter::{capture_filter, display_filter};
use unanswered_report::{Clock, Families, words};
use unanswered_wire::{
    Carrier, Declaration, FeatureSink, PROTOCOLS, Part, ProtocolId, Span, TcpSelection, UdpSelection,
    common_features, decode, features, recognise,
};

const ALL_FAMILIES: [Families; 3] =
    [Families { v4: true, v6: false }, Families { v4: false, v6: true }, Families { v4: true, v6: true }];

fn declarations() -> impl Iterator<Item = (ProtocolId, &'static Declaration)> {
    ProtocolId::all().map(|id| (id, id.declaration()))
}

/// Requests of that protocol and of no other.
fn of(name: &str) -> Finding {
    finding(Kind::Telltale, vec![clause(&PROTOCOL, text(&[name]))], [1, 1], [0, 1])
}

/// Features that requests of the protocol may have: its own, those of the protocol that carries it, and
/// those of all protocols.
fn may_have(id: ProtocolId, feature: &Feature) -> bool {
    let own =
        [id, id.of_flow()].into_iter().flat_map(|id| id.declaration().features.iter().copied().flatten());
    own.chain(features::ALL).any(|known| known.is(feature))
}

#[test]
fn names_are_single_words_and_lead_back_to_their_protocols() {
    assert_eq!(ProtocolId::all().count(), PROTOCOLS.len());
    let mut seen = BTreeSet::new();
    for (id, declaration) in declarations() {
        let name = declaration.name;
        assert!(seen.insert(name), "{name} is there twice");
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name:?}");
        assert_eq!(ProtocolId::by_name(name), Some(id));
    }
    assert_eq!(ProtocolId::names().into_iter().collect::<BTreeSet<_>>(), seen);
}

#[test]
fn telltales_say_each_protocol_s_requests_in_its_own_words() {
    let mut seen = BTreeSet::new();
    for (_, declaration) in declarations() {
        let requests = declaration.requests;
        assert!(!requests.trim().is_empty() && requests.trim() == requests, "{requests:?}");
        assert!(!requests.ends_with('.') && seen.insert(requests), "{requests:?}");
        assert_eq!(words::telltale(&of(declaration.name).clauses), requests);
    }
    // One by one: long lists of values are cut.
    for name in ProtocolId::names() {
        let not = Condition::NotIn(vec![Value::Text(name.to_owned())]);
        let words = words::telltale(&[clause(&PROTOCOL, not)]);
        assert!(words.contains(name), "{words}");
    }
}

#[test]
fn wireshark_accepts_each_protocol_s_filter() {
    let mut all = Vec::new();
    for (_, declaration) in declarations() {
        for families in ALL_FAMILIES {
            let filter = display_filter(&of(declaration.name), families, Clock::Epoch);
            all.push(filter.unwrap_or_else(|| panic!("{}: no display filter", declaration.name)));
        }
    }
    let names = ProtocolId::names();
    let any = finding(Kind::Telltale, vec![clause(&PROTOCOL, text(&names))], [1, 1], [0, 1]);
    all.extend(display_filter(&any, ALL_FAMILIES[0], Clock::Epoch));
    assert_eq!(all.len(), 3 * names.len() + 1);
    if installed("tshark") {
        tools::assert_wireshark_accepts(&all);
    }
}

#[test]
fn tcpdump_compiles_each_protocol_s_filters() {
    for (_, declaration) in declarations() {
        for families in ALL_FAMILIES {
            let filters = declaration.filters;
            let expected = if families.v6 { filters.capture_v6 } else { filters.capture };
            let filter = capture_filter(&of(declaration.name), families);
            assert_eq!(filter.is_some(), expected.is_some(), "{}", declaration.name);
            if let Some(filter) = filter.filter(|_| installed("tcpdump")) {
                tools::assert_tcpdump_compiles(&filter);
            }
        }
    }
}

#[test]
fn descriptions_are_made_of_features_that_requests_of_the_protocol_have() {
    for (id, declaration) in declarations() {
        for part in declaration.describes {
            match part {
                Part::Value(feature) | Part::AlsoValue(feature) => {
                    assert!(may_have(id, feature), "{}: {}", declaration.name, feature.name);
                }
                Part::Text(text) => assert!(!text.is_empty(), "{}", declaration.name),
                Part::ClientPort => {}
            }
        }
        // A blank before a value that may be missing does not start a description.
        assert!(!matches!(declaration.describes.first(), Some(Part::AlsoValue(_))), "{}", declaration.name);
        let asked = declaration.asks_for;
        assert!(asked.is_none_or(|feature| may_have(id, feature)), "{}", declaration.name);
    }
}

#[test]
fn live_captures_select_what_carries_each_protocol() {
    for (_, declaration) in declarations() {
        let (name, selection) = (declaration.name, declaration.selection);
        let tcp = match selection.tcp {
            TcpSelection::None => false,
            TcpSelection::Ports(ports) => !ports.is_empty(),
            TcpSelection::All => true,
        };
        let (udp, all_udp) = match selection.udp {
            UdpSelection::Ports(ports) => (ports, false),
            UdpSelection::All => (&[][..], true),
        };
        let no_port = selection.echo || selection.neighbours;
        assert!(!udp.is_empty() || all_udp || tcp || no_port, "{name} selects nothing");
        match declaration.carrier {
            Carrier::Udp(ports) => {
                assert!(!ports.is_empty(), "{name}");
                assert!(ports.iter().all(|port| *port != 0 && udp.contains(port)), "{name}");
            }
            Carrier::OtherUdp => assert!(all_udp, "{name}"),
            Carrier::TcpConnect | Carrier::TcpBytes => assert_eq!(selection.tcp, TcpSelection::All, "{name}"),
            Carrier::Echo => assert!(selection.echo, "{name}"),
            Carrier::Neighbour => assert!(selection.neighbours, "{name}"),
        }
    }
}

#[test]
fn clients_wait_for_some_time_and_are_not_forgotten_before() {
    for (_, Declaration { name, waiting, .. }) in declarations() {
        assert!(waiting.timeout > Span::from_nanoseconds(0), "{name}");
        assert!(waiting.retention >= waiting.timeout, "{name}");
    }
}

/// Notes what requests offer and whether it was declared.
struct Offered {
    id: ProtocolId,
    seen: BTreeSet<(ProtocolId, &'static str)>,
}

impl Offered {
    fn note(&mut self, feature: &'static Feature) {
        let Self { id, seen } = self;
        assert!(may_have(*id, feature), "{}: {} is not declared", id.declaration().name, feature.name);
        seen.insert((*id, feature.name));
    }
}

impl FeatureSink for Offered {
    fn number(&mut self, feature: &'static Feature, _: i64) {
        self.note(feature);
    }
    fn text(&mut self, feature: &'static Feature, _: &str) {
        self.note(feature);
    }
    fn address(&mut self, feature: &'static Feature, _: IpAddr) {
        self.note(feature);
    }
}

#[test]
fn recorded_requests_offer_declared_features_only() {
    let inputs = [followed::nested("n2"), followed::nested("n3"), followed::story(), followed::single()];
    let vantages = Vantages::new();
    let inputs = inputs.iter().flat_map(|captured| &captured.inputs);
    let readers = inputs.map(|input| open(input, &vantages).expect("a capture")).collect();
    let mut frames = Merged::new(readers, vantages);
    let mut offered = Offered { id: ProtocolId::NTP, seen: BTreeSet::new() };
    while let Some(frame) = frames.next_frame() {
        let Ok(packet) = decode(frame.link_type, frame.bytes, frame.length) else { continue };
        let Some((id, _)) = recognise(&packet).filter(|(_, message)| message.asks.is_some()) else {
            continue;
        };
        offered.id = id;
        common_features(&packet, &mut offered);
        id.protocol().features(&packet, &mut offered);
    }
    let count = |id| offered.seen.iter().filter(|(of, _)| *of == id).count();
    for id in [ProtocolId::NTP, ProtocolId::DNS, ProtocolId::TCP, ProtocolId::ICMP] {
        assert!(count(id) > 15, "{}: {}", id.declaration().name, count(id));
    }
}
