//! What the first bytes of an input say about it.

use super::{Format, TableError};
use std::io::{Chain, Cursor, Read};

const HEAD: usize = 1 << 16;

/// An input whose beginning was looked at.
type Seen<R> = Chain<Cursor<Vec<u8>>, R>;

/// Reads the beginning, and puts it back in front of the rest. A byte order mark is removed.
pub(super) fn head<R: Read>(mut reader: R) -> Result<(Vec<u8>, Seen<R>), TableError> {
    let mut head = Vec::new();
    let limit = u64::try_from(HEAD).unwrap_or(u64::MAX);
    reader
        .by_ref()
        .take(limit)
        .read_to_end(&mut head)
        .map_err(|source| TableError::Read { line: 0, source })?;
    if let Some(text) = head.strip_prefix(b"\xef\xbb\xbf") {
        head = text.to_vec();
    }
    Ok((head.clone(), Cursor::new(head).chain(reader)))
}

/// Tells JSON lines from CSV, and both from what is not a table.
pub(super) fn format(head: &[u8]) -> Result<Format, TableError> {
    if let Some((what, hint)) = binary(head) {
        return Err(TableError::NotATable { what, hint });
    }
    match head.trim_ascii_start().first() {
        None => Err(TableError::Empty),
        Some(b'{') => Ok(Format::JsonLines),
        Some(b'[') => Err(TableError::NotATable {
            what: "a JSON array",
            hint: "write one object per line (jq -c '.[]')",
        }),
        Some(_) => Ok(Format::Csv),
    }
}

/// The separator that occurs most in the header line, outside quotes; a comma when none does.
pub(super) fn delimiter(head: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    for &byte in head.trim_ascii_start() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => counts.iter_mut().filter(|(d, _)| *d == byte).for_each(|(_, n)| *n += 1),
            _ => {}
        }
    }
    let [mut best, rest @ ..] = counts;
    for other in rest {
        if other.1 > best.1 {
            best = other;
        }
    }
    best.0
}

fn binary(head: &[u8]) -> Option<(&'static str, &'static str)> {
    const CAPTURE: (&str, &str) = ("a packet capture", "give it without --table");
    let magic: [(&[u8], (&str, &str)); 10] = [
        (b"\xd4\xc3\xb2\xa1", CAPTURE),
        (b"\xa1\xb2\xc3\xd4", CAPTURE),
        (b"\x4d\x3c\xb2\xa1", CAPTURE),
        (b"\xa1\xb2\x3c\x4d", CAPTURE),
        (b"\x0a\x0d\x0d\x0a", CAPTURE),
        (b"\x1f\x8b", ("gzip-compressed", "decompress it first (zcat FILE | ... --table -)")),
        (b"\x28\xb5\x2f\xfd", ("zstd-compressed", "decompress it first (zstdcat FILE | ... --table -)")),
        (b"PAR1", ("a Parquet file", "write it as CSV first")),
        (b"\xff\xfe", ("UTF-16 text", "convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)")),
        (b"\xfe\xff", ("UTF-16 text", "convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)")),
    ];
    magic
        .into_iter()
        .find_map(|(start, answer)| head.starts_with(start).then_some(answer))
        .or_else(|| head.contains(&0).then_some(("a binary file", "expected text")))
}

#[cfg(test)]
mod tests {
    use super::{delimiter, format, head};
    use crate::io::Format;

    #[test]
    fn separators_are_found_outside_quotes() {
        assert_eq!(delimiter(b"a,b;c,d\n1;2;3;4;5;6"), b',');
        assert_eq!(delimiter(b"\"a,b,c\";d\n"), b';');
        assert_eq!(delimiter(b"a\tb c\n"), b'\t');
        assert_eq!(delimiter(b"only\n1\n"), b',');
        assert_eq!(delimiter(b""), b',');
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_name() {
        let (start, mut all) = head(&b"\xef\xbb\xbfa,b\n"[..]).unwrap();
        assert_eq!(start, b"a,b\n");
        let mut text = String::new();
        std::io::Read::read_to_string(&mut all, &mut text).unwrap();
        assert_eq!(text, "a,b\n");
    }

    #[test]
    fn formats_follow_from_content() {
        assert_eq!(format(b"  {\"a\":1}\n").unwrap(), Format::JsonLines);
        assert_eq!(format(b"a,b\n1,2\n").unwrap(), Format::Csv);
        for (bytes, said) in [
            (&b""[..], "is empty"),
            (b" \n\n", "is empty"),
            (b"\xd4\xc3\xb2\xa1\x02\x00", "packet capture"),
            (b"\x1f\x8b\x08", "gzip"),
            (b"a,b\n\x00\x01", "binary"),
            (b"[{}]", "JSON array"),
            (b"PAR1", "Parquet"),
        ] {
            let message = format(bytes).unwrap_err().to_string();
            assert!(message.contains(said), "{message}");
        }
    }
}
