//! SVG text: escaping and coordinates.

use crate::text;
use std::fmt;

/// Text as HTML and SVG content or attribute value: markup characters escaped, unsafe characters
/// made visible.
#[must_use]
pub fn escape(value: &str) -> String {
    let safe = text::safe(value);
    let mut out = String::with_capacity(safe.len());
    for c in safe.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A coordinate with at most one decimal: a tenth of a pixel is less than anyone sees.
#[derive(Clone, Copy)]
pub(crate) struct Px(pub(crate) f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = 0.0 + (self.0 * 10.0).round() / 10.0;
        write!(f, "{}", if tenths.is_finite() { tenths } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_do_not_survive() {
        let hostile = "<script>alert('1')</script>&\x1b\u{202e}\"";
        let expected = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\\x1b\\u{202e}&quot;";
        assert_eq!(escape(hostile), expected);
    }

    #[test]
    fn coordinates_are_finite_and_short() {
        assert_eq!(Px(12.345).to_string(), "12.3");
        assert_eq!(Px(f64::NAN).to_string(), "0");
        assert_eq!(Px(-0.01).to_string(), "0");
    }
}
