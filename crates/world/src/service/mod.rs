//! What asks and what answers: one file for each kind.
//!
//! A service is a sans-IO process (`behaviour`). It is called when it starts, when a packet for it
//! arrives, when an ICMP error about one of its packets arrives, and at the time it asked for; it answers
//! by putting packets into the outbox of its `service_context` and by opening and closing requests in the ledger.
//! What a client does is in `unanswered-clients` and `unanswered-ntp`; here is when it asks (`pace`),
//! from which port (`sockets`), and how its messages become packets.

mod behaviour;
mod dns_client;
mod dns_server;
mod echo_client;
mod echo_server;
mod ntp_client;
mod ntp_server;
mod pace;
mod ping;
mod service_context;
mod sockets;
mod tcp_client;
mod tcp_server;

pub(super) use behaviour::{Behaviour, Taken};
pub(super) use service_context::{Outgoing, ServiceContext};
pub(super) use sockets::Sockets;

use unanswered_scenario::model::ServiceKind;
use unanswered_wire::Time;

/// A process of the kind, not started yet; `None` for an unknown NTP profile.
#[must_use]
pub(super) fn process(kind: &ServiceKind, now: Time) -> Option<Box<dyn Behaviour>> {
    Some(match kind {
        ServiceKind::NtpServer(server) => Box::new(ntp_server::NtpServerProcess::new(server, now)?),
        ServiceKind::NtpClient(client) => Box::new(ntp_client::NtpClientProcess::new(client)?),
        ServiceKind::DnsServer(server) => Box::new(dns_server::DnsServerProcess::new(server.clone())),
        ServiceKind::DnsClient(client) => Box::new(dns_client::DnsClientProcess::new(client.clone())),
        ServiceKind::TcpServer(server) => Box::new(tcp_server::TcpServerProcess::new(server.clone())),
        ServiceKind::TcpClient(client) => Box::new(tcp_client::TcpClientProcess::new(client.clone())),
        ServiceKind::Ping(ping) => Box::new(ping::PingProcess::new(ping.clone())),
        ServiceKind::EchoServer(server) => Box::new(echo_server::EchoServerProcess::new(server.clone())),
        ServiceKind::EchoClient(client) => Box::new(echo_client::EchoClientProcess::new(client.clone())),
    })
}
