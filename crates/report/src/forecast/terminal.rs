//! A forecast for a terminal: the answer in words, the tables, then what the numbers do not say.

use super::sentences::{
    answer, fault_columns, limits, other_columns, others, reboot_columns, reboot_words, rolls,
};
use super::words;
use crate::text;
use crate::text_table::{TextColumn, render};
use unanswered_forecast::Forecast;

/// The forecast as text of at most `columns` columns, if its names allow that.
#[must_use]
pub fn render_text(forecast: &Forecast, columns: usize) -> String {
    let mut out = Text { out: String::new(), columns: columns.clamp(40, 200) };
    out.paragraph(&answer(forecast));
    for (index, fault) in forecast.faults.iter().enumerate().filter(|(_, fault)| fault.known) {
        out.heading(&format!("{}: {}", fault.id, fault.what));
        out.table(&fault_columns(forecast, index));
    }
    if let Some(words) = rolls(forecast) {
        out.heading("Rolled source ports");
        out.paragraph(&words);
    }
    for (case, effects) in
        forecast.cases.iter().map(|case| (case, &case.reboots)).filter(|(_, e)| !e.is_empty())
    {
        out.heading(&format!("What a reboot does ({})", words::case(case)));
        out.table(&reboot_columns(forecast, effects));
        out.paragraph(&reboot_words(forecast, effects));
    }
    let others = others(forecast);
    if !others.is_empty() {
        out.heading("Other causes of failed requests");
        out.table(&other_columns(forecast, &others));
    }
    out.heading("What the numbers do not say");
    for limit in limits(forecast) {
        out.item(&limit);
    }
    out.out
}

struct Text {
    out: String,
    columns: usize,
}

impl Text {
    fn heading(&mut self, words: &str) {
        self.out.push('\n');
        self.paragraph(words);
    }

    fn paragraph(&mut self, words: &str) {
        for line in text::wrap(&text::safe(words), self.columns) {
            self.out.push_str(&line);
            self.out.push('\n');
        }
    }

    fn item(&mut self, words: &str) {
        for (number, line) in text::wrap(&text::safe(words), self.columns - 4).iter().enumerate() {
            self.out.push_str(if number == 0 { "  - " } else { "    " });
            self.out.push_str(line);
            self.out.push('\n');
        }
    }

    fn table(&mut self, columns: &[TextColumn]) {
        self.out.push_str(&render(columns, self.columns));
    }
}
