//! From text to tables: what `unanswered-logs` reads and `unanswered-table` makes of it.

use std::path::PathBuf;
use unanswered_logs::{How, LogError};
use unanswered_registry::Subject;
use unanswered_table::io::{
    ColumnType, TableError, TableRead, TableSpec, TableSummary, TimeUnit, table_of, write_table,
};
use unanswered_table::{Column, MISSING, Outcome, Table, Unit, Values, Viewpoint};

#[test]
fn types_follow_from_all_cells_of_a_column() {
    let (table, summary) = read(
        "port,id,addr,len,load,flag,bad\n11,007,10.0.0.1,76,0.5,true,1\n123,008,10.0.0.2,,1e-3,false,0\n",
        &failed("bad", "1"),
    );
    assert_eq!(numbers(&table, "port"), [11.0, 123.0]);
    assert_eq!(names(&table, "id"), ["007", "008"]);
    assert_eq!(names(&table, "addr"), ["10.0.0.1", "10.0.0.2"]);
    let len = numbers(&table, "len");
    assert!((len[0] - 76.0).abs() < 1e-9 && len[1].is_nan());
    assert_eq!(numbers(&table, "load"), [0.5, 0.001]);
    assert_eq!(names(&table, "flag"), ["true", "false"]);
    assert!(
        table.column(&Subject::Column("bad".to_owned()), Viewpoint::Client).is_none(),
        "the outcome is no feature"
    );
    assert_eq!(table.outcomes, [Outcome::Unanswered, Outcome::Answered]);
    assert_eq!(summary.columns[3].missing, 1);
    assert_eq!(summary.columns[1].names, Some(2));
    assert!(summary.warnings.is_empty(), "{:?}", summary.warnings);
}

#[test]
fn given_types_win() {
    let mut spec = failed("bad", "1");
    spec.types = [("port".to_owned(), ColumnType::Name), ("id".to_owned(), ColumnType::Number)].into();
    let (table, summary) = read("port,id,bad\n11,007,1\n123,x,0\n", &spec);
    assert_eq!(names(&table, "port"), ["11", "123"]);
    assert!((numbers(&table, "id")[0] - 7.0).abs() < 1e-9 && numbers(&table, "id")[1].is_nan());
    assert!(summary.columns.iter().all(|c| c.given));
    assert_eq!(words(&summary), ["cells of id that are not numbers count as missing: 1 (first: x)"]);
}

#[test]
fn outcome_words_keep_their_meaning_where_they_are_listed() {
    let spec = TableSpec {
        outcome: Some("outcome".into()),
        failed: vec!["unanswered".into(), "late".into(), "TIMEOUT".into(), "503".into()],
        ..TableSpec::default()
    };
    let text = "outcome,a\nanswered,1\nlate,1\nrefused,1\nunknown,1\n,1\ntimeout,1\n503.0,1\nunanswered,1\n";
    use Outcome::{Answered, Late, Unanswered, Unknown};
    let expected = [Answered, Late, Answered, Unknown, Unknown, Unanswered, Unanswered, Unanswered];
    assert_eq!(read(text, &spec).0.outcomes, expected);
}

#[test]
fn rows_are_sorted_by_time_and_those_without_are_counted() {
    let mut spec = failed("bad", "1");
    spec.time = Some("t".into());
    let (table, summary) = read(
        "t,n,bad\n2026-11-23T09:00:02Z,2,0\n2026-11-23T09:00:01Z,1,1\nyesterday,9,1\n2026-11-23T10:00:01+01:00,1.5,0\n",
        &spec,
    );
    assert_eq!(table.times, [1_795_424_401.0, 1_795_424_401.0, 1_795_424_402.0]);
    assert_eq!(numbers(&table, "n"), [1.0, 1.5, 2.0]);
    assert_eq!(table.outcomes, [Outcome::Unanswered, Outcome::Answered, Outcome::Answered]);
    assert!(
        table.column(&Subject::Column("t".to_owned()), Viewpoint::Client).is_none(),
        "the time is no plain feature"
    );
    assert_eq!(summary.time.as_ref().map(|time| time.unit), Some(TimeUnit::SecondsSinceEpoch));
    assert_eq!((summary.rows, summary.skipped), (3, 1));
    assert!(words(&summary)[0].contains("row 3 has \"yesterday\""), "{:?}", summary.warnings);
}

#[test]
fn rows_without_a_unit_are_their_own() {
    let mut spec = failed("bad", "1");
    spec.time = Some("t".into());
    let (table, _) = read("t,unit:flow,bad\n4,a,0\n3,,1\n2,a,0\n1,,0\n", &spec);
    assert_eq!(table.units.len(), 4);
    assert_eq!(table.units[1], table.units[3], "the two rows of flow a, sorted by time");
    assert_ne!(table.units[0], table.units[2]);
    assert_eq!(table.unit, Unit::Flow);
}

#[test]
fn plain_numbers_are_times_in_their_own_unit() {
    let mut spec = failed("bad", "1");
    spec.time = Some("t".into());
    let (table, summary) = read("t,n,bad\n3,1,0\n1.5,2,1\n", &spec);
    assert_eq!(table.times, [1.5, 3.0]);
    assert_eq!(summary.time.as_ref().map(|time| time.unit), Some(TimeUnit::Own));
}

#[test]
fn ragged_lines_are_left_out_and_said() {
    let (table, summary) = read("a,bad\n1,0\n2\n3,1\n4,5,6\n", &failed("bad", "1"));
    assert_eq!(numbers(&table, "a"), [1.0, 3.0]);
    assert_eq!(summary.skipped, 2);
    assert_eq!(words(&summary), ["2 of 4 lines skipped: not the header's 2 fields (first: line 3 has 1)"]);
}

#[test]
fn a_missing_column_is_named_with_the_nearest_one() {
    let missing = error("port,outcome\n1,x\n", &failed("outcom", "x"));
    assert_eq!(missing.to_string(), "there is no column outcom for the outcome (did you mean outcome?)");
    assert_eq!(missing.hint().as_deref(), Some("columns: port, outcome"));
    let mut spec = failed("outcome", "x");
    spec.time = Some("when".into());
    assert_eq!(error("port,outcome\n1,x\n", &spec).to_string(), "there is no column when for the time");
    spec.time = None;
    spec.types = [("prot".to_owned(), ColumnType::Name)].into();
    assert!(error("port,outcome\n1,x\n", &spec).to_string().contains("did you mean port?"));
}

#[test]
fn a_misspelt_failed_value_is_no_silent_success() {
    let misspelt = error("a,s\n1,ok\n2,ok\n3,bad\n", &failed("s", "failed"));
    assert_eq!(misspelt.to_string(), "no row has failed in column s");
    assert_eq!(misspelt.hint().as_deref(), Some("values seen: ok (2), bad (1)"));
    assert!(matches!(
        error("a,s\n1,red\n2,blue\n", &TableSpec { outcome: Some("s".into()), ..TableSpec::default() }),
        TableError::NoFailedValue { .. }
    ));
}

#[test]
fn a_table_without_failures_is_read_with_a_warning() {
    let (_, summary) = read("a,s\n1,0\n2,0\n", &failed("s", "1"));
    assert_eq!(words(&summary), ["no row has 1 in s; values seen: 0 (2)"]);
    let (_, summary) = read("a,s\n1,answered\n2,unknown\n", &failed("s", "unanswered"));
    assert_eq!(summary.warnings.len(), 1);
    let (_, summary) = read("a,s\n1,1\n", &failed("s", "1"));
    assert_eq!(words(&summary), ["every row failed; values of s seen: 1 (1)"]);
}

#[test]
fn windows_line_ends_byte_order_marks_and_quoted_newlines_are_fine() {
    let (table, summary) = read("\u{feff}name;bad\r\n\"a\r\nb; c\";1\r\nplain;0\r\n", &failed("bad", "1"));
    assert_eq!(names(&table, "name"), ["a\nb; c", "plain"]);
    assert_eq!(summary.rows, 2);
}

#[test]
fn repeated_and_empty_column_names_are_told_apart() {
    let (table, summary) = read("x,x,,bad\n1,2,3,1\n1,2,3,0\n", &failed("bad", "1"));
    let found: Vec<&str> = table.columns.iter().map(|c| c.subject.name()).collect();
    assert_eq!(found, ["x", "x.2", "column_3"]);
    assert_eq!(words(&summary), ["two columns are called x; the later one is read as x.2"]);
}

#[test]
fn json_lines_are_flattened() {
    let text = r#"{"net":{"port":11,"tags":["a",1]},"who":"x","bad":true}

not json
{"net":{"port":123},"bad":false,"late":2.5}
"#;
    let (table, summary) = read(text, &failed("bad", "true"));
    assert_eq!(summary.format, "JSON");
    assert_eq!(numbers(&table, "net.port"), [11.0, 123.0]);
    assert_eq!(names(&table, "net.tags"), ["[\"a\",1]", ""]);
    assert_eq!(names(&table, "who"), ["x", ""]);
    assert!(numbers(&table, "late")[0].is_nan());
    assert_eq!(table.outcomes, [Outcome::Unanswered, Outcome::Answered]);
    assert_eq!(summary.skipped, 1);
    assert!(words(&summary)[0].contains("first: line 3:"), "{:?}", summary.warnings);
}

#[test]
fn names_that_are_not_utf_8_are_kept_apart_and_said() {
    let TableRead { table, summary, .. } =
        read_table(b"n,bad\n\xff,1\n\xfe,0\nok,0\n", &failed("bad", "1")).unwrap();
    let Values::Codes { codes, labels } = &table.columns[0].values else { panic!("names expected") };
    assert_eq!(codes, &[0, 1, 2]);
    assert_eq!(labels.len(), 3);
    assert!(words(&summary)[0].starts_with("names in n that are not UTF-8"));
}

#[test]
fn what_is_no_table_is_said() {
    let spec = failed("bad", "1");
    let log = |text: &str| unanswered_logs::read(text.as_bytes(), &How::default());
    assert!(matches!(log(""), Err(LogError::Empty)));
    assert!(matches!(log("\n\n"), Err(LogError::Empty)));
    assert!(matches!(error("a,bad\n", &spec), TableError::NoRows));
    assert!(matches!(error("a,bad\n1\n", &spec), TableError::NoRows));
    assert!(matches!(error("{}\n", &spec), TableError::NoSuchColumn { .. }));
    let open = |path: &str| unanswered_logs::open(&[PathBuf::from(path)], &How::default()).unwrap_err();
    let directory = open(env!("CARGO_MANIFEST_DIR"));
    assert!(directory.to_string().ends_with(": is a directory"), "{directory}");
    assert_eq!(directory.hint().as_deref(), Some("expected a log, a CSV table or JSON"));
    let missing = open("no/such/file.csv").to_string();
    assert!(missing.starts_with("no/such/file.csv: cannot be opened"), "{missing}");
}

#[test]
fn every_cut_of_a_table_gives_a_table_or_an_error() {
    let text = b"t,\"na\"\"me\",bad\n1,\"x\ny\",1\n2,\xc3\xa9,0\n";
    for end in 0..=text.len() {
        if let Some(TableRead { table, summary, .. }) = read_table(&text[..end], &failed("bad", "1")) {
            assert_eq!(table.rows(), summary.rows);
        }
    }
}

#[test]
fn what_is_written_is_read_again() {
    let table = Table {
        columns: vec![
            column("udp.srcport", Viewpoint::BeyondNat, Values::Numbers(vec![11.0, f64::NAN, 123.0, 0.1])),
            column(
                "ip.dst",
                Viewpoint::Client,
                Values::Codes {
                    codes: vec![1, 0, MISSING, 1],
                    labels: vec!["a,\"b\"\n".into(), "10.9.9.21".into()],
                },
            ),
        ],
        outcomes: vec![Outcome::Unanswered, Outcome::Answered, Outcome::Unknown, Outcome::Late],
        times: vec![1_795_416_531.041_138, 1_795_416_532.0, 1_795_416_533.5, 1_795_416_534.0],
        units: vec![7, 7, 3, 7],
        unit: Unit::NatMapping,
        ..Table::default()
    };
    let mut text = Vec::new();
    write_table(&table, &mut text).unwrap();
    let spec = TableSpec {
        outcome: Some("outcome".into()),
        failed: ["refused", "late", "rejected", "unanswered"].map(str::to_owned).into(),
        time: Some("time".into()),
        ..TableSpec::default()
    };
    let again = read_table(&text, &spec).unwrap().table;
    assert_eq!(again.outcomes, table.outcomes);
    assert_eq!(again.times, table.times);
    assert_eq!(again.units, [0, 0, 1, 0]);
    assert_eq!(again.unit, Unit::NatMapping);
    assert_eq!(again.columns.len(), 2, "units are no feature");
    let ports = numbers(&again, "udp.srcport@after NAT");
    assert!(ports[1].is_nan());
    assert_eq!(ports.into_iter().filter(|p| !p.is_nan()).collect::<Vec<f64>>(), [11.0, 123.0, 0.1]);
    assert_eq!(names(&again, "ip.dst"), ["10.9.9.21", "a,\"b\"", "", "10.9.9.21"]);
}

fn read_table(text: &[u8], spec: &TableSpec) -> Option<TableRead> {
    table_of(unanswered_logs::read(text, &How::default()).ok()?, spec).ok()
}

fn failed(column: &str, value: &str) -> TableSpec {
    TableSpec { outcome: Some(column.into()), failed: vec![value.into()], ..TableSpec::default() }
}

fn read(text: &str, spec: &TableSpec) -> (Table, TableSummary) {
    let TableRead { table, summary, .. } = read_table(text.as_bytes(), spec).expect("a table");
    (table, summary)
}

fn error(text: &str, spec: &TableSpec) -> TableError {
    table_of(unanswered_logs::read(text.as_bytes(), &How::default()).expect("a log"), spec)
        .expect_err("no table")
}

fn words(summary: &TableSummary) -> Vec<String> {
    summary.warnings.iter().map(ToString::to_string).collect()
}

fn numbers(table: &Table, name: &str) -> Vec<f64> {
    match &table.column(&Subject::Column(name.to_owned()), Viewpoint::Client).expect("the column").values {
        Values::Numbers(values) => values.clone(),
        Values::Codes { .. } => panic!("{name} has names"),
    }
}

fn names(table: &Table, name: &str) -> Vec<String> {
    match &table.column(&Subject::Column(name.to_owned()), Viewpoint::Client).expect("the column").values {
        Values::Numbers(_) => panic!("{name} has numbers"),
        Values::Codes { codes, labels } => {
            codes.iter().map(|&code| labels.get(code as usize).cloned().unwrap_or_default()).collect()
        }
    }
}

fn column(name: &str, at: Viewpoint, values: Values) -> Column {
    Column { subject: Subject::Column(name.to_owned()), at, values }
}
