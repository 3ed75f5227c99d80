//! Bytes to packets: what is in a captured frame, and what it asks or answers.
//!
//! One frame at a time: pairing requests with replies is the work of `unanswered-exchange`. No I/O, no clock,
//! no state, no allocation on the read path; nothing in here panics on any bytes.
//!
//! # Data flow
//!
//! A captured frame's bytes and its [`LinkType`] go into [`decode`], which walks link layer, VLAN tags, tunnels
//! and IP headers and gives one borrowed [`Packet`], or [`NotUnderstood`] with the reason. The packet then goes
//! to the list of protocols; the first whose [`Protocol::message`] recognises it names its role and identity
//! ([`recognise`] does that). The other way round, [`emit`] builds frames as a real stack sends them.
//!
//! # Entry points
//!
//! - [`decode`] and [`recognise`] read, [`emit`] writes.
//! - [`PROTOCOLS`] are the protocols, [`ProtocolId::declaration`] says what is known of each in advance:
//!   its name, time-out, features, filters.
//! - [`Protocol`] is the trait that a new protocol implements, [`Message`] and [`Identity`] what it says of a packet.
//!
//! ```
//! use unanswered_wire::{LinkType, decode, emit, recognise};
//!
//! let query = emit::dns::Query { id: 7, name: "example.com", kind: 1, recursion_desired: true, edns: None };
//! let mut payload = Vec::new();
//! emit::dns::query(&mut payload, &query)?;
//! let ip = emit::Ipv4 {
//!     source: [192, 0, 2, 1].into(),
//!     destination: [192, 0, 2, 53].into(),
//!     ttl: 64,
//!     dscp: 0,
//!     ecn: 0,
//!     identification: 1,
//!     dont_fragment: false,
//! };
//! let datagram = emit::Content::Udp { source_port: 40_000, destination_port: 53, payload: &payload };
//! let mut frame = Vec::new();
//! emit::ip_packet(&mut frame, ip, &datagram)?;
//!
//! let packet = decode(LinkType::Raw, &frame, frame.len() as u32).expect("an IP packet");
//! let (protocol, message) = recognise(&packet).expect("a protocol that is known");
//! assert_eq!(protocol.declaration().name, "dns");
//! assert!(message.answers.is_none());
//! assert_eq!(message.asks.expect("it is a request").key, 7);
//! # Ok::<(), emit::CannotEmit>(())
//! ```
#![warn(clippy::indexing_slicing)]

mod asking;
mod bytes;
mod decode;
mod dhcp;
pub mod emit;
pub mod errors;
pub mod features;
mod ip;
mod link;
mod neighbour;
mod packet;
mod protocol;
pub mod protocols;
pub mod services;
mod text;
mod transport;
mod tunnel;

pub use asking::{SaidBy, Wants, is_tls_alert};
pub use decode::decode;
pub use dhcp::offered_address;
pub use features::common_features;
pub use link::link_type_from_number;
pub use packet::*;
pub use protocol::*;
pub use protocols::tcp::TcpData;
pub use protocols::udp::{Datagram, Media, datagram};
pub use protocols::{PROTOCOLS, ProtocolId, TurnProtocol, recognise};
pub use services::{Unpaired, asks_by_port, asks_by_service};
pub use unanswered_time::{Span, Time};
