//! What syslog puts in front of a line: RFC 3164 (section 4.1), RFC 5424 (section 6), and the ISO dates of rsyslog.

use crate::input::Envelope;

/// What to do with lines of syslog in which nothing known is.
pub(crate) const NO_INSIDE: (&str, &str) = (
    "lines of syslog with texts of no known format",
    "say what the texts look like: --pattern 'client (?P<client>\\S+) .* status (?P<status>\\d+)'",
);

/// Takes off what is in front of the text.
pub(crate) fn unwrap(line: &[u8]) -> Option<(Envelope<'_>, &[u8])> {
    let rest = priority(line);
    match rest.strip_prefix(b"1 ") {
        Some(behind) if rest.len() < line.len() => version_1(behind),
        _ => traditional(rest),
    }
}

/// A line without `<34>` in front.
fn priority(line: &[u8]) -> &[u8] {
    let number = line.strip_prefix(b"<").unwrap_or_default();
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match number.get(digits) {
        Some(b'>') if (1..=3).contains(&digits) => number.get(digits + 1..).unwrap_or_default(),
        _ => line,
    }
}

/// The first word, and what is behind the blank after it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b' ', text)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// `TIME HOST APP PROCID MSGID [structured data] text`.
fn version_1(line: &[u8]) -> Option<(Envelope<'_>, &[u8])> {
    let (time, rest) = word(line)?;
    let (host, rest) = word(rest)?;
    let (program, rest) = word(rest)?;
    let (_, rest) = word(rest)?;
    let (_, rest) = word(rest)?;
    let text = match rest.first() {
        Some(b'[') => {
            let end = structured_data_end(rest)?;
            rest.get(end..).unwrap_or_default()
        }
        _ => rest.strip_prefix(b"-").unwrap_or(rest),
    };
    let text = text.strip_prefix(b" ").unwrap_or(text);
    Some((Envelope { time, host, program }, text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)))
}

/// Where `[a b="c"][d]` ends; brackets in quotes are part of a value.
fn structured_data_end(text: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted && text.get(at + 1) != Some(&b'[') => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// `Nov 29 10:00:00 host program[123]: text`, or with an ISO date.
fn traditional(line: &[u8]) -> Option<(Envelope<'_>, &[u8])> {
    let end = date_end(line)?;
    let (time, rest) = (line.get(..end)?, line.get(end + 1..)?);
    let (host, rest) = word(rest)?;
    let (tag, text) = word(rest)?;
    let tag = tag.strip_suffix(b":")?;
    let program = tag.split(|&byte| byte == b'[').next().unwrap_or(tag);
    let usual = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-/()@".contains(byte);
    let named = !program.is_empty() && program.iter().all(usual) && !host.is_empty();
    named.then_some((Envelope { time, host, program }, text.trim_ascii_start()))
}

/// Where the blank behind the date is.
fn date_end(line: &[u8]) -> Option<usize> {
    const MONTHS: [&[u8]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let colons = |text: &[u8], places: [usize; 2]| places.iter().all(|place| text.get(*place) == Some(&b':'));
    if MONTHS.iter().any(|month| line.starts_with(month)) {
        // "Nov  9 10:00:00"
        return (line.get(3) == Some(&b' ') && colons(line, [9, 12]) && line.get(15) == Some(&b' '))
            .then_some(15);
    }
    let iso = line.get(4) == Some(&b'-') && line.get(10) == Some(&b'T') && colons(line, [13, 16]);
    iso.then(|| memchr::memchr(b' ', line)).flatten()
}

#[cfg(test)]
mod tests {
    use super::unwrap;

    #[test]
    fn each_way_to_wrap_a_line_is_taken_off() {
        for (line, time, host, program, text) in [
            ("Nov  9 10:00:00 web1 nginx[12]: a b", "Nov  9 10:00:00", "web1", "nginx", "a b"),
            ("<13>Nov 29 10:00:00 web1 app: x", "Nov 29 10:00:00", "web1", "app", "x"),
            ("2024-05-17T10:05:00.1+00:00 h p[1]: x", "2024-05-17T10:05:00.1+00:00", "h", "p", "x"),
            ("<34>1 2024-05-17T10:05:00Z h su - ID47 - msg", "2024-05-17T10:05:00Z", "h", "su", "msg"),
            ("<34>1 2024-05-17T10:05:00Z h su 1 - [a b=\"]\"][c] m", "2024-05-17T10:05:00Z", "h", "su", "m"),
        ] {
            let (envelope, inside) = unwrap(line.as_bytes()).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(envelope.time, time.as_bytes());
            assert_eq!(envelope.host, host.as_bytes());
            assert_eq!(envelope.program, program.as_bytes());
            assert_eq!(inside, text.as_bytes());
        }
    }

    #[test]
    fn other_lines_stay_as_they_are() {
        for line in
            ["", "May", "Maybe 10 a b c: d", "<34>1 ", "<34>1 a b c d [e", "2024-05-17T10:05:00 a b c"]
        {
            assert!(unwrap(line.as_bytes()).is_none(), "{line}");
        }
    }
}
