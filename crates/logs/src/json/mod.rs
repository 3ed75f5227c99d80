//! JSON as rows: one object a line, or documents of one value.

mod document;
mod flatten;
mod stream;

pub(crate) use flatten::{flatten, scalar, within};

use crate::beginning::Beginning;
use crate::error::LogError;
use crate::input::{Line, Lines};
use crate::rows::Rows;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Makes rows of one value: none, one or many.
pub(crate) type Open = fn(&Value, &mut Rows);

/// Reads all values of an input and opens each.
///
/// # Errors
/// Those of the input.
pub(crate) fn read(lines: &mut Lines, rows: &mut Rows, open: Open) -> Result<(), LogError> {
    if !is_by_line(&Beginning::of(lines.beginning(), lines.is_whole())) {
        return document::read(lines, rows, open);
    }
    by_line(lines, rows, |text, rows| {
        let value: Value = serde_json::from_slice(text)?;
        match &value {
            Value::Array(values) => values.iter().for_each(|value| open(value, rows)),
            Value::Object(_) => open(&value, rows),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err(serde::de::Error::custom("not an object"));
            }
        }
        Ok(())
    })
}

/// Reads values that each become one row, without keeping any of them; a document of one value is opened.
///
/// # Errors
/// Those of the input.
pub(crate) fn read_plain(lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
    let beginning = Beginning::of(lines.beginning(), lines.is_whole());
    let single = lines.is_whole() && beginning.lines.len() == 1;
    if single || !is_by_line(&beginning) {
        return document::read(lines, rows, document::records);
    }
    let mut names = stream::Names::default();
    by_line(lines, rows, |text, rows| stream::row(text, &mut names, rows))
}

fn by_line(
    lines: &mut Lines,
    rows: &mut Rows,
    mut take: impl FnMut(&[u8], &mut Rows) -> serde_json::Result<()>,
) -> Result<(), LogError> {
    while let Some(line) = lines.next()? {
        let text = line.text.trim_ascii();
        if text.is_empty() {
            continue;
        }
        rows.envelope(&line);
        if let Err(error) = take(text, rows) {
            rows.undo();
            let error = error.to_string();
            // The line's own number is said beside it.
            let words = error.rsplit_once(" at line ").map_or(error.as_str(), |(words, _)| words);
            rows.not_json(&Line { text, ..line }, words);
        }
    }
    Ok(())
}

/// Each line is a value of its own. Broken lines may be among them.
fn is_by_line(beginning: &Beginning<'_>) -> bool {
    let object = |line: &&&[u8]| line.trim_ascii_start().first() == Some(&b'{');
    let whole = |line: &[u8]| serde_json::from_slice::<IgnoredAny>(line).is_ok();
    beginning.lines.iter().filter(object).any(|line| line.trim_ascii().len() > 2 && whole(line))
        && beginning.lines.iter().filter(object).count() * 2 > beginning.lines.len()
        || whole(beginning.first())
}
