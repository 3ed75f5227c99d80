//! ICMP echo requests, one after the other, as `ping` sends them.

use crate::event::{ClientEvent, Outbox, Stray};
use crate::transactions::{Transaction, Transactions};
use unanswered_ntp::RandomSource;
use unanswered_table::Outcome;
use unanswered_wire::{Span, Time};

/// `ping` waits long for the last reply; for the others the next request sets the limit.
const TIMEOUT: Span = Span::from_seconds(2);

/// How it sends requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PingConfig {
    /// Identifier; `None`: random.
    pub identifier: Option<u16>,
    /// Bytes of data, in turn.
    pub sizes: Vec<u16>,
}

/// A request to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PingTransmit<T> {
    /// Sequence number.
    pub sequence: u16,
    /// Bytes of data.
    pub size: u16,
    /// The owner's name for the request.
    pub tag: T,
}

/// A running `ping`. `T` is the owner's name for a request.
#[derive(Clone, Debug)]
pub struct PingClient<T> {
    config: PingConfig,
    identifier: u16,
    sequence: u16,
    /// By sequence number.
    open: Transactions<u16, T>,
    out: Outbox<PingTransmit<T>, T>,
}

impl<T: Clone> PingClient<T> {
    /// Starts it; a random identifier is drawn here.
    pub fn new(config: PingConfig, random: &mut impl RandomSource) -> Self {
        let identifier = match config.identifier {
            Some(identifier) => identifier,
            None => u16::try_from(random.below(0x1_0000)).unwrap_or(1),
        };
        let (open, out) = (Transactions::default(), Outbox::default());
        Self { config, identifier, sequence: 0, open, out }
    }

    /// The identifier of all its requests.
    #[must_use]
    pub const fn identifier(&self) -> u16 {
        self.identifier
    }

    /// Sends a request.
    pub fn ask(&mut self, now: Time, tag: T) {
        self.sequence = self.sequence.wrapping_add(1);
        let (sequence, sizes) = (self.sequence, &self.config.sizes);
        let size = sizes.get(usize::from(sequence) % sizes.len().max(1)).copied().unwrap_or(56);
        self.open.add(Transaction { key: sequence, tag: tag.clone(), deadline: now + TIMEOUT, attempts: 1 });
        self.out.packets.push_back(PingTransmit { sequence, size, tag });
    }

    /// When it wants to be called next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        self.open.deadline()
    }

    /// The time has come (or is near: a call that is too early does nothing).
    pub fn handle_timeout(&mut self, now: Time) {
        while let Some(transaction) = self.open.due(now) {
            self.out.ended(transaction.tag, Outcome::Unanswered);
        }
    }

    /// Takes a reply with its identifier.
    ///
    /// # Errors
    /// When no open request waits for it.
    pub fn handle_reply(&mut self, sequence: u16) -> Result<(), Stray> {
        let transaction = self.open.take(&sequence).ok_or(Stray::NotOpen)?;
        self.out.ended(transaction.tag, Outcome::Answered);
        Ok(())
    }

    /// An ICMP error about a request.
    pub fn handle_error(&mut self, sequence: u16) {
        if let Some(transaction) = self.open.take(&sequence) {
            self.out.ended(transaction.tag, Outcome::Refused);
        }
    }

    /// The next request to send.
    pub fn poll_transmit(&mut self) -> Option<PingTransmit<T>> {
        self.out.packets.pop_front()
    }

    /// What happened since.
    pub fn poll_event(&mut self) -> Option<ClientEvent<T>> {
        self.out.events.pop_front()
    }
}
