//! The kernel's filter, run by a small BPF machine, compared with what decoding says.
#![cfg(target_os = "linux")]

#[path = "filter/frames.rs"]
mod frames;
#[path = "filter/machine.rs"]
mod machine;

use frames::{frames, recorded};
use machine::run;
use std::net::IpAddr;
use unanswered_live::{Begins, Filter};
use unanswered_wire::{
    LinkType, Packet, ProtocolId, Selection, TcpSelection, Transport, UdpSelection, decode,
};

const SNAP: u32 = 262_144;

/// Filters of every kind and their combinations.
fn filters() -> Vec<Filter> {
    let hosts = |list: &[&str]| {
        list.iter().map(|host| host.parse().expect("what is written here is right")).collect::<Vec<_>>()
    };
    // None, each alone, some together, all.
    let mut protocols: Vec<Vec<ProtocolId>> = vec![Vec::new()];
    protocols.extend(ProtocolId::all().map(|protocol| vec![protocol]));
    protocols.push(vec![ProtocolId::DNS, ProtocolId::ICMP]);
    protocols.push(ProtocolId::all().collect());
    let hosts = [
        hosts(&[]),
        hosts(&["192.0.2.1"]),
        hosts(&["198.51.100.0/24", "2001:db8:1::/47"]),
        hosts(&["2001:db8::1", "203.0.113.9"]),
        hosts(&["10.9.9.9"]),
    ];
    let ports: [&[u16]; 3] = [&[], &[123], &[53, 40_000]];
    let mut filters = Vec::new();
    for protocols in protocols {
        for hosts in &hosts {
            for ports in ports {
                let (protocols, hosts) = (protocols.clone(), hosts.clone());
                filters.push(Filter { protocols, hosts, ports: ports.to_vec() });
            }
        }
    }
    filters
}

fn host_wanted(filter: &Filter, addresses: [IpAddr; 2]) -> bool {
    let within = |address| filter.hosts.iter().any(|host| host.contains(address));
    filter.hosts.is_empty() || addresses.into_iter().any(within)
}

fn port_wanted(filter: &Filter, ports: [u16; 2]) -> bool {
    filter.ports.is_empty() || ports.iter().any(|port| filter.ports.contains(port))
}

/// Whether the innermost packet is wanted, according to decoding.
fn wanted(filter: &Filter, packet: &Packet<'_>) -> bool {
    let any = |selects: &dyn Fn(&Selection) -> bool| {
        filter.protocols.is_empty() || filter.protocols.iter().any(|p| selects(&p.declaration().selection))
    };
    let here = host_wanted(filter, [packet.ip.source, packet.ip.destination]);
    let of = |ports: [u16; 2], list: &[u16]| ports.iter().any(|port| list.contains(port));
    match packet.transport {
        Transport::Error(_) => true,
        Transport::Neighbour(neighbour) => {
            let here = here || host_wanted(filter, [neighbour.target; 2]);
            here && any(&|s| s.neighbours) && filter.ports.is_empty()
        }
        Transport::LaterFragment => here,
        Transport::Echo(_) => here && any(&|s| s.echo) && filter.ports.is_empty(),
        Transport::Udp(udp) => {
            let ports = [udp.source_port, udp.destination_port];
            let selected = |s: &Selection| match s.udp {
                UdpSelection::Ports(list) => of(ports, list),
                UdpSelection::All => true,
            };
            here && any(&selected) && port_wanted(filter, ports)
        }
        Transport::Tcp(tcp) => {
            let ports = [tcp.source_port, tcp.destination_port];
            let selected = |s: &Selection| match s.tcp {
                TcpSelection::None => false,
                TcpSelection::Ports(list) => of(ports, list),
                TcpSelection::All => true,
            };
            here && any(&selected) && port_wanted(filter, ports)
        }
        Transport::Other(_) => here && filter.protocols.is_empty() && filter.ports.is_empty(),
    }
}

/// Whether the packet of some tunnel around it is wanted, which decoding skips.
fn around_wanted(filter: &Filter, packet: &Packet<'_>) -> bool {
    let all_udp = |id: &ProtocolId| matches!(id.declaration().selection.udp, UdpSelection::All);
    packet.tunnels.iter().flatten().any(|tunnel| {
        // Who wants any datagram gets those that are tunnels.
        let datagram = tunnel.source_port.is_some() && filter.protocols.iter().any(all_udp);
        host_wanted(filter, [tunnel.source, tunnel.destination])
            && (filter.protocols.is_empty() || datagram)
            && (filter.ports.is_empty() || tunnel.source_port.is_some_and(|p| port_wanted(filter, [p, p])))
    })
}

#[test]
fn the_filter_keeps_what_decoding_says_is_wanted_and_nothing_else() {
    let frames = frames();
    assert!(frames.len() > 150, "{}", frames.len());
    let mut kept = 0;
    for filter in filters() {
        let program = filter.program(Begins::Ethernet, SNAP).unwrap();
        for (name, frame) in &frames {
            let length = u32::try_from(frame.len()).unwrap();
            let packet = decode(LinkType::Ethernet, frame, length).unwrap_or_else(|e| panic!("{name}: {e}"));
            let expected = wanted(&filter, &packet) || around_wanted(&filter, &packet);
            assert_eq!(run(&program, frame) == SNAP, expected, "{name} with {filter:?}: {packet:?}");
            kept += u32::from(expected);
        }
    }
    assert!(kept > 1000, "{kept}");
}

#[test]
fn packets_without_a_link_header_are_looked_at_from_their_first_byte() {
    for filter in filters() {
        let program = filter.program(Begins::Ip, SNAP).unwrap();
        for (name, frame) in frames().iter().filter(|(_, frame)| frame[12..14] == [8, 0]) {
            let packet =
                decode(LinkType::Raw, &frame[14..], u32::try_from(frame.len() - 14).unwrap()).unwrap();
            let expected = wanted(&filter, &packet) || around_wanted(&filter, &packet);
            assert_eq!(run(&program, &frame[14..]) == SNAP, expected, "{name} with {filter:?}");
        }
    }
}

#[test]
fn of_recorded_frames_none_that_is_wanted_is_dropped() {
    let (frames, mut wanted_ones, mut dropped) = (recorded(), 0, 0);
    assert!(frames.len() > 2_000, "{}", frames.len());
    for filter in filters() {
        let program = filter.program(Begins::Ethernet, SNAP).unwrap();
        for frame in &frames {
            let length = u32::try_from(frame.len()).unwrap();
            let Ok(packet) = decode(LinkType::Ethernet, frame, length) else { continue };
            let kept = run(&program, frame) == SNAP;
            let expected = wanted(&filter, &packet);
            assert!(kept || !expected, "{packet:?} with {filter:?}");
            wanted_ones += u32::from(expected);
            dropped += u32::from(!kept);
        }
    }
    assert!(wanted_ones > 5_000 && dropped > 5_000, "{wanted_ones} wanted, {dropped} dropped");
}

#[test]
fn cut_and_garbled_frames_end_the_program_in_order() {
    let filters = filters();
    let mut state = 7_u32;
    for (name, frame) in frames() {
        for filter in filters.iter().step_by(7) {
            let program = filter.program(Begins::Ethernet, SNAP).unwrap();
            for length in 0..frame.len().min(120) {
                // The machine panics where the kernel would, and ends with 0 beyond the frame's end.
                let kept = run(&program, &frame[..length]);
                assert!(kept == 0 || kept == SNAP, "{name}");
            }
            let mut garbled = frame.clone();
            for byte in garbled.iter_mut().skip(12) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if state >> 29 == 0 {
                    *byte ^= (state >> 16).to_le_bytes()[0];
                }
            }
            let kept = run(&program, &garbled);
            assert!(kept == 0 || kept == SNAP, "{name}");
        }
    }
}

#[test]
fn without_a_wish_everything_is_kept_up_to_the_snap_length() {
    let program = Filter::default().program(Begins::Ethernet, 96).unwrap();
    assert_eq!(program.len(), 1);
    assert_eq!(run(&program, &[]), 96);
}

#[test]
fn programs_stay_below_what_the_kernel_takes_and_say_so_when_not() {
    let all = Filter {
        protocols: ProtocolId::all().collect(),
        hosts: (0..100_u8).map(|n| format!("192.0.2.{n}").parse().unwrap()).collect(),
        ports: (0..20).collect(),
    };
    let length = all.program(Begins::Ethernet, SNAP).unwrap().len();
    assert!((256..Filter::INSTRUCTIONS_MAX).contains(&length), "{length}");
    let hosts = (0..100_u8).map(|n| format!("2001:db8::{n}").parse().unwrap()).collect();
    let many = Filter { hosts, ..Filter::default() }.program(Begins::Ethernet, SNAP).unwrap_err();
    assert!(many.instructions > Filter::INSTRUCTIONS_MAX);
    assert_eq!(many.hint().as_deref(), Some("use fewer --host or wider prefixes"));
    assert!(!many.to_string().contains("--host"), "{many}");
}
