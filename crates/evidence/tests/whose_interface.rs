//! Whose interface a place is, and how far replies came, from frames made here: the server's own interface is said only where
//! time to live and hardware addresses agree, and a reply is followed along its own path.

use std::net::Ipv4Addr;
use unanswered_capture::{Vantage, VantageId};
use unanswered_evidence::step::{Narrow, Segment, Steps, step};
use unanswered_exchange::follow::Follow;
use unanswered_exchange::{Exchanges, FrameId, Pairer, PairerConfig};
use unanswered_explain::{Fate, Interface};
use unanswered_table::{Outcome, Step};
use unanswered_wire::emit::{self, Content, Ethernet, Ipv4};
use unanswered_wire::{LinkType, Time, decode};

const FITS: &str = "it fits";
const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 1);
const OTHER: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 2);

/// Hardware addresses by their last byte.
const NEAR: u8 = 1;
const ROUTER: u8 = 2;

/// Sightings of packets at places.
struct Network {
    names: Vec<&'static str>,
    seen: Vec<(i64, usize, Vec<u8>)>,
}

impl Network {
    fn new(names: &[&'static str]) -> Self {
        Self { names: names.to_vec(), seen: Vec::new() }
    }

    /// A request (or its reply) of that number between client and server, at a place, in milliseconds.
    fn see(&mut self, at: i64, place: &str, server: Ipv4Addr, number: u8, ttl: u8, reply: bool) {
        self.pass(at, place, [CLIENT, server], number, ttl, reply);
    }

    /// The same from any client.
    fn pass(&mut self, at: i64, place: &str, ends: [Ipv4Addr; 2], number: u8, ttl: u8, reply: bool) {
        let [client, server] = ends;
        let mut payload = vec![0_u8; 48];
        payload[0] = if reply { 0x24 } else { 0x23 };
        payload[1] = 2;
        let stamp = if reply { 24 } else { 40 };
        payload[stamp..stamp + 8].copy_from_slice(&[0xe0, 0, 0, 0, 0, 0, 1, number]);
        let (source, destination, hardware) =
            if reply { (server, client, (ROUTER, NEAR)) } else { (client, server, (NEAR, ROUTER)) };
        let (source_port, destination_port) = if reply { (123, 5000) } else { (5000, 123) };
        let identification = u16::from(number) + if reply { 1000 } else { 0 };
        let header = Ipv4 { source, destination, ttl, dscp: 0, ecn: 0, identification, dont_fragment: false };
        let content = Content::Udp { source_port, destination_port, payload: &payload };
        let (mut packet, mut frame) = (Vec::new(), Vec::new());
        emit::ip_packet(&mut packet, header, &content).expect(FITS);
        let ethernet = Ethernet {
            destination: [2, 0, 0, 0, 0, hardware.1],
            source: [2, 0, 0, 0, 0, hardware.0],
            vlans: &[],
            padded: false,
        };
        emit::ethernet(&mut frame, &ethernet, &packet).expect(FITS);
        let place = self.names.iter().position(|name| *name == place).expect("a place of this network");
        self.seen.push((at, place, frame));
    }

    /// An ICMP port unreachable about the latest request seen, in the name of `from`.
    fn refuse(&mut self, at: i64, place: &str, from: Ipv4Addr, ttl: u8) {
        const ETHERNET: usize = 14;
        let quoted = self.seen.last().expect("a request was seen").2[ETHERNET..].to_vec();
        let header = Ipv4 {
            source: from,
            destination: CLIENT,
            ttl,
            dscp: 0,
            ecn: 0,
            identification: 0,
            dont_fragment: false,
        };
        let content = Content::Error { kind: 3, code: 3, next_hop_mtu: 0, quoted: &quoted };
        let (mut packet, mut frame) = (Vec::new(), Vec::new());
        emit::ip_packet(&mut packet, header, &content).expect(FITS);
        let ethernet = Ethernet {
            destination: [2, 0, 0, 0, 0, NEAR],
            source: [2, 0, 0, 0, 0, ROUTER],
            vlans: &[],
            padded: false,
        };
        emit::ethernet(&mut frame, &ethernet, &packet).expect(FITS);
        let place = self.names.iter().position(|name| *name == place).expect("a place of this network");
        self.seen.push((at, place, frame));
    }

    fn exchanges(mut self) -> Exchanges {
        self.seen.sort_by_key(|seen| (seen.0, seen.1));
        let mut pairer = Pairer::new(PairerConfig::default());
        for ((at, place, frame), number) in self.seen.iter().zip(1..) {
            let vantage = VantageId(u16::try_from(*place).expect(FITS));
            let length = u32::try_from(frame.len()).expect(FITS);
            let packet = decode(LinkType::Ethernet, frame, length).expect("made right");
            let now = Time::from_nanoseconds(at * 1_000_000);
            pairer.handle_packet(now, FrameId { vantage, input: 0, number }, &packet);
        }
        let vantage = |name: &&str| Vantage {
            name: (*name).to_owned(),
            file: (*name).into(),
            interface: None,
            description: None,
            link_type: LinkType::Ethernet,
            application: None,
            dropped: None,
            frames: 0,
        };
        Exchanges::new(pairer, self.names.iter().map(vantage).collect(), Vec::new())
    }
}

/// The step of all failed requests, and the fate of most.
fn shown(all: &Exchanges) -> (Option<Step>, Fate<String>) {
    let failed: Vec<u32> = all.iter().filter(|e| e.outcome().failed()).map(|e| e.row()).collect();
    let found = step(all, &failed);
    (found.step, found.shown.first().expect("requests failed").fate.clone())
}

/// Twenty requests to a server that never replies, between a client and a place behind one router; `more` adds what else
/// is seen.
fn silent_server(more: impl Fn(&mut Network, i64, u8)) -> (Option<Step>, Fate<String>) {
    let mut network = Network::new(&["client", "far"]);
    for number in 0..20 {
        let at = i64::from(number) * 10_000;
        network.see(at, "client", SERVER, number, 64, false);
        network.see(at + 1, "far", SERVER, number, 63, false);
        more(&mut network, at, number);
    }
    shown(&network.exchanges())
}

#[test]
fn a_firewall_that_says_port_unreachable_in_its_own_name_is_not_the_server() {
    let refused_by = |from: Ipv4Addr| {
        let mut network = Network::new(&["client"]);
        for number in 0..20 {
            let at = i64::from(number) * 10_000;
            network.see(at, "client", SERVER, number, 64, false);
            network.refuse(at + 1, "client", from, 64);
        }
        shown(&network.exchanges())
    };
    let (step, fate) = refused_by(Ipv4Addr::new(10, 0, 0, 254));
    assert_eq!((step, fate.code()), (Some(Step::DeliverRequest), "refused_on_the_way"));
    let (step, fate) = refused_by(SERVER);
    assert_eq!((step, fate.code()), (Some(Step::ValidateRequest), "refused_by_host"));
}

#[test]
fn where_nothing_ever_comes_back_no_interface_is_the_servers() {
    let found = silent_server(|_, _, _| {});
    assert_eq!(found, (None, Fate::NothingBeyond("far".to_owned())));
}

#[test]
fn a_router_with_other_servers_behind_it_is_not_the_silent_servers_interface() {
    // The other server answers through one more router, by the same hardware address.
    let found = silent_server(|network, at, number| {
        network.see(at + 100, "client", OTHER, number + 100, 64, false);
        network.see(at + 101, "far", OTHER, number + 100, 63, false);
        network.see(at + 103, "far", OTHER, number + 100, 63, true);
        network.see(at + 104, "client", OTHER, number + 100, 62, true);
    });
    assert_eq!(found, (None, Fate::NothingBeyond("far".to_owned())));
}

#[test]
fn a_server_whose_replies_leave_there_straight_is_presumed_at_its_interface() {
    let found = silent_server(|network, at, number| {
        network.see(at + 100, "client", SERVER, number + 100, 64, false);
        network.see(at + 101, "far", SERVER, number + 100, 63, false);
        network.see(at + 103, "far", SERVER, number + 100, 64, true);
        network.see(at + 104, "client", SERVER, number + 100, 63, true);
    });
    assert_eq!(found, (Some(Step::ValidateRequest), Fate::NoReply("far".to_owned(), Interface::Presumed)));
}

/// The server's replies leave by a second leg and come to the router's second port; those to even numbers, or none, go on.
fn second_leg(some_arrive: bool) -> Exchanges {
    let mut network = Network::new(&["client", "in", "out", "server", "leg", "out2"]);
    for number in 0..20_u8 {
        let at = i64::from(number) * 10_000;
        network.see(at, "client", SERVER, number, 64, false);
        network.see(at + 1, "in", SERVER, number, 64, false);
        network.see(at + 2, "out", SERVER, number, 63, false);
        network.see(at + 3, "server", SERVER, number, 63, false);
        network.see(at + 5, "leg", SERVER, number, 64, true);
        network.see(at + 6, "out2", SERVER, number, 64, true);
        if some_arrive && number % 2 == 0 {
            network.see(at + 7, "in", SERVER, number, 63, true);
            network.see(at + 8, "client", SERVER, number, 63, true);
        }
        // Another server, beside the router's port, shows that the client's places see both directions.
        network.see(at + 100, "client", OTHER, number + 100, 64, false);
        network.see(at + 101, "in", OTHER, number + 100, 64, false);
        network.see(at + 109, "in", OTHER, number + 100, 63, true);
        network.see(at + 110, "client", OTHER, number + 100, 63, true);
    }
    network.exchanges()
}

#[test]
fn a_reply_by_a_second_leg_is_lost_in_the_router_that_it_reaches() {
    for some_arrive in [true, false] {
        let all = second_leg(some_arrive);
        let lost = Fate::ReplyLost("out2".to_owned(), "in".to_owned());
        assert_eq!(shown(&all), (Some(Step::DeliverReply), lost), "some arrive: {some_arrive}");
        if some_arrive {
            let steps = Steps::new(&all);
            let failed = all.iter().find(|e| e.outcome() == Outcome::Unanswered).expect("half of them");
            let narrow = steps.of(failed.row()).and_then(|located| located.narrow);
            let Some(Narrow::Between { what, .. }) = narrow else { panic!("{narrow:?}") };
            assert_eq!(what, Segment::Router(63, 64));
        }
    }
}

#[test]
fn a_place_that_sees_both_sides_of_a_translator_is_not_contrasted_with_itself() {
    let mut network = Network::new(&["nat"]);
    let outside = Ipv4Addr::new(192, 0, 2, 9);
    for number in 0..20_u8 {
        let at = i64::from(number) * 10_000;
        network.pass(at, "nat", [CLIENT, SERVER], number, 64, false);
        network.pass(at + 1, "nat", [outside, SERVER], number, 63, false);
        network.pass(at + 5, "nat", [outside, SERVER], number, 64, true);
        if number % 2 == 0 {
            network.pass(at + 6, "nat", [CLIENT, SERVER], number, 63, true);
        }
    }
    let all = network.exchanges();
    assert_eq!(shown(&all), (Some(Step::DeliverReply), Fate::ReplyLostBehind("nat".to_owned())));
    assert!(Follow::new(&all).links().is_empty());
}
