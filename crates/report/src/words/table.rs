//! How a table was understood.

use crate::text::safe;
use unanswered_table::io::{
    EpochUnit, LeftOutColumn, LeftOutReason, Origin, OutcomeSummary, RuleText, TimeSummary, TimeWriting,
};
use unanswered_time::dates::DateShape;

/// Which requests failed: `failed: status is 5xx (found; --failed says otherwise)`.
#[must_use]
pub fn failed(outcome: &OutcomeSummary) -> String {
    let column = safe(&outcome.column);
    let listed = |rules: &[RuleText]| {
        let one = |rule: &RuleText| {
            let other = rule.column.as_ref().map(|name| safe(name));
            rule_words(other.as_ref().unwrap_or(&column), &safe(&rule.rule))
        };
        rules.iter().map(one).collect::<Vec<_>>().join(" or ")
    };
    let said = match (outcome.failed.as_slice(), outcome.ok.as_slice()) {
        (failed, []) => format!("failed: {}", listed(failed)),
        ([], ok) => format!("failed: all but those where {}", listed(ok)),
        (failed, ok) => format!("failed: {}; answered: {}", listed(failed), listed(ok)),
    };
    match outcome.origin {
        Origin::Given => said,
        Origin::Format => format!("{said} (from the format; --failed says otherwise)"),
        Origin::Found => format!("{said} (found; --failed says otherwise)"),
    }
}

/// One rule, as `--failed` takes it, in words.
fn rule_words(column: &str, rule: &str) -> String {
    let (negated, plain) = rule.strip_prefix('!').map_or((false, rule), |rest| (true, rest));
    match plain.trim() {
        "missing" | "empty" | "(empty)" if negated => format!("{column} is there"),
        "missing" | "empty" | "(empty)" => format!("{column} is missing"),
        comparison if comparison.starts_with(['<', '>', '=']) && !negated => format!("{column} {comparison}"),
        pattern if pattern.starts_with('~') => {
            format!(
                "{column} {} {}",
                if negated { "does not match" } else { "matches" },
                pattern.trim_start_matches('~').trim()
            )
        }
        value => {
            format!("{column} is {}{}", if negated { "not " } else { "" }, value.trim_start_matches('='))
        }
    }
}

/// The column of times: `time: when, milliseconds since 1970 (found; --time says otherwise)`.
#[must_use]
pub fn time(time: &TimeSummary) -> String {
    let column = safe(&time.column);
    let said = format!("time: {column}, {}", writing(time.written));
    match time.origin {
        Origin::Given => said,
        Origin::Format => format!("{said} (from the format; --time says otherwise)"),
        Origin::Found => format!("{said} (found; --time says otherwise)"),
    }
}

/// How a column writes times.
#[must_use]
pub const fn writing(written: TimeWriting) -> &'static str {
    match written {
        TimeWriting::Number => "plain numbers",
        TimeWriting::Epoch(EpochUnit::Seconds) => "seconds since 1970",
        TimeWriting::Epoch(EpochUnit::Milliseconds) => "milliseconds since 1970",
        TimeWriting::Epoch(EpochUnit::Microseconds) => "microseconds since 1970",
        TimeWriting::Epoch(EpochUnit::Nanoseconds) => "nanoseconds since 1970",
        TimeWriting::Date(DateShape::YearFirst | DateShape::Compact | DateShape::MonthNamed) => "dates",
        TimeWriting::Date(DateShape::MonthFirst) => "dates with the month first",
        TimeWriting::Date(DateShape::DayFirst) => "dates with the day first",
        TimeWriting::Yearless => "dates without a year",
        TimeWriting::OfDay => "times of day without a date",
    }
}

/// The columns that are no features, in one line; with the reasons if `reasons`.
#[must_use]
pub fn left_out(columns: &[LeftOutColumn], reasons: bool) -> Option<String> {
    if columns.is_empty() {
        return None;
    }
    let (of_answer, others): (Vec<_>, Vec<_>) = columns.iter().partition(|left| left.reason.of_the_answer());
    let with_reason = |left: &&LeftOutColumn| format!("{} ({})", safe(&left.column), reason(&left.reason));
    let named = |list: &[&LeftOutColumn], why: &str| {
        let names: Vec<_> = list.iter().map(|left| safe(&left.column)).collect();
        (!names.is_empty()).then(|| format!("{} ({why})", names.join(", ")))
    };
    let parts: Vec<String> = if reasons {
        of_answer.iter().chain(&others).map(with_reason).collect()
    } else {
        [named(&of_answer, "known from the answer"), named(&others, "say nothing")]
            .into_iter()
            .flatten()
            .collect()
    };
    Some(format!("left out: {}; --only takes the columns that it names", parts.join("; ")))
}

/// Why a column is no feature.
#[must_use]
pub fn reason(reason: &LeftOutReason) -> String {
    match reason {
        LeftOutReason::OnlyAnswered => "hardly any failed request has it".to_owned(),
        LeftOutReason::OnlyFailed => "only failed requests have it".to_owned(),
        LeftOutReason::OneValue => "the same for all failed requests, different for answered ones".to_owned(),
        LeftOutReason::OwnRange => "in a range of its own for failed requests".to_owned(),
        LeftOutReason::OutcomeFunction => "each of its values goes with one outcome".to_owned(),
        LeftOutReason::Answer => "by its format, known from the answer".to_owned(),
        LeftOutReason::Idle => "by its format, not about the request".to_owned(),
        LeftOutReason::Constant => "the same for all requests".to_owned(),
        LeftOutReason::CopyOf(other) => format!("tells the same requests apart as {}", safe(other)),
        LeftOutReason::Unique => "hardly any two requests have the same".to_owned(),
        LeftOutReason::OtherTime => "another time of the request".to_owned(),
        LeftOutReason::Ignored => "ignored as asked".to_owned(),
    }
}
