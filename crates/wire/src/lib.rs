//! Bytes to packets.
//!
//! Data flow: a captured frame's bytes and its [`LinkType`] go into `decode`,
//! which walks link layer, VLAN tags, tunnels and IP headers and
//! gives one borrowed [`Packet`] - or [`NotUnderstood`] with the reason. The
//! packet then goes to the list of protocols; the first whose
//! [`Protocol::message`] recognises it names its role and identity.
//!
//! No I/O, no clock, no allocation on the read path; nothing in here panics on
//! any bytes.
#![warn(clippy::indexing_slicing)]

mod packet;
mod protocol;
mod time;

pub use packet::*;
pub use protocol::*;
pub use time::{Span, Time};
