//! The W3C extended log format, as IIS and others write it. <https://www.w3.org/TR/WD-logfile.html>

use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::{Line, Lines};
use crate::rows::Rows;
use crate::tokens::given;

/// The W3C extended log format.
pub(super) struct W3c;

static W3C: Declaration = Declaration {
    name: "a W3C extended log",
    recognised_by: "#Fields: (which may change in the file)",
    rules: &[
        Rule::new("sc-status", &["5xx"]),
        Rule::new("sc(status)", &["5xx"]),
        Rule::new("x-edge-result-type", &["Error"]),
    ],
    time: &["time"],
    answer: &[
        "sc-status",
        "sc-substatus",
        "sc-win32-status",
        "sc-bytes",
        "time-taken",
        "x-edge-result-type",
        "x-edge-response-result-type",
        "x-edge-detailed-result-type",
        "time-to-first-byte",
        "sc-content-type",
        "sc-content-len",
        "sc-range-start",
        "sc-range-end",
    ],
    idle: &["x-edge-request-id"],
};

impl Format for W3c {
    fn declaration(&self) -> &'static Declaration {
        &W3C
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        beginning.lines.iter().take(8).any(|line| line.starts_with(b"#Fields:")).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        let mut fields = Fields::default();
        let mut text = Vec::new();
        while let Some(line) = lines.next()? {
            if let Some(names) = line.text.strip_prefix(b"#Fields:") {
                fields = Fields::of(names, rows);
            } else if !line.text.starts_with(b"#") && !line.text.is_empty() {
                fields.row(&line, rows, &mut text);
            }
        }
        Ok(())
    }
}

/// The columns of the lines that follow.
#[derive(Default)]
struct Fields {
    columns: Vec<Option<usize>>,
    /// Which fields are the date and the time of day, where both are there; and their column.
    moment: Option<(usize, usize, Option<usize>)>,
}

impl Fields {
    fn of(names: &[u8], rows: &mut Rows) -> Self {
        let names: Vec<&[u8]> =
            names.split(u8::is_ascii_whitespace).filter(|name| !name.is_empty()).collect();
        let place = |wanted: &[u8]| names.iter().position(|name| *name == wanted);
        let moment = place(b"date").zip(place(b"time"));
        let moment = moment.map(|(date, time)| (date, time, rows.column("time")));
        let in_moment = |index: usize| moment.is_some_and(|(date, time, _)| index == date || index == time);
        let name = |(index, name): (usize, &&[u8])| {
            let name = String::from_utf8_lossy(name);
            if in_moment(index) { None } else { rows.column(&name) }
        };
        Self { columns: names.iter().enumerate().map(name).collect(), moment }
    }

    fn row(&self, line: &Line<'_>, rows: &mut Rows, text: &mut Vec<u8>) {
        // Blanks separate; CloudFront and others use tabs.
        let tabs = memchr::memchr(b'\t', line.text).is_some();
        let blank = |byte: &u8| if tabs { *byte == b'\t' } else { *byte == b' ' };
        let width = line.text.split(blank).count();
        if width != self.columns.len() {
            rows.ragged(line, self.columns.len(), width);
            return;
        }
        if let Some((date, time, column)) = self.moment {
            let cell = |index| line.text.split(blank).nth(index).unwrap_or_default();
            text.clear();
            text.extend_from_slice(cell(date));
            text.push(b'T');
            text.extend_from_slice(cell(time));
            // "times are in GMT" (the draft's section on dates).
            text.push(b'Z');
            rows.set(column, text);
        }
        for (cell, &column) in line.text.split(blank).zip(&self.columns) {
            let cell = given(cell);
            if memchr::memchr(b'+', cell).is_some() {
                text.clear();
                text.extend(cell.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }));
                rows.set(column, text);
            } else {
                rows.set(column, cell);
            }
        }
        rows.end();
    }
}
