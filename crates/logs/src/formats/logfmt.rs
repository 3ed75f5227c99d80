//! logfmt: `time=2024-05-17T10:05:00Z level=info status=200 msg="all is well"`. <https://brandur.org/logfmt>

use crate::beginning::{Beginning, Sureness};
use crate::declaration::Declaration;
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::rows::Rows;
use crate::tokens::quoted_end;

/// logfmt.
pub(super) struct Logfmt;

static LOGFMT: Declaration = Declaration {
    time: &["time", "ts", "timestamp", "t", "at", "date"],
    ..Declaration::plain("logfmt", "key=value in most lines, two or more, and hardly anything else")
};
const EXPECTED: &str = "a line of key=value";

/// The pairs of a line, each where it is; `false` if anything else is there too.
fn pairs<'l>(line: &'l [u8], found: &mut Vec<(&'l [u8], &'l [u8])>) -> bool {
    found.clear();
    let mut rest = line.trim_ascii();
    while !rest.is_empty() {
        let Some(end) = rest.iter().position(|byte| *byte == b'=' || byte.is_ascii_whitespace()) else {
            return false;
        };
        let (key, behind) = rest.split_at(end);
        let name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.:/@".contains(byte);
        let Some(value) = behind.strip_prefix(b"=") else { return false };
        if key.is_empty() || !key.iter().all(name) {
            return false;
        }
        let (value, behind) = if value.first() == Some(&b'"') {
            let Some(end) = quoted_end(value) else { return false };
            (value.get(1..end), value.get(end + 1..))
        } else {
            let end = value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len());
            (value.get(..end), value.get(end..))
        };
        found.push((key, value.unwrap_or_default()));
        rest = behind.unwrap_or_default().trim_ascii_start();
    }
    found.len() > 1
}

impl Format for Logfmt {
    fn declaration(&self) -> &'static Declaration {
        &LOGFMT
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        beginning.most(|line| pairs(line, &mut Vec::new())).then_some(Sureness::Shape)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        while let Some(line) = lines.next()? {
            if line.text.trim_ascii().is_empty() {
                continue;
            }
            let mut found = Vec::with_capacity(16);
            if !pairs(line.text, &mut found) {
                rows.odd(&line, EXPECTED);
                continue;
            }
            for (key, value) in found {
                let name = String::from_utf8_lossy(key);
                match memchr::memchr(b'\\', value) {
                    Some(_) => rows.named(&name, &unescaped(value)),
                    None => rows.named(&name, value),
                }
            }
            rows.envelope(&line);
            rows.end();
        }
        Ok(())
    }
}

/// A text whose quotes and backslashes have no backslash in front.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        match (byte, bytes.as_slice().first()) {
            (b'\\', Some(&next @ (b'"' | b'\\'))) => {
                plain.push(next);
                bytes.next();
            }
            _ => plain.push(byte),
        }
    }
    plain
}
