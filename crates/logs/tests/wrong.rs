//! Logs that are damaged, mixed or something else: a clear error, or a warning that counts.

mod common;

use common::{cells, log, path};
use std::io::Write as _;
use unanswered_logs::{How, LogError, open, read};
use unanswered_table::log::Log;

fn of(bytes: &[u8]) -> Result<Log, LogError> {
    read(bytes, &How::default())
}

fn warnings(log: &Log) -> Vec<String> {
    log.cells.warnings.iter().map(ToString::to_string).collect()
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).expect(name)
}

/// The log with a line put in behind its first half, and what is said of it.
fn with_line(name: &str, line: &str) -> Vec<String> {
    let text = String::from_utf8(file(name)).expect("UTF-8");
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(lines.len() / 2, line);
    let read = of((lines.join("\n") + "\n").as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(read.cells.rows, log(name).cells.rows, "{name}: the line is no row");
    let before = warnings(&log(name));
    warnings(&read).into_iter().filter(|warning| !before.contains(warning)).collect()
}

#[test]
fn a_wrong_line_of_each_format_is_counted_and_shown() {
    for (name, line, said) in [
        ("commas.csv", "a,b", "1 of 81 lines skipped: not the header's 7 fields (first: line 42 has 2)"),
        ("semicolons.csv", "x", "not the header's 7 fields"),
        ("tabs.tsv", "x\ty", "not the header's 7 fields"),
        ("bars.txt", "x", "not the header's 7 fields"),
        ("aligned.txt", "x y z", "not the header's 6 fields"),
        (
            "lines.jsonl",
            "{\"at\":",
            "1 of 81 lines skipped: not a JSON object (first: line 41: EOF while parsing a value)",
        ),
        (
            "logfmt.log",
            "panic: out of memory",
            "not a line of key=value (first: line 41: panic: out of memory)",
        ),
        ("combined.log", "198.51.100.1 - - broken", "not a line of an access log (first: line 46"),
        ("iis.log", "2024-05-17 10:06:20 192.0.2.10", "not the header's 13 fields"),
        (
            "haproxy_http.log",
            "May 17 10:06:00 lb1 haproxy[4711]: Server app/web3 is DOWN",
            "not a line of an HAProxy log",
        ),
        ("envoy.log", "[2024-05-17T10:05:00.345Z] \"GET / HTTP/2\" 200", "not a line of an Envoy log"),
        ("zeek_conn.log", "1715940300.1\tD1", "not the header's 15 fields"),
        ("zeek_dns.json", "{}}", "not a JSON object"),
        ("vpc.log", "2 123456789010 eni-0a0", "not the header's 14 fields"),
        ("gcp_firewall.json", "[1, 2", "not a JSON object"),
        (
            "hubble.json",
            "{\"lost_events\":{\"source\":1}}",
            "events that are no flows, which are no requests, were left out: 1",
        ),
        ("tshark_fields.tsv", "1\t2", "not the header's 11 fields"),
        ("tshark_ek.json", "}", "not a JSON object"),
        ("jmeter.csv", "1715940300000,5", "not the header's 17 fields"),
        ("k6.json", "x", "not a JSON object"),
        ("k6.csv", "http_reqs", "not the header's 18 fields"),
        ("ping.txt", "ping: sendmsg: Network is unreachable", "not a line of ping's output"),
        ("dnsperf.txt", "> T", "not a query of dnsperf"),
        ("otlp.json", "{\"resourceSpans\":", "not a JSON object"),
        ("istio.log", "[2024-05-17T10:05:00.345Z] \"GET / HTTP/2\" 200 -", "not a line of an Envoy log"),
        ("haproxy_tcp.log", "Proxy db started.", "not a line of an HAProxy log"),
        (
            "virtual_hosts.log",
            "AH00558: could not determine the server's name",
            "not a line of an access log",
        ),
        ("zeek_dns.log", "1715940300.1\tC1", "not the header's 16 fields"),
        ("atlas_traceroute.json", "{\"prb_id\":", "not a JSON object"),
    ] {
        let said_now = with_line(name, line);
        assert!(said_now.iter().any(|warning| warning.contains(said)), "{name}: {said_now:?}");
    }
}

#[test]
fn a_document_that_ends_early_keeps_what_came_before() {
    for (name, rows) in [("array.json", 79), ("tshark.json", 59)] {
        let text = file(name);
        let cut = of(&text[..text.len() - 30]).unwrap();
        assert_eq!(cut.cells.rows, rows, "{name}");
        let said = warnings(&cut);
        assert!(
            said.iter().any(|warning| warning.contains("cannot be read beyond line")),
            "{name}: {said:?}"
        );
    }
    // An object that holds everything is nothing without its end.
    for name in ["wrapped.json", "azure_nsg_2.json", "jaeger.json", "azure_nsg_1.json"] {
        let text = file(name);
        let said = of(&text[..text.len() - 30]).expect_err(name).to_string();
        assert!(said.starts_with("no line is a JSON object"), "{name}: {said}");
    }
}

#[test]
fn a_last_line_that_is_cut_off_is_left_out_and_said() {
    for (name, rows) in [("commas.csv", 79), ("lines.jsonl", 79), ("zeek_dns.json", 79), ("vpc.log", 49)] {
        let text = file(name);
        let cut = of(&text[..text.len() - 20]).unwrap();
        assert_eq!(cut.cells.rows, rows, "{name}");
        let said = warnings(&cut);
        assert!(
            said.iter().any(|warning| warning.ends_with("is cut off and was left out")),
            "{name}: {said:?}"
        );
    }
}

#[test]
fn what_is_no_log_is_named_with_what_to_do() {
    let cases: [(&[u8], &str, &str); 12] = [
        (b"\xd4\xc3\xb2\xa1\x02\0", "a packet capture", "without --table"),
        (b"\x0a\x0d\x0d\x0a\x1c\0", "a packet capture", "without --table"),
        (b"PAR1\x15\x04", "a Parquet file", "CSV"),
        (b"ARROW1\0\0", "an Arrow file", "CSV"),
        (b"PK\x03\x04\x14", "a zip file or a spreadsheet (xlsx)", "CSV"),
        (b"\xd0\xcf\x11\xe0\xa1", "a spreadsheet (xls)", "CSV"),
        (b"BZh91AY", "bzip2-compressed", "bzcat"),
        (b"\xfd7zXZ\0", "xz-compressed", "xzcat"),
        (b"a,b\n\x00\x01", "a binary file", "expected text"),
        (
            b"<?xml version=\"1.0\"?>\n<testResults version=\"1.2\">",
            "JMeter results as XML",
            "output_format=csv",
        ),
        (b"<?xml version=\"1.0\"?>\n<a/>", "XML", "CSV or JSON"),
        (
            b"May 17 10:05:00 h sshd[1]: Accepted key for root\nMay 17 10:05:01 h cron[2]: done\n",
            "lines of syslog with texts of no known format",
            "--pattern",
        ),
    ];
    for (bytes, what, hint) in cases {
        let error = of(bytes).expect_err(what);
        assert_eq!(error.to_string(), format!("is {what}, not a log or a table"));
        assert!(error.hint().is_some_and(|words| words.contains(hint)), "{what}");
    }
    // Without a header, the first request would become one; a date of Python's logging has a comma.
    for line in ["2024-05-17T10:05:00Z,192.0.2.1,504", "2024-05-17 10:05:00,123 INFO worker: done"] {
        let error = of(format!("{line}\n").repeat(9).as_bytes()).expect_err(line);
        assert!(matches!(error, LogError::Unknown { .. }), "{line}: {error}");
        assert!(error.hint().is_some_and(|words| words.contains("names of the columns in front")));
    }
    let prose =
        "It was a dark night.\nNobody answered, as so often, and we waited.\nNothing came of it.\n".repeat(4);
    let error = of(prose.as_bytes()).expect_err("prose");
    assert_eq!(error.to_string(), "is of no known format (its first line: It was a dark night.)");
    assert!(error.hint().is_some_and(|words| words.contains("--pattern")));
    for blank in [&b""[..], b"\n\n", b"\xef\xbb\xbf \n"] {
        assert!(matches!(of(blank), Err(LogError::Empty)));
    }
}

#[test]
fn compressed_and_encoded_logs_read_as_plain_ones() {
    let plain = log("zeek_dns.log");
    let text = file("zeek_dns.log");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&text).unwrap();
    let gzip = gzip.finish().unwrap();
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(String::from_utf8(text.clone()).unwrap().encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let zstd = ruzstd::encoding::compress_to_vec(&text[..], ruzstd::encoding::CompressionLevel::Fastest);
    for bytes in [&gzip, &utf16, &zstd] {
        let read = of(bytes).unwrap();
        assert_eq!(read.format, plain.format);
        assert_eq!(cells(&read, "query"), cells(&plain, "query"));
        assert_eq!(warnings(&read), warnings(&plain));
    }
    let cut = of(&gzip[..gzip.len() / 2]).unwrap();
    assert!(cut.cells.rows > 0 && cut.cells.rows < plain.cells.rows);
    let said = warnings(&cut);
    assert!(
        said.iter().any(|warning| warning.starts_with("the input cannot be read beyond line")),
        "{said:?}"
    );
}

#[test]
fn lines_of_syslog_are_recognised_by_what_is_inside() {
    let plain = log("combined.log");
    let text = String::from_utf8(file("combined.log")).unwrap();
    for prefix in [
        "<190>May 17 10:05:00 web1 nginx: ",
        "May 17 10:05:00 web1 nginx[12]: ",
        "<190>1 2024-05-17T10:05:00Z web1 nginx 12 - - ",
    ] {
        let wrapped: String = text.lines().map(|line| format!("{prefix}{line}\n")).collect();
        let read = of(wrapped.as_bytes()).unwrap();
        assert_eq!(read.format, format!("{} (in lines of syslog)", plain.format));
        assert_eq!(cells(&read, "agent"), cells(&plain, "agent"), "{prefix}");
        assert!(cells(&read, "syslog_program").iter().all(|program| program == "nginx"));
        assert_eq!(read.hints.time.as_deref(), Some("time"), "the log's own time is the better one");
    }
}

#[test]
fn files_of_one_format_follow_each_other_and_others_are_refused() {
    let how = How::default();
    let both = open(&[path("common.log"), path("combined.log")], &how).unwrap();
    assert_eq!(both.cells.rows, 181);
    assert_eq!(cells(&both, "agent")[89..91], ["", "okhttp/4.12.0"], "the first file has no agents");
    let other = open(&[path("common.log"), path("zeek_dns.log")], &how).unwrap_err().to_string();
    assert!(other.ends_with("is a Zeek log, but the first file is an access log (Apache, nginx)"), "{other}");
}

#[test]
fn each_file_has_its_own_header() {
    let folder = std::env::temp_dir().join(format!("unanswered-logs-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (first, second) = (folder.join("a.csv"), folder.join("b.csv"));
    std::fs::write(&first, "a,b\n1,2\n").unwrap();
    std::fs::write(&second, "b,c\n3,4\nx\n").unwrap();
    let read = open(&[first, second], &How::default()).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(
        (cells(&read, "a"), cells(&read, "b"), cells(&read, "c")),
        (
            vec!["1".to_owned(), String::new()],
            vec!["2".to_owned(), "3".to_owned()],
            vec![String::new(), "4".to_owned()]
        )
    );
    assert_eq!(
        warnings(&read),
        ["1 of 3 lines skipped: not the header's 2 fields (first: line 3 of b.csv has 1)"]
    );
}

#[test]
fn patterns_and_formats_that_cannot_be_used_say_why() {
    let pattern = |pattern: &str| {
        let how = How { pattern: Some(pattern.to_owned()), ..How::default() };
        read(&b"a\n"[..], &how).unwrap_err().to_string()
    };
    assert_eq!(pattern("(?P<a"), "the pattern cannot be used: unclosed capture group name");
    assert_eq!(pattern("a"), "the pattern cannot be used: it has no named group (?P<name>...)");
    assert_eq!(pattern("(?P<b>b)"), "no line is what the pattern describes (line 1: a)");
    let how = How { log_format: Some("$a $b".to_owned()), ..How::default() };
    let error = read(&b"x\n"[..], &how).unwrap_err().to_string();
    assert_eq!(error, "no line is a line of the format given (line 1: x)");
}

#[test]
fn a_quote_without_its_end_does_not_eat_the_rest() {
    for tail in [5, 5000] {
        let text = format!("a,b\n1,\"open\n{}", "2,x\n".repeat(tail));
        let read = of(text.as_bytes()).unwrap();
        assert_eq!(read.cells.rows, tail + 1);
        assert_eq!(cells(&read, "b")[..2], ["open", "x"]);
    }
    let inches = of(b"a,b\n1,5\" pipe\n2,x\n").unwrap();
    assert_eq!(cells(&inches, "b"), ["5\" pipe", "x"]);
}

#[test]
fn columns_without_number_are_bounded() {
    let text: String = (0..3000).map(|i| format!("{{\"k{i}\":1}}\n")).collect();
    let read = of(text.as_bytes()).unwrap();
    assert_eq!((read.cells.rows, read.cells.columns.len()), (3000, 2000));
    assert_eq!(warnings(&read), ["only the first 2000 columns were read (first left out: k2000)"]);
}
