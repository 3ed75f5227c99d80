//! Tables of a TOML file, read key by key; whatever is wrong is collected with its place.

use super::Problem;
use std::cell::RefCell;
use std::ops::Range;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// A value with its place in the text.
pub(super) type Spanned<'t> = toml::Spanned<DeValue<'t>>;

/// A file that is being read.
pub(super) struct Source<'s> {
    file: &'s Path,
    text: &'s str,
    problems: RefCell<Vec<Problem>>,
}

/// One table of the file.
#[derive(Clone, Copy)]
pub(super) struct TableText<'s> {
    source: &'s Source<'s>,
    table: &'s DeTable<'s>,
    start: usize,
}

impl<'s> Source<'s> {
    pub(super) fn new(file: &'s Path, text: &'s str) -> Self {
        Self { file, text, problems: RefCell::default() }
    }

    /// Parses the text; syntax errors are problems too.
    pub(super) fn parse(&self) -> DeTable<'s> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            self.problem(error.span().map_or(0, |span| span.start), error.message().replace('\n', " "));
        }
        table.into_inner()
    }

    pub(super) fn root(&'s self, table: &'s DeTable<'s>) -> TableText<'s> {
        TableText { source: self, table, start: 0 }
    }

    pub(super) fn problem(&self, offset: usize, message: impl Into<String>) {
        self.problems.borrow_mut().push(Problem::at(self.file, self.text, offset, message.into()));
    }

    /// All problems in the order of lines.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems
    }
}

impl<'s> TableText<'s> {
    pub(super) fn value(&self, key: &str) -> Option<&'s Spanned<'s>> {
        self.table.get(key)
    }

    /// Complains about keys that are none of these.
    pub(super) fn only(&self, keys: &[&str]) {
        for (key, value) in self.table {
            if !keys.contains(&key.get_ref().as_ref()) {
                let place = Range { start: key.span().start, end: value.span().end };
                self.problem(&place, format!("unknown key {}; known are {}", key.get_ref(), keys.join(", ")));
            }
        }
    }

    pub(super) fn problem(&self, place: &Range<usize>, message: String) {
        self.source.problem(place.start, message);
    }

    pub(super) fn missing(&self, key: &str) {
        self.source.problem(self.start, format!("{key} is missing"));
    }

    /// A text that must be there and say something.
    pub(super) fn text(&self, key: &str) -> String {
        let Some(value) = self.value(key) else {
            self.missing(key);
            return String::new();
        };
        let text = self.as_text(value, key).unwrap_or_default();
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if joined.is_empty() && matches!(value.get_ref(), DeValue::String(_)) {
            self.problem(&value.span(), format!("{key} is empty"));
        }
        joined
    }

    /// A list of texts; none when the key is missing.
    pub(super) fn texts(&self, key: &str) -> Vec<(String, Range<usize>)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.problem(&value.span(), format!("{key} must be a list of texts"));
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| self.as_text(item, key).map(|text| (text.trim().to_owned(), item.span())))
            .collect()
    }

    /// A list of texts that stand for something; `known` lists the words for the complaint.
    pub(super) fn words<T>(&self, key: &str, known: &[&str], read: impl Fn(&str) -> Option<T>) -> Vec<T> {
        self.texts(key)
            .into_iter()
            .filter_map(|(word, place)| {
                let meaning = read(&word);
                if meaning.is_none() {
                    self.problem(
                        &place,
                        format!("{key} cannot be {word}; expected one of {}", known.join(", ")),
                    );
                }
                meaning
            })
            .collect()
    }

    /// A table inside this one.
    pub(super) fn table(&self, key: &str) -> Option<Self> {
        let value = self.value(key)?;
        let DeValue::Table(table) = value.get_ref() else {
            self.problem(&value.span(), format!("{key} must be a table"));
            return None;
        };
        Some(Self { source: self.source, table, start: value.span().start })
    }

    /// A list of tables inside this one.
    pub(super) fn tables(&self, key: &str) -> Vec<Self> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.problem(&value.span(), format!("{key} must be a list of tables"));
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| match item.get_ref() {
                DeValue::Table(table) => Some(Self { source: self.source, table, start: item.span().start }),
                DeValue::String(_)
                | DeValue::Integer(_)
                | DeValue::Float(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_) => {
                    self.problem(&item.span(), format!("{key} must be a list of tables"));
                    None
                }
            })
            .collect()
    }

    fn as_text(&self, value: &Spanned<'_>, key: &str) -> Option<String> {
        let DeValue::String(text) = value.get_ref() else {
            self.problem(&value.span(), format!("{key} must be text"));
            return None;
        };
        Some(text.to_string())
    }
}

/// The number that a value is.
pub(super) fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse().ok(),
        DeValue::Float(float) => float.as_str().parse().ok(),
        DeValue::Integer(_)
        | DeValue::String(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => None,
    }
    .filter(|number: &f64| number.is_finite())
}
