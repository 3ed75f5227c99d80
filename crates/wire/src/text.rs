//! Texts on the stack: features are read without allocation.

/// A hardware address as Wireshark writes it. By hand: formatting macros take longer than decoding the packet.
pub(crate) fn hardware_text(address: [u8; 6]) -> Text<17> {
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
    let mut bytes = [b':'; 17];
    for (place, byte) in bytes.chunks_mut(3).zip(address) {
        if let [high, low, ..] = place {
            (*high, *low) = (digit(byte >> 4), digit(byte & 0xf));
        }
    }
    Text { bytes, length: bytes.len() }
}

/// Text on the stack: features are read without allocation. What does not fit is left out.
pub(crate) struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self { bytes: [0; N], length: 0 }
    }
}

impl<const N: usize> Text<N> {
    pub(crate) fn make_lower_case(&mut self) {
        self.bytes.make_ascii_lowercase();
    }

    pub(crate) fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl<const N: usize> std::fmt::Write for Text<N> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length + text.len();
        let room = self.bytes.get_mut(self.length..end).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// Bytes as a text, if they are one of at most `max` bytes: UTF-8 without control characters, and not empty. What is longer is
/// left out, since a piece of it would be another text.
pub(crate) fn bounded(bytes: &[u8], max: usize) -> Option<&str> {
    let fits = (1..=max).contains(&bytes.len()) && !bytes.iter().any(u8::is_ascii_control);
    std::str::from_utf8(bytes).ok().filter(|_| fits)
}
