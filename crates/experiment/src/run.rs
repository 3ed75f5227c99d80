//! Drives a session over a link: sends what it plans when it is due, waits for replies, hands back what came of each.

use crate::batch::{Batch, Incoming};
use crate::link::{Link, LinkError};
use crate::maker::{CannotMake, Maker, Request};
use std::time::Duration;
use unanswered_probe::{Action, Fate, Outcome, Plan, Question, Role, Session};
use unanswered_time::Span;

/// What an observer is told.
#[derive(Debug)]
pub enum Event<'a, Q: Question> {
    /// A request left.
    Sent(&'a Request),
    /// Something arrived that belongs to a request of the plan.
    Received(&'a Incoming),
    /// A plan is over.
    Noted {
        /// The session, with what it knows now.
        session: &'a Session<Q>,
        /// The plan.
        plan: &'a Plan,
        /// What came of it.
        outcomes: &'a [Outcome],
    },
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ran {
    /// From the first plan to the end.
    pub took: Span,
    /// Shortest round trip of an answer.
    pub round_trip: Option<Span>,
    /// Somebody wanted it to stop.
    pub stopped: bool,
}

/// Why it could not go on.
#[derive(Debug, thiserror::Error)]
pub enum CannotRun {
    /// A request cannot be made.
    #[error(transparent)]
    Make(#[from] CannotMake),
    /// It cannot be sent, or nothing received.
    #[error(transparent)]
    Link(#[from] LinkError),
}

/// What the program around it knows.
#[derive(Clone, Copy)]
pub struct Shell<'a> {
    /// Time since the session's beginning, from a clock that never goes back.
    pub now: &'a dyn Fn() -> Span,
    /// Whether somebody wants it to stop.
    pub stop: &'a dyn Fn() -> bool,
}

/// Longest wait before `stop` is asked again.
const BREATH: Duration = Duration::from_millis(200);

/// Runs a session to its end, or until `stop` says so; what it knows can be asked of it afterwards.
///
/// # Errors
/// A request that cannot be made, and sockets that fail.
pub fn run<Q: Question>(
    session: &mut Session<Q>,
    maker: &mut Maker,
    link: &mut dyn Link,
    shell: Shell<'_>,
    observer: &mut dyn FnMut(Event<'_, Q>),
) -> Result<Ran, CannotRun> {
    let Shell { now, stop } = shell;
    let mut round_trip: Option<Span> = None;
    while let Action::Send { not_before, time_out, plan } = session.next(now()) {
        while now() < not_before && !stop() {
            // What arrives now belongs to a plan that is over.
            link.receive(until(now(), not_before))?;
        }
        if stop() {
            return Ok(Ran { took: now(), round_trip, stopped: true });
        }
        let start = now();
        let outcomes = played(maker, link, (&plan, time_out), now, observer)?;
        for trip in outcomes.iter().filter_map(|outcome| outcome.round_trip()) {
            round_trip = Some(round_trip.map_or(trip, |known| known.min(trip)));
        }
        session.note(start, &outcomes);
        observer(Event::Noted { session, plan: &plan, outcomes: &outcomes });
    }
    Ok(Ran { took: now(), round_trip, stopped: false })
}

/// Sends the requests of a plan and waits for their outcomes.
fn played<Q: Question>(
    maker: &mut Maker,
    link: &mut dyn Link,
    (plan, time_out): (&Plan, Span),
    now: &dyn Fn() -> Span,
    observer: &mut dyn FnMut(Event<'_, Q>),
) -> Result<Vec<Outcome>, CannotRun> {
    let start = now().nanoseconds();
    let (mut requests, mut ports) = (Vec::new(), Vec::new());
    for send in &plan.sends {
        let at = Span::from_nanoseconds(start.saturating_add(send.at.nanoseconds()));
        let request = maker.request(send)?;
        ports.push(request.as_ref().map(|request| request.key.port));
        requests.push((at, request));
    }
    let mut batch = Batch::new(maker.asking().clone(), maker.target(), time_out, requests);
    while let Some(deadline) = batch.deadline() {
        while let Some((index, request)) = batch.due(now()) {
            let left = link.send(request)?;
            if left {
                observer(Event::Sent(request));
            }
            batch.sent(index, now(), left);
        }
        if let Some(incoming) = link.receive(until(now(), deadline))?
            && batch.received(now(), &incoming)
        {
            observer(Event::Received(&incoming));
        }
        batch.give_up(now());
    }
    link.plan_ended();
    let outcomes = batch.outcomes();
    for ((send, port), outcome) in plan.sends.iter().zip(ports).zip(&outcomes) {
        if let (Role::Control, Fate::Passed, Some(port)) = (send.role, outcome.fate(), port) {
            maker.answered(port);
        }
    }
    Ok(outcomes)
}

/// How long to wait for that time, at most [`BREATH`].
fn until(now: Span, time: Span) -> Duration {
    let left = time.nanoseconds().saturating_sub(now.nanoseconds());
    Duration::from_nanos(u64::try_from(left).unwrap_or(0)).min(BREATH)
}
