//! How long clients wait, and for how long a request is remembered.

use unanswered_wire::{PROTOCOLS, ProtocolId, Span};

/// Options of the pairing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairerConfig {
    /// Time-out of each protocol of [`PROTOCOLS`].
    timeouts: [Span; PROTOCOLS.len()],
    path: Vec<String>,
}

impl Default for PairerConfig {
    /// The time-outs that the protocols name.
    fn default() -> Self {
        Self { timeouts: PROTOCOLS.map(|protocol| protocol.timeout()), path: Vec::new() }
    }
}

impl PairerConfig {
    /// How long a client of the protocol waits for its reply.
    #[must_use]
    pub fn timeout(&self, protocol: ProtocolId) -> Span {
        self.timeouts.get(usize::from(protocol.0)).copied().unwrap_or(Span::from_seconds(5))
    }

    /// Changes a time-out.
    pub fn set_timeout(&mut self, protocol: ProtocolId, timeout: Span) {
        if let Some(slot) = self.timeouts.get_mut(usize::from(protocol.0)) {
            *slot = timeout;
        }
    }

    /// Names of places in the order of the path from the clients to the servers, as far as they were
    /// given; the order of all others is inferred.
    #[must_use]
    pub fn path(&self) -> &[String] {
        &self.path
    }

    /// Gives the order of places (or vantage points) by name, nearest to the clients first.
    pub fn set_path(&mut self, path: Vec<String>) {
        self.path = path;
    }

    /// How long after its last transmission a request can still be repeated or get a late reply.
    ///
    /// Three time-outs, at least 10 s. TCP doubles its gaps (RFC 6298 section 5.5), so that the sixth
    /// SYN comes 32 s after the fifth.
    pub(crate) fn linger(&self, protocol: ProtocolId) -> Span {
        let shortest = if matches!(protocol, ProtocolId::TCP | ProtocolId::TCP_DATA) { 33 } else { 10 };
        let three = self.timeout(protocol).nanoseconds().saturating_mul(3);
        Span::from_nanoseconds(three.max(Span::from_seconds(shortest).nanoseconds()))
    }
}
