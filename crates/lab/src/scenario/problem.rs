//! What is wrong with a scenario file, and where.
//!
//! A reader never stops at the first thing: it puts each problem into a [`Sink`] with the byte where
//! it stands and goes on with a default, so that a user sees everything at once. One place of the
//! file says one thing only: a template that is made twenty times is wrong once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// More than these would not be read.
const SHOWN_MAX: usize = 20;

/// Something wrong with a scenario file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    /// Its place and what is wrong.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

impl Problem {
    /// The same, and behind a semicolon what to do.
    fn with_hint(&self) -> String {
        in_words(&self.to_string(), self.hint.as_deref())
    }
}

/// Everything that is wrong with a scenario file, in the order of lines; at least one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    /// The problems.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Problems {
    /// One in a line, what is wrong only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines(Problem::to_string))
    }
}

impl Problems {
    /// One in a line for people, each with what to do about it.
    #[must_use]
    pub fn with_hints(&self) -> String {
        self.lines(Problem::with_hint)
    }

    fn lines(&self, line: impl Fn(&Problem) -> String) -> String {
        let mut lines: Vec<String> = self.problems.iter().take(SHOWN_MAX).map(line).collect();
        if let Some(more) = self.problems.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
            lines.push(format!("... and {more} more"));
        }
        lines.join("\n")
    }
}

/// A scenario file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What it says is wrong.
    #[error(transparent)]
    Problems(#[from] Problems),
}

/// What is wrong, and what to do about it where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl From<String> for Said {
    fn from(message: String) -> Self {
        Self { message, hint: None }
    }
}

impl From<&str> for Said {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

impl fmt::Display for Said {
    /// All of it, for where it is itself said of something else.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&in_words(&self.message, self.hint.as_deref()))
    }
}

/// What is wrong, and what to do.
pub(super) fn advised(message: impl Into<String>, hint: impl Into<String>) -> Said {
    Said { message: message.into(), hint: Some(hint.into()) }
}

/// A word that is not known, with what [`suggestion`] says of it.
pub(super) fn unknown<'k>(
    message: impl Into<String>,
    word: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Said {
    Said { message: message.into(), hint: suggestion(word, known) }
}

fn in_words(message: &str, hint: Option<&str>) -> String {
    hint.map_or_else(|| message.to_owned(), |hint| format!("{message}; {hint}"))
}

/// Collects problems by the byte at which they stand.
#[derive(Debug, Default)]
pub(super) struct Sink {
    found: RefCell<BTreeMap<(usize, String), Said>>,
}

impl Sink {
    /// Notes a problem; the first one at a place stays.
    pub(super) fn problem(&self, offset: usize, said: impl Into<Said>) {
        let said = said.into();
        // What is about the file as a whole, or was set since it was read, has no place of its own.
        let whole = if offset == 0 { said.to_string() } else { String::new() };
        self.found.borrow_mut().entry((offset, whole)).or_insert(said);
    }

    /// Whether something stands there already: then finding words for another one is not worth it.
    pub(super) fn noted(&self, offset: usize) -> bool {
        self.found.borrow().contains_key(&(offset, String::new()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// Gives everything to another one, with words before it.
    pub(super) fn pass_on(self, to: &Self, before: &str) {
        for ((offset, _), Said { message, hint }) in self.found.into_inner() {
            to.problem(offset, Said { message: format!("{before}{message}"), hint });
        }
    }

    /// What was found, with lines and columns; `None` when nothing was.
    pub(super) fn problems(&self, text: &str, file: &str) -> Option<Problems> {
        let found = self.found.borrow();
        let problems: Vec<Problem> = found
            .iter()
            .map(|((offset, _), Said { message, hint })| {
                let (line, column) = line_and_column(text, *offset);
                let (message, hint) = (message.clone(), hint.clone());
                Problem { file: file.to_owned(), line, column, message, hint }
            })
            .collect();
        (!problems.is_empty()).then_some(Problems { problems })
    }
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}

/// `did you mean x?` when one of the known words is near, `known are ...` when there are few.
pub(super) fn suggestion<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    /// A list of more names than this is no help.
    const LISTED_MAX: usize = 24;
    /// Fewer letters are part of too many names.
    const PART_MIN: usize = 4;
    /// So many names are compared in some milliseconds.
    const COMPARED_MAX: usize = 5000;
    let known: Vec<&str> = known.into_iter().take(COMPARED_MAX).collect();
    // A third of the letters may differ; more is another word (judgement).
    let limit = (word.chars().count() / 3).clamp(1, 4);
    let part = known.iter().filter(|k| word.len() >= PART_MIN && k.contains(word)).min_by_key(|k| k.len());
    if let Some(whole) = part {
        return Some(format!("did you mean {whole}?"));
    }
    let nearest = known.iter().map(|k| (distance(word, k), *k)).min();
    match nearest {
        Some((distance, name)) if distance <= limit => Some(format!("did you mean {name}?")),
        Some(_) if known.len() <= LISTED_MAX => Some(format!("known are {}", known.join(", "))),
        Some(_) | None => None,
    }
}

/// Edits that make one word of the other: letters changed, added, left out or swapped with their
/// neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    /// Longer names are cut: the work grows with the square.
    const LETTERS_MAX: usize = 64;
    let a: Vec<char> = a.chars().take(LETTERS_MAX).collect();
    let b: Vec<char> = b.chars().take(LETTERS_MAX).collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, &left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &right) in b.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(left != right)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && left == b[j - 1] && a[i - 1] == right {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swapped_letters_are_one_edit() {
        assert_eq!(distance("adress", "address"), 1);
        assert_eq!(distance("vai", "via"), 1);
        assert_eq!(distance("", "via"), 3);
        let near = |word| suggestion(word, ["address", "via"]).unwrap();
        assert_eq!(near("adress"), "did you mean address?");
        assert_eq!(near("x"), "known are address, via");
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(line_and_column("ä = 1\nöx", 9), (2, 2));
    }
}
