//! The name that may have been meant.

/// `did you mean x?` when one of the known words is near, `known are ...` when there are few.
#[must_use]
pub fn suggestion<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    /// A list of more names than this does not help.
    const LISTED_MAX: usize = 24;
    /// Fewer letters are part of too many names.
    const PART_MIN: usize = 4;
    /// This many names are compared in some milliseconds.
    const COMPARED_MAX: usize = 5000;
    let known: Vec<&str> = known.into_iter().take(COMPARED_MAX).collect();
    // A third of the letters may differ; more is another word (judgement).
    let limit = (word.chars().count() / 3).clamp(1, 4);
    let part = known.iter().filter(|k| word.len() >= PART_MIN && k.contains(word)).min_by_key(|k| k.len());
    if let Some(whole) = part {
        return Some(format!("did you mean {whole}?"));
    }
    let nearest = known.iter().map(|k| (distance(word, k), *k)).min();
    match nearest {
        Some((distance, name)) if distance <= limit => Some(format!("did you mean {name}?")),
        Some(_) if known.len() <= LISTED_MAX => Some(format!("known are {}", known.join(", "))),
        Some(_) | None => None,
    }
}

/// Edits that turn one word into the other: letters changed, added, removed or swapped with their
/// neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    /// Longer names are truncated: the work grows with the square.
    const LETTERS_MAX: usize = 64;
    let a: Vec<char> = a.chars().take(LETTERS_MAX).collect();
    let b: Vec<char> = b.chars().take(LETTERS_MAX).collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, &left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &right) in b.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(left != right)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && left == b[j - 1] && a[i - 1] == right {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swapped_letters_are_one_edit() {
        assert_eq!(distance("adress", "address"), 1);
        assert_eq!(distance("vai", "via"), 1);
        assert_eq!(distance("", "via"), 3);
        let near = |word| suggestion(word, ["address", "via"]).unwrap();
        assert_eq!(near("adress"), "did you mean address?");
        assert_eq!(near("x"), "known are address, via");
    }
}
