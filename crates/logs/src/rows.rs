//! Rows as the readers of formats find them: columns come up when a row first has them.

use crate::error::LogError;
use crate::input::{LINE_MAX, Line, Lines};
use rustc_hash::FxHashMap;
use unanswered_table::cells::{CellColumn, Cells, Compactor};
use unanswered_table::io::{Line as Place, TableWarning};

/// Columns that a log may have; hostile input could name a new one in every row.
const COLUMNS_MAX: usize = 2000;

/// Bytes of cells that are gathered before columns are made compact, beside the reading of the next ones: they
/// stay in the processor's cache (judgement).
const GATHERED: usize = 4 << 20;

/// Bytes of a line that a message shows.
const SHOWN: usize = 120;

/// The column of the times that a collector wrote in front of lines.
pub(crate) const ENVELOPE_TIME: &str = "syslog_time";

/// Lines that were left out for one reason.
#[derive(Debug)]
struct LeftOut {
    count: usize,
    first: Place,
    text: String,
}

/// The rows of one log, of one file or of several.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    cells: Cells,
    compactor: Compactor,
    /// Bytes of cells since columns were made compact.
    gathered: usize,
    by_name: FxHashMap<String, usize>,
    /// The file that is read, where there are several.
    pub(crate) file: Option<String>,
    ragged: Option<(LeftOut, usize, usize)>,
    not_json: Option<LeftOut>,
    odd: Option<(LeftOut, String)>,
    too_long: Option<LeftOut>,
    no_requests: Vec<(usize, String)>,
    too_many: Option<String>,
    cut_off: Vec<TableWarning>,
    notes: Vec<TableWarning>,
}

impl Rows {
    /// The column of this name; `None` when there are too many.
    pub(crate) fn column(&mut self, name: &str) -> Option<usize> {
        if let Some(&index) = self.by_name.get(name) {
            return Some(index);
        }
        if self.cells.columns.len() >= COLUMNS_MAX {
            self.too_many.get_or_insert_with(|| name.to_owned());
            return None;
        }
        let index = self.cells.columns.len();
        self.by_name.insert(name.to_owned(), index);
        self.cells.columns.push(CellColumn::named(name.to_owned()));
        Some(index)
    }

    /// The columns of a header; names that are empty or repeated are told apart.
    pub(crate) fn header<'n>(&mut self, names: impl Iterator<Item = &'n [u8]>) -> Vec<Option<usize>> {
        let mut names: Vec<String> =
            names.map(|name| String::from_utf8_lossy(name.trim_ascii()).into_owned()).collect();
        unanswered_table::cells::tell_apart(&mut names, &mut self.notes);
        names.iter().map(|name| self.column(name)).collect()
    }

    /// A column that has this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// A column that has this name and at least one value.
    pub(crate) fn says(&self, name: &str) -> bool {
        let column = self.by_name.get(name).and_then(|&index| self.cells.columns.get(index));
        column.is_some_and(|column| column.cells().any(|cell| !cell.is_empty()))
    }

    /// Puts a cell into the row that is being made. Of two cells for one column, the first is kept.
    pub(crate) fn set(&mut self, column: Option<usize>, cell: &[u8]) {
        let rows = self.cells.rows;
        if let Some(column) = column.and_then(|index| self.cells.columns.get_mut(index))
            && column.rows() <= rows
        {
            column.pad(rows);
            column.push(cell);
            self.gathered += cell.len() + 1;
        }
    }

    /// Puts a cell into the column of this name.
    pub(crate) fn named(&mut self, name: &str, cell: &[u8]) {
        let column = self.column(name);
        self.set(column, cell);
    }

    /// Puts what was in front of the line into columns of its own.
    pub(crate) fn envelope(&mut self, line: &Line<'_>) {
        if let Some(envelope) = line.envelope {
            self.named(ENVELOPE_TIME, envelope.time);
            self.named("syslog_host", envelope.host);
            self.named("syslog_program", envelope.program);
        }
    }

    /// The row is complete. Columns without a cell in it have a missing one.
    pub(crate) fn end(&mut self) {
        self.cells.rows += 1;
        if self.gathered >= GATHERED {
            self.gathered = 0;
            self.compactor.begin(&mut self.cells.columns);
        }
    }

    /// The row that was being made is none: its cells are dropped.
    pub(crate) fn undo(&mut self) {
        let rows = self.cells.rows;
        self.cells.columns.iter_mut().for_each(|column| column.cut(rows));
    }

    /// Rows so far.
    pub(crate) const fn rows(&self) -> usize {
        self.cells.rows
    }

    fn left_out(&self, line: &Line<'_>) -> LeftOut {
        LeftOut { count: 0, first: self.place(line.number), text: shown(line.text) }
    }

    fn place(&self, number: u64) -> Place {
        Place { number, file: self.file.clone() }
    }

    /// A line does not have the header's number of fields. The last line of an input may just be cut off.
    pub(crate) fn ragged(&mut self, line: &Line<'_>, width: usize, fields: usize) {
        if self.is_cut_off(line) {
            return;
        }
        let new = self.left_out(line);
        self.ragged.get_or_insert((new, width, fields)).0.count += 1;
        self.cells.skipped += 1;
    }

    /// A line, or a record that begins in it, is no JSON.
    pub(crate) fn not_json(&mut self, line: &Line<'_>, error: &str) {
        if self.is_cut_off(line) {
            return;
        }
        let new = LeftOut { text: error.to_owned(), ..self.left_out(line) };
        self.not_json.get_or_insert(new).count += 1;
        self.cells.skipped += 1;
    }

    /// A line is not what the format has.
    pub(crate) fn odd(&mut self, line: &Line<'_>, expected: &str) {
        if self.is_cut_off(line) {
            return;
        }
        let new = self.left_out(line);
        self.odd.get_or_insert((new, expected.to_owned())).0.count += 1;
        self.cells.skipped += 1;
    }

    /// A line of the format that is no request.
    pub(crate) fn no_request(&mut self, what: &str) {
        match self.no_requests.iter_mut().find(|(_, known)| known == what) {
            Some((count, _)) => *count += 1,
            None => self.no_requests.push((1, what.to_owned())),
        }
    }

    /// A line without its end that cannot be read was being written, or lost its end on the way.
    fn is_cut_off(&mut self, line: &Line<'_>) -> bool {
        let is = !line.ended && self.cells.rows > 0;
        if is {
            self.cells.skipped += 1;
            self.cut_off.push(TableWarning::CutOff { line: self.place(line.number) });
        }
        is
    }

    /// An input ends; what it says about itself.
    /// Rows so far.
    pub(crate) const fn count(&self) -> usize {
        self.cells.rows
    }

    pub(crate) fn file_ends(&mut self, lines: &Lines) {
        self.compactor.settle(&mut self.cells.columns);
        if let Some((count, first)) = lines.too_long {
            let first = self.place(first);
            self.cells.skipped += count;
            self.too_long.get_or_insert(LeftOut { count: 0, first, text: String::new() }).count += count;
        }
        if let Some(error) = &lines.ends_early {
            let line = self.place(lines.number());
            self.notes.push(TableWarning::EndsEarly { line, error: error.clone() });
        }
    }

    /// A document that is one value ends too early, or goes on as something else.
    pub(crate) fn document_ends(&mut self, number: u64, error: &str) {
        let line = self.place(number);
        self.notes.push(TableWarning::EndsEarly { line, error: error.to_owned() });
    }

    /// The cells of all rows.
    ///
    /// # Errors
    /// When there is no row and a line is known that could have been one.
    pub(crate) fn finish(mut self) -> Result<Cells, LogError> {
        let rows = self.cells.rows;
        if rows == 0
            && let Some((LeftOut { first, text, .. }, expected)) = self.odd
        {
            return Err(LogError::NoLine { expected, line: first.number, text });
        }
        if rows == 0
            && let Some(LeftOut { first, text, .. }) = self.not_json
        {
            return Err(LogError::NoLine { expected: "a JSON object".to_owned(), line: first.number, text });
        }
        self.cells.columns.iter_mut().for_each(|column| column.pad(rows));
        let lines = self.cells.skipped + rows;
        let mut warnings = self.notes;
        if let Some((LeftOut { count: left_out, first: line, .. }, width, fields)) = self.ragged {
            warnings.push(TableWarning::Ragged { left_out, lines, width, line, fields });
        }
        if let Some(LeftOut { count: left_out, first: line, text: error }) = self.not_json {
            warnings.push(TableWarning::NotJson { left_out, lines, line, error });
        }
        if let Some((LeftOut { count: left_out, first: line, text }, expected)) = self.odd {
            warnings.push(TableWarning::NotInFormat { left_out, lines, expected, line, text });
        }
        if let Some(LeftOut { count: left_out, first: line, .. }) = self.too_long {
            warnings.push(TableWarning::TooLong { left_out, limit: LINE_MAX, line });
        }
        warnings.extend(self.cut_off);
        let no_request = |(left_out, what)| TableWarning::NoRequests { left_out, what };
        warnings.extend(self.no_requests.into_iter().map(no_request));
        if let Some(first) = self.too_many {
            warnings.push(TableWarning::TooManyColumns { kept: COLUMNS_MAX, first });
        }
        self.cells.warnings = warnings;
        Ok(self.cells)
    }
}

/// The beginning of a text, for a message.
pub(crate) fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text.get(..SHOWN).unwrap_or(text));
    text.trim_end_matches('\u{fffd}').chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
