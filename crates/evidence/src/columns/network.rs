//! Networks of clients and servers: /24 of IPv4, /64 of IPv6.

use super::end::End;
use super::features;
use super::header::coded;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use unanswered_exchange::{AddressId, Exchanges};
use unanswered_registry::Feature;
use unanswered_table::Values;

/// The network of an address, in the usual notation.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{}/24", Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(v6) => format!("{}/64", Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

/// Ends that have columns of networks: where there is more than one and one of them has more than one address.
pub(super) fn that_say_more(exchanges: &Exchanges) -> Vec<(End, &'static Feature)> {
    let mut ends = Vec::new();
    for (end, feature) in
        [(End::Source, &features::SOURCE_NETWORK), (End::Destination, &features::DESTINATION_NETWORK)]
    {
        let mut seen = vec![false; exchanges.addresses().len()];
        for exchange in exchanges.iter().filter(|e| !e.protocol().carrier().is_of_link()) {
            seen[id_of(exchanges, exchange.row(), end).0 as usize] = true;
        }
        let mut networks: BTreeMap<String, u32> = BTreeMap::new();
        for (address, _) in exchanges.addresses().iter().zip(&seen).filter(|(_, seen)| **seen) {
            *networks.entry(network(*address)).or_default() += 1;
        }
        if networks.len() > 1 && networks.values().any(|&n| n > 1) {
            ends.push((end, feature));
        }
    }
    ends
}

fn id_of(exchanges: &Exchanges, row: u32, end: End) -> AddressId {
    let near = exchanges.get(row).nearest();
    match end {
        End::Source => near.client().address,
        End::Destination => near.server().address,
    }
}

/// The network of each request's end.
pub(crate) fn prefixes(exchanges: &Exchanges, end: End, rows: &[u32]) -> Values {
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    // Networks by number, so that rows compare numbers and not texts.
    let mut labels: Vec<String> = Vec::new();
    let by_address: Vec<u32> = exchanges
        .addresses()
        .iter()
        .map(|&address| {
            let name = network(address);
            *names.entry(name.clone()).or_insert_with(|| {
                labels.push(name);
                u32::try_from(labels.len() - 1).expect("fewer networks than addresses")
            })
        })
        .collect();
    let routed = |row: &&u32| !exchanges.get(**row).protocol().carrier().is_of_link();
    let at =
        |row: &u32| by_address.get(id_of(exchanges, *Some(row).filter(routed)?, end).0 as usize).copied();
    coded(rows.iter().map(at), |n| labels[n as usize].clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_written_as_people_write_them() {
        assert_eq!(network("10.59.1.13".parse().unwrap()), "10.59.1.0/24");
        assert_eq!(network("fd00:72:2::11".parse().unwrap()), "fd00:72:2::/64");
    }
}
