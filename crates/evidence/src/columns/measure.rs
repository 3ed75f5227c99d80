//! The measures of a request's past: their names and words.

use unanswered_table::Cut;

/// A feature of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    GapClient,
    GapPair,
    GapFlow,
    GapOtherClient,
    ReusePort,
    ReuseOutsidePort,
    Moved,
    New,
    Burst,
    RateClient1,
    RateClient10,
    RateServer1,
    RateServer10,
    InFlightClient,
    InFlightServer,
    Open,
    Held(u8),
    Overdue,
}

/// For how long a closed connection may hold its port: log-spaced between a second and the two
/// minutes of Linux's TIME_WAIT tracking.
pub(crate) const HELD_SECONDS: [(u8, &str, &str); 4] = [
    (
        1,
        "in_flight.open_connections.held_1s",
        "number of connections to this server open or closed within 1 s",
    ),
    (
        3,
        "in_flight.open_connections.held_3s",
        "number of connections to this server open or closed within 3 s",
    ),
    (
        10,
        "in_flight.open_connections.held_10s",
        "number of connections to this server open or closed within 10 s",
    ),
    (
        120,
        "in_flight.open_connections.held_120s",
        "number of connections to this server open or closed within 2 min",
    ),
];

impl Measure {
    /// Those that make sense: translation measures only where one was seen.
    pub(crate) fn all(translated: bool) -> Vec<Self> {
        let mut all = vec![
            Self::GapClient,
            Self::GapPair,
            Self::GapFlow,
            Self::ReusePort,
            Self::Burst,
            Self::RateClient1,
            Self::RateClient10,
            Self::RateServer1,
            Self::RateServer10,
            Self::InFlightClient,
            Self::InFlightServer,
            Self::Open,
        ];
        all.extend(HELD_SECONDS.map(|(seconds, ..)| Self::Held(seconds)));
        all.push(Self::Overdue);
        if translated {
            all.extend([Self::GapOtherClient, Self::ReuseOutsidePort, Self::Moved, Self::New]);
        }
        all
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::GapClient => "gap.client",
            Self::GapPair => "gap.client_server",
            Self::GapFlow => "gap.flow",
            Self::GapOtherClient => "gap.other_client",
            Self::ReusePort => "reuse.port",
            Self::ReuseOutsidePort => "reuse.outside_port",
            Self::Moved => "nat.moved",
            Self::New => "nat.new",
            Self::Burst => "burst.position",
            Self::RateClient1 => "rate.client.requests_last_1s",
            Self::RateClient10 => "rate.client.requests_last_10s",
            Self::RateServer1 => "rate.server.requests_last_1s",
            Self::RateServer10 => "rate.server.requests_last_10s",
            Self::InFlightClient => "in_flight.client",
            Self::InFlightServer => "in_flight.server",
            Self::Open => "in_flight.open_connections",
            Self::Held(seconds) => held(seconds).1,
            Self::Overdue => "unanswered.backlog.server",
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::GapClient => "time since this client's last request (s)",
            Self::GapPair => "time since this client's last request to this server (s)",
            Self::GapFlow => "time since the last packet of this flow (s)",
            Self::GapOtherClient => {
                "time since another client's request through the same address to this server (s)"
            }
            Self::ReusePort => "time since this client last used this source port (s)",
            Self::ReuseOutsidePort => {
                "time since another flow last had this translated source port towards this server (s)"
            }
            Self::Moved => "change of this flow's translated source",
            Self::New => "first use of this translation by the flow",
            Self::Burst => "position in a burst of this client's requests",
            Self::RateClient1 => "number of this client's requests in the last second",
            Self::RateClient10 => "number of this client's requests in the last 10 s",
            Self::RateServer1 => "number of requests to this server in the last second",
            Self::RateServer10 => "number of requests to this server in the last 10 s",
            Self::InFlightClient => "number of this client's requests in the last 2 s",
            Self::InFlightServer => "number of requests to this server in the last 2 s",
            Self::Open => "number of connections open to this server",
            Self::Held(seconds) => held(seconds).2,
            Self::Overdue => "number of earlier requests to this server unanswered for 1 to 10 s",
        }
    }

    pub(crate) fn cut(self) -> Cut {
        if matches!(self, Self::Moved | Self::New) { Cut::Code } else { Cut::Amount }
    }
}

fn held(seconds: u8) -> &'static (u8, &'static str, &'static str) {
    HELD_SECONDS.iter().find(|h| h.0 == seconds).unwrap_or(&HELD_SECONDS[0])
}
