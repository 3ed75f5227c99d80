//! How long a client waits for an answer before it asks the next server, or the same one under a new number; and what its
//! asking again says of answers that were seen.
//!
//! Both are learnt of each client alone. Its *patience* is the time after which it asks the same question again where
//! nothing has come. Where that is known,
//!
//! - an answer that was seen in time, and after which the client nevertheless asked the next server when its patience had
//!   ended, was lost behind the place that saw it; where it asked the same server again, that is not known: a program that
//!   failed for another reason does so, too, after a pause of its own;
//! - an answer that came after the client had moved on, and after the next one was answered, was late for it.
//!
//! Much else makes clients ask the same again: a cached answer that expires, a poller, two programs, many hosts behind one
//! address. So nothing is concluded but from what is frequent ([`OFTEN`] different questions), happens at that one moment
//! ([`Patience::is_at`]) rather than at any, and is not how the client treats most answers, as a poller does. Answers that explain
//! the next question otherwise (errors, cut off ones) are no answers here; one that the name does not exist is followed by
//! another name, and at once.

use super::Requests;
use super::parallel::{AT_ONCE, Key, key, wins_first};
use crate::names::AddressId;
use crate::pairer::RETRANSMITTED_AFTER;
use std::collections::{BTreeMap, BTreeSet};
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{ProtocolId, Span, Time};

/// So many different questions show a habit: two may be chance.
const OFTEN: usize = 3;

/// Gaps between requests are of one timer when they differ by one of so many parts at most: timers are exact to
/// milliseconds, patience is seconds.
const PRECISION: i64 = 20;

/// Protocol and client.
type Client = (u8, AddressId);

/// A request and the next one with its question.
#[derive(Clone, Copy, Debug)]
struct Step {
    row: u32,
    /// Number of the question.
    question: usize,
    /// From the request to the next one.
    gap: Span,
    /// From the request to its reply, if one was seen.
    reply: Option<Span>,
    /// The next one went to another server.
    elsewhere: bool,
    /// A later request with this question was answered before this one's reply came.
    overtaken: bool,
}

/// How long a client waits.
#[derive(Clone, Copy, Debug)]
struct Patience(Span);

pub(super) fn mark(requests: &mut Requests<'_>) {
    let clients = impatient(requests);
    if clients.is_empty() {
        return;
    }
    let mut asked: BTreeMap<Client, BTreeMap<Key, Vec<u32>>> = BTreeMap::new();
    for row in requests.rows().filter(|&row| wins_first(requests, row)) {
        let client = client(requests, row);
        if clients.contains(&client) {
            asked.entry(client).or_default().entry(key(requests, row)).or_default().push(row);
        }
    }
    for questions in asked.values() {
        let steps: Vec<Step> =
            questions.values().enumerate().flat_map(|(number, rows)| steps(requests, number, rows)).collect();
        let Some(patience) = Patience::of(&steps) else { continue };
        let answered = questions.values().flatten().filter(|&&row| passed(requests, row)).count();
        for (row, elsewhere) in patience.lost(&steps, |row| passed(requests, row), answered) {
            let outcome = if elsewhere { Outcome::Unanswered } else { Outcome::Unknown };
            requests.give(row, outcome, Reason::ReplyLost);
        }
        for step in steps.iter().filter(|step| step.overtaken && patience.is_at(step.gap)) {
            if requests.outcome(step.row) == Outcome::Answered {
                requests.give(step.row, Outcome::Late, Reason::AfterTimeout);
            }
        }
    }
}

/// Clients that may have lost patience: often nothing came soon. Only their requests are looked at.
fn impatient(requests: &Requests<'_>) -> BTreeSet<Client> {
    let mut waited: BTreeMap<Client, usize> = BTreeMap::new();
    for row in requests.rows().filter(|&row| wins_first(requests, row)) {
        if replied_after(requests, row).is_none_or(|after| after > RETRANSMITTED_AFTER) {
            *waited.entry(client(requests, row)).or_default() += 1;
        }
    }
    waited.into_iter().filter(|(_, count)| *count >= OFTEN).map(|(client, _)| client).collect()
}

fn client(requests: &Requests<'_>, row: u32) -> Client {
    let leg = requests.nearest(row);
    (leg.protocol, leg.client)
}

/// How long after the request its reply was seen, of whatever kind.
fn replied_after(requests: &Requests<'_>, row: u32) -> Option<Span> {
    Some(requests.joined.reply_after[row as usize]).filter(|after| after.nanoseconds() >= 0)
}

/// Whether an answer was seen in time that nothing shows to have arrived, or not to have.
fn passed(requests: &Requests<'_>, row: u32) -> bool {
    requests.outcome(row) == Outcome::Answered && requests.reason(row) == Reason::PassedHere
}

/// The requests with one question that were followed by another, within two time-outs of the protocol; `rows` by time.
fn steps(requests: &Requests<'_>, question: usize, rows: &[u32]) -> Vec<Step> {
    let time = |row: u32| requests.nearest(row).time;
    let within = |row: u32| {
        let timeout = requests.legs.config.timeout(ProtocolId(requests.nearest(row).protocol));
        Span::from_nanoseconds(timeout.nanoseconds().saturating_mul(2))
    };
    let answered_at = |row: u32| -> Option<Time> {
        let answered = requests.outcome(row) == Outcome::Answered;
        replied_after(requests, row).filter(|_| answered).map(|after| time(row) + after)
    };
    let step = |(index, &row): (usize, &u32)| {
        let later = rows.get(index + 1..)?;
        let gap_to = |next: u32| time(next) - time(row);
        let next = later.iter().copied().find(|&next| gap_to(next) > AT_ONCE)?;
        let gap = gap_to(next);
        let reply = replied_after(requests, row);
        let elsewhere = requests.nearest(next).server != requests.nearest(row).server;
        let overtaken = answered_at(row).is_some_and(|at| {
            let others = later.iter().take_while(|&&next| time(next) < at);
            at > time(next)
                && others
                    .filter(|&&other| gap_to(other) > AT_ONCE)
                    .any(|&other| answered_at(other).is_some_and(|a| a < at))
        });
        (gap <= within(row)).then_some(Step { row, question, gap, reply, elsewhere, overtaken })
    };
    rows.iter().enumerate().filter_map(step).collect()
}

impl Step {
    /// The client had nothing when it asked again; what came just before may have crossed the next request.
    fn had_nothing(&self) -> bool {
        self.reply.is_none_or(|reply| reply > self.gap)
    }

    /// An answer had passed long before the client asked again.
    fn had_answer(&self) -> bool {
        self.reply.is_some_and(|reply| {
            self.gap.nanoseconds() - reply.nanoseconds() >= RETRANSMITTED_AFTER.nanoseconds()
        })
    }
}

/// How many different questions they are about.
fn questions<'a>(steps: impl Iterator<Item = &'a Step>) -> usize {
    steps.map(|step| step.question).collect::<BTreeSet<_>>().len()
}

impl Patience {
    /// What the requests without a reply show: the gap that most of them have in common.
    fn of(steps: &[Step]) -> Option<Self> {
        let mut gaps: Vec<Span> =
            steps.iter().filter(|step| step.had_nothing()).map(|step| step.gap).collect();
        gaps.sort_unstable();
        let patience = Self(*gaps.get(gaps.len() / 2)?);
        let alike = || steps.iter().filter(|step| step.had_nothing() && patience.is_at(step.gap));
        (patience.0 > RETRANSMITTED_AFTER && questions(alike()) >= OFTEN && alike().count() * 2 >= gaps.len())
            .then_some(patience)
    }

    /// Whether a gap is this long.
    fn is_at(self, gap: Span) -> bool {
        (gap.nanoseconds() - self.0.nanoseconds()).abs() <= self.0.nanoseconds() / PRECISION
    }

    /// The requests whose reply passed and did not arrive, and whether the client asked another server then. `answered`: how
    /// many of the client's were replied to like that.
    fn lost(self, steps: &[Step], passed: impl Fn(u32) -> bool, answered: usize) -> Vec<(u32, bool)> {
        let again = || steps.iter().filter(|step| step.had_answer() && passed(step.row));
        let signs = || again().filter(|step| self.is_at(step.gap));
        let enough = questions(signs()) >= OFTEN;
        // Else they come at any moment, of which some are this one by chance.
        let by_its_timer = signs().count() * 2 >= again().count();
        // Else it may be a poller's pace that some of its questions without an answer show, too.
        let not_usual = signs().count() * 2 <= answered;
        if enough && by_its_timer && not_usual {
            signs().map(|step| (step.row, step.elsewhere)).collect()
        } else {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests;
