//! Captures of `testdata/protocols` against what is known of every request in them, and against tshark.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use unanswered_capture::{InputSpec, Vantages, open};
use unanswered_exchange::{PairerConfig, read_captures};
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{ProtocolId, Transport, decode, errors};

const EXPECT: &str = "the test data are in the repository and right";

/// A request of the ground truth.
pub(crate) struct Question {
    /// Frames of its transmissions, in their order.
    pub(crate) frames: Vec<u64>,
    /// Frames of the replies that are its own, in their order.
    pub(crate) replies: Vec<u64>,
    /// All cells of its line by the names of their columns.
    pub(crate) cells: BTreeMap<String, String>,
}

fn folder(protocol: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/protocols").join(protocol)
}

/// A capture's file below `testdata/protocols`.
pub(crate) fn capture(protocol: &str, name: &str) -> PathBuf {
    folder(protocol).join(format!("{name}.pcap.zst"))
}

/// What `NAME.csv.zst` says.
pub(crate) fn questions(protocol: &str, name: &str) -> Vec<Question> {
    let file = std::fs::File::open(folder(protocol).join(format!("{name}.csv.zst"))).expect(EXPECT);
    let mut text = String::new();
    ruzstd::decoding::StreamingDecoder::new(file).expect(EXPECT).read_to_string(&mut text).expect(EXPECT);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().expect(EXPECT).clone();
    let rows = reader.records().map(|row| {
        let row = row.expect(EXPECT);
        let cells: BTreeMap<String, String> =
            headers.iter().zip(&row).map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect();
        let numbers = |columns: [&str; 2]| {
            let all = columns.iter().flat_map(|column| cells[*column].split_whitespace());
            all.map(|number| number.parse().expect(EXPECT)).collect()
        };
        Question {
            frames: numbers(["request", "repeats"]),
            replies: numbers(["reply", "more_replies"]),
            cells,
        }
    });
    rows.collect()
}

/// The frame of each of our requests with that of the reply that is its own, where there is one.
pub(crate) fn ours(protocol: &str, name: &str, id: ProtocolId) -> BTreeMap<u64, Option<u64>> {
    let all =
        read_captures(&[InputSpec::new(capture(protocol, name))], &PairerConfig::default(), &mut |_| {})
            .expect(EXPECT);
    let of_protocol = all.iter().filter(|exchange| exchange.protocol() == id);
    let pairs = of_protocol.map(|exchange| {
        let nearest = exchange.nearest();
        // It is this request's reply even if the client no longer took it.
        let taken = matches!(
            nearest.outcome(),
            Outcome::Answered | Outcome::Late | Outcome::Refused | Outcome::Error
        ) || matches!(nearest.reason(), Reason::PortClosed | Reason::ReplyLost);
        let error = nearest
            .refusal()
            .is_some_and(|seen| errors::refusals().any(|kind| *kind == *seen.refusal.kind()));
        (nearest.frame(), nearest.reply_frame().filter(|_| taken && !error))
    });
    let later = later_fragments(&capture(protocol, name));
    let last = |frame: u64| (frame..).take_while(|at| *at == frame || later.contains(at)).last();
    pairs.map(|(request, reply)| (request, reply.and_then(last))).collect()
}

/// Frames that are ICMP errors, which quote other frames.
#[allow(dead_code, reason = "not every test binary compares with ICMP errors")]
#[allow(clippy::allow_attributes, reason = "whether dead_code fires differs between test binaries")]
pub(crate) fn quoted(protocol: &str, name: &str) -> BTreeSet<u64> {
    frames(&capture(protocol, name), |transport| matches!(transport, Transport::Error(_)))
}

/// We name a reply by its first fragment, the truth by its last, which is the next frame.
fn later_fragments(file: &Path) -> BTreeSet<u64> {
    frames(file, |transport| matches!(transport, Transport::LaterFragment))
}

fn frames(file: &Path, wanted: impl Fn(&Transport<'_>) -> bool) -> BTreeSet<u64> {
    let mut reader = open(&InputSpec::new(file), &Vantages::new()).expect(EXPECT);
    let mut found = BTreeSet::new();
    while let Some(frame) = reader.next_frame() {
        let packet = decode(frame.link_type, frame.bytes, frame.length).expect(EXPECT);
        if wanted(&packet.transport) {
            found.insert(frame.number);
        }
    }
    found
}

/// The request and reply frames that tshark pairs in one pass, by a field of replies that names their
/// request's frame. `None` when tshark is neither installed nor required.
pub(crate) fn tshark(protocol: &str, name: &str, field: &str) -> Option<BTreeSet<(u64, u64)>> {
    if Command::new("tshark").arg("--version").output().is_err() {
        assert!(
            std::env::var_os("UNANSWERED_REQUIRE_TOOLS").is_none_or(|v| v != "1"),
            "tshark is required (UNANSWERED_REQUIRE_TOOLS=1) and not installed"
        );
        return None;
    }
    // tshark may have been built without zstd.
    let plain = std::env::temp_dir().join(format!(
        "unanswered-{}-{protocol}-{}.pcap",
        std::process::id(),
        name.replace('/', "-")
    ));
    let packed = std::fs::File::open(capture(protocol, name)).expect(EXPECT);
    let mut decoder = ruzstd::decoding::StreamingDecoder::new(packed).expect(EXPECT);
    std::io::copy(&mut decoder, &mut std::fs::File::create(&plain).expect("a temporary file"))
        .expect("a temporary file");
    let output = Command::new("tshark")
        .args(["-n", "-T", "fields", "-E", "occurrence=f", "-e", "frame.number", "-e", field, "-r"])
        .arg(&plain)
        .output()
        .expect("tshark runs");
    std::fs::remove_file(&plain).expect("a temporary file");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("tshark writes UTF-8");
    let pairs = text.lines().filter_map(|line| {
        let (reply, request) = line.split_once('\t')?;
        Some((request.trim().parse().ok()?, reply.parse().expect("a frame number")))
    });
    Some(pairs.collect())
}
