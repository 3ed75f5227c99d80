//! The beginning of an input, as formats look at it.

/// Lines that are looked at.
const LINES: usize = 64;

/// How surely a format recognises an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sureness {
    /// It could be anything of this kind: a table, a JSON document.
    Generic,
    /// Lines have the shape of the format's.
    Shape,
    /// It says itself what it is, by a header or by names that only this format has.
    Named,
}

/// The first bytes of an input.
#[derive(Clone, Debug)]
pub(crate) struct Beginning<'b> {
    /// The bytes.
    pub(crate) bytes: &'b [u8],
    /// The first lines that are not blank, without those that may be cut off.
    pub(crate) lines: Vec<&'b [u8]>,
}

impl<'b> Beginning<'b> {
    /// Of these bytes, which are all that there are if `whole`.
    pub(crate) fn of(bytes: &'b [u8], whole: bool) -> Self {
        let mut lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
        if !whole && lines.len() > 1 {
            lines.pop();
        }
        lines.iter_mut().for_each(|line| *line = line.strip_suffix(b"\r").unwrap_or(line));
        lines.retain(|line| !line.trim_ascii().is_empty());
        lines.truncate(LINES);
        Self { bytes, lines }
    }

    /// The same lines with something taken off each.
    pub(crate) fn with_lines(&self, lines: Vec<&'b [u8]>) -> Self {
        Self { bytes: lines.first().copied().unwrap_or_default(), lines }
    }

    /// The first line.
    pub(crate) fn first(&self) -> &'b [u8] {
        self.lines.first().copied().unwrap_or_default()
    }

    /// Most lines (three in four) have the shape.
    pub(crate) fn most(&self, has: impl Fn(&[u8]) -> bool) -> bool {
        let having = self.lines.iter().filter(|line| has(line)).count();
        having > 0 && having * 4 >= self.lines.len() * 3
    }

    /// It begins as a JSON object or array, and has these keys.
    pub(crate) fn json_keys(&self, keys: &[&str]) -> bool {
        let json = matches!(self.bytes.trim_ascii_start().first(), Some(b'{' | b'['));
        json && keys.iter().all(|key| has_key(self.bytes, key))
    }

    /// The names in the first line are separated by this, and these are among them.
    pub(crate) fn header_has(&self, separator: u8, names: &[&str]) -> bool {
        let header: Vec<&[u8]> =
            self.first().split(|&byte| byte == separator).map(|name| unquoted(name.trim_ascii())).collect();
        names.iter().all(|name| header.contains(&name.as_bytes()))
    }
}

/// A quoted key with a colon behind it is somewhere in the text.
fn has_key(text: &[u8], key: &str) -> bool {
    let quoted = format!("\"{key}\"");
    memchr::memmem::find_iter(text, quoted.as_bytes()).any(|at| {
        let behind = text.get(at + quoted.len()..).unwrap_or_default();
        behind.trim_ascii_start().first() == Some(&b':')
    })
}

/// A text without the quotes around it.
pub(crate) fn unquoted(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::Beginning;

    #[test]
    fn a_line_that_may_be_cut_off_is_not_looked_at() {
        assert_eq!(Beginning::of(b"a\r\n\nb\nc", false).lines, [&b"a"[..], b"b"]);
        assert_eq!(Beginning::of(b"a\nb", true).lines, [&b"a"[..], b"b"]);
        assert_eq!(Beginning::of(b"a", false).lines, [b"a"]);
    }

    #[test]
    fn keys_are_not_values() {
        let json = |text: &'static str| Beginning::of(text.as_bytes(), true);
        assert!(json(r#"{"a":{"b" : 1}}"#).json_keys(&["a", "b"]));
        assert!(!json(r#"{"a":"b"}"#).json_keys(&["b"]));
        assert!(!json(r#"a,"b":1"#).json_keys(&["b"]));
    }
}
