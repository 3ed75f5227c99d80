//! How long clients wait, and for how long a request is remembered.

use unanswered_wire::{PROTOCOLS, ProtocolId, Span, Waiting};

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
        Self { timeouts: std::array::from_fn(|index| declared(index).timeout), path: Vec::new() }
    }
}

impl PairerConfig {
    /// How long a client of the protocol waits for its reply.
    ///
    /// # Panics
    /// If there is no protocol with that number, here and in [`Self::set_timeout`].
    #[must_use]
    pub fn timeout(&self, protocol: ProtocolId) -> Span {
        self.timeouts[usize::from(protocol.0)]
    }

    /// Changes a time-out.
    ///
    /// # Panics
    /// Like [`Self::timeout`].
    pub fn set_timeout(&mut self, protocol: ProtocolId, timeout: Span) {
        self.timeouts[usize::from(protocol.0)] = timeout;
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

    /// How long after its last transmission a request can still be retransmitted or get a late reply.
    ///
    /// Three time-outs, or what the protocol declares.
    pub(crate) fn retention(&self, protocol: ProtocolId) -> Span {
        let three = self.timeout(protocol).nanoseconds().saturating_mul(3);
        let declared = protocol.declaration().waiting.retention;
        Span::from_nanoseconds(three.max(declared.nanoseconds()))
    }
}

/// How clients of the protocol with that number wait.
fn declared(index: usize) -> Waiting {
    let id = u8::try_from(index).map(ProtocolId).expect("there are fewer than 256 protocols");
    id.declaration().waiting
}
