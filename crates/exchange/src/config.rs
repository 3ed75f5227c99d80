//! How long clients wait, and for how long a request is remembered.

use unanswered_wire::{PROTOCOLS, ProtocolId, Span};

/// Options of the pairing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairerConfig {
    /// Time-out of each protocol of [`PROTOCOLS`].
    timeouts: [Span; PROTOCOLS.len()],
}

impl Default for PairerConfig {
    /// The time-outs that the protocols name.
    fn default() -> Self {
        Self { timeouts: PROTOCOLS.map(|protocol| protocol.timeout()) }
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

    /// How long after its last transmission a request can still be repeated or get a late reply.
    ///
    /// Three time-outs, at least 10 s. TCP doubles its gaps (RFC 6298 section 5.5), so that the sixth
    /// SYN comes 32 s after the fifth.
    pub(crate) fn linger(&self, protocol: ProtocolId) -> Span {
        let shortest = if protocol == ProtocolId::TCP { 33 } else { 10 };
        let three = self.timeout(protocol).nanoseconds().saturating_mul(3);
        Span::from_nanoseconds(three.max(Span::from_seconds(shortest).nanoseconds()))
    }
}
