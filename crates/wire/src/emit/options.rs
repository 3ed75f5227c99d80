//! TCP options, laid out as Linux does (`tcp_options_write` in `net/ipv4/tcp_output.c`).

use super::set;
use std::ops::Deref;

/// Option kinds (RFC 9293 section 3.2, RFC 7323, RFC 2018).
mod kind {
    pub(super) const NO_OPERATION: u8 = 1;
    pub(super) const MAXIMUM_SEGMENT_SIZE: u8 = 2;
    pub(super) const WINDOW_SCALE: u8 = 3;
    pub(super) const SACK_PERMITTED: u8 = 4;
    pub(super) const TIMESTAMPS: u8 = 8;
}

/// Maximum window shift (RFC 7323 section 2.3).
const SCALE_MOST: u8 = 14;

/// The option bytes of a SYN or SYN-ACK, in whole words; a slice of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SynOptions {
    bytes: [u8; Self::MOST],
    length: usize,
}

impl SynOptions {
    /// MSS 4, SACK permitted and timestamps 12, window scale 4.
    const MOST: usize = 20;

    fn push<const N: usize>(&mut self, option: [u8; N]) {
        set(&mut self.bytes, self.length, option);
        self.length += N;
    }
}

impl Deref for SynOptions {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// The options of a SYN or SYN-ACK: `mss` in bytes (RFC 9293 section 3.7.1), the shift of the window
/// (RFC 7323 section 2; more than 14 is sent as 14), whether selective acknowledgements are permitted
/// (RFC 2018), and timestamp value and echo reply in the sender's units (RFC 7323 section 3).
///
/// ```
/// let options = unanswered_wire::emit::syn_options(1460, Some(7), true, Some((1, 0)));
/// assert_eq!(options[..6], [2, 4, 0x05, 0xb4, 4, 2]);
/// assert_eq!(options.len(), 20);
/// ```
#[must_use]
pub fn syn_options(
    mss: u16,
    window_scale: Option<u8>,
    sack: bool,
    timestamps: Option<(u32, u32)>,
) -> SynOptions {
    let mut options = SynOptions { bytes: [0; SynOptions::MOST], length: 0 };
    options.push([kind::MAXIMUM_SEGMENT_SIZE, 4]);
    options.push(mss.to_be_bytes());
    match (sack, timestamps) {
        (true, Some((value, echo))) => {
            // Linux saves a word: SACK permitted goes where timestamps have their padding.
            let mut both = timestamp_option(value, echo);
            set(&mut both, 0, [kind::SACK_PERMITTED, 2]);
            options.push(both);
        }
        (false, Some((value, echo))) => options.push(timestamp_option(value, echo)),
        (true, None) => options.push([kind::NO_OPERATION, kind::NO_OPERATION, kind::SACK_PERMITTED, 2]),
        (false, None) => {}
    }
    if let Some(scale) = window_scale {
        options.push([kind::NO_OPERATION, kind::WINDOW_SCALE, 3, scale.min(SCALE_MOST)]);
    }
    options
}

/// The options of every later segment where both SYNs had timestamps: value and echo reply (RFC 7323
/// section 3.2), after two no-operations (appendix A).
#[must_use]
pub fn timestamp_option(value: u32, echo: u32) -> [u8; 12] {
    let mut option = [0; 12];
    set(&mut option, 0, [kind::NO_OPERATION, kind::NO_OPERATION, kind::TIMESTAMPS, 10]);
    set(&mut option, 4, value.to_be_bytes());
    set(&mut option, 8, echo.to_be_bytes());
    option
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syn_of_linux_is_rebuilt_byte_by_byte() {
        // Recorded: Linux 6.18, MSS 1410, window shift 10.
        let recorded = [
            0x02, 0x04, 0x05, 0x82, 0x04, 0x02, 0x08, 0x0a, 0x72, 0x25, 0xb2, 0xbb, 0, 0, 0, 0, 0x01, 0x03,
            0x03, 0x0a,
        ];
        assert_eq!(*syn_options(1410, Some(10), true, Some((0x7225_b2bb, 0))), recorded);
    }

    #[test]
    fn any_choice_of_options_fills_whole_words() {
        for (scale, sack, timestamps, expected) in [
            (None, false, None, &[2, 4, 5, 180][..]),
            (None, true, None, &[2, 4, 5, 180, 1, 1, 4, 2]),
            (Some(99), false, None, &[2, 4, 5, 180, 1, 3, 3, 14]),
            (None, false, Some((1, 2)), &[2, 4, 5, 180, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]),
        ] {
            assert_eq!(*syn_options(1460, scale, sack, timestamps), *expected);
        }
    }
}
