//! Ethernet II frames with VLAN tags, without the frame check sequence: captures lack it.

use super::{CannotEmit, all_or_nothing, within};

/// A VLAN tag (IEEE 802.1Q-2018 clause 9.6), priority and drop eligibility 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Vlan {
    /// VLAN id, 0 (priority tag) to 4094.
    pub id: u16,
    /// A service tag, 0x88a8 (IEEE 802.1ad), rather than a customer tag, 0x8100.
    pub service_tag: bool,
}

/// The header of a frame. The ether type follows from the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ethernet<'a> {
    /// Destination hardware address.
    pub destination: [u8; 6],
    /// Source hardware address.
    pub source: [u8; 6],
    /// Tags, outermost first.
    pub vlans: &'a [Vlan],
    /// Whether zeros pad a short frame to 60 bytes (IEEE 802.3-2018 clause 4.2.8, without the
    /// check sequence). A capture shows them where the frame came over a cable, not on the host that
    /// sends it nor on virtual interfaces.
    pub padded: bool,
}

/// Minimum bytes of a frame on a cable: 64 with the check sequence (IEEE 802.3-2018 clause 4.2.3.3).
const LEAST: usize = 60;

/// Appends a frame around an IP packet of either version.
///
/// A payload that is not an IP packet, and VLAN ids beyond 4094.
/// A payload that is no IP packet, and VLAN ids beyond 4094.
#[inline]
pub fn ethernet(out: &mut Vec<u8>, ethernet: &Ethernet<'_>, payload: &[u8]) -> Result<(), CannotEmit> {
    let ether_type = ether_type_of(payload)?;
    frame(out, ethernet, ether_type, |out| {
        out.extend_from_slice(payload);
        Ok(())
    })
}

/// Appends a frame whose payload `write` appends.
#[inline]
pub(super) fn frame(
    out: &mut Vec<u8>,
    ethernet: &Ethernet<'_>,
    ether_type: u16,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), CannotEmit>,
) -> Result<(), CannotEmit> {
    let start = out.len();
    all_or_nothing(out, |out| {
        out.extend_from_slice(&ethernet.destination);
        out.extend_from_slice(&ethernet.source);
        for vlan in ethernet.vlans {
            within("VLAN id", vlan.id, 4094)?;
            let kind: u16 = if vlan.service_tag { 0x88a8 } else { 0x8100 };
            out.extend_from_slice(&kind.to_be_bytes());
            out.extend_from_slice(&vlan.id.to_be_bytes());
        }
        out.extend_from_slice(&ether_type.to_be_bytes());
        write(out)?;
        if ethernet.padded && out.len() < start + LEAST {
            out.resize(start + LEAST, 0);
        }
        Ok(())
    })
}

/// The ether type (IANA) of an IP packet, by its version field.
#[inline]
pub(super) fn ether_type_of(packet: &[u8]) -> Result<u16, CannotEmit> {
    match packet.first().map(|first| first >> 4) {
        Some(4) => Ok(0x0800),
        Some(6) => Ok(0x86dd),
        _ => Err(CannotEmit::NotIp),
    }
}
