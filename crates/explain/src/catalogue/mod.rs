//! Known latent faults: what they look like, why they hide, what to do about them.
//!
//! One TOML file per fault in `catalogue/`, embedded in the program and extended by a directory of
//! the user's. An [`Entry`]'s [`Symptom`] is a list of patterns on the clauses of a
//! [`Finding`]; [`Catalogue::known`] says which entries fit and how well, and
//! [`Catalogue::prefer`] which of several telltales that the data cannot tell apart a
//! known mechanism would make.
//!
//! A match never proves a cause: versions and counters are not in the packets, so each match says
//! what would still have to be checked.

mod embedded;
mod entry;
mod load;
mod matching;
mod schema;
mod table_reader;
#[cfg(test)]
mod tests;
mod vocabulary;

pub use entry::{ClausePattern, Entry, Grade, ProbeClause, ProbeTest, Role, Symptom, Test};
pub use load::{CatalogueError, check};
pub use unanswered_toml_text::Problem;
pub use vocabulary::Vocabulary;

use crate::{Clause, Finding, KnownFault, Observed};
use matching::{Candidate, Match};
use std::cmp::Ordering;
use unanswered_registry::Layer;

/// Matches that fit less well are not worth a reader's time.
const FIT_MIN: f64 = 0.55;
/// More matches than these confuse.
const KNOWN_MAX: usize = 3;
/// A clause that a mechanism names only by its feature says too little to choose by.
const SPECIFIC_MIN: f64 = 0.6;
/// A rival selects the finding's requests in other words.
const RIVAL_DISCOUNT: f64 = 0.8;

/// The telltale, among several that select the same requests, that a known mechanism would make.
#[derive(Clone, Debug, PartialEq)]
pub struct Preference {
    /// Which of the candidates.
    pub index: usize,
    /// The catalogue entry that tips the balance.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How well it fits that candidate, 0 to 1.
    pub fit: f64,
}

/// The known faults.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    entries: Vec<Entry>,
}

impl Catalogue {
    /// The entries that came with the program, in the order of their ids.
    ///
    /// # Panics
    /// Never: a test parses every embedded file.
    #[must_use]
    pub fn embedded() -> Self {
        Self { entries: load::embedded().expect("a test parses every embedded entry") }
    }

    /// All entries, in the order of their ids.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// The entries of whose mechanism nothing is missing and nothing contradicts, best first, at most three.
    ///
    /// When none of them matches more than the name of a feature, entries that fit a rival with the same
    /// requests are included, since the data cannot tell it from the finding; such a match says so
    /// and counts for less.
    #[must_use]
    pub fn known(&self, finding: &Finding, context: &Observed) -> Vec<KnownFault> {
        self.matching(finding, context, Match::is_named)
    }

    /// The entries that nothing contradicts and whose mechanism needs what these captures cannot show, best first, at
    /// most three; none where an entry is [named](Self::known). They are no answer: [`Fit::unseen`](crate::Fit::unseen) says what
    /// was not checked.
    #[must_use]
    pub fn compatible(&self, finding: &Finding, context: &Observed) -> Vec<KnownFault> {
        if !self.known(finding, context).is_empty() {
            return Vec::new();
        }
        // That a fault is compatible is worth a word only where it would explain more than a feature's name.
        let worth = |matched: &Match| !matched.is_named() && matched.specific >= SPECIFIC_MIN;
        self.matching(finding, context, worth)
    }

    fn matching(
        &self,
        finding: &Finding,
        context: &Observed,
        wanted: impl Fn(&Match) -> bool,
    ) -> Vec<KnownFault> {
        let mut found = self.fitting(|entry| own_match(entry, finding, context).filter(&wanted));
        if found.iter().all(|(_, matched)| matched.specific < SPECIFIC_MIN) {
            let through_rivals = self.fitting(|entry| rival_match(entry, finding, context).filter(&wanted));
            for (entry, matched) in through_rivals {
                let better = matched.specific >= SPECIFIC_MIN;
                if better && !found.iter().any(|(known, _)| known.id == entry.id) {
                    found.push((entry, matched));
                }
            }
        }
        found.sort_by(|(_, a), (_, b)| b.fit.total_cmp(&a.fit).then(b.specific.total_cmp(&a.specific)));
        found.into_iter().take(KNOWN_MAX).map(|(entry, matched)| known_fault(entry, matched)).collect()
    }

    fn fitting(&self, matched: impl Fn(&Entry) -> Option<Match>) -> Vec<(&Entry, Match)> {
        self.entries
            .iter()
            .filter_map(|entry| Some((entry, matched(entry)?)))
            .filter(|(_, matched)| matched.fit >= FIT_MIN)
            .collect()
    }

    /// Which of several telltales with the same requests a known mechanism would make; `finding`
    /// gives everything else (kind, outcomes, step). `None` when no entry fits one of them better than all
    /// the others, and by more than the name of a feature.
    #[must_use]
    pub fn prefer(
        &self,
        finding: &Finding,
        candidates: &[&[Clause]],
        context: &Observed,
    ) -> Option<Preference> {
        let mut best: Option<(f64, Preference)> = None;
        let mut tied = false;
        let own = candidates.first()?;
        for (index, clauses) in candidates.iter().enumerate() {
            if less_plain(clauses, own) {
                continue;
            }
            let subject = Candidate { finding, clauses, context };
            let fitting = self
                .entries
                .iter()
                .filter_map(|entry| Some((entry, matching::entry(entry, &subject)?)))
                .filter(|(_, matched)| {
                    matched.is_named() && matched.fit >= FIT_MIN && matched.specific >= SPECIFIC_MIN
                })
                .max_by(|a, b| strength(&a.1).total_cmp(&strength(&b.1)));
            let Some((entry, matched)) = fitting else { continue };
            let reached = strength(&matched);
            match best.as_ref().map_or(Ordering::Greater, |(before, _)| reached.total_cmp(before)) {
                Ordering::Less => {}
                Ordering::Equal => tied = true,
                Ordering::Greater => {
                    let (id, title) = (entry.id.clone(), entry.title.clone());
                    best = Some((reached, Preference { index, id, title, fit: matched.fit }));
                    tied = false;
                }
            }
        }
        best.filter(|_| !tied).map(|(_, preference)| preference)
    }
}

/// Whether a telltale says the same less plainly than another one: by a measure of earlier requests where the other is
/// about fields, or by what singles out more (a pair, a flow) where the other names a field. Such measures follow from
/// many causes, so no mechanism puts them first, and none is named by them alone.
fn less_plain(clauses: &[Clause], than: &[Clause]) -> bool {
    let rank = |clauses: &[Clause]| {
        let features = || clauses.iter().filter_map(|clause| clause.subject.feature());
        (features().any(|f| f.layer == Layer::History), features().map(|f| f.price).max())
    };
    let ((past, price), (than_past, than_price)) = (rank(clauses), rank(than));
    past && !than_past || price > than_price
}

/// Fit and specificity together: what decides among rivals.
fn strength(matched: &Match) -> f64 {
    matched.fit * matched.specific
}

fn own_match(entry: &Entry, finding: &Finding, context: &Observed) -> Option<Match> {
    matching::entry(entry, &Candidate { finding, clauses: &finding.clauses, context })
}

/// The best match of a rival with the same requests.
fn rival_match(entry: &Entry, finding: &Finding, context: &Observed) -> Option<Match> {
    let rivals = finding.rivals.iter().enumerate().filter(|(_, rival)| rival.same_requests);
    let rivals = rivals.filter(|(_, rival)| !less_plain(&rival.clauses, &finding.clauses));
    let matches = rivals.filter_map(|(index, rival)| {
        let subject = Candidate { finding, clauses: &rival.clauses, context };
        let mut matched = matching::entry(entry, &subject)?;
        matched.fit *= RIVAL_DISCOUNT;
        matched.because.through_rival = Some(index);
        Some(matched)
    });
    matches.max_by(|a, b| a.fit.total_cmp(&b.fit))
}

fn known_fault(entry: &Entry, matched: Match) -> KnownFault {
    KnownFault {
        id: entry.id.clone(),
        title: entry.title.clone(),
        fit: matched.fit,
        because: matched.because,
        to_check: entry.check.clone(),
        latent: entry.latent.clone(),
        remedy: entry.remedy.clone(),
        predicts: entry.predicts.clone(),
        experiment: entry.experiment.clone(),
    }
}
