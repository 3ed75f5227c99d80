//! Which part of the inputs was looked at, in words: a report on a part must not pass for one on the whole.

use crate::{Input, time};
use unanswered_narrow::Narrowed;
use unanswered_time::dates;
use unanswered_wire::Time;

/// `40 of them looked at (--since 2026-11-28 18:33:05 UTC, --only 'port 53')`, to follow the number of frames; `None`
/// where everything was wanted.
pub(crate) fn looked_at<'a>(
    narrowed: &Narrowed,
    inputs: impl IntoIterator<Item = &'a Input>,
) -> Option<String> {
    if narrowed.is_everything() {
        return None;
    }
    let (frames, looked_at) =
        inputs.into_iter().fold((0, 0), |(frames, looked), i| (frames + i.frames, looked + i.looked_at()));
    let share = if looked_at == frames { "all".to_owned() } else { looked_at.to_string() };
    let since = narrowed.since.map(|since| format!("--since {}", moment(since)));
    let until = narrowed.until.map(|until| format!("--until {}", moment(until)));
    let only = narrowed.only.as_ref().map(|only| format!("--only '{only}'"));
    let why: Vec<String> = since.into_iter().chain(until).chain(only).collect();
    Some(format!("{share} of them looked at ({})", why.join(", ")))
}

/// The part of a span of seconds that lies in the window.
pub(crate) fn within(narrowed: &Narrowed, (from, to): (f64, f64)) -> (f64, f64) {
    let since = narrowed.since.map_or(from, Time::seconds);
    let until = narrowed.until.map_or(to, Time::seconds);
    (from.max(since), to.min(until))
}

/// To the second where it is a whole one.
fn moment(at: Time) -> String {
    let whole = at.nanoseconds() % 1_000_000_000 == 0;
    dates::full(at.seconds()).filter(|_| whole).unwrap_or_else(|| time::precise(at))
}
