//! Buckets of hashes over the flow: what ECMP, link aggregation and multi-queue devices do.

use super::features;
use super::sides::Sides;
use crc32fast::Hasher as Crc;
use std::net::IpAddr;
use unanswered_exchange::{Exchanges, Sighting};
use unanswered_registry::Feature;
use unanswered_table::{MISSING, Values};

/// A hash and the number of its buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    kind: Kind,
    buckets: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Addresses and ports xored and folded, as simple switches do (and Linux bonding's layer3+4 policy).
    Xor,
    /// CRC-32 (IEEE) over source, destination, ports and protocol in the order of the headers.
    Crc32,
}

impl Bucket {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let xor = [2, 3, 4, 8].map(|buckets| Self { kind: Kind::Xor, buckets });
        let crc = [2, 4, 8].map(|buckets| Self { kind: Kind::Crc32, buckets });
        xor.into_iter().chain(crc)
    }

    /// Its declaration.
    pub(crate) fn feature(self) -> &'static Feature {
        match (self.kind, self.buckets) {
            (Kind::Xor, 2) => &features::XOR_2,
            (Kind::Xor, 3) => &features::XOR_3,
            (Kind::Xor, 4) => &features::XOR_4,
            (Kind::Xor, _) => &features::XOR_8,
            (Kind::Crc32, 2) => &features::CRC_2,
            (Kind::Crc32, 4) => &features::CRC_4,
            (Kind::Crc32, _) => &features::CRC_8,
        }
    }

    /// The bucket of each request, as the far side of a translation sees it where that is known.
    pub(crate) fn column(self, exchanges: &Exchanges, sides: &Sides, rows: &[u32]) -> Values {
        let codes = rows.iter().map(|&row| {
            let exchange = exchanges.get(row);
            let Some(number) = exchange.protocol().carrier().ip_protocol() else { return MISSING };
            let hash = self.hash(exchanges, &sides.at_the_server(&exchange), number);
            hash.map_or(MISSING, |h| h % self.buckets)
        });
        Values::Codes { codes: codes.collect(), labels: (0..self.buckets).map(|b| b.to_string()).collect() }
    }

    fn hash(self, exchanges: &Exchanges, seen: &Sighting<'_>, protocol: u8) -> Option<u32> {
        let (client, server) = (seen.client(), seen.server());
        let source = *exchanges.addresses().get(client.address.0 as usize)?;
        let destination = *exchanges.addresses().get(server.address.0 as usize)?;
        let (from, to) = (client.port, server.port);
        Some(match self.kind {
            Kind::Xor => xor(source, destination, from, to),
            Kind::Crc32 => {
                let mut crc = Crc::new();
                for address in [source, destination] {
                    let (bytes, count) = octets(address);
                    crc.update(&bytes[..count]);
                }
                crc.update(&from.to_be_bytes());
                crc.update(&to.to_be_bytes());
                crc.update(&[protocol]);
                crc.finalize()
            }
        })
    }
}

/// An address's bytes and how many there are.
fn octets(address: IpAddr) -> ([u8; 16], usize) {
    match address {
        IpAddr::V4(v4) => {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&v4.octets());
            (bytes, 4)
        }
        IpAddr::V6(v6) => (v6.octets(), 16),
    }
}

fn folded(address: IpAddr) -> u32 {
    let (bytes, count) = octets(address);
    bytes[..count].chunks(4).map(|c| u32::from_be_bytes([c[0], c[1], c[2], c[3]])).fold(0, |a, b| a ^ b)
}

fn xor(source: IpAddr, destination: IpAddr, from: u16, to: u16) -> u32 {
    let mut hash = u32::from(from ^ to) ^ folded(source) ^ folded(destination);
    hash ^= hash >> 16;
    hash ^= hash >> 8;
    hash & 0xff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crc_is_the_common_one() {
        let mut crc = Crc::new();
        crc.update(b"1234");
        crc.update(b"56789");
        assert_eq!(crc.finalize(), 0xcbf4_3926);
    }

    #[test]
    fn both_directions_of_a_flow_xor_to_the_same_bucket() {
        let (a, b) = ("10.0.0.1".parse().unwrap(), "10.0.1.9".parse().unwrap());
        assert_eq!(xor(a, b, 4000, 53), xor(b, a, 53, 4000));
        assert_ne!(xor(a, b, 4000, 53), xor(a, b, 4001, 53));
    }
}
