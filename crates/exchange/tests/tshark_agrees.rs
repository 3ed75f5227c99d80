//! The pairs that we find are those that tshark finds, packet by packet.
//!
//! tshark pairs NTP (`ntp.response_in`), DNS (`dns.response_to`) and echo
//! (`icmp.resp_to`, `icmpv6` alike) by itself; two passes (`-2`) make the
//! forward fields complete. Every pair of either side must be the other's,
//! except for the [`Difference`]s, each of which is argued for and looked for.

mod common;

use common::{captures, read, scenarios};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use unanswered_capture::{InputSpec, open};
use unanswered_exchange::{Exchanges, Outcome, Reason};

/// Frame numbers of a request and its reply.
type Pair = (u64, u64);

/// Fields of a request that name its reply's frame.
const TO_REPLY: [&str; 4] = ["ntp.response_in", "dns.response_in", "icmp.resp_in", "icmpv6.resp_in"];

/// Fields of a reply that name its request's frame.
const TO_REQUEST: [&str; 4] = ["ntp.request_in", "dns.response_to", "icmp.resp_to", "icmpv6.resp_to"];

/// Why a pair may be one side's only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    /// tshark takes a rewritten source port below 512 for another protocol (echo, TFTP, DNS ...) and
    /// does not dissect the packet as NTP. We decide by the server's port and the payload.
    OtherProtocolByPort,
    /// tshark pairs a reply with its request although it comes from another address (DNS by id on
    /// the client's port, echo by id and sequence); for us the request is rejected, not answered.
    WrongSource,
    /// tshark says that the first fragment is no whole reply and does not dissect it; it pairs the
    /// frame of the last fragment, we name the first one's.
    Reassembled,
}

#[test]
fn pairs_agree_with_tshark_frame_by_frame() {
    if Command::new("tshark").arg("--version").output().is_err() {
        assert!(
            std::env::var_os("UNANSWERED_REQUIRE_TOOLS").is_none_or(|v| v != "1"),
            "tshark is required (UNANSWERED_REQUIRE_TOOLS=1) and not installed"
        );
        eprintln!("skipped: tshark is not installed, so pairs are not compared with it");
        return;
    }
    let mut seen: BTreeMap<Difference, u32> = BTreeMap::new();
    let mut agreed = 0u32;
    let folders = [scenarios("captures"), scenarios("battery")].concat();
    for scenario in &folders {
        for file in captures(scenario) {
            // Both sides of a NAT in one file: a request is one exchange for us and two for tshark.
            if file.to_str().unwrap().contains("any") {
                continue;
            }
            agreed += compare(&file, &mut seen);
        }
    }
    eprintln!("{agreed} pairs agree; differences: {seen:?}");
    assert!(agreed > 20_000, "{agreed} pairs");
}

fn compare(file: &Path, seen: &mut BTreeMap<Difference, u32>) -> u32 {
    let ours = our_pairs(&read(&[file.to_path_buf()]));
    let (theirs, foreign) = tshark_pairs(file);
    let mut agreed = 0;
    for (pair, kind) in &ours {
        if theirs.contains(pair) {
            agreed += 1;
            continue;
        }
        let why = match kind {
            Kind::Rejected => continue,
            Kind::Right if foreign.contains(&pair.0) => Difference::OtherProtocolByPort,
            Kind::Right if theirs.iter().any(|t| t.0 == pair.0 && t.1 > pair.1) => Difference::Reassembled,
            Kind::Right => panic!("{}: only we pair {pair:?}", file.display()),
        };
        *seen.entry(why).or_default() += 1;
    }
    for pair in &theirs {
        if ours.contains_key(pair) {
            continue;
        }
        let why = match ours.iter().find(|(o, _)| o.0 == pair.0) {
            Some((_, Kind::Rejected)) => Difference::WrongSource,
            Some((o, Kind::Right)) if o.1 < pair.1 => Difference::Reassembled,
            _ => panic!("{}: only tshark pairs {pair:?}", file.display()),
        };
        *seen.entry(why).or_default() += 1;
    }
    agreed
}

/// Whether the client takes the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Right,
    Rejected,
}

fn our_pairs(all: &Exchanges) -> BTreeMap<Pair, Kind> {
    let mut pairs = BTreeMap::new();
    for exchange in all.iter() {
        let sighting = exchange.nearest();
        let Some(reply) = sighting.reply_frame() else { continue };
        // TCP has no such field in tshark, ICMP errors are no replies of the protocol.
        let error =
            matches!(sighting.refusal(), Some((refusal, _)) if format!("{refusal:?}").starts_with("Icmp"));
        if exchange.protocol() == unanswered_wire::ProtocolId::TCP || error {
            continue;
        }
        let kind = if sighting.outcome() == Outcome::Rejected { Kind::Rejected } else { Kind::Right };
        if sighting.reason() != Reason::IncompleteFragments {
            pairs.insert((sighting.frame(), reply), kind);
        }
    }
    pairs
}

/// The pairs of tshark, and the frames to port 123 that it does not take for NTP.
fn tshark_pairs(file: &Path) -> (BTreeSet<Pair>, BTreeSet<u64>) {
    // tshark may have been built without zstd.
    let plain = std::env::temp_dir().join(format!("unanswered-{}-{}.pcap", std::process::id(), stem(file)));
    unpack(file, &plain);
    let mut command = Command::new("tshark");
    command.args(["-2", "-n", "-T", "fields", "-E", "occurrence=f", "-r"]).arg(&plain);
    command.args(["-e", "frame.number", "-e", "udp.dstport", "-e", "ntp"]);
    for field in TO_REPLY.iter().chain(&TO_REQUEST) {
        command.args(["-e", field]);
    }
    let output = command.output().unwrap();
    std::fs::remove_file(&plain).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut pairs, mut foreign) = (BTreeSet::new(), BTreeSet::new());
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let number = |i: usize| cells.get(i).and_then(|c| c.parse::<u64>().ok());
        let frame = number(0).unwrap();
        pairs.extend((3..3 + TO_REPLY.len()).filter_map(|i| Some((frame, number(i)?))));
        let behind = 3 + TO_REPLY.len();
        pairs.extend((behind..behind + TO_REQUEST.len()).filter_map(|i| Some((number(i)?, frame))));
        if number(1) == Some(123) && cells.get(2).is_none_or(|c| c.is_empty()) {
            foreign.insert(frame);
        }
    }
    (pairs, foreign)
}

fn stem(file: &Path) -> String {
    let folder = file.parent().unwrap().file_name().unwrap().to_str().unwrap();
    format!("{folder}-{}", file.file_stem().unwrap().to_str().unwrap())
}

/// Writes the frames of a capture to a plain file, by tshark's own numbering.
fn unpack(file: &Path, plain: &Path) {
    assert!(open(&InputSpec::new(file), &unanswered_capture::Vantages::new()).is_ok());
    let packed = std::fs::File::open(file).unwrap();
    let mut reader = ruzstd::decoding::StreamingDecoder::new(packed).unwrap();
    std::io::copy(&mut reader, &mut std::fs::File::create(plain).unwrap()).unwrap();
}
