//! Text from outside, made fit to be shown; display width and wrapping.

use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Replaces everything that a terminal, a log or a reader could mistake for something else:
/// control characters, and characters that are invisible or change the direction of writing.
/// They appear as `\x1b` or `\u{202e}`.
#[must_use]
pub fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match (is_unsafe(c), u32::from(c)) {
            (false, _) => out.push(c),
            (true, code) if code < 0x100 => out.push_str(&format!("\\x{code:02x}")),
            (true, code) => out.push_str(&format!("\\u{{{code:x}}}")),
        }
    }
    Cow::Owned(out)
}

/// Control characters (C0, C1), format characters that reorder or hide text (bidirectional
/// controls, zero-width characters, tags) and line separators.
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
            | 0xfeff | 0xfff9..=0xfffb | 0xe0000..=0xe007f)
}

/// Columns that the text takes up in a terminal.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// Breaks the text at spaces into lines of at most `columns`; words longer than a line are cut.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word = word;
        if !line.is_empty() && width(&line) + 1 + width(word) <= columns {
            line.push(' ');
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        while width(word) > columns {
            let (head, tail) = split_at_width(word, columns);
            lines.push(head.to_owned());
            word = tail;
        }
        line.push_str(word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Cuts the text to `columns`, with `…` in place of what is missing.
#[must_use]
pub fn shorten(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let (head, _) = split_at_width(text, columns.saturating_sub(1));
    Cow::Owned(format!("{head}…"))
}

/// Cuts the text to `columns` with `…` in its middle, so that names that differ at their ends still do.
#[must_use]
pub fn shorten_middle(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let room = columns.saturating_sub(1);
    let mut tail = text.len();
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > room / 2 {
            break;
        }
        tail = at;
    }
    let (head, _) = split_at_width(text, room - room / 2);
    Cow::Owned(format!("{head}…{}", text.get(tail..).unwrap_or_default()))
}

/// The longest prefix of at most `columns` (at least one character), and the rest.
fn split_at_width(text: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns && at > 0 {
            return text.split_at(at);
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_and_direction_overrides_are_made_visible() {
        assert_eq!(safe("a\x1b[31mb\u{202e}c\u{9b}d"), "a\\x1b[31mb\\u{202e}c\\x9bd");
        assert_eq!(safe("naïve 中文"), "naïve 中文");
    }

    #[test]
    fn wrapping_counts_columns_not_bytes_and_cuts_endless_words() {
        let lines = wrap("中文中文中文 ab cd efghijklmnopqrstuvwxyz", 8);
        assert_eq!(lines, ["中文中文", "中文 ab", "cd", "efghijkl", "mnopqrst", "uvwxyz"]);
        assert_eq!(wrap("", 20), [""]);
    }

    #[test]
    fn shortened_text_says_that_it_was_shortened() {
        assert_eq!(shorten("abcdef", 4), "abc…");
        assert_eq!(shorten("abcd", 4), "abcd");
        assert_eq!(shorten_middle("router, interface 5", 10), "route…ce 5");
        assert_eq!(shorten_middle("router", 6), "router");
        assert_eq!(shorten_middle("中文中文中文", 7), "中…文");
    }
}
