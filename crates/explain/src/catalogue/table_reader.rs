//! Tables of a catalogue file, read key by key; every problem is collected with its place.

use super::vocabulary::undeclared;
use unanswered_toml_text::{Node, ProblemSink, TomlTable};

/// One table of the file.
#[derive(Clone, Copy)]
pub(super) struct TableReader<'s> {
    sink: &'s ProblemSink,
    table: &'s TomlTable,
    start: usize,
}

/// A text of a list, with its place.
pub(super) struct PlacedText {
    pub(super) text: String,
    start: usize,
}

impl<'s> TableReader<'s> {
    /// The table of the whole file.
    pub(super) fn root(sink: &'s ProblemSink, table: &'s TomlTable) -> Self {
        Self { sink, table, start: 0 }
    }

    pub(super) fn value(&self, key: &str) -> Option<&'s Node> {
        self.table.get(key)
    }

    /// Reports keys other than these.
    pub(super) fn only(&self, keys: &[&str]) {
        for (key, _) in &self.table.entries {
            if !keys.contains(&key.name.as_str()) {
                let message = format!("unknown key {}; known are {}", key.name, keys.join(", "));
                self.sink.problem(key.start, message);
            }
        }
    }

    pub(super) fn problem(&self, value: &Node, message: String) {
        self.sink.problem(value.start, message);
    }

    pub(super) fn missing(&self, key: &str) {
        self.sink.problem(self.start, format!("{key} is missing"));
    }

    /// A text that must be present and not empty.
    pub(super) fn text(&self, key: &str) -> String {
        let Some(value) = self.value(key) else {
            self.missing(key);
            return String::new();
        };
        let text = self.as_text(value, key).unwrap_or_default();
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if joined.is_empty() && value.as_text().is_some() {
            self.problem(value, format!("{key} is empty"));
        }
        joined
    }

    /// A list of texts; none when the key is missing.
    pub(super) fn texts(&self, key: &str) -> Vec<PlacedText> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.as_list() else {
            self.problem(value, format!("{key} must be a list of texts"));
            return Vec::new();
        };
        let read = |item: &Node| {
            let text = self.as_text(item, key)?.trim().to_owned();
            Some(PlacedText { text, start: item.start })
        };
        items.iter().filter_map(read).collect()
    }

    /// A list of texts that stand for something; `known` lists the valid words for the problem's message.
    pub(super) fn words<T>(&self, key: &str, known: &[&str], read: impl Fn(&str) -> Option<T>) -> Vec<T> {
        self.texts(key)
            .into_iter()
            .filter_map(|PlacedText { text, start }| {
                let meaning = read(&text);
                if meaning.is_none() {
                    let message = format!("{key} cannot be {text}; expected one of {}", known.join(", "));
                    self.sink.problem(start, message);
                }
                meaning
            })
            .collect()
    }

    /// A list of names, which must be declared ones where any are declared.
    pub(super) fn names(&self, key: &str, declared: &[&'static str]) -> Vec<String> {
        let texts = self.texts(key).into_iter();
        let checked = texts.filter_map(|PlacedText { text, start }| {
            if let Some(complaint) = undeclared(key, &text, declared) {
                self.sink.problem(start, complaint);
                return None;
            }
            Some(text)
        });
        checked.collect()
    }

    /// A table inside this one.
    pub(super) fn table(&self, key: &str) -> Option<Self> {
        let value = self.value(key)?;
        let Some(table) = value.as_table() else {
            self.problem(value, format!("{key} must be a table"));
            return None;
        };
        Some(Self { sink: self.sink, table, start: value.start })
    }

    /// A list of tables inside this one.
    pub(super) fn tables(&self, key: &str) -> Vec<Self> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.as_list() else {
            self.problem(value, format!("{key} must be a list of tables"));
            return Vec::new();
        };
        let read = |item: &'s Node| {
            let table = item.as_table();
            if table.is_none() {
                self.problem(item, format!("{key} must be a list of tables"));
            }
            table.map(|table| Self { sink: self.sink, table, start: item.start })
        };
        items.iter().filter_map(read).collect()
    }

    fn as_text<'n>(&self, value: &'n Node, key: &str) -> Option<&'n str> {
        let text = value.as_text();
        if text.is_none() {
            self.problem(value, format!("{key} must be text"));
        }
        text
    }
}
