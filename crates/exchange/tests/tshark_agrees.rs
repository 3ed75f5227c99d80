//! The pairs that we find are those that tshark finds, packet by packet.
//!
//! tshark pairs NTP (`ntp.response_in`), DNS (`dns.response_to`) and echo
//! (`icmp.resp_to`, `icmpv6` alike) by itself; two passes (`-2`) make the
//! forward fields complete. Every pair of either side must be the other's,
//! except for the [`Difference`]s, each of which is argued for and has to occur. A reply that its
//! client rejects (wrong source) is not a pair for either.

mod common;

use common::{captures, read, scenarios};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use unanswered_capture::{InputSpec, open};
use unanswered_exchange::Exchanges;
use unanswered_registry::Refusal;
use unanswered_table::Outcome;
use unanswered_wire::ProtocolId;

/// Frame numbers of a request and its reply.
type Pair = (u64, u64);

/// Fields of a request that name its reply's frame.
const TO_REPLY: [&str; 4] = ["ntp.response_in", "dns.response_in", "icmp.resp_in", "icmpv6.resp_in"];

/// Fields of a reply that name its request's frame.
const TO_REQUEST: [&str; 4] = ["ntp.request_in", "dns.response_to", "icmp.resp_to", "icmpv6.resp_to"];

/// Why a pair may be one side's only: those that occur in these captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    /// tshark takes a rewritten source port below 512 for another protocol (echo, TFTP, DNS ...) and
    /// does not dissect the packet as NTP. We decide by the server's port and the payload.
    OtherProtocolByPort,
}

/// Whether there is a tshark to compare with.
fn has_tshark() -> bool {
    let found = Command::new("tshark").arg("--version").output().is_ok();
    if !found {
        assert!(
            std::env::var_os("UNANSWERED_REQUIRE_TOOLS").is_none_or(|v| v != "1"),
            "tshark is required (UNANSWERED_REQUIRE_TOOLS=1) and not installed"
        );
    }
    found
}

#[test]
fn pairs_agree_with_tshark_frame_by_frame() {
    if !has_tshark() {
        eprintln!("skipped: tshark is not installed, so nothing is compared with it");
        return;
    }
    let mut seen: BTreeMap<Difference, u32> = BTreeMap::new();
    let mut agreed = 0u32;
    let folders = [scenarios("captures"), scenarios("battery")].concat();
    for scenario in &folders {
        for file in captures(scenario) {
            // The router's captures hold what the ends' hold; and both sides of a NAT in one file are
            // one exchange for us and two for tshark.
            let name = file.file_name().and_then(|n| n.to_str()).expect("a name");
            if ["r-", "vrouter"].iter().any(|p| name.starts_with(p)) && name != "vrouter-out.pcap.zst" {
                continue;
            }
            agreed += compare(&file, &mut seen);
        }
    }
    eprintln!("{agreed} pairs agree; differences: {seen:?}");
    assert_eq!(seen.keys().collect::<Vec<_>>(), [&Difference::OtherProtocolByPort]);
    assert!(agreed > 20_000, "{agreed} pairs");
}

/// What is known of an HTTP request: its frame, its method, host and path with the query's mark, and its answer's frame.
type Request = (u64, String, String, String, Option<u64>);

#[test]
fn http_requests_and_their_answers_agree_with_tshark() {
    if !has_tshark() {
        eprintln!("skipped: tshark is not installed, so nothing is compared with it");
        return;
    }
    let mut agreed = 0;
    for file in ["hung_cl.pcap", "dpi_cl.pcap"] {
        let file = common::testdata(&format!("cases/{file}"));
        let ours = our_http(&read(std::slice::from_ref(&file)));
        assert_eq!(ours, tshark_http(&file), "{}", file.display());
        agreed += ours.len();
    }
    assert!(agreed >= 80, "{agreed} requests");
}

fn our_http(all: &Exchanges) -> Vec<Request> {
    let features = all.features();
    let text = |row: u32, name: &str| {
        let stored = features.iter().find(|f| f.protocol == ProtocolId::HTTP && f.feature.name == name);
        let value = stored.and_then(|stored| all.value(row, stored)).expect("each of them has it");
        all.texts()[usize::try_from(value).expect("an index")].clone()
    };
    let requests = all.iter().filter(|exchange| exchange.protocol() == ProtocolId::HTTP);
    let one = |exchange: unanswered_exchange::Exchange<'_>| {
        let (row, near) = (exchange.row(), exchange.nearest());
        let [method, host, path] =
            ["http.request.method", "http.host", "http.path"].map(|name| text(row, name));
        (near.frame(), method, host, path, near.reply_frame())
    };
    let mut all: Vec<Request> = requests.map(one).collect();
    all.sort();
    all
}

fn tshark_http(file: &Path) -> Vec<Request> {
    let mut command = Command::new("tshark");
    command.args(["-2", "-n", "-T", "fields", "-E", "occurrence=f", "-Y", "http.request", "-r"]).arg(file);
    let fields = ["frame.number", "http.request.method", "http.host", "http.request.uri", "http.response_in"];
    command.args(fields.iter().flat_map(|field| ["-e", field]));
    let output = command.output().expect("tshark runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line = |line: &str| {
        let cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let [frame, method, host, target, answer] = cells.try_into().expect("as many as were asked for");
        let path = target.split('?').next().unwrap_or_default().to_owned();
        (frame.parse().expect("a number"), method, host, path, answer.parse().ok())
    };
    let mut all: Vec<Request> = String::from_utf8(output.stdout).expect("texts").lines().map(line).collect();
    all.sort();
    all
}

fn compare(file: &Path, seen: &mut BTreeMap<Difference, u32>) -> u32 {
    let ours = our_pairs(&read(&[file.to_path_buf()]));
    let (theirs, foreign) = tshark_pairs(file);
    let mut agreed = 0;
    for pair in &ours {
        if theirs.contains(pair) {
            agreed += 1;
        } else {
            assert!(foreign.contains(&pair.0), "{}: only we pair {pair:?}", file.display());
            *seen.entry(Difference::OtherProtocolByPort).or_default() += 1;
        }
    }
    let only_theirs: Vec<_> = theirs.difference(&ours).collect();
    assert!(only_theirs.is_empty(), "{}: only tshark pairs {only_theirs:?}", file.display());
    agreed
}

/// Requests with replies that their clients take, or would have taken in time.
fn our_pairs(all: &Exchanges) -> BTreeSet<Pair> {
    let mut pairs = BTreeSet::new();
    for exchange in all.iter() {
        let sighting = exchange.nearest();
        let Some(reply) = sighting.reply_frame() else { continue };
        // tshark has no such field for TCP (HTTP is compared apart), and ICMP errors are not replies of the protocol.
        let error = sighting.refusal().is_some_and(|seen| is_icmp(seen.refusal));
        let wrong = matches!(sighting.outcome(), Outcome::Rejected | Outcome::Unanswered);
        if !exchange.protocol().carrier().is_tcp() && !error && !wrong {
            pairs.insert((sighting.frame(), reply));
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
    let output = command.output().expect("tshark and the test data behave");
    std::fs::remove_file(&plain).expect("tshark and the test data behave");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut pairs, mut foreign) = (BTreeSet::new(), BTreeSet::new());
    for line in String::from_utf8(output.stdout).expect("tshark and the test data behave").lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let number = |i: usize| cells.get(i).and_then(|c| c.parse::<u64>().ok());
        let frame = number(0).expect("tshark and the test data behave");
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
    let folder = file
        .parent()
        .expect("tshark and the test data behave")
        .file_name()
        .expect("tshark and the test data behave")
        .to_str()
        .expect("tshark and the test data behave");
    format!(
        "{folder}-{}",
        file.file_stem()
            .expect("tshark and the test data behave")
            .to_str()
            .expect("tshark and the test data behave")
    )
}

/// Writes the frames of a capture to a plain file, by tshark's own numbering.
fn unpack(file: &Path, plain: &Path) {
    assert!(open(&InputSpec::new(file), &unanswered_capture::Vantages::new()).is_ok());
    let packed = std::fs::File::open(file).expect("tshark and the test data behave");
    let mut reader =
        ruzstd::decoding::StreamingDecoder::new(packed).expect("tshark and the test data behave");
    std::io::copy(&mut reader, &mut std::fs::File::create(plain).expect("tshark and the test data behave"))
        .expect("tshark and the test data behave");
}

fn is_icmp(refusal: Refusal) -> bool {
    unanswered_wire::errors::refusals().any(|kind| std::ptr::eq(kind, refusal.kind()))
}
