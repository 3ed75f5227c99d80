//! A table of which whatever is not used for some time is forgotten.

use crate::lookup::Lookup;
use std::hash::Hash;
use unanswered_wire::{Span, Time};

/// What is not used for one to two times this long is forgotten.
const FORGOTTEN_AFTER: Span = Span::from_seconds(600);

/// Two generations by last use: the older one is dropped as a whole, so that nothing has to be searched.
#[derive(Clone, Debug)]
pub(super) struct Generations<K, V> {
    young: Lookup<K, V>,
    old: Lookup<K, V>,
    turned: Option<Time>,
}

impl<K, V> Default for Generations<K, V> {
    fn default() -> Self {
        Self { young: Lookup::default(), old: Lookup::default(), turned: None }
    }
}

impl<K: Eq + Hash + Copy, V: Copy> Generations<K, V> {
    /// The entry; what is put back counts as used.
    pub(super) fn at(&mut self, key: &K, now: Time) -> Option<V> {
        let turned = *self.turned.get_or_insert(now);
        if now - turned > FORGOTTEN_AFTER {
            self.old = std::mem::take(&mut self.young);
            self.turned = Some(now);
        }
        self.get(key)
    }

    /// The entry, without a look at the time.
    pub(super) fn get(&self, key: &K) -> Option<V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    pub(super) fn put(&mut self, key: K, value: V) {
        self.young.insert(key, value);
    }
}
