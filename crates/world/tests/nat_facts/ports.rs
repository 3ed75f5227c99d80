//! Linux: which port a collision gets.

use super::*;

/// One collision on `port`: client 1 holds it, client 2 gets another.
fn collide(nat: &mut Conntrack, port: u16, rule: &SourceNat) -> u16 {
    nat.flush();
    let peer = server(1, 123);
    assert_eq!(mapped(nat, at(0), udp(client(1, port), peer), rule), (port, SourceMapping::Kept));
    let (other, mapping) = mapped(nat, at(0), udp(client(2, port), peer), rule);
    assert_eq!(mapping, SourceMapping::Collided { holder: client(1, port) });
    assert_ne!(other, port);
    other
}

#[test]
fn collisions_on_port_123_give_ports_1_to_511_evenly() {
    let (mut nat, linux) = (table(1), rule(PortPolicy::Linux));
    let ports: Vec<u16> = (0..1500).map(|_| collide(&mut nat, 123, &linux)).collect();
    assert!(ports.iter().all(|port| (1..=511).contains(port)));

    // 17 bins of 30 ports, the last of 31. The start is even over 511 offsets (the remainder of 65 536
    // favours the first 128 by 1 in 128: that adds 0.02 to chi-square), and 124 stands for 123 as well,
    // in the same bin. 16 degrees of freedom: chi-square is above 45.92 once in 10 000 correct runs.
    let mut bins = [0_u32; 17];
    for port in &ports {
        bins[usize::from((port - 1) / 30).min(16)] += 1;
    }
    let chi_square: f64 = bins
        .iter()
        .enumerate()
        .map(|(bin, &seen)| {
            let expected = 1500.0 * if bin == 16 { 31.0 } else { 30.0 } / 511.0;
            (f64::from(seen) - expected).powi(2) / expected
        })
        .sum();
    assert!(chi_square < 45.92, "{chi_square}");

    // Below 123: 122 of 511 offsets, each with 129 of 65 536 starts: p = 0.2401, mean 360.2, standard
    // deviation 16.5. Four of them on either side: a correct run fails once in 16 000. (122/510, as the
    // facts have it, is within 2 of the mean.)
    let bad = ports.iter().filter(|&&port| port < 123).count();
    assert!((294..=426).contains(&bad), "{bad}");
}

#[test]
fn a_collision_stays_in_the_class_of_its_port() {
    let (mut nat, linux) = (table(2), rule(PortPolicy::Linux));
    // Certain, whatever is rolled; that the ends of a class are reached is not tested.
    for (own, class) in [
        (1, 1..=511),
        (511, 1..=511),
        (512, 600..=1023),
        (700, 600..=1023),
        (1023, 600..=1023),
        (1024, 1024..=65_535),
        (40_000, 1024..=65_535),
    ] {
        for _ in 0..300 {
            let port = collide(&mut nat, own, &linux);
            assert!(class.contains(&port), "{own} became {port}");
        }
    }
}

#[test]
fn a_rule_with_a_range_keeps_what_is_in_it_and_searches_in_it() {
    let mut nat = table(3);
    let ranged = SourceNat { ports: Some(2000..=2003), ..rule(PortPolicy::Linux) };
    let flow = |n, port| udp(client(n, port), server(1, 123));
    assert_eq!(mapped(&mut nat, at(0), flow(1, 2001), &ranged), (2001, SourceMapping::Kept));
    let (port, mapping) = mapped(&mut nat, at(0), flow(2, 123), &ranged);
    assert_eq!((mapping, (2000..=2003).contains(&port)), (SourceMapping::Assigned, true));
    let mut rest = [mapped(&mut nat, at(0), flow(3, 123), &ranged).0, port, 2001, 0];
    rest[3] = mapped(&mut nat, at(0), flow(4, 123), &ranged).0;
    rest.sort_unstable();
    assert_eq!(rest, [2000, 2001, 2002, 2003]);
    assert_eq!(open(&mut nat, at(0), flow(5, 123), &ranged), Err(FlowRefusal::NoPort));
}

#[test]
fn a_nearly_full_class_is_searched_in_five_rounds_and_may_be_missed() {
    let (mut nat, linux) = (table(8), rule(PortPolicy::Linux));
    let flow = |n, port| udp(client(n, port), server(1, 123));
    let mut found = 0;
    let mut stale = true;
    for _ in 0..1000 {
        if stale {
            nat.flush();
            for port in (1..=511).filter(|&port| port != 300) {
                assert_eq!(mapped(&mut nat, at(0), flow(1, port), &linux), (port, SourceMapping::Kept));
            }
        }
        let opened = open(&mut nat, at(0), flow(2, 123), &linux);
        stale = opened.is_ok();
        found += u32::from(stale);
        let port = opened.map(|opened| opened.translated.source.port);
        assert!(port == Ok(300) || port == Err(FlowRefusal::NoPort));
    }
    // Rounds of 128, 64, 32, 16 and 8 ports of 511 find the one that is free with p = 0.414: mean 414,
    // standard deviation 15.6, four of them on either side: a correct run fails once in 16 000.
    assert!((352..=476).contains(&found), "{found}");
    // With none free it ends, too.
    assert!(stale || open(&mut nat, at(0), flow(3, 300), &linux).is_ok());
    assert_eq!(open(&mut nat, at(0), flow(4, 123), &linux), Err(FlowRefusal::NoPort));
}

#[test]
fn two_servers_see_the_same_rewritten_port() {
    let (mut nat, linux) = (table(4), rule(PortPolicy::Linux));
    // Certain: 300 of 300, as measured.
    for _ in 0..300 {
        nat.flush();
        for m in [1, 2] {
            assert_eq!(mapped(&mut nat, at(0), ntp(1, m), &linux), (123, SourceMapping::Kept));
        }
        let (port, _) = mapped(&mut nat, at(0), ntp(2, 1), &linux);
        assert_eq!(mapped(&mut nat, at(1), ntp(2, 2), &linux), (port, SourceMapping::Reused));
    }
}

#[test]
fn a_mapping_made_anew_gets_the_port_of_the_one_that_lives() {
    let (mut nat, linux) = (table(5), rule(PortPolicy::Linux));
    // Certain: 300 of 300, as measured.
    for _ in 0..300 {
        nat.flush();
        let holder = [ntp(1, 1), ntp(1, 2)];
        for flow in holder {
            mapped(&mut nat, at(0), flow, &linux);
        }
        let (port, _) = mapped(&mut nat, at(0), ntp(2, 1), &linux);
        mapped(&mut nat, at(0), ntp(2, 2), &linux);
        for flow in [holder[0], holder[1], ntp(2, 2)] {
            assert_eq!(send(&mut nat, at(20), flow, &linux).1, None);
        }
        assert_eq!(send(&mut nat, at(31), ntp(2, 1), &linux), (port, Some(SourceMapping::Reused)));
    }
}

#[test]
fn a_client_that_held_123_towards_one_server_keeps_it_towards_all() {
    let (mut nat, linux) = (table(6), rule(PortPolicy::Linux));
    assert_eq!(mapped(&mut nat, at(0), ntp(1, 1), &linux), (123, SourceMapping::Kept));
    assert_eq!(mapped(&mut nat, at(0), ntp(2, 2), &linux), (123, SourceMapping::Kept));
    // Towards the other client's server the shared port is taken, and so is its own one.
    let (port, mapping) = mapped(&mut nat, at(0), ntp(1, 2), &linux);
    assert_eq!((mapping, port == 123), (SourceMapping::Collided { holder: client(2, 123) }, false));
}

#[test]
fn the_router_s_own_flow_moves_when_a_translated_one_has_its_port() {
    let (mut nat, linux) = (table(7), rule(PortPolicy::Linux));
    mapped(&mut nat, at(0), ntp(1, 1), &linux);
    let own = udp(Endpoint { address: OUTSIDE, port: 123 }, server(1, 123));
    let opened = nat.open(at(0), own, PacketKind::Datagram, None, None).unwrap();
    assert_eq!(opened.mapping, SourceMapping::Collided { holder: client(1, 123) });
    assert_ne!(opened.translated.source.port, 123);
    let other = udp(own.source, server(2, 123));
    let opened = nat.open(at(0), other, PacketKind::Datagram, None, None).unwrap();
    assert_eq!((opened.mapping, opened.translated), (SourceMapping::Untranslated, other));
}
