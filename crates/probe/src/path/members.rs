//! How many ways are there behind a hop, and how many of them are dead?
//!
//! Data flow: [`Members`] (a [`Question`]) sends each new flow once to the hop behind the fork (with its TTL): an address is a living member. A
//! flow that gets no answer is asked again, up to three times: dead flows stay dead, lost requests do not. Numbers of members and of dead
//! ones are then compared: of n members of which k are dead, each new flow falls on each alike, so that the dead share is about k/n and
//! no more than n − k addresses are ever seen.
//!
//! That all living members were seen is judged as in the multipath detection algorithm (Augustin, Friedman and Teixeira 2007): the likelihood
//! that so many flows show so few addresses falls with each flow.
//!
//! **How it fails.** Members of unequal weight, and members that never answer "time exceeded" but pass requests on: a flow that gets no answer there
//! but whose request with a full TTL is answered shows that, and ends the question.

use crate::chance::distribution::{entropy, normalise};
use crate::outcome::{Fate, Outcome};
use crate::question::{Because, Conclusion, Progress, Question, SHOWN, SURE, Verdict, Weighed};
use crate::random::Random;
use crate::request::{Field, Plan, Role, Setting};
use std::collections::BTreeMap;
use std::net::IpAddr;
use unanswered_forecast::statistics::{Share, ShareInterval};
use unanswered_time::Span;

/// Members of a bundle or of equal-cost routes: 16 at most, as a rule (judgement).
const MOST: u32 = 16;
/// A flow is dead after so many requests without an answer: at 5 % loss chance does this once in 8,000 flows.
const DEAD_AFTER: u32 = 3;
/// Once so many dead flows were found that there surely are some, one request less will do.
const DEAD_FLOWS: u32 = 3;
/// So many flows that get through although the hop is silent show that it is a hop that does not answer; one may be chance.
const GETS_THROUGH: u32 = 2;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersSpec {
    /// The TTL.
    pub ttl: Field,
    /// The TTL with which the members themselves answer.
    pub at: u8,
    /// The field that varies the flow.
    pub flow: Field,
    /// Its smallest value.
    pub low: u64,
    /// Its largest value.
    pub high: u64,
}

/// How many members there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    /// All of them.
    pub members: u32,
    /// Those that pass nothing on.
    pub dead: u32,
}

/// What the answer rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct MembersEvidence {
    /// Living members by address, with how many flows went there.
    pub living: BTreeMap<IpAddr, u32>,
    /// Flows that never got an answer.
    pub dead_flows: u32,
    /// Share of flows that is dead (95 %, Wilson).
    pub dead_share: ShareInterval,
    /// Requests for dead flows; not one was answered.
    pub repeats: u32,
}

/// A question about members under way.
#[derive(Clone, Debug)]
pub struct Members {
    spec: MembersSpec,
    random: Random,
    flow: u64,
    /// Requests without an answer for the present flow.
    unanswered: u32,
    living: BTreeMap<IpAddr, u32>,
    dead_flows: u32,
    repeats: u32,
    full_ttl: bool,
    gets_through: u32,
    pending: bool,
}

impl Members {
    /// The question; `seed` decides which flows are drawn.
    #[must_use]
    pub fn new(spec: MembersSpec, seed: u64) -> Self {
        let mut random = Random::new(seed);
        Self {
            flow: random.between(spec.low, spec.high),
            random,
            spec,
            unanswered: 0,
            living: BTreeMap::new(),
            dead_flows: 0,
            repeats: 0,
            full_ttl: false,
            gets_through: 0,
            pending: false,
        }
    }

    const fn dead_after(&self) -> u32 {
        if self.dead_flows < DEAD_FLOWS { DEAD_AFTER } else { DEAD_AFTER - 1 }
    }

    fn next_flow(&mut self) {
        // Drawn at random, because neighbours may have the same fate under a simple hash.
        self.flow = self.random.between(self.spec.low, self.spec.high);
        self.unanswered = 0;
        self.full_ttl = false;
    }

    fn standing(&self) -> Vec<Weighed<Ways>> {
        let living: u32 = self.living.values().sum();
        let seen = u32::try_from(self.living.len()).unwrap_or(u32::MAX);
        let mut ways = Vec::new();
        let mut logs = Vec::new();
        for members in 1..=MOST {
            for dead in 0..=members {
                let alive = members - dead;
                if seen > alive || (alive == 0 && living > 0) {
                    continue;
                }
                let share = f64::from(dead) / f64::from(members);
                let times = |count: u32, p: f64| {
                    if count == 0 { 0.0 } else { f64::from(count) * libm::log(p.max(1e-12)) }
                };
                let log = times(self.dead_flows, share)
                    + times(living, 1.0 - share)
                    + log_occupied(living, alive, seen)
                    + libm::log(prior_dead(dead));
                ways.push(Ways { members, dead });
                logs.push(log);
            }
        }
        normalise(&mut logs);
        let mut list: Vec<Weighed<Ways>> =
            ways.into_iter().zip(logs).map(|(answer, probability)| Weighed { answer, probability }).collect();
        list.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        list
    }
}

/// How likely so many are dead (judgement: mostly one, rarely two at a time).
fn prior_dead(dead: u32) -> f64 {
    match dead {
        0 => 0.4,
        1 => 0.55,
        more => 0.05 * libm::pow(0.5, f64::from(more - 1)),
    }
}

/// Logarithm of the probability that so many flows, each falling on one of `members` alike, show exactly `seen` of them.
fn log_occupied(flows: u32, members: u32, seen: u32) -> f64 {
    if members == 0 {
        return if flows == 0 { 0.0 } else { f64::NEG_INFINITY };
    }
    let size = members as usize;
    let mut occupied = vec![0.0; size + 1];
    occupied[0] = 1.0;
    for _ in 0..flows {
        for count in (0..=size).rev() {
            let stays = occupied[count] * count as f64 / f64::from(members);
            let grows = if count > 0 {
                occupied[count - 1] * (size - count + 1) as f64 / f64::from(members)
            } else {
                0.0
            };
            occupied[count] = stays + grows;
        }
    }
    occupied.get(seen as usize).map_or(f64::NEG_INFINITY, |p| libm::log(p.max(1e-300)))
}

impl Question for Members {
    type Answer = Ways;
    type Evidence = MembersEvidence;

    fn plan(&mut self, _left: u32) -> Option<Plan> {
        let sure = self.standing().first().is_some_and(|best| best.probability >= SURE);
        if self.gets_through >= GETS_THROUGH || (sure && self.unanswered == 0) {
            return None;
        }
        self.pending = true;
        let mut settings = vec![Setting { field: self.spec.flow, value: self.flow }];
        // A flow that is silent here is dead only if it does not get through either.
        self.full_ttl = self.dead_flows < DEAD_FLOWS && self.unanswered + 1 == DEAD_AFTER;
        if !self.full_ttl {
            settings.push(Setting { field: self.spec.ttl, value: u64::from(self.spec.at) });
        }
        Some(Plan::one(Role::Trial, settings))
    }

    fn note(&mut self, _began: Span, outcomes: &[Outcome]) {
        if !std::mem::take(&mut self.pending) {
            return;
        }
        match outcomes.first() {
            Some(Outcome::TimeExceeded { from }) => {
                *self.living.entry(*from).or_default() += 1;
                self.next_flow();
            }
            Some(Outcome::Answered { .. } | Outcome::Late { .. }) => {
                self.gets_through += u32::from(self.full_ttl);
                self.next_flow();
            }
            Some(
                Outcome::Silent
                | Outcome::Refused(_)
                | Outcome::Elsewhere { .. }
                | Outcome::Unreachable { .. },
            ) => {
                self.unanswered += 1;
                if self.unanswered >= self.dead_after() {
                    self.dead_flows += 1;
                    self.repeats += self.unanswered;
                    self.next_flow();
                }
            }
            Some(Outcome::NotSent) | None => {}
        }
    }

    fn note_control(&mut self, _at: Span, _fate: Fate) {}

    fn progress(&self) -> Progress<Ways> {
        let mut likeliest = self.standing();
        let bits_left = entropy(likeliest.iter().map(|weighed| weighed.probability));
        likeliest.truncate(SHOWN);
        Progress { likeliest, bits_left }
    }

    fn conclusion(&self) -> Conclusion<Ways, MembersEvidence> {
        let mut remaining = self.standing();
        let verdict = match remaining.first() {
            Some(_) | None if self.gets_through >= GETS_THROUGH => Verdict::CannotTell(Because::NothingFits),
            Some(best) if best.probability >= SURE && self.unanswered == 0 => Verdict::Found(*best),
            Some(_) | None => Verdict::CannotTell(Because::NotYet),
        };
        remaining.truncate(SHOWN);
        let all =
            u64::from(self.dead_flows) + self.living.values().map(|flows| u64::from(*flows)).sum::<u64>();
        let evidence = MembersEvidence {
            living: self.living.clone(),
            dead_flows: self.dead_flows,
            dead_share: Share { part: u64::from(self.dead_flows), all }.interval(),
            repeats: self.repeats,
        };
        Conclusion { verdict, remaining, evidence, limits: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_flows_on_two_members_show_one_of_them_half_of_the_time() {
        assert!((libm::exp(log_occupied(2, 2, 1)) - 0.5).abs() < 1e-9);
        assert!((libm::exp(log_occupied(2, 2, 2)) - 0.5).abs() < 1e-9);
        // 3 flows on 3 members show all of them with 3!/27.
        assert!((libm::exp(log_occupied(3, 3, 3)) - 6.0 / 27.0).abs() < 1e-9);
    }
}
