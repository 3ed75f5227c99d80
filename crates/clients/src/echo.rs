//! Sends requests to a UDP service that returns the number in the request (RFC 862's echo, say).

use crate::event::{ClientEvent, Outbox, Stray};
use crate::transactions::{Transaction, Transactions};
use std::net::IpAddr;
use unanswered_table::Outcome;
use unanswered_wire::{Span, Time};

/// How it sends requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EchoConfig {
    /// The server.
    pub server: IpAddr,
    /// How long it waits.
    pub timeout: Span,
    /// Bytes of a request, in turn.
    pub sizes: Vec<u16>,
}

/// A request to send to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EchoTransmit<T> {
    /// Number, which the reply repeats.
    pub number: u64,
    /// Bytes of payload, including the number.
    pub size: u16,
    /// Source port.
    pub port: u16,
    /// The owner's name for the request.
    pub tag: T,
}

/// How a reply is recognised.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    port: u16,
    number: u64,
}

/// Sends requests to one server, each once. `T` is the owner's name for a request.
#[derive(Clone, Debug)]
pub struct EchoClient<T> {
    config: EchoConfig,
    number: u64,
    open: Transactions<Key, T>,
    out: Outbox<EchoTransmit<T>, T>,
}

impl<T: Clone> EchoClient<T> {
    /// A client without open requests.
    #[must_use]
    pub fn new(config: EchoConfig) -> Self {
        Self { config, number: 0, open: Transactions::default(), out: Outbox::default() }
    }

    /// The next request uses up its turn without being sent: there was no port for it.
    pub const fn skip(&mut self) {
        self.number += 1;
    }

    /// Sends a request from a port of its own.
    pub fn ask(&mut self, now: Time, port: u16, tag: T) {
        self.number += 1;
        let number = self.number;
        let sizes = &self.config.sizes;
        let turn = usize::try_from(number).unwrap_or(0) % sizes.len().max(1);
        let size = sizes.get(turn).copied().unwrap_or(64);
        let (key, deadline) = (Key { port, number }, now + self.config.timeout);
        self.open.add(Transaction { key, tag: tag.clone(), deadline, attempts: 1 });
        self.out.packets.push_back(EchoTransmit { number, size, port, tag });
    }

    fn end(&mut self, transaction: Transaction<Key, T>, outcome: Outcome) {
        self.out.ended(transaction.tag, outcome);
        self.out.port_free(transaction.key.port);
    }

    /// When it wants to be called next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        self.open.deadline()
    }

    /// The time has come (or is near: a call that is too early does nothing).
    pub fn handle_timeout(&mut self, now: Time) {
        while let Some(transaction) = self.open.due(now) {
            self.end(transaction, Outcome::Unanswered);
        }
    }

    /// Takes a reply with this number that came to a port.
    ///
    /// # Errors
    /// When no open request waits for it.
    pub fn handle_reply(&mut self, from: IpAddr, port: u16, number: u64) -> Result<(), Stray> {
        if from != self.config.server {
            return Err(Stray::WrongSource);
        }
        let transaction = self.open.take(&Key { port, number }).ok_or(Stray::NotOpen)?;
        self.end(transaction, Outcome::Answered);
        Ok(())
    }

    /// An ICMP error about a request.
    pub fn handle_error(&mut self, port: u16, number: u64) {
        if let Some(transaction) = self.open.take(&Key { port, number }) {
            self.end(transaction, Outcome::Refused);
        }
    }

    /// The next request to send.
    pub fn poll_transmit(&mut self) -> Option<EchoTransmit<T>> {
        self.out.packets.pop_front()
    }

    /// What happened since.
    pub fn poll_event(&mut self) -> Option<ClientEvent<T>> {
        self.out.events.pop_front()
    }
}
