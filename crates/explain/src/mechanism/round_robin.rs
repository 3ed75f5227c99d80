//! One of several by turns: a load balancer or a resolver that hands every k-th to a dead member.
//!
//! A counter of its key goes up by one with each request, or with each new flow (whose later requests go where the first
//! went); those at one remainder fail. A choice at random has no memory and is only a rate; a choice by hash is a feature
//! of the flow. Requests that no place saw make the counter slip.

use super::Replayed;
use super::history::{History, Key, Keyed};
use super::judge::{Fit, Judge};
use crate::search::score::Tally;
use unanswered_table::MISSING;

/// Every so many-th request, or flow, of a key fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundRobin {
    /// What is counted together.
    pub key: Key,
    /// What takes turns.
    pub turn: Turn,
    /// How many take turns.
    pub members: u32,
    /// Which of them is dead, counted from the first request of the history.
    pub dead: u32,
}

/// What makes a counter go up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Each request.
    Request,
    /// Each new flow.
    Flow,
}

const KEYS: [Key; 4] = [Key::All, Key::Client, Key::Server, Key::ClientAndServer];
const TURNS: [Turn; 2] = [Turn::Request, Turn::Flow];
/// Most members tried.
const MEMBERS: u32 = 16;

impl Replayed for RoundRobin {
    const CODE: &'static str = "round_robin";
    const OVERLOAD: bool = false;
    const WAYS: usize = KEYS.len() * TURNS.len();

    fn fit(judge: &Judge<'_>, found: &mut Vec<Fit>) {
        let mut tried: Vec<(u32, Fit)> = Vec::new();
        for (key, keyed) in judge.partitions(&KEYS) {
            for turn in TURNS {
                let Some(counters) = counters(judge.history, &keyed, turn) else { continue };
                let Some((members, dead)) = best(judge, &counters) else { continue };
                let predicted = at(&counters, members, dead);
                let parameters = f64::from(MEMBERS - 1).ln() + f64::from(members).ln();
                // A flow takes one turn, however many requests it has.
                let flows = Keyed::new(judge.history, Key::Flow).filter(|_| turn == Turn::Flow);
                let mechanism = Self { key, turn, members, dead };
                let fit = judge.judge(mechanism, predicted, &keyed, flows.as_ref(), parameters);
                tried.extend(fit.map(|fit| (members, fit)));
            }
        }
        // Four requests on live connections between five connects make one of nine, too: the fewest members are real.
        tried.sort_by_key(|(members, _)| *members);
        for (_, fit) in tried {
            if found.iter().all(|other| other.predicted != fit.predicted) {
                found.push(fit);
            }
        }
    }

    fn replay(&self, history: &History<'_>) -> Option<Vec<bool>> {
        let keyed = Keyed::new(history, self.key)?;
        Some(at(&counters(history, &keyed, self.turn)?, self.members, self.dead))
    }
}

fn at(counters: &[u32], members: u32, dead: u32) -> Vec<bool> {
    let fails = |&c: &u32| c != MISSING && c.checked_rem(members) == Some(dead);
    counters.iter().map(fails).collect()
}

/// The number of members and the remainder that explain most.
fn best(judge: &Judge<'_>, counters: &[u32]) -> Option<(u32, u32)> {
    let history = judge.history;
    let mut best: Option<(f64, u32, u32)> = None;
    for members in 2..=MEMBERS {
        let mut tallies = [Tally::default(); MEMBERS as usize];
        for (row, &counter) in counters.iter().enumerate() {
            if counter != MISSING && history.counted[row] {
                let tally = &mut tallies[(counter % members) as usize];
                tally.n += 1;
                tally.f += u32::from(history.failed[row]);
            }
        }
        for (tally, dead) in tallies.iter().zip(0..members) {
            let gain = judge.scorer.ratio(*tally) - f64::from(members).ln();
            if best.is_none_or(|b| gain > b.0) {
                best = Some((gain, members, dead));
            }
        }
    }
    best.filter(|b| b.0 > 0.0).map(|b| (b.1, b.2))
}

/// The counter at each request; [`MISSING`] without a key.
fn counters(history: &History<'_>, keyed: &Keyed, turn: Turn) -> Option<Vec<u32>> {
    let flows = match turn {
        Turn::Request => None,
        Turn::Flow => Some(Keyed::new(history, Key::Flow)?),
    };
    let mut next = vec![0u32; keyed.count];
    let mut chosen = vec![MISSING; flows.as_ref().map_or(0, |f| f.count)];
    let mut counters = vec![MISSING; history.len()];
    for (row, counter) in counters.iter_mut().enumerate() {
        let Some(key) = keyed.of_row(row) else { continue };
        if let Some(flows) = &flows {
            let Some(flow) = flows.of_row(row) else { continue };
            if chosen[flow] != MISSING {
                *counter = chosen[flow];
                continue;
            }
            chosen[flow] = next[key];
        }
        *counter = next[key];
        next[key] += 1;
    }
    Some(counters)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{best_of, traffic};
    use super::super::{Mechanism, replay};
    use super::*;

    #[test]
    fn a_dead_member_in_turns_is_found() {
        let cases = [
            (Key::All, Turn::Request, 3, 1),
            (Key::Server, Turn::Request, 5, 4),
            (Key::All, Turn::Flow, 4, 2),
        ];
        for (seed, (key, turn, members, dead)) in (0u64..).zip(cases) {
            let mut made = traffic(seed, 1500, 4, 2, 2.0);
            // Ports that are used for a few requests each.
            for (row, flow) in (0u32..).zip(&mut made.flow) {
                *flow += 1000 * (row / 100);
            }
            let keyed = Keyed::new(&made.history(), key).expect("the columns are there");
            let counters = counters(&made.history(), &keyed, turn).expect("flows");
            made.failed = at(&counters, members, dead);
            made.lose(seed, 0.02);
            let fit = best_of(&made).expect("a mechanism");
            assert_eq!(fit.mechanism, Mechanism::RoundRobin(RoundRobin { key, turn, members, dead }));
            assert_eq!(replay(&fit.mechanism, &made.history()), fit.predicted);
        }
    }
}
