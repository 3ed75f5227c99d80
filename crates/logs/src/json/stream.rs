//! One object of a line into a row, cell by cell as it is parsed: no value is kept.

use super::flatten::DEPTH_MAX;
use crate::rows::Rows;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// Which column came after which: lines of a log have their keys in the same order, mostly.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The dotted name that is being made.
    name: String,
    /// Names in the order in which they came last, with their columns.
    order: Vec<(String, Option<usize>)>,
    next: usize,
    /// A number as text.
    number: String,
}

/// Makes a row of one object.
pub(super) fn row(text: &[u8], names: &mut Names, rows: &mut Rows) -> serde_json::Result<()> {
    names.name.clear();
    names.next = 0;
    let mut reader = serde_json::Deserializer::from_slice(text);
    Field { names, rows, depth: 0 }.deserialize(&mut reader)?;
    reader.end()?;
    rows.end();
    Ok(())
}

impl Names {
    fn cell(&mut self, rows: &mut Rows, text: &[u8]) {
        let column = match self.order.get(self.next) {
            Some((name, column)) if *name == self.name => *column,
            _ => {
                let column = rows.column(&self.name);
                self.order.truncate(self.next);
                self.order.push((self.name.clone(), column));
                column
            }
        };
        self.next += 1;
        rows.set(column, text);
    }

    fn written(&mut self, rows: &mut Rows, number: impl fmt::Display) {
        let mut text = std::mem::take(&mut self.number);
        text.clear();
        let _ = write!(text, "{number}");
        self.cell(rows, text.as_bytes());
        self.number = text;
    }
}

struct Field<'r> {
    names: &'r mut Names,
    rows: &'r mut Rows,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Field<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Field<'_> {
    /// A value that is no object must be inside one.
    fn inside<E: Error>(&self) -> Result<(), E> {
        if self.depth == 0 { Err(E::custom("not an object")) } else { Ok(()) }
    }
}

impl<'de> Visitor<'de> for Field<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let length = self.names.name.len();
        while let Some(key) = fields.next_key::<Key<'_>>()? {
            if length > 0 {
                self.names.name.push('.');
            }
            self.names.name.push_str(&key.0);
            if self.depth < DEPTH_MAX {
                fields.next_value_seed(Field {
                    names: self.names,
                    rows: self.rows,
                    depth: self.depth + 1,
                })?;
            } else {
                let value: Value = fields.next_value()?;
                self.names.written(self.rows, value);
            }
            self.names.name.truncate(length);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        self.inside()?;
        let mut values: Vec<Value> = Vec::new();
        while let Some(value) = elements.next_element()? {
            values.push(value);
        }
        match values.as_slice() {
            [Value::String(only)] => self.names.cell(self.rows, only.as_bytes()),
            [only @ (Value::Number(_) | Value::Bool(_))] => self.names.written(self.rows, only),
            [] => self.names.cell(self.rows, b""),
            _ => self.names.written(self.rows, Value::Array(values)),
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.inside()?;
        self.names.cell(self.rows, text.as_bytes());
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.inside()?;
        self.names.written(self.rows, number);
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.inside()?;
        self.names.written(self.rows, number);
        Ok(())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.inside()?;
        // As serde_json writes it: 1.0 keeps its point.
        self.names.written(self.rows, Value::from(number));
        Ok(())
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<(), E> {
        self.inside()?;
        self.names.cell(self.rows, if truth { b"true" } else { b"false" });
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.inside()?;
        self.names.cell(self.rows, b"");
        Ok(())
    }
}

/// A key, borrowed from the line where it has no escapes.
struct Key<'k>(Cow<'k, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}
