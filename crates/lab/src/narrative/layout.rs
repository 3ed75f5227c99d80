//! Lines, headings and tables of the prose.

use std::fmt::Write as _;
use unanswered_report::text::{safe, shorten, width, wrap};
use unanswered_report::{Clock, time};
use unanswered_scenario::model::Scenario;
use unanswered_time::spans::elapsed;
use unanswered_wire::Time;

/// Spaces before what a chapter shows.
const INDENT: usize = 4;

/// The text being written.
#[derive(Debug)]
pub(super) struct Page {
    out: String,
    columns: usize,
}

impl Page {
    pub(super) fn new(columns: usize) -> Self {
        Self { out: String::new(), columns: columns.max(40) }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    /// Width of what is shown below a chapter.
    pub(super) fn inner_columns(&self) -> usize {
        self.columns - INDENT
    }

    /// The title.
    pub(super) fn heading(&mut self, words: &str) {
        for line in wrap(&safe(words), self.columns) {
            let _ = writeln!(self.out, "{line}");
        }
        let _ = writeln!(self.out, "{}\n", "=".repeat(self.columns.min(width(words))));
    }

    /// A chapter's heading: when, and what.
    pub(super) fn chapter(&mut self, when: &str, title: &str) {
        let words = format!("-- {when} -- {} ", safe(title));
        let rest = self.columns.saturating_sub(width(&words));
        let _ = writeln!(self.out, "\n{words}{}\n", "-".repeat(rest));
    }

    /// Prose; an empty line in it begins a paragraph.
    pub(super) fn paragraphs(&mut self, words: &str) {
        for paragraph in words.split("\n\n") {
            let joined = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
            if joined.is_empty() {
                continue;
            }
            for line in wrap(&safe(&joined), self.columns) {
                let _ = writeln!(self.out, "{line}");
            }
            self.out.push('\n');
        }
    }

    /// A sentence.
    pub(super) fn line(&mut self, words: &str) {
        for line in wrap(&safe(words), self.columns) {
            let _ = writeln!(self.out, "{line}");
        }
    }

    /// Something that happened: when, and what, with a hanging indent.
    pub(super) fn entry(&mut self, when: &str, words: &str) {
        let room = self.columns.saturating_sub(width(when) + 2).max(20);
        for (number, line) in wrap(&safe(words), room).iter().enumerate() {
            let left = if number == 0 { when.to_owned() } else { " ".repeat(width(when)) };
            let _ = writeln!(self.out, "{left}  {line}");
        }
    }

    /// Lines that are shown as they are, indented.
    pub(super) fn verbatim(&mut self, lines: &str) {
        for line in lines.lines() {
            let line = safe(line);
            let _ = writeln!(self.out, "{}", format!("{}{line}", " ".repeat(INDENT)).trim_end());
        }
        self.out.push('\n');
    }

    /// A caption above something shown.
    pub(super) fn caption(&mut self, words: &str) {
        self.line(words);
    }

    /// A table with a heading row; columns of numbers (all cells begin with a digit) are right-aligned.
    pub(super) fn table(&mut self, heading: &[&str], rows: &[Vec<String>]) {
        let columns = heading.len();
        let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = rows.iter().map(|row| width(&cell(row, column)));
                cells.chain([width(heading[column])]).max().unwrap_or(0)
            })
            .collect();
        let right: Vec<bool> = (0..columns)
            .map(|column| rows.iter().all(|row| cell(row, column).starts_with(|c: char| c.is_ascii_digit())))
            .collect();
        let head: Vec<String> = heading.iter().map(|&words| words.to_owned()).collect();
        for row in std::iter::once(&head).chain(rows) {
            let mut line = " ".repeat(INDENT);
            for column in 0..columns {
                let words = cell(row, column);
                let blanks = " ".repeat(widths[column] - width(&words));
                let (left, after) = if right[column] { (blanks.as_str(), "") } else { ("", blanks.as_str()) };
                let gap = if column == 0 { "" } else { "  " };
                let _ = write!(line, "{gap}{left}{words}{after}");
            }
            let _ = writeln!(self.out, "{}", shorten(&safe(line.trim_end()), self.columns));
        }
        self.out.push('\n');
    }
}

/// `day 14, 06:31`: days count from 0 at the start of the run.
pub(super) fn moment(scenario: &Scenario, at: Time) -> String {
    let since = at - scenario.start;
    if scenario.duration.seconds() < 172_800.0 {
        return elapsed(since);
    }
    format!(
        "day {:2}, {}",
        since.nanoseconds() / 86_400_000_000_000,
        time::of_day(at.seconds()).chars().take(5).collect::<String>()
    )
}

pub(super) fn date(at: Time) -> String {
    time::full(at.seconds(), Clock::Epoch)
}

/// A length of time: days, or what is usual for shorter ones.
pub(super) fn days(seconds: f64) -> String {
    if seconds >= 172_800.0 {
        return format!("{:.0} days", seconds / 86_400.0);
    }
    time::length(seconds, Clock::Epoch)
}

/// `1 host`, `3 hosts`.
pub(super) fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{} {what}s", grouped(number as u64)) }
}

/// A number with its thousands separated.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
