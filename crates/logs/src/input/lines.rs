//! The lines of an input, read in large pieces and never copied one by one.

use crate::error::LogError;
use std::io::Read;

/// Bytes that a line may have; longer ones are left out.
pub(crate) const LINE_MAX: usize = 16 << 20;

/// Bytes that are looked at to recognise a format.
const BEGINNING: usize = 1 << 16;

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 18;

/// What a collector of logs wrote in front of a line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Envelope<'l> {
    pub(crate) time: &'l [u8],
    pub(crate) host: &'l [u8],
    pub(crate) program: &'l [u8],
}

/// Takes the envelope off a line: what it says, and where the text inside begins.
pub(crate) type Unwrap = for<'l> fn(&'l [u8]) -> Option<(Envelope<'l>, &'l [u8])>;

/// One line without its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'l> {
    /// From 1.
    pub(crate) number: u64,
    pub(crate) text: &'l [u8],
    /// Its end is there: only the last line of an input may lack it.
    pub(crate) ended: bool,
    /// What was in front of it, where lines are unwrapped.
    pub(crate) envelope: Option<Envelope<'l>>,
}

/// Lines of text; `\n` and `\r\n` end one.
pub(crate) struct Lines {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    exhausted: bool,
    number: u64,
    compressed: bool,
    unwrap: Option<Unwrap>,
    /// Why the input ended before its end, where it did.
    pub(crate) ends_early: Option<String>,
    /// Lines that were too long: how many, and the first.
    pub(crate) too_long: Option<(usize, u64)>,
}

impl Lines {
    /// Reads the beginning of an input. A byte order mark is no part of it.
    pub(super) fn new(reader: Box<dyn Read + Send>, compressed: bool) -> Result<Self, LogError> {
        let mut lines = Self {
            reader,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            exhausted: false,
            number: 0,
            compressed,
            unwrap: None,
            ends_early: None,
            too_long: None,
        };
        while lines.end < BEGINNING && !lines.exhausted {
            lines.fill()?;
        }
        if lines.beginning().starts_with(b"\xef\xbb\xbf") {
            lines.start += 3;
        }
        Ok(lines)
    }

    /// What has been read and not been handed out: at first the beginning of the input.
    pub(crate) fn beginning(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The beginning is all that there is.
    pub(crate) const fn is_whole(&self) -> bool {
        self.exhausted
    }

    /// From now on each line has its envelope taken off. Lines without one are handed out as they are.
    pub(crate) fn unwrap_with(&mut self, unwrap: Unwrap) {
        self.unwrap = Some(unwrap);
    }

    /// Number of the line that was handed out last.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// The next line.
    ///
    /// # Errors
    /// Those of the input. Compressed data that end early or are damaged end the lines instead.
    pub(crate) fn next(&mut self) -> Result<Option<Line<'_>>, LogError> {
        let Some((from, to, ended)) = self.advance()? else { return Ok(None) };
        let text = self.buffer.get(from..to).unwrap_or_default();
        let line = Line { number: self.number, text, ended, envelope: None };
        Ok(Some(match self.unwrap.and_then(|unwrap| unwrap(text)) {
            Some((envelope, inside)) => Line { text: inside, envelope: Some(envelope), ..line },
            None => line,
        }))
    }

    /// All that was not handed out.
    ///
    /// # Errors
    /// Those of the input.
    pub(crate) fn rest(&mut self) -> Result<Vec<u8>, LogError> {
        while !self.exhausted {
            self.fill()?;
        }
        let mut rest = std::mem::take(&mut self.buffer);
        rest.truncate(self.end);
        rest.drain(..self.start);
        (self.start, self.end) = (0, 0);
        Ok(rest)
    }

    /// Where the next line is: from, to, and whether its end is there.
    fn advance(&mut self) -> Result<Option<(usize, usize, bool)>, LogError> {
        let mut searched = 0;
        loop {
            let open = self.buffer.get(self.start + searched..self.end).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', open) {
                let (from, to) = (self.start, self.start + searched + at);
                self.start = to + 1;
                self.number += 1;
                let carriage = to > from && self.buffer.get(to - 1) == Some(&b'\r');
                return Ok(Some((from, to - usize::from(carriage), true)));
            }
            if self.exhausted {
                if self.start == self.end {
                    return Ok(None);
                }
                let (from, to) = (self.start, self.end);
                self.start = to;
                self.number += 1;
                return Ok(Some((from, to, false)));
            }
            searched = self.end - self.start;
            if searched > LINE_MAX {
                self.skip_line()?;
                searched = 0;
            }
            self.fill()?;
        }
    }

    /// Leaves out the line that is too long.
    fn skip_line(&mut self) -> Result<(), LogError> {
        self.number += 1;
        let (count, first) = self.too_long.unwrap_or((0, self.number));
        self.too_long = Some((count + 1, first));
        loop {
            self.start = self.end;
            if self.exhausted {
                return Ok(());
            }
            self.fill()?;
            if let Some(at) = memchr::memchr(b'\n', self.beginning()) {
                self.start += at + 1;
                return Ok(());
            }
        }
    }

    /// Reads a piece more.
    fn fill(&mut self) -> Result<(), LogError> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() < self.end + CHUNK {
            self.buffer.resize(self.end + CHUNK, 0);
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        match self.reader.read(room) {
            Ok(0) => self.exhausted = true,
            Ok(read) => self.end += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) if self.compressed && self.end + usize::try_from(self.number).unwrap_or(1) > 0 => {
                self.exhausted = true;
                self.ends_early = Some(error.to_string());
            }
            Err(source) => return Err(LogError::Read { line: self.number, source }),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, LINE_MAX, Lines};

    fn of(text: &[u8]) -> Vec<(u64, Vec<u8>, bool)> {
        let mut lines = Lines::new(Box::new(std::io::Cursor::new(text.to_vec())), false).unwrap();
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push((line.number, line.text.to_vec(), line.ended));
        }
        all
    }

    #[test]
    fn both_ends_of_lines_may_be_mixed() {
        let expected = [(1, &b"a"[..], true), (2, b"", true), (3, b"b", true), (4, b"c\r", false)];
        let expected = expected.map(|(number, text, ended)| (number, text.to_vec(), ended));
        assert_eq!(of(b"\xef\xbb\xbfa\r\n\nb\nc\r"), expected);
        assert_eq!(of(b""), []);
    }

    #[test]
    fn lines_longer_than_a_piece_are_whole_and_those_beyond_the_limit_are_left_out() {
        let long = vec![b'x'; 3 * CHUNK];
        let text = [&long[..], b"\nshort\n"].concat();
        assert_eq!(of(&text), [(1, long, true), (2, b"short".to_vec(), true)]);
        let text = [&vec![b'x'; LINE_MAX + 2 * CHUNK][..], b"\nshort\n"].concat();
        let mut lines = Lines::new(Box::new(std::io::Cursor::new(text)), false).unwrap();
        assert_eq!(lines.next().unwrap().unwrap().text, b"short");
        assert_eq!(lines.too_long, Some((1, 1)));
    }
}
