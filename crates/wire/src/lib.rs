//! Bytes to packets.
//!
//! Data flow: a captured frame's bytes and its [`LinkType`] go into [`decode`],
//! which walks link layer, VLAN tags, tunnels and IP headers and
//! gives one borrowed [`Packet`] - or [`NotUnderstood`] with the reason. The
//! packet then goes to the list of protocols; the first whose
//! [`Protocol::message`] recognises it names its role and identity
//! ([`recognise`] does that).
//!
//! The other way round, [`emit`] builds frames, as a real stack sends them.
//!
//! No I/O, no clock, no allocation on the read path; nothing in here panics on
//! any bytes.
#![warn(clippy::indexing_slicing)]

mod bytes;
mod decode;
pub mod emit;
pub mod errors;
pub mod features;
mod ip;
mod link;
mod packet;
mod protocol;
pub mod protocols;
mod text;
mod transport;
mod tunnel;

pub use decode::decode;
pub use features::common_features;
pub use link::link_type_from_number;
pub use packet::*;
pub use protocol::*;
pub use protocols::tcp::TcpData;
pub use protocols::{PROTOCOLS, ProtocolId, recognise};
pub use unanswered_time::{Span, Time};
