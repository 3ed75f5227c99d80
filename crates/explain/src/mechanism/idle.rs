//! The idle time-out of a flow: a translation, a firewall or a neighbour entry forgets what was silent for too long.
//!
//! Two kinds: the request after the pause fails and brings the entry back (a neighbour that has to be asked for first), or
//! the flow is lost from then on (a firewall that drops what it has not seen begin, a server that knows the old translation).

use super::history::{History, Key, Keyed};
use super::judge::{Estimate, Fit, Judge};
use super::{Replayed, threshold};

/// A request after a pause of its key fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IdleTimeout {
    /// What is forgotten.
    pub key: Key,
    /// How long the failing lasts.
    pub until: Until,
    /// Whether the first request of all of a key fails too: nothing is known of it yet, as of a neighbour that nobody has asked for.
    pub unseen: bool,
    /// After how long it is forgotten, seconds.
    pub timeout: Estimate,
}

/// How long requests fail after the pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// One request fails; it brings back what was forgotten.
    NextRequest,
    /// All further ones fail, until the key is another.
    NewFlow,
}

const WAYS: [(Key, Until, bool); 8] = [
    (Key::Flow, Until::NextRequest, false),
    (Key::Flow, Until::NewFlow, false),
    (Key::ClientAndServer, Until::NextRequest, false),
    (Key::ClientAndServer, Until::NextRequest, true),
    (Key::Server, Until::NextRequest, false),
    (Key::Server, Until::NextRequest, true),
    (Key::Client, Until::NextRequest, false),
    (Key::Client, Until::NextRequest, true),
];

impl Replayed for IdleTimeout {
    const CODE: &'static str = "idle_timeout";
    const OVERLOAD: bool = false;
    const WAYS: usize = WAYS.len();

    fn fit(judge: &Judge<'_>, found: &mut Vec<Fit>) {
        for (key, until, unseen) in WAYS {
            let Some(keyed) = Keyed::new(judge.history, key) else { continue };
            let pauses = pauses(judge.history, &keyed, until, unseen);
            let Some(cut) = threshold::best(&threshold::groups(&pauses, judge), judge) else { continue };
            // That only what was never seen before fails is no time-out.
            if !cut.high.is_finite() {
                continue;
            }
            let mechanism = Self { key, until, unseen, timeout: cut.between() };
            let predicted = longer(&pauses, mechanism.timeout.value);
            // Each pause of each flow is an episode of its own.
            let Some(all) = Keyed::new(judge.history, Key::All) else { continue };
            // What follows the pause follows from it.
            let units = Some(&keyed).filter(|_| until == Until::NewFlow);
            found.extend(judge.judge(mechanism, predicted, &all, units, cut.price()));
        }
    }

    fn replay(&self, history: &History<'_>) -> Option<Vec<bool>> {
        let keyed = Keyed::new(history, self.key)?;
        Some(longer(&pauses(history, &keyed, self.until, self.unseen), self.timeout.value))
    }
}

fn longer(pauses: &[f64], timeout: f64) -> Vec<bool> {
    pauses.iter().map(|&pause| pause > timeout).collect()
}

/// The pause that each request has to survive, seconds: that before it, or the longest that its key had. Not a number where
/// there was none; infinite for the first, where what was not seen yet counts.
fn pauses(history: &History<'_>, keyed: &Keyed, until: Until, unseen: bool) -> Vec<f64> {
    let mut pauses = history.pauses(keyed, unseen);
    if until == Until::NewFlow {
        let mut longest = vec![f64::NAN; keyed.count];
        for (row, pause) in pauses.iter_mut().enumerate() {
            if let Some(key) = keyed.of_row(row) {
                // The greater of the two; what is not a number is none.
                longest[key] = longest[key].max(*pause);
                *pause = longest[key];
            }
        }
    }
    pauses
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Made, best_of, traffic};
    use super::super::{Mechanism, replay};
    use super::*;

    fn forgotten(seed: u64, key: Key, until: Until, timeout: f64) -> Made {
        let mut made = traffic(seed, 1500, 4, 2, 1.0);
        if until == Until::NewFlow {
            // New ports every now and then.
            for (row, flow) in (0u32..).zip(&mut made.flow) {
                *flow += 1000 * (row / 300);
            }
        }
        let keyed = Keyed::new(&made.history(), key).expect("the columns are there");
        let mut last = vec![(f64::NAN, false); keyed.count];
        for (row, &now) in made.times.iter().enumerate() {
            let (before, lost) = &mut last[keyed.of_row(row).unwrap()];
            made.failed[row] = now - *before > timeout || *lost;
            *lost = made.failed[row] && until == Until::NewFlow;
            *before = now;
        }
        made
    }

    #[test]
    fn an_idle_time_out_is_found_for_each_kind() {
        let cases = [
            (Key::Flow, Until::NextRequest, 31.0),
            (Key::Flow, Until::NextRequest, 60.0),
            (Key::Flow, Until::NewFlow, 15.0),
            (Key::ClientAndServer, Until::NextRequest, 7.0),
        ];
        for (seed, (key, until, timeout)) in (0u64..).zip(cases) {
            let mut made = forgotten(seed, key, until, timeout);
            made.lose(seed, 0.02);
            let fit = best_of(&made).expect("a mechanism");
            let Mechanism::IdleTimeout(idle) = fit.mechanism else { panic!("{:?}", fit.mechanism) };
            assert_eq!((idle.key, idle.until), (key, until), "{idle:?}");
            assert!(idle.timeout.low <= timeout && timeout <= idle.timeout.high, "{timeout} {idle:?}");
            assert_eq!(replay(&fit.mechanism, &made.history()), fit.predicted);
        }
    }

    #[test]
    fn the_first_packet_after_silence_is_found_also_where_nobody_had_asked_before() {
        for seed in 0..6 {
            let mut made = traffic(seed, 1200, 4, 12, 1.0);
            let keyed = Keyed::new(&made.history(), Key::Server).expect("servers");
            let pauses = pauses(&made.history(), &keyed, Until::NextRequest, true);
            made.failed = longer(&pauses, 4.0);
            made.lose(seed, 0.01);
            let fit = best_of(&made).expect("a mechanism");
            let Mechanism::IdleTimeout(idle) = fit.mechanism else { panic!("{:?}", fit.mechanism) };
            assert_eq!(
                (idle.key, idle.until, idle.unseen),
                (Key::Server, Until::NextRequest, true),
                "{idle:?}"
            );
            assert!(idle.timeout.low <= 4.0 && 4.0 <= idle.timeout.high, "{idle:?}");
            assert_eq!(replay(&fit.mechanism, &made.history()), fit.predicted);
        }
    }

    #[test]
    fn the_longest_pause_is_remembered_where_the_flow_is_lost() {
        let history = History {
            times: &[0.0, 5.0, 6.0],
            failed: &[false; 3],
            counted: &[true; 3],
            flow: &[1, 1, 1],
            ..History::default()
        };
        let keyed = Keyed::new(&history, Key::Flow).expect("flows");
        assert!(pauses(&history, &keyed, Until::NextRequest, false)[0].is_nan());
        assert_eq!(pauses(&history, &keyed, Until::NextRequest, false)[1..], [5.0, 1.0]);
        assert_eq!(pauses(&history, &keyed, Until::NewFlow, false)[1..], [5.0, 5.0]);
    }
}
