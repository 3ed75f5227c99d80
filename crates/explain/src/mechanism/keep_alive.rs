//! The keep-alive race: a client uses a connection at the moment at which the server closes it.
//!
//! The server closes what was idle for its time-out. A request that is sent shortly before the client learns of it is lost;
//! earlier ones are answered, and later ones go through a new connection. So requests fail after pauses in a narrow
//! window, and not after longer ones.

use super::Replayed;
use super::history::{History, Key, Keyed};
use super::judge::{Estimate, Fit, Judge, TOLERANCE};
use super::threshold::{Groups, groups};
use crate::search::score::Tally;

/// A request fails after a pause of its flow in a narrow window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeepAliveRace {
    /// What pauses.
    pub key: Key,
    /// Shortest pause that fails, seconds.
    pub from: Estimate,
    /// Longest pause that fails, seconds: about the idle time-out of the server.
    pub to: Estimate,
}

const KEYS: [Key; 2] = [Key::Flow, Key::ClientAndServer];
/// Widest window, longest pause over shortest: a race is about a moment.
const WIDEST: f64 = 1.5;
/// Rounds of estimating rates and window in turn.
const ROUNDS: usize = 4;

impl Replayed for KeepAliveRace {
    const CODE: &'static str = "keep_alive_race";
    const OVERLOAD: bool = false;
    const WAYS: usize = KEYS.len();

    fn fit(judge: &Judge<'_>, found: &mut Vec<Fit>) {
        for key in KEYS {
            let Some(keyed) = Keyed::new(judge.history, key) else { continue };
            let pauses = judge.history.pauses(&keyed, false);
            // Greatest first, as the groups are.
            let groups = groups(&pauses, judge);
            let Some((first, last)) = window(&groups, judge) else { continue };
            let race = Self {
                key,
                from: shortest(&groups, judge, first, last),
                to: longest(&groups, judge, first, last),
            };
            if race.to.value > WIDEST * race.from.value {
                continue;
            }
            let places = groups.windows(2).filter(|p| p[0].1.f > 0 || p[1].1.f > 0).count().max(1) as f64;
            let predicted = within(&pauses, race.from.value, race.to.value);
            let Some(all) = Keyed::new(judge.history, Key::All) else { continue };
            found.extend(judge.judge(race, predicted, &all, None, (places * places / 2.0).ln()));
        }
    }

    fn replay(&self, history: &History<'_>) -> Option<Vec<bool>> {
        let keyed = Keyed::new(history, self.key)?;
        Some(within(&history.pauses(&keyed, false), self.from.value, self.to.value))
    }
}

fn within(pauses: &[f64], from: f64, to: f64) -> Vec<bool> {
    pauses.iter().map(|&pause| from <= pause && pause <= to).collect()
}

/// The groups from the longest pause to the shortest that fail: the heaviest segment by log-likelihood weights (Bentley
/// 1984), rates and segment in turn. `None` without a longer and a shorter pause outside.
fn window(groups: &Groups, judge: &Judge<'_>) -> Option<(usize, usize)> {
    let total = judge.scorer.total();
    let mut best: Option<(f64, usize, usize)> = None;
    for start in [0.95, 0.5] {
        let (mut inside, mut outside) = (start, (total.rate() * 0.5).max(1e-4));
        for _ in 0..ROUNDS {
            let (tally, first, last) = heaviest(groups, inside, outside)?;
            let ratio = judge.scorer.ratio(tally);
            if best.is_some_and(|b| ratio <= b.0) {
                break;
            }
            best = Some((ratio, first, last));
            let floor = 0.5 / f64::from(total.n + 1);
            inside = tally.rate().clamp(floor, 1.0 - 1e-3);
            outside = total.minus(tally).rate().clamp(floor, 1.0 - 1e-3);
            if inside <= outside {
                break;
            }
        }
    }
    best.filter(|b| b.0 > 0.0 && b.1 > 0 && b.2 + 1 < groups.len()).map(|b| (b.1, b.2))
}

fn heaviest(groups: &Groups, inside: f64, outside: f64) -> Option<(Tally, usize, usize)> {
    let failed = (inside / outside).ln();
    let answered = ((1.0 - inside) / (1.0 - outside)).ln();
    let mut best: Option<(f64, Tally, usize, usize)> = None;
    let (mut sum, mut tally, mut begin) = (0.0, Tally::default(), 0);
    for (place, (_, here)) in groups.iter().enumerate() {
        if sum <= 0.0 {
            (sum, tally, begin) = (0.0, Tally::default(), place);
        }
        sum += f64::from(here.f) * failed + f64::from(here.n - here.f) * answered;
        tally = tally.plus(*here);
        if best.is_none_or(|b| sum > b.0) {
            best = Some((sum, tally, begin, place));
        }
    }
    best.filter(|b| b.0 > 0.0).map(|b| (b.1, b.2, b.3))
}

/// The lower end with the other held fast: between the shortest pause inside and the longest below it.
fn shortest(groups: &Groups, judge: &Judge<'_>, first: usize, last: usize) -> Estimate {
    let ratio = |end: usize| judge.scorer.ratio(sum(groups, first, end));
    let best = ratio(last);
    let near = |end: &usize| ratio(*end) >= best - TOLERANCE;
    let low = (last..groups.len() - 1).take_while(near).last().unwrap_or(last);
    let high = (first..=last).rev().take_while(near).last().unwrap_or(last);
    Estimate { value: groups[last].0, low: groups[low + 1].0, high: groups[high].0 }
}

/// The upper end with the other held fast.
fn longest(groups: &Groups, judge: &Judge<'_>, first: usize, last: usize) -> Estimate {
    let ratio = |end: usize| judge.scorer.ratio(sum(groups, end, last));
    let best = ratio(first);
    let near = |end: &usize| ratio(*end) >= best - TOLERANCE;
    let high = (1..=first).rev().take_while(near).last().unwrap_or(first);
    let low = (first..=last).take_while(near).last().unwrap_or(first);
    Estimate { value: groups[first].0, low: groups[low].0, high: groups[high - 1].0 }
}

fn sum(groups: &Groups, first: usize, last: usize) -> Tally {
    groups[first..=last].iter().fold(Tally::default(), |sum, group| sum.plus(group.1))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Dice, best_of, traffic};
    use super::super::{Mechanism, replay};
    use super::*;

    #[test]
    fn a_race_is_found_around_the_time_out_of_the_server() {
        for seed in 0..5 {
            let mut made = traffic(seed, 4000, 4, 2, 1.0);
            let mut dice = Dice::new(seed ^ 0xACE);
            let keyed = Keyed::new(&made.history(), Key::Flow).expect("flows");
            let pauses = made.history().pauses(&keyed, false);
            // Most of those that come in the last moments before twenty seconds are too late.
            made.failed = within(&pauses, 18.0, 20.0);
            made.failed.iter_mut().for_each(|failed| *failed &= dice.unit() < 0.8);
            let fit = best_of(&made).expect("a mechanism");
            let Mechanism::KeepAliveRace(race) = fit.mechanism else { panic!("{:?}", fit.mechanism) };
            assert_eq!(race.key, Key::Flow);
            assert!(race.from.low <= 18.0 && 18.0 <= race.from.high, "{race:?}");
            assert!(race.to.low <= 20.0 && 20.0 <= race.to.high, "{race:?}");
            assert_eq!(replay(&fit.mechanism, &made.history()), fit.predicted);
        }
    }
}
