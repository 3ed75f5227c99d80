//! Logs of `testdata/logs`, and what of them failed by the rules of their formats.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::allow_attributes, reason = "whether dead_code fires differs between test binaries")]

use std::path::PathBuf;
use unanswered_logs::{How, open};
use unanswered_table::log::Log;

/// The path of a log.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/logs")).join(name)
}

/// The log, recognised.
pub(crate) fn log(name: &str) -> Log {
    open(&[path(name)], &How::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The cells of a column.
pub(crate) fn cells(log: &Log, name: &str) -> Vec<String> {
    let column = log.cells.columns.iter().find(|column| column.name == name);
    let column = column.unwrap_or_else(|| panic!("no column {name} among {:?}", names(log)));
    column.cells().map(|cell| String::from_utf8(cell.to_vec()).expect("UTF-8")).collect()
}

/// The names of all columns.
pub(crate) fn names(log: &Log) -> Vec<&str> {
    log.cells.columns.iter().map(|column| column.name.as_str()).collect()
}

/// Which rows failed by these words of `--failed`: values, `missing`, `5xx`, `!~ ^TEXT`.
pub(crate) fn failed(log: &Log, outcome: &str, words: &[String]) -> Vec<bool> {
    let says = |cell: &str, word: &str| match word {
        "missing" => cell.is_empty(),
        "5xx" => cell.len() == 3 && cell.starts_with('5'),
        word => match word.strip_prefix("!~ ^") {
            Some(start) => !cell.starts_with(start),
            None => cell == word,
        },
    };
    cells(log, outcome).iter().map(|cell| words.iter().any(|word| says(cell, word))).collect()
}
