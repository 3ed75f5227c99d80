//! Values of a TOML file with their positions.

use crate::complaint::{Complaint, advised};
use toml::de::{DeTable, DeValue};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Byte offset in the file.
    pub start: usize,
    /// The value.
    pub kind: NodeKind,
}

/// The kinds of value.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number, or a whole one that is too big.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A date as written; the parser has checked its form.
    Date(String),
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(TomlTable),
}

/// A key.
#[derive(Clone, Debug, PartialEq)]
pub struct TomlKey {
    /// The key.
    pub name: String,
    /// Byte offset in the file.
    pub start: usize,
}

/// A table in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TomlTable {
    /// Keys and values.
    pub entries: Vec<(TomlKey, Node)>,
}

/// What a text was read as.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedToml {
    /// What could be read.
    pub table: TomlTable,
    /// What could not.
    pub errors: Vec<ParseError>,
}

/// Something that is not valid TOML, or that cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Byte offset in the file.
    pub start: usize,
    /// What is wrong.
    pub complaint: Complaint,
    /// Which of the two.
    pub kind: ParseErrorKind,
}

/// Kinds of [`ParseError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// Not valid TOML.
    Syntax,
    /// A whole number with more than 64 bits; it is read as a float.
    NumberTooBig,
}

impl TomlTable {
    /// Parses a file: what could be read, and what could not.
    #[must_use]
    pub fn parse(text: &str) -> ParsedToml {
        let (table, found) = DeTable::parse_recoverable(text);
        let syntax = found.into_iter().map(|error| ParseError {
            start: error.span().map_or(0, |span| span.start),
            complaint: error.message().replace('\n', " ").into(),
            kind: ParseErrorKind::Syntax,
        });
        let mut errors: Vec<ParseError> = syntax.collect();
        let table = Self::of(table.get_ref(), &mut errors);
        ParsedToml { table, errors }
    }

    fn of(table: &DeTable<'_>, errors: &mut Vec<ParseError>) -> Self {
        let mut entries: Vec<(TomlKey, Node)> = table
            .iter()
            .map(|(key, value)| {
                let key = TomlKey { name: key.get_ref().to_string(), start: key.span().start };
                (key, Node::of(value, errors))
            })
            .collect();
        // The parser sorts by name; output keeps the order of the file.
        entries.sort_by_key(|(key, _)| key.start);
        Self { entries }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|(_, node)| node)
    }

    /// A key with its value.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&(TomlKey, Node)> {
        self.entries.iter().find(|(key, _)| key.name == name)
    }

    /// The value of a key, to change.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// Puts a value there, in place of an existing one.
    pub fn insert(&mut self, name: &str, value: Node) {
        match self.get_mut(name) {
            Some(old) => *old = value,
            None => {
                let key = TomlKey { name: name.to_owned(), start: value.start };
                self.entries.push((key, value));
            }
        }
    }

    /// Removes a key with its value.
    pub fn remove(&mut self, name: &str) -> Option<Node> {
        let index = self.entries.iter().position(|(key, _)| key.name == name)?;
        Some(self.entries.remove(index).1)
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Node {
    /// A value.
    #[must_use]
    pub fn new(start: usize, kind: NodeKind) -> Self {
        Self { start, kind }
    }

    /// A text.
    pub fn text(start: usize, text: impl Into<String>) -> Self {
        Self::new(start, NodeKind::Text(text.into()))
    }

    fn of(value: &toml::Spanned<DeValue<'_>>, errors: &mut Vec<ParseError>) -> Self {
        let start = value.span().start;
        let kind = match value.get_ref() {
            DeValue::String(text) => NodeKind::Text(text.to_string()),
            DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(read) => NodeKind::Integer(read),
                Err(_) => {
                    let hint = "a whole number has up to 18 digits";
                    let complaint = advised("this number is too big", hint);
                    errors.push(ParseError { start, complaint, kind: ParseErrorKind::NumberTooBig });
                    NodeKind::Float(integer.as_str().parse().unwrap_or(f64::NAN))
                }
            },
            DeValue::Float(float) => NodeKind::Float(float.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(truth) => NodeKind::Bool(*truth),
            DeValue::Datetime(date) => NodeKind::Date(date.to_string()),
            DeValue::Array(items) => {
                NodeKind::List(items.iter().map(|item| Self::of(item, errors)).collect())
            }
            DeValue::Table(table) => NodeKind::Table(TomlTable::of(table, errors)),
        };
        Self { start, kind }
    }

    /// Its text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let NodeKind::Text(text) = &self.kind { Some(text) } else { None }
    }

    /// Its table.
    #[must_use]
    pub fn as_table(&self) -> Option<&TomlTable> {
        if let NodeKind::Table(table) = &self.kind { Some(table) } else { None }
    }

    /// Its table, to change.
    pub fn as_table_mut(&mut self) -> Option<&mut TomlTable> {
        if let NodeKind::Table(table) = &mut self.kind { Some(table) } else { None }
    }

    /// Its list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        if let NodeKind::List(items) = &self.kind { Some(items) } else { None }
    }

    /// Its boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let NodeKind::Bool(truth) = self.kind { Some(truth) } else { None }
    }

    /// Its whole number.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        if let NodeKind::Integer(integer) = self.kind { Some(integer) } else { None }
    }

    /// Its number, whole or not; `None` if it is not finite.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        let read = match &self.kind {
            #[expect(clippy::cast_precision_loss, reason = "numbers of files have digits to spare")]
            NodeKind::Integer(integer) => Some(*integer as f64),
            NodeKind::Float(float) => Some(*float),
            NodeKind::Text(_)
            | NodeKind::Bool(_)
            | NodeKind::Date(_)
            | NodeKind::List(_)
            | NodeKind::Table(_) => None,
        };
        read.filter(|number| number.is_finite())
    }

    /// The items of a list, or the value itself if it takes the place of a list of one.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            NodeKind::List(items) => items,
            NodeKind::Text(_)
            | NodeKind::Integer(_)
            | NodeKind::Float(_)
            | NodeKind::Bool(_)
            | NodeKind::Date(_)
            | NodeKind::Table(_) => std::slice::from_ref(self),
        }
    }

    /// Its kind, in words.
    #[must_use]
    pub fn what(&self) -> String {
        match &self.kind {
            NodeKind::Text(text) => format!("the text {text:?}"),
            NodeKind::Integer(integer) => format!("the number {integer}"),
            NodeKind::Float(float) => format!("the number {float}"),
            NodeKind::Bool(truth) => truth.to_string(),
            NodeKind::Date(date) => format!("the date {date}"),
            NodeKind::List(_) => "a list".to_owned(),
            NodeKind::Table(_) => "a table".to_owned(),
        }
    }
}
