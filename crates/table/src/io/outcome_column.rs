//! The columns that say what became of each request, read by rules.

use super::rule::Rule;
use super::{OutcomeSummary, TableError, TableWarning, number};
use crate::Outcome;
use crate::cells::{CellColumn, Codes};
use std::borrow::Cow;
use std::collections::HashMap;

/// Values that are listed; there may be a million.
const LISTED: usize = 1000;

/// The rules of a table, and the columns that they are about.
pub(super) struct Rules<'a> {
    /// The column of rules that name none, and what its values say beside them.
    pub(super) column: &'a CellColumn,
    /// Columns that rules name.
    pub(super) others: Vec<&'a CellColumn>,
    pub(super) failed: Vec<Rule>,
    pub(super) ok: Vec<Rule>,
    /// Whoever asked gave them.
    pub(super) given: bool,
}

/// Outcomes of all rows, and the values that they were read from.
pub(super) struct Outcomes {
    pub(super) rows: Vec<Outcome>,
    pub(super) seen: Vec<(String, usize)>,
}

/// What one column says of a row.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Says {
    Failed(Outcome),
    Ok,
    #[default]
    Nothing,
    /// A word of ours that cannot be judged.
    Not(Outcome),
}

/// A column's values, each once, and which of them each row has.
struct Distinct<'a> {
    values: Vec<(&'a [u8], usize)>,
    rows: Cow<'a, Codes>,
}

impl<'a> Distinct<'a> {
    fn of(cells: &'a CellColumn) -> Self {
        if let Some(coded) = cells.coded() {
            let values = coded.values.values().zip(coded.counts()).collect();
            return Self { values, rows: Cow::Borrowed(&coded.codes) };
        }
        let mut known: HashMap<&[u8], u32> = HashMap::new();
        let mut values: Vec<(&[u8], usize)> = Vec::new();
        let mut rows = Vec::with_capacity(cells.rows());
        for cell in cells.cells() {
            let index = *known.entry(cell).or_insert_with(|| {
                values.push((cell, 0));
                u32::try_from(values.len() - 1).unwrap_or(u32::MAX)
            });
            if let Some(value) = values.get_mut(index as usize) {
                value.1 += 1;
            }
            rows.push(index);
        }
        Self { values, rows: Cow::Owned(Codes::Wide(rows)) }
    }

    /// Its values with their number of rows, most frequent first.
    fn seen(&self) -> Vec<(String, usize)> {
        let mut order: Vec<&(&[u8], usize)> = self.values.iter().collect();
        order.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        order.truncate(LISTED);
        let text = |value: &[u8]| {
            if value.is_empty() { "(empty)".to_owned() } else { String::from_utf8_lossy(value).into_owned() }
        };
        order.into_iter().map(|&(value, count)| (text(value), count)).collect()
    }
}

/// The column's values with their number of rows, most frequent first.
pub(super) fn seen(column: &CellColumn) -> Vec<(String, usize)> {
    Distinct::of(column).seen()
}

/// Reads the outcomes. What no rule speaks of was answered if the rules say what failed, and failed if they say only what was
/// answered; where both are given it is unknown. Empty cells that no rule speaks of are unknown, and so are texts where all rules
/// are about numbers; our own words for what cannot be judged keep their meaning.
pub(super) fn read(rules: &Rules<'_>, warnings: &mut Vec<TableWarning>) -> Result<Outcomes, TableError> {
    let main = Distinct::of(rules.column);
    let says: Vec<Says> = main.values.iter().map(|(value, _)| rules.of(value, None)).collect();
    let mut rows: Vec<Says> = main.rows.looked_up(&says);
    let numbers_only = rules.failed.iter().any(Rule::of_numbers)
        && rules.failed.iter().all(|rule| {
            rule.column.is_some() || rule.of_numbers() || matches!(rule.test, super::rule::Test::Missing)
        })
        && rules.ok.is_empty();
    if numbers_only {
        rules.texts(&main, warnings);
    }
    for other in &rules.others {
        let distinct = Distinct::of(other);
        let says: Vec<Says> =
            distinct.values.iter().map(|(value, _)| rules.of(value, Some(&other.name))).collect();
        let mut row = rows.iter_mut();
        distinct.rows.each(|index| {
            if let Some(row) = row.next() {
                *row = row.and(says.get(index as usize).copied().unwrap_or_default());
            }
        });
    }
    let unsaid = match (rules.failed.is_empty(), rules.ok.is_empty()) {
        (false, true) => Outcome::Answered,
        (true, false) => Outcome::Unanswered,
        (true, true) | (false, false) => Outcome::Unknown,
    };
    let mut outcomes: Vec<Outcome> = rows
        .iter()
        .map(|says| match says {
            Says::Failed(outcome) | Says::Not(outcome) => *outcome,
            Says::Ok => Outcome::Answered,
            Says::Nothing => unsaid,
        })
        .collect();
    if unsaid == Outcome::Answered {
        let of_empty = rules.silent_of_empty();
        let silent = |value: &[u8]| {
            if value.is_empty() || (numbers_only && number::absent(value)) {
                of_empty
            } else {
                numbers_only && number::any(value).is_none()
            }
        };
        let silent: Vec<bool> = main.values.iter().map(|(value, _)| silent(value)).collect();
        if silent.contains(&true) {
            let mut row = outcomes.iter_mut().zip(&rows);
            main.rows.each(|index| {
                if let Some((outcome, Says::Nothing)) = row.next()
                    && silent.get(index as usize) == Some(&true)
                {
                    *outcome = Outcome::Unknown;
                }
            });
        }
    }
    let seen = main.seen();
    rules.check(&seen, &outcomes, warnings)?;
    Ok(Outcomes { rows: outcomes, seen })
}

impl Says {
    /// What two columns say together: that something failed counts more than that something was in order.
    const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Failed(_), _) | (_, Self::Nothing) => self,
            (_, Self::Failed(_)) | (Self::Nothing, _) => other,
            (Self::Ok | Self::Not(_), Self::Ok | Self::Not(_)) => self,
        }
    }
}

impl Rules<'_> {
    /// What a cell says, of the main column (`None`) or of one that rules name.
    fn of(&self, value: &[u8], column: Option<&str>) -> Says {
        let about = |rule: &&Rule| match column {
            None => rule.column.as_ref().is_none_or(|name| *name == self.column.name),
            Some(name) => rule.column.as_deref() == Some(name),
        };
        let word = || Outcome::ALL.into_iter().find(|o| o.word().as_bytes() == value);
        if self.failed.iter().filter(about).any(|rule| rule.holds(value)) {
            return Says::Failed(word().filter(|o| o.failed()).unwrap_or(Outcome::Unanswered));
        }
        if self.ok.iter().filter(about).any(|rule| rule.holds(value)) {
            return Says::Ok;
        }
        match word() {
            // Those of our words that say nothing about loss keep their meaning.
            Some(outcome) if !outcome.judged() && column.is_none() => Says::Not(outcome),
            // Without a rule for what failed, our words for failures say how.
            Some(outcome) if outcome.failed() && self.failed.is_empty() && column.is_none() => {
                Says::Failed(outcome)
            }
            Some(_) | None => Says::Nothing,
        }
    }

    /// Whether a rule about the main column leaves a cell without a value unknown: one that speaks of such cells, as `missing` and
    /// `!~ ^2` do, has said what they mean.
    fn silent_of_empty(&self) -> bool {
        let about = |rule: &&Rule| rule.column.as_ref().is_none_or(|name| *name == self.column.name);
        let mut rules = self.failed.iter().filter(about).peekable();
        rules.peek().is_some() && !rules.any(Rule::speaks_of_empty)
    }

    /// Cells that are not numbers, where only numbers are spoken of.
    fn texts(&self, main: &Distinct<'_>, warnings: &mut Vec<TableWarning>) {
        let text = |value: &&(&[u8], usize)| {
            let (cell, _) = value;
            !number::absent(cell)
                && number::any(cell).is_none()
                && !self.failed.iter().any(|rule| rule.holds(cell))
        };
        let rows: usize = main.values.iter().filter(text).map(|(_, count)| count).sum();
        if let Some((first, _)) = main.values.iter().find(text) {
            let first = String::from_utf8_lossy(first).into_owned();
            warnings.push(TableWarning::NotJudged { rows, column: self.column.name.clone(), first });
        }
    }

    /// The rules as arguments would have them.
    pub(super) fn summary(&self, origin: super::Origin) -> OutcomeSummary {
        let words = |rules: &[Rule]| rules.iter().map(Rule::text).collect();
        OutcomeSummary {
            column: self.column.name.clone(),
            failed: words(&self.failed),
            ok: words(&self.ok),
            origin,
        }
    }

    fn check(
        &self,
        seen: &[(String, usize)],
        rows: &[Outcome],
        warnings: &mut Vec<TableWarning>,
    ) -> Result<(), TableError> {
        let column = self.column.name.clone();
        let wanted: Vec<String> = self.failed.iter().map(ToString::to_string).collect();
        let said: Vec<&(String, usize)> = seen.iter().filter(|(value, _)| value != "(empty)").collect();
        let ours = |word: &str| Outcome::ALL.iter().any(|o| o.word() == word);
        let all_ours = self.failed.iter().all(|rule| rule.value().is_some_and(ours))
            && said.iter().all(|(value, _)| ours(value));
        let failed = rows.iter().filter(|o| o.failed()).count();
        let judged = rows.iter().filter(|o| o.judged()).count();
        if failed == 0 {
            let asks = if self.given {
                self.failed.iter().any(Rule::of_text)
            } else {
                !said.iter().all(|(value, _)| super::guess::harmless(value.as_bytes()))
            };
            if said.len() > 1 && !all_ours && asks {
                return Err(TableError::NoneFailed { column, wanted, seen: seen.to_vec() });
            }
            warnings.push(TableWarning::NoneFailed { wanted, column, seen: seen.to_vec() });
            return Ok(());
        }
        if failed == judged {
            // Words of ours were written by this program, and who asks for one value has seen it.
            let seen_by_who_asked = self.given && said.len() <= 1;
            if !all_ours && !seen_by_who_asked {
                return Err(TableError::AllFailed { column, rows: failed, seen: seen.to_vec() });
            }
            warnings.push(TableWarning::AllFailed { column: column.clone(), seen: seen.to_vec() });
        }
        let held = |rule: &Rule| {
            rule.column.is_some()
                || seen.len() >= LISTED
                || seen.iter().any(|(value, _)| rule.holds(value.as_bytes()))
        };
        let unseen: Vec<String> = self
            .failed
            .iter()
            .filter(|rule| rule.value().is_some() && !held(rule))
            .map(ToString::to_string)
            .collect();
        // Not every outcome has to occur.
        if !unseen.is_empty() && !all_ours && self.given {
            warnings.push(TableWarning::Unseen { unseen, column });
        }
        Ok(())
    }
}
