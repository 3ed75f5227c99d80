//! Tables of very many rows: nothing is lost where columns are made compact, and what cannot be numbered is an error.

use unanswered_table::cells::{CellColumn, Cells, Compactor};
use unanswered_table::io::{LeftOutReason, TableError, TableRead, TableSpec, TableWarning, table_of};
use unanswered_table::log::Log;
use unanswered_table::{Column, MISSING, Outcome, Values};

/// Names of more different requests than are kept.
const IDS: usize = (1 << 20) + 50_000;

/// A table whose columns are made compact every so many rows, as readers of logs do it.
fn cells(names: &[&str], rows: usize, every: usize, cell: impl Fn(usize, &str) -> String) -> Cells {
    let mut columns: Vec<CellColumn> =
        names.iter().map(|name| CellColumn::named((*name).to_owned())).collect();
    let mut compactor = Compactor::default();
    for row in 0..rows {
        for (column, name) in columns.iter_mut().zip(names) {
            column.push(cell(row, name).as_bytes());
        }
        if (row + 1) % every == 0 {
            compactor.begin(&mut columns);
        }
    }
    compactor.settle(&mut columns);
    Cells { columns, rows, ..Cells::default() }
}

fn read(cells: Cells) -> TableRead {
    let log = Log { cells, format: "made".to_owned(), ..Log::default() };
    table_of(log, &TableSpec { failed: vec!["failed".to_owned()], ..TableSpec::default() }).expect("a table")
}

fn column<'t>(read: &'t TableRead, name: &str) -> &'t Column {
    read.table.columns.iter().find(|column| column.subject.name() == name).expect(name)
}

fn outcome(row: usize) -> &'static str {
    if row.is_multiple_of(7) { "failed" } else { "ok" }
}

/// Every sort of column: few names, more than 256, more than 65,536, numbers, and times that never come again.
fn mixed(row: usize, name: &str) -> String {
    let hashed = row.wrapping_mul(2_654_435_761) >> 7;
    match name {
        "zone" => ["a", "", "b"][row % 3].to_owned(),
        "client" => format!("host-{}", hashed % 1000),
        "user" => format!("user-{}", hashed % 90_000),
        "port" => (1024 + hashed % 5000).to_string(),
        "time" => format!("{}.{:06}", 1_795_000_000 + row / 10, row % 10 * 100_000),
        _ => outcome(row).to_owned(),
    }
}

#[test]
fn a_table_reads_the_same_however_often_its_columns_are_made_compact() {
    let names = ["time", "zone", "client", "user", "port", "outcome"];
    let rows = 300_000;
    let once = read(cells(&names, rows, usize::MAX, mixed));
    let often = read(cells(&names, rows, 10_007, mixed));
    assert_eq!(once.table, often.table);
    assert_eq!(once.summary, often.summary);
    for row in [0, 1, 9_999, 123_456, rows - 1] {
        let name = |column: &Column| match &column.values {
            Values::Codes { codes, labels } if codes[row] == MISSING => String::new(),
            Values::Codes { codes, labels } => labels[codes[row] as usize].clone(),
            Values::Numbers(numbers) => numbers[row].to_string(),
        };
        for column_name in ["zone", "client", "user", "port"] {
            assert_eq!(
                name(column(&often, column_name)),
                mixed(row, column_name),
                "{column_name} of row {row}"
            );
        }
        assert_eq!(
            often.table.times[row].to_string(),
            mixed(row, "time").trim_end_matches('0').trim_end_matches('.')
        );
        assert_eq!(often.table.outcomes[row].failed(), outcome(row) == "failed");
    }
}

#[test]
fn an_unreadable_time_is_said_with_its_row_however_far_down_it_is() {
    let (rows, bad) = (300_000, 290_001);
    let cell = |row: usize, name: &str| match name {
        "time" if row == bad => "soon".to_owned(),
        "time" if row == 7 => String::new(),
        _ => mixed(row, name),
    };
    let read = read(cells(&["time", "zone", "outcome"], rows, 10_007, cell));
    let said = read.summary.warnings.iter().find_map(|warning| {
        let TableWarning::NoTime { rows, row, text, .. } = warning else { return None };
        Some((*rows, *row, text.as_str()))
    });
    assert_eq!(said, Some((2, bad + 1, "soon")), "the first that is not empty, from 1");
    assert_eq!((read.summary.rows, read.table.rows()), (rows - 2, rows - 2));
}

/// Ids are addresses here: no address comes again, their networks do.
fn ids(row: usize, name: &str) -> String {
    match name {
        "request" => format!("{:08x}", row.wrapping_mul(2_654_435_761) & 0xffff_ffff),
        "address" => format!("10.{}.{}.{}", row >> 16, row >> 8 & 255, row & 255),
        "zone" => (row % 3).to_string(),
        _ => outcome(row).to_owned(),
    }
}

#[test]
fn ids_are_left_out_and_what_they_have_in_common_stays() {
    let read = read(cells(&["request", "address", "zone", "outcome"], IDS, 40_000, ids));
    let left_out: Vec<(&str, &LeftOutReason)> =
        read.summary.left_out.iter().map(|left| (left.column.as_str(), &left.reason)).collect();
    assert_eq!(left_out, [("request", &LeftOutReason::Unique), ("address", &LeftOutReason::Unique)]);
    let names: Vec<&str> = read.table.columns.iter().map(|column| column.subject.name()).collect();
    assert_eq!(names, ["zone", "address (network)"]);
    let Values::Codes { codes, labels } = &column(&read, "address (network)").values else { panic!("names") };
    assert_eq!(labels.len(), IDS.div_ceil(256));
    assert_eq!(labels[codes[IDS - 1] as usize], format!("10.16.{}.0/24", (IDS - 1) >> 8 & 255));
}

/// A name that comes five times may fail five times.
#[test]
fn names_that_come_often_enough_stay_however_many_there_are() {
    let rows = 5 * (IDS / 4);
    let name = |row: usize, name: &str| match name {
        "user" if row < IDS => format!("user {row}"),
        "user" => format!("user {}", row % 10),
        _ => outcome(row).to_owned(),
    };
    let read = read(cells(&["user", "outcome"], rows, 40_000, name));
    assert_eq!(read.summary.left_out, []);
    let Values::Codes { codes, labels } = &column(&read, "user").values else { panic!("names") };
    assert_eq!((labels.len(), labels[codes[rows - 1] as usize].as_str()), (IDS, "user 9"));
    assert_eq!(read.table.outcomes.iter().filter(|o| **o == Outcome::Unanswered).count(), rows.div_ceil(7));
}

#[test]
fn more_rows_than_can_be_numbered_are_an_error() {
    let mut made = cells(&["zone", "outcome"], 3, 10, ids);
    made.rows = u32::MAX as usize;
    let log = Log { cells: made, ..Log::default() };
    let error = table_of(log, &TableSpec::default()).unwrap_err();
    assert!(matches!(error, TableError::TooManyRows { limit: 4_294_967_294, .. }), "{error}");
}
