//! What the pcapng writer writes besides packets, read back.

mod common;

use common::{Order, block, interface, option, read, section};
use unanswered_capture::{
    InputSpec, InterfaceDescription, PacketFlags, PcapngWriter, Reception, SectionDescription, Statistics,
    Vantages, open_stream,
};
use unanswered_wire::{Direction, LinkType, Time};

fn written(directions: &[Option<Direction>]) -> Vec<u8> {
    let section = SectionDescription {
        application: "unanswered capture 1",
        system: Some("Linux"),
        hardware: None,
        comment: Some("host a"),
    };
    let mut writer = PcapngWriter::with_section(Vec::new(), &section).expect("memory takes it");
    let interface = InterfaceDescription {
        description: Some("host a, namespace b"),
        filter: Some("protocol ntp"),
        system: Some("Linux"),
        ..InterfaceDescription::new("b/eth0", LinkType::Ethernet, 96)
    };
    let interface = writer.add_described(&interface).expect("memory takes it");
    for (index, direction) in directions.iter().enumerate() {
        let time = Time::from_nanoseconds(i64::try_from(index).expect("memory takes it"));
        let flags = PacketFlags { direction: *direction, reception: Reception::Broadcast };
        // Of odd lengths, so that options follow padding.
        writer.write_flagged(interface, time, 90, &[7; 61][..60 - index], flags).expect("memory takes it");
    }
    let time = Time::from_nanoseconds(9);
    let statistics = Statistics { start: time, end: time, received: 8, dropped: 5, delivered: 3 };
    writer.write_statistics(interface, &statistics).expect("memory takes it");
    writer.finish().expect("memory takes it")
}

#[test]
fn what_the_writer_says_of_a_place_the_reader_tells() {
    let place = read(&written(&[None])).unwrap().vantages.remove(0);
    assert_eq!(place.application.as_deref(), Some("unanswered capture 1"));
    assert_eq!(place.interface.as_deref(), Some("b/eth0"));
    assert_eq!(place.description.as_deref(), Some("host a, namespace b"));
    assert_eq!((place.dropped, place.frames), (Some(5), 1));
}

#[test]
fn the_direction_of_a_frame_is_read_from_its_flags() {
    let given = [Some(Direction::In), Some(Direction::Out), None, Some(Direction::Other)];
    let bytes = written(&given);
    let spec = InputSpec::new("test.pcapng");
    let source = Box::new(std::io::Cursor::new(bytes));
    let mut reader = open_stream(&spec, source, None, &Vantages::new()).unwrap();
    let mut directions = Vec::new();
    while let Some(frame) = reader.next_frame() {
        directions.push(frame.direction);
    }
    assert_eq!(directions, [Some(Direction::In), Some(Direction::Out), None, Some(Direction::In)]);
    assert!(reader.warnings().is_empty());
}

/// One packet of three bytes with these bytes where its options are.
fn with_options(order: Order, options: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for field in [0, 0, 7, 3, 3] {
        body.extend(order.u32(field));
    }
    body.extend([1, 2, 3, 0]);
    body.extend(options);
    [section(order), interface(order, 1, &[]), block(order, 6, &body)].concat()
}

fn direction_of(file: Vec<u8>) -> Option<Direction> {
    let source = Box::new(std::io::Cursor::new(file));
    let mut reader =
        open_stream(&InputSpec::new("test.pcapng"), source, None, &Vantages::new()).expect("it is pcapng");
    let direction = reader.next_frame().expect("the packet itself is whole").direction;
    assert!(reader.next_frame().is_none());
    assert!(reader.warnings().is_empty());
    direction
}

/// Other bits of the flags say other things; what came in for another host was seen in passing.
#[test]
fn the_direction_stands_in_two_bits_beside_how_the_packet_was_received() {
    for order in [Order::Little, Order::Big] {
        let of = |flags: u32| direction_of(with_options(order, &option(order, 2, &order.u32(flags))));
        assert_eq!(of(0x0001), Some(Direction::In));
        assert_eq!(of(0x0002), Some(Direction::Out));
        assert_eq!(of(0x0003), None);
        assert_eq!(of(0xffff_ffe0), None);
        assert_eq!(of(0x0100_0085), Some(Direction::In));
        assert_eq!(of(0x0011), Some(Direction::Other));
        assert_eq!(of(0x0012), Some(Direction::Out));
        // Behind other options.
        let behind =
            [option(order, 1, b"odd"), option(order, 2, &order.u32(2)), option(order, 0, &[])].concat();
        assert_eq!(direction_of(with_options(order, &behind)), Some(Direction::Out));
    }
}

#[test]
fn options_that_make_no_sense_say_no_direction() {
    let order = Order::Little;
    let whole = option(order, 2, &order.u32(2));
    // One byte of the value more, and the padding would make it whole.
    for length in 0..5 {
        assert_eq!(direction_of(with_options(order, &whole[..length])), None, "{length} bytes");
    }
    for length in [0_u16, 1, 3, 5, 9, 0x7fff, 0xffff] {
        let mut wrong = whole.clone();
        wrong[2..4].copy_from_slice(&length.to_le_bytes());
        assert_eq!(direction_of(with_options(order, &wrong)), None, "a length of {length}");
    }
    // Behind the end of the options.
    let behind = [option(order, 0, &[]), whole].concat();
    assert_eq!(direction_of(with_options(order, &behind)), None);
}

#[test]
fn a_packet_of_an_interface_that_was_not_added_is_refused() {
    let mut writer = PcapngWriter::new(Vec::new(), "test").unwrap();
    let time = Time::from_nanoseconds(0);
    assert!(writer.write_flagged(0, time, 1, &[0], PacketFlags::default()).is_err());
    let statistics = Statistics { start: time, end: time, received: 0, dropped: 0, delivered: 0 };
    assert!(writer.write_statistics(0, &statistics).is_err());
}
