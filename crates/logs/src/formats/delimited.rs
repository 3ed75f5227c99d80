//! Tables with a header: any separator, or blanks.

use crate::beginning::{Beginning, Sureness, unquoted};
use crate::declaration::Declaration;
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::rows::Rows;
use crate::separated::{self, Separator, Shape};

/// From so many lines on, a table whose lines have all sorts of widths is none.
const LINES_FOR_SHAPE: usize = 8;

/// Values separated by commas.
pub(super) struct Csv;
/// Values separated by semicolons.
pub(super) struct Semicolons;
/// Values separated by tabs or by `|`.
pub(super) struct Others;
/// Columns aligned with blanks.
pub(super) struct Blanks;

static CSV: Declaration =
    Declaration::plain("CSV", "a header line with commas (also if nothing separates anything)");
static SEMICOLONS: Declaration = Declaration::plain("CSV (semicolons)", "a header line with semicolons");
static OTHERS: Declaration = Declaration::plain("CSV (tabs or |)", "a header line with tabs or |");
static BLANKS: Declaration =
    Declaration::plain("columns between blanks", "a header line of words, and as many cells in most lines");

/// Separators, and how often each is in the header outside quotes.
fn separator(beginning: &Beginning<'_>) -> Option<u8> {
    let header = header(beginning);
    let mut quoted = false;
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)];
    for &byte in header {
        if byte == b'"' {
            quoted = !quoted;
        } else if !quoted {
            counts.iter_mut().filter(|(s, _)| *s == byte).for_each(|(_, count)| *count += 1);
        }
    }
    let [mut best, rest @ ..] = counts;
    rest.into_iter().for_each(|other| {
        if other.1 > best.1 {
            best = other;
        }
    });
    (best.1 > 0).then_some(best.0)
}

/// The first line that is no comment.
fn header<'b>(beginning: &Beginning<'b>) -> &'b [u8] {
    let plain = beginning.lines.iter().find(|line| !line.starts_with(b"#"));
    plain.copied().unwrap_or_else(|| beginning.first())
}

/// Text that no column is called: a date with a time of day, or an IPv4 address. A line with one is a row, or no table at all
/// (a date of Python's or Java's logging has a comma).
fn is_value(cell: &[u8]) -> bool {
    let cell = unquoted(cell.trim_ascii());
    let places = |from: usize, signs: &[u8], at: &[usize]| {
        at.iter().all(|at| cell.get(from + at).is_some_and(|byte| signs.contains(byte)))
    };
    let digits = cell.iter().take(4).all(u8::is_ascii_digit) && cell.len() > 15;
    let date = digits && places(0, b"-/", &[4, 7]) && places(0, b"T ", &[10]) && places(0, b":", &[13]);
    let address = std::str::from_utf8(cell).is_ok_and(|text| text.parse::<std::net::Ipv4Addr>().is_ok());
    date || address
}

/// Most lines have as many cells as the header, where there are enough to say so.
fn has_shape(beginning: &Beginning<'_>, separator: Separator) -> bool {
    let width = separated::width(header(beginning), separator);
    let lines: Vec<&&[u8]> = beginning.lines.iter().filter(|line| !line.starts_with(b"#")).collect();
    let fitting = lines.iter().filter(|line| separated::width(line, separator) == width).count();
    lines.len() < LINES_FOR_SHAPE || fitting * 2 >= lines.len() || beginning.bytes.contains(&b'"')
}

fn recognised(beginning: &Beginning<'_>, separators: &[u8]) -> Option<Sureness> {
    let found = separator(beginning).filter(|found| separators.contains(found))?;
    if header(beginning).split(|byte| *byte == found).any(is_value) {
        return None;
    }
    has_shape(beginning, Separator::Byte(found)).then_some(Sureness::Generic)
}

fn read(lines: &mut Lines, rows: &mut Rows, otherwise: u8) -> Result<(), LogError> {
    let found = separator(&Beginning::of(lines.beginning(), lines.is_whole())).unwrap_or(otherwise);
    separated::read(lines, rows, &Shape::of(Separator::Byte(found)))
}

impl Format for Csv {
    fn declaration(&self) -> &'static Declaration {
        &CSV
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        let single = || {
            let blanks = |line: &&[u8]| line.trim_ascii().contains(&b' ') && !line.starts_with(b"\"");
            let one = separator(beginning).is_none() && !beginning.lines.iter().any(blanks);
            one.then_some(Sureness::Generic)
        };
        recognised(beginning, b",").or_else(single)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        read(lines, rows, b',')
    }
}

impl Format for Semicolons {
    fn declaration(&self) -> &'static Declaration {
        &SEMICOLONS
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        recognised(beginning, b";")
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        read(lines, rows, b';')
    }
}

impl Format for Others {
    fn declaration(&self) -> &'static Declaration {
        &OTHERS
    }

    fn name(&self, beginning: &Beginning<'_>) -> String {
        let tabs = separator(beginning) == Some(b'\t');
        if tabs { "CSV (tabs)" } else { "CSV (|)" }.to_owned()
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        recognised(beginning, b"\t|")
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        read(lines, rows, b'\t')
    }
}

impl Format for Blanks {
    fn declaration(&self) -> &'static Declaration {
        &BLANKS
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        let header = header(beginning);
        let words: Vec<&[u8]> =
            header.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
        // Names, not values: a line of a log begins with a date or an address, or has brackets.
        let name = |word: &&[u8]| {
            let first = word.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
            first && word.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/%".contains(byte))
        };
        let mut different = words.clone();
        different.sort_unstable();
        different.dedup();
        let named = words.len() > 1 && different.len() == words.len() && words.iter().all(name);
        let width = words.len();
        let fits = beginning.lines.len() > 1
            && beginning.most(|line| separated::width(line, Separator::Blanks) == width);
        (named && fits && separator(beginning).is_none()).then_some(Sureness::Generic)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        separated::read(lines, rows, &Shape::of(Separator::Blanks))
    }
}
