//! Who said no to a request, or to its reply.

use super::{Exchange, Sighting};
use std::net::IpAddr;
use unanswered_registry::{Refusal, RefusedBy};
use unanswered_table::Reason;

/// Whose word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Speaker {
    /// The service itself, in its protocol.
    Service,
    /// The server's host: an ICMP error from its address.
    ServersHost,
    /// Somebody in the server's name: a TCP reset carries its address, whoever sends it.
    InServersName,
    /// Something on the path, with an address of its own.
    OnThePath,
    /// The client's own host.
    ClientsHost,
}

impl Speaker {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Service, Self::ServersHost, Self::InServersName, Self::OnThePath, Self::ClientsHost];

    /// Stable name for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::ServersHost => "servers_host",
            Self::InServersName => "in_servers_name",
            Self::OnThePath => "on_the_path",
            Self::ClientsHost => "clients_host",
        }
    }
}

/// A refusal with whose word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaidNo {
    /// Whose word it is, as far as the address shows.
    pub speaker: Speaker,
    /// The address that it came from.
    pub address: Option<IpAddr>,
    /// What was said.
    pub refusal: Refusal,
    /// It was said about the reply, not about the request.
    pub about_reply: bool,
}

impl Sighting<'_> {
    /// Who said no, as far as this place shows.
    #[must_use]
    pub fn said_no(&self) -> Option<SaidNo> {
        let reason = self.reason();
        let refusal = reason.refusal()?;
        let about_reply = matches!(reason, Reason::ReplyBounced(_));
        let server = self.server().address;
        let from = self.other_id().unwrap_or(server);
        let speaker = match refusal.kind().by {
            RefusedBy::Service | RefusedBy::FailedService | RefusedBy::Client => Speaker::Service,
            RefusedBy::Host if from == server => Speaker::InServersName,
            RefusedBy::RouterOrHost if from == server => Speaker::ServersHost,
            RefusedBy::Host | RefusedBy::RouterOrHost | RefusedBy::Router => {
                if from == self.client().address { Speaker::ClientsHost } else { Speaker::OnThePath }
            }
        };
        let address = self.all.legs.addresses.get(from);
        Some(SaidNo { speaker, address, refusal, about_reply })
    }
}

impl Exchange<'_> {
    /// Who said no: the farthest place that saw it knows best, as a NAT gives errors of routers behind it the address
    /// that the client asked.
    #[must_use]
    pub fn said_no(&self) -> Option<SaidNo> {
        self.reason().refusal()?;
        self.sightings().rev().find_map(|sighting| sighting.said_no())
    }
}
