//! What each vantage point alone says of the requests that pass it, compared with what the world knows of them.
//!
//! A request is followed over the places by reading all captures together; then each capture is read alone, and what it says of
//! the same packets must not be the opposite of what became of the request: no answer where the client got none, no
//! missing reply where it got one. What a place cannot know it may leave open: unknown, or that a reply passed.

use std::collections::BTreeMap;
use unanswered_evidence::step::{Located, Steps};
use unanswered_exchange::{Exchange, Exchanges};
use unanswered_lab::diagnosis::exchanges;
use unanswered_lab::record::RunRecord;
use unanswered_scenario::model::{Scenario, Vantage};
use unanswered_table::{Outcome, Reason, Step};
use unanswered_wire::{Span, Time};

/// A request leaves its client this soon after it was made.
const SENDING: Span = Span::from_nanoseconds(100_000);

/// When a place saw a request first, with the client's port there and the packet's identification.
type Seen = (Time, u16, Option<u32>);

/// Counts of what single places said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) right: u64,
    /// Left open, as unknown or as a reply that passed and did not arrive: what became of the request, and the place's reason.
    pub(crate) open: BTreeMap<(Outcome, &'static str), u64>,
    /// Late for the client, in time here, or the other way round.
    pub(crate) late: u64,
    /// Wrong: vantage point, what became of the request, what the place says.
    pub(crate) wrong: BTreeMap<(String, Outcome, Outcome, &'static str), u64>,
    /// Failed requests whose step a place names rightly, and those for which it names none.
    pub(crate) steps: (u64, u64),
    /// Vantage point, the step at which requests failed, the one that the place names, and what it shows there.
    pub(crate) wrong_steps: BTreeMap<(String, Step, Step, &'static str), u64>,
}

pub(crate) fn alone(scenario: &Scenario, record: &RunRecord) -> Said {
    let whole = |vantage: &&Vantage| vantage.start.is_none() && vantage.lasts.is_none();
    let read = |names: &[String]| exchanges(scenario, &record.captures, names, None);
    let together = read(&[]).unwrap_or_else(|error| panic!("{error}"));
    let truth = outcomes(record, &together);
    let mut said = Said::default();
    for vantage in scenario.vantages.iter().filter(whole) {
        // A vantage point may have no requests.
        let Ok(alone) = read(std::slice::from_ref(&vantage.name)) else { continue };
        let steps = Steps::new(&alone);
        let mut found: BTreeMap<Seen, (Outcome, Reason, Option<Located>)> = BTreeMap::new();
        for exchange in alone.iter() {
            let located = steps.of(exchange.row());
            for sighting in exchange.sightings() {
                let seen = (sighting.time(), sighting.client().port, sighting.ip_id());
                found.insert(seen, (exchange.outcome(), exchange.reason(), located.clone()));
            }
        }
        for (row, (truth, step)) in &truth {
            let exchange = together.get(*row);
            for sighting in exchange.sightings() {
                if together.vantages()[usize::from(sighting.vantage().0)].name != vantage.name {
                    continue;
                }
                let seen = (sighting.time(), sighting.client().port, sighting.ip_id());
                if let Some((outcome, reason, located)) = found.get(&seen) {
                    said.add(&vantage.name, *truth, *outcome, *reason);
                    if let (Some(step), Some(located)) = (step, located) {
                        said.add_step(&vantage.name, *step, located);
                    }
                }
            }
        }
    }
    said
}

/// What became of each request that the captures show, by its row.
fn outcomes(record: &RunRecord, together: &Exchanges) -> BTreeMap<u32, (Outcome, Option<Step>)> {
    let mut by_end: BTreeMap<(std::net::IpAddr, u16), Vec<Exchange<'_>>> = BTreeMap::new();
    for exchange in together.iter() {
        let client = exchange.nearest().client();
        by_end
            .entry((together.addresses()[client.address.0 as usize], client.port))
            .or_default()
            .push(exchange);
    }
    let mut all = BTreeMap::new();
    let mut requests: Vec<_> = record.requests.iter().collect();
    requests.sort_by_key(|ended| ended.request.number);
    for ended in requests {
        let (time, Some(inside)) = (ended.request.time, ended.request.inside) else { continue };
        let same = |exchange: &Exchange<'_>| {
            let sent = exchange.nearest().time();
            time <= sent && sent <= time + SENDING
        };
        let Some(of_end) = by_end.get_mut(&(inside.source.address.into(), inside.source.port)) else {
            continue;
        };
        // Two questions of one lookup leave together, in the order of their numbers.
        if let Some(at) = of_end.iter().position(same) {
            let step = ended.request.last_loss.filter(|_| ended.outcome.failed()).map(|loss| loss.step);
            all.insert(of_end.remove(at).row(), (ended.outcome, step));
        }
    }
    all
}

impl Said {
    fn add_step(&mut self, place: &str, truth: Step, said: &Located) {
        match said.step {
            None => self.steps.1 += 1,
            Some(step) if step == truth => self.steps.0 += 1,
            Some(step) => {
                let key = (place.to_owned(), truth, step, said.fate.code());
                *self.wrong_steps.entry(key).or_default() += 1;
            }
        }
    }

    fn add(&mut self, place: &str, truth: Outcome, said: Outcome, reason: Reason) {
        let slow = |outcome: Outcome| matches!(outcome, Outcome::Answered | Outcome::Late);
        match (truth, said) {
            (Outcome::Unknown, _) | (_, Outcome::Unknown) => {
                *self.open.entry((truth, reason.code())).or_default() += 1;
            }
            (truth, said) if truth == said => self.right += 1,
            (truth, said) if slow(truth) && slow(said) => self.late += 1,
            (_, Outcome::Answered) if reason == Reason::PassedHere => {
                *self.open.entry((truth, reason.code())).or_default() += 1;
            }
            // Of failures, the client and the wire know different things.
            (truth, said) if truth.failed() && said.failed() => self.right += 1,
            (truth, said) => {
                *self.wrong.entry((place.to_owned(), truth, said, reason.code())).or_default() += 1;
            }
        }
    }
}
