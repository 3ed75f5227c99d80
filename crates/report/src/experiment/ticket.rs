//! A summary to paste into a ticket: who was asked for what and when, the result, what it rests on, what it cannot show.

use super::page::cannot_show;
use super::{Experiment, evidence, headline, reasons, units};
use crate::text;
use crate::time::{self, Clock};
use unanswered_time::Time;

/// Lines of a ticket.
const LINES: usize = 12;
/// Columns of a ticket's line.
const COLUMNS: usize = 80;

/// At most 12 lines of at most 80 columns. `when` is the time of the first request.
#[must_use]
pub fn ticket(of: &Experiment, when: Time) -> String {
    let when = time::full(when.seconds(), Clock::Epoch);
    // The time first: a long name may be cut.
    let whom = headline::whom(&of.server, of.address, of.port);
    let title = format!("{when}: {} requests to {whom}", headline::name(&of.protocol));
    let parts = [
        (2, Some(title)),
        (3, Some(format!("Result: {}", headline::answer(of)))),
        (1, headline::varied(of).map(|words| format!("Varied: {words}."))),
        (1, Some(format!("Sent: {}.", headline::sent(of)))),
        (2, evidence::sentence(of).map(|words| format!("Evidence: {words}."))),
        (1, headline::control(of).map(|words| format!("Control: {words}."))),
        (1, limits(of)),
        (1, reasons::next(of).map(|words| format!("Next: {words}."))),
    ];
    let mut lines: Vec<String> = Vec::new();
    let mut spare = LINES - parts.iter().map(|(most, _)| most).sum::<usize>().min(LINES);
    for (most, words) in parts {
        let wrapped = words.map(|words| text::wrap(&text::safe(&words), COLUMNS)).unwrap_or_default();
        // What a part does not need, those behind it may use.
        let room = most + spare;
        spare = room - wrapped.len().min(room);
        let cut = wrapped.len() > room;
        lines.extend(wrapped.into_iter().take(room));
        if let Some(last) = lines.last_mut().filter(|_| cut) {
            *last = text::shorten(&format!("{last} …"), COLUMNS).into_owned();
        }
    }
    let mut out = lines.join("\n");
    out.push('\n');
    out
}

fn limits(of: &Experiment) -> Option<String> {
    let all: Vec<String> = cannot_show(of).iter().map(|words| units::capital(words)).collect();
    (!all.is_empty()).then(|| format!("Cannot show: {}.", all.join(". ")))
}
