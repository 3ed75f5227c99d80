//! `unanswered lab` from outside: a run and its files, the forecast, the reduction, what is refused.

mod common;

use common::{Done, Folder, SITE};

fn site() -> Folder {
    let folder = Folder::new();
    folder.write("site.toml", SITE);
    folder
}

fn clean(done: &Done) {
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{}", done.out);
}

#[test]
fn a_run_is_told_and_its_captures_give_the_cause() {
    let folder = site();
    let done = folder.run(&["lab", "run", "site.toml", "--out", "run"]);
    clean(&done);
    for words in ["A small site", "After five hours", "client2$ ntpq -pn", "ntpd-lowport-lt123", "run:"] {
        assert!(done.out.contains(words), "{words} in {}", done.out);
    }
    assert!(done.out.lines().all(|line| line.chars().count() <= 82), "{}", done.out);
    let explained = folder.run(&["explain", "run/captures.pcapng"]);
    assert!(explained.out.contains("ntpd-lowport-lt123"), "{}", explained.out);
    let truth: serde_json::Value = serde_json::from_str(&folder.read("run/truth.json")).expect("JSON");
    assert_eq!(truth["schema"], "unanswered.lab.truth/1");
    assert_eq!(truth["faults"][0]["id"], "ntpd-lowport-lt123");
    assert_eq!(truth["failed"][0]["step"], "VALIDATE_REQUEST");
    assert!(folder.read("run/story.txt").starts_with("A small site"));
    assert!(folder.read("run/translations.csv").lines().count() > 1);
    for line in folder.read("run/timeline.jsonl").lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("a JSON object a line");
        assert!(row["time"].is_number() && row["what"].is_string());
    }
}

#[test]
fn a_story_without_captures_says_what_to_do() {
    let folder = Folder::new();
    folder.write("site.toml", SITE.replace("at = \"5h\"", "at = \"1us\""));
    let done = folder.run(&["lab", "run", "site.toml"]);
    clean(&done);
    let words = done.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "(nothing was captured at site; give the vantage points another time or place)";
    assert!(words.contains(said), "{}", done.out);
}

#[test]
fn the_table_of_requests_is_one_that_explain_reads() {
    let folder = site();
    clean(&folder.run(&["lab", "run", "site.toml", "--out", "run", "-q"]));
    let done = folder.run(&["explain", "--table", "run/requests.csv", "--time", "time"]);
    assert!(done.out.starts_with("Cause found"), "{}{}", done.out, done.err);
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_one_does_not() {
    let folder = site();
    let bytes = |seed: &str, name: &str| {
        clean(&folder.run(&["lab", "run", "site.toml", "--seed", seed, "--out", name, "-q"]));
        std::fs::read(folder.0.join(name).join("captures.pcapng")).expect("a capture")
    };
    assert_eq!(bytes("5", "a"), bytes("5", "b"));
    assert_ne!(bytes("5", "a"), bytes("6", "c"));
}

#[test]
fn hosts_are_looked_at_at_any_time() {
    let looks = ["--billboard", "client1@1h", "--conntrack", "router@1h", "--sysstats", "clock@2h"];
    let done = site().run(&[&["lab", "run", "site.toml"][..], &looks].concat());
    clean(&done);
    for words in
        ["client1$ ntpq -pn", "remote           refid", "router$ conntrack -L", "bad length or format:"]
    {
        assert!(done.out.contains(words), "{words} in {}", done.out);
    }
    assert!(!done.out.contains("After five hours"), "the story is not told as well");
}

#[test]
fn a_variant_is_run_and_the_exit_code_says_whether_a_fault_struck() {
    let folder = site();
    assert_eq!(folder.run(&["lab", "run", "site.toml", "-q", "--exit-code"]).code, Some(1));
    let upgraded = ["lab", "run", "site.toml", "-q", "--exit-code", "--variant", "upgraded"];
    assert_eq!(folder.run(&upgraded).code, Some(0));
}

#[test]
fn a_forecast_is_made_and_goes_on_from_its_state() {
    let folder = site();
    let sweep = ["lab", "sweep", "site.toml", "--seeds", "4", "--explain", "1", "--state", "s"];
    let first = folder.run(&[&sweep[..], &["--html", "f.html"]].concat());
    clean(&first);
    assert!(first.out.starts_with("ntpd-lowport-lt123 shows itself in 4 of 4 runs"), "{}", first.out);
    assert!(folder.read("f.html").contains("<svg"));
    assert_eq!(folder.run(&sweep).out, first.out);
    let json = folder.run(&["lab", "sweep", "site.toml", "--seeds", "2", "--explain", "0", "--json"]);
    assert!(serde_json::from_str::<serde_json::Value>(&json.out).is_ok(), "{}", json.out);
}

#[test]
fn a_scenario_shrinks_to_one_that_still_shows_the_fault() {
    let folder = site();
    let done = folder.run(&["lab", "shrink", "site.toml", "--out", "small.toml"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.err.contains("what is left shows ntpd-lowport-lt123"), "{}", done.err);
    let small = folder.read("small.toml");
    assert!(small.len() < SITE.len());
    assert_eq!(folder.run(&["lab", "run", "small.toml", "-q", "--exit-code"]).code, Some(1));
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_what_to_do() {
    let folder = site();
    folder.write(
        "wrong.toml",
        SITE.replace("servers = [\"clock\"]", "servers = [\"clok\"]").replace("6h", "6 hours"),
    );
    let refused: [(&str, &[&str]); 8] = [
        ("lab_wrong_file", &["lab", "run", "wrong.toml"]),
        ("lab_no_file", &["lab", "run", "nowhere.toml"]),
        ("lab_no_variant", &["lab", "run", "site.toml", "--variant", "upgrade"]),
        ("lab_billboard_host", &["lab", "run", "site.toml", "--billboard", "nobody@1h"]),
        ("lab_billboard_time", &["lab", "run", "site.toml", "--billboard", "client1@7h"]),
        ("lab_no_fault", &["lab", "shrink", "site.toml", "--fault", "conntrack-table-full", "-q"]),
        ("lab_vantage", &["lab", "sweep", "site.toml", "--seeds", "1", "--vantage", "nowhere"]),
        ("lab_other_state", &["lab", "sweep", "site.toml", "--seeds", "1", "--state", "wrong.toml"]),
    ];
    for (name, arguments) in refused {
        let done = folder.run(arguments);
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{name}: {}", done.err);
        insta::assert_snapshot!(name, done.err);
    }
}

#[test]
fn a_sound_file_is_said_to_be_sound_and_the_schema_is_printed() {
    let folder = site();
    let done = folder.run(&["lab", "check", "site.toml"]);
    clean(&done);
    assert!(done.out.contains("nothing wrong"), "{}", done.out);
    let schema = folder.run(&["lab", "check", "--schema"]);
    assert!(serde_json::from_str::<serde_json::Value>(&schema.out).is_ok());
}

#[test]
fn help_fits_the_terminal() {
    let folder = Folder::new();
    for command in
        [vec!["lab"], vec!["lab", "run"], vec!["lab", "sweep"], vec!["lab", "shrink"], vec!["lab", "check"]]
    {
        let done = folder.run(&[&command[..], &["--help"]].concat());
        clean(&done);
        for line in done.out.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
