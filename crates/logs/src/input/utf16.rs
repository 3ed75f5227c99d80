//! UTF-16 as UTF-8, the byte order mark included.

use std::io::{self, Read};

const CHUNK: usize = 1 << 15;

/// A reader of UTF-8 over one of UTF-16. Units without their partner become U+FFFD.
pub(super) struct Utf16 {
    source: Box<dyn Read + Send>,
    big: bool,
    /// Bytes that are no whole character yet.
    open: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
    ended: bool,
}

impl Utf16 {
    pub(super) fn little(source: Box<dyn Read + Send>) -> Self {
        Self { source, big: false, open: Vec::new(), ready: Vec::new(), given: 0, ended: false }
    }

    pub(super) fn big(source: Box<dyn Read + Send>) -> Self {
        Self { big: true, ..Self::little(source) }
    }

    fn refill(&mut self) -> io::Result<()> {
        let mut chunk = [0; CHUNK];
        let read = self.source.read(&mut chunk)?;
        self.ended = read == 0;
        self.open.extend_from_slice(chunk.get(..read).unwrap_or_default());
        let unit = |pair: &[u8]| match *pair {
            [first, second] if self.big => u16::from_be_bytes([first, second]),
            [first, second] => u16::from_le_bytes([first, second]),
            _ => 0xfffd,
        };
        let mut units: Vec<u16> = self.open.chunks_exact(2).map(unit).collect();
        let odd = self.open.len() % 2;
        // The first half of a pair waits for the second.
        let half =
            usize::from(!self.ended && units.last().is_some_and(|last| (0xd800..0xdc00).contains(last)));
        units.truncate(units.len() - half);
        self.ready.clear();
        self.given = 0;
        let mut text = [0; 4];
        for character in char::decode_utf16(units) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.ready.extend_from_slice(character.encode_utf8(&mut text).as_bytes());
        }
        let kept = self.open.len() - odd - 2 * half;
        self.open.drain(..kept);
        Ok(())
    }
}

impl Read for Utf16 {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() && !self.ended {
            self.refill()?;
        }
        let rest = self.ready.get(self.given..).unwrap_or_default();
        let count = rest.len().min(room.len());
        for (to, from) in room.iter_mut().zip(rest) {
            *to = *from;
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::Utf16;
    use std::io::Read;

    /// Gives one byte at a time.
    struct Slow(Vec<u8>);

    impl Read for Slow {
        fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
            if self.0.is_empty() || room.is_empty() {
                return Ok(0);
            }
            room[0] = self.0.remove(0);
            Ok(1)
        }
    }

    #[test]
    fn characters_cut_anywhere_are_read_whole() {
        let text = "\u{feff}a,ü,\u{1f600}\n";
        let bytes = |to: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to).collect::<Vec<u8>>();
        let mut read = String::new();
        Utf16::little(Box::new(Slow(bytes(u16::to_le_bytes)))).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
        read.clear();
        Utf16::big(Box::new(Slow(bytes(u16::to_be_bytes)))).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
    }

    #[test]
    fn half_a_pair_is_shown_as_unreadable() {
        let mut read = String::new();
        let bytes = [0x61, 0x00, 0x00, 0xd8, 0x62, 0x00, 0x00, 0xd8];
        Utf16::little(Box::new(Slow(bytes.to_vec()))).read_to_string(&mut read).unwrap();
        assert_eq!(read, "a\u{fffd}b\u{fffd}");
    }
}
