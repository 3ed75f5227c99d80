//! A full table of flows: a translation's ports, a firewall's or a load balancer's connections.
//!
//! The table has so many places. A flow that is in it passes and is refreshed; a flow that is not needs a free place and fails
//! while there is none. A flow that was silent for longer than the time-out is forgotten.
//!
//! Fit: for each time-out the number of places is a threshold on the flows that hold one, if those do that were answered; the
//! replay, which goes by arrivals alone, then says what it explains.

use super::history::{History, Key, Keyed};
use super::judge::{Estimate, Fit, Judge, TIMES_OVER, TOLERANCE, busiest};
use super::{Replayed, threshold};
use unanswered_table::MISSING;

/// New flows fail while a table is full; flows that are in it pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FullTable {
    /// Places of the table.
    pub places: Estimate,
    /// How long a silent flow is remembered, seconds.
    pub timeout: Estimate,
}

/// Time-outs of the coarse search.
const COARSE: i32 = 20;
/// Rounds of the fine search, and time-outs in each: between the neighbours of the best so far.
const ROUNDS: usize = 2;
const FINE: i32 = 8;
/// How far the replay's best time-out is looked for from that by known outcomes, as a ratio.
const NEAR: f64 = 1.12;
/// Requests in a row that the parameters are fitted on; all requests are predicted and scored.
const STRETCH: usize = 12_288;
/// How many places more than known outcomes tell are tried.
const PLACES_MORE: u32 = 8;
/// Shortest time-out tried, seconds.
const SHORTEST: f64 = 0.25;

impl Replayed for FullTable {
    const CODE: &'static str = "full_table";
    const OVERLOAD: bool = true;
    const WAYS: usize = 1;

    fn fit(judge: &Judge<'_>, found: &mut Vec<Fit>) {
        let history = judge.history;
        let Some(keyed) = Keyed::new(history, Key::Flow) else { return };
        let longest = history.span() / TIMES_OVER;
        if longest <= SHORTEST * 2.0 {
            return;
        }
        let (from, to) = busiest(history, STRETCH);
        let part = history.part(from, to);
        let part_judge = Judge::new(&part, 1);
        let keyed_part = keyed.part(from, to);
        let Some(start) = by_known_outcomes(&part_judge, &keyed_part, longest) else { return };
        let mut tried = Tried { judge: &part_judge, keyed: &keyed_part, tables: Vec::new(), more: 0.0 };
        tried.between(start / NEAR, start * NEAR, 3 * FINE);
        tried.add_places();
        for _ in 0..ROUNDS {
            let Some((below, above)) = tried.around_best() else { return };
            tried.between(below, above, FINE);
            tried.add_places();
        }
        let Some((mechanism, prices)) = tried.best() else { return };
        let predicted = turned_away(history, &keyed, mechanism.timeout.value, mechanism.places.value);
        let parameters = prices + mechanism.timeout.distinguishable(SHORTEST, longest).ln();
        let Some(all) = Keyed::new(history, Key::All) else { return };
        // A flow that asks again while the table is full is no further evidence that it is.
        found.extend(judge.judge(mechanism, predicted, &all, Some(&keyed), parameters));
    }

    fn replay(&self, history: &History<'_>) -> Option<Vec<bool>> {
        let keyed = Keyed::new(history, Key::Flow)?;
        Some(turned_away(history, &keyed, self.timeout.value, self.places.value))
    }
}

/// The time-out with which known outcomes explain most. Small errors do not add up here as they do in the replay, so that the
/// search finds its way; what a table is worth is never taken from this.
fn by_known_outcomes(judge: &Judge<'_>, keyed: &Keyed, longest: f64) -> Option<f64> {
    let ratio = |timeout: f64| {
        let live = live_when_new(judge.history, keyed, timeout);
        threshold::best(&threshold::counted_groups(&live, judge), judge).map_or(0.0, |cut| cut.ratio)
    };
    let (mut from, mut to, mut steps) = (SHORTEST, longest, COARSE);
    let mut best = (0.0, 0.0);
    for _ in 0..=ROUNDS {
        let step = (to / from).powf(1.0 / f64::from(steps));
        for i in 0..=steps {
            let timeout = from * step.powi(i);
            let here = ratio(timeout);
            if here > best.0 {
                best = (here, timeout);
            }
        }
        (from, to, steps) = (best.1 / step, best.1 * step, FINE);
        if best.0 <= 0.0 {
            return None;
        }
    }
    Some(best.1)
}

/// Tables that were tried, by time-out, ascending.
struct Tried<'a> {
    judge: &'a Judge<'a>,
    keyed: &'a Keyed,
    tables: Vec<Table>,
    /// Places more than known outcomes tell: what is lost for other reasons seems to leave its place free.
    more: f64,
}

/// A table that was tried.
#[derive(Clone, Copy, Debug)]
struct Table {
    timeout: f64,
    places: f64,
    /// Places that known outcomes tell for this time-out.
    known: f64,
    ratio: f64,
    /// What it costs to say the number of places, nats.
    price: f64,
}

impl Tried<'_> {
    /// Tries so many steps between two time-outs, in equal ratios.
    fn between(&mut self, from: f64, to: f64, steps: i32) {
        for step in 0..=steps {
            let timeout = from * (to / from).powf(f64::from(step) / f64::from(steps));
            let live = live_when_new(self.judge.history, self.keyed, timeout);
            let groups = threshold::counted_groups(&live, self.judge);
            let Some(cut) = threshold::best(&groups, self.judge) else { continue };
            let known = cut.inside - 1.0;
            for places in [-1.0, 0.0, 1.0].map(|beside| known + self.more + beside) {
                self.attempt(Table { timeout, places, known, ratio: 0.0, price: cut.price() });
            }
        }
        self.sort();
    }

    fn attempt(&mut self, table: Table) {
        if table.places >= 1.0 {
            let turned_away = turned_away(self.judge.history, self.keyed, table.timeout, table.places);
            let ratio = self.judge.scorer.ratio(self.judge.tally(&turned_away));
            self.tables.push(Table { ratio, ..table });
        }
    }

    /// Finds out how many places more than known outcomes tell explain most, at the best time-out so far.
    fn add_places(&mut self) {
        let better = |a: &&Table, b: &&Table| a.ratio.total_cmp(&b.ratio);
        let Some(&best) = self.tables.iter().max_by(better) else { return };
        for more in 1..=PLACES_MORE {
            self.attempt(Table { places: best.places + f64::from(more), ..best });
        }
        if let Some(now) = self.tables.iter().max_by(better) {
            self.more = now.places - now.known;
        }
        self.sort();
    }

    fn sort(&mut self) {
        self.tables.sort_by(|a, b| a.timeout.total_cmp(&b.timeout).then(a.places.total_cmp(&b.places)));
    }

    /// Those within so many nats of the best.
    fn near(&self, tolerance: f64) -> impl Iterator<Item = &Table> {
        let best = self.tables.iter().map(|t| t.ratio).fold(0.0, f64::max);
        self.tables.iter().filter(move |t| best > 0.0 && t.ratio >= best - tolerance)
    }

    /// The time-outs that were tried next to those within so many nats of the best: beyond them it is another.
    fn outside(&self, tolerance: f64) -> Option<(f64, f64)> {
        let (first, last) = (self.near(tolerance).next()?.timeout, self.near(tolerance).last()?.timeout);
        let below = self.tables.iter().rev().map(|t| t.timeout).find(|t| *t < first).unwrap_or(first);
        let above = self.tables.iter().map(|t| t.timeout).find(|t| *t > last).unwrap_or(last);
        Some((below, above))
    }

    fn around_best(&self) -> Option<(f64, f64)> {
        self.outside(1e-9)
    }

    /// The best table, with intervals, and what it costs to say its places. The time-out is the middle of those that
    /// explain the data alike.
    fn best(&self) -> Option<(FullTable, f64)> {
        let first = self.near(1e-9).next()?;
        let alike: Vec<&Table> =
            self.near(1e-9).filter(|t| t.places.total_cmp(&first.places).is_eq()).collect();
        let best = alike.get(alike.len() / 2)?;
        let (low, high) = self.outside(TOLERANCE)?;
        let places = || self.near(TOLERANCE).map(|t| t.places);
        let places = Estimate {
            value: best.places,
            low: places().fold(best.places, f64::min),
            high: places().fold(best.places, f64::max),
        };
        Some((FullTable { places, timeout: Estimate { value: best.timeout, low, high } }, best.price))
    }
}

/// Which requests a table with so many places turns away: those that the replay lets in hold the places, whatever became of
/// them. Were only those let in that were answered, a flow that is dead for another reason would stay new for ever, and would be
/// predicted by its own failures.
fn turned_away(history: &History<'_>, keyed: &Keyed, timeout: f64, places: f64) -> Vec<bool> {
    let mut turned_away = vec![false; history.len()];
    walk(history, keyed, timeout, |row, held, live| {
        turned_away[row] = !held && f64::from(live) >= places;
        !turned_away[row]
    });
    turned_away
}

/// For a request of a new flow one more than the flows that hold a place, if those do that were answered; 0 for a
/// flow that holds one. [`MISSING`] without a flow. This does not depend on the number of places, and says which to try.
fn live_when_new(history: &History<'_>, keyed: &Keyed, timeout: f64) -> Vec<u32> {
    let mut values = vec![MISSING; history.len()];
    walk(history, keyed, timeout, |row, held, live| {
        values[row] = if held { 0 } else { live + 1 };
        !history.failed[row]
    });
    values
}

/// Walks over the requests: `enters` is told whether the flow of each holds a place and how many do, and says whether it may
/// take one.
fn walk(
    history: &History<'_>,
    keyed: &Keyed,
    timeout: f64,
    mut enters: impl FnMut(usize, bool, u32) -> bool,
) {
    const NOT_HELD: u32 = MISSING;
    // The latest request that refreshed each flow.
    let mut latest = vec![NOT_HELD; keyed.count];
    let mut live = 0u32;
    let mut oldest = 0usize;
    for (row, (&now, number)) in history.times.iter().zip(0u32..).enumerate() {
        while oldest < row && history.times[oldest] + timeout < now {
            if let Some(flow) = keyed.of_row(oldest).filter(|&flow| latest[flow] as usize == oldest) {
                latest[flow] = NOT_HELD;
                live -= 1;
            }
            oldest += 1;
        }
        let Some(flow) = keyed.of_row(row) else { continue };
        let held = latest[flow] != NOT_HELD;
        if enters(row, held, live) || held {
            latest[flow] = number;
            live += u32::from(!held);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Dice, Made, best_of, traffic};
    use super::super::{Mechanism, replay};
    use super::*;

    /// Flows of a few requests each, in waves; those that find the table full fail, request by request.
    fn overflowing(seed: u64, places: usize, timeout: f64) -> Made {
        let mut made = traffic(seed, 3000, 6, 2, 2.0);
        let mut dice = Dice::new(seed ^ 0x7AB);
        let mut flows: Vec<u32> = (0..40).collect();
        let mut next = 40;
        let mut table: Vec<(u32, f64)> = Vec::new();
        for (row, &now) in made.times.iter().enumerate() {
            let place = dice.below(40) as usize;
            // More new flows in waves.
            if dice.unit() < if now.rem_euclid(60.0) < 20.0 { 0.8 } else { 0.15 } {
                flows[place] = next;
                next += 1;
            }
            let flow = flows[place];
            made.flow[row] = flow;
            table.retain(|entry| entry.1 + timeout >= now);
            if let Some(entry) = table.iter_mut().find(|entry| entry.0 == flow) {
                entry.1 = now;
            } else if table.len() < places {
                table.push((flow, now));
            } else {
                made.failed[row] = true;
            }
        }
        made
    }

    #[test]
    fn a_full_table_is_found_with_its_places_and_its_time_out() {
        for (seed, (places, timeout)) in
            [(64, 10.0), (96, 14.0), (50, 6.0), (128, 20.0), (80, 9.0)].into_iter().enumerate()
        {
            let made = overflowing(seed as u64, places, timeout);
            let fit = best_of(&made).expect("a mechanism");
            let Mechanism::FullTable(table) = fit.mechanism else { panic!("{:?}", fit.mechanism) };
            assert!(table.timeout.low <= timeout && timeout <= table.timeout.high, "{timeout} {table:?}");
            assert!(
                table.places.low <= places as f64 && places as f64 <= table.places.high,
                "{places} {table:?}"
            );
            let right = fit.predicted.iter().zip(&made.failed).filter(|(p, f)| **p && **f).count();
            assert!(right * 10 >= made.failures() * 9, "{right} of {}: {table:?}", made.failures());
            assert_eq!(replay(&fit.mechanism, &made.history()), fit.predicted);
        }
    }

    #[test]
    fn an_entry_is_forgotten_after_the_time_out_and_refreshed_before() {
        let history = History {
            times: &[0.0, 1.0, 2.5, 3.0, 6.0],
            failed: &[false, false, false, true, false],
            counted: &[true; 5],
            flow: &[1, 2, 1, 3, 4],
            ..History::default()
        };
        let keyed = Keyed::new(&history, Key::Flow).expect("flows");
        // Flow 1 is held at 2.5, flow 2 still at 3.0; flow 3 failed and left nothing; nothing is held at 6.0.
        assert_eq!(live_when_new(&history, &keyed, 3.0), [1, 2, 0, 3, 1]);
    }
}
