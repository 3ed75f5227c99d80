//! What the real tools say about filters.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::allow_attributes, reason = "whether dead_code fires differs between test binaries")]

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// An empty capture, removed when it is no longer used.
struct Empty(PathBuf);

impl Empty {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("unanswered-filters-{}-{number}.pcap", std::process::id());
        let file = std::env::temp_dir().join(name);
        // A pcap header alone: little endian, microseconds, Ethernet.
        let header: [u32; 6] = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 1];
        std::fs::write(&file, header.map(u32::to_le_bytes).concat()).expect("a temporary file");
        Self(file)
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        // A leftover in the temporary folder does no harm.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// One run for each filter would take minutes; all of them must parse for the whole to parse.
pub(crate) fn assert_wireshark_accepts(filters: &[String]) {
    assert!(!filters.is_empty(), "nothing to check");
    let empty = Empty::new();
    let joined = filters.iter().map(|filter| format!("({filter})")).collect::<Vec<_>>().join(" || ");
    let output = Command::new("tshark").arg("-r").arg(&empty.0).arg("-Y").arg(&joined).output();
    let output = output.expect("tshark runs");
    assert!(output.status.success(), "{}\n{joined}", String::from_utf8_lossy(&output.stderr));
}

pub(crate) fn assert_tcpdump_compiles(filter: &str) {
    let output = Command::new("tcpdump").args(["-y", "EN10MB", "-d", filter]).output().expect("tcpdump runs");
    assert!(output.status.success(), "{filter}: {}", String::from_utf8_lossy(&output.stderr));
}
