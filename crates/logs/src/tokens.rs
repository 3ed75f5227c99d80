//! Lines of access logs as tokens between blanks, where quotes and brackets keep blanks together.

/// Splits a line: `"…"` (with `\"` inside), `[…]` and `{…}` are one token each, without their signs.
/// Fails for a quote or a bracket without its end.
pub(crate) fn split<'l>(line: &'l [u8], tokens: &mut Vec<&'l [u8]>) -> bool {
    tokens.clear();
    let mut rest = line.trim_ascii();
    while let Some(&first) = rest.first() {
        let (token, behind) = match first {
            b'"' => match quoted_end(rest) {
                Some(end) => (rest.get(1..end), rest.get(end + 1..)),
                None => return false,
            },
            b'[' | b'{' => {
                let close = if first == b'[' { b']' } else { b'}' };
                match memchr::memchr(close, rest) {
                    Some(end) => (rest.get(1..end), rest.get(end + 1..)),
                    None => return false,
                }
            }
            _ => {
                let end = token_end(rest);
                (rest.get(..end), rest.get(end..))
            }
        };
        tokens.push(token.unwrap_or_default());
        rest = behind.unwrap_or_default().trim_ascii_start();
    }
    true
}

/// Where a plain token ends: at a blank, but not inside the quotes of `key="a b"`.
fn token_end(text: &[u8]) -> usize {
    let mut quoted = false;
    let mut last = 0;
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            b' ' | b'\t' if !quoted => return at,
            b'"' if quoted || last == b'=' => quoted = !quoted,
            _ => {}
        }
        last = byte;
    }
    text.len()
}

/// Where the quote that closes the first one is.
pub(crate) fn quoted_end(text: &[u8]) -> Option<usize> {
    let mut from = 1;
    loop {
        let at = from + memchr::memchr2(b'"', b'\\', text.get(from..)?)?;
        match text.get(at) {
            Some(b'"') => return Some(at),
            Some(_) | None => from = at + 2,
        }
    }
}

/// The three parts of a request line, `GET /path?query HTTP/1.1`: method, target and protocol.
pub(crate) fn request_line(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let first = memchr::memchr(b' ', text)?;
    let (method, rest) = text.split_at_checked(first)?;
    let rest = rest.trim_ascii_start();
    let (target, protocol) = match memchr::memrchr(b' ', rest) {
        Some(last) => (rest.get(..last)?, rest.get(last + 1..)?),
        None => (rest, &b""[..]),
    };
    let is_word = !method.is_empty() && method.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-');
    is_word.then_some((method, target, protocol))
}

/// A target as path and query.
pub(crate) fn path_and_query(target: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'?', target) {
        Some(at) => (target.get(..at).unwrap_or_default(), target.get(at + 1..).unwrap_or_default()),
        None => (target, b""),
    }
}

/// A cell; `-` stands for none.
pub(crate) fn given(cell: &[u8]) -> &[u8] {
    if cell == b"-" { b"" } else { cell }
}

#[cfg(test)]
mod tests {
    use super::{path_and_query, request_line, split};

    #[test]
    fn quotes_and_brackets_keep_blanks_together() {
        let mut tokens = Vec::new();
        assert!(split(br#"a [b c] "d \"e\" f" {g h} rt=1 x="y z" -"#, &mut tokens));
        let expected: [&[u8]; 7] = [b"a", b"b c", br#"d \"e\" f"#, b"g h", b"rt=1", br#"x="y z""#, b"-"];
        assert_eq!(tokens, expected);
        assert!(!split(br#"a "b"#, &mut tokens));
        assert!(!split(b"a [b", &mut tokens));
        assert!(!split(br#"a "b\""#, &mut tokens));
    }

    #[test]
    fn request_lines_have_three_parts_or_are_none() {
        assert_eq!(request_line(b"GET /a b HTTP/1.1"), Some((&b"GET"[..], &b"/a b"[..], &b"HTTP/1.1"[..])));
        assert_eq!(request_line(b"GET /"), Some((&b"GET"[..], &b"/"[..], &b""[..])));
        assert_eq!(request_line(b"-"), None);
        assert_eq!(request_line(b"\\x16\\x03 x"), None);
        assert_eq!(path_and_query(b"/a?b?c"), (&b"/a"[..], &b"b?c"[..]));
    }
}
