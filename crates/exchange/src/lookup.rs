//! A hash map that nobody can iterate over, so that its order can never reach a result.

use rustc_hash::FxBuildHasher;
use std::collections::HashMap;
use std::hash::Hash;

/// Exact-match lookups only.
#[derive(Clone, Debug)]
pub(crate) struct Lookup<K, V>(HashMap<K, V, FxBuildHasher>);

impl<K, V> Default for Lookup<K, V> {
    fn default() -> Self {
        Self(HashMap::with_hasher(FxBuildHasher))
    }
}

impl<K: Eq + Hash, V: Copy> Lookup<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.0.get(key).copied()
    }

    /// Inserts the value and returns the one it replaces.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }

    /// The value of the key, made on its first use.
    pub(crate) fn or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> V {
        *self.0.entry(key).or_insert_with(make)
    }

    /// Removes the key when it has this value.
    pub(crate) fn remove_if(&mut self, key: &K, value: V)
    where
        V: PartialEq,
    {
        if self.0.get(key) == Some(&value) {
            self.0.remove(key);
        }
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        self.0.remove(key)
    }
}
