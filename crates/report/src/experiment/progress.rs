//! One line that shows where an experiment stands.

use crate::{number, text};
use unanswered_probe::{Progress, Tally};

/// Columns of the line.
const COLUMNS: usize = 80;
/// No probability is shown as 100 %, and "over" has no room here.
const CERTAIN: f64 = 0.999;
/// Of the likeliest answers, so many.
const ANSWERS: usize = 2;

/// `37/200: 20 answered, 16 silent; up to 122 63 %, up to 121 30 %; 1.2 bits left`: requests sent of those that may be, what came
/// of them, the likeliest answers, and how much is still unknown. At most 80 columns, without a line feed; where not all fits,
/// the second answer goes first.
///
/// `words` says an answer briefly: see [`brief`](super::brief).
#[must_use]
pub fn progress<A>(
    progress: &Progress<A>,
    tally: &Tally,
    budget: u32,
    words: impl Fn(&A) -> String,
) -> String {
    let refused = if tally.refused > 0 { format!(", {} refused", tally.refused) } else { String::new() };
    let head =
        format!("{}/{budget}: {} answered, {} silent{refused}", tally.sent, tally.answered, tally.silent);
    let bits = if progress.bits_left.is_finite() { progress.bits_left.max(0.0) } else { 0.0 };
    let answers: Vec<(String, String)> = progress
        .likeliest
        .iter()
        .take(ANSWERS)
        .map(|weighed| {
            (
                text::safe(&words(&weighed.answer)).into_owned(),
                number::share(weighed.probability.min(CERTAIN)),
            )
        })
        .collect();
    let all: Vec<String> = answers.iter().map(|(words, share)| format!("{words} {share}")).collect();
    for tail in [format!("{bits:.1} bits left"), format!("{bits:.1} bits")] {
        let line = [head.clone(), all.join(", "), tail].into_iter().filter(|part| !part.is_empty());
        let line = line.collect::<Vec<_>>().join("; ");
        if text::width(&line) <= COLUMNS {
            return line;
        }
    }
    // The likeliest stands there in any case, shortened if it must be.
    let (words, share) = answers.into_iter().next().unwrap_or_default();
    let around = format!("{head};   {share}; {bits:.1} bits left");
    let room = COLUMNS.saturating_sub(text::width(&around)).max(1);
    let line = format!("{head}; {} {share}; {bits:.1} bits left", text::shorten(&words, room));
    text::shorten(&line, COLUMNS).into_owned()
}
