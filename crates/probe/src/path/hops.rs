//! Where on the path requests are lost: what each TTL says, and where the loss begins.
//!
//! Data flow: [`Hops`] counts what came back for each TTL; [`located`] compares all places where loss could begin. A hop answers a request
//! whose TTL ends there, unless the request is lost before, or the hop does not answer each of them: routers limit their ICMP (RFC 1812,
//! section 4.3.2.8), many are silent. So each hop has a share that it answers, unknown, and loss counts as such only where all that
//! lies behind it suffers too.

use crate::chance::distribution::{central, normalise};
use crate::chance::rates::{Chance, Counts, backgrounds};
use std::collections::BTreeMap;
use std::net::IpAddr;
use unanswered_forecast::statistics::ShareInterval;

/// Shares of requests that a hop answers, with their prior (judgement: most answer all, one in eight nothing; limits on ICMP errors
/// are mostly far above the pace of a probe).
const ANSWERS: [(f64, f64); 7] =
    [(1.0, 0.82), (0.9, 0.01), (0.7, 0.01), (0.5, 0.01), (0.3, 0.01), (0.1, 0.01), (0.0, 0.13)];
/// Shares that can be lost from some place on. Less than a fifth takes hundreds of requests to tell from loss everywhere.
const LOST: [f64; 9] = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
/// Prior of "nothing is lost at one place" (judgement: the question is asked because something is).
const NO_PLACE: f64 = 0.3;

/// What came back for one TTL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hop {
    /// Requests that say something.
    pub asked: u32,
    /// Routers that said "time exceeded", with how often.
    pub routers: BTreeMap<IpAddr, u32>,
    /// Replies of the target itself.
    pub replies: u32,
    /// Other errors: who sent them, and how often.
    pub others: BTreeMap<IpAddr, u32>,
}

impl Hop {
    /// How many were answered by anybody, and how many were not.
    pub(super) fn counts(&self) -> Counts {
        let answered =
            self.routers.values().chain(self.others.values()).sum::<u32>().saturating_add(self.replies);
        Counts { failed: self.asked.saturating_sub(answered), passed: answered.min(self.asked) }
    }

    /// Whether it was asked and nobody ever answered.
    pub(super) fn silent(&self) -> bool {
        self.asked > 0 && self.counts().passed == 0
    }
}

/// Where loss begins, with its probability.
pub(super) struct Located {
    /// For each hop (the last is the target): the probability that the loss is on the way into it.
    pub(super) into: Vec<f64>,
    /// Probability that nothing is lost at one place.
    pub(super) nowhere: f64,
    /// How much is lost there (95 %).
    pub(super) lost: ShareInterval,
    /// For each hop: the probability that the next request to it is answered, if the loss is in front of it, and if not.
    pub(super) expected: Vec<(f64, f64)>,
}

/// Compares all places. `hops` are those on the way, in order, and the target at the end.
pub(super) fn located(hops: &[Counts], controls: Counts) -> Located {
    let places = hops.len();
    let mut logs = Vec::new();
    let mut meaning = Vec::new();
    for (background, before) in backgrounds() {
        let base = before + controls.log_likelihood(background);
        let outside: Vec<f64> =
            hops.iter().enumerate().map(|(i, c)| of_hop(*c, background.fails, i + 1 == places)).collect();
        logs.push(base + libm::log(NO_PLACE) + outside.iter().sum::<f64>());
        meaning.push((None, 0.0, background.fails));
        for lost in LOST {
            let rate = 1.0 - (1.0 - lost) * (1.0 - background.fails);
            let inside: Vec<f64> =
                hops.iter().enumerate().map(|(i, c)| of_hop(*c, rate, i + 1 == places)).collect();
            let prior = libm::log((1.0 - NO_PLACE) / (places * LOST.len()) as f64);
            let mut sum: f64 = inside.iter().sum();
            for place in 0..places {
                logs.push(base + prior + sum);
                meaning.push((Some(place), lost, background.fails));
                sum += outside[place] - inside[place];
            }
        }
    }
    normalise(&mut logs);
    let mut into = vec![0.0; places];
    let mut nowhere = 0.0;
    let mut by_loss = [0.0; LOST.len()];
    let (mut lost_mean, mut background_mean, mut somewhere) = (0.0, 0.0, 0.0);
    for ((place, lost, background), weight) in meaning.iter().zip(&logs) {
        background_mean += weight * background;
        match place {
            Some(place) => {
                into[*place] += weight;
                somewhere += weight;
                lost_mean += weight * lost;
                let index = LOST.iter().position(|known| (known - lost).abs() < 1e-9);
                if let Some(sum) = index.and_then(|index| by_loss.get_mut(index)) {
                    *sum += weight;
                }
            }
            None => nowhere += weight,
        }
    }
    let lost_mean = if somewhere > 0.0 { lost_mean / somewhere } else { 0.5 };
    let passes = |counts: &Counts, target: bool| {
        let open = answers(*counts, background_mean, target) * (1.0 - background_mean);
        (open * (1.0 - lost_mean), open)
    };
    let expected = hops.iter().enumerate().map(|(i, counts)| passes(counts, i + 1 == places)).collect();
    Located { into, nowhere, lost: central(&LOST, &by_loss), expected }
}

/// Evidence of one hop's counts, where a request to it is lost at this rate. The target answers all that reach it.
fn of_hop(counts: Counts, lost: f64, target: bool) -> f64 {
    if target {
        return counts.log_likelihood(Chance::new(lost));
    }
    let each = |(answers, prior): &(f64, f64)| {
        libm::log(*prior) + counts.log_likelihood(Chance::new(1.0 - answers * (1.0 - lost)))
    };
    let mut logs: Vec<f64> = ANSWERS.iter().map(each).collect();
    normalise(&mut logs)
}

/// The share that a hop answers of what reaches it.
fn answers(counts: Counts, lost: f64, target: bool) -> f64 {
    if target {
        return 1.0;
    }
    let mut logs: Vec<f64> = ANSWERS
        .iter()
        .map(|(share, prior)| {
            libm::log(*prior) + counts.log_likelihood(Chance::new(1.0 - share * (1.0 - lost)))
        })
        .collect();
    normalise(&mut logs);
    ANSWERS.iter().zip(logs).map(|((share, _), weight)| share * weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(answered: u32, asked: u32) -> Counts {
        Counts { failed: asked - answered, passed: answered }
    }

    #[test]
    fn a_router_that_limits_its_errors_is_no_loss() {
        let hops = [counts(20, 20), counts(6, 20), counts(20, 20), counts(20, 20)];
        let located = located(&hops, counts(10, 10));
        assert!(located.nowhere > 0.95, "{:?}", located.into);
    }

    #[test]
    fn loss_that_all_behind_suffer_is_placed_in_front_of_the_first_of_them() {
        let hops = [counts(20, 20), counts(20, 20), counts(12, 20), counts(11, 20), counts(12, 20)];
        let located = located(&hops, counts(10, 10));
        assert!(located.into[2] > 0.9, "{:?}", located.into);
        assert!(located.lost.low >= 0.2 && located.lost.high <= 0.6, "{:?}", located.lost);
    }

    #[test]
    fn silence_from_a_hop_on_leaves_open_which_of_the_silent_ones_drops() {
        let hops = [counts(4, 4), counts(4, 4), counts(0, 4), counts(0, 4)];
        let located = located(&hops, counts(10, 10));
        assert!(located.into[0] + located.into[1] < 0.01, "{:?}", located.into);
        assert!(located.into[2] > located.into[3], "{:?}", located.into);
        assert!(located.into[3] > 0.01, "the third may only be a silent router: {:?}", located.into);
    }
}
