//! ANSI styles for the terminal pages. Words that end up here have passed `text::safe`.

use std::fmt::Write as _;

/// ANSI SGR parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Cyan,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Red => "1;31",
            Self::Green => "1;32",
            Self::Yellow => "1;33",
            Self::Cyan => "36",
        }
    }
}

/// Appends the words, styled if colours are wanted.
pub(crate) fn put(out: &mut String, color: bool, style: Style, words: &str) {
    match (color && !words.is_empty(), style.code()) {
        (false, _) | (_, "") => out.push_str(words),
        (true, code) => {
            let _ = write!(out, "\x1b[{code}m{words}\x1b[0m");
        }
    }
}
