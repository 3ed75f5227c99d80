//! Writes the seed corpus from `testdata/` into `fuzz/corpus/`.
//!
//! Run in the repository's root: `cargo run --manifest-path fuzz/Cargo.toml --example seed`.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use unanswered_capture::{InputSpec, Vantages, open};
use unanswered_fuzz::LINK_TYPES;
use unanswered_wire::{LinkType, Transport, decode};

/// Frames taken from each capture.
const FRAMES: usize = 12;
/// Larger inputs slow the fuzzer down.
const SIZE_MAX: usize = 6000;

fn main() -> io::Result<()> {
    let mut captures = Vec::new();
    walk(Path::new("testdata"), &mut captures)?;
    walk(Path::new("examples"), &mut captures)?;
    captures.sort();
    for path in captures.iter().filter(|path| path.to_string_lossy().contains(".pcap")) {
        let name: String =
            path.to_string_lossy().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        frames(path, &name)?;
        let mut start = Vec::new();
        fs::File::open(path)?.take(SIZE_MAX as u64).read_to_end(&mut start)?;
        write("capture", &name, &start)?;
    }
    tables()?;
    for (folder, target) in [("catalogue", "catalogue"), ("scenarios", "scenario")] {
        for file in fs::read_dir(folder)? {
            let path = file?.path();
            if let (Some(stem), Some("toml")) = (path.file_stem(), path.extension().and_then(|e| e.to_str())) {
                write(target, &stem.to_string_lossy(), &fs::read(&path)?)?;
            }
        }
    }
    write("input", "name", b"client=a.pcap")?;
    write("input", "stdin", b"-")
}

fn frames(path: &Path, name: &str) -> io::Result<()> {
    let vantages = Vantages::new();
    let Ok(mut reader) = open(&InputSpec::new(path), &vantages) else { return Ok(()) };
    let mut number = 0;
    let mut small = Vec::new();
    while let Some(frame) = reader.next_frame() {
        number += 1;
        if number > FRAMES {
            break;
        }
        let link = LINK_TYPES.iter().position(|known| *known == frame.link_type).unwrap_or_default();
        let link = u8::try_from(link).unwrap_or_default();
        write("decode", &format!("{name}-{number}"), &[&[link, 0], frame.bytes].concat())?;
        if let Ok(packet) = decode(frame.link_type, frame.bytes, frame.length)
            && let Transport::Udp(udp) = packet.transport
        {
            let kind = match (udp.source_port, udp.destination_port) {
                (_, 123) => 0,
                (123, _) => 1,
                (_, 53) => 2,
                _ => 3,
            };
            write("message", &format!("{name}-{number}"), &[&[kind], udp.payload].concat())?;
        }
        if number <= 4 {
            append(&mut small, frame.link_type, frame.bytes, frame.length);
        }
    }
    write("capture", &format!("{name}-small"), &small)
}

/// A little-endian microsecond pcap of a few frames.
fn append(file: &mut Vec<u8>, link_type: LinkType, bytes: &[u8], length: u32) {
    if file.is_empty() {
        let number: u32 = match link_type {
            LinkType::LinuxSll2 => 276,
            LinkType::LinuxSll => 113,
            _ => 1,
        };
        for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, number] {
            file.extend_from_slice(&u32::to_le_bytes(word));
        }
    }
    let captured = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    for word in [1_700_000_000, 1, captured, length] {
        file.extend_from_slice(&u32::to_le_bytes(word));
    }
    file.extend_from_slice(bytes);
}

fn tables() -> io::Result<()> {
    let csv = "\u{0}t,a,b,o\n1.5,7,x,1\n0.5,007,\"y\nz\",0\n3,,é,late\n";
    let dates = "\u{1}t;a;o\n2026-11-23T09:00:01Z;5;1\n2026-11-23 09:00;6;0\n";
    let json = "\u{3}{\"t\":1,\"a\":{\"b\":[1,2]},\"o\":\"1\"}\n{\"t\":2.5,\"o\":\"0\",\"a\":null}\n";
    for (name, text) in [("csv", csv), ("dates", dates), ("json", json)] {
        write("table", name, text.as_bytes())?;
    }
    for file in fs::read_dir("testdata/logs")? {
        let path = file?.path();
        let mut start = vec![0];
        fs::File::open(&path)?.take(SIZE_MAX as u64).read_to_end(&mut start)?;
        write("table", &path.file_name().unwrap_or_default().to_string_lossy(), &start)?;
    }
    Ok(())
}

fn write(target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let directory = Path::new("fuzz/corpus").join(target);
    fs::create_dir_all(&directory)?;
    fs::File::create(directory.join(name))?.write_all(bytes)
}

fn walk(directory: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for item in fs::read_dir(directory)? {
        let path = item?.path();
        if path.is_dir() { walk(&path, found)? } else { found.push(path) }
    }
    Ok(())
}
