//! Numbers of a forecast in words.

use crate::number;
use crate::time::{self, Clock};
use unanswered_forecast::statistics::{Share, ShareInterval};
use unanswered_forecast::{Case, Fault, WaitingTimes};
use unanswered_wire::Span;

/// A length of time: `2 min 5 s`, `3 d 4 h`.
pub(super) fn length(span: Span) -> String {
    time::length(span.seconds(), Clock::Epoch)
}

/// A share in whole per cent; nothing is rounded to 0 or 100 % that is not exactly that.
pub(super) fn percent(share: f64) -> String {
    number::share(share)
}

/// A confidence interval of a share: `79 % to 92 %`.
pub(super) fn interval(ends: ShareInterval) -> String {
    format!("{} to {}", percent(ends.low), percent(ends.high))
}

/// `87 of 100`.
pub(super) fn of(share: Share) -> String {
    format!("{} of {}", share.part, share.all)
}

/// What a case is called in a table.
pub(super) fn case(case: &Case) -> &str {
    case.name.as_deref().unwrap_or("as it is")
}

/// What a fault is called: its id, with the place if there is only one and the id lacks it.
pub(super) fn fault(fault: &Fault) -> String {
    if fault.known {
        return fault.id.clone();
    }
    match (fault.places.first(), fault.places.len()) {
        (Some(place), 1) => format!("{}:{place}", fault.id),
        (_, number) => format!("{} ({number} places)", fault.id),
    }
}

/// The median of waiting times, or a note that it was not reached.
pub(super) fn median(waiting: &WaitingTimes) -> String {
    let nothing = waiting.happened().part == 0;
    match waiting.quantile(0.5) {
        Some(median) => length(median),
        None if nothing => "never".to_owned(),
        None => "not in half of them".to_owned(),
    }
}

/// The quartiles of waiting times: `1 d to 9 d`, `from 1 d on` when the upper one was not reached.
pub(super) fn quartiles(waiting: &WaitingTimes) -> String {
    match (waiting.quantile(0.25), waiting.quantile(0.75)) {
        (Some(low), Some(high)) => format!("{} to {}", length(low), length(high)),
        (Some(low), None) => format!("from {} on", length(low)),
        (None, _) => "-".to_owned(),
    }
}

/// A difference of shares in percentage points: `-41 (-52 to -30)`.
pub(super) fn points(difference: f64, ends: ShareInterval) -> String {
    let whole = |value: f64| {
        let rounded = (value * 100.0).round();
        // Adding zero turns a negative zero into zero.
        format!("{:+.0}", rounded + 0.0).replace("+0", "0")
    };
    format!("{} ({} to {})", whole(difference), whole(ends.low), whole(ends.high))
}
