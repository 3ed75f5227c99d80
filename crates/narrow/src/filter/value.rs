//! Addresses and numbers as pcap-filter(7) writes them.

use super::tree::Prefix;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

/// Whether a word is written like a value and not like a keyword or a name.
pub(super) fn is_value(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) || word.contains(':') || hardware(word).is_some()
}

/// A decimal number, or a hexadecimal one with `0x`. None with a leading zero: libpcap reads those as octal, and who
/// types them seldom means that.
pub(super) fn number(word: &str) -> Option<u32> {
    if let Some(digits) = word.strip_prefix("0x") {
        let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        return u32::from_str_radix(digits, 16).ok().filter(|_| hexadecimal);
    }
    let decimal = word.bytes().all(|byte| byte.is_ascii_digit()) && (word == "0" || !word.starts_with('0'));
    word.parse().ok().filter(|_| decimal)
}

/// `1000-2000`, or one port.
pub(super) fn ports(word: &str) -> Option<(u16, u16)> {
    let port = |word| number(word).and_then(|port| u16::try_from(port).ok());
    let (low, high) = word.split_once('-').unwrap_or((word, word));
    let (low, high) = (port(low)?, port(high)?);
    Some((low.min(high), low.max(high)))
}

/// Six bytes in hexadecimal with colons or hyphens (`0:1a:...`), or three groups of four digits with points.
pub(super) fn hardware(word: &str) -> Option<[u8; 6]> {
    let groups = |separator, bytes: usize, digits: RangeInclusive<usize>| {
        let mut address = 0_u64;
        let mut count = 0;
        for group in word.split(separator) {
            let plain = group.bytes().all(|byte| byte.is_ascii_hexdigit()) && digits.contains(&group.len());
            address = address << (8 * bytes) | u64::from_str_radix(group, 16).ok().filter(|_| plain)?;
            count += bytes;
            if count > 6 {
                return None;
            }
        }
        let [_, _, bytes @ ..] = address.to_be_bytes();
        (count == 6).then_some(bytes)
    };
    groups(':', 1, 1..=2).or_else(|| groups('-', 1, 1..=2)).or_else(|| groups('.', 2, 4..=4))
}

/// An address, a short one (`10.1`, which is `10.1.0.0/16`) or one with its prefix length (`10.0.0.0/8`).
pub(super) fn prefix(word: &str) -> Option<Prefix> {
    let (address, length) = match word.split_once('/') {
        None => (word, None),
        Some((address, length)) => (address, Some(number(length)?)),
    };
    let (address, bits) = match address.parse::<Ipv6Addr>() {
        Ok(address) => (IpAddr::V6(address), 128),
        Err(_) => {
            let (address, bits) = dotted(address)?;
            (IpAddr::V4(address), bits)
        }
    };
    let length = match length {
        None => bits,
        Some(length) => u8::try_from(length).ok().filter(|length| *length <= Prefix::bits(address))?,
    };
    Some(Prefix { address, length })
}

/// One to four numbers with points: the address filled with zeros, and the bits that were given.
fn dotted(word: &str) -> Option<(Ipv4Addr, u8)> {
    let mut bytes = [0_u8; 4];
    let mut given = 0;
    let mut slots = bytes.iter_mut();
    for part in word.split('.') {
        *slots.next()? = number(part).and_then(|byte| u8::try_from(byte).ok())?;
        given += 8;
    }
    Some((Ipv4Addr::from(bytes), given))
}

/// The prefix length of a netmask; `None` when its ones are not all in front.
pub(super) fn mask(word: &str) -> Option<u8> {
    let (mask, 32) = dotted(word)? else { return None };
    let ones = mask.to_bits().leading_ones();
    (mask.to_bits().checked_shl(ones).unwrap_or(0) == 0).then(|| u8::try_from(ones).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(word: &str) -> Option<String> {
        prefix(word).map(|p| format!("{}/{}", p.address, p.length))
    }

    #[test]
    fn addresses_are_read_whole_short_and_with_prefixes() {
        assert_eq!(read("10.0.0.5").as_deref(), Some("10.0.0.5/32"));
        assert_eq!(read("10.1").as_deref(), Some("10.1.0.0/16"));
        assert_eq!(read("10").as_deref(), Some("10.0.0.0/8"));
        assert_eq!(read("10.1/16").as_deref(), Some("10.1.0.0/16"));
        assert_eq!(read("2001:db8::/32").as_deref(), Some("2001:db8::/32"));
        assert_eq!(read("::1").as_deref(), Some("::1/128"));
        assert_eq!(read("0.0.0.0/0").as_deref(), Some("0.0.0.0/0"));
        for wrong in [
            "",
            "1.2.3.4.5",
            "256.1",
            "10.0.0.0/33",
            "::/129",
            "1.2.3.",
            "010.0.0.1",
            "10.0.0.0/",
            "example.com",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_ports_masks_and_hardware_addresses_are_read() {
        assert_eq!(
            [number("53"), number("0x35"), number("0"), number("053"), number("+5")],
            [Some(53), Some(53), Some(0), None, None]
        );
        assert_eq!(
            [ports("53"), ports("10-20"), ports("20-10"), ports("65536"), ports("-1")],
            [Some((53, 53)), Some((10, 20)), Some((10, 20)), None, None]
        );
        assert_eq!(
            [mask("255.0.0.0"), mask("255.255.255.255"), mask("0.0.0.0"), mask("255.0.255.0"), mask("255")],
            [Some(8), Some(32), Some(0), None, None]
        );
        let address = Some([0x0a, 0xb, 1, 2, 3, 0xff]);
        assert_eq!(
            [hardware("a:b:1:2:3:ff"), hardware("0a-0b-01-02-03-ff"), hardware("0a0b.0102.03ff")],
            [address; 3]
        );
        for wrong in
            ["1:2:3:4:5", "1:2:3:4:5:6:7", "1:2:3:4:5:123", "g:2:3:4:5:6", "::1", "1.2.3", "1.2.3.4", ""]
        {
            assert_eq!(hardware(wrong), None, "{wrong}");
        }
    }
}
