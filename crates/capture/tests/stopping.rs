//! A stream that nobody wants more of ends without damage, wherever it stands.

mod common;

use common::{Order, pcap, read_from};
use std::io::{self, Cursor, Read, Write as _};
use unanswered_capture::Stopped;

/// So many bytes of a stream, then the wish to stop, again and again.
struct StopsAt(Cursor<Vec<u8>>);

impl StopsAt {
    fn new(bytes: &[u8], at: usize) -> Box<Self> {
        Box::new(Self(Cursor::new(bytes[..at].to_vec())))
    }
}

impl Read for StopsAt {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self.0.read(room)? {
            0 => Err(Stopped.into()),
            read => Ok(read),
        }
    }
}

const PAYLOADS: [&[u8]; 3] = [b"first packet", b"second", b"the third of them"];

#[test]
fn a_packet_that_is_only_half_there_is_no_damage() {
    let file = pcap(Order::Little, &PAYLOADS);
    for at in 24..file.len() {
        let read = read_from(StopsAt::new(&file, at)).unwrap();
        let whole = PAYLOADS.iter().scan(24, |end, payload| {
            *end += 16 + payload.len();
            Some(*end)
        });
        assert_eq!(read.frames.len(), whole.filter(|end| *end <= at).count(), "{at}");
        assert_eq!(read.warnings, [], "{at}");
    }
}

#[test]
fn compressed_streams_may_be_stopped_too() {
    let plain = pcap(Order::Big, &[[7; 900].as_slice(); 200]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    gzip.write_all(&plain).unwrap();
    let gzip = gzip.finish().unwrap();
    let read = read_from(StopsAt::new(&gzip, gzip.len() / 2)).unwrap();
    assert!(read.frames.len() > 50 && read.frames.len() < 150, "{}", read.frames.len());
    assert_eq!(read.warnings, []);

    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let zstd = std::fs::read(path.join("../../testdata/nested/n3/merged.pcapng.zst")).unwrap();
    let read = read_from(StopsAt::new(&zstd, zstd.len() / 2)).unwrap();
    assert!(read.frames.len() > 50, "{}", read.frames.len());
    assert_eq!(read.warnings, []);
}
