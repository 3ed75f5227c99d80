//! One self-contained page: the ladders as pictures, then the tables. Same look as the page of `explain`.

use super::{Direction, Ladder, NatRow, Trace, picture};
use crate::page::{POLICY, STYLE};
use crate::plot::escape;
use crate::{Clock, number, time, words};
use std::fmt::Write as _;
use unanswered_exchange::follow::Between;
use unanswered_time::spans::measured;
use unanswered_wire::Span;

/// Maximum number of table rows for translations that kept their port; the rest are only counted.
const PLAIN_MAX: usize = 200;

/// The page.
#[must_use]
pub fn render(trace: &Trace) -> String {
    let mut page = Page { out: String::new() };
    page.head(trace);
    for group in picture::groups(&trace.ladders) {
        page.figure(&group);
    }
    page.nat(trace);
    page.hops(trace);
    page.inputs(trace);
    page.out.push_str("<footer>Made by <code>unanswered trace --html</code>.</footer></body></html>\n");
    page.out
}

/// A drawing with the remarks on its ladders, for this page and that of `explain`.
#[must_use]
pub(crate) fn figure(ladders: &[&Ladder]) -> String {
    let mut page = Page { out: String::new() };
    let _ = write!(page.out, "<figure>{}</figure><dl>", picture::svg(ladders));
    for ladder in ladders {
        let mut lines = Vec::new();
        if let Some(located) = &ladder.located {
            lines.push(located.sentence());
            lines.push(format!("because {}", located.because));
            lines.extend(located.narrow.iter().map(|narrow| format!("to narrow it down: {narrow}")));
        }
        if !ladder.beside.is_empty() {
            lines.push(format!("a copy was flooded to {}: no delivery", ladder.beside.join(", ")));
        }
        if lines.is_empty() {
            continue;
        }
        let _ = write!(page.out, "<dt>Request {}</dt><dd>", ladder.number);
        for line in lines {
            page.paragraph("", &line);
        }
        page.out.push_str("</dd>");
    }
    page.out.push_str("</dl>");
    page.out
}

struct Page {
    out: String,
}

impl Page {
    fn head(&mut self, trace: &Trace) {
        let totals = &trace.totals;
        let failed: u64 = trace.failures.iter().map(|f| f.requests).sum();
        let requests = number::count(totals.requests(), "request");
        let places = number::count(trace.places.len() as u64, "place");
        let sentence = format!("{requests} followed through {places}, {failed} failed");
        let _ = write!(
            self.out,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\
             <title>{sentence}</title><style>\n{STYLE}</style></head><body><header><h1>{sentence}</h1>"
        );
        self.paragraph("", &words::outcomes(totals));
        self.out.push_str("</header>\n");
        if trace.failures.is_empty() {
            return;
        }
        self.table(&[("Failed", true), ("Where", false), ("What the first of them shows", false)]);
        for at in &trace.failures {
            self.cells(&[(at.requests.to_string(), true), (at.words(), false), (at.because.clone(), false)]);
        }
        self.out.push_str("</table>\n");
    }

    fn figure(&mut self, ladders: &[&Ladder]) {
        let numbers: Vec<String> = ladders.iter().map(|l| l.number.to_string()).collect();
        let word = if ladders.len() == 1 { "Request" } else { "Requests" };
        let _ = write!(self.out, "<section><h2>{word} {}</h2>", numbers.join(" and "));
        self.out.push_str(&figure(ladders));
        self.out.push_str("</section>\n");
    }

    fn nat(&mut self, trace: &Trace) {
        if trace.nat.rows.is_empty() {
            return;
        }
        self.out.push_str("<section><h2>Address translation, as the captures show it</h2>");
        let rows: Vec<&NatRow> = trace.nat.notable().collect();
        if !rows.is_empty() {
            self.mappings(&rows);
        }
        let plain: Vec<&NatRow> = trace.nat.rows.iter().filter(|row| row.plain()).collect();
        if !plain.is_empty() {
            let words = escape(&trace.nat.plain_words().join("; "));
            let _ = write!(self.out, "<details><summary>{words}</summary>");
            self.mappings(plain.get(..PLAIN_MAX).unwrap_or(&plain));
            if plain.len() > PLAIN_MAX {
                self.paragraph("soft", &format!("and {} more", plain.len() - PLAIN_MAX));
            }
            self.out.push_str("</details>");
        }
        self.out.push_str("</section>\n");
    }

    fn mappings(&mut self, rows: &[&NatRow]) {
        self.table(&[
            ("Protocol", false),
            ("Inside", false),
            ("Outside", false),
            ("Port", false),
            ("Servers", false),
            ("From, to", false),
            ("Requests", true),
            ("Failed", true),
        ]);
        let mut between: Option<&Between<String>> = None;
        for row in rows {
            if between != Some(&row.between) {
                between = Some(&row.between);
                let words = escape(&format!("between {} and {}", row.between.near, row.between.far));
                let _ = write!(self.out, "<tr><th colspan=\"8\">{words}</th></tr>");
            }
            self.cells(&[
                (row.protocol.to_owned(), false),
                (row.inside.clone(), false),
                (row.outside.clone(), false),
                (row.port_words(), false),
                (row.server_words().join(", "), false),
                (time::range(row.since.seconds(), row.until.seconds(), Clock::Epoch), false),
                (row.requests.to_string(), true),
                (row.failed.to_string(), true),
            ]);
        }
        self.out.push_str("</table>");
    }

    fn hops(&mut self, trace: &Trace) {
        if trace.hops.is_empty() {
            return;
        }
        self.out.push_str("<section><h2>Hops</h2>");
        self.table(&[
            ("From, to", false),
            ("Sent", true),
            ("Arrived", true),
            ("Lost", true),
            ("Unsure", true),
            ("Median", true),
            ("99 %", true),
            ("Back", true),
            ("Arrived", true),
            ("Lost", true),
            ("Unsure", true),
            ("Median", true),
            ("99 %", true),
        ]);
        for hop in &trace.hops {
            let doubt = if hop.order_doubtful { " (order not certain)" } else { "" };
            let mut cells = vec![(format!("{} > {}{doubt}", hop.near, hop.far), false)];
            for direction in [&hop.requests, &hop.replies] {
                cells.extend(numbers(direction).map(|cell| (cell, true)));
            }
            self.cells(&cells);
        }
        self.out.push_str("</table></section>\n");
    }

    fn inputs(&mut self, trace: &Trace) {
        self.out.push_str("<section><h2>Inputs</h2>");
        self.table(&[("Input", false), ("Frames", true), ("Not understood", true)]);
        for input in &trace.inputs {
            self.cells(&[
                (input.name.clone(), false),
                (input.frames.to_string(), true),
                (input.not_understood_total().to_string(), true),
            ]);
        }
        self.out.push_str("</table>");
        if let Some(looked_at) = trace.looked_at() {
            self.paragraph("soft", &looked_at);
        }
        for note in trace.sentences() {
            self.paragraph("soft", &format!("Note: {note}"));
        }
        for input in &trace.inputs {
            for warning in &input.warnings {
                self.paragraph("soft", &format!("Note: {}: {warning}", input.name));
            }
        }
        self.out.push_str("</section>\n");
    }

    fn table(&mut self, titles: &[(&str, bool)]) {
        self.out.push_str("<table class=\"fit\"><tr>");
        for (title, number) in titles {
            let class = if *number { " class=\"n\"" } else { "" };
            let _ = write!(self.out, "<th{class}>{title}</th>");
        }
        self.out.push_str("</tr>");
    }

    fn cells(&mut self, cells: &[(String, bool)]) {
        self.out.push_str("<tr>");
        for (cell, number) in cells {
            let class = if *number { " class=\"n\"" } else { "" };
            let _ = write!(self.out, "<td{class}>{}</td>", escape(cell));
        }
        self.out.push_str("</tr>");
    }

    fn paragraph(&mut self, class: &str, words: &str) {
        let _ = write!(self.out, "<p class=\"{class}\">{}</p>", escape(words));
    }
}

fn numbers(direction: &Direction) -> [String; 6] {
    let of = |span: Option<Span>| span.map_or_else(|| "-".to_owned(), measured);
    [
        direction.sent.to_string(),
        direction.arrived.to_string(),
        direction.lost.to_string(),
        direction.unsure.to_string(),
        of(direction.median),
        of(direction.p99),
    ]
}
