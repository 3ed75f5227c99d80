//! The translation table and the hops.

use super::Page;
use super::ladders::counted;
use crate::paint::Style;
use crate::trace::{Direction, Hop, NatRow, Trace};
use crate::{Clock, text, time};
use unanswered_exchange::follow::Between;
use unanswered_time::spans::measured;

/// Rows of the translation table without `verbose`.
const ROWS_MAX: usize = 12;
/// Columns of one direction of a hop: sent, lost, median, 99th percentile.
const NUMBERS: [usize; 4] = [6, 7, 8, 8];
/// Minimum columns of a hop's name.
const NAME_MIN: usize = 12;

impl Page {
    pub(super) fn nat(&mut self, trace: &Trace) {
        if trace.nat.rows.is_empty() {
            return;
        }
        self.heading("Address translation, as the captures show it");
        let mut between: Option<&Between<String>> = None;
        let notable: Vec<&NatRow> = trace.nat.notable().collect();
        let most = if self.options.verbose { usize::MAX } else { ROWS_MAX };
        let all: Vec<&NatRow> =
            if self.options.verbose { trace.nat.rows.iter().collect() } else { notable.clone() };
        for row in all.iter().take(most) {
            if between != Some(&row.between) {
                between = Some(&row.between);
                let words = format!("between {} and {}:", row.between.near, row.between.far);
                self.paragraph(Style::Dim, 2, &words);
            }
            self.mapping(row);
        }
        if all.len() > most {
            self.paragraph(Style::Dim, 2, &format!("and {} more (-v)", counted(all.len() - most, "mapping")));
        }
        if !self.options.verbose {
            let and = if notable.is_empty() { "" } else { "and " };
            for words in trace.nat.plain_words() {
                self.hanging(Style::Plain, 2, 2, &format!("{and}{words}"));
            }
        }
    }

    fn mapping(&mut self, row: &NatRow) {
        let span = time::range(row.since.seconds(), row.until.seconds(), Clock::Epoch);
        let style = if row.failed > 0 { Style::Red } else { Style::Plain };
        let ends = format!("{} {} -> {}: {}", row.protocol, row.inside, row.outside, row.port_words());
        self.hanging(style, 2, 2, &ends);
        let servers = row.server_words();
        let words = format!(
            "to {}; {}; {}, {} failed",
            servers.join(", "),
            span,
            counted(usize::try_from(row.requests).unwrap_or(usize::MAX), "request"),
            row.failed
        );
        self.hanging(Style::Plain, 4, 2, &words);
    }

    pub(super) fn hops(&mut self, trace: &Trace) {
        if trace.hops.is_empty() {
            return;
        }
        self.heading("Hops: what was sent and lost, and the delay");
        if self.options.verbose || self.options.columns < 2 * width() + NAME_MIN {
            return self.hops_by_direction(trace);
        }
        let name = self.options.columns - 2 * width();
        let title = |first: &str| {
            let words = [first, "lost", "median", "99 %"];
            words.iter().zip(NUMBERS).map(|(word, width)| format!("{word:>width$}")).collect::<String>()
        };
        let header = format!("{:name$}{}{}", "", title("sent"), title("back"));
        self.line(Style::Dim, &header);
        for hop in &trace.hops {
            let label = label(&hop.near, &hop.far, name.saturating_sub(1));
            let missing = name.saturating_sub(text::width(&label));
            let words =
                format!("{label}{}{}{}", " ".repeat(missing), numbers(&hop.requests), numbers(&hop.replies));
            self.line(style(hop), &words);
        }
        if trace.hops.iter().any(|hop| hop.requests.unsure + hop.replies.unsure > 0) {
            let words = "In brackets: not seen as well, but the captures cannot tell whether it was lost.";
            self.paragraph(Style::Dim, 0, words);
        }
    }

    /// Two paragraphs per hop, with all numbers.
    fn hops_by_direction(&mut self, trace: &Trace) {
        for hop in &trace.hops {
            let doubt = if hop.order_doubtful { " (order not certain)" } else { "" };
            self.hanging(style(hop), 2, 2, &format!("{} > {}{doubt}", hop.near, hop.far));
            for (label, direction) in [("requests", hop.requests), ("replies", hop.replies)] {
                self.hanging(Style::Plain, 4, 2, &format!("{label}: {}", sentence(&direction)));
            }
        }
    }
}

/// Both names; each is cut to half the width if they do not fit, a short one leaving the rest to the other.
fn label(near: &str, far: &str, columns: usize) -> String {
    let (near, far) = (text::safe(near), text::safe(far));
    let room = columns.saturating_sub(3);
    let (a, b) = (text::width(&near), text::width(&far));
    let first = if a + b <= room { a } else { (room / 2).max(room.saturating_sub(b)).min(a) };
    let near = text::shorten_middle(&near, first);
    let far = text::shorten_middle(&far, room.saturating_sub(text::width(&near)));
    format!("{near} > {far}")
}

/// Columns of one direction.
fn width() -> usize {
    NUMBERS.iter().sum()
}

fn style(hop: &Hop) -> Style {
    if hop.requests.lost + hop.replies.lost > 0 { Style::Red } else { Style::Plain }
}

fn numbers(direction: &Direction) -> String {
    let unsure = if direction.unsure > 0 { format!("({})", direction.unsure) } else { String::new() };
    let lost =
        if direction.lost > 0 || direction.unsure == 0 { direction.lost.to_string() } else { String::new() };
    let of = |span: Option<unanswered_wire::Span>| span.map_or_else(|| "-".to_owned(), measured);
    let cells = [short(direction.sent), format!("{lost}{unsure}"), of(direction.median), of(direction.p99)];
    cells.iter().zip(NUMBERS).map(|(cell, width)| format!(" {cell:>w$}", w = width - 1)).collect()
}

/// A count in at most five characters.
fn short(count: u64) -> String {
    match count {
        ..100_000 => count.to_string(),
        100_000..10_000_000 => format!("{}k", count / 1000),
        _ => format!("{}M", count / 1_000_000),
    }
}

fn sentence(direction: &Direction) -> String {
    let mut words =
        format!("{} sent, {} arrived, {} lost", direction.sent, direction.arrived, direction.lost);
    if direction.unsure > 0 {
        words = format!("{words}, {} unsure", direction.unsure);
    }
    if let (Some(median), Some(p99)) = (direction.median, direction.p99) {
        words = format!("{words}; median {}, 99 % within {}", measured(median), measured(p99));
    }
    words
}
