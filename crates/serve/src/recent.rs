//! What is remembered of clients, in bounded memory: strangers by the million push out those that have been quiet.

use std::collections::HashMap;
use std::hash::Hash;

/// How many keys a generation has. Two are kept, so that one that asks at least once while so many others do is
/// remembered. Judgement: more clients than a rehearsal has, in a few megabytes.
const GENERATION: usize = 32_768;

/// A map that forgets what was not used for a whole generation. The hash is keyed (SipHash), because the keys come
/// from strangers.
#[derive(Clone, Debug)]
pub(crate) struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }
}

impl<K: Eq + Hash + Copy, V> Recent<K, V> {
    /// What is remembered under this key; if nothing, what `first` makes.
    pub(crate) fn of(&mut self, key: K, first: impl FnOnce() -> V) -> &mut V {
        if self.young.len() >= GENERATION && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        let old = &mut self.old;
        self.young.entry(key).or_insert_with(|| old.remove(&key).unwrap_or_else(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_keeps_asking_is_remembered_among_a_million_strangers_and_memory_stays_bounded() {
        let mut recent = Recent::default();
        *recent.of(0_u32, || 0) = 7;
        for stranger in 1..1_000_000 {
            recent.of(stranger, || 0);
            if stranger % 10_000 == 0 {
                assert_eq!(*recent.of(0, || 0), 7, "after {stranger}");
            }
        }
        assert!(recent.young.len() <= GENERATION && recent.old.len() <= GENERATION);
    }

    #[test]
    fn who_has_been_quiet_for_two_generations_is_a_stranger_again() {
        let mut recent = Recent::default();
        *recent.of(0_usize, || 0) = 7;
        for stranger in 1..=2 * GENERATION {
            recent.of(stranger, || 0);
        }
        assert_eq!(*recent.of(0, || 1), 1);
    }
}
