//! Addresses as networks: a list of them that fills a network is said as one.

use std::net::IpAddr;

/// Fewer addresses are listed one by one.
const LISTED: usize = 3;

/// Wider networks than this say nothing: /8 of IPv4, /32 of IPv6.
const WIDEST: [u32; 2] = [8, 32];

/// A network in the usual notation, `10.0.0.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    length: u32,
}

/// The bits of an address from the left, and how many there are.
fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    }
}

impl Network {
    /// The network that a text names; `None` for anything else, single addresses too.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let (address, length): (IpAddr, u32) = (address.parse().ok()?, length.parse().ok()?);
        (length <= bits(address).1).then_some(Self { address, length })
    }

    /// Whether the address lies in it.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let ((own, width), (other, of)) = (bits(self.address), bits(address));
        width == of && (own ^ other).leading_zeros() >= self.length
    }

    /// The smallest network that holds all these addresses and none of the others; `None` where there is none, or a list is
    /// as short.
    pub(crate) fn of(addresses: &[IpAddr], others: &[IpAddr]) -> Option<Self> {
        let (&first, rest) = addresses.split_first()?;
        let (start, width) = bits(first);
        if addresses.len() < LISTED || rest.iter().any(|other| bits(*other).1 != width) {
            return None;
        }
        let common = rest.iter().map(|other| (bits(*other).0 ^ start).leading_zeros()).min()?.min(width);
        let network = Self { address: masked(first, common), length: common };
        let widest = WIDEST[usize::from(width == 128)];
        (common >= widest && !others.iter().any(|other| network.contains(*other))).then_some(network)
    }
}

fn masked(address: IpAddr, length: u32) -> IpAddr {
    match address {
        IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & u32::MAX.checked_shl(32 - length).unwrap_or(0)).into()),
        IpAddr::V6(v6) => {
            IpAddr::V6((v6.to_bits() & u128::MAX.checked_shl(128 - length).unwrap_or(0)).into())
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(of: &[&str]) -> Vec<IpAddr> {
        of.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_list_that_fills_a_network_is_one() {
        let some = addresses(&["10.1.2.65", "10.1.2.90", "10.1.2.120"]);
        let network = Network::of(&some, &addresses(&["10.1.2.10", "10.1.2.129"])).expect("a network");
        assert_eq!(network.to_string(), "10.1.2.64/26");
        assert_eq!(Network::parse("10.1.2.64/26"), Some(network));
        // Another one lies in it.
        assert_eq!(Network::of(&some, &addresses(&["10.1.2.70"])), None);
        assert_eq!(Network::of(&some[..2], &[]), None);
        let v6 = addresses(&["fd00::1", "fd00::2", "fd00::f"]);
        assert_eq!(Network::of(&v6, &some).map(|n| n.to_string()), Some("fd00::/124".to_owned()));
        assert_eq!(Network::of(&[some[0], some[1], v6[0]], &[]), None);
        assert_eq!(Network::of(&addresses(&["10.0.0.1", "172.16.0.1", "192.168.0.1"]), &[]), None);
        assert_eq!(Network::parse("10.1.2.3"), None);
        assert_eq!(Network::parse("10.1.2.3/33"), None);
    }
}
