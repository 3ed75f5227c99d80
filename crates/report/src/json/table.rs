//! How a table was understood.

use crate::{Understood, words};
use serde::Serialize;
use unanswered_table::io::{LeftOutColumn, LeftOutReason, OutcomeSummary, TimeSummary};

#[derive(Serialize)]
pub(super) struct TableView<'a> {
    format: &'a str,
    outcome: Option<OutcomeView<'a>>,
    time: Option<TimeView<'a>>,
    left_out: Vec<ColumnView<'a>>,
}

/// Which requests failed.
#[derive(Serialize)]
struct OutcomeView<'a> {
    column: &'a str,
    failed: Vec<String>,
    ok: Vec<String>,
    origin: &'static str,
    words: String,
}

/// The column of times.
#[derive(Serialize)]
struct TimeView<'a> {
    column: &'a str,
    written: &'static str,
    origin: &'static str,
    words: String,
}

/// A column that is no feature.
#[derive(Serialize)]
struct ColumnView<'a> {
    column: &'a str,
    code: &'static str,
    copy_of: Option<&'a str>,
    words: String,
}

impl<'a> TableView<'a> {
    pub(super) fn new(table: &'a Understood) -> Self {
        let outcome = |outcome: &'a OutcomeSummary| OutcomeView {
            column: &outcome.column,
            failed: outcome.failed.iter().map(ToString::to_string).collect(),
            ok: outcome.ok.iter().map(ToString::to_string).collect(),
            origin: outcome.origin.code(),
            words: words::table::failed(outcome),
        };
        let time = |time: &'a TimeSummary| TimeView {
            column: &time.column,
            written: time.written.code(),
            origin: time.origin.code(),
            words: words::table::time(time),
        };
        let left_out = |left: &'a LeftOutColumn| ColumnView {
            column: &left.column,
            code: left.reason.code(),
            copy_of: match &left.reason {
                LeftOutReason::CopyOf(other) => Some(other.as_str()),
                LeftOutReason::OnlyAnswered
                | LeftOutReason::OnlyFailed
                | LeftOutReason::OneValue
                | LeftOutReason::OwnRange
                | LeftOutReason::OutcomeFunction
                | LeftOutReason::Answer
                | LeftOutReason::Idle
                | LeftOutReason::Constant
                | LeftOutReason::Unique
                | LeftOutReason::OtherTime
                | LeftOutReason::Ignored => None,
            },
            words: words::table::reason(&left.reason),
        };
        Self {
            format: &table.format,
            outcome: table.outcome.as_ref().map(outcome),
            time: table.time.as_ref().map(time),
            left_out: table.left_out.iter().map(left_out).collect(),
        }
    }
}
