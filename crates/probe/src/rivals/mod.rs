//! Which of several hypotheses is true?
//!
//! Data flow: `predicate` makes the requests on which the rivals disagree; [`Rivals`] (a [`Question`]) sends the one that is expected to
//! say most about which is true (the mutual information of its outcome and the hypothesis: Lindley 1956), and updates.
//!
//! Two hypotheses are always among them: nothing fails (it was remedied meanwhile), and *none of these*: each different request has a failure
//! rate of its own, unknown (beta-binomial with Jeffreys' prior). The second pays for its freedom with every request, so that a rival
//! that is right beats it soon, and one that only did better than other wrong ones does not.
//!
//! Before a rival is told, each of its clauses has been left out once: a request that meets all others must work.
//!
//! **How it fails.** Rivals that predict the same of all requests that can be made stay together: [`Because::NotSeparable`], and all that remain are
//! listed. A condition on a field that cannot be set is taken to hold.

mod predicate;

use crate::chance::distribution::{binary_entropy, entropy, normalise};
use crate::chance::rates::{Chance, Counts, backgrounds};
use crate::outcome::{Fate, Outcome};
use crate::question::{Because, Conclusion, Progress, Question, SHOWN, SURE, Tried, Verdict, Weighed};
use crate::request::{Plan, Role};
use predicate::{Candidate, candidates};
pub use predicate::{Clause, Condition, Rival, Settable};
use unanswered_time::Span;

/// Prior of all rivals together, where failures were seen that one of them is to explain (judgement). "Nothing fails" and "none of these"
/// share the rest.
const SUSPECTED: f64 = 0.9;
/// How far the failure rate that a rival comes with is trusted; the rest is spread over other rates (judgement).
const TRUSTED: f64 = 0.7;
const OTHERWISE: [(f64, f64); 3] = [(1.0, 0.15), (0.8, 0.1), (0.5, 0.05)];
/// A request that says less than so many bits is not worth sending (judgement).
const NOTHING_LEARNT: f64 = 1e-3;

/// Which hypothesis is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// This one, by its index.
    Rival(usize),
    /// None: no request fails.
    NothingFails,
    /// None: requests fail, but not as any rival says.
    NoneOfThese,
}

/// What the answer rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RivalsEvidence {
    /// The requests sent, with how often each failed.
    pub tried: Vec<Tried>,
}

/// An experiment under way.
#[derive(Clone, Debug)]
pub struct Rivals {
    rivals: Vec<Rival>,
    candidates: Vec<Candidate>,
    counts: Vec<Counts>,
    controls: Counts,
    pending: Option<usize>,
    not_separable: bool,
    suspected: f64,
}

/// One hypothesis and what it says.
struct Belief {
    decided: Decided,
    probability: f64,
    /// Probability that a request fails that it says fails, and another.
    inside: f64,
    outside: f64,
}

impl Rivals {
    /// The question; with no rival it asks nothing.
    #[must_use]
    pub fn new(rivals: Vec<Rival>, settable: &[Settable]) -> Self {
        let mut rivals = rivals;
        for rival in &mut rivals {
            // What is no number says nothing: such a rival fails always, and is as unlikely as one can be.
            rival.fails = if rival.fails.is_finite() { rival.fails.clamp(0.0, 1.0) } else { 1.0 };
            rival.prior = if rival.prior.is_finite() { rival.prior.max(0.0) } else { 0.0 };
        }
        let candidates = candidates(&rivals, settable);
        Self {
            counts: vec![Counts::default(); candidates.len()],
            candidates,
            rivals,
            controls: Counts::default(),
            pending: None,
            not_separable: false,
            suspected: SUSPECTED,
        }
    }

    /// The same question with another prior of all rivals together, 0.01 to 0.99: nothing may have failed yet.
    #[must_use]
    pub fn suspected(self, prior: f64) -> Self {
        let suspected = if prior.is_finite() { prior.clamp(0.01, 0.99) } else { SUSPECTED };
        Self { suspected, ..self }
    }

    fn beliefs(&self) -> Vec<Belief> {
        let sum: f64 = self.rivals.iter().map(|rival| rival.prior).sum();
        let share = |prior: f64| libm::log((prior / sum.max(1e-300) * self.suspected).max(1e-12));
        let rest = libm::log((1.0 - self.suspected) / 2.0);
        let mut list = Vec::new();
        let mut logs = Vec::new();
        let mut add = |decided, prior: f64, (log, inside, outside): (f64, f64, f64)| {
            list.push(Belief { decided, probability: 0.0, inside, outside });
            logs.push(prior + log);
        };
        for (index, rival) in self.rivals.iter().enumerate() {
            let (mut inside, mut outside) = (Counts::default(), self.controls);
            for (candidate, counts) in self.candidates.iter().zip(&self.counts) {
                let fails = candidate.failing.get(index) == Some(&true);
                let side = if fails { &mut inside } else { &mut outside };
                side.failed += counts.failed;
                side.passed += counts.passed;
            }
            add(Decided::Rival(index), share(rival.prior), of_rival(rival.fails, inside, outside));
        }
        let mut all = self.controls;
        for counts in &self.counts {
            all.failed += counts.failed;
            all.passed += counts.passed;
        }
        add(Decided::NothingFails, rest, of_rival(1.0, Counts::default(), all));
        add(Decided::NoneOfThese, rest, (self.saturated(), 0.5, 0.5));
        normalise(&mut logs);
        for (belief, probability) in list.iter_mut().zip(logs) {
            belief.probability = probability;
        }
        list
    }

    /// Evidence for "each request has a rate of its own": products of beta-binomial likelihoods with Jeffreys' prior.
    fn saturated(&self) -> f64 {
        let beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
        let each = |counts: &Counts| {
            beta(f64::from(counts.failed) + 0.5, f64::from(counts.passed) + 0.5) - beta(0.5, 0.5)
        };
        let mut controls: Vec<f64> =
            backgrounds().map(|(rate, prior)| prior + self.controls.log_likelihood(rate)).collect();
        normalise(&mut controls) + self.counts.iter().map(each).sum::<f64>()
    }

    fn fails(&self, belief: &Belief, index: usize) -> f64 {
        match belief.decided {
            Decided::Rival(rival) => {
                let fails = self.candidates[index].failing.get(rival) == Some(&true);
                if fails { belief.inside } else { belief.outside }
            }
            Decided::NothingFails => belief.outside,
            Decided::NoneOfThese => {
                let counts = self.counts[index];
                (f64::from(counts.failed) + 0.5) / (f64::from(counts.all()) + 1.0)
            }
        }
    }

    /// The request that says most, and how many bits.
    fn most_informative(&self) -> Option<(usize, f64)> {
        let beliefs = self.beliefs();
        let information = |index: usize| {
            let (mut fails, mut known) = (0.0, 0.0);
            for belief in &beliefs {
                let rate = self.fails(belief, index);
                fails += belief.probability * rate;
                known += belief.probability * binary_entropy(rate);
            }
            binary_entropy(fails) - known
        };
        // Of equals the first, which changes fewest fields.
        (0..self.candidates.len()).rev().map(|i| (i, information(i))).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// A request that lacks only one clause of what was found, and was never asked: whether that clause is needed is not known then.
    fn unchecked(&self, found: Decided) -> Option<usize> {
        let Decided::Rival(rival) = found else { return None };
        let asked = self.candidates.iter().zip(&self.counts);
        asked.enumerate().find_map(|(index, (candidate, counts))| {
            (candidate.near_miss_of.contains(&rival) && counts.all() == 0).then_some(index)
        })
    }

    /// Whether two rivals that are both still possible predict the same of all requests.
    fn twins_are_left(&self, beliefs: &[Weighed<Decided>]) -> bool {
        let column = |rival: usize| -> Vec<bool> {
            self.candidates.iter().map(|candidate| candidate.failing.get(rival) == Some(&true)).collect()
        };
        let left: Vec<Vec<bool>> = beliefs
            .iter()
            .filter(|weighed| weighed.probability > (1.0 - SURE) / 2.0)
            .filter_map(|weighed| match weighed.answer {
                Decided::Rival(rival) => Some(column(rival)),
                Decided::NothingFails | Decided::NoneOfThese => None,
            })
            .collect();
        left.len() > 1
            && left.iter().all(|other| Some(other) == left.first())
            && beliefs
                .iter()
                .filter(|w| matches!(w.answer, Decided::Rival(_)))
                .map(|w| w.probability)
                .sum::<f64>()
                >= SURE
    }
}

/// Evidence for a rival with these outcomes inside and outside of it, and the failure rates there.
fn of_rival(fails: f64, inside: Counts, outside: Counts) -> (f64, f64, f64) {
    let drops = [(fails, TRUSTED)].into_iter().chain(OTHERWISE);
    let cases: Vec<(f64, Chance, Chance)> = drops
        .flat_map(|(drop, prior)| {
            backgrounds().map(move |(background, before)| {
                let rate = 1.0 - (1.0 - drop.clamp(0.0, 1.0)) * (1.0 - background.fails);
                (before + libm::log(prior), Chance::new(rate), background)
            })
        })
        .collect();
    let mut weights: Vec<f64> = cases
        .iter()
        .map(|(prior, rate, background)| {
            prior + inside.log_likelihood(*rate) + outside.log_likelihood(*background)
        })
        .collect();
    let evidence = normalise(&mut weights);
    let mean =
        |of: fn(&(f64, Chance, Chance)) -> f64| cases.iter().zip(&weights).map(|(c, w)| of(c) * w).sum();
    (evidence, mean(|case| case.1.fails), mean(|case| case.2.fails))
}

fn ranked(beliefs: &[Belief]) -> Vec<Weighed<Decided>> {
    let mut list: Vec<Weighed<Decided>> =
        beliefs.iter().map(|b| Weighed { answer: b.decided, probability: b.probability }).collect();
    list.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    list
}

impl Question for Rivals {
    type Answer = Decided;
    type Evidence = RivalsEvidence;

    fn plan(&mut self, _left: u32) -> Option<Plan> {
        let ranked = ranked(&self.beliefs());
        if self.rivals.is_empty() {
            return None;
        }
        if let Some(best) = ranked.first().filter(|best| best.probability >= SURE) {
            self.pending = self.unchecked(best.answer);
            let candidate = self.candidates.get(self.pending?)?;
            return Some(Plan::one(Role::Trial, candidate.settings.clone()));
        }
        let best = self.most_informative();
        self.not_separable =
            self.twins_are_left(&ranked) || best.is_none_or(|(_, information)| information < NOTHING_LEARNT);
        if self.not_separable {
            return None;
        }
        self.pending = best.map(|(index, _)| index);
        let candidate = self.candidates.get(self.pending?)?;
        Some(Plan::one(Role::Trial, candidate.settings.clone()))
    }

    fn note(&mut self, _began: Span, outcomes: &[Outcome]) {
        if let (Some(index), Some(outcome)) = (self.pending.take(), outcomes.first()) {
            match outcome.fate() {
                Fate::Passed => self.counts[index].add(true),
                Fate::Failed => self.counts[index].add(false),
                Fate::Unknown => {}
            }
        }
    }

    fn note_control(&mut self, _at: Span, fate: Fate) {
        match fate {
            Fate::Passed => self.controls.add(true),
            Fate::Failed => self.controls.add(false),
            Fate::Unknown => {}
        }
    }

    fn progress(&self) -> Progress<Decided> {
        let mut likeliest = ranked(&self.beliefs());
        let bits_left = entropy(likeliest.iter().map(|weighed| weighed.probability));
        likeliest.truncate(SHOWN);
        Progress { likeliest, bits_left }
    }

    fn conclusion(&self) -> Conclusion<Decided, RivalsEvidence> {
        let mut remaining = ranked(&self.beliefs());
        let verdict = match remaining.first() {
            Some(Weighed { answer: Decided::NoneOfThese, probability }) if *probability >= SURE => {
                Verdict::CannotTell(Because::NothingFits)
            }
            Some(best) if best.probability >= SURE && self.unchecked(best.answer).is_none() => {
                Verdict::Found(*best)
            }
            Some(_) | None if self.not_separable => Verdict::CannotTell(Because::NotSeparable),
            Some(_) | None => Verdict::CannotTell(Because::NotYet),
        };
        remaining.retain(|weighed| weighed.probability > (1.0 - SURE) / 10.0);
        remaining.truncate(SHOWN);
        let asked = self.candidates.iter().zip(&self.counts).filter(|(_, counts)| counts.all() > 0);
        let tried = asked.map(|(candidate, counts)| Tried {
            settings: candidate.settings.clone(),
            asked: counts.all(),
            failed: counts.failed,
        });
        Conclusion {
            verdict,
            remaining,
            evidence: RivalsEvidence { tried: tried.collect() },
            limits: Vec::new(),
        }
    }
}
