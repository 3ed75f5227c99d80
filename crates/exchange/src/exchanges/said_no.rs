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
            // A reset has no sender of its own, an ICMP error has.
            RefusedBy::Host if from == server && !refusal.kind().alone => Speaker::InServersName,
            RefusedBy::Host | RefusedBy::RouterOrHost if from == server => Speaker::ServersHost,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PairerConfig;
    use crate::test_packets::{At, dns, icmp_error, read};

    fn speakers(from: &str, kind: u8, code: u8) -> Vec<Option<(Speaker, String)>> {
        let ask = dns("10.0.0.1", 4000, "10.9.0.1", 53, 7, "h.example.test", None);
        let packets = [At(0, 0, ask.clone()), At(1, 0, icmp_error(from, kind, code, &ask))];
        let all = read(&packets, PairerConfig::default(), Vec::new());
        let said = all.iter().map(|exchange| exchange.said_no());
        said.map(|said| said.map(|s| (s.speaker, s.address.expect("an address").to_string()))).collect()
    }

    #[test]
    fn who_said_no_is_told_by_its_address() {
        let from = |address: &str, speaker| vec![Some((speaker, address.to_owned()))];
        assert_eq!(speakers("10.0.0.254", 3, 13), from("10.0.0.254", Speaker::OnThePath));
        assert_eq!(speakers("10.9.0.1", 3, 3), from("10.9.0.1", Speaker::ServersHost));
        assert_eq!(speakers("10.0.0.254", 3, 3), from("10.0.0.254", Speaker::OnThePath));
        assert_eq!(speakers("10.0.0.1", 3, 1), from("10.0.0.1", Speaker::ClientsHost));
    }
}
