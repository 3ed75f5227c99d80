//! Building frames as a real stack sends them: the other direction of [`decode`](crate::decode).
//!
//! Data flow: [`ip_packet`] appends an IP packet to the caller's buffer; [`fragments`] cuts up one that
//! is too big; [`ethernet`] puts a packet into a frame, or [`vxlan`], [`geneve`], [`gre`] and
//! [`ip_in_ip`] put packet or frame into a tunnel. [`dns`] writes the payload of a datagram. Every
//! function appends, so that one buffer serves for all frames, and nothing else is allocated.
//!
//! Checksums are finished, as they are on the wire (a capture on the sending host may show
//! unfinished ones, where the network card does that work).
//!
//! What cannot be written is a [`CannotEmit`]; then the buffer is left as it was. Nothing panics on any
//! argument.
//!
//! ```
//! use unanswered_wire::{LinkType, Transport, decode, emit};
//! let ip = emit::Ipv4 {
//!     source: [192, 0, 2, 1].into(),
//!     destination: [198, 51, 100, 21].into(),
//!     ttl: 64,
//!     dscp: 0,
//!     ecn: 0,
//!     identification: 1,
//!     dont_fragment: true,
//! };
//! let content = emit::Content::Udp { source_port: 123, destination_port: 123, payload: &[0x23; 48] };
//! let ethernet =
//!     emit::Ethernet { destination: [2, 0, 0, 0, 0, 1], source: [2, 0, 0, 0, 0, 2], vlans: &[], padded: false };
//! let (mut packet, mut frame) = (Vec::new(), Vec::new());
//! emit::ip_packet(&mut packet, ip, &content)?;
//! emit::ethernet(&mut frame, &ethernet, &packet)?;
//! let read = decode(LinkType::Ethernet, &frame, 90).expect("what was emitted is understood");
//! assert!(matches!(read.transport, Transport::Udp(udp) if udp.payload == [0x23; 48]));
//! # Ok::<(), emit::CannotEmit>(())
//! ```

mod checksum;
mod content;
pub mod dns;
mod ethernet;
mod flow;
mod fragments;
mod ip;
mod options;
mod tunnels;

pub use content::{Content, ip_packet};
pub use ethernet::{Ethernet, Vlan, ethernet};
pub use flow::{flow_hash, flow_source_port};
pub use fragments::fragments;
pub use ip::{IpHeader, Ipv4, Ipv6};
pub use options::{SynOptions, syn_options, timestamp_option};
pub use tunnels::{GeneveOption, Inner, Outer, geneve, gre, ip_in_ip, vxlan};

/// Why something cannot be written. The buffer is then left as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotEmit {
    /// More bytes than the header's length field can hold.
    #[error("{what} would have {length} bytes; the maximum is {most}")]
    TooLong {
        /// What is too long.
        what: &'static str,
        /// Its length in bytes.
        length: usize,
        /// The maximum length in bytes.
        most: usize,
    },
    /// A value that does not fit in its field.
    #[error("{field} {value} is out of range; the maximum is {most}")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// The value.
        value: u32,
        /// The maximum value of the field.
        most: u32,
    },
    /// The payload of a frame or a tunnel is neither IPv4 nor IPv6 by its first four bits.
    #[error("the payload does not begin as an IP packet does")]
    NotIp,
    /// What is to be fragmented is not an IPv4 packet with 20 header bytes and the length that its header
    /// states.
    #[error("only whole IPv4 packets without options can be fragmented")]
    NotWhole,
    /// The packet is too big and its don't-fragment bit is set.
    #[error("a packet of {length} bytes that must not be fragmented is too big for an MTU of {mtu}")]
    DontFragment {
        /// Length of the packet in bytes.
        length: usize,
        /// The MTU in bytes.
        mtu: u16,
    },
    /// Not even eight bytes of payload fit after the header.
    #[error("an MTU of {0} bytes is too small for any fragment; the minimum is 28")]
    MtuTooSmall(u16),
    /// A name with two dots in a row or one in front.
    #[error("a label of a domain name is empty")]
    EmptyLabel,
}

/// Runs `write`, and removes what it had already appended when it fails.
fn all_or_nothing(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), CannotEmit>,
) -> Result<(), CannotEmit> {
    let start = out.len();
    let result = write(out);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

/// Sets some bytes of a header. Offsets are constants within the array's length.
#[inline]
fn set<const N: usize>(header: &mut [u8], at: usize, value: [u8; N]) {
    if let Some(field) = header.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *field = value;
    }
}

/// An error when a value does not fit in its field.
#[inline]
fn within(field: &'static str, value: impl Into<u32>, most: u32) -> Result<(), CannotEmit> {
    let value = value.into();
    if value <= most { Ok(()) } else { Err(CannotEmit::OutOfRange { field, value, most }) }
}

/// A length for its 16-bit field.
#[inline]
fn length_16(what: &'static str, length: usize) -> Result<u16, CannotEmit> {
    u16::try_from(length).map_err(|_| CannotEmit::TooLong { what, length, most: usize::from(u16::MAX) })
}
