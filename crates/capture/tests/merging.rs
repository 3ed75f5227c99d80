//! Several captures together: their order, their names.

mod common;

use common::{Order, enhanced, interface, pcap, pcap_header, pcap_record, section};
use std::io::Cursor;
use unanswered_capture::{InputSpec, Merged, Vantages, open_stream};

fn merged(files: &[(&str, Vec<u8>)]) -> Merged {
    let vantages = Vantages::new();
    let readers = files.iter().map(|(argument, bytes)| {
        let source = Box::new(Cursor::new(bytes.clone()));
        let length = u64::try_from(bytes.len()).ok();
        open_stream(&InputSpec::parse(argument), source, length, &vantages).expect("a capture")
    });
    Merged::new(readers.collect(), vantages.clone())
}

fn drain(merged: &mut Merged) -> Vec<(u16, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some(frame) = merged.next_frame() {
        frames.push((frame.vantage.0, frame.bytes.to_vec()));
    }
    frames
}

fn at_seconds(seconds: &[u32]) -> Vec<u8> {
    let mut file = pcap_header(Order::Little, 0xa1b2_c3d4, 65_535, 1);
    for &second in seconds {
        let payload = second.to_be_bytes();
        file.extend(pcap_record(Order::Little, [second, 0], payload.len(), &payload));
    }
    file
}

#[test]
fn frames_come_in_order_of_time_and_equal_times_in_order_of_the_files() {
    let files = [
        ("a.pcap", at_seconds(&[1, 4, 5, 9])),
        ("b.pcap", at_seconds(&[2, 4, 4, 7])),
        ("c.pcap", at_seconds(&[4])),
    ];
    let mut merged = merged(&files);
    let order: Vec<(u16, u8)> =
        drain(&mut merged).iter().map(|(vantage, bytes)| (*vantage, bytes[3])).collect();
    let expected = [(0, 1), (1, 2), (0, 4), (1, 4), (1, 4), (2, 4), (0, 5), (1, 7), (0, 9)];
    assert_eq!(order, expected);
    let summaries = merged.summaries();
    let frames: Vec<u64> = summaries.iter().map(|summary| summary.frames).collect();
    assert_eq!(frames, [4, 4, 1]);
    assert_eq!(summaries[0].from.unwrap().nanoseconds(), 1_000_000_000);
    assert_eq!(summaries[0].to.unwrap().nanoseconds(), 9_000_000_000);
    assert_eq!(Some(merged.bytes_read()), merged.bytes_total());
}

#[test]
fn a_file_whose_time_goes_backwards_loses_nothing() {
    let files = [("a.pcap", at_seconds(&[5, 1, 6])), ("b.pcap", at_seconds(&[2, 7]))];
    let order: Vec<u8> = drain(&mut merged(&files)).iter().map(|(_, bytes)| bytes[3]).collect();
    assert_eq!(order, [2, 5, 1, 6, 7]);
}

fn two_interfaces(names: [&[u8]; 2]) -> Vec<u8> {
    let order = Order::Little;
    let mut file = section(order);
    for name in names {
        let options = [(2, name)];
        file.extend(interface(order, 1, if name.is_empty() { &[] } else { &options }));
    }
    file.extend(enhanced(order, 0, 1, b"x"));
    file.extend(enhanced(order, 1, 2, b"y"));
    file
}

fn names(files: &[(&str, Vec<u8>)]) -> Vec<String> {
    let mut merged = merged(files);
    drain(&mut merged);
    merged.vantages().list().into_iter().map(|vantage| vantage.name).collect()
}

#[test]
fn a_place_is_called_as_given_else_by_interface_else_by_file() {
    let plain = pcap(Order::Little, &[b"x"]);
    assert_eq!(names(&[("x/client.pcap.zst", plain.clone())]), ["client"]);
    assert_eq!(names(&[("eth=x/client.pcap", plain.clone())]), ["eth"]);
    assert_eq!(names(&[("-", plain.clone())]), ["stdin"]);
    assert_eq!(names(&[("r.pcapng", two_interfaces([b"in", b"out"]))]), ["in", "out"]);
    assert_eq!(names(&[("r.pcapng", two_interfaces([b"", b""]))]), ["r:0", "r:1"]);
    assert_eq!(names(&[("nat=r.pcapng", two_interfaces([b"in", b"out"]))]), ["nat:in", "nat:out"]);
}

#[test]
fn names_that_would_be_the_same_are_told_apart() {
    let plain = pcap(Order::Little, &[b"x"]);
    let interfaces = two_interfaces([b"in", b"out"]);
    let files = [("a.pcapng", interfaces.clone()), ("b.pcapng", interfaces)];
    assert_eq!(names(&files), ["a:in", "a:out", "b:in", "b:out"]);
    let files = [("one/eth0.pcap", plain.clone()), ("two/eth0.pcap", plain)];
    assert_eq!(names(&files), ["one/eth0", "two/eth0"]);
}

#[test]
fn files_given_the_same_name_are_one_place() {
    let files = [("nat=r1.pcap", at_seconds(&[1, 2])), ("nat=r2.pcap", at_seconds(&[3]))];
    let mut merged = merged(&files);
    assert_eq!(drain(&mut merged).iter().filter(|(vantage, _)| *vantage == 0).count(), 3);
    let places = merged.vantages().list();
    assert_eq!((places.len(), places[0].frames, places[0].name.as_str()), (1, 3, "nat"));
}

#[test]
fn an_equals_sign_in_a_directory_is_part_of_the_path() {
    let spec = InputSpec::parse("dir=x/y=z.pcap");
    assert_eq!((spec.name.as_deref(), spec.path.to_str()), (Some("dir"), Some("x/y=z.pcap")));
    let spec = InputSpec::parse("./a=b.pcap");
    assert_eq!((spec.name, spec.path.to_str()), (None, Some("./a=b.pcap")));
    let spec = InputSpec::parse("=b.pcap");
    assert_eq!((spec.name, spec.path.to_str()), (None, Some("=b.pcap")));
}
