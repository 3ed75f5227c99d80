//! What asks and what answers: one file for each kind.
//!
//! A service is a sans-IO process. It is called when it starts, when a packet for it arrives, when an
//! ICMP error about one of its packets arrives, and at the time it asked for; it answers by putting
//! packets into the context's outbox and by opening and closing requests in the ledger.

mod context;
mod dns;
mod dns_client;
mod echo;
mod ntp;
mod ping;
mod tcp;
mod tcp_client;
mod transactions;

pub(super) use context::{Context, Outgoing, Sockets};

use super::packet::Packet;
use unanswered_scenario::model::ServiceKind;
use unanswered_wire::Time;

/// Whether a packet was for the service that it was given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// Yes.
    Yes,
    /// No: another service on the same port may want it.
    No,
}

/// A running service.
pub(super) trait Behaviour {
    /// Begins: binds its ports, plans its first request.
    fn start(&mut self, context: &mut Context<'_>);
    /// When it wants to be called next.
    fn next(&self) -> Option<Time>;
    /// The time that it asked for has come (or is near: an early call does nothing).
    fn handle_timeout(&mut self, context: &mut Context<'_>);
    /// A packet for one of its ports.
    fn handle_packet(&mut self, context: &mut Context<'_>, packet: &Packet) -> Taken;
    /// An ICMP error of this type and code about a packet that it sent.
    fn handle_error(&mut self, _context: &mut Context<'_>, _about: &Packet, _kind: u8, _code: u8) {}
    /// The NTP client in it.
    fn ntp_client(&self) -> Option<&unanswered_ntp::Client> {
        None
    }
    /// The NTP server in it.
    fn ntp_server(&self) -> Option<&unanswered_ntp::Server> {
        None
    }
}

/// A process of the kind, not started yet; `None` for an NTP profile that is not known.
#[must_use]
pub(super) fn process(kind: &ServiceKind, now: Time) -> Option<Box<dyn Behaviour>> {
    Some(match kind {
        ServiceKind::NtpServer(server) => Box::new(ntp::ServerProcess::new(server, now)?),
        ServiceKind::NtpClient(client) => Box::new(ntp::ClientProcess::new(client)?),
        ServiceKind::DnsServer(server) => Box::new(dns::ServerProcess::new(server.clone())),
        ServiceKind::DnsClient(client) => Box::new(dns_client::ClientProcess::new(client.clone())),
        ServiceKind::TcpServer(server) => Box::new(tcp::ServerProcess::new(server.clone())),
        ServiceKind::TcpClient(client) => Box::new(tcp_client::ClientProcess::new(client.clone())),
        ServiceKind::Ping(ping) => Box::new(ping::Process::new(ping.clone())),
        ServiceKind::EchoServer(server) => Box::new(echo::ServerProcess::new(server.clone())),
        ServiceKind::EchoClient(client) => Box::new(echo::ClientProcess::new(client.clone())),
    })
}
