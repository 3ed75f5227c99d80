//! How a running service is called.

use super::service_context::ServiceContext;
use crate::sim_packet::SimPacket;
use unanswered_wire::Time;

/// Whether a packet was for the service that got it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Yes.
    Yes,
    /// No: another service on the same port may want it.
    No,
}

/// A running service.
pub(crate) trait Behaviour {
    /// Starts: binds its ports, plans its first request.
    fn start(&mut self, context: &mut ServiceContext<'_>);
    /// When it wants to be called next.
    fn next(&self) -> Option<Time>;
    /// The time that it asked for has come (or is near: a call that is too early does nothing).
    fn handle_timeout(&mut self, context: &mut ServiceContext<'_>);
    /// A packet for one of its ports.
    fn handle_packet(&mut self, context: &mut ServiceContext<'_>, packet: &SimPacket) -> Taken;
    /// An ICMP error of this type and code about a packet that it sent.
    fn handle_error(&mut self, _context: &mut ServiceContext<'_>, _about: &SimPacket, _kind: u8, _code: u8) {}
    /// The NTP client in it.
    fn ntp_client(&self) -> Option<&unanswered_ntp::Client> {
        None
    }
    /// The NTP server in it.
    fn ntp_server(&self) -> Option<&unanswered_ntp::Server> {
        None
    }
}
