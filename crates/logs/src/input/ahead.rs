//! A reader that works ahead in a thread of its own: decompressing takes as long as reading what is inside.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Bytes of a piece.
const PIECE: usize = 1 << 18;
/// Pieces that are ready at most.
const READY: usize = 8;

/// What was read ahead.
pub(super) struct Ahead {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    given: usize,
}

impl Ahead {
    /// Starts to read. The thread ends with the source, at an error, or when nobody takes its pieces any more.
    pub(super) fn of(source: Box<dyn Read + Send>) -> Self {
        let (give, pieces) = sync_channel(READY);
        std::thread::spawn(move || read(source, &give));
        Self { pieces, piece: Vec::new(), given: 0 }
    }
}

fn read(mut source: Box<dyn Read + Send>, give: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut piece = vec![0; PIECE];
        let mut filled = 0;
        // What was read before an error counts.
        let error = loop {
            let room = piece.get_mut(filled..).unwrap_or_default();
            if room.is_empty() {
                break None;
            }
            match source.read(room) {
                Ok(0) => break Some(None),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Some(Some(error)),
            }
        };
        piece.truncate(filled);
        if !piece.is_empty() && give.send(Ok(piece)).is_err() {
            return;
        }
        match error {
            None => {}
            Some(None) => return,
            Some(Some(error)) => {
                // Nobody waits for it if this fails.
                let _ = give.send(Err(error));
                return;
            }
        }
    }
}

impl Read for Ahead {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.given == self.piece.len() {
            self.given = 0;
            self.piece.clear();
            match self.pieces.recv() {
                Ok(piece) => self.piece = piece?,
                // The source has ended.
                Err(_) => return Ok(0),
            }
        }
        let rest = self.piece.get(self.given..).unwrap_or_default();
        let count = rest.len().min(room.len());
        if let (Some(to), Some(from)) = (room.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::{Ahead, PIECE, READY};
    use std::io::{self, Read};

    /// So many bytes, and then an error.
    struct Breaks(usize);

    impl Read for Breaks {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "ends early"));
            }
            let count = self.0.min(room.len()).min(1000);
            self.0 -= count;
            room[..count].fill(b'x');
            Ok(count)
        }
    }

    #[test]
    fn all_is_read_in_order_whatever_the_size_of_pieces() {
        let bytes: Vec<u8> =
            (0..3 * PIECE * READY + 17).map(|n| u8::try_from(n * 7 % 251).unwrap()).collect();
        let mut read = Vec::new();
        Ahead::of(Box::new(io::Cursor::new(bytes.clone()))).read_to_end(&mut read).unwrap();
        assert!(read == bytes, "{} of {} bytes", read.len(), bytes.len());
    }

    #[test]
    fn an_error_comes_behind_all_that_was_read_before_it() {
        let mut read = Vec::new();
        let error = Ahead::of(Box::new(Breaks(PIECE + 5))).read_to_end(&mut read).unwrap_err();
        assert_eq!((read.len(), error.kind()), (PIECE + 5, io::ErrorKind::UnexpectedEof));
    }
}
