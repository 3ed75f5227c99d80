//! An output that is an input, another output or standard output is refused before anything is read: for each command
//! and each argument that names a file to write.
#![cfg(unix)]

mod common;

use common::{Done, Folder, rows};
use std::fs;
use std::os::unix::fs::symlink;

/// A command with `OUT` in place of what it writes.
struct Case {
    /// The argument that names the output.
    output: &'static str,
    /// The argument that names the input, as messages call it.
    input: &'static str,
    /// A file that it reads.
    reads: &'static str,
    command: &'static [&'static str],
}

const CASES: [Case; 13] = [
    case("--html", "--table", "in.csv", &["explain", "--table", "in.csv", "--html", "OUT"]),
    case("--exchanges", "--table", "in.csv", &["explain", "--table", "in.csv", "--exchanges", "OUT"]),
    case("--html", "CAPTURE", "in.pcap", &["explain", "in.pcap", "--html", "OUT"]),
    case("--annotate", "CAPTURE", "in.pcap", &["explain", "in.pcap", "--annotate", "OUT"]),
    case("--exchanges", "CAPTURE", "in.pcap", &["explain", "in.pcap", "--exchanges", "OUT", "-q"]),
    case("--annotate", "CAPTURE", "b.pcap", &["explain", "in.pcap", "place=b.pcap", "--annotate", "OUT"]),
    case(
        "--html",
        "--catalogue",
        "faults/own.toml",
        &["explain", "in.pcap", "--catalogue", "faults", "--html", "OUT"],
    ),
    case("--html", "CAPTURE", "in.pcap", &["trace", "in.pcap", "--html", "OUT"]),
    case("--annotate", "CAPTURE", "b.pcap", &["trace", "in.pcap", "b.pcap", "--annotate", "OUT"]),
    case("--html", "FILE", "site.toml", &["lab", "sweep", "site.toml", "--html", "OUT"]),
    case("--state", "FILE", "site.toml", &["lab", "sweep", "site.toml", "--state", "OUT"]),
    case("--out", "FILE", "site.toml", &["lab", "shrink", "site.toml", "--out", "OUT"]),
    case("--out", "FILE", "site.toml", &["lab", "shrink", "site.toml", "-o", "OUT", "-q"]),
];

const fn case(
    output: &'static str,
    input: &'static str,
    reads: &'static str,
    command: &'static [&'static str],
) -> Case {
    Case { output, input, reads, command }
}

/// What all inputs contain: a command that reads one first complains of that, and not of the output.
const CONTENT: &str = "dear diary\n";

/// Inputs, and directories that are the same through a link.
fn inputs() -> Folder {
    let folder = Folder::new();
    fs::create_dir(folder.0.join("faults")).expect("a folder");
    for name in ["in.csv", "in.pcap", "b.pcap", "site.toml", "faults/own.toml"] {
        folder.write(name, CONTENT);
    }
    fs::create_dir(folder.0.join("here")).expect("a folder");
    symlink("../in.pcap", folder.0.join("here/in.pcap")).expect("a link");
    symlink(".", folder.0.join("again")).expect("a link");
    folder
}

fn with(command: &[&str], output: &str) -> Vec<String> {
    command.iter().map(|word| if *word == "OUT" { output.to_owned() } else { (*word).to_owned() }).collect()
}

fn run(folder: &Folder, command: &[String]) -> Done {
    folder.run(&command.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Refused for being the same file as something else, with both named and with advice.
#[track_caller]
fn refused(done: &Done, named: [&str; 2], command: &[String]) {
    assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{command:?}: {}", done.err);
    assert!(done.err.contains("the same file"), "{command:?}: {}", done.err);
    for name in named {
        assert!(done.err.contains(name), "{command:?} does not name {name}: {}", done.err);
    }
    let hint = done.err.lines().nth(1).expect("a second line");
    assert!(hint.starts_with("hint: name another file"), "{command:?}: {}", done.err);
    assert!(hint.ends_with("nothing was read or written"), "{command:?}: {}", done.err);
}

#[test]
fn an_output_that_is_an_input_is_refused_under_every_name_and_the_input_is_as_it_was() {
    for case in &CASES {
        let folder = inputs();
        let absolute = folder.0.join(case.reads);
        symlink(&absolute, folder.0.join("link")).expect("a link");
        symlink("link", folder.0.join("link-to-link")).expect("a link");
        fs::hard_link(&absolute, folder.0.join("hard")).expect("a link");
        let before = folder.names();
        let names = [
            case.reads.to_owned(),
            format!("./here/../{}", case.reads),
            format!("again/{}", case.reads),
            absolute.to_str().expect("UTF-8").to_owned(),
            "link".to_owned(),
            "link-to-link".to_owned(),
            "again/link".to_owned(),
            "hard".to_owned(),
        ];
        for name in &names {
            let command = with(case.command, name);
            let done = run(&folder, &command);
            let [output, input] =
                [format!("{} {name}", case.output), format!("{} {}", case.input, case.reads)];
            refused(&done, [&output, &input], &command);
            assert_eq!(folder.read(case.reads), CONTENT, "{command:?}");
            assert_eq!(folder.names(), before, "{command:?}");
        }
    }
}

#[test]
fn an_input_that_is_named_by_a_link_is_no_output_either() {
    let folder = inputs();
    let command = with(&["explain", "here/in.pcap", "--annotate", "OUT"], "in.pcap");
    refused(&run(&folder, &command), ["--annotate in.pcap", "CAPTURE here/in.pcap"], &command);
}

#[test]
fn two_outputs_of_one_name_are_refused_and_what_was_there_is_as_it_was() {
    let pairs: [(&[&str], [&str; 2]); 6] = [
        (&["explain", "--table", "in.csv"], ["--html", "--exchanges"]),
        (&["explain", "in.pcap"], ["--annotate", "--html"]),
        (&["explain", "in.pcap"], ["--annotate", "--exchanges"]),
        (&["explain", "in.pcap"], ["--exchanges", "--html"]),
        (&["trace", "in.pcap"], ["--html", "--annotate"]),
        (&["lab", "sweep", "site.toml"], ["--html", "--state"]),
    ];
    for (command, [one, other]) in pairs {
        let folder = inputs();
        folder.write("old", "old");
        symlink("old", folder.0.join("to-old")).expect("a link");
        fs::hard_link(folder.0.join("old"), folder.0.join("hard")).expect("a link");
        // A link to a file that does not exist yet.
        symlink("again/new", folder.0.join("to-new")).expect("a link");
        let absolute = folder.0.join("new").to_str().expect("UTF-8").to_owned();
        let before = folder.names();
        let names = [
            ["new", "new"],
            ["new", "./new"],
            ["new", "again/new"],
            ["new", absolute.as_str()],
            ["new", "to-new"],
            ["again/to-new", "again/new"],
            ["old", "old"],
            ["old", "to-old"],
            ["hard", "again/old"],
            ["-", "-"],
        ];
        for [first, second] in names {
            let mut words: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
            words.extend([one, first, other, second, "-q"].map(str::to_owned));
            if [first, second] == ["-", "-"] && other == "--state" {
                continue;
            }
            let done = run(&folder, &words);
            let [one, other] = [format!("{one} {first}"), format!("{other} {second}")];
            refused(&done, [&one, &other], &words);
            assert_eq!(folder.read("old"), "old", "{words:?}");
            assert_eq!(folder.names(), before, "{words:?}");
        }
    }
}

#[test]
fn a_scenario_in_the_folder_of_its_own_run_is_not_overwritten() {
    let files =
        ["captures.pcapng", "truth.json", "timeline.jsonl", "translations.csv", "requests.csv", "story.txt"];
    for name in files {
        let folder = inputs();
        fs::create_dir(folder.0.join("run")).expect("a folder");
        let inside = format!("run/{name}");
        fs::hard_link(folder.0.join("site.toml"), folder.0.join(&inside)).expect("a link");
        symlink("run", folder.0.join("to-run")).expect("a link");
        symlink(&inside, folder.0.join("link.toml")).expect("a link");
        for (file, out) in [
            (inside.as_str(), "run"),
            ("site.toml", "run"),
            ("link.toml", "run/"),
            (inside.as_str(), "to-run"),
            ("link.toml", "again/to-run"),
        ] {
            let command = ["lab", "run", file, "--out", out].map(str::to_owned);
            let output = format!("--out {}/{name}", out.trim_end_matches('/'));
            refused(&run(&folder, &command), [&output, &format!("FILE {file}")], &command);
            assert_eq!(folder.read(&inside), CONTENT, "{command:?}");
        }
    }
}

#[test]
fn files_of_one_folder_that_are_one_file_are_refused() {
    let folder = inputs();
    fs::create_dir(folder.0.join("run")).expect("a folder");
    symlink("truth.json", folder.0.join("run/story.txt")).expect("a link");
    let command = ["lab", "run", "site.toml", "--out", "run"].map(str::to_owned);
    refused(&run(&folder, &command), ["--out run/story.txt", "--out run/truth.json"], &command);
}

#[test]
fn standard_input_is_an_input_like_any_other() {
    let folder = inputs();
    for command in [
        "explain - --html in.pcap",
        "explain --table - --exchanges again/in.pcap",
        "trace - --html again/in.pcap -q",
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        let done = folder.run_in_shell("exec <in.pcap; exec", &words);
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{command}: {}", done.err);
        assert!(done.err.contains("in.pcap would overwrite "), "{command}: {}", done.err);
        assert_eq!(folder.read("in.pcap"), CONTENT, "{command}");
    }
}

#[test]
fn what_is_printed_does_not_go_into_an_input() {
    let folder = inputs();
    for (file, command) in [
        ("in.pcap", "explain in.pcap"),
        ("in.csv", "explain --table in.csv --json"),
        ("faults/own.toml", "explain in.pcap --catalogue faults"),
        ("b.pcap", "trace in.pcap b.pcap"),
        ("site.toml", "lab run site.toml"),
        ("site.toml", "lab sweep site.toml"),
        ("site.toml", "lab shrink site.toml"),
        ("site.toml", "lab check site.toml"),
        ("faults/own.toml", "catalogue --catalogue faults"),
        ("faults/own.toml", "catalogue check faults"),
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        let done = folder.run_in_shell(&format!("exec >>{file}; exec"), &words);
        assert_eq!(done.code, Some(2), "{command}: {}", done.err);
        assert!(done.err.contains("standard output would overwrite "), "{command}: {}", done.err);
        assert!(done.err.contains("\nhint: send standard output to another file"), "{command}: {}", done.err);
        assert_eq!(folder.read(file), CONTENT, "{command}");
    }
}

#[test]
fn an_output_does_not_go_where_the_report_is_printed_or_warnings_are_written() {
    let folder = inputs();
    folder.write("rows.csv", rows());
    // Tests read the output through a pipe.
    let cases = [
        ("exec >out; exec", "explain --table in.csv --html out", "--html out"),
        ("exec >out; exec", "explain --table in.csv --html -", "--html -"),
        ("exec", "explain --table in.csv --exchanges -", "--exchanges -"),
        ("exec", "explain in.pcap --annotate /dev/stdout --json", "--annotate /dev/stdout"),
        ("exec >out; exec", "trace in.pcap --html again/out", "--html again/out"),
        ("exec >out; exec", "lab sweep site.toml --html out --json", "--html out"),
        ("exec >out; exec", "lab sweep site.toml --state out", "--state out"),
    ];
    for (line, command, output) in cases {
        let words: Vec<&str> = command.split(' ').collect();
        let done = folder.run_in_shell(line, &words);
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{command}: {}", done.err);
        assert!(done.err.contains(&format!("{output} are the same file")), "{command}: {}", done.err);
        assert!(done.err.contains("standard output and "), "{command}: {}", done.err);
        assert!(done.err.contains("or print nothing else with -q"), "{command}: {}", done.err);
    }
    let words = ["explain", "--table", "in.csv", "--html", "log"];
    assert_eq!(folder.run_in_shell("exec 2>log; exec", &words).code, Some(2));
    let log = folder.read("log");
    assert!(log.starts_with("unanswered: standard error and --html log are the same file\n"), "{log}");
}

#[test]
fn one_capture_may_be_read_twice_and_devices_may_be_written_twice() {
    let folder = inputs();
    folder.write("rows.csv", rows());
    let table = ["explain", "--table", "rows.csv", "--outcome", "result", "--failed", "timeout"];
    let outputs = ["--html", "/dev/null", "--exchanges", "/dev/null"];
    let done = folder.run(&[&table[..], &outputs].concat());
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    let twice = folder.run(&["explain", "in.pcap", "again/in.pcap"]);
    assert!(twice.err.contains("not a capture but text"), "{}", twice.err);
}

#[test]
fn what_cannot_be_written_is_known_before_anything_is_read() {
    for case in &CASES {
        let folder = inputs();
        let before = folder.names();
        for (name, cause, hint) in [
            ("here", "it is a directory", "name a file in it"),
            ("no/such/file", "No such file or directory", "there is no directory no/such; make it first"),
            ("new/", "it is a directory", "name a file in it"),
            ("in.csv/file", "Not a directory", ""),
        ] {
            let command = with(case.command, name);
            let done = run(&folder, &command);
            assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{command:?}: {}", done.err);
            assert!(
                done.err.starts_with(&format!("unanswered: cannot write {name}: {cause}")),
                "{}",
                done.err
            );
            assert!(done.err.contains(hint), "{command:?}: {}", done.err);
            assert_eq!(folder.names(), before, "{command:?}");
        }
    }
}

#[test]
fn a_run_s_folder_cannot_be_a_file() {
    let folder = inputs();
    let done = folder.run(&["lab", "run", "site.toml", "--out", "in.csv"]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.starts_with("unanswered: cannot make the directory in.csv: "), "{}", done.err);
    assert!(done.err.contains("\nhint: --out takes the name of a directory"), "{}", done.err);
    assert_eq!(folder.read("in.csv"), CONTENT);
}

#[cfg(target_os = "linux")]
#[test]
fn a_capture_is_not_written_where_it_cannot_be_or_over_another_of_its_files() {
    let folder = Folder::new();
    folder.write("ring-00002.pcapng", "old");
    symlink("ring-00002.pcapng", folder.0.join("ring-00007.pcapng")).expect("a link");
    symlink("dangling-00001.pcapng", folder.0.join("dangling-00003.pcapng")).expect("a link");
    fs::create_dir(folder.0.join("folder")).expect("a folder");
    let before = folder.names();
    let same = "ring-00007.pcapng are the same file\nhint: name another file for -o";
    let dangling = "dangling-00003.pcapng are the same file\nhint: name another file for -o";
    for (command, words) in [
        ("capture --seconds 1 --rotate-size 1 -o ring.pcapng", same),
        ("capture --seconds 1 --rotate-size 1 -o dangling.pcapng", dangling),
        ("capture --seconds 1 -o folder", "cannot write folder: it is a directory"),
        ("capture --seconds 1 -o no/such.pcapng", "there is no directory no; make it first"),
        (
            "capture --seconds 1 --rotate-seconds 9 -o no/such.pcapng",
            "there is no directory no; make it first",
        ),
    ] {
        let done = folder.run(&command.split(' ').collect::<Vec<_>>());
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{command}: {}", done.err);
        assert!(done.err.contains(words), "{command}: {}", done.err);
        assert_eq!((folder.names(), folder.read("ring-00002.pcapng")), (before.clone(), "old".to_owned()));
    }
    // A command that cannot start has truncated nothing.
    let done = folder.run(&["capture", "--netns", "no-such-one", "-o", "ring-00002.pcapng"]);
    assert_eq!((done.code, folder.read("ring-00002.pcapng")), (Some(2), "old".to_owned()), "{}", done.err);
    let words = ["capture", "--seconds", "1", "-o", "log"];
    assert_eq!(folder.run_in_shell("exec 2>log; exec", &words).code, Some(2));
    let log = folder.read("log");
    assert!(log.starts_with("unanswered: standard error and -o log are the same file\n"), "{log}");
}
