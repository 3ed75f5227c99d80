//! Tables of requests. What was read is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unanswered_table::Values;
use unanswered_logs::{How, read};
use unanswered_table::io::{ColumnType, TableRead, TableSpec, TimeWriting, table_of, write_table};

fuzz_target!(|data: &[u8]| {
    let [flags, text @ ..] = data else { return };
    let mut spec = TableSpec { outcome: Some("o".into()), failed: vec!["1".into(), "late".into()], ..TableSpec::default() };
    if flags & 1 != 0 {
        spec.time = Some("t".into());
    }
    if flags & 2 != 0 {
        spec.types.insert("a".into(), ColumnType::Number);
    }
    let Ok(log) = read(text, &How::default()) else { return };
    let Ok(TableRead { table, summary, .. }) = table_of(log, &spec) else { return };
    assert_eq!(table.rows(), summary.rows);
    assert_eq!(table.columns.len(), summary.columns.len());
    for column in &table.columns {
        assert_eq!(column.values.len(), table.rows(), "every column has every row");
        if let Values::Codes { codes, labels } = &column.values {
            assert!(codes.iter().all(|&c| c == unanswered_table::MISSING || (c as usize) < labels.len()));
        }
    }
    assert!(table.times.is_sorted());
    let mut written = Vec::new();
    write_table(&table, &mut written).expect("a vector takes all");
    let again = TableSpec {
        outcome: Some(table_name("outcome", &table)),
        failed: ["late", "unanswered"].map(str::to_owned).into(),
        time: (!table.times.is_empty()).then(|| table_name("time", &table)),
        ..TableSpec::default()
    };
    let second = read(&written[..], &How::default()).ok().and_then(|log| table_of(log, &again).ok());
    if let Some(TableRead { table: second, summary, .. }) = second {
        assert_eq!(second.outcomes, table.outcomes, "outcomes survive");
        // Numbers that look like dates once they are written in full are dates then.
        if summary.time.is_none_or(|time| time.written == TimeWriting::Number) {
            assert_eq!(second.times, table.times, "times survive");
        }
    }
});

fn table_name(wanted: &str, table: &unanswered_table::Table) -> String {
    let mut name = wanted.to_owned();
    while table.columns.iter().any(|column| column.subject.name() == name) {
        name.push('_');
    }
    name
}
