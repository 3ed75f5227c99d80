//! An id or a port that is used again too soon: duplicates that are taken for repetitions, connections whose old half
//! is still remembered, replies that are taken for the earlier request's.
//!
//! Only a use that was answered counts: a client that got no answer asks again with the same id, and a repetition that fails
//! like the request before it says nothing about the id.

use super::history::{History, Key, Keyed};
use super::judge::{Estimate, Fit, Judge};
use super::{Replayed, threshold};

/// A request fails when its id was used less than so long ago.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reuse {
    /// What must rest: an id, a client's id, or addresses and ports together.
    pub key: Key,
    /// How long an id must rest, seconds.
    pub rest: Estimate,
}

const KEYS: [Key; 3] = [Key::Id, Key::ClientAndId, Key::Flow];

impl Replayed for Reuse {
    const CODE: &'static str = "reuse";
    const OVERLOAD: bool = false;
    const WAYS: usize = KEYS.len();

    fn fit(judge: &Judge<'_>, found: &mut Vec<Fit>) {
        for (key, keyed) in judge.partitions(&KEYS) {
            let shortness: Vec<f64> = since(judge.history, &keyed).into_iter().map(|s| -s).collect();
            let Some(cut) = threshold::best(&threshold::groups(&shortness, judge), judge) else { continue };
            let between = cut.between();
            let rest = Estimate { value: -between.value, low: -between.high, high: -between.low };
            // What never came again has rested as long as anything; a history may begin before it came.
            let rest = Estimate { high: rest.high.min(judge.history.span()), ..rest };
            let rest = Estimate { value: rest.value.min(rest.high), ..rest };
            let predicted = shorter(&since(judge.history, &keyed), rest.value);
            let Some(all) = Keyed::new(judge.history, Key::All) else { continue };
            found.extend(judge.judge(Self { key, rest }, predicted, &all, None, cut.price()));
        }
    }

    fn replay(&self, history: &History<'_>) -> Option<Vec<bool>> {
        let keyed = Keyed::new(history, self.key)?;
        Some(shorter(&since(history, &keyed), self.rest.value))
    }
}

fn shorter(since: &[f64], rest: f64) -> Vec<bool> {
    since.iter().map(|&since| since < rest).collect()
}

/// How long ago each request's id was used by one that was answered, seconds: infinite when it never was. Not a number
/// without an id.
fn since(history: &History<'_>, keyed: &Keyed) -> Vec<f64> {
    let mut last = vec![f64::NEG_INFINITY; keyed.count];
    let mut since = vec![f64::NAN; history.len()];
    for (row, &now) in history.times.iter().enumerate() {
        let Some(key) = keyed.of_row(row) else { continue };
        since[row] = now - last[key];
        if history.answered(row) {
            last[key] = now;
        }
    }
    since
}

#[cfg(test)]
mod tests {
    use super::super::testing::{best_of, traffic};
    use super::super::{Mechanism, replay};
    use super::*;

    #[test]
    fn an_id_that_must_rest_is_found_with_its_time() {
        for (seed, (key, rest)) in
            (0u64..).zip([(Key::ClientAndId, 20.0), (Key::Id, 8.0), (Key::ClientAndId, 45.0)])
        {
            let mut made = traffic(seed, 2000, 4, 2, 2.0);
            made.id.iter_mut().for_each(|id| *id %= if key == Key::Id { 500 } else { 150 });
            let keyed = Keyed::new(&made.history(), key).expect("the columns are there");
            let mut last = vec![f64::NEG_INFINITY; keyed.count];
            for (row, &now) in made.times.iter().enumerate() {
                let key = keyed.of_row(row).unwrap();
                made.failed[row] = now - last[key] < rest;
                if !made.failed[row] {
                    last[key] = now;
                }
            }
            made.lose(seed, 0.02);
            let fit = best_of(&made).expect("a mechanism");
            let Mechanism::Reuse(reuse) = fit.mechanism else { panic!("{:?}", fit.mechanism) };
            assert_eq!(reuse.key, key);
            assert!(reuse.rest.low <= rest && rest <= reuse.rest.high, "{rest} {reuse:?}");
            assert_eq!(replay(&fit.mechanism, &made.history()), fit.predicted);
        }
    }

    #[test]
    fn an_id_rests_since_it_was_last_answered() {
        let history = History {
            times: &[0.0, 1.0, 1.0, 3.0],
            failed: &[false, true, false, true],
            counted: &[true; 4],
            id: &[4, 4, 5, 4],
            ..History::default()
        };
        let keyed = Keyed::new(&history, Key::Id).expect("ids");
        assert_eq!(since(&history, &keyed), [f64::INFINITY, 1.0, f64::INFINITY, 3.0]);
        assert_eq!(shorter(&since(&history, &keyed), 1.5), [false, true, false, false]);
    }
}
