//! A table read key by key.

use unanswered_toml_text::{Complaint, Node, ProblemSink, TomlKey, TomlTable, advised, unknown};

/// A kind of table and the keys that it may have.
#[derive(Debug)]
pub(crate) struct Section {
    /// Name, as the JSON Schema's definitions have it.
    pub(crate) name: &'static str,
    /// Keys. Reading any other is an error in the code.
    pub(crate) keys: &'static [&'static str],
}

/// A table that is being read.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub(crate) sink: &'a ProblemSink,
    pub(crate) table: &'a TomlTable,
    /// Byte offset for problems of the table as a whole.
    pub(crate) start: usize,
    section: &'static Section,
}

impl<'a> Fields<'a> {
    /// Reads a value that must be a table; reports keys that it may not have.
    pub(crate) fn of(sink: &'a ProblemSink, node: &'a Node, section: &'static Section) -> Option<Self> {
        let Some(table) = node.as_table() else {
            sink.problem(node.start, format!("{} must be a table, not {}", section.name, node.what()));
            return None;
        };
        Some(Self::of_table(sink, table, node.start, section))
    }

    pub(crate) fn of_table(
        sink: &'a ProblemSink,
        table: &'a TomlTable,
        start: usize,
        section: &'static Section,
    ) -> Self {
        for (key, _) in &table.entries {
            if !section.keys.contains(&key.name.as_str()) {
                let message = format!("unknown key {} in {}", key.name, section.name);
                sink.problem(key.start, unknown(message, &key.name, section.keys.iter().copied()));
            }
        }
        Self { sink, table, start, section }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Node> {
        debug_assert!(self.section.keys.contains(&key), "{key} is not a key of {}", self.section.name);
        self.table.get(key)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The byte offset of the key's value, or else of the table.
    pub(crate) fn place(&self, key: &str) -> usize {
        self.get(key).map_or(self.start, |node| node.start)
    }

    pub(crate) fn problem(&self, key: &str, said: impl Into<Complaint>) {
        self.sink.problem(self.place(key), said);
    }

    /// A value in its unit; `None` when it is missing or wrong (which is then noted).
    pub(crate) fn read<T>(&self, key: &str, unit: impl Fn(&Node) -> Result<T, String>) -> Option<T> {
        self.checked(key, self.get(key)?, unit)
    }

    /// A value that is required.
    pub(crate) fn required<T>(&self, key: &str, unit: impl Fn(&Node) -> Result<T, String>) -> Option<T> {
        if !self.has(key) {
            self.missing(key);
        }
        self.read(key, unit)
    }

    pub(crate) fn missing(&self, key: &str) {
        self.sink.problem(self.start, advised(format!("{} lacks {key}", self.section.name), "add it"));
    }

    /// A list, or one value for a list of one; `None` when it is missing.
    pub(crate) fn list<T>(&self, key: &str, unit: impl Fn(&Node) -> Result<T, String>) -> Option<Vec<T>> {
        let node = self.get(key)?;
        Some(node.items().iter().filter_map(|item| self.checked(key, item, &unit)).collect())
    }

    /// The entries of a table of named things; none when it is missing.
    pub(crate) fn named(&self, key: &str) -> &'a [(TomlKey, Node)] {
        let Some(node) = self.get(key) else { return &[] };
        match node.as_table() {
            Some(table) => &table.entries,
            None => {
                self.problem(
                    key,
                    format!("{key} must be a table of names, as in [{key}.name], not {}", node.what()),
                );
                &[]
            }
        }
    }

    /// The tables of a list; none when it is missing.
    pub(crate) fn tables(&self, key: &str, section: &'static Section) -> Vec<Self> {
        let Some(node) = self.get(key) else { return Vec::new() };
        node.items().iter().filter_map(|item| Fields::of(self.sink, item, section)).collect()
    }

    /// A table inside this one.
    pub(crate) fn table(&self, key: &str, section: &'static Section) -> Option<Self> {
        Fields::of(self.sink, self.get(key)?, section)
    }

    fn checked<T>(&self, key: &str, node: &Node, unit: impl Fn(&Node) -> Result<T, String>) -> Option<T> {
        match unit(node) {
            Ok(value) => Some(value),
            Err(expected) => {
                self.sink.problem(node.start, advised(format!("{key} cannot be {}", node.what()), expected));
                None
            }
        }
    }
}
