//! What every client reports to its owner.

use std::collections::VecDeque;
use unanswered_table::Outcome;

/// Something that the owner of a client has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientEvent<T> {
    /// A request has ended.
    Ended {
        /// The owner's name for it.
        tag: T,
        /// What became of it.
        outcome: Outcome,
    },
    /// No open request needs this port any more.
    PortFree(u16),
}

/// A reply that no open request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stray {
    /// It comes from an address other than the one that was asked.
    WrongSource,
    /// Nothing of the kind is open: never asked, already answered, or given up.
    NotOpen,
}

/// What waits for the owner: packets to send and events, each in order.
#[derive(Clone, Debug)]
pub(crate) struct Outbox<P, T> {
    pub(crate) packets: VecDeque<P>,
    pub(crate) events: VecDeque<ClientEvent<T>>,
}

impl<P, T> Default for Outbox<P, T> {
    fn default() -> Self {
        Self { packets: VecDeque::new(), events: VecDeque::new() }
    }
}

impl<P, T> Outbox<P, T> {
    pub(crate) fn ended(&mut self, tag: T, outcome: Outcome) {
        self.events.push_back(ClientEvent::Ended { tag, outcome });
    }

    pub(crate) fn port_free(&mut self, port: u16) {
        self.events.push_back(ClientEvent::PortFree(port));
    }
}
