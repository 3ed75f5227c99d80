//! Lines of free text, with a regular expression that says what is in them.

use crate::declaration::Declaration;
use crate::error::LogError;
use crate::input::Lines;
use crate::rows::Rows;
use regex::bytes::Regex;

/// Bytes that a compiled pattern may take.
const SIZE_MAX: usize = 10 << 20;

/// What is known of lines that a pattern describes.
pub(crate) static PATTERN: Declaration = Declaration {
    time: &["time", "timestamp", "when", "ts", "date"],
    ..Declaration::plain("lines of the pattern given", "the argument --pattern")
};

/// A regular expression with named groups: each is a column.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    names: Vec<(usize, String)>,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// When it is no regular expression, or has no named group.
    pub(crate) fn new(pattern: &str) -> Result<Self, LogError> {
        let built = regex::bytes::RegexBuilder::new(pattern).size_limit(SIZE_MAX).build();
        let regex = built.map_err(|error| {
            // The library draws the pattern over several lines; the last one says what is wrong.
            let said = error.to_string();
            let last = said.lines().last().unwrap_or_default();
            LogError::Pattern(last.strip_prefix("error: ").unwrap_or(last).to_owned())
        })?;
        let names: Vec<(usize, String)> = regex
            .capture_names()
            .enumerate()
            .filter_map(|(index, name)| Some((index, name?.to_owned())))
            .collect();
        if names.is_empty() {
            return Err(LogError::Pattern("it has no named group (?P<name>...)".to_owned()));
        }
        Ok(Self { regex, names })
    }

    /// Reads the lines in which the pattern is found. The others are counted.
    ///
    /// # Errors
    /// Those of the input.
    pub(crate) fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        let columns: Vec<(usize, Option<usize>)> =
            self.names.iter().map(|(index, name)| (*index, rows.column(name))).collect();
        let mut found = self.regex.capture_locations();
        while let Some(line) = lines.next()? {
            if line.text.trim_ascii().is_empty() {
                continue;
            }
            if self.regex.captures_read(&mut found, line.text).is_none() {
                rows.odd(&line, "what the pattern describes");
                continue;
            }
            for &(index, column) in &columns {
                let cell =
                    found.get(index).and_then(|(from, to)| line.text.get(from..to)).unwrap_or_default();
                rows.set(column, cell);
            }
            rows.end();
        }
        Ok(())
    }
}
