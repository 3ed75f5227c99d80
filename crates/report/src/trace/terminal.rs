//! The page for a terminal: ladders, side by side where two are alike and there is room, then the tables.

mod ladders;
mod tables;

use super::Trace;
use crate::paint::{self, Style};
use crate::terminal::Options;
use crate::{number, text, words};
use unanswered_table::Outcome;

/// The page as lines of text, each ended by a line feed.
#[must_use]
pub fn render(trace: &Trace, options: Options) -> String {
    let mut page = Page { out: String::new(), options };
    if let Some(list) = &trace.list {
        page.list(trace, list);
        return page.out;
    }
    let whole = !trace.asked_for || options.verbose;
    if whole {
        page.totals(trace);
        page.blank();
    }
    page.ladders(trace);
    if whole {
        page.nat(trace);
        page.hops(trace);
        page.notes(trace);
    }
    page.out
}

struct Page {
    out: String,
    options: Options,
}

impl Page {
    fn totals(&mut self, trace: &Trace) {
        let totals = &trace.totals;
        let outcomes = words::outcomes(totals);
        let mut words = format!(
            "{} at {}",
            number::count(totals.requests(), "request"),
            number::count(trace.places.len() as u64, "place")
        );
        if !outcomes.is_empty() {
            words = format!("{words}: {outcomes}");
        }
        self.paragraph(Style::Bold, 0, &words);
        if let Some(looked_at) = trace.looked_at() {
            self.paragraph(Style::Dim, 2, &looked_at);
        }
        let failed: u64 = trace.failures.iter().map(|f| f.requests).sum();
        if failed == 0 {
            return;
        }
        let width = failed.to_string().len();
        for at in &trace.failures {
            let words = format!("{:>width$} failed: {}", at.requests, at.words());
            self.hanging(Style::Plain, 2, width + 1, &words);
        }
    }

    /// Paragraphs begin with a label; lines after the first are indented by `hang` more.
    fn hanging(&mut self, style: Style, indent: usize, hang: usize, words: &str) {
        let safe = text::safe(words);
        let leading = safe.len() - safe.trim_start().len();
        let room = self.options.columns.saturating_sub(indent + hang);
        let first_room = room + hang - leading.min(hang);
        for (index, line) in wrap_first(&safe, first_room, room).iter().enumerate() {
            let indent = if index == 0 { indent + leading } else { indent + hang };
            self.put(Style::Plain, &" ".repeat(indent));
            self.line(style, line);
        }
    }

    fn paragraph(&mut self, style: Style, indent: usize, words: &str) {
        self.hanging(style, indent, 0, words);
    }

    fn heading(&mut self, words: &str) {
        self.blank();
        self.paragraph(Style::Bold, 0, words);
    }

    fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn notes(&mut self, trace: &Trace) {
        let notes = trace.sentences();
        if !notes.is_empty() {
            self.blank();
        }
        for note in notes {
            self.paragraph(Style::Yellow, 0, &format!("Note: {note}"));
        }
    }

    fn put(&mut self, style: Style, words: &str) {
        paint::put(&mut self.out, self.options.color, style, words);
    }

    /// The words and the end of the line; no blanks before it.
    fn line(&mut self, style: Style, words: &str) {
        self.put(style, words.trim_end());
        while self.out.ends_with(' ') {
            self.out.pop();
        }
        self.out.push('\n');
    }
}

/// Wrapped, with a different width for the first line.
fn wrap_first(words: &str, first: usize, others: usize) -> Vec<String> {
    let head = text::wrap(words, first);
    if head.len() <= 1 || first == others {
        return head;
    }
    let mut lines: Vec<String> = head.into_iter().take(1).collect();
    let used = lines[0].split_whitespace().count();
    let rest: Vec<&str> = words.split_whitespace().skip(used).collect();
    // A word that was cut to fit is counted wrongly: then all lines are as narrow as the others.
    if !words.trim_start().starts_with(lines[0].as_str()) || rest.is_empty() {
        return text::wrap(words, others.min(first));
    }
    lines.extend(text::wrap(&rest.join(" "), others));
    lines
}

/// The style of an outcome.
fn style_of(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Answered => Style::Green,
        Outcome::Superseded | Outcome::NoneDue | Outcome::Unknown => Style::Yellow,
        Outcome::Refused | Outcome::Error | Outcome::Late | Outcome::Rejected | Outcome::Unanswered => {
            Style::Red
        }
    }
}
