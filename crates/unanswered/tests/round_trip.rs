//! What `--exchanges` writes is read back as what it was.

use std::path::Path;
use std::process::Command;

fn explain(arguments: &[&str]) -> serde_json::Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(env!("CARGO_BIN_EXE_unanswered"))
        .args(["explain", "--json"])
        .args(arguments)
        .current_dir(root)
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("--json writes JSON")
}

/// A temporary file of that name.
struct Scratch(String);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("unanswered-{}-{name}", std::process::id()));
        Self(path.to_str().expect("a temporary name is UTF-8").to_owned())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover in the temporary folder does no harm.
        let _ = std::fs::remove_file(&self.0);
    }
}

const ALWAYS: &str = "time,protocol,client,client_port,server,server_port,outcome,reason,round_trip_time,transmissions,\
                      place,step";

/// One server and one port: constant columns, which a reader needs nevertheless.
#[test]
fn every_request_says_who_asked_whom_and_what_came_of_it() {
    let table = Scratch::new("always.csv");
    let captures = ["testdata/battery/dnsmasq-forward-max/c1.pcap.zst"];
    let captured = explain(&[&captures[..], &["--exchanges", &table.0]].concat());
    let text = std::fs::read_to_string(&table.0).expect("it was written");
    let mut lines = text.lines();
    let header = lines.next().expect("a header");
    assert!(header.starts_with(ALWAYS), "{header}");
    for name in ["ip.src", "ip.dst", "udp.srcport", "udp.dstport"] {
        assert!(!header.split(',').any(|column| column == name), "{name} is written twice: {header}");
    }
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let totals = &captured["totals"];
    assert_eq!(totals["requests"].as_u64(), Some(rows.len() as u64));
    let with = |column: usize, value: &str| rows.iter().filter(|row| row[column] == value).count() as u64;
    assert_eq!(totals["error"].as_u64(), Some(with(6, "error")));
    assert!(
        with(6, "error") > 0 && with(5, "53") == rows.len() as u64 && with(1, "dns") == rows.len() as u64
    );
    for row in &rows {
        assert!(row[2].contains('.') && row[4].contains('.') && !row[10].is_empty(), "{row:?}");
        assert_eq!(row[6] == "error", row[7].starts_with("error:dns."), "{row:?}");
        assert_eq!(row[6] == "error", !row[11].is_empty(), "{row:?}");
        assert!(row[8].parse::<f64>().is_ok_and(|seconds| seconds > 0.0), "{row:?}");
        assert!(row[9].parse::<u8>().is_ok_and(|times| times > 0), "{row:?}");
    }
    let by_protocol = totals["by_protocol"].as_array().expect("a list");
    assert_eq!(by_protocol.len(), 1);
    let reasons = by_protocol[0]["reasons"].as_array().expect("a list");
    let all: u64 = reasons.iter().filter_map(|reason| reason["requests"].as_u64()).sum();
    assert_eq!(all, rows.len() as u64);
}

#[test]
fn outcomes_that_were_not_chosen_count_as_answered() {
    let capture = "testdata/battery/dnsmasq-forward-max/c1.pcap.zst";
    let all = explain(&[capture]);
    let chosen = explain(&[capture, "--failed", "unanswered,late"]);
    assert_eq!(all["failed"], all["totals"]["error"]);
    assert_eq!((chosen["failed"].as_u64(), chosen["judged"].clone()), (Some(0), all["judged"].clone()));
    assert_eq!(chosen["totals"], all["totals"], "what became of the requests stays as it was");
    assert_eq!(chosen["failed_outcomes"], serde_json::json!(["late", "unanswered"]));
}

#[test]
fn a_table_of_exchanges_has_the_findings_of_its_captures() {
    let scratch = Scratch::new("round-trip.csv");
    let table = scratch.0.as_str();
    for captures in [
        &["testdata/captures/story-osa/cpn1.pcap.zst", "testdata/captures/story-osa/vrouter-out.pcap.zst"][..],
        &["testdata/battery/ecn-syn-dropped/c1.pcap.zst", "testdata/battery/ecn-syn-dropped/c2.pcap.zst"],
        &[
            "testdata/battery/ntp-server-only-v4/c1.pcap.zst",
            "testdata/battery/ntp-server-only-v4/c2.pcap.zst",
        ],
        // Failures that are error answers.
        &["testdata/battery/dnsmasq-forward-max/c1.pcap.zst"],
    ] {
        let captured = explain(&[captures, &["--exchanges", table]].concat());
        let read = explain(&["--table", table]);
        let finding = |all: &serde_json::Value, key: &str| all["findings"][0][key].clone();
        for key in ["words", "display_filter", "tcpdump_filter", "inside"] {
            assert_eq!(finding(&captured, key), finding(&read, key), "{captures:?}: {key}");
        }
        assert!(finding(&captured, "words").is_string(), "{captures:?}");
    }
}
