//! A request as it reaches a server.

use std::net::SocketAddr;
use unanswered_wire::Time;

/// A datagram that arrived.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// When, on a clock that is never set.
    pub now: Time,
    /// When, on the host's own clock.
    pub clock: Time,
    /// Who sent it.
    pub from: SocketAddr,
    /// The port at which it arrived.
    pub port: u16,
    /// Its UDP payload, of any length and content.
    pub payload: &'a [u8],
}
