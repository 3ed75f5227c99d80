//! Which format an input has.

use crate::beginning::{Beginning, Sureness};
use crate::error::LogError;
use crate::format::Format;
use crate::formats::{ALL, NO_INSIDE, unwrap_syslog};
use crate::input::Lines;
use crate::rows::shown;

/// The format of an input.
pub(crate) struct Chosen {
    pub(crate) format: &'static dyn Format,
    /// Its name, with what differs between inputs.
    pub(crate) name: String,
    /// Its lines are inside those of syslog.
    pub(crate) wrapped: bool,
}

/// Finds the format of an input from its beginning.
///
/// # Errors
/// When it is empty, is no text, or has no known format.
pub(crate) fn choose(lines: &Lines) -> Result<Chosen, LogError> {
    let bytes = lines.beginning();
    if let Some((what, hint)) = no_log(bytes) {
        return Err(LogError::NotALog { what, hint });
    }
    let beginning = Beginning::of(bytes, lines.is_whole());
    if beginning.lines.is_empty() {
        return Err(LogError::Empty);
    }
    let best = best(&beginning);
    if let Some((sureness, format)) = best
        && (sureness > Sureness::Generic || beginning.json_keys(&[]))
    {
        return Ok(Chosen { format, name: format.name(&beginning), wrapped: false });
    }
    if beginning.most(|line| unwrap_syslog(line).is_some()) {
        let inside = beginning.lines.iter().filter_map(|line| Some(unwrap_syslog(line)?.1)).collect();
        return wrapped(&beginning.with_lines(inside));
    }
    match best {
        Some((_, format)) => Ok(Chosen { format, name: format.name(&beginning), wrapped: false }),
        None => Err(LogError::Unknown { first: shown(beginning.first()) }),
    }
}

/// The format of what is inside lines of syslog. A table with a header cannot be: each line stands for itself.
fn wrapped(inside: &Beginning<'_>) -> Result<Chosen, LogError> {
    match best(inside) {
        Some((sureness, format)) if sureness > Sureness::Generic || inside.json_keys(&[]) => {
            let name = format!("{} (in lines of syslog)", format.name(inside));
            Ok(Chosen { format, name, wrapped: true })
        }
        Some(_) | None => Err(LogError::NotALog { what: NO_INSIDE.0, hint: NO_INSIDE.1 }),
    }
}

/// The format that recognises the input most surely; the first of several.
fn best(beginning: &Beginning<'_>) -> Option<(Sureness, &'static dyn Format)> {
    let mut best: Option<(Sureness, &'static dyn Format)> = None;
    for format in ALL {
        if let Some(sureness) = format.recognise(beginning)
            && best.is_none_or(|(other, _)| sureness > other)
        {
            best = Some((sureness, format));
        }
    }
    best
}

/// What can be said of an input that is no log, and what to do about it.
fn no_log(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const CAPTURE: (&str, &str) = ("a packet capture", "give it without --table");
    const ARROW: (&str, &str) = ("an Arrow file", "write it as CSV first (duckdb, pyarrow or pandas can)");
    const JMETER: (&str, &str) =
        ("JMeter results as XML", "let JMeter write CSV: jmeter.save.saveservice.output_format=csv");
    const XML: (&str, &str) = ("XML", "write it as CSV or JSON first");
    let magic: [(&[u8], (&str, &str)); 12] = [
        (b"\xd4\xc3\xb2\xa1", CAPTURE),
        (b"\xa1\xb2\xc3\xd4", CAPTURE),
        (b"\x4d\x3c\xb2\xa1", CAPTURE),
        (b"\xa1\xb2\x3c\x4d", CAPTURE),
        (b"\x0a\x0d\x0d\x0a", CAPTURE),
        (b"PAR1", ("a Parquet file", "write it as CSV first: duckdb -csv -c \"from 'FILE'\"")),
        (b"ARROW1", ARROW),
        (b"FEA1", ARROW),
        (b"\xff\xff\xff\xff", ARROW),
        (b"PK\x03\x04", ("a zip file or a spreadsheet (xlsx)", "unpack it, or save the sheet as CSV")),
        (b"\xd0\xcf\x11\xe0", ("a spreadsheet (xls)", "save the sheet as CSV")),
        (b"BZh", ("bzip2-compressed", "decompress it first (bzcat FILE | ... --table -)")),
    ];
    if let Some((_, answer)) = magic.into_iter().find(|(start, _)| bytes.starts_with(start)) {
        return Some(answer);
    }
    if bytes.starts_with(b"\xfd7zXZ") {
        return Some(("xz-compressed", "decompress it first (xzcat FILE | ... --table -)"));
    }
    if bytes.contains(&0) {
        return Some(("a binary file", "expected text"));
    }
    let text = bytes.trim_ascii_start();
    let xml =
        text.starts_with(b"<?xml") || text.starts_with(b"<testResults") || text.starts_with(b"<!DOCTYPE");
    let jmeter = xml && memchr::memmem::find(bytes, b"<testResults").is_some();
    xml.then_some(if jmeter { JMETER } else { XML })
}
