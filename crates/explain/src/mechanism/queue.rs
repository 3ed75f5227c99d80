//! A server, or a link, that does one thing at a time: whoever comes behind a slow one is late.
//!
//! Requests are worked off in the order of their coming. A request is predicted to be late when one that was sent *before*
//! it was answered more than the time-out *after* it was sent. What is known of a request's own answer is not used, so
//! the first one of each stall, which the others wait behind, is not predicted. A server that works on several at once answers
//! quick ones meanwhile, and these count against the prediction. Losses without a late answer give no queue: whether
//! nobody answered or the way was interrupted cannot be told apart by the requests that are gone.

use super::history::{History, Key, Keyed};
use super::judge::{Estimate, Fit, Judge};
use super::{Replayed, threshold};

/// A request is late when one before it was answered too long after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Queue {
    /// Who waits behind whom.
    pub key: Key,
    /// How long a request may wait before it counts as late, seconds.
    pub patience: Estimate,
}

const KEYS: [Key; 3] = [Key::All, Key::Server, Key::ClientAndServer];

impl Replayed for Queue {
    const CODE: &'static str = "queue";
    const OVERLOAD: bool = true;
    const WAYS: usize = KEYS.len();

    fn fit(judge: &Judge<'_>, found: &mut Vec<Fit>) {
        if judge.history.replied.is_empty() {
            return;
        }
        for (key, keyed) in judge.partitions(&KEYS) {
            let waits = waits(judge.history, &keyed);
            let Some(cut) = threshold::best(&threshold::groups(&waits, judge), judge) else { continue };
            let mechanism = Self { key, patience: cut.between() };
            let predicted = longer(&waits, mechanism.patience.value);
            if mostly_late(judge.history, &predicted) {
                found.extend(judge.judge(mechanism, predicted, &keyed, None, cut.price()));
            }
        }
    }

    fn replay(&self, history: &History<'_>) -> Option<Vec<bool>> {
        if history.replied.is_empty() {
            return None;
        }
        let keyed = Keyed::new(history, self.key)?;
        Some(longer(&waits(history, &keyed), self.patience.value))
    }
}

fn longer(waits: &[f64], patience: f64) -> Vec<bool> {
    waits.iter().map(|&wait| wait > patience).collect()
}

/// Whether most of the failures that are predicted were answered after all: who waits is late, not lost.
fn mostly_late(history: &History<'_>, predicted: &[bool]) -> bool {
    let failures = || (0..predicted.len()).filter(|&row| predicted[row] && history.counted_failure(row));
    2 * failures().filter(|&row| !history.replied[row].is_nan()).count() > failures().count()
}

/// How long after each request the last of those before it was answered, seconds; 0 when all had been. Not a number
/// without a key.
fn waits(history: &History<'_>, keyed: &Keyed) -> Vec<f64> {
    let mut busy = vec![f64::NEG_INFINITY; keyed.count];
    let mut wait_of = |(row, &now): (usize, &f64)| {
        let Some(key) = keyed.of_row(row) else { return f64::NAN };
        let wait = (busy[key] - now).max(0.0);
        // A reply that was not seen is not a number and changes nothing.
        busy[key] = busy[key].max(history.replied[row]);
        wait
    };
    history.times.iter().enumerate().map(&mut wait_of).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Dice, Made, best_of, traffic};
    use super::super::{Mechanism, fit_all, replay};
    use super::*;

    const PATIENCE: f64 = 1.0;

    /// Servers that stand still now and then; requests wait meanwhile and are answered when it goes on.
    fn stalled(seed: u64, server: u32, stall: f64, every: f64) -> Made {
        let mut made = traffic(seed, 2500, 4, 3, 3.0);
        let mut dice = Dice::new(seed ^ 0x57A);
        let phase = dice.unit() * every;
        for (row, &now) in made.times.iter().enumerate() {
            let into = (now + phase).rem_euclid(every);
            if made.server[row] == server && into < stall {
                made.replied[row] = now + stall - into + 0.001;
                made.until[row] = made.replied[row];
                made.failed[row] = stall - into > PATIENCE;
            }
        }
        made
    }

    #[test]
    fn stalls_of_a_server_are_found_with_the_patience_of_the_clients() {
        for seed in 0..10 {
            let made = stalled(seed, 1, 3.0, 25.0);
            let fit = best_of(&made).expect("a mechanism");
            let Mechanism::Queue(queue) = fit.mechanism else { panic!("{:?}", fit.mechanism) };
            assert!(queue.key == Key::Server, "{queue:?}");
            assert!(queue.patience.low <= PATIENCE && PATIENCE <= queue.patience.high + 0.01, "{queue:?}");
            // The first of a stall is the one that the others wait behind.
            assert!(fit.inside_failed == fit.inside && made.failures() - fit.inside_failed as usize <= 20);
            assert_eq!(replay(&fit.mechanism, &made.history()), fit.predicted);
        }
    }

    #[test]
    fn slow_answers_of_a_server_that_does_several_at_once_are_no_queue() {
        for seed in 0..10 {
            let mut made = traffic(seed, 2500, 4, 3, 3.0);
            let mut dice = Dice::new(seed ^ 0x51);
            for row in 0..made.times.len() {
                if dice.unit() < 0.05 {
                    made.replied[row] = made.times[row] + 1.5 + dice.unit() * 3.0;
                    made.until[row] = made.replied[row];
                    made.failed[row] = true;
                }
            }
            let queue =
                fit_all(&made.history()).into_iter().find(|f| matches!(f.mechanism, Mechanism::Queue(_)));
            assert!(queue.is_none_or(|fit| fit.score() < 4.6), "{seed}");
        }
    }

    #[test]
    fn a_wait_is_that_for_the_last_one_before() {
        let history = History {
            times: &[0.0, 1.0, 2.0, 3.0],
            failed: &[false; 4],
            counted: &[true; 4],
            replied: &[2.5, 1.5, f64::NAN, 3.5],
            ..History::default()
        };
        let keyed = Keyed::new(&history, Key::All).expect("all");
        assert_eq!(waits(&history, &keyed), [0.0, 1.5, 0.5, 0.0]);
    }
}
