//! Cells as text, in pieces that are read by themselves and given back one after the other.

use super::packed::Packed;

/// Bytes of a chunk. The system gets a large one back as soon as it is dropped.
const CHUNK: usize = 64 << 20;

/// Some cells, one behind the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    /// How many.
    pub(super) rows: usize,
    /// Their text.
    pub(super) packed: Vec<u8>,
}

/// Many cells.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    chunks: Vec<Chunk>,
}

/// Part of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunk {
    packed: Vec<u8>,
    /// Where blocks end, and how many cells they have.
    ends: Vec<(usize, usize)>,
}

impl Text {
    /// Puts cells behind the others.
    pub(super) fn add(&mut self, rows: usize, packed: &[u8]) {
        let full = self.chunks.last().is_none_or(|chunk| chunk.packed.len() + packed.len() > CHUNK);
        if full {
            self.chunks.push(Chunk::default());
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.packed.extend_from_slice(packed);
            chunk.ends.push((chunk.packed.len(), rows));
        }
    }

    /// The cells in their order.
    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        self.chunks.iter().flat_map(|chunk| Packed::of(&chunk.packed))
    }

    /// The chunks, to be dropped when they have been read.
    pub(super) fn into_chunks(self) -> impl Iterator<Item = Chunk> {
        self.chunks.into_iter()
    }
}

impl Chunk {
    /// The blocks, each with the number of its cells.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (Packed<'_>, usize)> {
        let mut from = 0;
        self.ends.iter().map(move |&(end, rows)| {
            let packed = self.packed.get(std::mem::replace(&mut from, end)..end).unwrap_or_default();
            (Packed::of(packed), rows)
        })
    }
}
