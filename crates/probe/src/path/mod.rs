//! Where are requests lost?
//!
//! Data flow: [`Where`] (a [`Question`]) sends the request that fails with a growing TTL, all in one flow, so that all take the same
//! way through load balancers (Augustin et al. 2006, "Avoiding traceroute anomalies with Paris traceroute"). Once the path is known up
//! to the target, or up to where nobody answers any more, `hops` weighs all places where the loss may begin, and the
//! TTL follows whose outcome says most about that. [`members`] asks about one hop with many flows.
//!
//! **How it fails.** Only the way there is seen: loss on the way back of the target's reply shows as loss in front of the target, and that of a
//! router's error as a router that does not answer. Behind the last hop that answers, several hops may be silent: the
//! answer is a range then.

mod hops;
pub(crate) mod members;

use crate::chance::distribution::{binary_entropy, entropy};
use crate::chance::rates::Counts;
use crate::outcome::{Fate, Outcome};
use crate::question::{Because, Conclusion, Progress, Question, SHOWN, SURE, Verdict, Weighed};
use crate::request::{Field, Plan, Role, Setting};
pub use hops::Hop;
use hops::{Located, located};
use unanswered_forecast::statistics::ShareInterval;
use unanswered_time::Span;

/// After so many TTLs in a row without any answer, the first round ends.
const SILENT_HOPS: usize = 5;
/// Each TTL is asked so often in the first rounds, if it is silent (three, as traceroute does).
const ROUNDS: u32 = 3;
/// An outcome that says less than this many bits is not worth a request (judgement).
const NOTHING_LEARNT: f64 = 1e-3;
/// So many neighbouring places may be told as one, where more requests would not tell them apart.
const WIDEST: usize = 3;
/// After so many requests the search ends when two neighbouring places are left: a router that answers as many as the next link lets
/// through looks the same as that link (judgement).
const TWO_WILL_DO: u32 = 80;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhereSpec {
    /// The TTL (IPv6: hop limit).
    pub ttl: Field,
    /// What the failing request has besides; it must fix the flow.
    pub settings: Vec<Setting>,
    /// The largest TTL of the first round.
    pub most_hops: u8,
}

/// Where the loss is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// The target answers, and no hop loses more than the others.
    Nowhere,
    /// Behind hop `after` (0: the sender itself) and not behind hop `before`; those between never answer. `before` is `None`
    /// where nothing behind `after` answers, not even the target.
    Between {
        /// The last hop in front of it that answers.
        after: u8,
        /// The first hop behind it that answers, if any does.
        before: Option<u8>,
        /// Share that is lost there (95 %).
        lost: ShareInterval,
    },
}

/// What the answer rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct WhereEvidence {
    /// What each TTL gave, from 1 on.
    pub hops: Vec<Hop>,
    /// What requests with a full TTL gave.
    pub target: Hop,
    /// The TTL with which the target was reached first.
    pub reached_with: Option<u8>,
    /// The last TTL that anybody answered.
    pub last_answering: Option<u8>,
    /// Hops that never answer although one behind them does: they pass requests on.
    pub silent_but_passing: Vec<u8>,
}

/// A search along the path.
#[derive(Clone, Debug)]
pub struct Where {
    spec: WhereSpec,
    hops: Vec<Hop>,
    target: Hop,
    controls: Counts,
    /// TTL asked last; 0 is the full one.
    pending: Option<u8>,
    stuck: bool,
}

impl Where {
    /// The question.
    #[must_use]
    pub fn new(spec: WhereSpec) -> Self {
        let spec = WhereSpec { most_hops: spec.most_hops.max(1), ..spec };
        Self {
            spec,
            hops: Vec::new(),
            target: Hop::default(),
            controls: Counts::default(),
            pending: None,
            stuck: false,
        }
    }

    /// The TTL with which the target itself answered first.
    fn reached_with(&self) -> Option<usize> {
        self.hops.iter().position(|hop| hop.replies > 0)
    }

    fn last_answering(&self) -> Option<usize> {
        self.hops.iter().rposition(|hop| hop.counts().passed > 0)
    }

    /// Hops before the target, as far as they are known, and the target at the end.
    fn way(&self) -> Vec<Counts> {
        let routers = self.reached_with().unwrap_or(self.hops.len());
        let mut way: Vec<Counts> = self.hops.iter().take(routers).map(Hop::counts).collect();
        let mut target = self.target.counts();
        if let Some(reached) = self.reached_with() {
            for hop in self.hops.iter().skip(reached) {
                target.passed += hop.counts().passed;
                target.failed += hop.counts().failed;
            }
        }
        way.push(target);
        way
    }

    /// The next TTL of the first rounds; `None` when they are over.
    fn first_rounds(&self) -> Option<u8> {
        if self.target.asked == 0 {
            return Some(0);
        }
        let again = |hop: &Hop| hop.silent() && hop.asked < ROUNDS;
        let quiet = self.hops.iter().rev().take_while(|hop| hop.silent()).count();
        let more = self.reached_with().is_none()
            && quiet < SILENT_HOPS
            && self.hops.len() < usize::from(self.spec.most_hops);
        let unsure = self.hops.iter().position(again).map(|index| index + 1);
        let next = if more { Some(self.hops.len() + 1) } else { unsure };
        next.and_then(|ttl| u8::try_from(ttl).ok())
            .or((self.target.silent() && self.target.asked < ROUNDS).then_some(0))
    }

    /// The TTL whose outcome says most about where the loss begins.
    fn most_informative(&self, located: &Located) -> Option<u8> {
        let places = located.into.len();
        let information = |index: usize| {
            let (lossy, open) = located.expected[index];
            let in_front: f64 = located.into.iter().take(index + 1).sum();
            let passes = in_front * lossy + (1.0 - in_front) * open;
            binary_entropy(passes)
                - in_front * binary_entropy(lossy)
                - (1.0 - in_front) * binary_entropy(open)
        };
        let best = (0..places).map(|i| (i, information(i))).max_by(|a, b| a.1.total_cmp(&b.1))?;
        if best.1 < NOTHING_LEARNT {
            return None;
        }
        Some(if best.0 + 1 == places { 0 } else { u8::try_from(best.0 + 1).unwrap_or(u8::MAX) })
    }

    /// Places that cannot be told apart because nobody between them answers, as one: its probability and which.
    fn places(&self, located: &Located) -> Vec<Weighed<Place>> {
        let way = self.way();
        let mut list: Vec<Weighed<Place>> =
            vec![Weighed { answer: Place::Nowhere, probability: located.nowhere }];
        let (mut after, mut sum) = (0_u8, 0.0);
        for (index, (counts, probability)) in way.iter().zip(&located.into).enumerate() {
            sum += probability;
            let hop = u8::try_from(index + 1).unwrap_or(u8::MAX);
            let last = index + 1 == way.len();
            if counts.passed == 0 && !last {
                continue;
            }
            let before = (counts.passed > 0).then_some(hop);
            list.push(Weighed {
                answer: Place::Between { after, before, lost: located.lost },
                probability: sum,
            });
            (after, sum) = (hop, 0.0);
        }
        list.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        list
    }

    /// The fewest neighbouring places that it surely is, as one.
    fn range(&self, standing: &[Weighed<Place>], widest: usize) -> Option<Weighed<Place>> {
        let mut between: Vec<(u8, Option<u8>, ShareInterval, f64)> = standing
            .iter()
            .filter_map(|weighed| match weighed.answer {
                Place::Nowhere => None,
                Place::Between { after, before, lost } => Some((after, before, lost, weighed.probability)),
            })
            .collect();
        between.sort_by_key(|place| place.0);
        (2..=widest).find_map(|width| {
            between.windows(width).find_map(|places| {
                let probability: f64 = places.iter().map(|place| place.3).sum();
                let (first, last) = (places.first()?, places.last()?);
                let answer = Place::Between { after: first.0, before: last.1, lost: first.2 };
                (probability >= SURE).then_some(Weighed { answer, probability })
            })
        })
    }

    fn standing(&self) -> Vec<Weighed<Place>> {
        self.places(&located(&self.way(), self.controls))
    }
}

impl Question for Where {
    type Answer = Place;
    type Evidence = WhereEvidence;

    fn plan(&mut self, _left: u32) -> Option<Plan> {
        let next = self.first_rounds().or_else(|| {
            let located = located(&self.way(), self.controls);
            let places = self.places(&located);
            let sure = places.first().is_some_and(|best| best.probability >= SURE);
            let asked: u32 = self.hops.iter().map(|hop| hop.asked).sum();
            let nearly = asked >= TWO_WILL_DO && self.range(&places, 2).is_some();
            if sure || nearly { None } else { self.most_informative(&located) }
        });
        self.pending = next;
        self.stuck = next.is_none();
        let mut settings = self.spec.settings.clone();
        match next? {
            0 => {}
            ttl => settings.push(Setting { field: self.spec.ttl, value: u64::from(ttl) }),
        }
        Some(Plan::one(Role::Trial, settings))
    }

    fn note(&mut self, _began: Span, outcomes: &[Outcome]) {
        let (Some(ttl), Some(outcome)) = (self.pending.take(), outcomes.first()) else { return };
        let hop = match usize::from(ttl).checked_sub(1) {
            None => &mut self.target,
            Some(index) => {
                if self.hops.len() <= index {
                    self.hops.resize(index + 1, Hop::default());
                }
                &mut self.hops[index]
            }
        };
        hop.asked += 1;
        match outcome {
            Outcome::Answered { .. } | Outcome::Late { .. } => hop.replies += 1,
            Outcome::TimeExceeded { from } => *hop.routers.entry(*from).or_default() += 1,
            Outcome::Unreachable { from } => *hop.others.entry(*from).or_default() += 1,
            Outcome::Silent | Outcome::Refused(_) | Outcome::Elsewhere { .. } => {}
            Outcome::NotSent => hop.asked -= 1,
        }
    }

    fn note_control(&mut self, _at: Span, fate: Fate) {
        match fate {
            Fate::Passed => self.controls.add(true),
            Fate::Failed => self.controls.add(false),
            Fate::Unknown => {}
        }
    }

    fn progress(&self) -> Progress<Place> {
        let mut likeliest = self.standing();
        let bits_left = entropy(likeliest.iter().map(|weighed| weighed.probability));
        likeliest.truncate(SHOWN);
        Progress { likeliest, bits_left }
    }

    fn conclusion(&self) -> Conclusion<Place, WhereEvidence> {
        let mut remaining = self.standing();
        let rounds_over = self.first_rounds().is_none();
        let nobody = self.last_answering().is_none() && self.target.replies == 0;
        let verdict = match remaining.first() {
            Some(_) | None if rounds_over && nobody => Verdict::CannotTell(Because::NoSetup),
            Some(best) if rounds_over && best.probability >= SURE => Verdict::Found(*best),
            Some(_) if rounds_over && let Some(range) = self.range(&remaining, WIDEST) => {
                Verdict::Found(range)
            }
            Some(_) | None if self.stuck => Verdict::CannotTell(Because::NotSeparable),
            Some(_) | None => Verdict::CannotTell(Because::NotYet),
        };
        remaining.truncate(SHOWN);
        let ttl = |index: usize| u8::try_from(index + 1).unwrap_or(u8::MAX);
        let last = self.last_answering();
        let silent = self.hops.iter().take(last.unwrap_or(0)).enumerate().filter(|(_, hop)| hop.silent());
        let evidence = WhereEvidence {
            silent_but_passing: silent.map(|(index, _)| ttl(index)).collect(),
            hops: self.hops.clone(),
            target: self.target.clone(),
            reached_with: self.reached_with().map(ttl),
            last_answering: last.map(ttl),
        };
        Conclusion { verdict, remaining, evidence, limits: Vec::new() }
    }
}
