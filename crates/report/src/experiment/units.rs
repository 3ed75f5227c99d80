//! Values of fields with their units, and requests by what they set.

use super::FieldName;
use crate::{number, words};
use unanswered_probe::{Field, Setting};
use unanswered_registry::Quantity;
use unanswered_time::Span;
use unanswered_time::spans;

/// A field that the caller did not name.
const UNNAMED: FieldName = FieldName { code: "unnamed", words: "value", quantity: Quantity::Other };

/// The field's name.
pub(super) fn named(fields: &[FieldName], field: Field) -> FieldName {
    fields.get(usize::from(field.0)).copied().unwrap_or(UNNAMED)
}

/// `123`, `48 bytes`, `5 s`.
pub(super) fn value(name: FieldName, value: u64) -> String {
    match name.quantity {
        Quantity::Length => number::count(value, "byte"),
        Quantity::Pause => format!("{value} s"),
        Quantity::Port | Quantity::Load | Quantity::Other => value.to_string(),
    }
}

/// What a value and all below it are: `122 or lower`, `48 bytes or less`.
pub(super) fn at_most(name: FieldName, most: u64) -> String {
    format!("{} or {}", value(name, most), if is_size(name) { "less" } else { "lower" })
}

/// What a value and all above it are: `123 or higher`, `1473 bytes or more`.
pub(super) fn at_least(name: FieldName, least: u64) -> String {
    format!("{} or {}", value(name, least), if is_size(name) { "more" } else { "higher" })
}

pub(super) const fn is_size(name: FieldName) -> bool {
    match name.quantity {
        Quantity::Length | Quantity::Pause => true,
        Quantity::Port | Quantity::Load | Quantity::Other => false,
    }
}

/// `source port 123 and payload length 48 bytes`; the control where nothing is set.
pub(super) fn settings(fields: &[FieldName], settings: &[Setting]) -> String {
    let one = |setting: &Setting| {
        let name = named(fields, setting.field);
        format!("{} {}", name.words, value(name, setting.value))
    };
    if settings.is_empty() {
        return "usual values".to_owned();
    }
    words::listed(&settings.iter().map(one).collect::<Vec<_>>(), "and")
}

/// A probability that is never said to be certain: `99.6 %`, `over 99.9 %`.
pub(super) fn probability(probability: f64) -> String {
    if probability > 0.999 { "over 99.9 %".to_owned() } else { number::share(probability) }
}

/// A pause or a round trip: `18.2 s`.
pub(super) fn span(span: Span) -> String {
    spans::measured(span)
}

/// How long something took: `2 min 5 s`.
pub(super) fn lasting(span: Span) -> String {
    spans::in_words(span.seconds()).unwrap_or_else(|| spans::measured(span))
}

/// The text with a capital letter at its beginning.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
