//! Addresses, prefixes, ports.

use crate::model::{Endpoint, Subnet, Transport};
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use unanswered_toml_text::{Node, NodeKind};

/// An IPv4 address.
pub(crate) fn address(node: &Node) -> Result<Ipv4Addr, String> {
    node.as_text().and_then(address_text).ok_or_else(|| "write an IPv4 address as \"10.9.9.21\"".to_owned())
}

/// As above, from its text.
pub(crate) fn address_text(text: &str) -> Option<Ipv4Addr> {
    text.trim().parse().ok()
}

/// A prefix; "default" is all addresses.
pub(crate) fn subnet(node: &Node) -> Result<Subnet, String> {
    let wrong = || "write a prefix as \"10.9.9.0/24\"".to_owned();
    let text = node.as_text().ok_or_else(wrong)?;
    let subnet = subnet_text(text).ok_or_else(wrong)?;
    let network = network_address(subnet);
    if network != subnet.address {
        return Err(format!("its host bits must be 0: \"{network}/{}\"", subnet.prefix));
    }
    Ok(subnet)
}

/// As above, from its text; host bits may be set.
pub(crate) fn subnet_text(text: &str) -> Option<Subnet> {
    if text.trim() == "default" {
        return Some(Subnet { address: Ipv4Addr::UNSPECIFIED, prefix: 0 });
    }
    let (address, prefix) = text.trim().split_once('/')?;
    let prefix: u8 = prefix.parse().ok().filter(|&prefix| prefix <= 32)?;
    Some(Subnet { address: address.parse().ok()?, prefix })
}

fn network_address(subnet: Subnet) -> Ipv4Addr {
    let mask = u32::MAX.checked_shl(32 - u32::from(subnet.prefix)).unwrap_or(0);
    Ipv4Addr::from(u32::from(subnet.address) & mask)
}

/// Ports "1024-65535", or one port.
pub(crate) fn port_range(node: &Node) -> Result<RangeInclusive<u16>, String> {
    let read = match &node.kind {
        NodeKind::Integer(port) => u16::try_from(*port).ok().map(|port| port..=port),
        NodeKind::Text(text) => ports_text(text),
        NodeKind::Float(_)
        | NodeKind::Bool(_)
        | NodeKind::Date(_)
        | NodeKind::List(_)
        | NodeKind::Table(_) => None,
    };
    read.filter(|ports| *ports.start() > 0)
        .ok_or_else(|| "write ports as \"1024-65535\", or one port from 1 to 65535".to_owned())
}

/// As above, from its text.
pub(crate) fn ports_text(text: &str) -> Option<RangeInclusive<u16>> {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (low <= high).then_some(low..=high)
}

/// An address and a port: "10.1.1.1:53".
pub(crate) fn endpoint_text(text: &str) -> Option<Endpoint> {
    let (address, port) = text.trim().rsplit_once(':')?;
    let port = port.parse().ok().filter(|&port| port > 0)?;
    Some(Endpoint { address: address.parse().ok()?, port })
}

/// What a DNAT stands in for: "198.51.100.153:53/udp", "198.51.100.153:53", "198.51.100.153/tcp" or an address.
pub(crate) fn dnat_target(node: &Node) -> Result<(Ipv4Addr, Option<Transport>, Option<u16>), String> {
    let read = |text: &str| {
        let (rest, protocol) = match text.split_once('/') {
            Some((rest, "udp")) => (rest, Some(Transport::Udp)),
            Some((rest, "tcp")) => (rest, Some(Transport::Tcp)),
            Some((rest, "icmp")) => (rest, Some(Transport::Icmp)),
            Some(_) => return None,
            None => (text, None),
        };
        match rest.split_once(':') {
            Some((address, port)) => Some((address.parse().ok()?, protocol, Some(port.parse().ok()?))),
            None => Some((rest.parse().ok()?, protocol, None)),
        }
    };
    node.as_text().and_then(|text| read(text.trim())).ok_or_else(|| {
        "write the virtual address as \"198.51.100.153:53/udp\"; port and transport may be left out"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_have_no_host_bits() {
        assert!(subnet(&Node::text(0, "10.9.9.0/24")).is_ok());
        assert_eq!(subnet(&Node::text(0, "default")).unwrap().prefix, 0);
        assert!(subnet(&Node::text(0, "10.9.9.1/24")).unwrap_err().contains("10.9.9.0/24"));
        assert!(subnet(&Node::text(0, "10.9.9.0/33")).is_err());
    }

    #[test]
    fn virtual_addresses_may_lack_port_and_transport() {
        let address = Ipv4Addr::new(198, 51, 100, 153);
        let read = |text: &str| dnat_target(&Node::text(0, text)).unwrap();
        assert_eq!(read("198.51.100.153:53/udp"), (address, Some(Transport::Udp), Some(53)));
        assert_eq!(read("198.51.100.153/tcp"), (address, Some(Transport::Tcp), None));
        assert_eq!(read("198.51.100.153"), (address, None, None));
    }
}
