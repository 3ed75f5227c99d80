//! Captures out: pcapng with comments, and plain pcap. Both little-endian, in nanoseconds.

mod pcap;
mod pcapng;

pub use pcap::PcapWriter;
pub use pcapng::PcapngWriter;
