//! Cells one after the other: of each its length (LEB128), then its bytes.

/// Puts a cell behind the others.
#[inline]
pub(super) fn pack(cells: &mut Vec<u8>, cell: &[u8]) {
    let mut length = cell.len();
    while let Some(low) = long(length) {
        cells.push(low | 0x80);
        length >>= 7;
    }
    cells.push(u8::try_from(length).unwrap_or(0));
    cells.extend_from_slice(cell);
}

/// The lowest seven bits of a length that needs more than one byte.
fn long(length: usize) -> Option<u8> {
    (length >= 0x80).then(|| u8::try_from(length & 0x7f).unwrap_or(0))
}

/// The cells of a block, in their order.
#[derive(Clone, Debug)]
pub(super) struct Packed<'c>(&'c [u8]);

impl<'c> Packed<'c> {
    pub(super) const fn of(block: &'c [u8]) -> Self {
        Self(block)
    }

    /// Bytes that are left.
    pub(super) const fn rest(&self) -> usize {
        self.0.len()
    }
}

impl<'c> Iterator for Packed<'c> {
    type Item = &'c [u8];

    #[inline]
    fn next(&mut self) -> Option<&'c [u8]> {
        let mut length = 0_usize;
        for shift in (0..usize::BITS).step_by(7) {
            let (&byte, behind) = self.0.split_first()?;
            self.0 = behind;
            length |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        let (cell, behind) = self.0.split_at_checked(length)?;
        self.0 = behind;
        Some(cell)
    }
}
