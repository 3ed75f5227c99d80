//! JSON of which nothing is known: one object a line, an array, or an object with one array of records.

use crate::beginning::{Beginning, Sureness};
use crate::declaration::Declaration;
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::json;
use crate::rows::Rows;

/// JSON.
pub(super) struct Json;

static JSON: Declaration = Declaration::plain(
    "JSON",
    "it begins with { or [; an object a line, an array, or one array inside an object",
);

impl Format for Json {
    fn declaration(&self) -> &'static Declaration {
        &JSON
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        beginning.json_keys(&[]).then_some(Sureness::Generic)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        json::read_plain(lines, rows)
    }
}
