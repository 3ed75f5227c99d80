//! Nested objects as columns whose names are joined with dots.

use crate::rows::Rows;
use serde_json::Value;

/// Nesting beyond which an object is kept as text.
pub(super) const DEPTH_MAX: usize = 8;

/// Puts a value into the row that is being made, under this name. Arrays are kept as text; one of a single value is that
/// value, and an empty one is none.
pub(crate) fn flatten(name: &str, value: &Value, rows: &mut Rows) {
    into(&mut name.to_owned(), value, rows, 0);
}

fn into(name: &mut String, value: &Value, rows: &mut Rows, depth: usize) {
    match value {
        Value::Object(fields) if depth < DEPTH_MAX => {
            let length = name.len();
            for (key, value) in fields {
                if length > 0 {
                    name.push('.');
                }
                name.push_str(key);
                into(name, value, rows, depth + 1);
                name.truncate(length);
            }
        }
        Value::Array(values) => match values.as_slice() {
            [only @ (Value::String(_) | Value::Number(_) | Value::Bool(_))] => scalar(name, only, rows),
            [] => rows.named(name, b""),
            _ => rows.named(name, value.to_string().as_bytes()),
        },
        Value::Object(_) | Value::Null | Value::String(_) | Value::Bool(_) | Value::Number(_) => {
            scalar(name, value, rows);
        }
    }
}

/// Puts one value into the row that is being made, as it is.
pub(crate) fn scalar(name: &str, value: &Value, rows: &mut Rows) {
    match value {
        Value::Null => rows.named(name, b""),
        Value::String(text) => rows.named(name, text.as_bytes()),
        Value::Bool(true) => rows.named(name, b"true"),
        Value::Bool(false) => rows.named(name, b"false"),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            rows.named(name, value.to_string().as_bytes())
        }
    }
}

/// The value behind keys, one inside the other.
pub(crate) fn within<'v>(value: &'v Value, keys: &[&str]) -> Option<&'v Value> {
    keys.iter().try_fold(value, |value, key| value.get(key))
}
