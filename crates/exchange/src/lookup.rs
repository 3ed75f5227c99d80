//! A hash map that nobody can iterate over, so that its order can never reach a result.

use rustc_hash::FxBuildHasher;
use std::collections::HashMap;
use std::hash::Hash;
use unanswered_wire::{Span, Time};

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
}

/// A lookup that forgets what was not used for one to two times `keep`: two generations by last use, of which the older
/// is dropped as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Generations<K, V> {
    young: Lookup<K, V>,
    old: Lookup<K, V>,
    keep: Span,
    turned: Option<Time>,
}

impl<K, V> Default for Generations<K, V> {
    /// Forgets after ten to twenty minutes.
    fn default() -> Self {
        Self { young: Lookup::default(), old: Lookup::default(), keep: Span::from_seconds(600), turned: None }
    }
}

impl<K: Eq + Hash + Copy, V: Copy> Generations<K, V> {
    pub(crate) fn new(keep: Span) -> Self {
        Self { young: Lookup::default(), old: Lookup::default(), keep, turned: None }
    }

    /// The value of the key, unless it was forgotten by `now`; looking at it is using it.
    pub(crate) fn get(&mut self, now: Time, key: &K) -> Option<V> {
        let turned = *self.turned.get_or_insert(now);
        if now - turned > self.keep {
            // After a long pause the younger ones are too old as well.
            let idle = now - turned > Span::from_nanoseconds(self.keep.nanoseconds().saturating_mul(2));
            let young = std::mem::take(&mut self.young);
            self.old = if idle { Lookup::default() } else { young };
            self.turned = Some(now);
        }
        let known = self.young.get(key);
        if known.is_none()
            && let Some(value) = self.old.get(key)
        {
            self.young.insert(*key, value);
            return Some(value);
        }
        known
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        self.young.insert(key, value);
    }

    /// Values that are kept, those of both generations counted twice.
    pub(crate) fn len(&self) -> usize {
        self.young.0.len() + self.old.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_is_kept_and_what_is_not_is_forgotten() {
        let minute = |n: i64| Time::from_nanoseconds(n * 60_000_000_000);
        let mut all = Generations::new(Span::from_seconds(600));
        all.put(1, "used");
        all.put(2, "idle");
        for n in 0..100 {
            assert_eq!(all.get(minute(n), &1), Some("used"), "minute {n}");
        }
        assert_eq!(all.get(minute(100), &2), None);
        // A long pause ends everything.
        assert_eq!(all.get(minute(1_000), &1), None);
    }
}
