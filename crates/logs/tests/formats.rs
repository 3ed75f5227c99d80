//! Each format in a small log with one planted cause: recognised without options, with the right rows, columns and hints.

mod common;

use common::{cells, failed, log, names, path};
use unanswered_logs::{How, open};
use unanswered_table::log::Log;

/// What is true of a log.
struct Truth {
    file: &'static str,
    format: &'static str,
    rows: usize,
    outcome: Option<&'static str>,
    time: Option<&'static str>,
    /// Columns and values: a row failed if and only if it has all of them.
    cause: &'static [(&'static str, &'static str)],
}

const fn truth(
    file: &'static str,
    format: &'static str,
    rows: usize,
    outcome: &'static str,
    time: &'static str,
    cause: &'static [(&'static str, &'static str)],
) -> Truth {
    Truth { file, format, rows, outcome: Some(outcome), time: Some(time), cause }
}

/// A format that does not know its columns.
const fn open_format(
    file: &'static str,
    format: &'static str,
    rows: usize,
    time: Option<&'static str>,
) -> Truth {
    Truth { file, format, rows, outcome: None, time, cause: &[] }
}

const WEB3: &[(&str, &str)] = &[("server", "web3")];
const WEB3_ADDRESS: &[(&str, &str)] = &[("upstream_host", "203.0.113.13:80")];
const CART: &[(&str, &str)] = &[("path", "/api/cart"), ("agent", "okhttp/4.12.0")];
const AAAA: &[(&str, &str)] = &[("id.resp_h", "192.0.2.54"), ("qtype_name", "AAAA")];
const PAY: &[(&str, &str)] = &[("label", "pay")];
const PAY_URL: &[(&str, &str)] = &[("url", "https://shop.example/pay")];
const DNS_SERVER: &[(&str, &str)] = &[("ip.dst", "192.0.2.54")];

const TRUTHS: [Truth; 40] = [
    open_format("commas.csv", "CSV", 80, None),
    open_format("semicolons.csv", "CSV (semicolons)", 80, None),
    open_format("tabs.tsv", "CSV (tabs)", 80, None),
    open_format("bars.txt", "CSV (|)", 80, None),
    open_format("aligned.txt", "columns between blanks", 80, None),
    open_format("lines.jsonl", "JSON", 80, None),
    open_format("array.json", "JSON", 80, None),
    open_format("wrapped.json", "JSON", 80, None),
    open_format("logfmt.log", "logfmt", 80, Some("ts")),
    open_format("logfmt_in_syslog.log", "logfmt (in lines of syslog)", 80, Some("syslog_time")),
    truth("common.log", "an access log (Apache, nginx)", 90, "status", "time", &[]),
    truth("combined.log", "an access log (Apache, nginx)", 91, "status", "time", CART),
    truth("virtual_hosts.log", "an access log (Apache, nginx)", 90, "status", "time", CART),
    truth("iis.log", "a W3C extended log", 80, "sc-status", "time", &[("cs-uri-stem", "/app/report.aspx")]),
    truth("haproxy_http.log", "an HAProxy log (in lines of syslog)", 50, "status", "time", WEB3),
    truth("haproxy_tcp.log", "an HAProxy log", 50, "termination_state", "time", WEB3),
    truth("envoy.log", "an Envoy access log", 50, "response_code", "start_time", WEB3_ADDRESS),
    truth("istio.log", "an Envoy access log", 50, "response_code", "start_time", WEB3_ADDRESS),
    truth("zeek_dns.log", "a Zeek log", 80, "rcode_name", "ts", AAAA),
    truth("zeek_conn.log", "a Zeek log", 80, "conn_state", "ts", &[("id.resp_p", "8443")]),
    truth("zeek_dns.json", "a Zeek log (JSON)", 80, "rcode_name", "ts", AAAA),
    truth(
        "vpc.log",
        "an AWS VPC flow log",
        50,
        "action",
        "start",
        &[("dstport", "3389"), ("srcaddr", "203.0.113.")],
    ),
    truth(
        "vpc_without_header.log",
        "an AWS VPC flow log",
        50,
        "action",
        "start",
        &[("dstport", "3389"), ("srcaddr", "203.0.113.")],
    ),
    truth(
        "gcp_firewall.json",
        "a Google Cloud flow log",
        50,
        "disposition",
        "timestamp",
        &[("connection.dest_port", "3389"), ("connection.src_ip", "203.0.113.")],
    ),
    truth(
        "azure_nsg_2.json",
        "an Azure flow log",
        50,
        "decision",
        "time",
        &[("dst_port", "3389"), ("src_ip", "203.0.113.")],
    ),
    truth(
        "azure_network.json",
        "an Azure flow log",
        50,
        "decision",
        "time",
        &[("dst_port", "3389"), ("src_ip", "203.0.113.")],
    ),
    truth(
        "azure_nsg_1.json",
        "an Azure flow log",
        50,
        "decision",
        "time",
        &[("dst_port", "3389"), ("src_ip", "203.0.113.")],
    ),
    truth(
        "hubble.json",
        "flows of Cilium Hubble",
        50,
        "verdict",
        "time",
        &[("source.app", "batch"), ("destination_port", "443")],
    ),
    truth("tshark_fields.tsv", "fields of tshark", 60, "dns.response_in", "frame.time_epoch", DNS_SERVER),
    open_format("tshark.json", "packets of tshark (JSON)", 60, Some("frame.time_epoch")),
    open_format("tshark_ek.json", "packets of tshark (ek)", 60, Some("timestamp")),
    truth("jmeter.csv", "results of JMeter", 50, "success", "timeStamp", PAY),
    truth("jmeter_without_header.csv", "results of JMeter", 50, "success", "timeStamp", PAY),
    truth("k6.json", "results of k6 (JSON)", 50, "expected_response", "time", PAY_URL),
    truth("k6.csv", "results of k6 (CSV)", 50, "expected_response", "timestamp", PAY_URL),
    truth("ping.txt", "output of ping", 80, "rtt_ms", "time", &[("ttl", "")]),
    Truth {
        time: None,
        ..truth("dnsperf.txt", "queries of dnsperf", 50, "rcode", "", &[("query", "slow.")])
    },
    truth("atlas_ping.json", "results of RIPE Atlas", 90, "result.rtt", "timestamp", &[("prb_id", "300")]),
    truth("atlas_traceroute.json", "results of RIPE Atlas", 96, "result.rtt", "timestamp", &[("hop", "3")]),
    truth(
        "jaeger.json",
        "traces of Jaeger",
        60,
        "error",
        "startTime",
        &[("zone", "ap"), ("service", "payment"), ("parent.service", "front")],
    ),
];

#[test]
fn each_log_is_recognised_and_says_what_failed() {
    for truth in TRUTHS {
        let read = log(truth.file);
        let file = truth.file;
        assert_eq!(read.format, truth.format, "{file}");
        assert_eq!(read.cells.rows, truth.rows, "{file}: {:?}", read.cells.warnings);
        assert_eq!(read.hints.outcome.as_deref(), truth.outcome, "{file}");
        assert_eq!(read.hints.time.as_deref(), truth.time, "{file}");
        holds(&read, &truth);
        let columns = names(&read);
        let hinted = read.hints.answer.iter().chain(&read.hints.idle).chain(&read.hints.time);
        for name in hinted {
            assert!(columns.contains(&name.as_str()), "{file}: {name} is hinted at and not there");
        }
        assert!(
            !truth.cause.iter().any(|(name, _)| read.hints.idle.iter().any(|idle| idle == name)),
            "{file}"
        );
    }
}

#[test]
fn spans_of_opentelemetry_are_rows() {
    let read = log("otlp.json");
    assert_eq!((read.format.as_str(), read.cells.rows), ("traces in OTLP", 30));
    let status = failed(&read, "status.code", &read.hints.failed);
    let zones = cells(&read, "zone");
    assert!(status.iter().zip(&zones).all(|(failed, zone)| *failed == (zone == "ap")));
    assert!(cells(&read, "service.name").iter().all(|name| name == "payment"));
    assert!(cells(&read, "cold").iter().all(|cold| cold == "false"));
    assert!(cells(&read, "duration_ns").iter().all(|duration| duration == "5000000"));
}

/// Rows failed if and only if they have the planted values (or begin with them).
fn holds(read: &Log, truth: &Truth) {
    let Some(outcome) = truth.outcome else { return };
    let failed = failed(read, outcome, &read.hints.failed);
    assert!(
        failed.contains(&true) && failed.contains(&false),
        "{}: some failed, and some did not",
        truth.file
    );
    if truth.cause.is_empty() {
        return;
    }
    let columns: Vec<(Vec<String>, &str)> =
        truth.cause.iter().map(|(name, value)| (cells(read, name), *value)).collect();
    for (row, failed) in failed.iter().enumerate() {
        let has = columns.iter().all(|(cells, value)| {
            let part = value.ends_with('.') && cells[row].starts_with(value);
            part || cells[row] == *value
        });
        assert_eq!(*failed, has, "{}: row {row}", truth.file);
    }
}

#[test]
fn the_same_requests_are_read_from_every_kind_of_table() {
    let reference = log("commas.csv");
    for file in ["semicolons.csv", "tabs.tsv", "bars.txt"] {
        let other = log(file);
        assert_eq!(names(&other), names(&reference), "{file}");
        for name in names(&reference) {
            assert_eq!(cells(&other, name), cells(&reference, name), "{file}: {name}");
        }
    }
    let lines = log("lines.jsonl");
    for (file, prefix) in [("array.json", ""), ("wrapped.json", "_source.")] {
        let other = log(file);
        for name in names(&lines) {
            assert_eq!(cells(&other, &format!("{prefix}{name}")), cells(&lines, name), "{file}: {name}");
        }
    }
}

#[test]
fn a_pattern_makes_columns_of_free_text() {
    let pattern = r"^\S+ \S+ worker-(?P<worker>\d+): (?P<client>\S+) asked (?P<backend>\S+) for (?P<path>\S+), got (?P<status>\d+)";
    let how = How { pattern: Some(pattern.to_owned()), ..How::default() };
    let read = open(&[path("free.log")], &how).unwrap();
    assert_eq!(names(&read), ["worker", "client", "backend", "path", "status"]);
    assert_eq!(read.cells.rows, 80);
    let said: Vec<String> = read.cells.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        ["1 of 81 lines skipped: not what the pattern describes (first: line 81: worker-1: restarting)"]
    );
    let (status, backend, path) = (cells(&read, "status"), cells(&read, "backend"), cells(&read, "path"));
    assert!((0..80).all(|row| (status[row] == "504") == (backend[row] == "be-d" && path[row] == "/cart")));
}

#[test]
fn a_format_string_makes_columns_of_an_access_log() {
    let format = r#"$remote_addr $backend [$time_local] "$request" $status $body_bytes_sent $request_time "$http_user_agent""#;
    let how = How { log_format: Some(format.to_owned()), ..How::default() };
    let read = open(&[path("nginx_given.log")], &how).unwrap();
    assert_eq!(
        names(&read),
        [
            "remote_addr",
            "backend",
            "time_local",
            "method",
            "path",
            "query",
            "protocol",
            "status",
            "body_bytes_sent",
            "request_time",
            "http_user_agent"
        ]
    );
    assert_eq!(read.cells.rows, 80, "{:?}", read.cells.warnings);
    assert_eq!(cells(&read, "query")[3], r#"q=\"3\""#, "quotes inside a request do not end it");
    assert_eq!(
        (read.hints.outcome.as_deref(), read.hints.time.as_deref()),
        (Some("status"), Some("time_local"))
    );
    let apache = How {
        log_format: Some(r#"%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\""#.to_owned()),
        ..How::default()
    };
    let read = open(&[path("combined.log")], &apache).unwrap();
    let recognised = log("combined.log");
    for (given, own) in
        [("client", "client"), ("status", "status"), ("path", "path"), ("user-agent", "agent")]
    {
        assert_eq!(cells(&read, given), cells(&recognised, own));
    }
}

/// Where tshark read the packets once (without `-2`), it knows the answer to no question.
#[test]
fn a_column_without_any_value_says_nothing_about_failures() {
    let text = "frame.time_epoch\tip.src\tdns.flags.response\tdns.response_in\n1\ta\t0\t\n2\tb\t1\t\n3\ta\t\t\n4\ta\t0\t\n";
    let read = unanswered_logs::read(text.as_bytes(), &How::default()).unwrap();
    assert_eq!((read.format.as_str(), read.cells.rows), ("fields of tshark", 2));
    assert_eq!((read.hints.outcome, read.hints.failed), (None, vec![]));
}

/// The first rows of every log, with what is known of its columns.
#[test]
fn first_rows_of_each_log() {
    let mut all = String::new();
    let files = TRUTHS.iter().map(|truth| truth.file).chain(["otlp.json"]);
    for file in files {
        let read = log(file);
        let hints = &read.hints;
        all.push_str(&format!("## {file}: {}\n", read.format));
        if let Some(outcome) = &hints.outcome {
            all.push_str(&format!("failed: {outcome} {}\n", hints.failed.join(", ")));
        }
        if let Some(time) = &hints.time {
            all.push_str(&format!("time: {time}\n"));
        }
        for warning in &read.cells.warnings {
            all.push_str(&format!("warning: {warning}\n"));
        }
        for name in names(&read) {
            let role = if hints.answer.iter().any(|answer| answer == name) {
                " (answer)"
            } else if hints.idle.iter().any(|idle| idle == name) {
                " (idle)"
            } else {
                ""
            };
            let first: Vec<String> = cells(&read, name).into_iter().take(3).collect();
            all.push_str(&format!("{name}{role}: {}\n", first.join(" | ")));
        }
        all.push('\n');
    }
    insta::assert_snapshot!(all);
}
