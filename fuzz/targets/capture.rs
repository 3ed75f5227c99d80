//! Capture files: pcap, pcapng, gzip and zstd around them, and each frame's packet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use unanswered_capture::{InputSpec, Vantages, open_stream};
use unanswered_fuzz::frame;

fuzz_target!(|data: &[u8]| {
    let total = u64::try_from(data.len()).ok();
    let source = Box::new(Cursor::new(data.to_vec()));
    let vantages = Vantages::new();
    let Ok(mut reader) = open_stream(&InputSpec::parse("fuzz.pcap"), source, total, &vantages) else { return };
    let mut last = 0;
    while let Some(found) = reader.next_frame() {
        assert!(found.bytes.len() <= found.length as usize, "no more bytes than were on the wire");
        assert!(found.number > last, "frames are numbered in file order");
        last = found.number;
        frame(found.link_type, found.bytes, found.length);
    }
    let _ = reader.summary();
    assert!(vantages.len() <= data.len(), "a place needs some bytes");
    assert!(reader.warnings().len() <= data.len(), "a warning needs some bytes");
});
