//! Small numbers for keys, so that code that follows keys over time can index instead of look up.

use rustc_hash::FxHashMap;
use std::hash::Hash;
use unanswered_table::MISSING;

/// Numbers the keys from 0 in order of first appearance; [`MISSING`] where there is none. Also
/// returns how many there are.
pub(crate) fn dense<K: Eq + Hash>(keys: impl Iterator<Item = Option<K>>) -> (Vec<u32>, u32) {
    let mut numbers = FxHashMap::<K, u32>::default();
    let mut count = 0;
    let codes = keys
        .map(|key| {
            let Some(key) = key else { return MISSING };
            *numbers.entry(key).or_insert_with(|| {
                count += 1;
                count - 1
            })
        })
        .collect();
    (codes, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_numbered_as_they_appear() {
        let keys = [Some("b"), None, Some("a"), Some("b")];
        assert_eq!(dense(keys.into_iter()), (vec![0, MISSING, 1, 0], 2));
    }
}
