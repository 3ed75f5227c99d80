//! Segments, links, bundles and tunnels.

use super::header::HeaderField;
use super::ids::{NetworkId, Probability};
use super::subnet::Subnet;
use unanswered_wire::{Span, TunnelKind};

/// A segment: all hosts attached to it reach each other directly.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Its name.
    pub name: String,
    /// Its addresses.
    pub subnet: Subnet,
    /// What happens to a packet on its path from one attachment to another.
    pub link: Link,
    /// VLAN ids that frames carry here, outermost first (0, 1 or 2 of them).
    pub vlans: Vec<u16>,
    /// Parallel members, one of which the hash of a packet picks.
    pub bundle: Option<Bundle>,
    /// The segment is an overlay: its frames travel in a tunnel over another network, from the
    /// interface there of the sender's hypervisor (or of the sender itself) to the receiver's.
    pub tunnel: Option<Tunnel>,
}

/// What happens to a packet on a link.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Fixed delay.
    pub delay: Span,
    /// Mean of an additional, exponentially distributed delay.
    pub jitter: Span,
    /// Loss.
    pub loss: Loss,
    /// Share of packets held back by `reorder_by`, so that later ones overtake them.
    pub reorder: Probability,
    /// How long those are held back.
    pub reorder_by: Span,
    /// Share of packets that arrive twice.
    pub duplicate: Probability,
    /// Largest IP packet, in bytes.
    pub mtu: u16,
    /// Bits per second; packets queue behind each other. `None`: no limit.
    pub rate: Option<u64>,
    /// Bytes that may wait if there is a rate; more are dropped.
    pub queue: u32,
    /// A packet that is too big is dropped without an ICMP error (a path MTU black hole).
    pub silent_mtu: bool,
}

/// Loss on a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// None.
    None,
    /// Each packet independently.
    Independent(Probability),
    /// Gilbert-Elliott: a good state without loss and a bad one with it (Gilbert 1960, Elliott 1963).
    Bursty {
        /// Probability per packet to go from good to bad.
        enter: Probability,
        /// Probability per packet to go back.
        leave: Probability,
        /// Loss while bad.
        loss: Probability,
    },
}

/// Parallel members of a LAG or of equal-cost paths.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// How many members.
    pub members: u16,
    /// Header fields that the hash covers (of the outer packet if there is a tunnel).
    pub hash: Vec<HeaderField>,
    /// Members that lose packets.
    pub bad: Vec<u16>,
    /// Share of its packets that a bad member loses.
    pub loss: Probability,
    /// Catalogue id of the fault, for `truth.json`.
    pub fault: Option<String>,
}

/// An encapsulation over another network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tunnel {
    /// Its kind: VXLAN, Geneve or GRE.
    pub kind: TunnelKind,
    /// VNI or key.
    pub identifier: u32,
    /// The network that carries it.
    pub over: NetworkId,
}
