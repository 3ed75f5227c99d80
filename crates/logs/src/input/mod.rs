//! Files and standard input as lines of text: decompressed, as UTF-8, of bounded length.

mod ahead;
mod lines;
mod utf16;

pub(crate) use lines::{Envelope, LINE_MAX, Line, Lines};

use crate::error::LogError;
use ahead::Ahead;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use unanswered_inflate::Compression;
use utf16::Utf16;

/// Opens a file; `-` is standard input.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read + Send>, LogError> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let (is_directory, file) =
        File::open(path).and_then(|file| Ok((file.metadata()?.is_dir(), file))).map_err(LogError::Open)?;
    if is_directory {
        return Err(LogError::Directory);
    }
    Ok(Box::new(file))
}

/// The lines of an input, whatever its compression and its encoding, once its beginning has been read.
pub(crate) fn lines(reader: Box<dyn Read + Send>) -> Result<Lines, LogError> {
    let (first, mut reader) = peek(reader)?;
    let compression = Compression::of(&first);
    if let Some(compression) = compression {
        reader = Box::new(Ahead::of(compression.reader(reader)));
    }
    let (first, reader) = peek(reader)?;
    let reader: Box<dyn Read + Send> = match first.as_slice() {
        [0xff, 0xfe, ..] => Box::new(Utf16::little(reader)),
        [0xfe, 0xff, ..] => Box::new(Utf16::big(reader)),
        _ => reader,
    };
    Lines::new(reader, compression.is_some())
}

/// The first four bytes, which stay in the input. Data that cannot even begin to be read have none.
fn peek(mut reader: Box<dyn Read + Send>) -> Result<(Vec<u8>, Box<dyn Read + Send>), LogError> {
    let mut first = Vec::new();
    reader.by_ref().take(4).read_to_end(&mut first).map_err(|source| LogError::Read { line: 0, source })?;
    Ok((first.clone(), Box::new(Cursor::new(first).chain(reader))))
}
