//! A token bucket: so many requests a second, after a burst of so many.
//!
//! Tokens flow in continuously up to the depth, and each request costs one; who finds less than one is dropped. That
//! is how nftables (`limit rate over R/second burst B`), iptables (`limit`, `hashlimit`) and policers of `tc` and routers
//! work. A bucket is full when a key is seen for the first time. The replay depends on arrivals alone, not on outcomes.
//!
//! Fit: the level of a bucket whose charges are *known* (who was answered passed) depends on the rate only, and the
//! depth is a threshold on it, so each rate needs one walk. Rates: a grid, and the rates at which keys passed while they
//! were failing, which are exact under long overload. The best are then refined with the true replay, coarse to fine.

mod replay;
mod stretch;

use super::Replayed;
use super::history::{History, Key, Keyed};
use super::judge::{Estimate, Fit, Judge, busiest};
use replay::run;
use stretch::{Point, Stretch};

pub use replay::Charge;

/// Only so many requests a second pass, after a burst; others fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Whose requests share a bucket.
    pub key: Key,
    /// Which requests cost a token.
    pub charge: Charge,
    /// Tokens a second.
    pub rate: Estimate,
    /// Most tokens that a bucket holds: the burst.
    pub depth: Estimate,
}

const KEYS: [Key; 5] = [Key::All, Key::ClientNetwork, Key::Client, Key::Server, Key::ClientAndServer];
const CHARGES: [Charge; 2] = [Charge::Passed, Charge::All];
/// Requests in a row that the parameters are fitted on; all requests are predicted and scored.
const STRETCH: usize = 4_096;
/// Beginnings from which parameters are refined, over all keys.
const CLIMBS: usize = 8;
/// Least log-likelihood ratio that is worth refining: chance reaches less among some hundred pairs of parameters.
const PROMISING: f64 = 8.0;

impl Replayed for Bucket {
    const CODE: &'static str = "bucket";
    const OVERLOAD: bool = true;
    const WAYS: usize = KEYS.len() * CHARGES.len();

    fn fit(judge: &Judge<'_>, found: &mut Vec<Fit>) {
        let (from, to) = busiest(judge.history, STRETCH);
        let part = judge.history.part(from, to);
        let part_judge = Judge::new(&part, 1);
        if !part_judge.has_both() {
            return;
        }
        let keys = judge.partitions(&KEYS);
        let stretches: Vec<Stretch<'_>> = keys
            .iter()
            .flat_map(|(key, keyed)| CHARGES.map(|charge| (*key, keyed, charge)))
            .map(|(key, keyed, charge)| Stretch {
                judge: &part_judge,
                key,
                keyed: keyed.part(from, to),
                charge,
            })
            .collect();
        let mut starts: Vec<(usize, Point)> = Vec::new();
        for (which, stretch) in stretches.iter().enumerate() {
            starts.extend(stretch.starts().into_iter().map(|point| (which, point)));
        }
        starts.retain(|(_, point)| point.ratio >= PROMISING);
        starts.sort_by(|a, b| b.1.ratio.total_cmp(&a.1.ratio));
        starts.truncate(CLIMBS);
        let mut best: Vec<Option<Point>> = vec![None; stretches.len()];
        for (which, start) in starts {
            let point = stretches[which].climb(start, &Stretch::point);
            if best[which].is_none_or(|b| point.ratio > b.ratio) {
                best[which] = Some(point);
            }
        }
        // One that explains less than half of what the best does is not what is at work.
        let half = best.iter().flatten().map(|point| point.ratio).fold(0.0, f64::max) / 2.0;
        for (stretch, point) in stretches.iter().zip(best) {
            let point = point.filter(|point| point.ratio >= half);
            let keyed = keys.iter().find(|(key, _)| *key == stretch.key).map(|(_, keyed)| keyed);
            if let (Some(point), Some(keyed)) = (point, keyed) {
                found.extend(stretch.finish(point, judge, keyed));
            }
        }
    }

    fn replay(&self, history: &History<'_>) -> Option<Vec<bool>> {
        let keyed = Keyed::new(history, self.key)?;
        let mut predicted = vec![false; history.len()];
        run(&keyed, history.times, (self.rate.value, self.depth.value), self.charge, |row, dropped| {
            predicted[row] = dropped;
        });
        Some(predicted)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Made, best_of, traffic};
    use super::super::{Mechanism, replay};
    use super::*;

    fn policed(made: &mut Made, key: Key, charge: Charge, rate: f64, depth: f64) -> usize {
        let keyed = Keyed::new(&made.history(), key).expect("the columns are there");
        let mut failed = vec![false; made.times.len()];
        run(&keyed, &made.times, (rate, depth), charge, |row, dropped| failed[row] = dropped);
        made.failed = failed;
        made.failures()
    }

    fn bucket(made: &Made) -> (Bucket, Fit) {
        let fit = best_of(made).expect("a mechanism");
        let Mechanism::Bucket(bucket) = fit.mechanism else { panic!("not a bucket: {:?}", fit.mechanism) };
        (bucket, fit)
    }

    #[track_caller]
    fn recovered(bucket: &Bucket, rate: f64, depth: f64) {
        assert!(bucket.rate.low <= rate && rate <= bucket.rate.high, "{rate} {bucket:?}");
        assert!(bucket.depth.low <= depth && depth <= bucket.depth.high, "{depth} {bucket:?}");
        assert!((bucket.rate.value / rate).ln().abs() < 0.12, "{rate} {bucket:?}");
    }

    #[test]
    fn a_bucket_per_client_is_found_with_its_rate_and_depth() {
        for seed in 0..10 {
            let mut made = traffic(seed, 1300, 4, 3, 2.0);
            let failures = policed(&mut made, Key::Client, Charge::Passed, 5.0, 12.0);
            assert!(failures >= 50, "{failures}");
            let (bucket, fit) = bucket(&made);
            assert_eq!((bucket.key, bucket.charge), (Key::Client, Charge::Passed), "{bucket:?}");
            recovered(&bucket, 5.0, 12.0);
            let wrong = fit.predicted.iter().zip(&made.failed).filter(|(p, f)| p != f).count();
            assert!(wrong * 100 <= failures, "{wrong} of {failures}");
        }
    }

    #[test]
    fn a_bucket_per_network_is_told_from_one_per_client_and_one_over_all() {
        for seed in 0..6 {
            let mut made = traffic(seed, 2000, 9, 2, 1.0);
            made.client_network = made.client.iter().map(|client| client / 3).collect();
            policed(&mut made, Key::ClientNetwork, Charge::Passed, 2.5, 12.0);
            made.lose(seed, 0.01);
            let (bucket, _) = bucket(&made);
            assert_eq!(bucket.key, Key::ClientNetwork, "{bucket:?}");
            recovered(&bucket, 2.5, 12.0);
            // Networks say nothing where the limit is one of each client.
            policed(&mut made, Key::Client, Charge::Passed, 0.9, 8.0);
            let (bucket, _) = self::bucket(&made);
            assert_eq!(bucket.key, Key::Client, "{bucket:?}");
        }
    }

    #[test]
    fn a_bucket_over_all_is_found_under_long_overload() {
        for seed in 0..10 {
            let mut made = traffic(seed, 3000, 4, 3, 30.0);
            policed(&mut made, Key::All, Charge::Passed, 20.0, 5.0);
            let (bucket, _) = bucket(&made);
            assert_eq!(bucket.key, Key::All);
            recovered(&bucket, 20.0, 5.0);
        }
    }

    #[test]
    fn background_loss_does_not_hide_a_bucket() {
        for seed in 0..10 {
            let mut made = traffic(seed, 2000, 5, 2, 3.0);
            policed(&mut made, Key::ClientAndServer, Charge::Passed, 2.5, 4.0);
            made.lose(seed, 0.03);
            let (bucket, _) = bucket(&made);
            assert_eq!(bucket.key, Key::ClientAndServer, "{seed} {bucket:?}");
            recovered(&bucket, 2.5, 4.0);
        }
    }

    #[test]
    fn one_that_charges_what_it_drops_is_told_from_one_that_does_not() {
        for seed in 0..10 {
            let mut made = traffic(seed, 2000, 4, 2, 2.0);
            policed(&mut made, Key::Client, Charge::All, 3.0, 10.0);
            let (bucket, _) = bucket(&made);
            assert_eq!((bucket.key, bucket.charge), (Key::Client, Charge::All));
            recovered(&bucket, 3.0, 10.0);
        }
    }

    #[test]
    fn a_fitted_bucket_replays_what_it_predicted() {
        let mut made = traffic(3, 1500, 4, 2, 2.0);
        policed(&mut made, Key::Client, Charge::Passed, 5.0, 8.0);
        let (_, fit) = bucket(&made);
        assert_eq!(replay(&fit.mechanism, &made.history()), fit.predicted);
    }
}
