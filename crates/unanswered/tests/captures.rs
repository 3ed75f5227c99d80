//! `explain` on bundled captures, from file to report.

mod common;

use common::{Folder, capture, installed};

/// Places inside and outside the router, and at both servers.
fn story() -> Vec<String> {
    let places = ["cpn1", "cpn2", "cpn3", "vrouter-out", "ntp-a", "ntp-b"];
    places.iter().map(|place| capture(&format!("captures/story-osa/{place}.pcap.zst"))).collect()
}

fn explain<'a>(files: &'a [String], options: &[&'a str]) -> Vec<&'a str> {
    [&["explain"], &files.iter().map(String::as_str).collect::<Vec<_>>()[..], options].concat()
}

#[test]
fn the_story_is_told() {
    let done = Folder::new().run(&explain(&story(), &[]));
    assert_eq!(done.code, Some(0), "{}", done.err);
    let words = done.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.starts_with("Likely cause:"), "{}", done.out);
    assert!(words.contains("largest failing 11, smallest working 123"), "{}", done.out);
    assert!(words.contains("ip.dst == 10.9.9.21"), "{}", done.out);
}

#[test]
fn the_short_form_is_the_first_lines_with_the_same_exit_code() {
    let (folder, files) = (Folder::new(), story());
    let long = folder.run(&explain(&files, &[]));
    let short = folder.run(&explain(&files, &["--brief", "--exit-code"]));
    assert_eq!(short.code, Some(1), "{}", short.err);
    assert!(long.out.starts_with(&format!("{}\n", short.out)), "{}", short.out);
    let words = short.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.starts_with("Likely cause: 56 of 683 requests failed (8.2 %): NTP requests from "),
        "{words}"
    );
    assert!(words.contains(" What: ") && words.contains(" Next: send NTP requests to 10.9.9.21 "), "{words}");
    let both = folder.run(&explain(&files, &["--brief", "--json"]));
    assert_eq!(both.code, Some(2), "{}", both.err);
}

#[test]
fn all_outputs_at_once() {
    let folder = Folder::new();
    let files = story();
    let outputs =
        ["--json", "--html=report.html", "--annotate=notes.pcapng", "--exchanges=rows.csv", "--exit-code"];
    let done = folder.run(&explain(&files, &outputs));
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert!(done.out.contains("\"display_filter\": "));
    let page = folder.read("report.html");
    assert!(page.contains("working from 123") && page.ends_with("</html>\n"));
    assert!(std::fs::metadata(folder.0.join("notes.pcapng")).unwrap().len() > 10_000);
    assert!(folder.read("rows.csv").lines().count() > 300);
}

#[test]
fn the_exchanges_that_were_written_can_be_explained_as_a_table() {
    let folder = Folder::new();
    let file = capture("captures/story-osa/vrouter-out.pcap.zst");
    assert_eq!(folder.run(&["explain", &file, "-q", "--exchanges", "rows.csv"]).code, Some(0));
    let again = folder.run(&["explain", "--table", "rows.csv"]);
    assert!(again.out.starts_with("Likely cause:"), "{}{}", again.out, again.err);
}

#[test]
fn answers_too_slow_for_an_impatient_client_are_explained_where_nothing_failed() {
    let folder = Folder::new();
    let file = capture("cases/resolver_stands_still.pcap.gz");
    let done = folder.run(&["explain", &file, "--exit-code"]);
    let words = done.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("63 of 1043 requests were answered too late for an impatient client"), "{words}");
    assert!(words.contains("for 1.4 s in every 18 s"), "{words}");
    assert!(words.contains("slow: 63 of 812 answers to DNS requests took more than 1 s"), "{words}");
    assert_eq!(done.code, Some(1));

    let patient = folder.run(&["explain", &file, "--timeout", "dns=1"]);
    assert!(!patient.out.contains("slow:"), "{}", patient.out);

    let bytes = std::fs::read(&file).unwrap();
    let once = folder.run_with(&["explain", "-", "--exit-code"], &bytes);
    assert!(once.out.starts_with("Nothing wrong"), "{}", once.out);
    assert!(once.out.contains("slow: 63 of 812"), "{}", once.out);
    assert_eq!(once.code, Some(0));
}

#[test]
fn standard_input_is_a_capture_too() {
    let folder = Folder::new();
    let bytes = std::fs::read(capture("captures/story-osb/vrouter-out.pcap.zst")).unwrap();
    let done = folder.run_with(&["explain", "-", "--exit-code"], &bytes);
    assert!(done.out.starts_with("Nothing wrong:"), "{}{}", done.out, done.err);
    assert_eq!(done.code, Some(0));
    let annotated = folder.run_with(&["explain", "-", "--annotate", "a.pcapng"], &bytes);
    assert_eq!(annotated.code, Some(2));
    assert!(annotated.err.contains("standard input cannot be read a second time"), "{}", annotated.err);
}

#[test]
fn a_cut_capture_is_read_up_to_the_cut_and_says_where() {
    let folder = Folder::new();
    let packets = capture("captures/story-osa/vrouter-out.pcap.zst");
    assert_eq!(folder.run(&["explain", &packets, "-q", "--annotate", "whole.pcapng"]).code, Some(0));
    let whole = std::fs::read(folder.0.join("whole.pcapng")).unwrap();
    folder.write("cut.pcapng", &whole[..whole.len() - 7]);
    let done = folder.run(&["explain", "cut.pcapng"]);
    assert_eq!(done.code, Some(0));
    assert!(done.err.starts_with("unanswered: warning: cut.pcapng"), "{}", done.err);
    assert!(done.out.starts_with("Likely cause:"), "{}", done.out);
}

/// Frames that tshark shows for the first finding's display filter, and requests inside it.
fn shown_and_inside(files: &[String], file: &str) -> Option<(usize, u64)> {
    let done = Folder::new().run(&explain(files, &["--json"]));
    let document: serde_json::Value = serde_json::from_str(&done.out).expect("JSON");
    let finding = &document["findings"][0];
    let filter = finding["display_filter"].as_str()?;
    let output =
        std::process::Command::new("tshark").args(["-r", file, "-Y", filter]).output().expect("tshark");
    let frames = String::from_utf8_lossy(&output.stdout).lines().count();
    Some((frames, finding["inside"]["requests"].as_u64()?))
}

#[test]
fn the_display_filter_shows_the_findings_requests_in_wireshark() {
    if !installed("tshark") {
        return;
    }
    let mut cases = vec![(story(), capture("captures/story-osa/vrouter-out.pcap.zst"))];
    for name in ["captures/dns/vrouter-out", "battery/dns-edns-unanswered/c1", "battery/mtu-blackhole/c1"] {
        let file = capture(&format!("{name}.pcap.zst"));
        cases.push((vec![file.clone()], file));
    }
    for (files, file) in cases {
        let (frames, requests) = shown_and_inside(&files, &file).expect(&file);
        // The last requests of a capture may be unknown: shown and not counted.
        let frames = u64::try_from(frames).unwrap();
        assert!((requests..=requests + 3).contains(&frames), "{file}: {frames} frames, {requests} requests");
    }
}

#[test]
fn frames_that_cannot_be_understood_are_counted_with_their_reason() {
    let folder = Folder::new();
    let mut bytes = Vec::new();
    // A little-endian pcap header with link type 147 (for private use), and three packets.
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 147] {
        bytes.extend(word.to_le_bytes());
    }
    for second in 0..3_u32 {
        bytes.extend([second, 0, 4, 4, 0].map(u32::to_le_bytes).concat());
    }
    folder.write("private.pcap", bytes);
    let done = folder.run(&["explain", "private.pcap"]);
    let words = done.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.starts_with("Not enough data: no request could be judged."), "{}", done.out);
    assert!(
        words.contains("3 of 3 frames were not understood (3: link type 147 is not supported)"),
        "{words}"
    );
}
