//! Full tables, virtual addresses, ICMP errors, display, and sameness. All of this is certain.

use super::*;
use unanswered_world::conntrack::{FlowDirection, QuotedPacket};

#[test]
fn a_full_table_refuses_new_flows_until_old_ones_die() {
    let config = model::ConntrackConfig { table_size: Some(2), ..config() };
    let (mut nat, linux) = (Conntrack::new(&config, 1, "vrouter"), rule(PortPolicy::Linux));
    mapped(&mut nat, at(0), ntp(1, 1), &linux);
    mapped(&mut nat, at(10), ntp(1, 2), &linux);
    assert_eq!(open(&mut nat, at(29), ntp(2, 1), &linux), Err(FlowRefusal::TableFull));
    assert!(nat.lookup(at(29), &ntp(1, 2), PacketKind::Datagram).is_some());
    // The first is dead at 30 s and does not count.
    assert_eq!(mapped(&mut nat, at(30), ntp(2, 1), &linux), (123, SourceMapping::Kept));
    assert_eq!(open(&mut nat, at(31), ntp(3, 1), &linux), Err(FlowRefusal::TableFull));
    nat.flush();
    assert!(open(&mut nat, at(31), ntp(3, 1), &linux).is_ok());
}

#[test]
fn a_virtual_address_answers_as_itself_and_a_flow_keeps_its_backend() {
    let (mut nat, linux) = (table(1), rule(PortPolicy::Linux));
    let virtual_end = Endpoint { address: Ipv4Addr::new(10, 9, 9, 100), port: 53 };
    let (flow, backend) = (udp(client(1, 4000), virtual_end), server(1, 5353));
    let opened = nat.open(at(0), flow, PacketKind::Datagram, Some(backend), Some(&linux)).unwrap();
    let outside = Endpoint { address: OUTSIDE, port: 4000 };
    assert_eq!(opened.translated, udp(outside, backend));
    let hit = nat.lookup(at(1), &flow, PacketKind::Datagram).unwrap();
    assert_eq!((hit.translated, hit.direction), (udp(outside, backend), FlowDirection::Original));
    assert!(!hit.seen_reply);
    let hit = nat.lookup(at(1), &udp(backend, outside), PacketKind::Datagram).unwrap();
    assert_eq!((hit.translated, hit.direction), (udp(virtual_end, client(1, 4000)), FlowDirection::Reply));
    assert!(hit.seen_reply && hit.entry == opened.entry);
}

#[test]
fn two_virtual_addresses_with_one_backend_are_told_apart() {
    let mut nat = table(1);
    let virtual_end = |n: u8| Endpoint { address: Ipv4Addr::new(10, 9, 9, 100 + n), port: 53 };
    let backend = server(1, 53);
    let mut asked = |n| {
        let flow = udp(client(1, 4000), virtual_end(n));
        let opened = nat.open(at(0), flow, PacketKind::Datagram, Some(backend), None).unwrap();
        nat.lookup(at(0), &opened.translated.inverted(), PacketKind::Datagram).unwrap().translated
    };
    assert_eq!(asked(1), udp(virtual_end(1), client(1, 4000)));
    assert_eq!(asked(2), udp(virtual_end(2), client(1, 4000)));
}

#[test]
fn an_icmp_error_reaches_who_sent_the_packet_it_quotes() {
    let (mut nat, linux) = (table(1), rule(PortPolicy::Linux));
    mapped(&mut nat, at(0), ntp(1, 1), &linux);
    let opened = open(&mut nat, at(0), ntp(2, 1), &linux).unwrap();
    // The server's host quotes the request as it got it.
    let seen = nat.translate_error(at(1), &opened.translated);
    assert_eq!(seen, Some(QuotedPacket { tuple: ntp(2, 1), direction: FlowDirection::Original }));
    // The client's host quotes the answer as it got it; outside it was addressed to the router.
    let seen = nat.translate_error(at(1), &ntp(2, 1).inverted());
    assert_eq!(
        seen,
        Some(QuotedPacket { tuple: opened.translated.inverted(), direction: FlowDirection::Reply })
    );
    // No error refreshes a flow, and a dead one is unknown.
    assert_eq!(nat.translate_error(at(30), &opened.translated), None);
    assert_eq!(nat.translate_error(at(1), &ntp(3, 1)), None);
}

#[test]
fn a_flow_is_not_opened_twice() {
    let (mut nat, linux) = (table(1), rule(PortPolicy::Linux));
    let opened = open(&mut nat, at(0), ntp(1, 1), &linux).unwrap();
    let taken = Err(FlowRefusal::PortTaken { holder: client(1, 123) });
    assert_eq!(open(&mut nat, at(1), ntp(1, 1), &linux), taken);
    assert_eq!(open(&mut nat, at(1), opened.translated.inverted(), &linux), taken);
    assert_eq!(nat.len(at(1)), 1);
}

#[test]
fn an_entry_s_name_is_never_given_again() {
    let (mut nat, linux) = (table(1), rule(PortPolicy::Linux));
    let first = open(&mut nat, at(0), ntp(1, 1), &linux).unwrap().entry;
    assert_eq!(nat.mapping(at(1), first).unwrap().inside, client(1, 123));
    assert_eq!(nat.mapping(at(30), first), None);
    nat.reboot();
    let second = open(&mut nat, at(1), ntp(1, 1), &linux).unwrap().entry;
    assert_eq!((nat.mapping(at(1), first), first == second), (None, false));
}

#[test]
fn the_listing_is_that_of_conntrack_l() {
    // The UDP lines are those of captures/story-osa/conntrack.txt; the layout of the others is that of
    // conntrack-tools 1.4.
    let mut nat = table(1);
    let port_11 = SourceNat { ports: Some(11..=11), ..rule(PortPolicy::Linux) };
    mapped(&mut nat, at(0), ntp(2, 1), &port_11);
    mapped(&mut nat, at(0), ntp(2, 2), &port_11);
    assert!(answer(&mut nat, at(0), ntp(2, 2), 11));
    send(&mut nat, at(3), ntp(2, 2), &port_11);
    let echo = Tuple { protocol: Transport::Icmp, ..udp(client(1, 7), server(1, 7)) };
    open(&mut nat, at(2), echo, &rule(PortPolicy::Linux)).unwrap();
    let syn = Tuple { protocol: Transport::Tcp, ..udp(client(1, 4000), server(1, 443)) };
    nat.open(at(2), syn, PacketKind::Syn, None, None).unwrap();
    let expected = "\
udp      17 26 src=10.1.2.2 dst=10.9.9.21 sport=123 dport=123 [UNREPLIED] src=10.9.9.21 dst=10.9.9.1 sport=123 dport=11 mark=0 use=1
udp      17 119 src=10.1.2.2 dst=10.9.9.22 sport=123 dport=123 src=10.9.9.22 dst=10.9.9.1 sport=123 dport=11 [ASSURED] mark=0 use=1
tcp      6 118 SYN_SENT src=10.1.1.2 dst=10.9.9.21 sport=4000 dport=443 [UNREPLIED] src=10.9.9.21 dst=10.1.1.2 sport=443 dport=4000 mark=0 use=1
icmp     1 28 src=10.1.1.2 dst=10.9.9.21 type=8 code=0 id=7 [UNREPLIED] src=10.9.9.21 dst=10.9.9.1 type=0 code=0 id=7 mark=0 use=1
";
    assert_eq!(nat.listing(at(3) + milliseconds(500)), expected);
}

#[test]
fn the_same_seed_and_name_give_the_same_ports_and_others_do_not() {
    let linux = rule(PortPolicy::Linux);
    let ports = |seed, host| -> Vec<u16> {
        let mut nat = Conntrack::new(&config(), seed, host);
        (1..100).map(|n| mapped(&mut nat, at(0), ntp(n, 1), &linux).0).collect()
    };
    assert_eq!(ports(1, "a"), ports(1, "a"));
    assert_ne!(ports(1, "a"), ports(2, "a"));
    assert_ne!(ports(1, "a"), ports(1, "b"));
}

#[test]
fn a_clock_that_goes_backwards_lets_flows_live_longer() {
    let (mut nat, linux) = (table(1), rule(PortPolicy::Linux));
    mapped(&mut nat, at(100), ntp(1, 1), &linux);
    assert!(nat.lookup(at(50), &ntp(1, 1), PacketKind::Datagram).is_some());
    assert_eq!(nat.len(at(79)), 1);
    assert_eq!(nat.len(at(80)), 0);
}
