//! Rows in memory as a population.
//!
//! Counts come from one mask per clause over all rows. Of the columns asked for, the latest few are kept: a
//! finding asks for the same ones again and again.

use crate::population::{Bound, Extremes, Group, Population, PopulationError, Reach, Sample, Split, ends};
use crate::{Captured, Clause, Counts, Filter, Region, Source, Value};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use unanswered_registry::Subject;
use unanswered_table::{Column, Outcome, OutcomeCounts, Values, Viewpoint};

/// Maximum number of columns kept, each of all rows.
const KEPT: usize = 6;

/// A source's rows, counted one by one. Never fails.
pub struct Memory<'a> {
    source: &'a dyn Source,
    columns: RefCell<Vec<KeptColumn<'a>>>,
    baseline: Option<Box<Self>>,
}

/// A column that was asked for, and the result.
struct KeptColumn<'a> {
    subject: Subject,
    at: Viewpoint,
    column: Shared<'a>,
}

/// A column as its source gave it: borrowed where the source has it, so that a table's columns are never copied.
type Shared<'a> = Option<Rc<Cow<'a, Column>>>;

impl<'a> Memory<'a> {
    /// The rows of a source.
    #[must_use]
    pub fn new(source: &'a dyn Source) -> Self {
        Self { source, columns: RefCell::default(), baseline: None }
    }

    /// Rows beside those of a time when all was well.
    #[must_use]
    pub fn against(now: &'a dyn Source, baseline: &'a dyn Source) -> Self {
        Self { baseline: Some(Box::new(Self::new(baseline))), ..Self::new(now) }
    }

    fn column(&self, subject: &Subject, at: Viewpoint) -> Shared<'a> {
        let mut kept = self.columns.borrow_mut();
        if let Some(index) = kept.iter().position(|kept| kept.subject == *subject && kept.at == at) {
            return kept[index].column.clone();
        }
        let column = self.source.column(subject, at).map(Rc::new);
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push(KeptColumn { subject: subject.clone(), at, column: column.clone() });
        column
    }

    /// Whether each row is in the region.
    #[must_use]
    pub fn selects(&self, region: &Region) -> Vec<bool> {
        self.region(region, None)
    }

    /// Whether each row satisfies the clause; none does if there is no such column.
    fn clause(&self, clause: &Clause) -> Vec<bool> {
        self.column(&clause.subject, clause.at)
            .map_or_else(|| vec![false; self.source.rows()], |column| clause.condition.mask(&column))
    }

    /// Rows of the region, with one of its clauses left out.
    fn region(&self, region: &Region, but: Option<usize>) -> Vec<bool> {
        let mut all = if region.in_time() {
            self.source.times().iter().map(|&t| region.holds_at(t)).collect()
        } else {
            vec![true; self.source.rows()]
        };
        if let Some(rows) = &region.rows {
            let mut of_region = vec![false; all.len()];
            for &row in rows.iter() {
                if let Some(row) = of_region.get_mut(row as usize) {
                    *row = true;
                }
            }
            all.iter_mut().zip(of_region).for_each(|(a, inside)| *a &= inside);
        }
        for (_, clause) in region.clauses.iter().enumerate().filter(|(index, _)| Some(*index) != but) {
            all.iter_mut().zip(self.clause(clause)).for_each(|(a, m)| *a &= m);
        }
        all
    }

    /// Judged rows that are compared at all, outside all regions that the filter excludes.
    fn rest(&self, filter: &Filter) -> Vec<bool> {
        let mut rest: Vec<bool> = self.source.outcomes().iter().map(|o| o.judged()).collect();
        for clause in &filter.among {
            rest.iter_mut().zip(self.clause(clause)).for_each(|(r, holds)| *r &= holds);
        }
        for region in &filter.outside {
            rest.iter_mut().zip(self.region(region, None)).for_each(|(r, inside)| *r &= !inside);
        }
        rest
    }

    /// Rows of the filter, with one clause left out.
    fn rows(&self, filter: &Filter, but: Option<usize>) -> Vec<bool> {
        let mut rows = self.rest(filter);
        rows.iter_mut().zip(self.region(&filter.inside, but)).for_each(|(r, inside)| *r &= inside);
        rows
    }
}

impl Population for Memory<'_> {
    fn totals(&self) -> Result<OutcomeCounts, PopulationError> {
        Ok(self.source.outcomes().iter().collect())
    }

    fn sample(&self, size: usize) -> Result<Sample, PopulationError> {
        let outcomes = self.source.outcomes();
        let size = size.min(self.source.affordable());
        let rows = sample_rows(&outcomes, size);
        let judged = outcomes.iter().filter(|o| o.judged()).count();
        let table = self.source.sample(&rows);
        let answered_weight = answered_weight(&outcomes, &table.outcomes);
        Ok(Sample { table, complete: judged == rows.len(), rows, answered_weight })
    }

    fn tally(&self, filter: &Filter, failing: &[Outcome]) -> Result<Split, PopulationError> {
        let units = self.source.units().of;
        let end = units.iter().max().map_or(0, |&u| u as usize + 1);
        let mut sides = [Side::new(end), Side::new(end)];
        let (rest, region) = (self.rest(filter), self.region(&filter.inside, None));
        for (row, outcome) in self.source.outcomes().iter().enumerate().filter(|(row, _)| rest[*row]) {
            let unit = units.get(row).copied();
            sides[usize::from(!region[row])].add(*outcome, failing.contains(outcome), unit);
        }
        let [inside, outside] = sides.map(|side| side.finish(units.is_empty()));
        Ok(Split { inside, outside })
    }

    fn extremes(
        &self,
        filter: &Filter,
        clause: usize,
        failing: &[Outcome],
        reach: Reach,
    ) -> Result<Option<Extremes>, PopulationError> {
        let asked = &filter.inside.clauses[clause];
        let Some((at_least, at_most)) = ends(asked) else { return Ok(None) };
        let Some(column) = self.column(&asked.subject, asked.at) else { return Ok(None) };
        let Values::Numbers(values) = &column.values else { return Ok(None) };
        let others = self.rows(filter, Some(clause));
        let outcomes = self.source.outcomes();
        let (mut answered, mut failed) = (Vec::new(), Vec::new());
        for ((&value, outcome), _) in
            values.iter().zip(outcomes.iter()).zip(&others).filter(|((v, _), other)| **other && !v.is_nan())
        {
            if *outcome == Outcome::Answered {
                answered.push(value);
            } else if failing.contains(outcome) {
                failed.push(value);
            }
        }
        let side = Next { answered: &answered, failed: &failed, reach };
        Ok(Some(Extremes {
            low: at_least.and_then(|low| side.below(low, at_most)),
            high: at_most.and_then(|high| side.above(high, at_least)),
        }))
    }

    fn breakdown(
        &self,
        filter: &Filter,
        by: &Subject,
        at: Viewpoint,
        failing: &[Outcome],
    ) -> Result<Option<Vec<Group>>, PopulationError> {
        let Some(column) = self.column(by, at) else { return Ok(None) };
        let (rows, outcomes) = (self.rows(filter, None), self.source.outcomes());
        let judged = || outcomes.iter().enumerate().filter(|(row, _)| rows[*row]);
        let mut groups: BTreeMap<Option<u64>, (u64, u64)> = BTreeMap::new();
        let key = |row: usize| match &column.values {
            Values::Numbers(values) => values.get(row).filter(|v| !v.is_nan()).map(|v| v.to_bits()),
            Values::Codes { codes, labels } => {
                codes.get(row).filter(|&&code| (code as usize) < labels.len()).map(|&code| u64::from(code))
            }
        };
        for (row, outcome) in judged() {
            let group = groups.entry(key(row)).or_default();
            group.0 += 1;
            group.1 += u64::from(failing.contains(outcome));
        }
        let value = |key: u64| match &column.values {
            Values::Numbers(_) => Value::Number(f64::from_bits(key)),
            Values::Codes { labels, .. } => {
                let label = usize::try_from(key).ok().and_then(|code| labels.get(code));
                Value::Text(label.cloned().unwrap_or_default())
            }
        };
        let made =
            |(key, (requests, failed)): (Option<u64>, _)| Group { value: key.map(value), requests, failed };
        let mut groups: Vec<Group> = groups.into_iter().map(made).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.requests));
        Ok(Some(groups))
    }

    fn baseline(&self) -> Option<&dyn Population> {
        self.baseline.as_deref().map(|baseline| baseline as &dyn Population)
    }

    fn captured(&self) -> Option<&dyn Captured> {
        self.source.captured()
    }

    fn failed_rows(&self, filter: &Filter, failing: &[Outcome]) -> Result<Vec<u32>, PopulationError> {
        let rows = self.rows(filter, None);
        let outcomes = self.source.outcomes();
        let failed = (0u32..).zip(outcomes.iter()).zip(rows);
        Ok(failed
            .filter(|((_, o), inside)| *inside && failing.contains(o))
            .map(|((row, _), _)| row)
            .collect())
    }
}

/// Values of requests that satisfy the other clauses.
struct Next<'a> {
    answered: &'a [f64],
    failed: &'a [f64],
    reach: Reach,
}

impl Next<'_> {
    /// At a lower bound.
    fn below(&self, low: f64, at_most: Option<f64>) -> Option<Bound> {
        let working = self.answered.iter().copied().filter(|v| *v < low).fold(f64::NEG_INFINITY, f64::max);
        let within = |v: &f64| match self.reach {
            Reach::Inside => *v >= low,
            Reach::UpToAnswered => *v > working,
        };
        let failing = self.failed.iter().copied().filter(|v| within(v) && at_most.is_none_or(|b| *v <= b));
        bound(failing.fold(f64::INFINITY, f64::min), working)
    }

    /// At an upper bound.
    fn above(&self, high: f64, at_least: Option<f64>) -> Option<Bound> {
        let working = self.answered.iter().copied().filter(|v| *v > high).fold(f64::INFINITY, f64::min);
        let within = |v: &f64| match self.reach {
            Reach::Inside => *v <= high,
            Reach::UpToAnswered => *v < working,
        };
        let failing = self.failed.iter().copied().filter(|v| within(v) && at_least.is_none_or(|b| *v >= b));
        bound(failing.fold(f64::NEG_INFINITY, f64::max), working)
    }
}

fn bound(failing: f64, working: f64) -> Option<Bound> {
    failing.is_finite().then(|| Bound { failing, working: working.is_finite().then_some(working) })
}

/// A unit has requests on this side.
const SEEN: u8 = 1;
/// One of them failed.
const FAILED: u8 = 3;

struct Side {
    counts: Counts,
    units: Vec<u8>,
}

impl Side {
    fn new(units: usize) -> Self {
        Self { counts: Counts::default(), units: vec![0; units] }
    }

    fn add(&mut self, outcome: Outcome, fails: bool, unit: Option<u32>) {
        self.counts.requests += 1;
        self.counts.outcomes.add(outcome);
        self.counts.failed += u64::from(fails);
        if let Some(unit) = unit {
            self.units[unit as usize] |= if fails { FAILED } else { SEEN };
        }
    }

    fn finish(self, own: bool) -> Counts {
        let with = |bits: u8| self.units.iter().filter(|&&u| u >= bits).count() as u64;
        let (units, units_failed) =
            if own { (self.counts.requests, self.counts.failed) } else { (with(SEEN), with(FAILED)) };
        Counts { units, units_failed, ..self.counts }
    }
}

/// How many answered requests a kept one stands for, for each failed request that a kept one does.
fn answered_weight(all: &[Outcome], kept: &[Outcome]) -> f64 {
    let counts = |outcomes: &[Outcome]| {
        let judged = outcomes.iter().filter(|outcome| outcome.judged()).count();
        let failed = outcomes.iter().filter(|outcome| outcome.failed()).count();
        (failed.max(1) as f64, judged.saturating_sub(failed).max(1) as f64)
    };
    let ((failed, answered), (failed_kept, answered_kept)) = (counts(all), counts(kept));
    (answered / answered_kept) / (failed / failed_kept)
}

/// All judged rows, or every failed one (up to half of the sample) and evenly spread answered ones.
fn sample_rows(outcomes: &[Outcome], size: usize) -> Vec<u32> {
    let judged = (0u32..).zip(outcomes).filter(|(_, o)| o.judged());
    let count = judged.clone().count();
    if count <= size {
        return judged.map(|(r, _)| r).collect();
    }
    let failed = judged.clone().filter(|(_, o)| o.failed()).count();
    let failed_kept = failed.min(size / 2).max(size.saturating_sub(count - failed)).min(failed);
    let answered_kept = (size - failed_kept).min(count - failed);
    judged
        .filter(|(row, outcome)| {
            let (kept, all) =
                if outcome.failed() { (failed_kept, failed) } else { (answered_kept, count - failed) };
            crate::spread::spread(*row) < kept as f64 / all.max(1) as f64
        })
        .map(|(r, _)| r)
        .collect()
}
