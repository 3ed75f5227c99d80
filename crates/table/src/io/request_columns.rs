//! What is written of every captured request, besides its features.
//!
//! These columns are always there, also where all requests have the same value, so that a reader of the file knows who
//! talked to whom and what came of it. The ones known only afterwards are no features: a table that is read back must
//! not find the outcome in them. This list is the one place that says which they are.

use unanswered_registry::Feature;

/// A column that is always written, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestColumn {
    /// When the request was sent, seconds since the epoch.
    Time,
    /// The name of its protocol.
    Protocol,
    /// The client's address.
    Client,
    /// The client's port; empty for protocols without ports.
    ClientPort,
    /// The server's address.
    Server,
    /// The server's port.
    ServerPort,
    /// What became of it.
    Outcome,
    /// Why: the reason's code, and behind a colon that of the refusal; empty where there is nothing to add.
    Reason,
    /// From the first transmission to the reply that decided the outcome, in seconds.
    RoundTripTime,
    /// How often it was sent.
    Transmissions,
    /// Where it, or its reply, was last seen.
    Place,
    /// The step of the round trip that failed.
    Step,
}

impl RequestColumn {
    /// All of them, in the order of the file.
    pub const ALL: [Self; 12] = [
        Self::Time,
        Self::Protocol,
        Self::Client,
        Self::ClientPort,
        Self::Server,
        Self::ServerPort,
        Self::Outcome,
        Self::Reason,
        Self::RoundTripTime,
        Self::Transmissions,
        Self::Place,
        Self::Step,
    ];

    /// Its name in the header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Protocol => "protocol",
            Self::Client => "client",
            Self::ClientPort => "client_port",
            Self::Server => "server",
            Self::ServerPort => "server_port",
            Self::Outcome => "outcome",
            Self::Reason => "reason",
            Self::RoundTripTime => "round_trip_time",
            Self::Transmissions => "transmissions",
            Self::Place => "place",
            Self::Step => "step",
        }
    }

    /// Known only when the request has ended: never a feature.
    #[must_use]
    pub const fn known_after(self) -> bool {
        match self {
            Self::Outcome
            | Self::Reason
            | Self::RoundTripTime
            | Self::Transmissions
            | Self::Place
            | Self::Step => true,
            Self::Time
            | Self::Protocol
            | Self::Client
            | Self::ClientPort
            | Self::Server
            | Self::ServerPort => false,
        }
    }

    /// The column of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }
}

/// The features that the ends of a protocol's requests are: they are written as ends, and read back as these features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Name of the protocol.
    pub protocol: &'static str,
    /// The client's address.
    pub client: Option<&'static Feature>,
    /// Its port.
    pub client_port: Option<&'static Feature>,
    /// The server's address.
    pub server: Option<&'static Feature>,
    /// Its port.
    pub server_port: Option<&'static Feature>,
}

impl Ends {
    /// The feature that one of the columns holds for this protocol.
    pub(super) const fn feature(&self, column: RequestColumn) -> Option<&'static Feature> {
        match column {
            RequestColumn::Client => self.client,
            RequestColumn::ClientPort => self.client_port,
            RequestColumn::Server => self.server,
            RequestColumn::ServerPort => self.server_port,
            RequestColumn::Time
            | RequestColumn::Protocol
            | RequestColumn::Outcome
            | RequestColumn::Reason
            | RequestColumn::RoundTripTime
            | RequestColumn::Transmissions
            | RequestColumn::Place
            | RequestColumn::Step => None,
        }
    }
}

/// The features that one of the columns holds, each once, in the order of the protocols.
pub(super) fn features_of(ends: &[Ends], column: RequestColumn) -> Vec<&'static Feature> {
    let mut all: Vec<&'static Feature> = Vec::new();
    for feature in ends.iter().filter_map(|ends| ends.feature(column)) {
        if !all.iter().any(|known| known.is(feature)) {
            all.push(feature);
        }
    }
    all
}

/// Says what stands in the columns that are always written.
pub trait RequestFacts {
    /// Appends the cell to the empty text; appends nothing where there is no value.
    fn cell(&self, row: usize, column: RequestColumn, cell: &mut String);
}
