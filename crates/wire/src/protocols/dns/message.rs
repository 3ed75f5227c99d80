//! The layout of a DNS message (RFC 1035 section 4), as far as requests need it.

use crate::Identity;
use crate::bytes::{array_at, mix, u16_at};
use crate::text::Text;
use std::fmt::Write as _;

/// The 12-byte header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) id: u16,
    pub(super) flags: u16,
    pub(super) questions: u16,
    pub(super) answers: u16,
    pub(super) authority: u16,
    pub(super) additional: u16,
}

/// A name's bytes as sent, without the root label; no pointers: a question comes first, so it has
/// nothing to point at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<'a>(&'a [u8]);

/// The EDNS pseudo-record (RFC 6891 section 6.1).
#[derive(Clone, Copy, Debug)]
pub(super) struct Opt<'a> {
    pub(super) payload_size: u16,
    pub(super) version: u8,
    pub(super) dnssec_ok: bool,
    data: &'a [u8],
}

/// Whether something is in a message of which the capture may only hold the beginning.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<T> {
    Yes(T),
    No,
    CutOff,
}

impl Header {
    const LENGTH: usize = 12;

    /// `None` for what no DNS speaker sends: an operation that was never assigned, or more
    /// questions than anything puts into one message.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let field = |offset| u16_at(payload, offset);
        let header = Self {
            id: field(0)?,
            flags: field(2)?,
            questions: field(4)?,
            answers: field(6)?,
            authority: field(8)?,
            additional: field(10)?,
        };
        (matches!(header.opcode(), 0..=2 | 4..=6) && header.questions <= 8).then_some(header)
    }

    pub(super) const fn is_reply(&self) -> bool {
        self.flags & 0x8000 != 0
    }

    pub(super) const fn opcode(&self) -> u16 {
        self.flags >> 11 & 0xf
    }

    /// First question - name, type, class - and where it ends; `None` when there is none or it was
    /// cut off.
    pub(super) fn question<'a>(&self, payload: &'a [u8]) -> Option<(Name<'a>, u16, u16, usize)> {
        if self.questions == 0 {
            return None;
        }
        let start = Self::LENGTH;
        let mut end = start;
        loop {
            match *payload.get(end)? {
                0 => break,
                length @ 1..=63 => end += 1 + usize::from(length),
                _ => return None,
            }
            if end - start > 254 {
                return None;
            }
        }
        let name = Name(payload.get(start..end)?);
        Some((name, u16_at(payload, end + 1)?, u16_at(payload, end + 3)?, end + 5))
    }

    /// The OPT record after the first question. With several questions it is not looked for.
    pub(super) fn opt<'a>(&self, payload: &'a [u8], mut at: usize) -> Found<Opt<'a>> {
        let before = u32::from(self.answers) + u32::from(self.authority);
        let records = before + u32::from(self.additional);
        if self.questions > 1 {
            return Found::CutOff;
        }
        for index in 0..records {
            let Some((is_root, fixed)) = skip_name(payload, at) else { return Found::CutOff };
            let (Some(kind), Some(size), Some(length)) =
                (u16_at(payload, fixed), u16_at(payload, fixed + 2), u16_at(payload, fixed + 8))
            else {
                return Found::CutOff;
            };
            if kind == 41 && is_root && index >= before {
                let [version, flags] = array_at(payload, fixed + 5).unwrap_or_default();
                let data = payload.get(fixed + 10..).unwrap_or_default();
                return Found::Yes(Opt {
                    payload_size: size,
                    version,
                    dnssec_ok: flags & 0x80 != 0,
                    data: data.get(..usize::from(length)).unwrap_or(data),
                });
            }
            at = fixed + 10 + usize::from(length);
        }
        Found::No
    }
}

/// Whether the name at `at` is the root, and where what follows it begins. A pointer ends a name.
fn skip_name(payload: &[u8], mut at: usize) -> Option<(bool, usize)> {
    let is_root = *payload.get(at)? == 0;
    loop {
        match *payload.get(at)? {
            0 => return Some((is_root, at + 1)),
            length @ 1..=63 => at += 1 + usize::from(length),
            0xc0.. => return Some((false, at + 2)),
            _ => return None,
        }
    }
}

impl<'a> Name<'a> {
    pub(super) fn labels(self) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (&length, tail) = rest.split_first()?;
            let label = tail.get(..usize::from(length))?;
            rest = tail.get(usize::from(length)..)?;
            Some(label)
        })
    }

    /// Hash of the question, letter case apart (RFC 4343); never one of the special values.
    pub(super) fn hash(self, kind: u16, class: u16) -> u64 {
        let mut state = mix(u64::from(kind) << 16 | u64::from(class));
        for chunk in self.0.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = from.to_ascii_lowercase();
            }
            state = mix(state ^ u64::from_le_bytes(word));
        }
        Identity::checked(0, state).check
    }
}

impl<'a> Opt<'a> {
    /// Option codes, in order.
    pub(super) fn codes(&self) -> impl Iterator<Item = u16> + use<'a> {
        let mut rest = self.data;
        std::iter::from_fn(move || {
            let (code, length) = (u16_at(rest, 0)?, usize::from(u16_at(rest, 2)?));
            rest = rest.get(4..)?.get(length..).unwrap_or_default();
            Some(code)
        })
    }
}

/// Adds a label to a name's text form: dots between labels, unprintable bytes as decimal escapes
/// (RFC 1035 section 5.1).
pub(super) fn write_label<const N: usize>(text: &mut Text<N>, label: &[u8]) -> std::fmt::Result {
    if !text.as_str().is_empty() {
        text.write_char('.')?;
    }
    for &byte in label {
        if byte.is_ascii_graphic() && byte != b'\\' && byte != b'.' {
            text.write_char(char::from(byte))?;
        } else {
            write!(text, "\\{byte:03}")?;
        }
    }
    Ok(())
}
