//! Values of a TOML file with their places.

use crate::scenario::problem::{Sink, advised};
use toml::de::{DeTable, DeValue};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::scenario) struct Node {
    /// Byte of the file at which it begins.
    pub(in crate::scenario) start: usize,
    /// The value.
    pub(in crate::scenario) kind: Kind,
}

/// The kinds of value.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::scenario) enum Kind {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    /// A date as it is written; the parser has checked its form.
    Date(String),
    List(Vec<Node>),
    Table(Table),
}

/// A key.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::scenario) struct Key {
    /// The key.
    pub(in crate::scenario) name: String,
    /// Byte of the file at which it begins.
    pub(in crate::scenario) start: usize,
}

/// A table in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::scenario) struct Table {
    pub(in crate::scenario) entries: Vec<(Key, Node)>,
}

impl Table {
    /// Parses a file; what is no TOML is a problem each, and what could be read is given.
    pub(in crate::scenario) fn parse(text: &str, sink: &Sink) -> Self {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let offset = error.span().map_or(0, |span| span.start);
            sink.problem(offset, format!("{}; this is no TOML", error.message().replace('\n', " ")));
        }
        Self::of(table.get_ref(), sink)
    }

    fn of(table: &DeTable<'_>, sink: &Sink) -> Self {
        let mut entries: Vec<(Key, Node)> = table
            .iter()
            .map(|(key, value)| {
                let key = Key { name: key.get_ref().to_string(), start: key.span().start };
                (key, Node::of(value, sink))
            })
            .collect();
        // The parser sorts by name; the file's order is the order of hosts, and of what is shown.
        entries.sort_by_key(|(key, _)| key.start);
        Self { entries }
    }

    pub(in crate::scenario) fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|(_, node)| node)
    }

    pub(in crate::scenario) fn entry(&self, name: &str) -> Option<&(Key, Node)> {
        self.entries.iter().find(|(key, _)| key.name == name)
    }

    pub(in crate::scenario) fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// Puts a value there, in place of an older one.
    pub(in crate::scenario) fn insert(&mut self, name: &str, value: Node) {
        match self.get_mut(name) {
            Some(old) => *old = value,
            None => {
                let key = Key { name: name.to_owned(), start: value.start };
                self.entries.push((key, value));
            }
        }
    }

    pub(in crate::scenario) fn remove(&mut self, name: &str) -> Option<Node> {
        let index = self.entries.iter().position(|(key, _)| key.name == name)?;
        Some(self.entries.remove(index).1)
    }

    pub(in crate::scenario) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Node {
    pub(in crate::scenario) fn new(start: usize, kind: Kind) -> Self {
        Self { start, kind }
    }

    pub(in crate::scenario) fn text(start: usize, text: impl Into<String>) -> Self {
        Self::new(start, Kind::Text(text.into()))
    }

    fn of(value: &toml::Spanned<DeValue<'_>>, sink: &Sink) -> Self {
        let start = value.span().start;
        let kind = match value.get_ref() {
            DeValue::String(text) => Kind::Text(text.to_string()),
            DeValue::Integer(integer) => {
                let read = i64::from_str_radix(integer.as_str(), integer.radix());
                Kind::Integer(read.unwrap_or_else(|_| {
                    let hint = "a whole number has up to 18 digits";
                    sink.problem(start, advised("this number is too big", hint));
                    0
                }))
            }
            DeValue::Float(float) => Kind::Float(float.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(truth) => Kind::Bool(*truth),
            DeValue::Datetime(date) => Kind::Date(date.to_string()),
            DeValue::Array(items) => Kind::List(items.iter().map(|item| Self::of(item, sink)).collect()),
            DeValue::Table(table) => Kind::Table(Table::of(table, sink)),
        };
        Self { start, kind }
    }

    pub(in crate::scenario) fn as_text(&self) -> Option<&str> {
        if let Kind::Text(text) = &self.kind { Some(text) } else { None }
    }

    pub(in crate::scenario) fn as_table(&self) -> Option<&Table> {
        if let Kind::Table(table) = &self.kind { Some(table) } else { None }
    }

    pub(in crate::scenario) fn as_table_mut(&mut self) -> Option<&mut Table> {
        if let Kind::Table(table) = &mut self.kind { Some(table) } else { None }
    }

    /// The items of a list, or the value itself where one stands for a list of one.
    pub(in crate::scenario) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            Kind::Text(_)
            | Kind::Integer(_)
            | Kind::Float(_)
            | Kind::Bool(_)
            | Kind::Date(_)
            | Kind::Table(_) => std::slice::from_ref(self),
        }
    }

    /// What it is, in words.
    pub(in crate::scenario) fn what(&self) -> String {
        match &self.kind {
            Kind::Text(text) => format!("the text {text:?}"),
            Kind::Integer(integer) => format!("the number {integer}"),
            Kind::Float(float) => format!("the number {float}"),
            Kind::Bool(truth) => truth.to_string(),
            Kind::Date(date) => format!("the date {date}"),
            Kind::List(_) => "a list".to_owned(),
            Kind::Table(_) => "a table".to_owned(),
        }
    }
}
