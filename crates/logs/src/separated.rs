//! Separated values as rows (RFC 4180, and what people make of it). Formats that are tables use this.

use crate::error::LogError;
use crate::input::{Line, Lines};
use crate::rows::Rows;

/// Lines that a quoted cell may go over. A quote without its end would otherwise eat the rest of the file.
const QUOTED_LINES_MAX: usize = 1000;

/// Bytes that a quoted cell of several lines may have.
const QUOTED_BYTES_MAX: usize = 1 << 20;

/// What stands between two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Separator {
    /// One such byte.
    Byte(u8),
    /// Any number of blanks and tabs.
    Blanks,
}

/// How a table is written down.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// What stands between two cells.
    pub(crate) separator: Separator,
    /// Names of the columns, where there is no header.
    pub(crate) names: Option<&'static [&'static str]>,
    /// A cell that stands for none.
    pub(crate) none: &'static [u8],
    /// Which rows are requests.
    pub(crate) keep: Option<Keep>,
}

/// Rows are requests only when a column has, or has not, one of these values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keep {
    /// The column.
    pub(crate) column: &'static str,
    /// Values.
    pub(crate) values: &'static [&'static str],
    /// Rows with these values are kept, or left out.
    pub(crate) kept: bool,
    /// What is left out.
    pub(crate) others: &'static str,
}

impl Shape {
    /// A table with a header.
    pub(crate) const fn of(separator: Separator) -> Self {
        Self { separator, names: None, none: b"", keep: None }
    }
}

/// A record of several lines that is being put together, because a quoted cell has no end yet.
#[derive(Default)]
struct Open {
    text: Vec<u8>,
    lines: usize,
    number: u64,
}

/// Reads a header, if there is none given, and all records.
///
/// # Errors
/// Those of the input.
pub(crate) fn read(lines: &mut Lines, rows: &mut Rows, shape: &Shape) -> Result<(), LogError> {
    let mut table =
        Table { shape: *shape, columns: Vec::new(), kept_by: None, cells: Vec::new(), comment: None };
    if let Some(names) = shape.names {
        table.header(names.iter().map(|name| name.as_bytes()), rows);
    }
    let mut open = Open::default();
    while let Some(line) = lines.next()? {
        if open.lines == 0 {
            if line.ended && ends_quoted(line.text, shape.separator, false) {
                open = Open { text: line.text.to_vec(), lines: 1, number: line.number };
            } else {
                table.line(&line, rows);
            }
            continue;
        }
        let still = ends_quoted(line.text, shape.separator, true);
        open.text.push(b'\n');
        open.text.extend_from_slice(line.text);
        open.lines += 1;
        if !still {
            table.line(&Line { number: open.number, text: &open.text, ..line }, rows);
            open.lines = 0;
        } else if open.lines > QUOTED_LINES_MAX || open.text.len() > QUOTED_BYTES_MAX {
            table.each_line(&open, rows);
            open.lines = 0;
        }
    }
    if open.lines > 0 {
        table.each_line(&open, rows);
    }
    Ok(())
}

/// A line ends inside a quoted cell. A quote begins one only where the cell begins.
fn ends_quoted(text: &[u8], separator: Separator, quoted: bool) -> bool {
    let Separator::Byte(separator) = separator else { return false };
    if memchr::memchr(b'"', text).is_none() {
        return quoted;
    }
    let (mut quoted, mut begins) = (quoted, !quoted);
    for &byte in text {
        if byte == b'"' {
            // A doubled quote ends the cell and begins it again, which comes to the same.
            (quoted, begins) = if quoted { (false, true) } else { (begins, false) };
        } else if !quoted {
            begins = byte == separator;
        }
    }
    quoted
}

struct Table {
    shape: Shape,
    columns: Vec<Option<usize>>,
    /// Index of the cell that says whether a row is a request.
    kept_by: Option<(usize, Keep)>,
    /// Where the cells of the line are, without their quotes.
    cells: Vec<(usize, usize)>,
    /// The comment before the header: it may be the header.
    comment: Option<Vec<u8>>,
}

impl Table {
    fn header<'n>(&mut self, names: impl Iterator<Item = &'n [u8]> + Clone, rows: &mut Rows) {
        let at = |keep: &Keep| names.clone().position(|name| name.trim_ascii() == keep.column.as_bytes());
        self.kept_by = self.shape.keep.and_then(|keep| at(&keep).map(|index| (index, keep)));
        self.columns = rows.header(names);
    }

    fn line(&mut self, line: &Line<'_>, rows: &mut Rows) {
        if line.text.trim_ascii().is_empty() {
            return;
        }
        if self.columns.is_empty() {
            if line.text.starts_with(b"#") {
                self.comment = Some(line.text.to_vec());
                return;
            }
            if !self.is_comment_the_header(line.text, rows) {
                let mut names = line.text.to_vec();
                split(&mut names, self.shape.separator, &mut self.cells);
                let cells = std::mem::take(&mut self.cells);
                self.header(cells.iter().map(|&(from, to)| names.get(from..to).unwrap_or_default()), rows);
                self.cells = cells;
                return;
            }
        }
        if memchr::memchr(b'"', line.text).is_some() && self.shape.separator != Separator::Blanks {
            let mut text = line.text.to_vec();
            split(&mut text, self.shape.separator, &mut self.cells);
            self.row(&text, line, rows);
        } else {
            plain(line.text, self.shape.separator, &mut self.cells);
            self.row(line.text, line, rows);
        }
    }

    /// The lines of a cell whose quote has no end: the quote was none.
    fn each_line(&mut self, open: &Open, rows: &mut Rows) {
        for (number, text) in (open.number..).zip(open.text.split(|&byte| byte == b'\n')) {
            self.line(&Line { number, text, ended: true, envelope: None }, rows);
        }
    }

    /// `# time host status` above rows that begin with values: a header with a sign in front.
    fn is_comment_the_header(&mut self, first: &[u8], rows: &mut Rows) -> bool {
        let Some(comment) = self.comment.take() else { return false };
        let names = comment.trim_ascii_start().strip_prefix(b"#").unwrap_or(&comment).trim_ascii();
        plain(first, self.shape.separator, &mut self.cells);
        let width = self.cells.len();
        let has_value = self.cells.iter().any(|&(from, _)| first.get(from).is_some_and(u8::is_ascii_digit));
        let mut cells = Vec::new();
        plain(names, self.shape.separator, &mut cells);
        let is = has_value && width > 1 && cells.len() == width;
        if is {
            self.header(cells.iter().map(|&(from, to)| names.get(from..to).unwrap_or_default()), rows);
        }
        is
    }

    fn row(&mut self, text: &[u8], line: &Line<'_>, rows: &mut Rows) {
        if self.cells.len() != self.columns.len() {
            rows.ragged(line, self.columns.len(), self.cells.len());
            return;
        }
        let cell = |&(from, to): &(usize, usize)| text.get(from..to).unwrap_or_default().trim_ascii();
        if let Some((index, keep)) = &self.kept_by {
            let value = self.cells.get(*index).map(cell).unwrap_or_default();
            if keep.values.iter().any(|kept| kept.as_bytes() == value) != keep.kept {
                rows.no_request(keep.others);
                return;
            }
        }
        rows.envelope(line);
        for (at, &column) in self.cells.iter().zip(&self.columns) {
            let cell = cell(at);
            rows.set(column, if cell == self.shape.none { b"" } else { cell });
        }
        rows.end();
    }
}

/// Where the cells of a text without quotes are.
fn plain(text: &[u8], separator: Separator, cells: &mut Vec<(usize, usize)>) {
    cells.clear();
    match separator {
        Separator::Byte(separator) => {
            let mut from = 0;
            for at in memchr::memchr_iter(separator, text) {
                cells.push((from, at));
                from = at + 1;
            }
            cells.push((from, text.len()));
        }
        Separator::Blanks => {
            let mut from = None;
            for (at, byte) in text.iter().enumerate() {
                match (byte, from) {
                    (b' ' | b'\t', Some(begin)) => {
                        cells.push((begin, at));
                        from = None;
                    }
                    (b' ' | b'\t', None) => {}
                    (_, None) => from = Some(at),
                    (_, Some(_)) => {}
                }
            }
            if let Some(begin) = from {
                cells.push((begin, text.len()));
            }
        }
    }
}

/// Where the cells of a text with quotes are. The quotes are taken out of the text.
fn split(text: &mut [u8], separator: Separator, cells: &mut Vec<(usize, usize)>) {
    let Separator::Byte(separator) = separator else { return plain(text, separator, cells) };
    cells.clear();
    let (mut read, mut written, mut from) = (0, 0, 0);
    let mut quoted = false;
    while let Some(&byte) = text.get(read) {
        let next = text.get(read + 1).copied();
        let begins = written == from;
        read += 1;
        match byte {
            b'"' if quoted && next == Some(b'"') => read += 1,
            b'"' if quoted => {
                quoted = false;
                continue;
            }
            b'"' if begins => {
                quoted = true;
                continue;
            }
            _ if byte == separator && !quoted => {
                cells.push((from, written));
                from = written;
                continue;
            }
            _ => {}
        }
        if let Some(place) = text.get_mut(written) {
            *place = byte;
            written += 1;
        }
    }
    cells.push((from, written));
}

/// Cells of a line, as a format counts them to recognise itself.
pub(crate) fn width(line: &[u8], separator: Separator) -> usize {
    let mut text = line.to_vec();
    let mut cells = Vec::new();
    split(&mut text, separator, &mut cells);
    cells.len()
}

#[cfg(test)]
mod tests {
    use super::{Separator, ends_quoted, plain, split};

    fn cells(text: &str) -> Vec<String> {
        let mut bytes = text.as_bytes().to_vec();
        let mut cells = Vec::new();
        split(&mut bytes, Separator::Byte(b','), &mut cells);
        cells.iter().map(|&(from, to)| String::from_utf8_lossy(&bytes[from..to]).into_owned()).collect()
    }

    #[test]
    fn quotes_are_taken_off_and_doubled_ones_halved() {
        assert_eq!(cells(r#"a,"b,c",d"#), ["a", "b,c", "d"]);
        assert_eq!(cells(r#""a ""b""",,"#), [r#"a "b""#, "", ""]);
        assert_eq!(cells(r#"5" pipe,x"#), [r#"5" pipe"#, "x"], "a quote inside a cell is one");
        assert_eq!(cells("\"a\nb\",c"), ["a\nb", "c"]);
        assert_eq!(cells("\"open,x"), ["open,x"]);
    }

    #[test]
    fn a_quote_opens_a_cell_only_where_it_begins() {
        let comma = Separator::Byte(b',');
        for (text, quoted) in [
            ("a,\"b", true),
            ("\"b", true),
            ("a,\"b\",c", false),
            ("a,\"b \"\"c\"\"", true),
            ("a,\"b \"\"c\"\"\"", false),
            ("5\" pipe,x", false),
            ("a,5\"", false),
            ("a,5\"\" x", false),
        ] {
            assert_eq!(ends_quoted(text.as_bytes(), comma, false), quoted, "{text}");
        }
        assert!(ends_quoted(b"a,b", comma, true));
        assert!(!ends_quoted(b"a\",b", comma, true));
        assert!(ends_quoted(b"a\",\"b", comma, true));
    }

    #[test]
    fn any_number_of_blanks_separates() {
        let mut cells = Vec::new();
        plain(b"  a \t b  ", Separator::Blanks, &mut cells);
        assert_eq!(cells, [(2, 3), (6, 7)]);
    }
}
