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

#[test]
fn a_table_of_exchanges_has_the_findings_of_its_captures() {
    let table = std::env::temp_dir().join(format!("unanswered-{}-round-trip.csv", std::process::id()));
    let table = table.to_str().expect("a temporary name is UTF-8");
    for captures in [
        &["testdata/captures/story-osa/cpn1.pcap.zst", "testdata/captures/story-osa/vrouter-out.pcap.zst"][..],
        &["testdata/battery/ecn-syn-dropped/c1.pcap.zst", "testdata/battery/ecn-syn-dropped/c2.pcap.zst"],
        &[
            "testdata/battery/ntp-server-only-v4/c1.pcap.zst",
            "testdata/battery/ntp-server-only-v4/c2.pcap.zst",
        ],
    ] {
        let captured = explain(&[captures, &["--exchanges", table]].concat());
        let read = explain(&["--table", table]);
        let finding = |all: &serde_json::Value, key: &str| all["findings"][0][key].clone();
        for key in ["words", "display_filter", "tcpdump_filter", "inside"] {
            assert_eq!(finding(&captured, key), finding(&read, key), "{captures:?}: {key}");
        }
        assert!(finding(&captured, "words").is_string(), "{captures:?}");
    }
    std::fs::remove_file(table).expect("the table was written");
}
