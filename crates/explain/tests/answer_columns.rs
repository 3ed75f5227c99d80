//! Tables with a planted cause and columns that are known only from the answer: these are left out, causes stay, and the first
//! finding is the cause. Each table is made here; nothing in it is random but what a fixed sequence gives.

use std::fmt::Write as _;
use unanswered_explain::{Options, explain};
use unanswered_logs::How;
use unanswered_table::io::{TableError, TableRead, TableSpec, table_of};

/// The table that a text is.
fn read_table(text: &[u8], spec: &TableSpec) -> Result<TableRead, TableError> {
    table_of(unanswered_logs::read(text, &How::default()).expect("a log"), spec)
}

/// A fixed sequence of numbers that look random (SplitMix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    fn one<T: Copy>(&mut self, list: &[T]) -> T {
        list[place(self.below(list.len() as u64))]
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

fn place(number: u64) -> usize {
    usize::try_from(number).expect("a small number")
}

/// What a row of every table has, before its own columns.
struct Row {
    backend: u64,
    failed: bool,
    number: u64,
}

const ROWS: u64 = 1200;

/// A table whose requests to backend 2 with path 1 fail in `share` percent, and others in `noise` per thousand; `cell` makes the
/// columns after `header`.
fn table(header: &str, share: u64, noise: u64, cell: impl Fn(&Row, &mut Draw) -> String) -> String {
    let mut draw = Draw(7);
    let mut text = format!("when,backend,path,client,{header},outcome\n");
    for number in 0..ROWS {
        let (backend, path, client) = (draw.below(5), draw.below(4), draw.below(12));
        let failed = if (backend, path) == (2, 1) { draw.chance(share) } else { draw.below(1000) < noise };
        let row = Row { backend, failed, number };
        let outcome = if failed { "timeout" } else { "ok" };
        let cell = cell(&row, &mut draw);
        let _ =
            writeln!(text, "{},b{backend},/{path},10.0.0.{client},{cell},{outcome}", 1_715_940_300 + number);
    }
    text
}

fn read(text: &str) -> TableRead {
    read_table(text.as_bytes(), &TableSpec::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The columns of the first finding's clauses, sorted.
fn cause(read: &TableRead) -> Vec<String> {
    let diagnosis = explain(&read.table, &Options::default());
    let first =
        diagnosis.findings.first().map(|f| f.clauses.iter().map(|c| c.subject.name().to_owned()).collect());
    let mut names: Vec<String> = first.unwrap_or_default();
    names.sort();
    names
}

/// The columns are left out, and the cause is found behind them.
fn goes(columns: &str, share: u64, noise: u64, cell: impl Fn(&Row, &mut Draw) -> String) {
    let read = read(&table(columns, share, noise, cell));
    let left_out: Vec<&str> = read.summary.left_out.iter().map(|left| left.column.as_str()).collect();
    assert_eq!(left_out, columns.split(',').collect::<Vec<_>>(), "{:?}", read.summary.left_out);
    assert!(
        read.summary.left_out.iter().all(|left| left.reason.of_the_answer()),
        "{:?}",
        read.summary.left_out
    );
    assert_eq!(cause(&read), ["backend", "path"], "behind {columns}");
}

#[test]
fn durations_at_a_time_out_with_jitter() {
    goes("duration_ms", 90, 2, |row, draw| {
        if row.failed {
            format!("{}", 60_000 + draw.below(80))
        } else {
            format!("{}.{}", 20 + draw.below(400), draw.below(10))
        }
    });
}

#[test]
fn durations_at_one_of_several_time_outs() {
    goes("elapsed", 90, 2, |row, draw| {
        if row.failed {
            draw.one(&["5000", "10000", "15000"]).to_owned()
        } else {
            format!("{}", 20 + draw.below(400))
        }
    });
}

#[test]
fn failures_that_are_faster_than_answers() {
    goes(
        "took",
        85,
        0,
        |row, draw| if row.failed { "0".to_owned() } else { format!("{}", 3 + draw.below(90)) },
    );
}

#[test]
fn measurements_whose_name_says_nothing() {
    goes("x7", 90, 2, |row, draw| {
        if row.failed {
            format!("{}", 30_000 + draw.below(40))
        } else {
            format!("{}.{:02}", draw.below(900), draw.below(100))
        }
    });
}

/// Whole numbers that come again and again, as names do; but no name is two hundred times larger than all others.
#[test]
fn measurements_of_few_values_far_below_a_time_out() {
    goes("m", 90, 2, |row, draw| if row.failed { "60000".to_owned() } else { format!("{}", draw.below(60)) });
}

#[test]
fn no_bytes_in_an_answer_that_never_came() {
    goes(
        "bytes",
        90,
        2,
        |row, draw| if row.failed { "0".to_owned() } else { format!("{}", 200 + draw.below(40_000)) },
    );
}

#[test]
fn the_size_of_an_error_page() {
    goes(
        "bytes",
        80,
        3,
        |row, draw| if row.failed { "167".to_owned() } else { format!("{}", 100 + draw.below(9_000)) },
    );
}

#[test]
fn the_size_of_an_error_page_that_some_answers_have() {
    goes("body_bytes_sent", 80, 3, |row, draw| {
        if row.failed { "167".to_owned() } else { format!("{}", 160 + draw.below(2_000)) }
    });
}

#[test]
fn a_first_byte_that_was_not_seen() {
    goes(
        "ttfb",
        90,
        2,
        |row, draw| if row.failed { String::new() } else { format!("{}", 5 + draw.below(80)) },
    );
}

#[test]
fn a_value_that_only_answers_have_under_any_name() {
    goes("q", 90, 2, |row, draw| if row.failed { "-".to_owned() } else { format!("{}", 5 + draw.below(80)) });
}

#[test]
fn the_text_of_an_error() {
    goes("error_text", 90, 2, |row, draw| {
        if row.failed { draw.one(&["timed out", "no answer"]).to_owned() } else { String::new() }
    });
}

#[test]
fn the_class_of_an_error_that_answers_have_as_none() {
    goes(
        "reason_class",
        90,
        2,
        |row, _| if row.failed { "timeout".to_owned() } else { "success".to_owned() },
    );
}

#[test]
fn statuses_of_the_next_server() {
    goes("upstream_status", 90, 2, |row, draw| {
        if row.failed { "504".to_owned() } else { draw.one(&["200", "304", "404"]).to_owned() }
    });
}

#[test]
fn retries_until_none_was_left() {
    goes(
        "retries",
        90,
        2,
        |row, draw| if row.failed { "3".to_owned() } else { format!("{}", draw.below(2)) },
    );
}

#[test]
fn the_round_trip_that_there_was_none_of() {
    goes("rtt", 90, 2, |row, draw| if row.failed { String::new() } else { format!("{}.5", draw.below(80)) });
}

#[test]
fn who_closed_the_connection() {
    goes("closed_by", 90, 2, |row, draw| {
        if row.failed { "server".to_owned() } else { draw.one(&["client", "keep-alive"]).to_owned() }
    });
}

#[test]
fn flags_of_the_answer() {
    goes("response_flags", 90, 2, |row, _| if row.failed { "UT".to_owned() } else { "none".to_owned() });
}

#[test]
fn the_state_in_which_a_proxy_ended_it() {
    goes("termination_state", 90, 2, |row, draw| {
        if row.failed { "sH--".to_owned() } else { draw.one(&["----", "--NI"]).to_owned() }
    });
}

#[test]
fn a_flag_that_repeats_the_outcome() {
    goes("is_rejected", 90, 2, |row, _| if row.failed { "T".to_owned() } else { "F".to_owned() });
}

#[test]
fn packets_of_the_answer() {
    goes(
        "resp_pkts",
        90,
        2,
        |row, draw| if row.failed { "0".to_owned() } else { format!("{}", 1 + draw.below(12)) },
    );
}

#[test]
fn bytes_of_a_request_that_was_never_written() {
    goes(
        "sentBytes",
        90,
        0,
        |row, draw| {
            if row.failed { "0".to_owned() } else { format!("{}", 120 + draw.below(15)) }
        },
    );
}

/// Without noise it predicts every failure; so do backend and path together, which exist before the request.
#[test]
fn a_copy_of_the_outcome_without_a_telling_name() {
    goes(
        "zz",
        100,
        0,
        |row, draw| {
            if row.failed { "x".to_owned() } else { draw.one(&["y", "z"]).to_owned() }
        },
    );
}

#[test]
fn several_of_them_at_once() {
    goes("duration_ms,bytes,upstream_status,response_flags", 90, 2, |row, draw| {
        if row.failed {
            format!("{},167,504,UT", 60_000 + draw.below(9))
        } else {
            format!("{}.5,{},200,none", draw.below(300), 300 + draw.below(5_000))
        }
    });
}

/// A table whose cause is in the column of that name, and the cause stays and is found.
fn stays(column: &str, cell: impl Fn(u64, &mut Draw) -> (String, bool)) {
    let mut draw = Draw(11);
    let mut text = format!("when,other,size,{column},outcome\n");
    for number in 0..ROWS {
        let (cell, failed) = cell(number, &mut draw);
        let outcome = if failed { "timeout" } else { "ok" };
        let _ = writeln!(
            text,
            "{},o{},{},{cell},{outcome}",
            1_715_940_300 + number,
            draw.below(4),
            60 + draw.below(1400)
        );
    }
    let read = read(&text);
    assert!(read.summary.left_out.is_empty(), "{:?}", read.summary.left_out);
    assert_eq!(cause(&read), [column]);
}

#[test]
fn a_backend_that_always_fails_stays() {
    stays("backend", |_, draw| {
        let backend = draw.below(6);
        (format!("b{backend}"), backend == 4)
    });
}

#[test]
fn a_column_without_a_telling_name_stays_though_one_value_always_fails() {
    stays("kind_of_thing", |_, draw| {
        let kind = draw.below(5);
        (["red", "blue", "green", "black", "white"][place(kind)].to_owned(), kind == 3)
    });
}

#[test]
fn a_flag_of_the_request_that_always_fails_stays() {
    stays("dnssec_ok", |_, draw| {
        let set = draw.chance(20);
        (u8::from(set).to_string(), set)
    });
}

#[test]
fn a_source_port_that_always_fails_among_many_stays() {
    stays("src_port", |number, draw| {
        let failed = number % 20 == 3;
        (if failed { 33_434 } else { 40_000 + draw.below(20_000) }.to_string(), failed)
    });
}

#[test]
fn a_customer_that_always_fails_among_many_stays() {
    stays("customer_id", |number, draw| {
        let failed = number % 15 == 3;
        (if failed { 4711 } else { 10_000 + draw.below(80_000) }.to_string(), failed)
    });
}

#[test]
fn requests_above_a_size_stay() {
    stays("payload", |_, draw| {
        let size = draw.below(3_000);
        (size.to_string(), size >= 1_473)
    });
}

/// Failures have a narrow range of their own here, as at a time-out; but it begins where the answers' range ends.
#[test]
fn packets_just_above_a_size_stay() {
    stays("len", |number, draw| {
        let failed = number.is_multiple_of(6);
        (if failed { 1_473 + draw.below(28) } else { 76 + draw.below(1_397) }.to_string(), failed)
    });
}

#[test]
fn packets_of_the_largest_size_stay() {
    stays("bytes", |number, draw| {
        let failed = number.is_multiple_of(6);
        (if failed { 1_500 } else { 76 + draw.below(1_397) }.to_string(), failed)
    });
}

/// Failures lie in one narrow range among those of answers.
#[test]
fn a_phase_of_some_period_stays() {
    stays("phase", |number, draw| {
        let failed = number.is_multiple_of(6);
        let at = if failed {
            1_000.0 + draw.below(100) as f64 / 10.0
        } else {
            1_020.0 + draw.below(25_000) as f64 / 10.0
        };
        let at = if !failed && draw.chance(40) { at - 1_020.0 } else { at };
        let at = if !failed && (990.0..=1_015.0).contains(&at) { at + 40.0 } else { at };
        (format!("{at:.1}"), failed)
    });
}

#[test]
fn connections_that_were_idle_too_long_stay() {
    stays("idle_ms", |_, draw| {
        let idle = draw.below(100_000);
        (idle.to_string(), idle > 60_000)
    });
}

#[test]
fn an_interface_whose_packets_all_fail_stays_though_it_is_named_like_an_answer_of_old() {
    stays("version", |_, draw| {
        let version = draw.below(4);
        (format!("{version}.0"), version == 0)
    });
}

#[test]
fn a_number_of_few_values_of_which_one_always_fails_stays() {
    stays("ttl", |_, draw| {
        let ttl = draw.one(&[32, 64, 128, 255]);
        (ttl.to_string(), ttl == 32)
    });
}

#[test]
fn a_zone_whose_name_speaks_of_failing_stays() {
    stays("availability_zone", |_, draw| {
        let zone = draw.below(3);
        (["a", "b", "lost-valley"][place(zone)].to_owned(), zone == 2)
    });
}

#[test]
fn a_time_out_that_was_configured_stays() {
    stays("timeout_ms", |_, draw| {
        let timeout = draw.one(&[50, 1000, 2000, 5000]);
        (timeout.to_string(), timeout == 50)
    });
}

#[test]
fn columns_of_the_answer_that_the_cause_is_not_tied_to_stay() {
    let text = table("cache", 90, 2, |_, draw| draw.one(&["hit", "miss"]).to_owned());
    assert!(read(&text).summary.left_out.is_empty());
}

#[test]
fn arguments_win() {
    let text = table("duration_ms", 90, 2, |row, draw| {
        if row.failed { "60000".to_owned() } else { format!("{}", 20 + draw.below(400)) }
    });
    let names = |spec: &TableSpec| -> Vec<String> {
        let table = read_table(text.as_bytes(), spec).expect("a table").table;
        table.columns.iter().map(|column| column.subject.name().to_owned()).collect()
    };
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&TableSpec::default()), ["backend", "path", "client"]);
    assert_eq!(names(&TableSpec { ignore: list(&["client"]), ..TableSpec::default() }), ["backend", "path"]);
    assert_eq!(
        names(&TableSpec { only: list(&["duration_ms", "path"]), ..TableSpec::default() }),
        ["path", "duration_ms"]
    );
}

#[test]
fn columns_that_say_nothing_are_left_out_with_their_reason() {
    let text = table("site,building,host", 90, 2, |row, _| format!("here,B{},h{}", row.backend, row.number));
    let read = read(&text);
    let reasons: Vec<(&str, &str)> =
        read.summary.left_out.iter().map(|left| (left.column.as_str(), left.reason.code())).collect();
    assert_eq!(reasons, [("site", "constant"), ("building", "copy")]);
    assert_eq!(cause(&read), ["backend", "path"]);
}

/// Pauses below three seconds fail: they lie below all others, and beside pauses of days they are all alike. Nothing says that
/// they were measured when the answer came.
#[test]
fn a_pause_that_fails_is_no_column_of_the_answer() {
    let mut draw = Draw(11);
    let mut text = "when,client,pause,outcome\n".to_owned();
    for number in 0..ROWS {
        let short = draw.chance(15);
        let pause = match (short, draw.chance(30)) {
            (true, _) => draw.below(2900),
            (false, true) => 1_000_000_000,
            (false, false) => 3100 + draw.below(900_000),
        };
        let outcome = if short { "timeout" } else { "ok" };
        let (thousands, rest) = (pause / 1000, pause % 1000);
        let _ =
            writeln!(text, "{},c{},{thousands}.{rest:03},{outcome}", 1_715_940_300 + number, draw.below(12));
    }
    let read = read_table(text.as_bytes(), &TableSpec::default()).expect("a table");
    assert!(read.summary.left_out.iter().all(|left| left.column != "pause"), "{:?}", read.summary.left_out);
    let diagnosis = explain(&read.table, &Options::default());
    assert_eq!(diagnosis.findings[0].clauses[0].subject.name(), "pause");
}
