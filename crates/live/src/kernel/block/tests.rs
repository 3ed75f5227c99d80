use super::*;

type Seen = Vec<(Arrival, Vec<u8>)>;

fn put(block: &mut [u8], at: usize, value: &[u8]) {
    block[at..at + value.len()].copy_from_slice(value);
}

/// A block with frames of 20 bytes, each with its packet type, tag and status.
fn block(frames: &[(u8, u32, u16, u32)]) -> Vec<u8> {
    const EACH: usize = 128;
    let mut block = vec![0; 48 + EACH * frames.len()];
    put(&mut block, COUNT, &u32::try_from(frames.len()).unwrap().to_ne_bytes());
    put(&mut block, FIRST, &48_u32.to_ne_bytes());
    for (index, (packet_type, tag, protocol, status)) in frames.iter().enumerate() {
        let at = 48 + EACH * index;
        put(&mut block, at + header::NEXT, &128_u32.to_ne_bytes());
        put(&mut block, at + header::SECONDS, &1_700_000_000_u32.to_ne_bytes());
        put(&mut block, at + header::NANOSECONDS, &u32::try_from(index).unwrap().to_ne_bytes());
        put(&mut block, at + header::CAPTURED, &20_u32.to_ne_bytes());
        put(&mut block, at + header::LENGTH, &60_u32.to_ne_bytes());
        put(&mut block, at + header::STATUS, &status.to_ne_bytes());
        put(&mut block, at + header::FRAME, &82_u16.to_ne_bytes());
        put(&mut block, at + header::TAG, &tag.to_ne_bytes());
        put(&mut block, at + header::TAG_PROTOCOL, &protocol.to_ne_bytes());
        put(&mut block, at + header::PACKET_TYPE, &[*packet_type]);
        put(&mut block, at + 82, &(0..20).collect::<Vec<u8>>());
    }
    block
}

fn seen(block: &[u8], tagged: bool) -> Seen {
    let mut seen = Vec::new();
    Received::new(block).each(tagged, |arrival, parts| seen.push((arrival, parts.concat())));
    seen
}

#[test]
fn frames_come_with_their_time_length_and_direction() {
    let seen = seen(&block(&[(0, 0, 0, 1), (3, 0, 0, 1), (4, 0, 0, 1)]), true);
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[1].0.time, Time::from_nanoseconds(1_700_000_000_000_000_001));
    assert_eq!((seen[1].0.length, seen[1].1.len()), (60, 20));
    let flags: Vec<_> = seen.iter().map(|(arrival, _)| arrival.flags).collect();
    assert_eq!(flags[0], PacketFlags { direction: Some(Direction::In), reception: Reception::Unicast });
    assert_eq!(flags[1], PacketFlags { direction: Some(Direction::In), reception: Reception::Promiscuous });
    assert_eq!(flags[2], PacketFlags { direction: Some(Direction::Out), reception: Reception::Unspecified });
}

#[test]
fn a_tag_that_the_kernel_took_off_is_put_back() {
    let service = (0, 0x6005, 0x88a8, TAG_VALID | TAG_PROTOCOL_VALID);
    let unnamed = (0, 7, 0, TAG_VALID);
    // VLAN 0 with priority 0 is a tag too, if the kernel says so.
    let zero = (0, 0, 0x8100, TAG_VALID | TAG_PROTOCOL_VALID);
    let block = block(&[service, unnamed, zero]);
    let tags: Vec<Vec<u8>> = seen(&block, true).iter().map(|(_, bytes)| bytes[12..16].to_vec()).collect();
    assert_eq!(tags, [[0x88, 0xa8, 0x60, 5], [0x81, 0, 0, 7], [0x81, 0, 0, 0]]);
    let (arrival, bytes) = seen(&block, true).remove(0);
    assert_eq!((arrival.length, bytes.len()), (64, 24));
    assert_eq!(bytes[16..], (12..20).collect::<Vec<u8>>());
    // Without a link header a tag has nowhere to go.
    assert_eq!(seen(&block, false)[0].1.len(), 20);
}

#[test]
fn a_block_that_contradicts_itself_gives_what_is_sound() {
    let whole = block(&[(0, 0, 0, 1), (0, 0, 0, 1)]);
    for length in 0..whole.len() {
        assert!(seen(&whole[..length], true).len() <= 2);
    }
    let mut long = whole.clone();
    put(&mut long, 48 + 128 + header::CAPTURED, &u32::MAX.to_ne_bytes());
    assert_eq!(seen(&long, true).len(), 1);
    let mut far = whole;
    put(&mut far, 48 + header::NEXT, &u32::MAX.to_ne_bytes());
    assert_eq!(seen(&far, true).len(), 1);
}
