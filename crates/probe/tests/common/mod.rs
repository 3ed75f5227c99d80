//! Simulated servers and paths, and a loop that asks them a question.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::allow_attributes, reason = "whether dead_code fires differs between test binaries")]

pub(crate) mod cases;
pub(crate) mod servers;

use unanswered_probe::{
    Action, Conclusion, Controls, Field, Manners, Outcome, Plan, Question, Random, Send, Session, Tally,
};
use unanswered_time::Span;

/// The field that most questions vary.
pub(crate) const PORT: Field = Field(0);
/// A port that always works, for controls.
pub(crate) const CONTROL: u64 = 50_000;

/// What stands on the other side. Random loss is added by [`ask`].
pub(crate) trait Server {
    /// What comes of a request that reaches it at `now`.
    fn answer(&mut self, send: &Send, now: Span, random: &mut Random) -> Outcome;
    /// A plan begins: what was held open before is closed.
    fn plan_begins(&mut self, _plan: &Plan, _now: Span) {}
}

impl<F: FnMut(&Send, Span, &mut Random) -> Outcome> Server for F {
    fn answer(&mut self, send: &Send, now: Span, random: &mut Random) -> Outcome {
        self(send, now, random)
    }
}

/// Answered after 20 ms.
pub(crate) const ANSWERED: Outcome = Outcome::Answered { after: Span::from_milliseconds(20) };

/// Answered, or silent.
pub(crate) const fn answered(yes: bool) -> Outcome {
    if yes { ANSWERED } else { Outcome::Silent }
}

/// The value of a field in a request.
pub(crate) fn value(send: &Send, field: Field) -> Option<u64> {
    send.settings.iter().find(|setting| setting.field == field).map(|setting| setting.value)
}

/// What the rest of the network does.
#[derive(Clone, Copy)]
pub(crate) struct Network {
    /// Share of requests lost at random.
    pub(crate) loss: f64,
    /// From when to when everything is lost.
    pub(crate) outage: Option<(Span, Span)>,
    /// Seed of all that is random in it.
    pub(crate) seed: u64,
}

/// A network that loses a share of all requests.
pub(crate) const fn losing(loss: f64, seed: u64) -> Network {
    Network { loss, outage: None, seed }
}

/// Asks until the session ends.
pub(crate) fn ask<Q: Question>(
    mut session: Session<Q>,
    server: &mut impl Server,
    network: Network,
) -> (Conclusion<Q::Answer, Q::Evidence>, Tally) {
    let mut random = Random::new(network.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995);
    let mut now = Span::from_nanoseconds(0);
    // More plans than any budget allows.
    for _ in 0..10_000 {
        let Action::Send { not_before, plan, time_out } = session.next(now) else {
            return (session.conclusion(), session.tally());
        };
        server.plan_begins(&plan, not_before);
        let mut outcomes = Vec::new();
        for send in &plan.sends {
            let at = Span::from_nanoseconds(not_before.nanoseconds() + send.at.nanoseconds());
            let lost = random.fraction() < network.loss;
            let out = network.outage.is_some_and(|(from, to)| (from..to).contains(&at));
            // Half of what is lost is lost behind the server, which has seen it then.
            let seen = !out && (!lost || random.bits().is_multiple_of(2));
            let said = if seen { server.answer(send, at, &mut random) } else { Outcome::Silent };
            outcomes.push(if lost { Outcome::Silent } else { said });
        }
        now = Span::from_nanoseconds(not_before.nanoseconds() + plan.duration().nanoseconds());
        let waited = if outcomes.contains(&Outcome::Silent) { time_out } else { Span::from_milliseconds(20) };
        now = Span::from_nanoseconds(now.nanoseconds() + waited.nanoseconds());
        session.note(not_before, &outcomes);
    }
    panic!("the session does not end");
}

/// A session with the usual controls and manners.
pub(crate) fn usual<Q: Question>(question: Q) -> Session<Q> {
    Session::new(question, Some(Controls::usual(Vec::new())), Manners::default())
}

/// The same with another budget.
pub(crate) fn with_budget<Q: Question>(question: Q, budget: u32) -> Session<Q> {
    let manners = Manners { budget, ..Manners::default() };
    Session::new(question, Some(Controls::usual(Vec::new())), manners)
}
