//! Captures out: pcapng with comments, and plain pcap. Both little-endian, in nanoseconds.

mod describe;
mod pcap;
mod pcapng;

pub use describe::{InterfaceDescription, PacketFlags, Reception, SectionDescription, Statistics};
pub use pcap::PcapWriter;
pub use pcapng::PcapngWriter;
