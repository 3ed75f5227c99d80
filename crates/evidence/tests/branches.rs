//! The path as a feature: which of several branches a request took, and where it came from.

use unanswered_capture::{Vantage, VantageId};
use unanswered_evidence::ExchangeSource;
use unanswered_evidence::features::{FROM, VIA};
use unanswered_exchange::{Exchanges, FrameId, Pairer, PairerConfig};
use unanswered_explain::Source as _;
use unanswered_registry::{Feature, Subject};
use unanswered_table::{MISSING, Values, Viewpoint};
use unanswered_wire::{LinkType, Time, decode, emit};

const PLACES: [&str; 4] = ["edge", "spine1", "spine2", "server"];
const SERVER: [u8; 4] = [10, 0, 9, 1];

/// Packets at places, as a capture would have them.
struct Site {
    pairer: Pairer,
    frames: u64,
}

impl Site {
    fn new() -> Self {
        Self { pairer: Pairer::new(PairerConfig::default()), frames: 0 }
    }

    /// An NTP packet of a poll, seen at a place this many microseconds after the poll began.
    fn seen(&mut self, poll: u16, client: u8, place: u16, after: i64, reply: bool) {
        let (client, server) = (([10, 0, 0, client], 40_000 + poll), (SERVER, 123));
        let (from, to) = if reply { (server, client) } else { (client, server) };
        let stamp = (0xe000_0000_0000_0000 + u64::from(poll)).to_be_bytes();
        let mut payload = [0_u8; 48];
        (payload[0], payload[1]) = (if reply { 0x24 } else { 0x23 }, 2);
        payload[40..48].copy_from_slice(&stamp);
        if reply {
            payload[24..32].copy_from_slice(&stamp);
        }
        let ip = emit::Ipv4 {
            source: from.0.into(),
            destination: to.0.into(),
            ttl: 64 - u8::try_from(place).expect("few places"),
            dscp: 0,
            ecn: 0,
            identification: 0,
            dont_fragment: true,
        };
        let content = emit::Content::Udp { source_port: from.1, destination_port: to.1, payload: &payload };
        let hardware = |last| [2, 0, 0, 0, 0, last];
        let link =
            emit::Ethernet { destination: hardware(1), source: hardware(2), vlans: &[], padded: false };
        let (mut packet, mut frame) = (Vec::new(), Vec::new());
        emit::ip_packet(&mut packet, ip, &content).expect("it fits");
        emit::ethernet(&mut frame, &link, &packet).expect("it fits");
        let length = u32::try_from(frame.len()).expect("short");
        let packet = decode(LinkType::Ethernet, &frame, length).expect("it is understood");
        self.frames += 1;
        let time = Time::from_nanoseconds(i64::from(poll) * 1_000_000_000 + after * 1000);
        let id = FrameId { vantage: VantageId(place), input: 0, number: self.frames };
        self.pairer.handle_packet(time, id, &packet);
    }

    /// A poll that reaches the given places, and its reply from the last of them, if it is answered.
    fn poll(&mut self, poll: u16, client: u8, places: &[u16], answered: bool) {
        for (&place, at) in places.iter().zip(0..) {
            self.seen(poll, client, place, at * 100, false);
        }
        for (&place, at) in places.iter().rev().zip(10..).filter(|_| answered) {
            self.seen(poll, client, place, at * 100, true);
        }
    }

    fn exchanges(self) -> Exchanges {
        let vantage = |name: &&str| Vantage {
            name: (*name).to_owned(),
            file: std::path::PathBuf::new(),
            interface: None,
            description: None,
            link_type: LinkType::Ethernet,
            application: None,
            dropped: None,
            frames: 0,
        };
        Exchanges::new(self.pairer, PLACES.iter().map(vantage).collect(), Vec::new())
    }
}

fn column(exchanges: &Exchanges, feature: &'static Feature) -> Vec<Option<String>> {
    let source = ExchangeSource::new(exchanges);
    let column = source.column(&Subject::Feature(feature), Viewpoint::Client).expect("the column is there");
    let Values::Codes { codes, labels } = &column.values else { panic!("names") };
    codes.iter().map(|&c| (c != MISSING).then(|| labels[c as usize].clone())).collect()
}

#[test]
fn the_branch_is_known_of_requests_that_were_seen_on_it_and_of_no_others() {
    let mut site = Site::new();
    for poll in 0..40 {
        let spine = 1 + poll % 2;
        match poll % 10 {
            // Lost before the branching, and lost behind it.
            7 => site.poll(poll, 1, &[0], false),
            9 => site.poll(poll, 1, &[0, spine], false),
            _ => site.poll(poll, 1, &[0, spine, 3], true),
        }
    }
    let via = column(&site.exchanges(), &VIA);
    for (poll, via) in (0..40).zip(via) {
        let spine = if poll % 2 == 0 { "spine1" } else { "spine2" };
        assert_eq!(via.as_deref(), (poll % 10 != 7).then_some(spine), "poll {poll}");
    }
}

#[test]
fn a_place_that_a_capture_missed_some_requests_at_makes_no_branch() {
    let mut site = Site::new();
    for poll in 0..40 {
        // The capture at the second place shows only every other request.
        let places: &[u16] = if poll % 2 == 0 { &[0, 1, 3] } else { &[0, 3] };
        site.poll(poll, 1, places, true);
    }
    assert!(column(&site.exchanges(), &VIA).iter().all(Option::is_none));
}

#[test]
fn the_nearest_place_is_a_feature_where_it_says_more_than_the_client() {
    let mut site = Site::new();
    for poll in 0..30 {
        // Two clients behind the first place, one behind the second.
        let client = u8::try_from(poll % 3).expect("small");
        site.poll(poll, client, if client == 2 { &[1, 3] } else { &[0, 3] }, true);
    }
    let from = column(&site.exchanges(), &FROM);
    let expected: Vec<Option<String>> =
        (0..30).map(|poll| Some(if poll % 3 == 2 { "spine1" } else { "edge" }.to_owned())).collect();
    assert_eq!(from, expected);

    let mut site = Site::new();
    for poll in 0..30 {
        let client = u8::try_from(poll % 2).expect("small");
        site.poll(poll, client, if client == 1 { &[1, 3] } else { &[0, 3] }, true);
    }
    let exchanges = site.exchanges();
    let from = ExchangeSource::new(&exchanges);
    let from = from.column(&Subject::Feature(&FROM), Viewpoint::Client);
    assert!(from.is_none(), "the client says as much");
}
