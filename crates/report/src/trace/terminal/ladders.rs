//! Ladders and the list of requests.

use super::{Page, style_of};
use crate::paint::Style;
use crate::trace::lanes::{alike, lanes, rung};
use crate::trace::{Gap, Ladder, Row, Rung, Trace};
use crate::{number, text, time, words};
use unanswered_table::Step;
use unanswered_time::spans::measured;

/// Maximum columns of a name, side by side and alone.
const NAME_MAX: (usize, usize) = (20, 32);
/// Minimum columns of a cell, for two side by side.
const CELL_MIN: usize = 28;
/// Columns between cells.
const GUTTER: usize = 2;
/// Columns of the request's and of the reply's part of a cell.
const PASSAGE: usize = 13;
/// A cell of at least this width has its changes beside the times.
const WIDE: usize = 56;

/// One line of a cell.
type Piece = (Style, String);

impl Page {
    pub(super) fn ladders(&mut self, trace: &Trace) {
        let ladders = &trace.ladders;
        if ladders.is_empty() {
            let words = if trace.totals.requests() == 0 {
                "No request was found in the captures."
            } else {
                "No request matches."
            };
            return self.paragraph(Style::Plain, 0, words);
        }
        match ladders.as_slice() {
            [a, b] if alike(a, b) && self.cell(&[a, b]) >= CELL_MIN => self.draw(&[a, b]),
            all => {
                for (index, ladder) in all.iter().enumerate() {
                    if index > 0 {
                        self.blank();
                    }
                    self.draw(&[ladder]);
                }
            }
        }
        let more = trace.matching.saturating_sub(ladders.len());
        if trace.asked_for && more > 0 {
            self.blank();
            let verb = if more == 1 { "matches" } else { "match" };
            let words = format!("{} more {verb} (--count N shows more, --list all)", more);
            self.paragraph(Style::Dim, 0, &words);
        }
    }

    /// Columns of the places' names.
    fn names(&self, ladders: &[&Ladder]) -> usize {
        let most = if ladders.len() > 1 { NAME_MAX.0 } else { NAME_MAX.1.min(self.options.columns / 3) };
        let longest = lanes(ladders).into_iter().map(|name| text::width(&text::safe(name))).max();
        longest.unwrap_or(0).min(most)
    }

    /// Columns of one ladder.
    fn cell(&self, ladders: &[&Ladder]) -> usize {
        let room = self.options.columns.saturating_sub(self.names(ladders) + GUTTER);
        (room + GUTTER) / ladders.len() - GUTTER
    }

    fn draw(&mut self, ladders: &[&Ladder]) {
        let (names, cell) = (self.names(ladders), self.cell(ladders));
        if ladders.len() == 1 {
            // When alone, the header needs no column.
            for (style, line) in header(ladders[0], self.options.columns) {
                self.line(style, &line);
            }
        } else {
            let cells = ladders.iter().map(|ladder| header(ladder, cell)).collect();
            self.row(names, cell, "", cells);
        }
        for place in lanes(ladders) {
            let mut cells: Vec<Vec<Piece>> = Vec::new();
            for ladder in ladders {
                let other = ladders.iter().find(|l| l.number != ladder.number);
                let other = other.and_then(|other| rung(other, place));
                let cell = rung(ladder, place).map(|rung| pieces(rung, other, cell));
                cells.push(cell.unwrap_or_default());
            }
            self.row(names, cell, place, cells);
        }
        for ladder in ladders {
            self.below(ladder, ladders.len() > 1);
        }
    }

    /// Cells beside each other, as many lines as the longest has.
    fn row(&mut self, names: usize, cell: usize, name: &str, cells: Vec<Vec<Piece>>) {
        let lines = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
        for index in 0..lines {
            let name = if index == 0 { text::safe(name) } else { "".into() };
            let name = text::shorten_middle(&name, names);
            self.put(Style::Bold, &name);
            let mut blanks = names.saturating_sub(text::width(&name)) + GUTTER;
            for cells in &cells {
                if let Some((style, words)) = cells.get(index) {
                    self.put(Style::Plain, &" ".repeat(blanks));
                    self.put(*style, words);
                    blanks = cell.saturating_sub(text::width(words)) + GUTTER;
                } else {
                    blanks += cell + GUTTER;
                }
            }
            self.line(Style::Plain, "");
        }
    }

    /// What is said about a ladder.
    fn below(&mut self, ladder: &Ladder, numbered: bool) {
        let label = if numbered { format!("#{}: ", ladder.number) } else { String::new() };
        let mut lines = Vec::new();
        if !ladder.beside.is_empty() {
            let words = format!("a copy was flooded to {}: no delivery", ladder.beside.join(", "));
            lines.push((Style::Dim, words));
        }
        if let Some(located) = &ladder.located {
            lines.push((Style::Red, located.sentence()));
            lines.push((Style::Plain, format!("because {}", located.because)));
            if let Some(narrow) = &located.narrow {
                lines.push((Style::Plain, format!("to narrow it down: {narrow}")));
            }
        }
        if !lines.is_empty() {
            self.out.push('\n');
        }
        for (index, (style, words)) in lines.iter().enumerate() {
            let label = if index == 0 { label.as_str() } else { "" };
            let indent = if index == 0 { 0 } else { 2 };
            self.hanging(*style, indent, 2 - indent.min(2), &format!("{label}{words}"));
        }
    }

    /// One line for each request.
    pub(super) fn list(&mut self, trace: &Trace, list: &[Row]) {
        let digits = list.iter().map(|r| r.number.to_string().len()).max().unwrap_or(1);
        for row in list {
            let when = time::precise(row.time);
            let when = when.trim_end_matches(" UTC").split_once(' ').map_or(when.as_str(), |w| w.1);
            let mut words =
                format!("#{:<digits$} {when} {:<4} {} {}", row.number, row.protocol, row.client, row.outcome);
            if !row.reason.is_empty() {
                words = format!("{words}: {}", row.reason);
            }
            if let Some(last) = &row.last_seen {
                let step = row.step.map_or("step not known", Step::name);
                words = format!("{words}; {step}, last seen at {last}");
            }
            let words = text::safe(&words).into_owned();
            // One line per request: what a pipe reads is not cut.
            let style = if row.outcome.failed() { Style::Red } else { Style::Plain };
            self.line(style, &words);
        }
        let more = trace.matching.saturating_sub(list.len());
        if more > 0 {
            self.paragraph(Style::Dim, 0, &format!("{more} more"));
        }
    }
}

/// Number, outcome, time, ends and question.
fn header(ladder: &Ladder, columns: usize) -> Vec<Piece> {
    let mut outcome = format!("#{} {}", ladder.number, words::outcome(ladder.outcome));
    if let Some(after) = ladder.reply_after {
        outcome = format!("{outcome} after {}", measured(after));
    }
    if !ladder.reason.is_empty() {
        outcome = format!("{outcome}: {}", ladder.reason);
    }
    let ends = format!("{} {} -> {}", ladder.protocol, ladder.client, ladder.server);
    let mut parts = vec![(style_of(ladder.outcome), outcome)];
    parts.extend(ladder.said_no.as_ref().map(|said| (Style::Plain, words::said_no(said))));
    parts.extend([(Style::Dim, time::precise(ladder.time)), (Style::Plain, ends)]);
    if let Some(asked) = &ladder.asked {
        parts.push((Style::Plain, asked.clone()));
    }
    let wrapped = |(style, words): (Style, String)| {
        let lines = text::wrap(&text::safe(&words), columns);
        lines.into_iter().map(move |line| (style, line)).collect::<Vec<_>>()
    };
    parts.into_iter().flat_map(wrapped).collect()
}

/// One place of one ladder.
fn pieces(rung: &Rung, other: Option<&Rung>, width: usize) -> Vec<Piece> {
    let request = rung.request.map_or_else(String::new, |passage| {
        let times =
            if passage.transmissions > 1 { format!(" x{}", passage.transmissions) } else { String::new() };
        format!("\u{2193} {}{times}", measured(passage.after))
    });
    let lost = format!("\u{d7} {}", Gap::Reply.words());
    // If the cell has no room for it beside the request, it goes below.
    let lost = Some(lost).filter(|l| rung.gap == Some(Gap::Reply) && PASSAGE + text::width(l) <= width);
    let reply = match rung.reply {
        Some(passage) => format!("\u{2191} {}", measured(passage.after)),
        None => lost.clone().unwrap_or_default(),
    };
    let times = format!("{} {}", padded(&request, PASSAGE - 1), padded(&reply, PASSAGE));
    let mut lines: Vec<Piece> = Vec::new();
    let seen = rung.request.is_some() || rung.reply.is_some();
    let changes = &rung.changes;
    // What the other ladder shows as well does not make the difference.
    let differs = |change: &String| other.is_some_and(|o| o.request.is_some() && !o.changes.contains(change));
    if seen && lost.is_none() && width >= WIDE && !changes.is_empty() {
        let room = width - 2 * PASSAGE;
        for (index, line) in flow(changes, room).iter().enumerate() {
            let start = if index == 0 { times.clone() } else { " ".repeat(2 * PASSAGE) };
            lines.push((Style::Plain, format!("{start}{line}")));
        }
    } else if seen {
        let style_of_times = if lost.is_some() { Style::Red } else { Style::Plain };
        lines.push((style_of_times, times.trim_end().to_owned()));
        for change in changes {
            let style = if differs(change) { Style::Cyan } else { Style::Plain };
            let wrapped = text::wrap(&text::safe(change), width - 2);
            lines.extend(wrapped.into_iter().map(|line| (style, format!("  {line}"))));
        }
    }
    for sign in &rung.new_signs {
        let wrapped = text::wrap(words::sign(*sign), width - 2);
        lines.extend(wrapped.into_iter().map(|line| (Style::Dim, format!("  {line}"))));
    }
    if let Some(gap) = rung.gap.filter(|_| lost.is_none()) {
        lines.push((Style::Red, format!("\u{d7} {}", gap.words())));
    }
    lines
}

/// Changes one after the other, broken between two of them where that is possible.
fn flow(changes: &[String], room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for change in changes {
        let change = text::safe(change);
        match lines.last_mut() {
            Some(line) if text::width(line) + 2 + text::width(&change) <= room => {
                line.push_str("; ");
                line.push_str(&change);
            }
            _ => lines.extend(text::wrap(&change, room)),
        }
    }
    lines
}

fn padded(words: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(text::width(words));
    format!("{words}{}", " ".repeat(missing))
}

/// How many of something, for headings of other sections.
pub(super) fn counted(count: usize, noun: &str) -> String {
    number::count(count as u64, noun)
}
