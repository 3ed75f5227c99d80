//! Lengths of time and dates.

use unanswered_time::{Span, Time, dates, spans};
use unanswered_toml_text::{Node, NodeKind};

/// A length of time; may be negative.
pub(crate) fn span(node: &Node) -> Result<Span, String> {
    match &node.kind {
        NodeKind::Text(text) => spans::read(text).map_err(|error| error.to_string()),
        // Zero is zero in every unit.
        NodeKind::Integer(0) => Ok(Span::default()),
        NodeKind::Integer(_)
        | NodeKind::Float(_)
        | NodeKind::Bool(_)
        | NodeKind::Date(_)
        | NodeKind::List(_)
        | NodeKind::Table(_) => Err(spans::NotASpan::Form.to_string()),
    }
}

/// A length of time that is not negative.
pub(crate) fn length(node: &Node) -> Result<Span, String> {
    let read = span(node)?;
    if read.nanoseconds() < 0 { Err("it must not be negative".to_owned()) } else { Ok(read) }
}

/// A date, or a date and time of day, in UTC unless it has an offset (RFC 3339).
pub(crate) fn date(node: &Node) -> Result<Time, String> {
    let text = match &node.kind {
        NodeKind::Date(text) | NodeKind::Text(text) => text.trim(),
        NodeKind::Integer(_)
        | NodeKind::Float(_)
        | NodeKind::Bool(_)
        | NodeKind::List(_)
        | NodeKind::Table(_) => "",
    };
    dates::rfc3339(text)
        .ok_or_else(|| "write a date as 2026-03-01T00:00:00Z, between 1678 and 2262".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_texts_with_units_or_nothing() {
        assert_eq!(span(&Node::text(0, "-1d 6h")), Ok(Span::from_seconds(-108_000)));
        assert_eq!(span(&Node::new(0, NodeKind::Integer(0))), Ok(Span::default()));
        assert_eq!(span(&Node::new(0, NodeKind::Integer(5))), Err(spans::NotASpan::Form.to_string()));
        assert_eq!(length(&Node::text(0, "-1s")), Err("it must not be negative".to_owned()));
        let long = span(&Node::text(0, "9999999999999d"));
        assert_eq!(long, Err("it is longer than 292 years".to_owned()));
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        // date -u -d 2026-03-01T00:00:00Z +%s
        let read = |text: &str| date(&Node::text(0, text)).map(|time| time.nanoseconds() / 1_000_000_000);
        assert_eq!(read(" 2026-03-01T01:30:00+01:30 "), Ok(1_772_323_200));
        for wrong in ["2026-02-30", "9999-12-31", "soon"] {
            assert!(read(wrong).is_err_and(|words| words.contains("2026-03-01T00:00:00Z")), "{wrong}");
        }
    }
}
