//! Logs of other programs given to `explain`: several files, formats of the user's own, what is no log.

mod common;

use common::Folder;
use std::path::Path;

/// A folder with these logs of `testdata/logs`.
fn with(names: &[&str]) -> Folder {
    let folder = Folder::new();
    let logs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/logs"));
    for name in names {
        folder.write(name, std::fs::read(logs.join(name)).expect("a log"));
    }
    folder
}

#[test]
fn several_files_are_one_log() {
    let folder = with(&["common.log", "combined.log", "zeek_dns.log"]);
    let rules = ["--outcome", "status", "--failed", "502"];
    let done = folder.run(&[&["explain", "--table", "common.log", "combined.log"][..], &rules].concat());
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    assert!(done.out.contains("common.log, combined.log: 181 lines"), "{}", done.out);
    let done =
        folder.run(&[&["explain", "--table", "common.log", "--table", "zeek_dns.log"][..], &rules].concat());
    assert_eq!(done.code, Some(2));
    assert!(
        done.err.contains("zeek_dns.log: is a Zeek log, but the first file is an access log"),
        "{}",
        done.err
    );
}

#[test]
fn a_pattern_and_a_format_string_make_columns() {
    let folder = with(&["free.log", "nginx_given.log"]);
    let pattern = r"asked (?P<backend>\S+) for (?P<path>\S+), got (?P<status>\d+)";
    let done = folder.run(&[
        "explain",
        "--table",
        "free.log",
        "--pattern",
        pattern,
        "--outcome",
        "status",
        "--failed",
        "504",
    ]);
    assert_eq!(done.code, Some(0));
    assert!(
        done.err.contains("1 of 81 lines skipped: not what the pattern describes (first: line 81"),
        "{}",
        done.err
    );
    assert!(done.out.contains("backend is be-d"), "{}", done.out);
    let format = r#"$client $backend [$time_local] "$request" $status $bytes $seconds "$agent""#;
    let done = folder.run(&[
        "explain",
        "--table",
        "nginx_given.log",
        "--log-format",
        format,
        "--outcome",
        "status",
        "--failed",
        "504",
        "--json",
    ]);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    let wrong = folder.run(&["explain", "--table", "free.log", "--pattern", "got (", "--outcome", "status"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("the pattern cannot be used: unclosed group"), "{}", wrong.err);
    assert!(wrong.err.contains("hint: expected a regular expression with named groups"), "{}", wrong.err);
}

#[test]
fn a_capture_is_no_log() {
    let folder = Folder::new();
    folder.write("a.pcap", b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00");
    let done = folder.run(&["explain", "--table", "a.pcap"]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("a.pcap: is a packet capture, not a log or a table"), "{}", done.err);
    assert!(done.err.contains("hint: give it without --table"), "{}", done.err);
}

/// Every log of `testdata/logs` whose format is recognised: outcome column, cause and what was left out, without options.
#[test]
fn every_log_is_explained_without_options() {
    let logs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/logs"));
    let mut names: Vec<String> = std::fs::read_dir(logs)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .filter(|name| !["make.py", "README.md", "free.log", "nginx_given.log"].contains(&name.as_str()))
        .collect();
    names.sort();
    assert!(names.len() >= 40, "{names:?}");
    let folder = with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut told = String::new();
    for name in &names {
        let done = folder.run(&["explain", "--brief", "--table", name]);
        let lines: Vec<&str> = done.out.split_whitespace().collect();
        // What to do next comes after the cause, which is asked for here.
        let words = lines.join(" ");
        let cause = words.split(" Next: ").next().unwrap_or_default();
        told.push_str(&format!("{name}: {}\n", if done.code == Some(0) { cause } else { done.err.trim() }));
    }
    insta::assert_snapshot!("every_log", told);
}
