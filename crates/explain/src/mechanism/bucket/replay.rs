//! How buckets run over requests.

use crate::mechanism::history::{History, Keyed};

/// Which requests cost a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// Those that pass: a policer that drops a request does not charge it.
    Passed,
    /// All: one that is dropped takes what is left, so that whoever keeps asking stays shut out.
    All,
}

/// Runs buckets over requests; `each` is told of every request whether it is dropped.
pub(super) fn run(
    keyed: &Keyed,
    times: &[f64],
    (rate, depth): (f64, f64),
    charge: Charge,
    mut each: impl FnMut(usize, bool),
) {
    let start = times.first().copied().unwrap_or(0.0);
    let mut buckets = vec![(depth, start); keyed.count];
    for (row, (&code, &now)) in keyed.codes.iter().zip(times).enumerate() {
        let Some((tokens, last)) = buckets.get_mut(code as usize) else {
            each(row, false);
            continue;
        };
        *tokens = (*tokens + (now - *last) * rate).min(depth);
        *last = now;
        // Sums of differences of times: a token that is short by the rounding is a token.
        let dropped = *tokens < 1.0 - 1e-9;
        if !dropped || charge == Charge::All {
            *tokens = (*tokens - 1.0).max(0.0);
        }
        each(row, dropped);
    }
}

/// The same with each request's outcome known once it was predicted: a request that was answered had a token, one that was
/// dropped found no more than one. Small errors of the rate do not add up here, so that the search finds its way; what
/// a bucket is worth is never taken from this.
pub(super) fn run_corrected(
    keyed: &Keyed,
    history: &History<'_>,
    (rate, depth): (f64, f64),
    mut each: impl FnMut(usize, bool),
) {
    let start = history.times.first().copied().unwrap_or(0.0);
    let mut buckets = vec![(depth, start); keyed.count];
    for (row, (&code, &now)) in keyed.codes.iter().zip(history.times).enumerate() {
        let Some((tokens, last)) = buckets.get_mut(code as usize) else {
            each(row, false);
            continue;
        };
        *tokens = (*tokens + (now - *last) * rate).min(depth);
        *last = now;
        each(row, *tokens < 1.0 - 1e-9);
        *tokens = if history.failed[row] { tokens.min(1.0) } else { (*tokens - 1.0).max(0.0) };
    }
}
