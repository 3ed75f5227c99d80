//! What a format knows of its columns counts where no argument says otherwise, and is said with where it came from.

use unanswered_table::cells::{CellColumn, Cells};
use unanswered_table::io::{LeftOutReason, Origin, TableError, TableSpec, TableWarning, table_of};
use unanswered_table::log::{Hints, Log};

fn log(header: &[&str], rows: &[&[&str]], hints: Hints) -> Log {
    let mut columns: Vec<CellColumn> =
        header.iter().map(|name| CellColumn::named((*name).to_owned())).collect();
    for row in rows {
        columns.iter_mut().zip(*row).for_each(|(column, cell)| column.push(cell.as_bytes()));
    }
    let cells = Cells { columns, rows: rows.len(), ..Cells::default() };
    Log { cells, format: "a Zeek log".to_owned(), hints, written: None, ends: Vec::new() }
}

fn zeek(hints: Hints) -> Log {
    let header = ["ts", "uid", "id.orig_h", "conn_state", "resp_bytes"];
    log(
        &header,
        &[
            &["1715940300.5", "C1", "10.0.0.1", "SF", "300"],
            &["1715940301.5", "C2", "10.0.0.2", "S0", "-"],
            &["1715940302.5", "C3", "10.0.0.1", "SF", "200"],
        ],
        hints,
    )
}

fn hints() -> Hints {
    Hints {
        outcome: Some("conn_state".to_owned()),
        failed: vec!["S0".to_owned(), "REJ".to_owned()],
        time: Some("ts".to_owned()),
        answer: vec!["resp_bytes".to_owned(), "not_there".to_owned()],
        idle: vec!["uid".to_owned()],
        ..Hints::default()
    }
}

#[test]
fn a_format_s_columns_are_taken_and_said() {
    let read = table_of(zeek(hints()), &TableSpec::default()).unwrap();
    let (outcome, time) = (read.summary.outcome.unwrap(), read.summary.time.unwrap());
    assert_eq!(
        (outcome.column.as_str(), outcome.origin, time.origin),
        ("conn_state", Origin::Format, Origin::Format)
    );
    assert_eq!(read.table.outcomes.iter().filter(|o| o.failed()).count(), 1);
    let left_out: Vec<_> = read.summary.left_out.into_iter().map(|left| (left.column, left.reason)).collect();
    assert_eq!(
        left_out,
        [("uid".to_owned(), LeftOutReason::Idle), ("resp_bytes".to_owned(), LeftOutReason::Answer)]
    );
    assert_eq!(read.table.columns.len(), 1);
}

#[test]
fn arguments_win_over_the_format() {
    let spec = TableSpec {
        outcome: Some("resp_bytes".to_owned()),
        failed: vec!["200".to_owned()],
        only: vec!["uid".to_owned()],
        ..TableSpec::default()
    };
    let read = table_of(zeek(hints()), &spec).unwrap();
    assert_eq!(read.summary.outcome.map(|outcome| outcome.origin), Some(Origin::Given));
    assert!(read.table.outcomes[2].failed());
    let names: Vec<&str> = read.table.columns.iter().map(|column| column.subject.name()).collect();
    assert_eq!(names, ["uid"]);
}

#[test]
fn a_format_s_rule_under_which_all_failed_is_asked_about() {
    let all = Hints { failed: vec!["S0".to_owned(), "SF".to_owned()], ..hints() };
    assert!(matches!(table_of(zeek(all), &TableSpec::default()), Err(TableError::AllFailed { rows: 3, .. })));
}

#[test]
fn a_format_s_time_that_is_none_is_said_and_does_without() {
    let wrong = Hints { time: Some("uid".to_owned()), ..hints() };
    let read = table_of(zeek(wrong), &TableSpec::default()).unwrap();
    assert_eq!((read.table.rows(), read.summary.time), (3, None));
    assert!(
        matches!(read.summary.warnings[0], TableWarning::NoTimes { row: 1, .. }),
        "{:?}",
        read.summary.warnings
    );
}
