//! Names with wildcards, and names similar to a wrong one.

/// Whether a name was typed with a wildcard.
pub(crate) fn is_pattern(typed: &str) -> bool {
    typed.contains(['*', '?'])
}

/// Whether `name` matches `pattern`: `*` is any number of characters, `?` is one.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // Which beginnings of the pattern match the name so far.
    let mut alive = vec![false; pattern.len() + 1];
    if let Some(first) = alive.first_mut() {
        *first = true;
    }
    skip_stars(&pattern, &mut alive);
    for character in name {
        let mut next = vec![false; pattern.len() + 1];
        for (index, wanted) in pattern.iter().enumerate() {
            if !alive.get(index).copied().unwrap_or(false) {
                continue;
            }
            let to = if *wanted == '*' { index } else { index + 1 };
            if (*wanted == '*' || *wanted == '?' || *wanted == character)
                && let Some(slot) = next.get_mut(to)
            {
                *slot = true;
            }
        }
        skip_stars(&pattern, &mut next);
        alive = next;
    }
    alive.last().copied().unwrap_or(false)
}

/// A star may stand for nothing.
fn skip_stars(pattern: &[char], alive: &mut [bool]) {
    for (index, wanted) in pattern.iter().enumerate() {
        if *wanted == '*'
            && alive.get(index).copied().unwrap_or(false)
            && let Some(slot) = alive.get_mut(index + 1)
        {
            *slot = true;
        }
    }
}

/// The existing names that may have been meant.
pub(crate) fn near(typed: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    // Judgement: two slips, or only the beginning was typed.
    let mut near: Vec<String> = names
        .filter(|name| distance(typed, name) <= 2 || (typed.len() > 1 && name.starts_with(typed)))
        .collect();
    near.sort();
    near.dedup();
    near
}

/// How many characters have to be changed, added or removed.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, character) in one.chars().enumerate() {
        let mut left = index + 1;
        let mut diagonal = std::mem::replace(&mut row[0], left);
        for (slot, against) in row.iter_mut().skip(1).zip(&other) {
            let changed = diagonal + usize::from(*against != character);
            diagonal = *slot;
            left = changed.min(left + 1).min(diagonal + 1);
            *slot = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_number_of_characters_and_a_question_mark_one() {
        for (pattern, name) in
            [("tap*", "tap"), ("tap*", "tap1-2"), ("*-2", "a-2-2"), ("q?-*-x", "q1--x"), ("*", "")]
        {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("tap*", "ta"), ("tap?", "tap"), ("*-2", "a-2-"), ("tap", "tap0"), ("?", "")]
        {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn names_with_few_slips_are_near() {
        let names = || ["eth0", "eth1", "qrouter-1", "lo"].map(str::to_owned).into_iter();
        assert_eq!(near("eht0", names()), ["eth0"]);
        assert_eq!(near("qrouter", names()), ["qrouter-1"]);
        assert!(near("wlan17", names()).is_empty());
    }
}
