//! Reassembled fragments are the packet, each as a router sends it.

mod common;

use common::{CLIENT, SERVER, raw};
use proptest::prelude::*;
use unanswered_wire::Transport;
use unanswered_wire::emit::{self, CannotEmit, Content, Ipv4};

fn packet(dont_fragment: bool, payload: &[u8]) -> Vec<u8> {
    let ip = Ipv4 {
        source: CLIENT.into(),
        destination: SERVER.into(),
        ttl: 63,
        dscp: 10,
        ecn: 2,
        identification: 0xbeef,
        dont_fragment,
    };
    let mut out = Vec::new();
    let content = Content::Udp { source_port: 53, destination_port: 40_000, payload };
    emit::ip_packet(&mut out, ip, &content).expect("what fits");
    out
}

fn cut(packet: &[u8], mtu: u16) -> Vec<Vec<u8>> {
    let (mut buffer, mut all) = (vec![1, 2, 3], Vec::new());
    emit::fragments(&mut buffer, packet, mtu, |fragment| all.push(fragment.to_vec())).expect("may be cut");
    all
}

/// The payloads of fragments, each at its offset.
fn reassembled(fragments: &[Vec<u8>]) -> Vec<u8> {
    let mut whole = Vec::new();
    for (index, fragment) in fragments.iter().enumerate() {
        let read = raw(fragment);
        assert_eq!(usize::try_from(read.ip.fragment_offset), Ok(whole.len()));
        assert_eq!(read.ip.more_fragments, index + 1 < fragments.len());
        assert_eq!(usize::try_from(read.ip.total_length), Ok(fragment.len()));
        assert_eq!((read.ip.ttl, read.ip.dscp, read.ip.ecn), (63, 10, 2));
        assert_eq!((read.ip.identification, read.ip.protocol), (Some(0xbeef), 17));
        assert_eq!(matches!(read.transport, Transport::LaterFragment), index > 0);
        let sum =
            fragment[..20].chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum::<u32>();
        assert_eq!((sum & 0xffff) + (sum >> 16), 0xffff, "header checksum");
        whole.extend_from_slice(&fragment[20..]);
    }
    whole
}

proptest! {
    #[test]
    fn fragments_make_up_the_packet(length in 0_usize..6000, first in 28_u16..3000, second in 28_u16..3000) {
        let payload: Vec<u8> = (0..length).map(|at| at.to_le_bytes()[0]).collect();
        let packet = packet(false, &payload);
        let once = cut(&packet, first);
        prop_assert_eq!(&reassembled(&once)[..], &packet[20..]);
        prop_assert!(once.iter().all(|fragment| fragment.len() <= usize::from(first)));
        // A second router cuts further.
        let twice: Vec<Vec<u8>> = once.iter().flat_map(|fragment| cut(fragment, second)).collect();
        prop_assert_eq!(&reassembled(&twice)[..], &packet[20..]);
        prop_assert!(twice.iter().all(|fragment| fragment.len() <= usize::from(second)));
    }

    #[test]
    fn any_bytes_are_cut_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), mtu: u16) {
        let mut calls = 0;
        let done = emit::fragments(&mut Vec::new(), &bytes, mtu, |_| calls += 1);
        prop_assert_eq!(done.is_ok(), calls > 0);
    }
}

#[test]
fn fragments_are_as_long_as_eight_bytes_allow_and_the_last_as_long_as_the_mtu() {
    let lengths = |payload: usize, mtu| {
        cut(&packet(false, &vec![0; payload]), mtu).iter().map(Vec::len).collect::<Vec<_>>()
    };
    // 1500 leaves 1480, a multiple of eight.
    assert_eq!(lengths(3000, 1500), [1500, 1500, 68]);
    // 1499 leaves 1479: 1472 go into a fragment that is followed by another.
    assert_eq!(lengths(3000, 1499), [1492, 1492, 84]);
    assert_eq!(lengths(1472 + 1479 - 8, 1499), [1492, 1499]);
    assert_eq!(lengths(1472, 1500), [1500]);
    assert_eq!(lengths(8, 28), [28, 28]);
}

#[test]
fn a_packet_that_must_not_be_cut_is_refused_only_when_it_is_too_big() {
    let packet = packet(true, &[0; 1473]);
    let refused = emit::fragments(&mut Vec::new(), &packet, 1500, |_| panic!("a fragment"));
    assert_eq!(refused, Err(CannotEmit::DontFragment { length: 1501, mtu: 1500 }));
    assert_eq!(cut(&packet, 1501), [packet]);
}

#[test]
fn what_is_no_whole_packet_is_refused() {
    let packet = packet(false, &[0; 100]);
    let with = |at: usize, value: u8| {
        let mut changed = packet.clone();
        changed[at] = value;
        changed
    };
    // Cut short, with trailing bytes, with options, IPv6, ending beyond 65535 bytes.
    let longer = [&packet[..], &[0]].concat();
    for bad in [&packet[..127], &[], &longer, &with(0, 0x46), &with(0, 0x65), &with(6, 0x1f), &[0x45; 20]] {
        let bad =
            if bad.get(6) == Some(&0x1f) { [&bad[..7], &[0xff], &bad[8..]].concat() } else { bad.to_vec() };
        let refused = emit::fragments(&mut Vec::new(), &bad, 60, |_| panic!("a fragment"));
        assert_eq!(refused, Err(CannotEmit::NotWhole));
    }
    let refused = emit::fragments(&mut Vec::new(), &packet, 27, |_| panic!("a fragment"));
    assert_eq!(refused, Err(CannotEmit::MtuTooSmall(27)));
}
