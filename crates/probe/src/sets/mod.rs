//! Which values fail, where not their order but something else about them decides?
//!
//! Requests cannot be pooled as in group testing (Dorfman 1943): each asks one value. But one value is inside of many rules at once, so
//! that each outcome speaks for or against all of them.
//!
//! Data flow: [`Sets`] (a [`Question`]) draws a few fresh values and takes the ones asked before, lets `pattern` say what each kind of
//! set predicts for them, and asks the one whose outcome tells most. Once it is clear that fates are fixed without a rule, fresh values
//! follow until their share is known well enough; those that failed are asked again, because repeats are what shows it.
//!
//! **How it fails.** A rule that is not listed (moduli above 16, products, several remainders) shows as a fixed fate. Of a hash, what is told is the share that
//! fails; "one of k" is a guess from that. Values that fail and are very rare are not met ([`Limit::SharesBelow`]). Random loss of
//! 11 to 17 % lies between "nothing" and "at random" and is called either.

mod pattern;

use crate::chance::distribution::{binary_entropy, central, entropy};
use crate::chance::rates::Counts;
use crate::outcome::{Fate, Outcome};
use crate::question::{Because, Conclusion, Limit, Progress, Question, SHOWN, SURE, Tried, Verdict, Weighed};
use crate::random::Random;
use crate::request::{Field, Plan, Role, Setting};
pub use pattern::FailingSet;
use pattern::{Belief, Beliefs, Outcomes};
use std::collections::BTreeMap;
use unanswered_forecast::statistics::{Share, ShareInterval};
use unanswered_time::Span;

/// Fresh values that are considered for each request.
const FRESH: usize = 12;
/// Values asked before that are considered: those with the fewest answers among those that failed, then others.
const AGAIN: usize = 8;
/// Where the best request says less than this many bits, fresh values are asked (judgement).
const LITTLE: f64 = 2e-3;
/// Where there are none, and it says less than this many, what is left predicts the same of all requests (judgement).
const NOTHING: f64 = 1e-6;
/// The share of failing values is known well enough when its interval is that wide (judgement: 15 % to 38 % means "one of three to six").
const SHARE_WIDTH: f64 = 0.22;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetsSpec {
    /// The field that varies.
    pub field: Field,
    /// First value that may be asked.
    pub low: u64,
    /// Last value that may be asked.
    pub high: u64,
    /// The only values that may be asked; empty: all from `low` to `high`.
    pub values: Vec<u64>,
}

/// What the answer rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct SetsEvidence {
    /// The values asked, with how often each failed.
    pub tried: Vec<Tried>,
    /// Share of all values that fails, if fates are fixed (95 %).
    pub share: ShareInterval,
    /// "One of k" for all k whose share lies in that interval.
    pub one_of: Vec<u32>,
    /// Failure rate of all requests of the question (95 %, Wilson).
    pub rate: ShareInterval,
    /// Values that were asked more than once.
    pub repeated: u32,
    /// Of these, those whose fate was the same each time.
    pub same_each_time: u32,
    /// Values that failed each time, asked at least twice.
    pub failing: Vec<u64>,
}

/// A search for the failing set.
#[derive(Clone, Debug)]
pub struct Sets {
    spec: SetsSpec,
    random: Random,
    outcomes: Outcomes,
    pending: Option<u64>,
    /// All that is left predicts the same of every request.
    not_separable: bool,
}

impl Sets {
    /// The question; `seed` decides which values are drawn.
    #[must_use]
    pub fn new(spec: SetsSpec, seed: u64) -> Self {
        let values = spec.values.iter().copied();
        let low = values.clone().min().unwrap_or(spec.low);
        let high = values.max().unwrap_or(spec.high.max(spec.low));
        let outcomes = Outcomes {
            low,
            high,
            by_value: BTreeMap::new(),
            controls: Counts::default(),
            listed: !spec.values.is_empty(),
        };
        Self { spec, random: Random::new(seed), outcomes, pending: None, not_separable: false }
    }

    fn fresh(&mut self) -> Option<u64> {
        // A few draws: where nearly all were asked already, none may be left.
        for _ in 0..8 {
            let drawn = if self.spec.values.is_empty() {
                self.random.between(self.outcomes.low, self.outcomes.high)
            } else {
                let index = usize::try_from(self.random.below(self.spec.values.len() as u64)).ok()?;
                *self.spec.values.get(index)?
            };
            if !self.outcomes.by_value.contains_key(&drawn) {
                return Some(drawn);
            }
        }
        None
    }

    /// Values asked before that are worth another request, those that failed first.
    fn again(&self) -> Vec<u64> {
        let mut list: Vec<(u64, Counts)> = self.outcomes.by_value.iter().map(|(v, c)| (*v, *c)).collect();
        list.sort_by_key(|(value, counts)| (counts.failed == 0, counts.all(), *value));
        list.into_iter().take(AGAIN).map(|(value, _)| value).collect()
    }

    fn most_informative(&self, beliefs: &Beliefs, fresh: &[u64], again: &[u64]) -> Option<u64> {
        let candidates: Vec<u64> = fresh.iter().chain(again).copied().collect();
        let likely: Vec<&Belief> = beliefs.list.iter().filter(|belief| belief.probability > 1e-6).collect();
        let fates = |counts: Counts| beliefs.fate_fails(counts);
        let mut by_counts: BTreeMap<(u32, u32), f64> = BTreeMap::new();
        let mut information = |value: u64| {
            let counts = self.outcomes.by_value.get(&value).copied().unwrap_or_default();
            let fate = *by_counts.entry((counts.failed, counts.passed)).or_insert_with(|| fates(counts));
            let (mut fails, mut known) = (0.0, 0.0);
            for belief in &likely {
                let rate = beliefs.fails(belief, value, fate);
                fails += belief.probability * rate;
                known += belief.probability * binary_entropy(rate);
            }
            binary_entropy(fails) - known
        };
        let weighed: Vec<(u64, f64)> = candidates.iter().map(|value| (*value, information(*value))).collect();
        let best = weighed.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
        if best.1 >= LITTLE {
            return Some(best.0);
        }
        // What is left differs in rare values only, or in windows that are not looked at here: fresh values meet them.
        fresh.first().copied().or((best.1 >= NOTHING).then_some(best.0))
    }

    fn sure(&self, beliefs: &Beliefs) -> Option<Weighed<FailingSet>> {
        let enough = |best: &Weighed<FailingSet>| best.probability >= needed(best.answer);
        likeliest(beliefs).filter(enough)?;
        // A window takes longer to look for.
        likeliest(&Beliefs::new(&self.outcomes, &[], true)).filter(enough)
    }

    fn beliefs(&self) -> Beliefs {
        Beliefs::new(&self.outcomes, &[], false)
    }

    /// What is still to be asked when fates are known to be fixed: failing values once more, then fresh ones.
    fn about_the_share(&mut self) -> Option<u64> {
        let once = self.outcomes.by_value.iter().find(|(_, counts)| counts.failed == 1 && counts.passed == 0);
        if let Some((value, _)) = once {
            return Some(*value);
        }
        let share = self.share();
        (share.high - share.low > SHARE_WIDTH).then(|| self.fresh()).flatten()
    }

    /// Of a larger share, one value or more would have been met with a probability of 95 %.
    fn may_be_missed(&self) -> Limit {
        Limit::SharesBelow(1.0 - libm::pow(0.05, 1.0 / self.outcomes.by_value.len().max(1) as f64))
    }

    fn share(&self) -> ShareInterval {
        let (values, weights) = self.beliefs().shares();
        central(&values, &weights)
    }
}

/// How sure it has to be. There are hundreds of rules, and the search stops at the first moment that one looks good; without this,
/// 2 of 100 unknown hashes were taken for a remainder.
const fn needed(set: FailingSet) -> f64 {
    match set {
        FailingSet::Remainder { .. }
        | FailingSet::AllButRemainder { .. }
        | FailingSet::Bit { .. }
        | FailingSet::Ordered => 1.0 - (1.0 - SURE) / 10.0,
        FailingSet::Nothing | FailingSet::All | FailingSet::FixedFate | FailingSet::RandomPerRequest => SURE,
    }
}

fn likeliest(beliefs: &Beliefs) -> Option<Weighed<FailingSet>> {
    let best = beliefs.list.iter().max_by(|a, b| a.probability.total_cmp(&b.probability))?;
    Some(Weighed { answer: best.set, probability: best.probability })
}

impl Question for Sets {
    type Answer = FailingSet;
    type Evidence = SetsEvidence;

    fn plan(&mut self, _left: u32) -> Option<Plan> {
        let fresh = (0..FRESH).filter_map(|_| self.fresh()).collect::<Vec<u64>>();
        let again = self.again();
        let candidates: Vec<u64> = fresh.iter().chain(&again).copied().collect();
        let beliefs = Beliefs::new(&self.outcomes, &candidates, false);
        let value = match self.sure(&beliefs) {
            Some(Weighed { answer: FailingSet::FixedFate, .. }) => self.about_the_share(),
            Some(_) => None,
            None => {
                let value = self.most_informative(&beliefs, &fresh, &again);
                self.not_separable = value.is_none();
                value
            }
        };
        self.pending = value;
        value.map(|value| Plan::one(Role::Trial, vec![Setting { field: self.spec.field, value }]))
    }

    fn note(&mut self, _began: Span, outcomes: &[Outcome]) {
        if let (Some(value), Some(outcome)) = (self.pending.take(), outcomes.first()) {
            let counts = self.outcomes.by_value.entry(value).or_default();
            match outcome.fate() {
                Fate::Passed => counts.add(true),
                Fate::Failed => counts.add(false),
                Fate::Unknown => {}
            }
        }
    }

    fn note_control(&mut self, _at: Span, fate: Fate) {
        match fate {
            Fate::Passed => self.outcomes.controls.add(true),
            Fate::Failed => self.outcomes.controls.add(false),
            Fate::Unknown => {}
        }
    }

    fn progress(&self) -> Progress<FailingSet> {
        let beliefs = self.beliefs();
        let bits_left = entropy(beliefs.list.iter().map(|belief| belief.probability));
        Progress { likeliest: ranked(&beliefs), bits_left }
    }

    fn conclusion(&self) -> Conclusion<FailingSet, SetsEvidence> {
        let verdict = match self.sure(&self.beliefs()) {
            Some(found) => Verdict::Found(found),
            None if self.not_separable => Verdict::CannotTell(Because::NotSeparable),
            None => Verdict::CannotTell(Because::NotYet),
        };
        let nothing = verdict.found().filter(|found| **found == FailingSet::Nothing);
        Conclusion {
            remaining: ranked(&Beliefs::new(&self.outcomes, &[], true)),
            evidence: self.evidence(),
            limits: nothing.map(|_| self.may_be_missed()).into_iter().collect(),
            verdict,
        }
    }
}

fn ranked(beliefs: &Beliefs) -> Vec<Weighed<FailingSet>> {
    let mut list: Vec<Weighed<FailingSet>> = beliefs
        .list
        .iter()
        .map(|belief| Weighed { answer: belief.set, probability: belief.probability })
        .collect();
    list.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    list.truncate(SHOWN);
    list
}

impl Sets {
    fn evidence(&self) -> SetsEvidence {
        let share = self.share();
        let by_value = &self.outcomes.by_value;
        let failed: u64 = by_value.values().map(|counts| u64::from(counts.failed)).sum();
        let all: u64 = by_value.values().map(|counts| u64::from(counts.all())).sum();
        let repeated = || by_value.iter().filter(|(_, counts)| counts.all() > 1);
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        SetsEvidence {
            tried: by_value
                .iter()
                .map(|(value, counts)| Tried {
                    settings: vec![Setting { field: self.spec.field, value: *value }],
                    asked: counts.all(),
                    failed: counts.failed,
                })
                .collect(),
            one_of: (2..=16).filter(|k| (share.low..=share.high).contains(&(1.0 / f64::from(*k)))).collect(),
            share,
            rate: Share { part: failed, all }.interval(),
            repeated: count(repeated().count()),
            same_each_time: count(repeated().filter(|(_, c)| c.failed == 0 || c.passed == 0).count()),
            failing: repeated().filter(|(_, c)| c.passed == 0).map(|(value, _)| *value).collect(),
        }
    }
}
