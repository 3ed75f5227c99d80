//! Damaged and foreign input: what can be read is, what cannot is reported, nothing panics.

mod common;

use common::{Order, block, enhanced, interface, pcap, pcap_header, pcap_record, read, section};
use std::path::PathBuf;
use unanswered_capture::{Damage, InputSpec, OpenError, Vantages, open};

const PAYLOADS: [&[u8]; 4] = [b"first packet", b"second", b"the third of them", b"last"];

fn pcapng(order: Order) -> Vec<u8> {
    let mut file = section(order);
    file.extend(interface(order, 1, &[(2, b"eth0")]));
    for (time, payload) in (1_000_000..).zip(PAYLOADS) {
        file.extend(enhanced(order, 0, time, payload));
    }
    file
}

/// Lengths at which a truncated file is whole: after its header, then after each packet.
fn whole_at(header: usize, overhead: usize, pad: usize) -> Vec<usize> {
    let mut at = header;
    let mut ends = vec![at];
    for payload in PAYLOADS {
        at += overhead + payload.len().next_multiple_of(pad);
        ends.push(at);
    }
    ends
}

#[test]
fn a_pcap_cut_at_any_byte_gives_the_frames_before_the_cut_and_one_warning() {
    for order in [Order::Little, Order::Big] {
        let file = pcap(order, &PAYLOADS);
        check_cuts(&file, 24, &whole_at(24, 16, 1));
    }
}

#[test]
fn a_pcapng_cut_at_any_byte_gives_the_frames_before_the_cut_and_one_warning() {
    for order in [Order::Little, Order::Big] {
        let file = pcapng(order);
        // 28 bytes of section and 28 of interface: 8 of type and length, 8 of fields, 8 of option.
        check_cuts(&file, 28, &whole_at(28 + 28, 32, 4));
    }
}

fn check_cuts(file: &[u8], header: usize, ends: &[usize]) {
    assert_eq!(ends.last(), Some(&file.len()));
    for cut in 0..=file.len() {
        let read = match read(&file[..cut]) {
            Ok(read) => read,
            Err(OpenError::Empty(_)) if cut == 0 => continue,
            Err(OpenError::HeaderCut { found, .. }) if cut < header => {
                assert_eq!(found, cut as u64);
                continue;
            }
            Err(error) => panic!("cut at {cut}: {error}"),
        };
        assert!(cut >= header, "cut at {cut} is no capture");
        let frames = ends.iter().skip(1).filter(|&&end| end <= cut).count();
        assert_eq!(read.bytes(), PAYLOADS[..frames], "cut at {cut}");
        let clean = ends.contains(&cut) || cut == header;
        assert_eq!(read.warnings.len(), usize::from(!clean), "cut at {cut}: {:?}", read.warnings);
        if let [warning] = read.warnings.as_slice() {
            let begins = ends.iter().chain([&header]).filter(|&&end| end <= cut).max();
            assert_eq!(Some(warning.offset), begins.map(|&at| at as u64), "cut at {cut}");
            assert_eq!(warning.frames_before, frames as u64);
            assert!(matches!(warning.damage, Damage::EndsInside { .. }), "{warning}");
        }
    }
}

#[test]
fn pcap_reading_goes_on_behind_an_absurd_length() {
    let order = Order::Little;
    let mut file = pcap_header(order, 0xa1b2_c3d4, 65_535, 1);
    let mut damaged_at = 0;
    for n in 0..6_u8 {
        let mut record = pcap_record(order, [1_700_000_000, u32::from(n)], 20, &[n; 20]);
        if n == 2 {
            damaged_at = file.len();
            record[8..12].copy_from_slice(&[0xff; 4]);
        }
        file.extend(record);
    }
    let read = read(&file).unwrap();
    assert_eq!(read.bytes(), [[0; 20], [1; 20], [3; 20], [4; 20], [5; 20]]);
    let [warning] = read.warnings.as_slice() else { panic!("{:?}", read.warnings) };
    assert_eq!(warning.offset, damaged_at as u64);
    assert_eq!(warning.skipped, Some(36));
    assert_eq!(warning.frames_before, 2);
    let length = Damage::Length { what: "packet", value: 0xffff_ffff, limit: 262_144 };
    assert_eq!(warning.damage, length);
}

#[test]
fn pcap_reading_goes_on_behind_lost_bytes() {
    let order = Order::Big;
    let mut file = pcap_header(order, 0xa1b2_c3d4, 65_535, 1);
    for n in 0..8_u8 {
        file.extend(pcap_record(order, [1_700_000_000, u32::from(n)], 40, &[n + 200; 40]));
    }
    // 30 bytes from inside the second record to inside the third.
    file.drain(24 + 56 + 40..24 + 56 + 70);
    let read = read(&file).unwrap();
    let last: Vec<u8> = read.frames.iter().map(|frame| frame.bytes[39]).collect();
    assert_eq!(read.warnings.len(), 1, "{:?}", read.warnings);
    assert_eq!((last.first(), last.last()), (Some(&200), Some(&207)));
    assert!(last.len() >= 6, "{last:?}");
}

#[test]
fn pcapng_reading_goes_on_behind_a_damaged_block() {
    for order in [Order::Little, Order::Big] {
        let clean = pcapng(order);
        let second = 28 + 28 + 32 + 12;
        // The first length, the last length, the type: none of them loses another packet.
        for at in [second + 5, second + 32 + 8 - 2, second + 4, second + 6] {
            let mut file = clean.clone();
            file[at] ^= 0x55;
            let read = read(&file).unwrap();
            assert_eq!(read.bytes(), [PAYLOADS[0], PAYLOADS[2], PAYLOADS[3]], "damage at {at}");
            let [warning] = read.warnings.as_slice() else { panic!("{:?}", read.warnings) };
            assert_eq!((warning.offset, warning.skipped), (second as u64, Some(40)));
        }
    }
}

#[test]
fn any_flipped_byte_is_survived() {
    for clean in [pcap(Order::Little, &PAYLOADS), pcapng(Order::Big)] {
        for at in 0..clean.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut file = clean.clone();
                file[at] ^= flip;
                if let Ok(read) = read(&file) {
                    assert!(read.frames.len() <= PAYLOADS.len() + 1);
                }
            }
        }
    }
}

#[test]
fn a_packet_of_an_unknown_interface_is_said_and_passed_over() {
    let order = Order::Little;
    let mut file = section(order);
    file.extend(interface(order, 1, &[]));
    file.extend(enhanced(order, 7, 1, b"whose?"));
    file.extend(enhanced(order, 0, 1, b"mine"));
    let read = read(&file).unwrap();
    assert_eq!(read.bytes(), [b"mine"]);
    assert_eq!(read.warnings[0].damage, Damage::UnknownInterface(7));
}

#[test]
fn damage_without_end_is_counted_and_not_kept() {
    let order = Order::Little;
    let mut file = section(order);
    file.extend(interface(order, 1, &[]));
    for _ in 0..250 {
        file.extend(enhanced(order, 7, 1, b"whose?"));
    }
    let read = read(&file).unwrap();
    assert_eq!(read.warnings.len(), 101);
    assert_eq!(read.warnings[100].damage, Damage::Further(150));
}

#[test]
fn a_packet_longer_than_its_block_is_said_and_passed_over() {
    let order = Order::Little;
    let mut file = section(order);
    file.extend(interface(order, 1, &[]));
    let mut body = Vec::new();
    for field in [0, 0, 1, 5_000, 5_000] {
        body.extend(order.u32(field));
    }
    file.extend(block(order, 6, &body));
    file.extend(enhanced(order, 0, 1, b"mine"));
    let read = read(&file).unwrap();
    assert_eq!(read.bytes(), [b"mine"]);
    let length = Damage::Length { what: "packet", value: 5_000, limit: 0 };
    assert_eq!(read.warnings[0].damage, length);
}

#[test]
fn a_warning_names_file_offset_packet_and_what_was_expected() {
    let file = pcap(Order::Little, &PAYLOADS);
    let read = read(&file[..file.len() - 1]).unwrap();
    assert_eq!(
        read.warnings[0].to_string(),
        "dir/test.pcap: at byte 107, after packet 3: the file ends inside a packet: \
         19 of 20 bytes are there; the rest is not read"
    );
}

#[test]
fn what_is_no_capture_is_said_to_be_what_it_is() {
    let text = read(b"time,client,server\n1,2,3\n").unwrap_err();
    assert!(matches!(text, OpenError::Text { .. }), "{text}");
    assert!(text.hint().is_some_and(|hint| hint.contains("tcpdump -w")), "{text}");
    let empty = read(b"").unwrap_err();
    assert!(matches!(empty, OpenError::Empty(_)), "{empty}");
    for (bytes, word, hint) in [
        (b"snoop\0\0\0\0\0\0\x02".as_slice(), "snoop", "(editcap FILE NEW converts it)"),
        (b"PK\x03\x04\0\0", "zip", "(unzip it first)"),
        (b"\x7fELF\x02\x01\x01\0", "7f 45 4c 46", "(tcpdump -w FILE writes one)"),
        (b"BZh91AY", "bzip2", "(decompress it first)"),
    ] {
        let error = read(bytes).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
        let expected = format!("pcap or pcapng was expected, plain, gzip or zstd {hint}");
        assert_eq!(error.hint(), Some(expected));
    }
    let gzip = read(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff]).unwrap_err();
    assert!(matches!(gzip, OpenError::Compressed { .. }), "{gzip}");
}

#[test]
fn a_missing_file_and_a_directory_are_told_apart() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let vantages = Vantages::new();
    let directory = open(&InputSpec::new(&here), &vantages).err().unwrap();
    assert!(matches!(directory, OpenError::Directory(_)), "{directory}");
    let missing = open(&InputSpec::new(here.join("no.pcap")), &vantages).err().unwrap();
    assert!(matches!(missing, OpenError::Missing(_)), "{missing}");
    // A name is a name, whatever is in it.
    let odd = open(&InputSpec::new("e; f.pcap"), &vantages).err().unwrap();
    assert_eq!((odd.to_string().as_str(), odd.hint()), ("e; f.pcap: no such file", None));
    let text = open(&InputSpec::new(here.join("Cargo.toml")), &vantages).err().unwrap();
    assert!(matches!(text, OpenError::Text { .. }), "{text}");
}
