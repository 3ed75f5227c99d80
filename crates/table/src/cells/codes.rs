//! Numbers of values, one a row, no wider than the largest needs.

/// One number a row. Most columns have fewer than 256 values, or fewer than 65,536.
#[derive(Clone, Debug)]
pub(crate) enum Codes {
    /// Up to 2^8 values.
    Narrow(Vec<u8>),
    /// Up to 2^16.
    Middle(Vec<u16>),
    /// Up to 2^32.
    Wide(Vec<u32>),
}

impl Default for Codes {
    fn default() -> Self {
        Self::Narrow(Vec::new())
    }
}

impl Codes {
    /// Adds the number of the next row.
    pub(super) fn push(&mut self, code: u32) {
        match self {
            Self::Narrow(codes) => match u8::try_from(code) {
                Ok(code) => codes.push(code),
                Err(_) => {
                    *self = Self::Middle(codes.iter().map(|code| u16::from(*code)).collect());
                    self.push(code);
                }
            },
            Self::Middle(codes) => match u16::try_from(code) {
                Ok(code) => codes.push(code),
                Err(_) => {
                    *self = Self::Wide(codes.iter().map(|code| u32::from(*code)).collect());
                    self.push(code);
                }
            },
            Self::Wide(codes) => codes.push(code),
        }
    }

    /// Rows.
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Narrow(codes) => codes.len(),
            Self::Middle(codes) => codes.len(),
            Self::Wide(codes) => codes.len(),
        }
    }

    /// Bytes that it takes.
    pub(super) const fn bytes(&self) -> usize {
        match self {
            Self::Narrow(codes) => codes.len(),
            Self::Middle(codes) => codes.len() * 2,
            Self::Wide(codes) => codes.len() * 4,
        }
    }

    /// The number of a row.
    pub(super) fn get(&self, row: usize) -> Option<u32> {
        match self {
            Self::Narrow(codes) => codes.get(row).map(|code| u32::from(*code)),
            Self::Middle(codes) => codes.get(row).map(|code| u32::from(*code)),
            Self::Wide(codes) => codes.get(row).copied(),
        }
    }

    /// Goes through all rows in their order.
    pub(crate) fn each(&self, mut visit: impl FnMut(u32)) {
        match self {
            Self::Narrow(codes) => codes.iter().for_each(|code| visit(u32::from(*code))),
            Self::Middle(codes) => codes.iter().for_each(|code| visit(u32::from(*code))),
            Self::Wide(codes) => codes.iter().for_each(|code| visit(*code)),
        }
    }

    /// What the table has for each row's number.
    pub(crate) fn looked_up<T: Copy + Default>(&self, table: &[T]) -> Vec<T> {
        let of = |code: usize| table.get(code).copied().unwrap_or_default();
        match self {
            Self::Narrow(codes) => codes.iter().map(|code| of(usize::from(*code))).collect(),
            Self::Middle(codes) => codes.iter().map(|code| of(usize::from(*code))).collect(),
            Self::Wide(codes) => codes.iter().map(|code| of(*code as usize)).collect(),
        }
    }
}
