//! How long mappings live, to the nanosecond. All of this is certain.

use super::*;
use unanswered_world::conntrack::{RESET_LIFE, TcpPhase};

const NANOSECOND: Span = Span::from_nanoseconds(1);

/// When the only flow expires.
fn expires(nat: &Conntrack, now: Time) -> Time {
    let views = nat.mappings(now);
    assert_eq!(views.len(), 1);
    views[0].expires
}

/// Alive a nanosecond before `end`, dead at `end`; and a look does not change anything.
fn check_end(nat: &mut Conntrack, flow: &Tuple, end: Time) {
    assert_eq!(nat.len(end - NANOSECOND), 1);
    assert_eq!(nat.len(end), 0);
    assert_eq!(nat.mappings(end), []);
    assert!(nat.lookup(end, flow, PacketKind::Datagram).is_none());
}

#[test]
fn an_unanswered_mapping_dies_30_s_after_its_last_packet() {
    let (mut nat, linux) = (table(1), rule(PortPolicy::Linux));
    mapped(&mut nat, at(0), ntp(1, 1), &linux);
    assert_eq!(expires(&nat, at(0)), at(30));
    for second in [29, 58, 87] {
        assert_eq!(send(&mut nat, at(second), ntp(1, 1), &linux), (123, None));
    }
    check_end(&mut nat, &ntp(1, 1), at(117));
}

#[test]
fn a_packet_in_the_last_nanosecond_keeps_a_mapping_and_one_at_its_end_does_not() {
    let (mut nat, linux) = (table(1), rule(PortPolicy::Linux));
    mapped(&mut nat, at(0), ntp(1, 1), &linux);
    assert!(nat.lookup(at(30) - NANOSECOND, &ntp(1, 1), PacketKind::Datagram).is_some());
    assert_eq!(expires(&nat, at(59)), at(60) - NANOSECOND);
    assert!(nat.lookup(at(60) - NANOSECOND, &ntp(1, 1), PacketKind::Datagram).is_none());
}

#[test]
fn a_stream_dies_120_s_after_its_last_packet() {
    let (mut nat, linux) = (table(1), rule(PortPolicy::Linux));
    mapped(&mut nat, at(0), ntp(1, 1), &linux);
    assert!(answer(&mut nat, at(0) + milliseconds(1), ntp(1, 1), 123));
    assert!(!nat.mappings(at(1))[0].assured);
    send(&mut nat, at(2) + NANOSECOND, ntp(1, 1), &linux);
    assert!(nat.mappings(at(3))[0].assured);
    assert!(answer(&mut nat, at(100), ntp(1, 1), 123));
    check_end(&mut nat, &ntp(1, 1), at(220));
}

#[test]
fn an_answer_within_two_seconds_or_after_a_long_silence_gives_30_s_only() {
    let linux = rule(PortPolicy::Linux);
    // The packet that shows that there are answers is still a young flow's, or is the first answer.
    for (first_answer, request) in [(milliseconds(1), Some(2)), (Span::from_seconds(10), None)] {
        let mut nat = table(1);
        mapped(&mut nat, at(0), ntp(1, 1), &linux);
        assert!(answer(&mut nat, at(0) + first_answer, ntp(1, 1), 123));
        if let Some(second) = request {
            send(&mut nat, at(second), ntp(1, 1), &linux);
        }
        let last = nat.mappings(at(10))[0].last;
        check_end(&mut nat, &ntp(1, 1), last + Span::from_seconds(30));
    }
}

#[test]
fn old_kernels_make_a_stream_of_whatever_comes_after_the_first_answer() {
    let timeouts = Timeouts {
        udp_stream: Span::from_seconds(180),
        udp_stream_after: Span::default(),
        ..Timeouts::default()
    };
    let mut nat = Conntrack::new(&model::ConntrackConfig { timeouts, ..config() }, 1, "vrouter");
    mapped(&mut nat, at(0), ntp(1, 1), &rule(PortPolicy::Linux));
    assert!(answer(&mut nat, at(0), ntp(1, 1), 123));
    assert_eq!(expires(&nat, at(0)), at(30));
    assert!(answer(&mut nat, at(0), ntp(1, 1), 123));
    check_end(&mut nat, &ntp(1, 1), at(180));
}

fn segment(nat: &mut Conntrack, now: Time, flow: &Tuple, stage: PacketKind) -> bool {
    nat.lookup(now, flow, stage).is_some()
}

/// A connection through its handshake at second 0.
fn connected(nat: &mut Conntrack, linux: &SourceNat) -> (Tuple, Tuple) {
    let flow = Tuple { protocol: Transport::Tcp, ..udp(client(1, 40_000), server(1, 443)) };
    let opened = nat.open(at(0), flow, PacketKind::Syn, None, Some(linux)).expect("the port is free");
    let back = opened.translated.inverted();
    assert_eq!(expires(nat, at(0)), at(120));
    assert!(segment(nat, at(1), &back, PacketKind::Established));
    assert_eq!(expires(nat, at(1)), at(121));
    assert!(segment(nat, at(1), &flow, PacketKind::Established));
    assert_eq!(expires(nat, at(1)), at(1) + Timeouts::default().tcp_established);
    (flow, back)
}

#[test]
fn a_connection_lives_by_its_phase() {
    let (mut nat, linux) = (table(1), rule(PortPolicy::Linux));
    let (flow, back) = connected(&mut nat, &linux);
    assert!(nat.mappings(at(1))[0].assured);
    assert!(segment(&mut nat, at(50), &back, PacketKind::Fin));
    assert!(segment(&mut nat, at(51), &flow, PacketKind::Established));
    assert_eq!(nat.mappings(at(51))[0].phase, TcpPhase::Closing);
    check_end(&mut nat, &flow, at(171));

    let (flow, back) = connected(&mut nat, &linux);
    assert!(segment(&mut nat, at(50), &back, PacketKind::Reset));
    check_end(&mut nat, &flow, at(50) + RESET_LIFE);
}

#[test]
fn a_syn_of_a_closed_connection_opens_it_anew_and_one_of_a_living_does_not() {
    let (mut nat, linux) = (table(1), rule(PortPolicy::Linux));
    let (flow, back) = connected(&mut nat, &linux);
    assert!(segment(&mut nat, at(2), &flow, PacketKind::Syn));
    assert_eq!(nat.mappings(at(2))[0].phase, TcpPhase::Established);
    assert!(segment(&mut nat, at(3), &flow, PacketKind::Fin));
    // Only the side that opened it can reopen it.
    assert!(segment(&mut nat, at(4), &back, PacketKind::Syn));
    assert!(!segment(&mut nat, at(4), &flow, PacketKind::Syn));
    assert_eq!(nat.len(at(4)), 0);
    let opened = nat.open(at(4), flow, PacketKind::Syn, None, Some(&linux)).unwrap();
    assert_eq!((opened.translated.source.port, expires(&nat, at(4))), (40_000, at(124)));
}

#[test]
fn a_segment_of_an_unknown_connection_is_picked_up_unless_invalid_ones_are_dropped() {
    let flow = Tuple { protocol: Transport::Tcp, ..udp(client(1, 40_000), server(1, 443)) };
    for drop_invalid in [false, true] {
        let mut nat = Conntrack::new(&model::ConntrackConfig { drop_invalid, ..config() }, 1, "vrouter");
        let mut opens = |stage| nat.open(at(0), flow, stage, None, None).map(|_| ());
        // A FIN or RST that belongs to nothing is never tracked.
        assert_eq!(opens(PacketKind::Fin), Err(FlowRefusal::Invalid));
        assert_eq!(opens(PacketKind::Reset), Err(FlowRefusal::Invalid));
        let picked_up = if drop_invalid { Err(FlowRefusal::Invalid) } else { Ok(()) };
        assert_eq!(opens(PacketKind::Established), picked_up);
    }
}

#[test]
fn an_echo_lives_30_s() {
    let (mut nat, linux) = (table(1), rule(PortPolicy::Linux));
    let echo = Tuple { protocol: Transport::Icmp, ..udp(client(1, 7), server(1, 7)) };
    let opened = open(&mut nat, at(0), echo, &linux).unwrap();
    for second in [1, 20] {
        assert!(nat.lookup(at(second), &opened.translated.inverted(), PacketKind::Datagram).is_some());
    }
    check_end(&mut nat, &echo, at(50));
}
