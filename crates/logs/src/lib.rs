//! From files to logs: formats that people have, recognised by their content.
//!
//! # Data flow
//!
//! `input` (files, standard input; decompressed, as UTF-8, in lines) -> `recognise` (which format the beginning has: each
//! says itself how surely it recognises it) -> `formats` (one file each: a declaration and a reader into rows) -> [`Log`],
//! of which [`table_of`](unanswered_table::io::table_of) makes a table.
//!
//! What a format knows of its columns (which says what became of a request, what is known only from the answer) is declared
//! with the format and travels as [`Hints`](unanswered_table::log::Hints). Lines that cannot be read are counted, and said
//! once with the first of them.
//!
//! # Entry points
//!
//! [`open`] reads files one after the other, [`read`] any stream; [`How`] says what a user knows of the format.
//! [`declarations`] lists the formats.
//!
//! ```
//! use unanswered_logs::{How, read};
//!
//! let text = "time;client;status\n1;192.0.2.1;200\n2;192.0.2.2;504\n";
//! let log = read(text.as_bytes(), &How::default())?;
//! assert_eq!(log.format, "CSV (semicolons)");
//! assert_eq!(log.cells.rows, 2);
//! # Ok::<(), unanswered_logs::LogError>(())
//! ```

mod beginning;
mod declaration;
mod error;
mod format;
mod formats;
mod input;
mod json;
mod recognise;
mod rows;
mod separated;
mod tokens;

pub use declaration::{Declaration, Rule};
pub use error::LogError;

use formats::pattern::{PATTERN, Pattern};
use formats::template::{TEMPLATE, Template};
use recognise::Chosen;
use rows::Rows;
use std::io::Read;
use std::path::{Path, PathBuf};
use unanswered_table::log::Log;

/// What a user knows of the format. With nothing given, it is recognised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// The format string of nginx or Apache.
    pub log_format: Option<String>,
    /// A regular expression whose named groups are the columns.
    pub pattern: Option<String>,
}

/// How lines are read.
enum Reading {
    /// As the input says.
    Recognised,
    Template(Template),
    Pattern(Pattern),
}

/// Reads files of one format one after the other; `-` is standard input. Each has its own header.
///
/// # Errors
/// When a file cannot be opened or read, is not of a known format, or is not of the first one's; when the log format or the
/// pattern cannot be used.
pub fn open(paths: &[PathBuf], how: &How) -> Result<Log, LogError> {
    let mut reader = Reader::new(how)?;
    let mut ends = Vec::with_capacity(paths.len());
    for path in paths {
        let in_file = |source| LogError::InFile { path: path.clone(), source: Box::new(source) };
        reader.rows.file = (paths.len() > 1).then(|| name(path));
        input::open(path).and_then(|file| reader.add(file)).map_err(in_file)?;
        ends.push(reader.rows.count());
    }
    let log = reader.finish().map(|log| Log { written: written(paths), ends, ..log });
    match paths {
        [path] => log.map_err(|source| LogError::InFile { path: path.clone(), source: Box::new(source) }),
        _ => log,
    }
}

/// When the last of the files was written.
fn written(paths: &[PathBuf]) -> Option<f64> {
    let modified = paths.iter().filter_map(|path| std::fs::metadata(path).ok()?.modified().ok());
    Some(modified.max()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs_f64())
}

/// Reads one input.
///
/// # Errors
/// Those of [`open`].
pub fn read(input: impl Read, how: &How) -> Result<Log, LogError> {
    let mut bytes = Vec::new();
    let mut input = input;
    input.read_to_end(&mut bytes).map_err(|source| LogError::Read { line: 0, source })?;
    let mut reader = Reader::new(how)?;
    reader.add(Box::new(std::io::Cursor::new(bytes)))?;
    reader.finish()
}

/// What is known of each format, in the order in which they are tried.
pub fn declarations() -> impl Iterator<Item = &'static Declaration> {
    formats::ALL.into_iter().map(format::Format::declaration).chain([&TEMPLATE, &PATTERN])
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

struct Reader {
    reading: Reading,
    rows: Rows,
    /// The format of the first input.
    first: Option<Chosen>,
}

impl Reader {
    fn new(how: &How) -> Result<Self, LogError> {
        let reading = match (&how.pattern, &how.log_format) {
            (Some(pattern), _) => Reading::Pattern(Pattern::new(pattern)?),
            (None, Some(format)) => Reading::Template(Template::new(format)?),
            (None, None) => Reading::Recognised,
        };
        Ok(Self { reading, rows: Rows::default(), first: None })
    }

    fn add(&mut self, input: Box<dyn Read + Send>) -> Result<(), LogError> {
        let mut lines = input::lines(input)?;
        match &self.reading {
            Reading::Template(template) => template.read(&mut lines, &mut self.rows)?,
            Reading::Pattern(pattern) => pattern.read(&mut lines, &mut self.rows)?,
            Reading::Recognised => {
                let chosen = recognise::choose(&lines)?;
                if chosen.wrapped {
                    lines.unwrap_with(formats::unwrap_syslog);
                }
                let format = chosen.format;
                let first = self.first.get_or_insert_with(|| Chosen { name: chosen.name.clone(), ..chosen });
                if first.name != chosen.name {
                    let (found, wanted) = (chosen.name, first.name.clone());
                    return Err(LogError::OtherFormat { found, wanted });
                }
                format.read(&mut lines, &mut self.rows)?;
            }
        }
        self.rows.file_ends(&lines);
        Ok(())
    }

    fn finish(self) -> Result<Log, LogError> {
        let (declaration, format) = match (&self.reading, self.first) {
            (Reading::Template(_), _) => (&TEMPLATE, TEMPLATE.name.to_owned()),
            (Reading::Pattern(_), _) => (&PATTERN, PATTERN.name.to_owned()),
            (Reading::Recognised, Some(chosen)) => (chosen.format.declaration(), chosen.name),
            (Reading::Recognised, None) => return Err(LogError::Empty),
        };
        let hints = declaration.hints(&self.rows);
        Ok(Log { cells: self.rows.finish()?, format, hints, written: None, ends: Vec::new() })
    }
}
