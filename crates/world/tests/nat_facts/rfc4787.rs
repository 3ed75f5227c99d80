//! RFC 4787: mapping (section 4.1) and filtering (section 5), as truth tables. All of this is certain
//! except for drawing the same port twice, whose rate is given where it matters.

use super::*;
use NatBehaviour::{AddressAndPortDependent, AddressDependent, EndpointIndependent};

const ALL: [NatBehaviour; 3] = [EndpointIndependent, AddressDependent, AddressAndPortDependent];

/// A translation that never keeps a port, so that a port that is the same is so on purpose.
fn random(mapping: NatBehaviour, filtering: NatBehaviour) -> SourceNat {
    SourceNat { mapping, filtering, ..rule(PortPolicy::Random) }
}

#[test]
fn mapping_is_the_same_for_the_peers_that_the_behaviour_says() {
    // Behaviour, same for the same address and another port, same for another address.
    for (mapping, same_address, other_address) in [
        (EndpointIndependent, true, true),
        (AddressDependent, true, false),
        (AddressAndPortDependent, false, false),
    ] {
        for filtering in ALL {
            let (mut nat, rule) = (table(1), random(mapping, filtering));
            let mut port = |m, port| mapped(&mut nat, at(0), udp(client(1, 4000), server(m, port)), &rule).0;
            // Two draws of 64 512 ports agree once in 64 512; there are nine such pairs.
            let first = port(1, 1);
            assert_eq!(port(1, 2) == first, same_address, "{mapping:?}");
            assert_eq!(port(2, 1) == first, other_address, "{mapping:?}");
        }
    }
}

#[test]
fn filtering_lets_in_the_peers_that_the_behaviour_says() {
    // Behaviour, lets in the same address from another port, another address.
    for (filtering, same_address, other_address) in [
        (EndpointIndependent, true, true),
        (AddressDependent, true, false),
        (AddressAndPortDependent, false, false),
    ] {
        for mapping in ALL {
            let (mut nat, rule) = (table(1), random(mapping, filtering));
            let (port, _) = mapped(&mut nat, at(0), udp(client(1, 4000), server(1, 1)), &rule);
            let outside = Endpoint { address: OUTSIDE, port };
            let mut lets_in = |peer| {
                let hit = nat.lookup(at(1), &udp(peer, outside), PacketKind::Datagram);
                assert!(hit.is_none_or(|hit| hit.translated == udp(peer, client(1, 4000))));
                hit.is_some()
            };
            assert!(lets_in(server(1, 1)));
            assert_eq!(lets_in(server(1, 2)), same_address, "{filtering:?}");
            assert_eq!(lets_in(server(2, 1)), other_address, "{filtering:?}");
        }
    }
}

#[test]
fn what_is_let_in_makes_no_state_and_refreshes_nothing() {
    let (mut nat, rule) = (table(1), random(EndpointIndependent, EndpointIndependent));
    let (port, _) = mapped(&mut nat, at(0), udp(client(1, 4000), server(1, 1)), &rule);
    let from_elsewhere = udp(server(2, 2), Endpoint { address: OUTSIDE, port });
    assert!(nat.lookup(at(29), &from_elsewhere, PacketKind::Datagram).is_some());
    assert_eq!(nat.len(at(29)), 1);
    assert!(nat.lookup(at(30), &from_elsewhere, PacketKind::Datagram).is_none());
}

#[test]
fn the_inside_s_answer_to_what_was_let_in_leaves_through_the_same_port() {
    let (mut nat, rule) = (table(1), random(EndpointIndependent, EndpointIndependent));
    let (port, _) = mapped(&mut nat, at(0), udp(client(1, 4000), server(1, 1)), &rule);
    let from_elsewhere = udp(server(2, 2), Endpoint { address: OUTSIDE, port });
    let inside = nat.lookup(at(1), &from_elsewhere, PacketKind::Datagram).unwrap().translated;
    assert_eq!(send(&mut nat, at(1), inside.inverted(), &rule), (port, Some(SourceMapping::Reused)));
}

#[test]
fn an_endpoint_independent_port_is_nobody_else_s_and_linux_shares_it() {
    for (mapping, filtering, shared) in [
        (EndpointIndependent, AddressAndPortDependent, false),
        (AddressAndPortDependent, EndpointIndependent, false),
        (AddressDependent, AddressDependent, true),
        (AddressAndPortDependent, AddressAndPortDependent, true),
    ] {
        let mut nat = table(1);
        let preserve = SourceNat { mapping, filtering, ..rule(PortPolicy::PreserveOrDrop) };
        mapped(&mut nat, at(0), ntp(1, 1), &preserve);
        let other_server = open(&mut nat, at(0), ntp(2, 2), &preserve);
        assert_eq!(other_server.is_ok(), shared, "{mapping:?} {filtering:?}");
        let same_server = open(&mut nat, at(0), udp(client(3, 123), server(1, 124)), &preserve);
        let linux = mapping == AddressAndPortDependent && shared;
        assert_eq!(same_server.is_ok(), linux, "{mapping:?} {filtering:?}");
    }
}

#[test]
fn an_endpoint_independent_mapping_lives_as_long_as_any_of_its_flows() {
    let (mut nat, rule) = (table(1), random(EndpointIndependent, AddressAndPortDependent));
    let flow = |m| udp(client(1, 4000), server(m, 1));
    let (port, _) = mapped(&mut nat, at(0), flow(1), &rule);
    for round in 1..10 {
        // Each flow is opened 10 s before the one before it dies.
        let m = u8::try_from(round + 1).unwrap();
        assert_eq!(mapped(&mut nat, at(round * 20), flow(m), &rule), (port, SourceMapping::Reused));
    }
    assert_eq!(nat.len(at(185)), 2);
}
