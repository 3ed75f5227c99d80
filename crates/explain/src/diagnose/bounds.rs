//! Clauses that bound what fails, and clauses that only say where it is worst.
//!
//! A cause strikes some devices and paths harder than others. A conjunction with the one that suffers most tells failures apart
//! better than the cause alone, and names the victim instead of the culprit. A clause bounds the cause where what it leaves out,
//! of the requests that the other clauses cover, fails as it is expected to. Where that fails beyond expectation too, a fair share as
//! often as what the clause keeps, the clause is dropped; a list is asked value by value.
//!
//! What is expected of a value is what was seen of it when all was well; without a baseline, what is seen of it now where the other
//! clauses do not hold.
//!
//! Data flow: clauses on names, rows with what is expected of them -> what is new for each value of a clause's feature, among the
//! rows of the other clauses -> the clauses that remain.

use super::context::Context;
use super::names::Weighed;
use crate::search::columns::Ranked;
use crate::search::cut::Cut;
use crate::search::{Clause, holds};
use crate::standing::{Excess, Expected};
use unanswered_table::MISSING;

/// What fails beyond expectation beside a clause, per request and as a share of that inside, that makes it no bound. Of incidents
/// whose cause operators named, the values of the causes left out less in 111 of 123 cases, others more in 315 of 336.
const BESIDE: f64 = 0.2;
/// A value says nothing where fewer failures than this would be new if it suffered as much as those inside (judgement).
const TELLING: f64 = 5.0;
/// Values that suffer as well may be expected to have this share of the failures beside a clause before it is no bound (judgement).
const MOST: f64 = 0.5;
/// Smallest share of expected failures that a list has to leave out (judgement).
const LEFT_OUT: f64 = 0.5;

/// How often something is expected to fail.
#[derive(Clone, Copy)]
pub(super) enum Usual<'a> {
    /// As the model says, for each of the rows.
    Expected(&'a Expected),
    /// As rows with the same value fail where the other clauses do not hold; a value of another clause's feature may fail so many times
    /// as often as its siblings at all times.
    Elsewhere(&'a dyn Fn(usize) -> f64),
}

/// The clauses that bound what fails; at least one is left.
pub(super) fn bounding(
    context: &Context,
    mut clauses: Vec<Clause>,
    (rows, usual): (&[u32], Usual<'_>),
    failed: &[bool],
) -> Vec<Clause> {
    while clauses.len() > 1 {
        let bound = |index: usize| {
            let mut others = clauses.clone();
            let clause = others.remove(index);
            Values::of(context, &others, clause, (rows, usual), failed).bound(rows.len())
        };
        let bounds: Vec<Bound> = (0..clauses.len()).map(bound).collect();
        let share = |index: &usize| match bounds[*index] {
            Bound::Clause(_) => None,
            Bound::Nothing { share } => Some((share, *index)),
        };
        let loosest =
            (0..bounds.len()).filter_map(|index| share(&index)).max_by(|(a, _), (b, _)| a.total_cmp(b));
        if let Some((_, index)) = loosest {
            clauses.remove(index);
            continue;
        }
        let wider: Vec<Clause> = bounds.into_iter().filter_map(Bound::clause).collect();
        if wider == clauses {
            break;
        }
        clauses = wider;
    }
    clauses
}

/// What is left of a clause.
enum Bound {
    /// The clause, with the values that suffer as well if it is a list.
    Clause(Clause),
    /// Nothing: what it leaves out fails beyond expectation, so often as a share of how often what it keeps does.
    Nothing { share: f64 },
}

impl Bound {
    fn clause(self) -> Option<Clause> {
        match self {
            Self::Clause(clause) => Some(clause),
            Self::Nothing { .. } => None,
        }
    }
}

/// The values of a clause's feature, among the rows of the other clauses.
struct Values {
    clause: Clause,
    /// By rank: whether the clause keeps it, and what is new.
    all: Vec<(bool, New)>,
}

impl Values {
    fn of(
        context: &Context,
        others: &[Clause],
        clause: Clause,
        (rows, usual): (&[u32], Usual<'_>),
        failed: &[bool],
    ) -> Self {
        let feature = &context.features[clause.feature];
        let mut all: Vec<(bool, New)> = (0_u32..)
            .take(feature.rank_end())
            .map(|rank| (clause.cut.holds(feature, rank), New::default()))
            .collect();
        let inside: Vec<bool> = rows.iter().map(|&row| holds(&context.features, others, row)).collect();
        let elsewhere = match usual {
            Usual::Expected(_) => Vec::new(),
            Usual::Elsewhere(_) => elsewhere(context, feature, rows.iter().zip(&inside), failed),
        };
        let times = match usual {
            Usual::Expected(_) => 1.0,
            Usual::Elsewhere(times) => others.iter().map(|clause| times(clause.feature)).fold(1.0, f64::max),
        };
        for (place, (&row, _)) in rows.iter().zip(&inside).enumerate().filter(|(_, (_, inside))| **inside) {
            let rank = feature.ranks[row as usize];
            let requests = context.weights[row as usize];
            if rank != MISSING {
                let expected = match usual {
                    Usual::Expected(expected) => expected.rates[place],
                    Usual::Elsewhere(_) => elsewhere[rank as usize] * requests * times,
                };
                all[rank as usize].1.add(requests, failed[row as usize], expected);
            }
        }
        Self { clause, all }
    }

    /// What is left of the clause.
    fn bound(&self, rows: usize) -> Bound {
        let sum = |keep: &dyn Fn(usize) -> bool| {
            let chosen = self.all.iter().enumerate().filter(|(rank, _)| keep(*rank));
            chosen.fold(New::default(), |sum, (_, (_, new))| sum.plus(*new))
        };
        let own = sum(&|rank| self.all[rank].0);
        let beside = sum(&|rank| !self.all[rank].0);
        let price = self.clause.price + 0.5 * (rows.max(1) as f64).ln();
        let suffers = |new: New| new.excess.ratio(1.0) >= price && new.rate() >= BESIDE * own.rate();
        let telling = |new: New| new.requests * own.rate() >= TELLING;
        let outside = |rank: usize| !self.all[rank].0 && telling(self.all[rank].1);
        let asked = sum(&outside);
        let suffering = sum(&|rank| outside(rank) && suffers(self.all[rank].1));
        let nothing = Bound::Nothing { share: beside.rate() / own.rate() };
        if suffers(beside)
            || suffering.excess.expected > 0.0 && suffering.excess.expected >= MOST * asked.excess.expected
        {
            return nothing;
        }
        if !self.clause.listed() {
            return Bound::Clause(self.clause.clone());
        }
        let joins = |rank: usize| outside(rank) && suffers(self.all[rank].1);
        let left = sum(&|rank| !self.all[rank].0 && !joins(rank));
        if left.excess.expected < LEFT_OUT * own.plus(beside).excess.expected {
            return nothing;
        }
        let cut = match &self.clause.cut {
            Cut::In(set) => {
                let mut set = set.clone();
                set.extend((0_u32..).take(self.all.len()).filter(|rank| joins(*rank as usize)));
                set.sort_unstable();
                Cut::In(set)
            }
            Cut::NotIn(set) => {
                Cut::NotIn(set.iter().copied().filter(|rank| !joins(*rank as usize)).collect())
            }
            Cut::Range { .. } | Cut::Remainder { .. } => self.clause.cut.clone(),
        };
        Bound::Clause(Clause { cut, ..self.clause.clone() })
    }
}

/// How often each value of a feature fails among the rows that are not inside.
fn elsewhere<'a>(
    context: &Context,
    feature: &Ranked,
    rows: impl Iterator<Item = (&'a u32, &'a bool)>,
    failed: &[bool],
) -> Vec<f64> {
    let mut values = vec![Weighed::default(); feature.rank_end()];
    let mut all = Weighed::default();
    for (&row, _) in rows.filter(|(_, inside)| !**inside) {
        all.add(context, row, failed);
        if let Some(value) = values.get_mut(feature.ranks[row as usize] as usize) {
            value.add(context, row, failed);
        }
    }
    values.into_iter().map(|value| value.drawn_to(all.rate())).collect()
}

/// What fails beyond expectation, and of how many requests.
#[derive(Clone, Copy, Default)]
struct New {
    excess: Excess,
    requests: f64,
}

impl New {
    fn add(&mut self, requests: f64, failed: bool, expected: f64) {
        self.excess.add(failed, expected);
        self.requests += requests;
    }

    fn plus(self, other: Self) -> Self {
        Self { excess: self.excess.plus(other.excess), requests: self.requests + other.requests }
    }

    /// Failures beyond expectation per request.
    fn rate(self) -> f64 {
        (self.excess.failed - self.excess.expected) / self.requests.max(1.0)
    }
}
