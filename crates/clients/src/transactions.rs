//! The open requests of a client: when each is to be retransmitted or given up.

use unanswered_wire::Time;

/// One open request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transaction<K, T> {
    /// How its reply is recognised.
    pub(crate) key: K,
    /// The caller's name for it.
    pub(crate) tag: T,
    /// When the client retransmits it or gives up.
    pub(crate) deadline: Time,
    /// How often it was sent.
    pub(crate) attempts: u8,
}

/// All open requests of a client; few at a time, so they are kept in a row.
#[derive(Clone, Debug)]
pub(crate) struct Transactions<K, T> {
    open: Vec<Transaction<K, T>>,
}

impl<K, T> Default for Transactions<K, T> {
    fn default() -> Self {
        Self { open: Vec::new() }
    }
}

impl<K: PartialEq, T> Transactions<K, T> {
    pub(crate) fn add(&mut self, transaction: Transaction<K, T>) {
        self.open.push(transaction);
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Removes the request with this key.
    pub(crate) fn take(&mut self, key: &K) -> Option<Transaction<K, T>> {
        let index = self.open.iter().position(|open| open.key == *key)?;
        Some(self.open.remove(index))
    }

    /// Whether the key of an open request meets the condition.
    pub(crate) fn any(&self, condition: impl Fn(&K) -> bool) -> bool {
        self.open.iter().any(|open| condition(&open.key))
    }

    /// Removes the first request whose time has come.
    pub(crate) fn due(&mut self, now: Time) -> Option<Transaction<K, T>> {
        let index = self.open.iter().position(|open| open.deadline <= now)?;
        Some(self.open.remove(index))
    }

    /// The earliest deadline.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.open.iter().map(|open| open.deadline).min()
    }
}
