//! `trace` from outside: help, selections, errors, exit codes, files.

mod common;

use common::{Done, Folder, capture};

fn nested() -> String {
    capture("nested/n3/merged.pcapng.zst")
}

fn trace(more: &[&str]) -> Done {
    let file = nested();
    Folder::new().run(&[&["trace", file.as_str()], more].concat())
}

fn clean(done: &Done) {
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{}", done.out);
}

#[test]
fn help_fits_the_terminal_and_shows_examples() {
    let folder = Folder::new();
    for flag in ["--help", "-h"] {
        let done = folder.run(&["trace", flag]);
        clean(&done);
        for line in done.out.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
    insta::assert_snapshot!("help_trace", folder.run(&["trace", "--help"]).out);
}

#[test]
fn a_failed_request_stands_beside_an_answered_one_and_its_step_is_named() {
    let done = trace(&[]);
    clean(&done);
    let words = done.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.starts_with("458 requests at 20 places: 305 answered"), "{}", done.out);
    assert!(words.contains("141 failed: DELIVER_REQUEST between hv2-und and nn-und"), "{}", done.out);
    assert!(words.contains("step DELIVER_REQUEST between hv2-und and nn-und, as far as"), "{}", done.out);
    assert!(done.out.lines().any(|l| l.starts_with("nn-und ") && l.ends_with("\u{d7} request not seen")));
    assert!(done.out.contains("\nHops") && done.out.contains("\nAddress translation"));
}

#[test]
fn the_exit_code_tells_only_when_asked_to() {
    assert_eq!(trace(&["-q"]).code, Some(0));
    assert_eq!(trace(&["-q", "--exit-code"]).code, Some(1));
    let fine = capture("battery/nothing-wrong/c1.pcap.zst");
    assert_eq!(Folder::new().run(&["trace", &fine, "-q", "--exit-code"]).code, Some(0));
}

#[test]
fn requests_are_chosen_by_number_and_by_filter() {
    let by_number = trace(&["--request", "9,31"]);
    clean(&by_number);
    assert!(by_number.out.contains("#9 unanswered") && by_number.out.contains("#31 answered"));
    assert!(!by_number.out.contains("Hops"));
    let listed = trace(&["--list", "--where", "outcome=late", "--where", "client=10.20.0.14"]);
    clean(&listed);
    assert_eq!(listed.out.lines().count(), 4, "{}", listed.out);
    assert!(listed.out.lines().all(|line| line.contains(" late: ")), "{}", listed.out);
    let counted = trace(&["--where", "lost=nn-und", "--count", "1"]);
    assert_eq!(counted.out.matches("\u{d7} request not seen").count(), 1, "{}", counted.out);
}

#[test]
fn all_outputs_at_once() {
    let folder = Folder::new();
    let file = nested();
    let outputs = ["trace", &file, "--json", "--html", "page.html", "--annotate", "notes.pcapng"];
    let done = folder.run(&outputs);
    clean(&done);
    let document: serde_json::Value = serde_json::from_str(&done.out).expect("JSON");
    assert_eq!(document["schema"], "unanswered.trace/1");
    assert_eq!(document["failures"][0]["requests"], 141);
    let page = folder.read("page.html");
    assert!(page.contains("<svg class=\"chart\"") && page.ends_with("</html>\n"));
    // An annotated capture is a capture like any other (without retransmissions).
    let again = folder.run(&["trace", "notes.pcapng"]);
    clean(&again);
    assert!(again.out.contains("failed: DELIVER_REQUEST between hv2-und and nn-und"), "{}", again.out);
}

#[test]
fn the_same_captures_give_the_same_bytes() {
    assert_eq!(trace(&["--json"]).out, trace(&["--json"]).out);
    assert_eq!(trace(&["-v"]).out, trace(&["-v"]).out);
}

#[test]
fn places_can_be_put_in_order_by_name() {
    let swapped = trace(&["--request", "31", "--path", "hv2-tap3,vm3"]);
    clean(&swapped);
    let line = |place: &str| swapped.out.lines().position(|line| line.starts_with(place));
    assert!(line("hv2-tap3") < line("vm3 "), "{}", swapped.out);
}

#[test]
fn the_page_of_explain_shows_the_ladders_where_there_is_more_than_one_place() {
    let folder = Folder::new();
    let places = ["cpn1", "cpn2", "cpn3", "vrouter-out", "ntp-a", "ntp-b"];
    let files: Vec<String> =
        places.iter().map(|place| capture(&format!("captures/story-osa/{place}.pcap.zst"))).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    clean(&folder.run(&[&["explain", "-q", "--html", "page.html"], &files[..]].concat()));
    let page = folder.read("page.html");
    assert!(page.contains("Followed from place to place") && page.contains("source port 123 -&gt; 11"));
    clean(&folder.run(&["explain", "-q", "--html", "one.html", files[3]]));
    assert!(!folder.read("one.html").contains("Followed from place to place"));
}

#[test]
fn what_is_wrong_is_said_with_what_would_be_right() {
    let file = nested();
    let folder = Folder::new();
    let refused: [(&str, &[&str]); 7] = [
        ("field", &["--where", "colour=red"]),
        ("operator", &["--where", "client>10.0.0.1"]),
        ("place", &["--where", "place=hv9"]),
        ("path", &["--path", "vm3,hv9"]),
        ("number", &["--request", "459"]),
        ("no_number", &["--request", "last"]),
        ("timeout", &["--timeout", "quic=3"]),
    ];
    for (name, arguments) in refused {
        let done = folder.run(&[&["trace", file.as_str()], arguments].concat());
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{name}: {}", done.err);
        insta::assert_snapshot!(format!("error_trace_{name}"), done.err);
    }
    let stdin = std::fs::read(&file).expect("a capture");
    let done = folder.run_with(&["trace", "-", "--annotate", "a.pcapng"], &stdin);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("standard input cannot be read a second time"), "{}", done.err);
}
