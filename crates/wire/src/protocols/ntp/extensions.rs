//! What follows the 48-byte NTP header: extension fields (RFC 7822) and a message authentication
//! code or crypto-NAK.

use crate::bytes::{u16_at, u32_at};
use crate::text::Text;
use crate::{FeatureSink, Udp};
use std::fmt::Write as _;
use unanswered_registry::{Quantity, features};

features! {
    COUNT = amount("ntp.ext.count", "number of extension fields").settable();
    FIRST = code("ntp.ext.type", "first extension field type").wireshark().settable()
        .named(&[(0x0104, "unique identifier"), (0x0204, "NTS cookie"), (0x0304, "NTS cookie placeholder"), (0x0404, "NTS authenticator")]);
    TYPES = code("ntp.ext.types", "extension field types").settable();
    LENGTH = amount("ntp.ext.total_length", "length of extension fields").measures(Quantity::Length).settable();
    PLACEHOLDERS = amount("ntp.ext.cookie_placeholders", "NTS cookie placeholders").settable();
    NTS = flag("ntp.ext.nts", "NTS authentication").presence().settable();
    KEY = code("ntp.keyid", "key id").settable();
    HAS_KEY = flag("ntp.keyid.present", "message authentication code")
        .presence().settable();
    MAC_LENGTH = amount("ntp.mac.length", "length of the authentication code").measures(Quantity::Length).settable();
    RUBBISH = amount("ntp.trailing", "trailing bytes that are no extension").settable();
}

/// Extension fields and what comes after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extensions<'a> {
    fields: &'a [u8],
    /// What follows the fields.
    pub trailer: Trailer,
}

/// The end of an NTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trailer {
    /// Nothing.
    None,
    /// A key id and a digest.
    Mac {
        /// Key id.
        key: u32,
        /// Bytes, key id included: 20 (MD5), 24 (SHA-1); a bare key id of 4 is a crypto-NAK.
        length: usize,
    },
    /// Bytes that are neither a field nor a code: padding by a client, truncation by a middlebox.
    Rubbish(usize),
}

/// Type codes (IANA "NTP Extension Field Types").
const COOKIE_PLACEHOLDER: u16 = 0x0304;
const NTS_AUTHENTICATOR: u16 = 0x0404;

/// The longest code of RFC 7822 section 3: longer remainders of a version-4 packet are fields.
const MAC_LONGEST: usize = 24;

impl<'a> Extensions<'a> {
    /// Splits what follows the header. Only version 4 has extension fields; before that, all of it is
    /// the code.
    #[must_use]
    pub fn read(version: u8, bytes: &'a [u8]) -> Self {
        let mut end = 0;
        let fields_allowed = version >= 4;
        loop {
            let rest = bytes.get(end..).unwrap_or_default();
            let length = u16_at(rest, 2).map_or(0, usize::from);
            // NTS fields may be shorter than RFC 7822's 28 where no code follows.
            let mac = matches!(rest.len(), 4 | 20 | MAC_LONGEST) && !Self::is_field_to_end(rest);
            if !fields_allowed || mac || length < 16 || !length.is_multiple_of(4) || length > rest.len() {
                break;
            }
            end += length;
        }
        let rest = bytes.get(end..).unwrap_or_default();
        let trailer = match (rest.len(), u32_at(rest, 0)) {
            (0, _) => Trailer::None,
            (length, Some(key)) if length == 4 || (20..=72).contains(&length) && length % 4 == 0 => {
                Trailer::Mac { key, length }
            }
            (length, _) => Trailer::Rubbish(length),
        };
        Self { fields: bytes.get(..end).unwrap_or_default(), trailer }
    }

    /// A remainder of a code's length that is one known field and ends exactly there.
    fn is_field_to_end(rest: &[u8]) -> bool {
        u16_at(rest, 2).map(usize::from) == Some(rest.len())
            && u16_at(rest, 0).is_some_and(|kind| kind != 0 && kind & 0xff <= 0x0b)
    }

    /// Type and length of each field, in order.
    pub fn fields(&self) -> impl Iterator<Item = (u16, usize)> + use<'a> {
        let mut rest = self.fields;
        std::iter::from_fn(move || {
            let (kind, length) = (u16_at(rest, 0)?, usize::from(u16_at(rest, 2)?));
            rest = rest.get(length.max(4)..)?;
            Some((kind, length))
        })
    }
}

/// Features of what follows the header; none if the snap length cut any of it off.
pub(super) fn features(udp: &Udp<'_>, sink: &mut dyn FeatureSink) {
    let sent = usize::from(udp.length).saturating_sub(8);
    if udp.payload.len() < sent || sent < super::HEADER {
        return;
    }
    let version = udp.payload.first().map_or(0, |first| (first >> 3) & 7);
    let extensions = Extensions::read(version, udp.payload.get(super::HEADER..).unwrap_or_default());
    let (mut count, mut placeholders, mut nts) = (0, 0, false);
    let mut types = Text::<128>::default();
    for (kind, _) in extensions.fields() {
        if count == 0 {
            sink.number(&FIRST, i64::from(kind));
        }
        count += 1;
        placeholders += i64::from(kind == COOKIE_PLACEHOLDER);
        nts |= kind == NTS_AUTHENTICATOR;
        let separator = if types.as_str().is_empty() { "" } else { "," };
        let _ = write!(types, "{separator}0x{kind:04x}");
    }
    sink.number(&COUNT, count);
    sink.number(&NTS, i64::from(nts));
    if count > 0 {
        sink.text(&TYPES, types.as_str());
        sink.number(&LENGTH, i64::try_from(extensions.fields.len()).unwrap_or(i64::MAX));
    }
    if nts {
        sink.number(&PLACEHOLDERS, placeholders);
    }
    trailer_features(extensions.trailer, sink);
}

fn trailer_features(trailer: Trailer, sink: &mut dyn FeatureSink) {
    let (key, length, rubbish) = match trailer {
        Trailer::None => (None, 0, 0),
        Trailer::Mac { key, length } => (Some(key), length, 0),
        Trailer::Rubbish(length) => (None, 0, length),
    };
    sink.number(&HAS_KEY, i64::from(key.is_some()));
    sink.number(&MAC_LENGTH, i64::try_from(length).unwrap_or(i64::MAX));
    sink.number(&RUBBISH, i64::try_from(rubbish).unwrap_or(i64::MAX));
    if let Some(key) = key {
        sink.number(&KEY, i64::from(key));
    }
}
