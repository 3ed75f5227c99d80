//! How many requests pass: a token bucket (rate and depth), or a limit on what is open at once.
//!
//! Data flow: [`Limits`] (a [`Question`]) plans bursts; `replay` says what each hypothesis expected of every request; the hypotheses are a
//! grid of rates and depths, made finer where the truth seems to lie.
//!
//! *Pace*: bursts grow until requests are dropped: that is the depth. Then it waits for as long as should bring back part of the
//! tokens, and counts them: that is the rate. At last the bucket is left to fill, for the exact depth. *Open*: the requests of a burst stay open. A
//! few seconds later, with all of them still open, two more follow: they pass if it was a bucket, and do not if it was what is open.
//!
//! **How it fails.** A burst is against the usual manners: the caller allows it by asking this question, and should give the burst's size. The bucket
//! is taken to be full at first and to be nobody else's. Rates below a tenth of a token a second are not told from a limit
//! that never recovers. Hierarchies of buckets are not modelled.

mod beliefs;
mod replay;

use crate::outcome::{Fate, Outcome};
use crate::question::{Because, Conclusion, Limit, Progress, Question, SHOWN, SURE, Verdict, Weighed};
use crate::request::{Flow, Plan, Role, Send};
use beliefs::{Beliefs, Family, Numbers};
use replay::Seen;
use unanswered_forecast::statistics::ShareInterval;
use unanswered_time::Span;

/// The rate is known well enough when its interval's ends differ by this factor.
const RATE_KNOWN: f64 = 1.2;
/// A bucket has to be that much likelier than one that all pay into: the two look alike for long.
const BUCKET_SURE: f64 = 0.999;
/// Parts of the wait that seems best, one after the other.
const PARTS: [f64; 3] = [1.0, 0.6, 0.35];
/// So many of the last four requests of a burst must fail, and it met a limit: by chance at 20 % loss once in 37.
const MET: usize = 3;
/// After so many bursts that left the rate open, a train is tried.
const STUCK: usize = 5;
/// A train says what it should while its rate and the one that is believed differ by less (logarithm).
const TRAIN_FITS: f64 = 0.3;
/// No rate is told finer than that, and no depth finer than one token to either side: a device refills in steps, whether a token is left
/// is blurred in the model (see `replay`), and its posterior alone was too narrow in 8 of 100 runs.
const RATE_ERROR: f64 = 0.06;
/// Longest pause for a refill, seconds.
const LONGEST_WAIT: f64 = 60.0;
/// No burst is larger, whatever the caller allows.
const MOST_AT_ONCE: u32 = 256;
/// The first burst.
const FIRST: u32 = 8;

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Requests by time: each is done with once it is answered.
    Pace,
    /// What is open at once: each stays open until its burst is over.
    Open,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitsSpec {
    /// Pace or what is open.
    pub about: About,
    /// The largest burst that may be sent.
    pub largest_burst: u32,
    /// Time between two requests of a burst.
    pub spacing: Span,
}

/// What limits requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limited {
    /// Nothing up to the largest burst.
    NotUpTo {
        /// Its size.
        burst: u32,
    },
    /// A token bucket.
    Bucket {
        /// Tokens a second (95 %).
        rate: ShareInterval,
        /// Requests that pass at once when it is full (95 %).
        depth: ShareInterval,
        /// Whether dropped requests take tokens as well.
        all_pay: bool,
    },
    /// A limit on what is open at once.
    Open {
        /// How many (95 %).
        limit: ShareInterval,
    },
}

/// One burst and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Burst {
    /// Seconds since the burst before it ended.
    pub after: f64,
    /// Requests in it.
    pub sent: u32,
    /// How many were answered.
    pub answered: u32,
}

/// What the answer rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitsEvidence {
    /// The bursts, in order.
    pub bursts: Vec<Burst>,
}

/// A question about limits under way.
#[derive(Clone, Debug)]
pub struct Limits {
    spec: LimitsSpec,
    beliefs: Beliefs,
    bursts: Vec<Burst>,
    planned: Vec<Span>,
    ended: f64,
    /// The size of the last burst that went through whole, while bursts grow.
    grown: u32,
    /// Whether any burst met a limit; until then bursts grow, whatever is likeliest.
    met: bool,
    /// The rate for which requests were sent faster than tokens come in, for some time: only that shows whether dropped ones pay.
    train_rate: Option<f64>,
}

impl Limits {
    /// The question.
    #[must_use]
    pub fn new(spec: LimitsSpec) -> Self {
        let spec = LimitsSpec { largest_burst: spec.largest_burst.clamp(2, MOST_AT_ONCE), ..spec };
        let spacing = spec.spacing.seconds().max(0.0);
        Self {
            beliefs: Beliefs::new(spec.about == About::Open, spec.largest_burst, spacing),
            spec,
            bursts: Vec::new(),
            planned: Vec::new(),
            ended: 0.0,
            grown: 0,
            met: false,
            train_rate: None,
        }
    }

    fn answer(&self, family: Family, numbers: Numbers) -> Limited {
        match family {
            Family::None => Limited::NotUpTo { burst: self.grown },
            Family::Bucket | Family::Paying => Limited::Bucket {
                rate: ShareInterval {
                    low: numbers.rate.low * (1.0 - RATE_ERROR),
                    high: numbers.rate.high * (1.0 + RATE_ERROR),
                },
                depth: ShareInterval {
                    low: (numbers.depth.low - 1.0).max(1.0),
                    high: numbers.depth.high + 1.0,
                },
                all_pay: family == Family::Paying,
            },
            Family::Open => Limited::Open { limit: numbers.depth },
        }
    }

    /// Whether the numbers are known well enough to stop.
    fn known(&self, family: Family, numbers: &Numbers) -> bool {
        let depth = numbers.depth.high - numbers.depth.low <= (0.05 * numbers.depth.high).max(1.0);
        numbers.probability >= SURE.max(if family == Family::Bucket { BUCKET_SURE } else { 0.0 })
            && match family {
                Family::None => self.grown >= self.spec.largest_burst,
                Family::Bucket => {
                    self.train_fits(numbers) && depth && numbers.rate.high <= RATE_KNOWN * numbers.rate.low
                }
                // Its numbers are not told: asking for them keeps it shut.
                Family::Paying => self.train_fits(numbers),
                Family::Open => depth,
            }
    }

    /// When to send, in seconds after the last plan.
    fn next_burst(&mut self) -> Option<Vec<f64>> {
        let (family, numbers) = self.beliefs.likeliest();
        if self.known(family, &numbers) {
            return None;
        }
        let bucket = matches!(family, Family::Bucket | Family::Paying);
        let narrow = numbers.rate.high <= 2.0 * numbers.rate.low;
        // A small bucket that fills up within the session's own pause shows its rate only so.
        let stuck = self.bursts.len() > STUCK && self.bursts.len().is_multiple_of(3);
        let seems_to_pay = family == Family::Paying && numbers.probability >= SURE;
        if self.met && bucket && !self.train_fits(&numbers) && (narrow || seems_to_pay || stuck) {
            self.train_rate = Some(middle(&numbers));
            return Some(self.train(&numbers));
        }
        let (wait, burst) = self.wait_and_burst(family, &numbers);
        let spacing = self.spec.spacing.seconds().max(0.0);
        let mut times: Vec<f64> = (0..burst).map(|index| wait + spacing * f64::from(index)).collect();
        if self.spec.about == About::Open {
            // Three seconds later, all still open.
            let later = times.last().copied().unwrap_or(0.0) + 3.0;
            times.extend([later, later + spacing]);
        }
        Some(times)
    }

    /// Whether there was a train, at a rate that is still believed.
    fn train_fits(&self, numbers: &Numbers) -> bool {
        self.train_rate.is_some_and(|rate| libm::fabs(libm::log(rate / middle(numbers))) < TRAIN_FITS)
    }

    /// Twelve requests at twice the pace at which tokens come in, behind some at once that take what is left. Where only those that pass
    /// pay, every second one passes; where all pay, none does.
    fn train(&self, numbers: &Numbers) -> Vec<f64> {
        let pace = (0.5 / middle(numbers)).min(LONGEST_WAIT / 12.0);
        let emptied = self.beliefs.last().is_some_and(|seen| !seen.passed);
        let left = if emptied { 4.0 } else { numbers.depth.high + 2.0 };
        let spacing = self.spec.spacing.seconds().max(0.0);
        let at_once =
            (0..MOST_AT_ONCE).map(f64::from).take_while(|index| *index < left).map(|index| index * spacing);
        at_once.chain((1..=12).map(|index| left * spacing + pace * f64::from(index))).collect()
    }

    fn wait_and_burst(&self, family: Family, numbers: &Numbers) -> (f64, u32) {
        let size = |wanted: f64| {
            let wanted = wanted.ceil().clamp(2.0, f64::from(self.spec.largest_burst));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "2 to the largest burst"
            )]
            let size = wanted as u32;
            size
        };
        let larger = self.grown.saturating_mul(2).clamp(FIRST, self.spec.largest_burst);
        match family {
            Family::None | Family::Open | Family::Bucket | Family::Paying if !self.met => (1.0, larger),
            Family::None => (1.0, larger),
            Family::Open => (1.0, size(numbers.depth.high + 2.0)),
            Family::Bucket | Family::Paying => {
                let (low, high) = (numbers.rate.low.max(1e-3), numbers.rate.high.max(1e-3));
                let depth = f64::midpoint(numbers.depth.low, numbers.depth.high);
                if high > RATE_KNOWN * low {
                    // Part of the depth, so that the bucket does not overflow meanwhile; twelve tokens tell 8 %. Fewer while
                    // little is known.
                    // Not always the same: a wait in which the bucket fills up says nothing, whatever was expected of it.
                    let part = PARTS[self.bursts.len() % PARTS.len()];
                    let tokens = part * if high > 3.0 * low { 3.0 } else { (0.6 * depth).clamp(1.5, 12.0) };
                    let owed = if family == Family::Paying { depth } else { 0.0 };
                    // The wait goes by a rate near the highest possible one, and the burst by the highest: it must empty the bucket,
                    // else it says little. The session's own pause adds to the wait.
                    let wait =
                        ((tokens + owed) / libm::pow(low * high * high * high, 0.25)).min(LONGEST_WAIT);
                    (wait, size((high * (wait + 0.3) - owed).min(numbers.depth.high) + 3.0))
                } else {
                    let filled =
                        1.2 * (numbers.depth.high + if family == Family::Paying { depth } else { 0.0 });
                    ((filled / numbers.rate.low.max(1e-3)).min(LONGEST_WAIT), size(numbers.depth.high + 2.0))
                }
            }
        }
    }
}

impl Question for Limits {
    type Answer = Limited;
    type Evidence = LimitsEvidence;

    fn plan(&mut self, left: u32) -> Option<Plan> {
        let mut times = self.next_burst()?;
        // A smaller burst than wanted still says something, a single request hardly.
        times.truncate(usize::try_from(left).unwrap_or(usize::MAX).max(2));
        let flow = if self.spec.about == About::Open { Flow::HeldOpen } else { Flow::Any };
        let send = |at: f64| Send { at: from_seconds(at), role: Role::Trial, flow, settings: Vec::new() };
        let sends: Vec<Send> = times.into_iter().map(send).collect();
        self.planned = sends.iter().map(|send| send.at).collect();
        Some(Plan { sends })
    }

    fn note(&mut self, began: Span, outcomes: &[Outcome]) {
        let mut burst = Burst { after: 0.0, sent: 0, answered: 0 };
        let last = outcomes.iter().rev().take(4);
        let last_failed = last.filter(|outcome| outcome.fate_at_this_pace() == Fate::Failed).count();
        for (index, (at, outcome)) in std::mem::take(&mut self.planned).into_iter().zip(outcomes).enumerate()
        {
            let passed = match outcome.fate_at_this_pace() {
                Fate::Passed => true,
                Fate::Failed => false,
                Fate::Unknown => continue,
            };
            let at = began.seconds() + at.seconds();
            if burst.sent == 0 {
                burst.after = at - self.ended;
            }
            self.ended = at;
            burst.sent += 1;
            burst.answered += u32::from(passed);
            self.beliefs.take(Seen { at, first: index == 0, passed });
        }
        self.bursts.push(burst);
        self.beliefs.settle();
        if last_failed >= MET {
            self.met = true;
        } else {
            self.grown = self.grown.max(burst.sent.min(self.spec.largest_burst));
        }
    }

    fn note_control(&mut self, at: Span, fate: Fate) {
        let passed = match fate {
            Fate::Passed => true,
            Fate::Failed => false,
            Fate::Unknown => return,
        };
        // It takes a token like any other.
        self.beliefs.take(Seen { at: at.seconds(), first: true, passed });
        self.beliefs.settle();
    }

    fn rest(&self) -> Span {
        if !self.met {
            return Span::from_nanoseconds(0);
        }
        let rest = match self.beliefs.likeliest() {
            // As long as it is not known whether dropped requests pay, as if they did.
            (Family::Bucket | Family::Paying, numbers) => {
                let owed = if self.beliefs.paying() > 0.01 { numbers.depth.high } else { 0.0 };
                (2.0 + owed) / numbers.rate.low.max(0.1)
            }
            (Family::None | Family::Open, _) => 0.0,
        };
        from_seconds(rest.min(LONGEST_WAIT))
    }

    fn progress(&self) -> Progress<Limited> {
        let remaining = self.ranked();
        Progress { likeliest: remaining, bits_left: self.beliefs.bits() }
    }

    fn conclusion(&self) -> Conclusion<Limited, LimitsEvidence> {
        let (family, numbers) = self.beliefs.likeliest();
        let verdict = match family {
            Family::None | Family::Bucket | Family::Paying | Family::Open
                if !self.known(family, &numbers) =>
            {
                Verdict::CannotTell(Because::NotYet)
            }
            Family::Paying => Verdict::CannotTell(Because::DroppedRequestsPay),
            Family::None | Family::Bucket | Family::Open => Verdict::Found(Weighed {
                answer: self.answer(family, numbers),
                probability: numbers.probability,
            }),
        };
        let limits = match family {
            Family::None => vec![Limit::OnlyUpTo(u64::from(self.grown))],
            Family::Bucket | Family::Paying | Family::Open => Vec::new(),
        };
        Conclusion {
            verdict,
            remaining: self.ranked(),
            evidence: LimitsEvidence { bursts: self.bursts.clone() },
            limits,
        }
    }
}

impl Limits {
    fn ranked(&self) -> Vec<Weighed<Limited>> {
        let mut list: Vec<Weighed<Limited>> = self
            .beliefs
            .standing()
            .iter()
            .filter(|(_, numbers)| numbers.probability > 0.0)
            .map(|(family, numbers)| Weighed {
                answer: self.answer(*family, *numbers),
                probability: numbers.probability,
            })
            .collect();
        list.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        list.truncate(SHOWN);
        list
    }
}

fn middle(numbers: &Numbers) -> f64 {
    libm::sqrt(numbers.rate.low * numbers.rate.high).max(1e-3)
}

/// Seconds as a span; up to a minute or so.
fn from_seconds(seconds: f64) -> Span {
    #[expect(clippy::cast_possible_truncation, reason = "a few minutes in microseconds")]
    let microseconds = (seconds * 1e6).clamp(0.0, 1e12) as i64;
    Span::from_nanoseconds(microseconds * 1000)
}
