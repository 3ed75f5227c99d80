//! A flow's decision that outlives an event: what was decided for a flow when it began still holds when something has changed.
//!
//! Two kinds. Flows begun before the event fail from then on, and new ones work: a translation that still goes to the old
//! server, a route or a firewall's state that the standby does not have (conntrack(8): entries are not looked at again
//! when rules change). Or flows begun before go on, and new ones fail: a rule that is asked for new flows only, a
//! server that accepts no more.
//!
//! Fit: a request behind the first of its flow is predicted for all moments between the two, so that one walk over the
//! requests gives what each moment explains. An outage, and a cause that sets in at some moment, strike old and new flows
//! alike: only a contrast between flows of the same client after the moment counts as this mechanism.

use super::Replayed;
use super::history::{History, Key, Keyed};
use super::judge::{Estimate, Fit, Judge, TOLERANCE};
use crate::search::score::{Tally, log_likelihood_ratio};

/// From some moment on, flows fail by whether they began before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Remembered {
    /// Which flows fail.
    pub fails: Begun,
    /// Time of the first request, on the clock of the history.
    pub first: f64,
    /// When it happened: seconds after the first request.
    pub after: Estimate,
}

/// When a flow began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Before the event.
    Before,
    /// After it.
    After,
}

const KINDS: [Begun; 2] = [Begun::Before, Begun::After];
/// Fewest flows on each side of each comparison: fewer are no pattern.
const FLOWS_MIN: u32 = 3;

impl Replayed for Remembered {
    const CODE: &'static str = "remembered";
    const OVERLOAD: bool = false;
    const WAYS: usize = KINDS.len();

    fn fit(judge: &Judge<'_>, found: &mut Vec<Fit>) {
        let history = judge.history;
        let Some(flows) = Keyed::new(history, Key::Flow) else { return };
        let begun = begun(&flows);
        for fails in KINDS {
            let cuts = cuts(judge, &flows, &begun, fails);
            let Some((row, after)) = best(history, &cuts) else { continue };
            let first = history.times[0];
            let mechanism = Self { fails, first, after };
            let predicted = predicted(history, &flows, &begun, (fails, first + after.value));
            let parameters = (cuts.len() as f64).ln();
            if Contrast::of(history, &flows, &begun, row).shows(fails, parameters + TOLERANCE) {
                found.extend(judge.judge(mechanism, predicted, &flows, Some(&flows), parameters));
            }
        }
    }

    fn replay(&self, history: &History<'_>) -> Option<Vec<bool>> {
        let flows = Keyed::new(history, Key::Flow)?;
        Some(predicted(history, &flows, &begun(&flows), (self.fails, self.first + self.after.value)))
    }
}

/// The row at which each flow begins.
fn begun(flows: &Keyed) -> Vec<usize> {
    let mut begun = vec![usize::MAX; flows.count];
    for row in (0..flows.codes.len()).rev() {
        if let Some(flow) = flows.of_row(row) {
            begun[flow] = row;
        }
    }
    begun
}

fn predicted(history: &History<'_>, flows: &Keyed, begun: &[usize], (fails, at): (Begun, f64)) -> Vec<bool> {
    let fails = |(row, &time): (usize, &f64)| {
        flows.of_row(row).is_some_and(|flow| {
            let old = history.times[begun[flow]] <= at;
            time > at
                && match fails {
                    Begun::Before => old,
                    Begun::After => !old,
                }
        })
    };
    history.times.iter().enumerate().map(fails).collect()
}

/// The moments between two requests, by the row behind each, with the log-likelihood ratio of that prediction.
fn cuts(judge: &Judge<'_>, flows: &Keyed, begun: &[usize], fails: Begun) -> Vec<(usize, f64)> {
    let history = judge.history;
    // What is inside for each moment, as differences between one moment and the next.
    let mut changes = vec![(0i64, 0i64); history.len() + 2];
    for row in (0..history.len()).filter(|&row| history.counted[row]) {
        let Some(flow) = flows.of_row(row) else { continue };
        let (from, to) = match fails {
            Begun::Before => (begun[flow] + 1, row + 1),
            Begun::After => (0, begun[flow] + 1),
        };
        let failed = i64::from(history.failed[row]);
        changes[from] = (changes[from].0 + 1, changes[from].1 + failed);
        changes[to] = (changes[to].0 - 1, changes[to].1 - failed);
    }
    let (mut n, mut f) = (0i64, 0i64);
    let mut cuts = Vec::new();
    for (row, change) in changes.iter().enumerate().take(history.len()) {
        n += change.0;
        f += change.1;
        if row > 0 && history.times[row - 1] < history.times[row] {
            let inside =
                Tally { n: u32::try_from(n).unwrap_or_default(), f: u32::try_from(f).unwrap_or_default() };
            cuts.push((row, judge.scorer.ratio(inside)));
        }
    }
    cuts
}

/// The row behind the best moment, and the moment with its interval: those that explain nearly as much.
fn best(history: &History<'_>, cuts: &[(usize, f64)]) -> Option<(usize, Estimate)> {
    let &(row, ratio) = cuts.iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
    if ratio <= 0.0 {
        return None;
    }
    let near = || cuts.iter().filter(|cut| cut.1 >= ratio - TOLERANCE).map(|cut| cut.0);
    let (first, last) = (near().min()?, near().max()?);
    let after = |row: usize| history.times[row] - history.times[0];
    let value = f64::midpoint(after(row - 1), after(row));
    Some((row, Estimate { value, low: after(first - 1), high: after(last) }))
}

/// Flows on each side of the moment.
#[derive(Default)]
struct Contrast {
    /// By client: flows with requests after the moment that began after it, and before it.
    after: Vec<[Tally; 2]>,
    /// The same flows of all clients, that began after it, and before it.
    all: [Tally; 2],
    /// Flows before the moment.
    before: Tally,
    /// Of the flows that fail after the moment and had requests before it: those that worked then, and those that did not.
    turned: u32,
    dead_all_along: u32,
}

impl Contrast {
    fn of(history: &History<'_>, flows: &Keyed, begun: &[usize], cut: usize) -> Self {
        let mut sides = vec![[Tally::default(); 2]; flows.count];
        for row in (0..history.len()).filter(|&row| history.counted[row]) {
            if let Some(flow) = flows.of_row(row) {
                let side = &mut sides[flow][usize::from(row >= cut)];
                *side = side.plus(Tally { n: 1, f: u32::from(history.failed[row]) });
            }
        }
        let clients = Keyed::new(history, Key::Client);
        let count = clients.as_ref().map_or(1, |clients| clients.count + 1);
        let mut contrast = Self { after: vec![[Tally::default(); 2]; count], ..Self::default() };
        for ([before, after], &begin) in sides.iter().zip(begun) {
            let whole = |side: &Tally| Tally { n: 1, f: u32::from(2 * side.f > side.n) };
            if before.n > 0 {
                contrast.before = contrast.before.plus(whole(before));
                if 2 * after.f > after.n {
                    contrast.turned += u32::from(2 * before.f < before.n);
                    contrast.dead_all_along += u32::from(2 * before.f >= before.n);
                }
            }
            if after.n > 0 {
                let client = clients.as_ref().map_or(0, |c| c.of_row(begin).unwrap_or(c.count));
                let old = usize::from(begin < cut);
                for sum in [&mut contrast.after[client][old], &mut contrast.all[old]] {
                    *sum = sum.plus(whole(after));
                }
            }
        }
        contrast
    }

    /// Whether flows of the same client part company after the moment, by more than so many nats, and worked before it.
    fn shows(&self, fails: Begun, least: f64) -> bool {
        let sides = |[new, old]: [Tally; 2]| match fails {
            Begun::Before => (old, new),
            Begun::After => (new, old),
        };
        let (mut ratio, mut compared) = (0.0, 0.0f64);
        for (failing, working) in self.after.iter().map(|&both| sides(both)) {
            if failing.n > 0 && working.n > 0 {
                ratio += log_likelihood_ratio(failing, working);
                compared += 1.0;
            }
        }
        let (failing, working) = sides(self.all);
        // Flows that fail again and again for another reason began before any moment, too.
        let worked_before = match fails {
            Begun::Before => (self.turned, self.dead_all_along),
            Begun::After => (self.before.n - self.before.f, self.before.f),
        };
        failing.f >= FLOWS_MIN
            && working.n - working.f >= FLOWS_MIN
            && worked_before.0 >= FLOWS_MIN.max(2 * worked_before.1)
            // As elsewhere: two standard deviations of what chance makes of so many strata.
            && ratio - 2.0 * (0.75 * compared).sqrt() > least
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Dice, Made, best_of, traffic};
    use super::super::{Mechanism, replay};
    use super::*;

    /// Questions that are asked again in their flow and fail again: old flows fail at any moment, and none of them worked before.
    #[test]
    fn flows_that_fail_from_their_beginning_are_none() {
        for seed in 0..20 {
            let mut made = ports(seed);
            for row in 0..made.flow.len() {
                made.flow[row] =
                    u32::try_from(row / 3).unwrap() * 8 + made.client[row] * 2 + made.server[row];
                made.failed[row] = made.flow[row].wrapping_mul(2_654_435_761) >> 29 == 2;
            }
            let fit = best_of(&made);
            assert!(fit.is_none_or(|fit| !matches!(fit.mechanism, Mechanism::Remembered(_))));
        }
    }

    /// Every client keeps some ports for good and takes new ones for a few requests each.
    fn ports(seed: u64) -> Made {
        let mut made = traffic(seed, 1500, 4, 2, 1.5);
        let mut dice = Dice::new(seed ^ 0xF10);
        let mut new = 10_000;
        for row in 0..made.flow.len() {
            if dice.unit() < 0.5 {
                new += u32::from(dice.unit() < 0.4);
                // Ports of one client only.
                made.flow[row] = new * 8 + made.client[row] * 2 + made.server[row];
            }
        }
        made
    }

    fn struck(seed: u64, fails: Begun, tenths: usize) -> (Made, f64) {
        let mut made = ports(seed);
        let at = made.times[made.times.len() * tenths / 10] + 1e-4;
        let history = made.history();
        let flows = Keyed::new(&history, Key::Flow).expect("flows");
        made.failed = predicted(&history, &flows, &begun(&flows), (fails, at));
        let after = at - made.times[0];
        (made, after)
    }

    #[test]
    fn flows_from_before_an_event_and_new_ones_are_told_apart() {
        for (seed, fails, tenths) in
            [(0, Begun::Before, 5), (4, Begun::Before, 3), (2, Begun::After, 5), (3, Begun::After, 7)]
        {
            let (mut made, after) = struck(seed, fails, tenths);
            made.lose(seed, 0.02);
            let fit = best_of(&made).expect("a mechanism");
            let Mechanism::Remembered(event) = fit.mechanism else { panic!("{:?}", fit.mechanism) };
            assert_eq!(event.fails, fails);
            assert!(event.after.low <= after && after <= event.after.high, "{after} {event:?}");
            assert_eq!(replay(&fit.mechanism, &made.history()), fit.predicted);
        }
    }

    #[test]
    fn an_event_that_strikes_all_flows_alike_is_none() {
        for seed in 0..20 {
            let mut made = ports(seed);
            let from = made.times.len() / 2;
            for row in from..made.times.len() {
                made.failed[row] = true;
            }
            made.lose(seed, 0.02);
            let fit = best_of(&made);
            assert!(fit.is_none_or(|fit| !matches!(fit.mechanism, Mechanism::Remembered(_))));
        }
    }

    #[test]
    fn a_client_that_keeps_its_ports_and_is_cut_off_is_none() {
        for seed in 0..20 {
            let mut made = ports(seed);
            let at = made.times[made.times.len() / 2];
            for row in 0..made.times.len() {
                // This one has no new ports: nothing of its own to compare with.
                if made.client[row] == 1 {
                    made.flow[row] = made.server[row];
                    made.failed[row] = made.times[row] > at;
                }
            }
            let fit = best_of(&made);
            assert!(fit.is_none_or(|fit| !matches!(fit.mechanism, Mechanism::Remembered(_))));
        }
    }
}
