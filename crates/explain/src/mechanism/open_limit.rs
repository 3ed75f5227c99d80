//! A limit on what is open at once: connections of a client, requests that a forwarder waits for, ports of a translation.
//!
//! A request fails while as many others of its key hold a place as there are places. A place is held from the request
//! until it stops being open, and for some time longer where a closed connection is still remembered (ports in `TIME_WAIT`,
//! entries of a connection table). What failed in the manner looked at got no place, unless it
//! was answered late: then it holds one from that moment (a SYN that passed when it was repeated). That makes a failure after a failure
//! less likely, so that bursts of losses do not predict themselves.
//!
//! Fit: how many others are open when a request comes does not depend on the limit, so for each lingering time the limit is a
//! threshold on a count.

use super::history::{History, Key, Keyed};
use super::judge::{Estimate, Fit, Judge, TIMES_OVER, TOLERANCE, busiest};
use super::{Replayed, threshold};
use unanswered_table::MISSING;

/// A request fails while so many others of its key are open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpenLimit {
    /// Whose requests share the places.
    pub key: Key,
    /// Places: a request fails when no fewer are taken.
    pub limit: Estimate,
    /// How long a place stays taken after what held it has ended, seconds.
    pub linger: Estimate,
}

const KEYS: [Key; 5] = [Key::All, Key::ClientNetwork, Key::Client, Key::Server, Key::ClientAndServer];
/// Requests in a row that the lingering time is chosen on; the limit is fitted on all.
const STRETCH: usize = 12_288;
/// Lingering times that are tried, seconds: usual time-outs of closed connections.
const LINGER: [f64; 10] = [0.0, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0];

impl Replayed for OpenLimit {
    const CODE: &'static str = "open_limit";
    const OVERLOAD: bool = true;
    const WAYS: usize = KEYS.len();

    fn fit(judge: &Judge<'_>, found: &mut Vec<Fit>) {
        let history = judge.history;
        let Some(holders) = Holders::new(history) else { return };
        let (from, to) = busiest(history, STRETCH);
        let part = history.part(from, to);
        let part_judge = Judge::new(&part, 1);
        for (key, keyed) in judge.partitions(&KEYS) {
            let Some((linger, tried)) = lingering(&part_judge, &keyed.part(from, to)) else { continue };
            let open = holders.open_when_sent(history, &keyed, linger.value);
            let Some(cut) = threshold::best(&threshold::counted_groups(&open, judge), judge) else {
                continue;
            };
            // Not lingering is the plain case; else one of the others.
            let which = if linger.value > 0.0 { (tried as f64).ln() + 1.0 } else { 0.0 };
            let limit = Self { key, limit: cut.whole(), linger };
            found.extend(judge.judge(limit, full(&open, cut.inside), &keyed, None, cut.price() + which));
        }
    }

    fn replay(&self, history: &History<'_>) -> Option<Vec<bool>> {
        let keyed = Keyed::new(history, self.key)?;
        let open = Holders::new(history)?.open_when_sent(history, &keyed, self.linger.value);
        Some(full(&open, self.limit.value))
    }
}

/// How long places stay taken, and how many lengths of time were tried: the shortest of those that explain most.
fn lingering(judge: &Judge<'_>, keyed: &Keyed) -> Option<(Estimate, usize)> {
    let history = judge.history;
    let holders = Holders::new(history)?;
    let mut tried: Vec<(f64, f64)> = Vec::new();
    for linger in LINGER.into_iter().filter(|l| *l <= history.span() / TIMES_OVER) {
        let open = holders.open_when_sent(history, keyed, linger);
        let cut = threshold::best(&threshold::counted_groups(&open, judge), judge);
        tried.push((linger, cut.map_or(0.0, |cut| cut.ratio)));
    }
    let &(value, best) = tried.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let near = || tried.iter().filter(|t| t.1 >= best - TOLERANCE).map(|t| t.0);
    let (low, high) = (near().fold(value, f64::min), near().fold(value, f64::max));
    (best > 0.0).then_some((Estimate { value, low, high }, tried.len()))
}

fn full(open: &[u32], limit: f64) -> Vec<bool> {
    open.iter().map(|&open| open != MISSING && f64::from(open) >= limit).collect()
}

/// Who holds a place for a known time, and from when.
struct Holders {
    /// Those that got it later than they asked, in the order in which they got it.
    late: Vec<u32>,
    /// All, in the order in which they end.
    ends: Vec<u32>,
}

impl Holders {
    /// `None` when nobody is known to hold a place.
    fn new(history: &History<'_>) -> Option<Self> {
        let rows = 0u32..u32::try_from(history.until.len()).ok()?;
        let holds = |row: &u32| begin(history, *row as usize) < history.until[*row as usize];
        let mut ends: Vec<u32> = rows.filter(holds).collect();
        let mut late: Vec<u32> = ends.iter().copied().filter(|&row| history.failed[row as usize]).collect();
        ends.sort_by(|&a, &b| history.until[a as usize].total_cmp(&history.until[b as usize]));
        late.sort_by(|&a, &b| begin(history, a as usize).total_cmp(&begin(history, b as usize)));
        (!ends.is_empty()).then_some(Self { late, ends })
    }

    /// How many other requests of its key hold a place when each request is sent; [`MISSING`] without a key.
    fn open_when_sent(&self, history: &History<'_>, keyed: &Keyed, linger: f64) -> Vec<u32> {
        let mut open = vec![0u32; keyed.count];
        let mut late = self.late.iter().map(|&row| row as usize).peekable();
        let mut ends = self.ends.iter().map(|&row| row as usize).peekable();
        let mut counts = vec![MISSING; history.len()];
        for (row, &now) in history.times.iter().enumerate() {
            while let Some(key) = late.next_if(|&row| begin(history, row) <= now).map(|row| keyed.of_row(row))
            {
                if let Some(key) = key {
                    open[key] += 1;
                }
            }
            while let Some(key) =
                ends.next_if(|&row| history.until[row] + linger <= now).map(|row| keyed.of_row(row))
            {
                if let Some(key) = key {
                    open[key] = open[key].saturating_sub(1);
                }
            }
            let Some(key) = keyed.of_row(row) else { continue };
            counts[row] = open[key];
            if !history.failed[row] && now < history.until[row] {
                open[key] += 1;
            }
        }
        counts
    }
}

/// When a request took its place: at once, or when it was answered late. Infinite when it never did.
fn begin(history: &History<'_>, row: usize) -> f64 {
    if !history.failed[row] {
        return history.times[row];
    }
    history.replied.get(row).copied().filter(|replied| !replied.is_nan()).unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Dice, Made, best_of, traffic};
    use super::super::{Mechanism, replay};
    use super::*;

    /// Connections that stay open for seconds; a request fails while its key has as many open as allowed.
    fn limited(seed: u64, key: Key, limit: u32, linger: f64) -> Made {
        let mut made = traffic(seed, 1500, 4, 2, 2.0);
        let mut dice = Dice::new(seed ^ 0x0FE);
        let mut until: Vec<f64> = made.times.iter().map(|t| t + 0.2 + dice.pause(1.5)).collect();
        let keyed = Keyed::new(&made.history(), key).expect("the columns are there");
        let mut open: Vec<Vec<f64>> = vec![Vec::new(); keyed.count];
        for (row, &now) in made.times.iter().enumerate() {
            let open = &mut open[keyed.of_row(row).unwrap()];
            open.retain(|&end| end + linger > now);
            if open.len() >= limit as usize {
                made.failed[row] = true;
                until[row] = now + 1.0;
                made.replied[row] = f64::NAN;
            } else {
                open.push(until[row]);
            }
        }
        made.until = until;
        made
    }

    #[track_caller]
    fn found(made: &Made) -> (OpenLimit, Fit) {
        let fit = best_of(made).expect("a mechanism");
        let Mechanism::OpenLimit(limit) = fit.mechanism else { panic!("{:?}", fit.mechanism) };
        (limit, fit)
    }

    #[test]
    fn a_limit_of_open_connections_is_found_with_its_number() {
        for (seed, number) in [5, 6, 8, 9, 11].into_iter().enumerate() {
            let made = limited(seed as u64, Key::Client, number, 0.0);
            let (limit, fit) = found(&made);
            assert_eq!(
                (limit.key, limit.limit.value, limit.linger.value),
                (Key::Client, f64::from(number), 0.0)
            );
            assert_eq!(fit.predicted, made.failed);
            assert_eq!(replay(&fit.mechanism, &made.history()), fit.predicted);
        }
    }

    #[test]
    fn places_that_stay_taken_after_the_end_are_noticed() {
        for seed in 0..5 {
            let made = limited(seed, Key::Server, 24, 3.0);
            let (limit, _) = found(&made);
            assert_eq!(
                (limit.key, limit.limit.value, limit.linger.value),
                (Key::Server, 24.0, 3.0),
                "{limit:?}"
            );
        }
    }

    #[test]
    fn background_loss_does_not_hide_a_limit() {
        for seed in 0..5 {
            let mut made = limited(seed, Key::ClientAndServer, 4, 0.0);
            made.lose(seed, 0.03);
            let (limit, _) = found(&made);
            assert_eq!(limit.key, Key::ClientAndServer);
            assert!(limit.limit.low <= 4.0 && 4.0 <= limit.limit.high, "{limit:?}");
        }
    }

    #[test]
    fn one_that_is_answered_late_holds_a_place_from_then_on() {
        let history = History {
            times: &[0.0, 1.0, 3.0, 5.0],
            failed: &[true, false, false, false],
            counted: &[true; 4],
            until: &[4.0, 1.5, f64::INFINITY, 9.0],
            replied: &[2.0, 1.1, 3.1, 5.1],
            ..History::default()
        };
        let keyed = Keyed::new(&history, Key::All).expect("all");
        let holders = Holders::new(&history).expect("ends are known");
        assert_eq!(holders.open_when_sent(&history, &keyed, 0.0), [0, 0, 1, 1]);
        assert_eq!(holders.open_when_sent(&history, &keyed, 3.0), [0, 0, 2, 2]);
    }
}
