//! The outer source port of a tunnel over UDP: entropy for ECMP and LAG, made from the inner flow.
//!
//! Recorded on Linux 6.18 with VXLAN: the port is constant for a flow of
//! unconnected UDP or ICMP, and the reply of the same host has the same one,
//! because the hash takes the two ends in order of their size. Hosts differ in
//! their seed. TCP and connected UDP use a random hash of their socket instead,
//! so that request and reply differ: there the caller draws the number itself.

use crate::bytes::mix;
use std::net::IpAddr;

/// Linux's default `net.ipv4.ip_local_port_range`: the range that the kernel
/// divides the hash over, both ends included.
const LEAST: u32 = 32_768;
const MOST: u32 = 60_999;

/// Hash of a flow, never 0: the same with source and destination swapped. `seed` stands for the
/// host's, which Linux draws when it starts. Ports are 0 for ICMP and for fragments, whose ports
/// Linux does not look at either.
#[must_use]
pub fn flow_hash(seed: u64, protocol: u8, source: (IpAddr, u16), destination: (IpAddr, u16)) -> u32 {
    let (low, high) = if source <= destination { (source, destination) } else { (destination, source) };
    let mut state = mix(seed ^ u64::from(protocol));
    for (address, port) in [low, high] {
        let (upper, lower) = halves(address);
        state = mix(state ^ upper);
        state = mix(state ^ lower);
        state = mix(state ^ u64::from(port));
    }
    u32::try_from(state >> 32).unwrap_or(u32::MAX).max(1)
}

/// The outer UDP source port of a flow with this hash, 32768 to 60998, as Linux makes it
/// (`udp_flow_src_port` in `include/net/udp.h`). RFC 7348 section 5 only recommends 49152 to 65535.
#[must_use]
pub fn flow_source_port(hash: u32) -> u16 {
    // Only the upper half counts below; the lower is folded into it.
    let hash = u64::from(hash ^ (hash << 16));
    let port = u64::from(LEAST) + ((hash * u64::from(MOST - LEAST)) >> 32);
    u16::try_from(port).unwrap_or(u16::MAX)
}

/// The upper and lower 64 bits of an address; IPv4 has only lower ones.
fn halves(address: IpAddr) -> (u64, u64) {
    match address {
        IpAddr::V4(address) => (0, u64::from(address.to_bits())),
        IpAddr::V6(address) => {
            let [upper, lower] = [address.to_bits() >> 64, address.to_bits() & u128::from(u64::MAX)]
                .map(|half| u64::try_from(half).unwrap_or(u64::MAX));
            (upper, lower)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(source: ([u8; 4], u16), destination: ([u8; 4], u16)) -> u32 {
        flow_hash(7, 17, (source.0.into(), source.1), (destination.0.into(), destination.1))
    }

    #[test]
    fn request_and_reply_have_the_same_port() {
        let (client, server) = (([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 123));
        assert_eq!(hash(client, server), hash(server, client));
        assert_ne!(hash(client, server), hash((client.0, 40_001), server));
        // The ends stay together: swapping only the ports makes another flow.
        assert_ne!(hash(client, server), hash((client.0, 123), (server.0, 40_000)));
    }

    #[test]
    fn ports_spread_over_the_range_of_linux() {
        assert_eq!(flow_source_port(0), 32_768);
        // All bits of the upper half set: the hash is 0xffff_0000 after folding in the lower one.
        assert_eq!(flow_source_port(0xffff_0000), 60_998);
        let mut parities = [0_u32; 2];
        for port in 0..1000 {
            let source = flow_source_port(hash(([10, 0, 0, 1], port), ([10, 0, 0, 2], 123)));
            assert!((32_768..=60_998).contains(&source));
            parities[usize::from(source % 2)] += 1;
        }
        assert!(parities.iter().all(|count| *count > 400), "{parities:?}");
    }
}
