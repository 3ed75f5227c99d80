//! Logs that are longer than what is read before columns are made compact.

mod common;

use common::cells;
use std::fmt::Write as _;
use std::io::Write as _;
use unanswered_logs::{How, read};
use unanswered_table::io::TableWarning;

const ROWS: usize = 120_000;

/// Broken lines put cells into columns and take them back; a column that comes late has no cells before.
fn log() -> (String, Vec<usize>) {
    let (mut text, mut kept) = (String::new(), Vec::new());
    for row in 0..ROWS {
        let late =
            if row > ROWS / 2 && row % 5 == 0 { format!(",\"late\":{}", row % 9) } else { String::new() };
        let end = if row % 997 == 5 { "" } else { "}" };
        let _ = writeln!(
            text,
            "{{\"id\":\"request-{row:08}\",\"path\":\"/a/rather/long/path/of/a/request/{}\"{late}{end}",
            row % 40
        );
        if !end.is_empty() {
            kept.push(row);
        }
    }
    (text, kept)
}

#[test]
fn every_cell_of_a_long_log_is_in_its_row_whatever_was_taken_back() {
    let (text, kept) = log();
    let log = read(text.as_bytes(), &How::default()).unwrap();
    assert_eq!(log.cells.rows, kept.len());
    let (ids, paths, late) = (cells(&log, "id"), cells(&log, "path"), cells(&log, "late"));
    assert_eq!((ids.len(), paths.len(), late.len()), (kept.len(), kept.len(), kept.len()));
    for (place, row) in kept.iter().enumerate() {
        assert_eq!(ids[place], format!("request-{row:08}"));
        assert_eq!(paths[place], format!("/a/rather/long/path/of/a/request/{}", row % 40));
        let has = *row > ROWS / 2 && row % 5 == 0;
        assert_eq!(late[place], if has { (row % 9).to_string() } else { String::new() });
    }
}

#[test]
fn a_compressed_log_is_read_as_the_same_log_and_one_that_ends_early_as_far_as_it_goes() {
    let (text, kept) = log();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let whole = read(gzip.as_slice(), &How::default()).unwrap();
    assert_eq!(cells(&whole, "id").len(), kept.len());
    let half = read(&gzip[..gzip.len() / 2], &How::default()).unwrap();
    let ids = cells(&half, "id");
    assert!(ids.len() > kept.len() / 4 && ids.len() < kept.len(), "{} rows", ids.len());
    assert!(ids.iter().zip(&kept).all(|(id, row)| *id == format!("request-{row:08}")));
    let early = |warning: &TableWarning| matches!(warning, TableWarning::EndsEarly { .. });
    assert!(half.cells.warnings.iter().any(early), "{:?}", half.cells.warnings);
}
