//! Encapsulations: VXLAN, Geneve, GRE and IP in IP.
//!
//! The outer UDP checksum is 0 over IPv4, as RFC 7348 section 5 asks for and Open vSwitch does by
//! default; over IPv6 there has to be one. VXLAN devices of current Linux kernels send one over IPv4 too,
//! unless configured otherwise (`IFLA_VXLAN_UDP_CSUM` in `drivers/net/vxlan`); no feature looks at it.

use super::content::{packet, udp};
use super::ethernet::{ether_type_of, frame};
use super::{CannotEmit, Ethernet, IpHeader, set, within};
use crate::ip::number;

/// What is around the encapsulation's own header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Outer<'a> {
    /// The outer frame; with `None` only the IP packet is appended, to be fragmented for example.
    pub ethernet: Option<Ethernet<'a>>,
    /// The outer IP header. VXLAN of Linux: time to live 64, no don't-fragment bit, DSCP 0,
    /// identification counted per pair of addresses.
    pub ip: IpHeader,
}

/// What is inside an encapsulation that carries either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inner<'a> {
    /// An Ethernet frame ("transparent Ethernet bridging", 0x6558).
    Ethernet(&'a [u8]),
    /// An IP packet of either version.
    Ip(&'a [u8]),
}

/// A Geneve option with one word of data (RFC 8926 section 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GeneveOption {
    /// Option class (IANA); 0x0102 is OVN's.
    pub class: u16,
    /// Type; from 0x80 up, an end point that does not know the option has to drop the packet.
    pub kind: u8,
    /// Data.
    pub data: u32,
}

/// Destination ports (RFC 7348 section 8, RFC 8926 section 3.3).
const VXLAN_PORT: u16 = 4789;
const GENEVE_PORT: u16 = 6081;

/// Maximum VXLAN or Geneve network identifier: 24 bits.
const VNI_MOST: u32 = 0xff_ffff;

/// Appends a frame in VXLAN (RFC 7348 section 5). `source_port` is the flow's
/// ([`flow_source_port`](super::flow_source_port)), `vni` the network identifier, 24 bits.
///
/// # Errors
/// Too many bytes for the outer packet, a VNI beyond 24 bits, fields beyond their range.
pub fn vxlan(
    out: &mut Vec<u8>,
    outer: &Outer<'_>,
    source_port: u16,
    vni: u32,
    inner_frame: &[u8],
) -> Result<(), CannotEmit> {
    within("VNI", vni, VNI_MOST)?;
    let mut header = [0; 8];
    // The one flag: the VNI is valid.
    set(&mut header, 0, [0x08]);
    set(&mut header, 4, (vni << 8).to_be_bytes());
    over_udp(out, outer, [source_port, VXLAN_PORT], &header, inner_frame)
}

/// Appends a frame or packet in Geneve (RFC 8926 section 3.4), with one option or none. `source_port`
/// and `vni` are as for [`vxlan`].
///
/// # Errors
/// Like [`vxlan`], and an inner packet that is not IP.
pub fn geneve(
    out: &mut Vec<u8>,
    outer: &Outer<'_>,
    source_port: u16,
    vni: u32,
    option: Option<GeneveOption>,
    inner: Inner<'_>,
) -> Result<(), CannotEmit> {
    within("VNI", vni, VNI_MOST)?;
    let (ether_type, inner) = inner.with_ether_type()?;
    let mut header = [0; 16];
    set(&mut header, 2, ether_type.to_be_bytes());
    set(&mut header, 4, (vni << 8).to_be_bytes());
    let mut length = 8;
    if let Some(option) = option {
        // Two words of options, and whether an option is critical.
        set(&mut header, 0, [2, if option.kind & 0x80 == 0 { 0 } else { 0x40 }]);
        set(&mut header, 8, option.class.to_be_bytes());
        // One word of data.
        set(&mut header, 10, [option.kind, 1]);
        set(&mut header, 12, option.data.to_be_bytes());
        length = 16;
    }
    let header = header.get(..length).unwrap_or_default();
    over_udp(out, outer, [source_port, GENEVE_PORT], header, inner)
}

/// Appends a frame or packet in GRE (RFC 2784), with a key (RFC 2890) or without.
///
/// # Errors
/// Too many bytes for the outer packet, an inner packet that is not IP, fields beyond their range.
pub fn gre(
    out: &mut Vec<u8>,
    outer: &Outer<'_>,
    key: Option<u32>,
    inner: Inner<'_>,
) -> Result<(), CannotEmit> {
    let (ether_type, inner) = inner.with_ether_type()?;
    let [high, low] = ether_type.to_be_bytes();
    let key = key.map(u32::to_be_bytes);
    let flags = if key.is_some() { 0x20 } else { 0 };
    let key = key.as_ref().map_or(&[][..], |key| key);
    outer_packet(out, outer, |out| {
        packet(out, &outer.ip, number::GRE, [flags, 0, high, low], None, [key, inner])
    })
}

/// Appends an IP packet in an IP packet, each of either version (RFC 2003, RFC 4213, RFC 2473).
///
/// # Errors
/// Too many bytes for the outer packet, an inner packet that is not IP, fields beyond their range.
pub fn ip_in_ip(out: &mut Vec<u8>, outer: &Outer<'_>, inner_packet: &[u8]) -> Result<(), CannotEmit> {
    let protocol = if ether_type_of(inner_packet)? == 0x0800 { number::IPV4 } else { number::IPV6 };
    outer_packet(out, outer, |out| packet(out, &outer.ip, protocol, [], None, [inner_packet, &[]]))
}

fn over_udp(
    out: &mut Vec<u8>,
    outer: &Outer<'_>,
    ports: [u16; 2],
    header: &[u8],
    inner: &[u8],
) -> Result<(), CannotEmit> {
    let checksum = matches!(outer.ip, IpHeader::V6(_));
    outer_packet(out, outer, |out| udp(out, &outer.ip, ports, checksum, [header, inner]))
}

/// Appends the outer packet that `write` appends, in a frame where there is one.
fn outer_packet(
    out: &mut Vec<u8>,
    outer: &Outer<'_>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), CannotEmit>,
) -> Result<(), CannotEmit> {
    let Some(ethernet) = &outer.ethernet else { return write(out) };
    let ether_type = match outer.ip {
        IpHeader::V4(_) => 0x0800,
        IpHeader::V6(_) => 0x86dd,
    };
    frame(out, ethernet, ether_type, write)
}

impl<'a> Inner<'a> {
    fn with_ether_type(self) -> Result<(u16, &'a [u8]), CannotEmit> {
        match self {
            Self::Ethernet(frame) => Ok((0x6558, frame)),
            Self::Ip(packet) => Ok((ether_type_of(packet)?, packet)),
        }
    }
}
