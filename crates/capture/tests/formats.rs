//! Every variant of the two formats, plain and compressed.

mod common;

use common::{Order, Trickle, block, enhanced, interface, option, pcap, pcap_header, pcap_record, read};
use common::{Read1, read_from, section};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Cursor, Read, Write};
use unanswered_capture::{Damage, InputSpec, PcapWriter, PcapngWriter, Vantages, open_stream};
use unanswered_wire::{LinkType, Time};

const ORDERS: [Order; 2] = [Order::Little, Order::Big];

fn whole(bytes: &[u8]) -> Read1 {
    let read = read(bytes).expect("a capture");
    assert_eq!(read.warnings, []);
    read
}

#[test]
fn pcap_is_read_in_either_byte_order_and_resolution() {
    for order in ORDERS {
        for (magic, unit) in [(0xa1b2_c3d4, 1_000), (0xa1b2_3c4d, 1)] {
            let mut file = pcap_header(order, magic, 96, 113);
            file.extend(pcap_record(order, [7, 999_999], 1400, b"abcd"));
            let read = whole(&file);
            let frame = &read.frames[0];
            assert_eq!(frame.time, Time::from_nanoseconds(7_000_000_000 + 999_999 * unit));
            assert_eq!((frame.length, frame.number), (1400, 1));
            assert_eq!(frame.link_type, LinkType::LinuxSll);
            assert_eq!(frame.bytes, b"abcd");
        }
    }
}

#[test]
fn the_modified_pcap_has_longer_record_headers() {
    let mut file = pcap_header(Order::Little, 0xa1b2_cd34, 96, 1);
    for payload in [b"one", b"two"] {
        let record = pcap_record(Order::Little, [7, 1], 3, payload);
        file.extend(&record[..16]);
        file.extend([9; 8]);
        file.extend(&record[16..]);
    }
    assert_eq!(whole(&file).bytes(), [b"one", b"two"]);
}

#[test]
fn frames_longer_than_the_snap_length_are_taken() {
    let mut file = pcap_header(Order::Little, 0xa1b2_c3d4, 4, 1);
    file.extend(pcap_record(Order::Little, [7, 1], 12, b"longer than4"));
    file.extend(pcap_record(Order::Little, [8, 1], 12, b"four"));
    assert_eq!(whole(&file).frames.len(), 2);
}

#[test]
fn a_frame_longer_than_a_quarter_megabyte_is_taken_when_another_follows() {
    let long = vec![7; 300_000];
    let file = pcap(Order::Little, &[b"before", &long, b"after"]);
    assert_eq!(whole(&file).bytes(), [b"before".as_slice(), &long, b"after"]);
}

#[test]
fn bits_above_the_link_type_are_not_part_of_it() {
    let mut file = pcap_header(Order::Little, 0xa1b2_c3d4, 96, 0x1400_0001);
    file.extend(pcap_record(Order::Little, [7, 1], 3, b"abc"));
    assert_eq!(whole(&file).frames[0].link_type, LinkType::Ethernet);
}

#[test]
fn pcapng_sections_may_differ_in_byte_order_and_interfaces() {
    let mut file = Vec::new();
    for order in ORDERS {
        file.extend(section(order));
        file.extend(interface(order, 1, &[(2, b"eth0"), (3, b"uplink")]));
        file.extend(interface(order, 276, &[(2, b"any"), (9, &[9])]));
        file.extend(enhanced(order, 1, 5_000_000_001, b"nano"));
        file.extend(enhanced(order, 0, 5_000_001, b"micro"));
    }
    let read = whole(&file);
    assert_eq!(read.bytes(), [b"nano".as_slice(), b"micro", b"nano", b"micro"]);
    let times: Vec<i64> = read.frames.iter().map(|f| f.time.nanoseconds()).collect();
    assert_eq!(times, [5_000_000_001, 5_000_001_000, 5_000_000_001, 5_000_001_000]);
    let vantages: Vec<u16> = read.frames.iter().map(|f| f.vantage).collect();
    assert_eq!(vantages, [1, 0, 1, 0]);
    let names: Vec<&str> = read.vantages.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(names, ["eth0", "any"]);
    assert_eq!(read.vantages[0].description.as_deref(), Some("uplink"));
    assert_eq!(read.vantages[1].link_type, LinkType::LinuxSll2);
    assert_eq!(read.vantages[1].frames, 2);
}

#[test]
fn times_follow_resolution_and_offset() {
    let order = Order::Little;
    let cases: [(&[u8], Option<i64>, u64, i64); 6] = [
        (&[6], None, 1, 1_000),
        (&[3], None, 1, 1_000_000),
        (&[0], None, 3, 3_000_000_000),
        (&[12], None, 5_000, 5),
        (&[0x80 | 10], None, 1024, 1_000_000_000),
        (&[9], Some(-2), 5, -1_999_999_995),
    ];
    for (resolution, offset, count, expected) in cases {
        let offset = offset.map(i64::to_le_bytes);
        let mut options: Vec<(u16, &[u8])> = vec![(9, resolution)];
        if let Some(offset) = &offset {
            options.push((14, offset));
        }
        let mut file = section(order);
        file.extend(interface(order, 1, &options));
        file.extend(enhanced(order, 0, count, b"x"));
        let read = whole(&file);
        assert_eq!(read.frames[0].time, Time::from_nanoseconds(expected), "{resolution:?}");
    }
}

#[test]
fn drop_counts_of_the_last_statistics_are_kept() {
    let order = Order::Big;
    let mut file = section(order);
    file.extend(interface(order, 1, &[(2, b"a")]));
    file.extend(interface(order, 1, &[(2, b"b")]));
    for drops in [3_u64, 5] {
        let mut body = order.u32(0).to_vec();
        body.extend([0; 8]);
        body.extend(option(order, 4, &100_u64.to_be_bytes()));
        body.extend(option(order, 5, &drops.to_be_bytes()));
        body.extend(option(order, 7, &2_u64.to_be_bytes()));
        file.extend(block(order, 5, &body));
    }
    let dropped: Vec<Option<u64>> = whole(&file).vantages.iter().map(|v| v.dropped).collect();
    assert_eq!(dropped, [Some(7), None]);
}

#[test]
fn obsolete_and_simple_packet_blocks_are_read() {
    let order = Order::Little;
    let mut file = section(order);
    file.extend(interface(order, 1, &[]));
    let mut body = order.u16(0).to_vec();
    body.extend(order.u16(9));
    for field in [0, 4_000, 3, 60] {
        body.extend(order.u32(field));
    }
    body.extend(b"old");
    file.extend(block(order, 2, &body));
    let mut body = order.u32(6).to_vec();
    body.extend(b"simple");
    file.extend(block(order, 3, &body));
    let read = read(&file).unwrap();
    assert_eq!(read.bytes(), [b"old".as_slice(), b"simple"]);
    assert_eq!(read.frames[0].length, 60);
    assert_eq!(read.frames[1].time, read.frames[0].time);
    let damages: Vec<&Damage> = read.warnings.iter().map(|w| &w.damage).collect();
    assert_eq!(damages, [&Damage::NoTime]);
}

#[test]
fn unknown_blocks_are_passed_over() {
    let order = Order::Little;
    let mut file = section(order);
    file.extend(interface(order, 1, &[]));
    file.extend(block(order, 4, &[1; 40]));
    file.extend(block(order, 0x8000_0001, &vec![2; 600_000]));
    file.extend(enhanced(order, 0, 1, b"after"));
    assert_eq!(whole(&file).bytes(), [b"after"]);
}

#[test]
fn gzip_of_several_members_is_one_stream() {
    let plain = pcap(Order::Little, &[b"one", b"two", b"three"]);
    let mut file = Vec::new();
    for part in plain.chunks(plain.len() / 2 + 1) {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(part).unwrap();
        file.extend(gzip.finish().unwrap());
    }
    assert_eq!(whole(&file).bytes(), [b"one".as_slice(), b"two", b"three"]);
}

#[test]
fn zstd_of_several_frames_and_in_gzip_is_one_stream() {
    let plain = pcap(Order::Big, &[b"one", b"two", b"three"]);
    // A skippable frame first, as pzstd writes.
    let mut file = vec![0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 0xaa, 0xbb];
    for part in plain.chunks(plain.len() / 2 + 1) {
        file.extend(zstd(part));
    }
    assert_eq!(whole(&file).bytes(), [b"one".as_slice(), b"two", b"three"]);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&file).unwrap();
    assert_eq!(whole(&gzip.finish().unwrap()).frames.len(), 3);
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn a_compressed_file_cut_short_gives_what_is_there() {
    let payloads: Vec<Vec<u8>> = (0..3000_u32)
        .map(|n| (0..60).map(|at| n.wrapping_mul(2_654_435_761 + at).to_be_bytes()[0]).collect())
        .collect();
    let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
    let plain = pcap(Order::Little, &payloads);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&plain).unwrap();
    for file in [gzip.finish().unwrap(), zstd(&plain)] {
        let read = read(&file[..file.len() * 9 / 10]).unwrap();
        assert!(read.frames.len() > 500, "{} frames", read.frames.len());
        let [warning] = read.warnings.as_slice() else { panic!("{:?}", read.warnings) };
        assert!(matches!(warning.damage, Damage::Compressed(_)), "{warning}");
    }
}

#[test]
fn one_byte_at_a_time_gives_the_same_frames() {
    let ng = {
        let mut writer = PcapngWriter::new(Vec::new(), "test").unwrap();
        let eth0 = writer.add_interface("eth0", None, LinkType::Ethernet, 0).unwrap();
        for n in 0..5_u8 {
            let time = Time::from_nanoseconds(i64::from(n));
            writer.write(eth0, time, 9, &[n; 7], &["a comment"]).unwrap();
        }
        writer.finish().unwrap()
    };
    for file in [pcap(Order::Little, &[b"one", b"two"]), ng.clone(), zstd(&ng)] {
        let slow = read_from(Box::new(Trickle(Cursor::new(file.clone())))).unwrap();
        assert_eq!(slow.frames, whole(&file).frames);
        assert!(!slow.frames.is_empty());
    }
}

/// A pipe whose writer has written this much and no more: reading further would wait forever.
struct Unfinished(Cursor<Vec<u8>>);

impl Read for Unfinished {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(room)?;
        assert!(read > 0, "read beyond what is there");
        Ok(read)
    }
}

#[test]
fn frames_are_given_out_while_the_writer_still_writes() {
    let ng = [section(Order::Big), interface(Order::Big, 1, &[]), enhanced(Order::Big, 0, 1, b"one")];
    for file in [pcap(Order::Little, &[b"one"]), ng.concat()] {
        let source = Box::new(Unfinished(Cursor::new(file)));
        let input = InputSpec::new("-");
        let mut reader = open_stream(&input, source, None, &Vantages::new()).unwrap();
        assert_eq!(reader.next_frame().unwrap().bytes, b"one");
    }
}

#[test]
fn what_is_written_is_read_back() {
    let mut writer = PcapWriter::new(Vec::new(), LinkType::LinuxSll2, 96).unwrap();
    let time = Time::from_nanoseconds(1_764_000_000_123_456_789);
    writer.write(time, 1500, b"payload").unwrap();
    let read = whole(&writer.finish().unwrap());
    let frame = &read.frames[0];
    assert_eq!((frame.time, frame.length, frame.link_type), (time, 1500, LinkType::LinuxSll2));

    let mut writer = PcapngWriter::new(Vec::new(), "test").unwrap();
    assert!(writer.write(0, time, 1, b"x", &[]).is_err());
    writer.add_interface("a", Some("first"), LinkType::Raw, 0).unwrap();
    let second = writer.add_interface("b", None, LinkType::Ethernet, 0).unwrap();
    writer.write(second, time, 1500, b"payload", &["ends well", "nothing else"]).unwrap();
    let read = whole(&writer.finish().unwrap());
    let frame = &read.frames[0];
    assert_eq!((frame.time, frame.length, frame.vantage), (time, 1500, 1));
    assert_eq!(read.vantages[0].description.as_deref(), Some("first"));
}
