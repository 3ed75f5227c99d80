//! What a format says about itself and its columns.

use crate::rows::{ENVELOPE_TIME, Rows};
use unanswered_table::log::Hints;

/// What is known of a format, without a file.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// Its name for a sentence: `a Zeek log`.
    pub name: &'static str,
    /// How it is recognised.
    pub recognised_by: &'static str,
    /// Which column says what became of a request: the first rule whose columns are there holds. None where the format
    /// cannot know.
    pub rules: &'static [Rule],
    /// Names that the column with the time may have, the best first.
    pub time: &'static [&'static str],
    /// Columns that are known only from the answer.
    pub answer: &'static [&'static str],
    /// Columns that say nothing about a request.
    pub idle: &'static [&'static str],
}

/// A column that says what became of a request, and what in it says that it failed.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The column.
    pub outcome: &'static str,
    /// What failed, as `--failed` takes it.
    pub failed: &'static [&'static str],
    /// Columns that have to be there too.
    pub with: &'static [&'static str],
}

impl Rule {
    /// A rule that needs no other column.
    pub(crate) const fn new(outcome: &'static str, failed: &'static [&'static str]) -> Self {
        Self { outcome, failed, with: &[] }
    }
}

impl Declaration {
    /// A format of which nothing is known but its name.
    pub(crate) const fn plain(name: &'static str, recognised_by: &'static str) -> Self {
        Self { name, recognised_by, rules: &[], time: &[], answer: &[], idle: &[] }
    }

    /// What the format says about the columns that there are.
    pub(crate) fn hints(&self, rows: &Rows) -> Hints {
        let there = |names: &[&str]| -> Vec<String> {
            names.iter().filter(|name| rows.has(name)).map(|name| (*name).to_owned()).collect()
        };
        // A column without any value says nothing, least of all that every request failed.
        let holds = |rule: &&Rule| rows.says(rule.outcome) && rule.with.iter().all(|name| rows.has(name));
        let rule = self.rules.iter().find(holds);
        let outcome = rule.map(|rule| rule.outcome.to_owned());
        // What a collector wrote in front of the line is better than nothing.
        let time = there(self.time).into_iter().chain(there(&[ENVELOPE_TIME])).next();
        let others = |names: &[&str]| -> Vec<String> {
            let other = |name: &String| Some(name) != outcome.as_ref() && Some(name) != time.as_ref();
            there(names).into_iter().filter(other).collect()
        };
        let (answer, idle) = (others(self.answer), others(self.idle));
        Hints {
            outcome,
            failed: rule
                .map(|rule| rule.failed.iter().map(|word| (*word).to_owned()).collect())
                .unwrap_or_default(),
            time,
            answer,
            idle,
            ..Hints::default()
        }
    }
}
