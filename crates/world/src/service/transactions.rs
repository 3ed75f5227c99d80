//! The open questions of a client: when each is to be repeated or given up.

use crate::ledger::RequestId;
use unanswered_wire::Time;

/// One open question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transaction<K> {
    /// What its reply is known by.
    pub key: K,
    /// In the ledger.
    pub request: RequestId,
    /// When the client repeats it or gives up.
    pub deadline: Time,
    /// How often it was sent.
    pub attempts: u8,
}

/// All open questions of a client; few at a time, so they stand in a row.
#[derive(Clone, Debug)]
pub(super) struct Transactions<K> {
    open: Vec<Transaction<K>>,
}

impl<K> Default for Transactions<K> {
    fn default() -> Self {
        Self { open: Vec::new() }
    }
}

impl<K: PartialEq + Copy> Transactions<K> {
    pub(super) fn add(&mut self, transaction: Transaction<K>) {
        self.open.push(transaction);
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Takes out the transaction of a key.
    pub(super) fn take(&mut self, key: K) -> Option<Transaction<K>> {
        let index = self.open.iter().position(|open| open.key == key)?;
        Some(self.open.remove(index))
    }

    /// The key of the first transaction that meets the condition.
    pub(super) fn find(&self, condition: impl Fn(&K) -> bool) -> Option<K> {
        self.open.iter().map(|open| open.key).find(condition)
    }

    /// Whether a transaction meets the condition.
    pub(super) fn any(&self, condition: impl Fn(&K) -> bool) -> bool {
        self.open.iter().any(|open| condition(&open.key))
    }

    /// Takes out the first transaction whose time has come.
    pub(super) fn due(&mut self, now: Time) -> Option<Transaction<K>> {
        let index = self.open.iter().position(|open| open.deadline <= now)?;
        Some(self.open.remove(index))
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Time> {
        self.open.iter().map(|open| open.deadline).min()
    }
}
