//! The column that says what became of each request.

use super::number;
use super::{TableError, TableWarning};
use crate::Outcome;
use crate::cells::CellColumn;
use std::collections::HashMap;

/// Outcomes of all rows, and the values that they were read from.
pub(super) struct Outcomes {
    pub(super) rows: Vec<Outcome>,
    pub(super) seen: Vec<(String, usize)>,
}

/// Reads the outcomes. Listed values failed, empty cells are unknown, and our words for what cannot be judged stay.
pub(super) fn read(
    cells: &CellColumn,
    failed: &[String],
    warnings: &mut Vec<TableWarning>,
) -> Result<Outcomes, TableError> {
    let mut known: HashMap<&[u8], usize> = HashMap::new();
    let mut values: Vec<(&[u8], usize)> = Vec::new();
    let mut rows = Vec::with_capacity(cells.rows());
    for cell in cells.cells() {
        let index = *known.entry(cell).or_insert_with(|| {
            values.push((cell, 0));
            values.len() - 1
        });
        if let Some(value) = values.get_mut(index) {
            value.1 += 1;
        }
        rows.push(index);
    }
    let meaning: Vec<Outcome> = values.iter().map(|&(value, _)| outcome(value, failed)).collect();
    let rows: Vec<Outcome> =
        rows.into_iter().map(|index| meaning.get(index).copied().unwrap_or(Outcome::Unknown)).collect();
    let mut seen: Vec<(String, usize)> = values
        .iter()
        .map(|&(value, count)| {
            let text = String::from_utf8_lossy(value).into_owned();
            (if text.is_empty() { "(empty)".to_owned() } else { text }, count)
        })
        .collect();
    seen.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    check(&cells.name, failed, &seen, &meaning, warnings)?;
    Ok(Outcomes { rows, seen })
}

fn outcome(value: &[u8], failed: &[String]) -> Outcome {
    let word = || Outcome::ALL.into_iter().find(|o| o.word().as_bytes() == value);
    if failed.iter().any(|wanted| same(value, wanted)) {
        return word().filter(|o| o.failed()).unwrap_or(Outcome::Unanswered);
    }
    if value.is_empty() {
        return Outcome::Unknown;
    }
    // Those of our words that say nothing about loss keep their meaning.
    word().filter(|outcome| !outcome.judged()).unwrap_or(Outcome::Answered)
}

/// The same text whatever its case, or the same number (`1`, `1.0`).
fn same(value: &[u8], wanted: &str) -> bool {
    let wanted = wanted.trim().as_bytes();
    value.eq_ignore_ascii_case(wanted)
        || number::any(value).is_some_and(|number| number::any(wanted) == Some(number))
}

fn check(
    column: &str,
    failed: &[String],
    seen: &[(String, usize)],
    meaning: &[Outcome],
    warnings: &mut Vec<TableWarning>,
) -> Result<(), TableError> {
    if failed.is_empty() {
        return Err(TableError::NoFailedValue { column: column.to_owned(), seen: seen.to_vec() });
    }
    let said: Vec<&(String, usize)> = seen.iter().filter(|(value, _)| value != "(empty)").collect();
    let ours = |word: &String| Outcome::ALL.iter().any(|o| o.word() == word);
    let all_ours = failed.iter().all(ours) && said.iter().all(|(value, _)| ours(value));
    if !meaning.iter().any(|o| o.failed()) {
        if said.len() > 1 && !all_ours {
            return Err(TableError::NoneFailed {
                column: column.to_owned(),
                wanted: failed.to_vec(),
                seen: seen.to_vec(),
            });
        }
        let (wanted, column, seen) = (failed.to_vec(), column.to_owned(), seen.to_vec());
        warnings.push(TableWarning::NoneFailed { wanted, column, seen });
        return Ok(());
    }
    if !meaning.contains(&Outcome::Answered) {
        warnings.push(TableWarning::AllFailed { column: column.to_owned(), seen: seen.to_vec() });
    }
    let unseen: Vec<String> = failed
        .iter()
        .filter(|wanted| !seen.iter().any(|(value, _)| same(value.as_bytes(), wanted)))
        .cloned()
        .collect();
    // Not every outcome has to occur.
    if !unseen.is_empty() && !all_ours {
        warnings.push(TableWarning::Unseen { unseen, column: column.to_owned() });
    }
    Ok(())
}
