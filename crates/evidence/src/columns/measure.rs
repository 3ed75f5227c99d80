//! The measures of a request's past.

use super::features;
use unanswered_registry::Feature;

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

/// Seconds for which a closed connection may hold its port: log-spaced between a second and the two
/// minutes of Linux's TIME_WAIT tracking.
pub(crate) const HELD_SECONDS: [u8; 4] = [1, 3, 10, 120];

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
        all.extend(HELD_SECONDS.map(Self::Held));
        all.push(Self::Overdue);
        if translated {
            all.extend([Self::GapOtherClient, Self::ReuseOutsidePort, Self::Moved, Self::New]);
        }
        all
    }

    /// Its declaration.
    pub(crate) fn feature(self) -> &'static Feature {
        match self {
            Self::GapClient => &features::GAP_CLIENT,
            Self::GapPair => &features::GAP_PAIR,
            Self::GapFlow => &features::GAP_FLOW,
            Self::GapOtherClient => &features::GAP_OTHER_CLIENT,
            Self::ReusePort => &features::REUSE_PORT,
            Self::ReuseOutsidePort => &features::REUSE_OUTSIDE_PORT,
            Self::Moved => &features::MOVED,
            Self::New => &features::NEW,
            Self::Burst => &features::BURST,
            Self::RateClient1 => &features::RATE_CLIENT_1,
            Self::RateClient10 => &features::RATE_CLIENT_10,
            Self::RateServer1 => &features::RATE_SERVER_1,
            Self::RateServer10 => &features::RATE_SERVER_10,
            Self::InFlightClient => &features::IN_FLIGHT_CLIENT,
            Self::InFlightServer => &features::IN_FLIGHT_SERVER,
            Self::Open => &features::OPEN,
            Self::Held(1) => &features::HELD_1,
            Self::Held(3) => &features::HELD_3,
            Self::Held(10) => &features::HELD_10,
            Self::Held(_) => &features::HELD_120,
            Self::Overdue => &features::OVERDUE,
        }
    }
}
