//! tshark has no complaint about what is emitted (checksums, lengths, expert information) and
//! takes every frame for what it is meant to be.

#[path = "emit_tshark/cases.rs"]
mod cases;

use cases::cases;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// tshark checks these checksums only on request.
const CHECKED: [&str; 6] =
    ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"];

/// Every kind of complaint: 0 is a bad checksum; expert information from "warning" (`PI_WARN` in
/// Wireshark's `epan/proto.h`) up.
const COMPLAINTS: &str = "_ws.malformed || _ws.short || ip.checksum.status == 0 || udp.checksum.status == 0 \
    || tcp.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0 \
    || _ws.expert.severity >= 0x600000";

#[test]
fn tshark_has_no_complaint_and_sees_what_was_meant() {
    if missing() {
        eprintln!("skipped: tshark is not installed, so emitted frames are not shown to it");
        return;
    }
    let cases = cases();
    let file = Temporary::new("emitted", cases.iter().map(|case| case.frame.as_slice()));
    assert_eq!(tshark(&file.0, &["-Y", COMPLAINTS]), "", "complaints");
    // The innermost of each field, all fields of all cases at once.
    let fields: BTreeSet<&str> = cases.iter().flat_map(|case| case.fields).map(|(name, _)| *name).collect();
    let mut arguments = vec!["-T", "fields", "-E", "occurrence=l", "-e", "frame.protocols"];
    for field in &fields {
        arguments.extend(["-e", field]);
    }
    let printed = tshark(&file.0, &arguments);
    assert_eq!(printed.lines().count(), cases.len());
    for (index, (line, case)) in printed.lines().zip(&cases).enumerate() {
        let cells: Vec<&str> = line.split('\t').collect();
        let value = |name: &str| cells[1 + fields.iter().position(|&field| field == name).unwrap()];
        let seen: Vec<(&str, &str)> = case.fields.iter().map(|(name, _)| (*name, value(name))).collect();
        assert_eq!((cells[0], seen.as_slice()), (case.layers, case.fields), "frame {}", index + 1);
    }
}

#[test]
fn tshark_complains_when_a_byte_is_changed() {
    if missing() {
        eprintln!("skipped: tshark is not installed, so damaged frames are not shown to it");
        return;
    }
    // The last byte, which a checksum covers, except in padding and in first fragments, whose datagram is
    // judged at its last one.
    let mut cases = cases();
    let mut covered = 0;
    for case in &mut cases {
        if !matches!(case.layers, "eth:ethertype:ip:data" | "eth:ethertype:ip:udp:data") {
            *case.frame.last_mut().unwrap() ^= 0x55;
            covered += 1;
        }
    }
    let file = Temporary::new("damaged", cases.iter().map(|case| case.frame.as_slice()));
    assert_eq!(tshark(&file.0, &["-Y", COMPLAINTS]).lines().count(), covered);
}

fn missing() -> bool {
    let missing = Command::new("tshark").arg("--version").output().is_err();
    let required = std::env::var_os("UNANSWERED_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!(missing && required), "tshark is required (UNANSWERED_REQUIRE_TOOLS=1) and not installed");
    missing
}

/// What tshark prints about a file. Two passes, so that forward fields and fragments are complete.
fn tshark(file: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("tshark");
    command.args(["-2", "-n"]).args(CHECKED).arg("-r").arg(file).args(arguments);
    let output = command.output().expect("tshark runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("tshark prints UTF-8")
}

/// A capture file that is removed afterwards.
struct Temporary(PathBuf);

impl Temporary {
    /// Writes a classic pcap file of Ethernet, a frame each second. By hand: the writers are in a
    /// crate that uses this one.
    fn new<'a>(name: &str, frames: impl Iterator<Item = &'a [u8]>) -> Self {
        let header = [0xa1b2_3c4d, 2 | 4 << 16, 0, 0, 0x4_0000, 1];
        let mut content: Vec<u8> = header.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
        for (seconds, frame) in (1_u32..).zip(frames) {
            let length = u32::try_from(frame.len()).expect("frames are short");
            content.extend([seconds, 0, length, length].iter().flat_map(|word| word.to_le_bytes()));
            content.extend(frame);
        }
        let path = std::env::temp_dir().join(format!("unanswered-{}-{name}.pcap", std::process::id()));
        let mut file = File::create(&path).expect("the temporary folder takes files");
        file.write_all(&content).expect("the temporary folder has room");
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // A leftover in the temporary folder does no harm.
        let _ = std::fs::remove_file(&self.0);
    }
}
