//! Documents: an array of records, an object with one, or objects that take many lines.

use super::{Open, flatten};
use crate::error::LogError;
use crate::input::{Line, Lines};
use crate::rows::Rows;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Objects inside each other, down to which an array of records is looked for.
const DEPTH_MAX: usize = 3;

/// Reads all values of an input that is one document, or several one after the other.
pub(super) fn read(lines: &mut Lines, rows: &mut Rows, open: Open) -> Result<(), LogError> {
    let text = lines.rest()?;
    let mut from = 0;
    loop {
        let rest = text.get(from..).unwrap_or_default();
        if rest.trim_ascii().is_empty() {
            return Ok(());
        }
        let mut reader = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
        // A large array is never in memory as values: its elements come one by one.
        let outcome = if rest.trim_ascii_start().first() == Some(&b'[') {
            let mut whole = serde_json::Deserializer::from_slice(rest);
            let done = Elements { rows, open }.deserialize(&mut whole);
            done.map(|()| whole.into_iter::<Value>().byte_offset())
        } else {
            match reader.next() {
                Some(Ok(value)) => {
                    open(&value, rows);
                    Ok(reader.byte_offset())
                }
                Some(Err(error)) => Err(error),
                None => return Ok(()),
            }
        };
        match outcome {
            Ok(offset) => from += offset.max(1),
            Err(error) => {
                let before = text.get(..from).unwrap_or_default();
                let line = memchr::memchr_iter(b'\n', before).count() + error.line();
                let number = u64::try_from(line).unwrap_or(u64::MAX);
                let words = error.to_string();
                if rows.rows() > 0 {
                    rows.document_ends(number, &words);
                } else {
                    rows.not_json(&Line { number, text: rest, ended: true, envelope: None }, &words);
                }
                return Ok(());
            }
        }
    }
}

/// The records of a document: the elements of its only array of objects, or the object itself.
pub(super) fn records(value: &Value, rows: &mut Rows) {
    let mut found = Vec::new();
    arrays(value, 0, &mut found);
    match found.as_slice() {
        [records] => records.iter().for_each(|record| one(record, rows)),
        _ => one(value, rows),
    }
}

fn one(record: &Value, rows: &mut Rows) {
    if record.is_object() {
        flatten("", record, rows);
        rows.end();
    } else {
        rows.no_request("values that are no objects");
    }
}

fn arrays<'v>(value: &'v Value, depth: usize, found: &mut Vec<&'v Vec<Value>>) {
    let Value::Object(fields) = value else { return };
    for value in fields.values() {
        match value {
            Value::Array(values) if values.first().is_some_and(Value::is_object) => found.push(values),
            Value::Object(_) if depth < DEPTH_MAX => arrays(value, depth + 1, found),
            Value::Array(_)
            | Value::Object(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_) => {}
        }
    }
}

/// The elements of an array, each opened as it is read.
struct Elements<'r> {
    rows: &'r mut Rows,
    open: Open,
}

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(value) = elements.next_element::<Value>()? {
            if value.is_object() {
                (self.open)(&value, self.rows);
            } else {
                self.rows.no_request("values that are no objects");
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut all = Map::new();
        while let Some((key, value)) = fields.next_entry()? {
            all.insert(key, value);
        }
        (self.open)(&Value::Object(all), self.rows);
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Err(E::custom("not an object"))
    }
}
