//! The command line from outside: help, errors, exit codes, files.

mod common;

use common::{Folder, rows};

const TABLE: [&str; 8] =
    ["explain", "--table", "rows.csv", "--outcome", "result", "--failed", "timeout", "--time=when"];

fn with_rows() -> Folder {
    let folder = Folder::new();
    folder.write("rows.csv", rows());
    folder
}

fn table<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&TABLE[..], more].concat()
}

#[test]
fn help_fits_the_terminal_and_shows_examples() {
    let folder = Folder::new();
    for arguments in [
        vec!["--help"],
        vec!["explain", "--help"],
        vec!["capture", "--help"],
        vec!["probe", "--help"],
        vec!["catalogue", "--help"],
        vec!["explain", "-h"],
    ] {
        let done = folder.run(&arguments);
        assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
        for line in done.out.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        if !arguments.contains(&"-h") {
            assert!(done.out.contains("Examples:"));
        }
    }
    insta::assert_snapshot!("help", folder.run(&["--help"]).out);
    insta::assert_snapshot!("help_explain", folder.run(&["explain", "-h"]).out);
}

#[test]
fn a_table_gets_its_telltale() {
    let done = with_rows().run(&TABLE);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    let words = done.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.starts_with("Cause found:"), "{}", done.out);
    assert!(words.contains("server is a.test") && words.contains("or lower"), "{}", done.out);
    assert!(words.contains("such requests unanswered, 0 of"), "{}", done.out);
}

#[test]
fn the_exit_code_tells_only_when_asked_to() {
    let folder = with_rows();
    folder.write("fine.csv", rows().replace("timeout", "ok"));
    let fine: Vec<&str> = TABLE.iter().map(|a| if *a == "rows.csv" { "fine.csv" } else { *a }).collect();
    assert_eq!(folder.run(&TABLE).code, Some(0));
    assert_eq!(folder.run(&table(&["--exit-code"])).code, Some(1));
    assert_eq!(folder.run(&[&fine[..], &["--exit-code"]].concat()).code, Some(0));
}

#[test]
fn quiet_prints_nothing_and_still_writes_files() {
    let folder = with_rows();
    let done = folder.run(&table(&["-q", "--exit-code", "--html", "report.html", "--exchanges", "out.csv"]));
    assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (Some(1), "", ""));
    assert!(folder.read("report.html").starts_with("<!doctype html>"));
    assert_eq!(folder.read("out.csv").lines().count(), 401);
}

#[test]
fn json_is_json_and_the_same_seed_gives_the_same_answer() {
    let folder = with_rows();
    let once = folder.run(&table(&["--json"])).out;
    assert!(once.contains("\"schema\": \"unanswered.findings/1\""));
    assert!(once.contains("\"verdict\": \"findings\""));
    assert_eq!(once, folder.run(&table(&["--json"])).out);
    assert_eq!(once, folder.run_with(&table(&["--json"]), b"ignored").out);
}

#[test]
fn standard_input_is_a_table_too() {
    let folder = Folder::new();
    let arguments: Vec<&str> = TABLE.iter().map(|a| if *a == "rows.csv" { "-" } else { *a }).collect();
    let done = folder.run_with(&arguments, rows().as_bytes());
    assert!(done.out.starts_with("Cause found:"), "{}{}", done.out, done.err);
}

#[test]
fn colours_come_when_asked_for_and_never_into_a_pipe() {
    let folder = with_rows();
    assert!(!folder.run(&TABLE).out.contains('\x1b'));
    assert!(folder.run(&table(&["--color", "always"])).out.contains("\x1b[1;31m"));
    assert!(!folder.run(&table(&["--color", "never"])).out.contains('\x1b'));
}

/// Exit code 2, nothing on standard output, and the message as in the snapshot.
#[track_caller]
fn refused(folder: &Folder, name: &str, arguments: &[&str]) {
    let done = folder.run(arguments);
    assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{}", done.err);
    assert!(done.err.starts_with("unanswered: "), "{}", done.err);
    let err = done.err.replace(folder.0.to_str().expect("UTF-8"), "[folder]");
    insta::assert_snapshot!(format!("error_{name}"), err);
}

#[test]
fn bad_input_is_named_with_its_file_and_what_to_do() {
    let folder = with_rows();
    folder.write("text.pcap", "dear diary\n");
    folder.write("empty.pcap", "");
    folder.write("empty.csv", "");
    folder.write("header.csv", "when,result\n");
    folder.write("ragged.csv", "result,port\n1,2,3\n4\n");
    std::fs::create_dir(folder.0.join("folder.pcap")).unwrap();
    refused(&folder, "missing_file", &["explain", "none.pcap"]);
    refused(&folder, "one_of_two_missing", &["explain", "text.pcap", "none.pcap"]);
    refused(&folder, "directory", &["explain", "folder.pcap"]);
    refused(&folder, "text_file", &["explain", "text.pcap"]);
    refused(&folder, "empty_capture", &["explain", "empty.pcap"]);
    refused(&folder, "empty_table", &["explain", "--table", "empty.csv"]);
    refused(&folder, "header_only", &["explain", "--table", "header.csv", "--outcome", "result"]);
    refused(&folder, "ragged_table", &["explain", "--table", "ragged.csv", "--outcome", "result"]);
    refused(&folder, "missing_table", &["explain", "--table", "none.csv"]);
    refused(&folder, "no_such_column", &["explain", "--table", "rows.csv", "--outcome", "results"]);
    refused(&folder, "no_such_outcome", &["explain", "any.pcap", "--failed=unanswered,lost"]);
    refused(&folder, "never_failed", &["explain", "any.pcap", "--failed=unknown"]);
    refused(
        &folder,
        "no_such_value",
        &["explain", "--table", "rows.csv", "--outcome=result", "--failed=tiemout"],
    );
}

/// A log of a proxy, as nobody has described it: an outcome, a time, a cause, and what a time-out leaves behind.
fn access() -> String {
    let mut log = "when,client,backend,status,duration_ms,bytes\n".to_owned();
    for i in 0..400_u32 {
        let backend = i * 5 % 7 % 4;
        let answer = if backend == 3 && i % 9 != 0 {
            format!("504,{},167", 60_000 + i % 4)
        } else {
            format!("200,{}.5,{}", 20 + i * 37 % 300, 300 + i * 61 % 5_000)
        };
        log.push_str(&format!(
            "{},10.0.0.{},b{backend},{answer}\n",
            1_715_940_300_000_u64 + u64::from(i) * 500,
            i % 11
        ));
    }
    log
}

#[test]
fn a_table_that_nobody_describes_is_understood_and_says_how() {
    let folder = Folder::new();
    folder.write("access.csv", access());
    let done = folder.run(&["explain", "--table", "access.csv"]);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    insta::assert_snapshot!("table_found", done.out);
    insta::assert_snapshot!(
        "table_found_verbose",
        folder.run(&["explain", "--table", "access.csv", "-v"]).out
    );
    let json: serde_json::Value =
        serde_json::from_str(&folder.run(&["explain", "--table", "access.csv", "--json"]).out).expect("JSON");
    assert_eq!(json["table"]["outcome"]["failed"], serde_json::json!(["5xx"]));
    assert_eq!(json["table"]["time"]["written"], "epoch_ms");
    let left_out: Vec<&str> = json["table"]["left_out"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|l| l["column"].as_str())
        .collect();
    assert_eq!(left_out, ["duration_ms", "bytes"]);
    // What is said wins over what is found.
    let asked =
        folder.run(&["explain", "--table", "access.csv", "--only", "client,duration_ms", "--ok", "2xx"]);
    assert!(asked.out.contains("duration_ms"), "{}", asked.out);
    assert!(!asked.out.contains("left out:"), "{}", asked.out);
}

#[test]
fn a_table_that_cannot_be_understood_is_asked_about() {
    let folder = Folder::new();
    folder.write("access.csv", access());
    folder.write("colors.csv", "host,color\na,red\nb,blue\n");
    folder.write("all.csv", "host,result\na,timeout\nb,refused\nc,timeout\n");
    let explain = |name: &'static str, more: &[&'static str]| [&["explain", "--table", name], more].concat();
    refused(&folder, "table_which_failed", &explain("colors.csv", &[]));
    refused(&folder, "table_all_failed", &explain("all.csv", &["--failed", "~ ."]));
    refused(&folder, "table_no_times", &explain("access.csv", &["--time", "client"]));
    refused(&folder, "table_ignore", &explain("access.csv", &["--ignore", "backends"]));
    refused(&folder, "table_rule", &explain("access.csv", &["--failed", ">=many"]));
    refused(&folder, "table_pattern", &explain("access.csv", &["--failed", "~ ["]));
    refused(&folder, "table_counts", &explain("access.csv", &["--count", "client"]));
    refused(
        &folder,
        "table_both_counts",
        &explain("access.csv", &["--failed-count", "bytes", "--failed", "5xx"]),
    );
}

#[test]
fn a_name_with_a_semicolon_in_it_is_a_name() {
    let folder = Folder::new();
    folder.write("text; of.pcap", "dear diary\n");
    folder.write("empty; of.csv", "");
    folder.write("wrong; of.toml", "version = 2\n");
    refused(&folder, "semicolon_capture", &["explain", "e; f.pcap"]);
    refused(&folder, "semicolon_capture_text", &["explain", "text; of.pcap"]);
    refused(&folder, "semicolon_trace", &["trace", "e; f.pcap"]);
    refused(&folder, "semicolon_table", &["explain", "--table", "e; f.pcap"]);
    refused(&folder, "semicolon_table_empty", &["explain", "--table", "empty; of.csv"]);
    refused(&folder, "semicolon_scenario", &["lab", "check", "e; f.pcap"]);
    refused(&folder, "semicolon_scenario_wrong", &["lab", "check", "wrong; of.toml"]);
    refused(&folder, "semicolon_shrink_wrong", &["lab", "shrink", "wrong; of.toml"]);
    refused(&folder, "semicolon_where", &["trace", "e.pcap", "--where", "client; x"]);
    if cfg!(target_os = "linux") {
        refused(&folder, "semicolon_host", &["capture", "--host", "a; b", "-o", "a.pcapng"]);
        refused(&folder, "semicolon_namespace", &["capture", "--netns", "a; b", "-o", "a.pcapng"]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_that_cannot_be_had_says_what_would_be_possible() {
    let folder = Folder::new();
    let serve = |behaviour: &'static str, listen: &'static str, more: &[&'static str]| {
        [&["lab", "serve", "--behaviour", behaviour, "--listen", listen], more].concat()
    };
    refused(&folder, "serve_behaviour", &serve("ntpd-4.2", "127.0.0.1:0", &[]));
    refused(&folder, "serve_modifier", &serve("chrony,los=5%", "127.0.0.1:0", &[]));
    refused(&folder, "serve_value", &serve("chrony,loss=many", "127.0.0.1:0", &[]));
    refused(&folder, "serve_not_for", &serve("echo,unsynchronised", "127.0.0.1:0", &[]));
    refused(&folder, "serve_listen", &serve("chrony", "localhost", &[]));
    // For documentation (RFC 5737): no host has it.
    refused(&folder, "serve_address", &serve("chrony", "192.0.2.77", &[]));
    refused(&folder, "serve_answer_from", &serve("chrony", "127.0.0.1:0", &["--answer-from", "192.0.2.77"]));
    refused(&folder, "serve_for", &serve("chrony", "127.0.0.1:0", &["--for", "10"]));
    refused(&folder, "serve_nothing", &["lab", "serve"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_port_that_another_program_has_is_named_with_how_to_find_it() {
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port that the kernel chose");
    let at = taken.local_addr().expect("its address").to_string();
    let done = Folder::new().run(&["lab", "serve", "--behaviour", "chrony", "--listen", &at]);
    assert_eq!(done.code, Some(2));
    let port = at.strip_prefix("127.0.0.1:").expect("a port");
    let expected = format!(
        "unanswered: cannot listen on {at}: another program has this port\n\
         hint: \"ss -ulpn sport = :{port}\" shows which one; stop it, or choose another port: --listen ADDR:PORT\n"
    );
    assert_eq!(done.err, expected);
}

#[test]
fn the_list_of_behaviours_names_all_that_can_be_written() {
    let done = Folder::new().run(&["lab", "serve", "--list"]);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    insta::assert_snapshot!("serve_list", done.out);
}

#[test]
fn wrong_usage_says_what_would_be_right() {
    let folder = with_rows();
    refused(&folder, "nothing_to_read", &["explain"]);
    refused(&folder, "unknown_option", &["explain", "--jsno", "a.pcap"]);
    refused(&folder, "both_kinds", &["explain", "a.pcap", "--table", "rows.csv"]);
    refused(&folder, "type", &table(&["--type", "port"]));
    refused(&folder, "type_kind", &table(&["--type", "port=text"]));
    refused(&folder, "timeout", &["explain", "a.pcap", "--timeout", "quic=3"]);
    refused(&folder, "timeout_number", &["explain", "a.pcap", "--timeout", "soon"]);
    refused(&folder, "catalogue_id", &["catalogue", "nothing-like-it"]);
    refused(&folder, "shell", &["completions", "tcsh"]);
    if cfg!(target_os = "linux") {
        refused(&folder, "capture_protocol", &["capture", "--protocol", "quic", "-o", "a.pcapng"]);
        refused(&folder, "capture_host", &["capture", "--host", "192.0.2.0/33", "-o", "a.pcapng"]);
        refused(&folder, "capture_keep", &["capture", "--keep", "3", "-o", "a.pcapng"]);
        refused(&folder, "capture_rotation", &["capture", "--rotate-size", "3", "-o", "-"]);
        refused(&folder, "capture_seconds", &["capture", "--seconds", "0", "-o", "a.pcapng"]);
        refused(&folder, "capture_namespace", &["capture", "--netns", "no-such-one", "-o", "a.pcapng"]);
    }
    refused(&folder, "unwritable", &table(&["--html", "no/such/folder.html"]));
}

#[test]
fn ragged_lines_among_good_ones_are_a_warning() {
    let folder = Folder::new();
    folder.write("rows.csv", format!("{}400,a.test\n", rows()));
    let done = folder.run(&TABLE);
    assert_eq!(done.code, Some(0));
    assert!(done.err.starts_with("unanswered: warning: rows.csv: "), "{}", done.err);
    assert!(done.out.starts_with("Cause found:"));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let folder = with_rows();
    let mut child = folder
        .command(&table(&["--json", "--exit-code"]))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn the_catalogue_is_listed_shown_and_checked() {
    let folder = Folder::new();
    let list = folder.run(&["catalogue"]);
    assert_eq!(list.code, Some(0));
    assert!(list.out.lines().any(|l| l.starts_with("ntpd-lowport-lt123 ")));
    let entry = folder.run(&["catalogue", "ntpd-lowport-lt123"]).out;
    assert!(entry.contains("4.2.7p274") && entry.contains("VALIDATE_REQUEST"));
    assert_eq!(folder.run(&["catalogue", "check"]).code, Some(0));
    folder.write("broken.toml", "title = ");
    let broken = folder.run(&["catalogue", "check", "."]);
    assert_eq!(broken.code, Some(2));
    assert!(broken.err.contains("broken.toml"), "{}", broken.err);
}

#[test]
fn the_manual_page_and_the_completions_know_every_option() {
    let folder = Folder::new();
    let page = folder.run(&["man"]);
    assert_eq!(page.code, Some(0));
    assert!(page.out.starts_with(".ie") || page.out.starts_with(".TH"), "{}", page.out);
    for option in ["table", "outcome", "html", "annotate", "exit\\-code", "timeout"] {
        assert!(page.out.contains(&format!("\\-\\-{option}")), "{option}");
    }
    for section in [".SH NAME", ".SH SYNOPSIS", ".SH \"EXIT STATUS\""] {
        assert!(page.out.contains(section), "{section}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = folder.run(&["completions", shell]);
        assert_eq!(script.code, Some(0));
        assert!(script.out.contains("exit-code") && script.out.contains("annotate"), "{shell}");
    }
}
