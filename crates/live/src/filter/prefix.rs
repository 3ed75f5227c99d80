//! An address and the number of its significant bits.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Addresses with a common prefix: `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    address: IpAddr,
    bits: u8,
}

/// What was expected instead of an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPrefix {
    /// The part before the slash is not an address.
    #[error("{0:?} is not an address")]
    Address(String),
    /// The part after the slash does not fit the address.
    #[error("{given:?} is not a prefix length")]
    Bits {
        /// As typed.
        given: String,
        /// The number of bits of such an address.
        most: u8,
    },
}

impl NotAPrefix {
    /// What was expected.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Address(_) => "expected one like 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32".to_owned(),
            Self::Bits { most, .. } => format!("expected 0 to {most}"),
        })
    }
}

impl Prefix {
    /// Whether an address has this prefix.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let own = self.words();
        let words = words(address);
        own.len() == words.len() && own.iter().zip(&words).all(|((want, mask), word)| word & mask == *want)
    }

    /// Whether it is IPv6.
    pub(super) const fn is_v6(&self) -> bool {
        self.address.is_ipv6()
    }

    /// Each 32 bits of the address with the mask of significant bits, from the front; the address has no bits
    /// outside the mask.
    pub(super) fn words(&self) -> Vec<(u32, u32)> {
        let mask = |index: usize| {
            let before = u32::try_from(index * 32).unwrap_or(u32::MAX);
            let bits = u32::from(self.bits).saturating_sub(before).min(32);
            u32::MAX.checked_shl(32 - bits).unwrap_or(0)
        };
        let words = words(self.address).into_iter().enumerate();
        words.map(|(index, word)| (word & mask(index), mask(index))).collect()
    }
}

fn words(address: IpAddr) -> Vec<u32> {
    match address {
        IpAddr::V4(address) => vec![address.to_bits()],
        IpAddr::V6(address) => address
            .octets()
            .chunks_exact(4)
            .map(|c| c.iter().fold(0, |w, b| w << 8 | u32::from(*b)))
            .collect(),
    }
}

impl FromStr for Prefix {
    type Err = NotAPrefix;

    fn from_str(typed: &str) -> Result<Self, NotAPrefix> {
        let (address, bits) = typed.split_once('/').map_or((typed, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| NotAPrefix::Address(typed.to_owned()))?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let wrong = |given: &str| NotAPrefix::Bits { given: given.to_owned(), most };
        let bits = match bits {
            None => most,
            Some(given) => given.parse().ok().filter(|bits| *bits <= most).ok_or_else(|| wrong(given))?,
        };
        Ok(Self { address, bits })
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = if self.is_v6() { 128 } else { 32 };
        write!(f, "{}", self.address)?;
        if self.bits == whole { Ok(()) } else { write!(f, "/{}", self.bits) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    #[test]
    fn a_prefix_contains_what_begins_alike() {
        let address = |text: &str| -> IpAddr { text.parse().unwrap() };
        assert!(prefix("192.0.2.77/25").contains(address("192.0.2.1")));
        assert!(!prefix("192.0.2.0/25").contains(address("192.0.2.128")));
        assert!(prefix("0.0.0.0/0").contains(address("203.0.113.9")));
        assert!(!prefix("0.0.0.0/0").contains(address("::1")));
        assert!(prefix("2001:db8:1::/47").contains(address("2001:db8:0:ffff::1")));
        assert!(!prefix("2001:db8::1").contains(address("2001:db8::2")));
    }

    #[test]
    fn what_is_no_prefix_is_said_to_be_none() {
        assert_eq!("ntp.example".parse::<Prefix>(), Err(NotAPrefix::Address("ntp.example".to_owned())));
        let bits = NotAPrefix::Bits { given: "33".to_owned(), most: 32 };
        assert_eq!("192.0.2.1/33".parse::<Prefix>(), Err(bits));
        assert_eq!(prefix("192.0.2.0/24").to_string(), "192.0.2.0/24");
        assert_eq!(prefix("::1/128").to_string(), "::1");
    }
}
