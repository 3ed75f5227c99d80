//! `--since`, `--until` and `--only` from outside.

mod common;

use common::{Done, Folder, capture};
use serde_json::Value;

fn story() -> String {
    capture("captures/story-osa/vrouter-out.pcap.zst")
}

fn run(command: &str, more: &[&str]) -> Done {
    Folder::new().run(&[&[command, story().as_str()], more].concat())
}

fn document(command: &str, more: &[&str]) -> Value {
    let done = run(command, &[more, &["--json"]].concat());
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{more:?}");
    serde_json::from_str(&done.out).expect("JSON")
}

fn requests(document: &Value) -> u64 {
    document["totals"]["requests"].as_u64().expect("a number")
}

#[test]
fn both_commands_look_at_the_same_part() {
    // The first frame is of 06:48:51.04.
    let arguments = ["--since", "06:50", "--until", "2026-11-23T07:55:00+01:00", "--only", "udp port 123"];
    let (explained, followed) = (document("explain", &arguments), document("trace", &arguments));
    assert_eq!(requests(&explained), requests(&followed));
    assert!(requests(&explained) > 20 && requests(&explained) < requests(&document("explain", &[])));
    assert_eq!(explained["inputs"][0]["left_out"], followed["inputs"][0]["left_out"]);
    assert_eq!(explained["narrowed"]["only"], "udp port 123");
    assert_eq!(explained["narrowed"]["since"], 1_795_416_600);
    assert_eq!(explained["narrowed"]["until"], 1_795_416_900);
    assert_eq!(followed["narrowed"]["until_ns"], 1_795_416_900_000_000_000_u64);
}

#[test]
fn two_windows_side_by_side_have_the_frames_of_both() {
    let left_out = |arguments: &[&str]| {
        let document = document("explain", arguments);
        let input = &document["inputs"][0];
        (input["frames"].as_u64().unwrap(), input["left_out"]["by_time"].as_u64().unwrap())
    };
    let (frames, after) = left_out(&["--until", "+5min"]);
    let (_, before) = left_out(&["--since", "+5min"]);
    assert_eq!(before + after, frames);
    assert!(before > 0 && after > 0);
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_read() {
    for (arguments, says) in [
        (&["--since", "noon"][..], "--since noon: not a time\nhint: for example --since '2026-11-28 18:33'"),
        (
            &["--until", "-5m"],
            "--until -5m: the last frame is not known before everything was read\nhint: count from",
        ),
        (
            &["--since", "18:33 local"],
            "the time zone of this machine is not looked up\nhint: write its offset",
        ),
        (
            &["--since", "2026-11-28 10:00", "--until", "2026-11-28"],
            "--since and --until: nothing lies between 2026-11-28",
        ),
        (&["--only", "port 53 or"], "--only port 53 or: column 11: something to match"),
        (
            &["--only", "host example.com"],
            "column 6: \"example.com\" is not an address\nhint: names are not looked up",
        ),
        (&["--only", ""], "--only : column 1: the filter is empty\nhint: for example"),
    ] {
        let done = Folder::new().run(&[&["explain", "no-such-file.pcap"], arguments].concat());
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(done.err.contains(says), "{arguments:?}: {}", done.err);
    }
    let mixed = run("explain", &["--since", "+3h", "--until", "06:50"]);
    assert_eq!(mixed.code, Some(2));
    assert!(mixed.err.contains("nothing lies between 2026-11-23 09:48:51"), "{}", mixed.err);
    let table = Folder::new().run(&["explain", "--table", "rows.csv", "--since", "+3h"]);
    assert_eq!(table.code, Some(2));
    assert!(table.err.contains("cannot be used with"), "{}", table.err);
}
