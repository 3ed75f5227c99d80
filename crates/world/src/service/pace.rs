//! When a client asks next.

use super::service_context::ServiceContext;
use unanswered_scenario::model::Duration;
use unanswered_wire::Time;

/// Again and again, with random times between.
pub(super) struct Pace {
    interval: Duration,
    next: Time,
}

impl Pace {
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, next: Time::default() }
    }

    /// The first time is anywhere within one interval.
    pub(super) fn start(&mut self, context: &mut ServiceContext<'_>) {
        let first = context.draw(self.interval);
        self.next = context.now + context.random.span_below(first);
    }

    pub(super) fn is_due(&self, context: &ServiceContext<'_>) -> bool {
        self.next <= context.now
    }

    /// Plans the time after this one.
    pub(super) fn plan(&mut self, context: &mut ServiceContext<'_>) {
        self.next = context.now + context.draw(self.interval);
    }

    /// The next time, or what the client waits for before that.
    pub(super) fn or_earlier(&self, deadline: Option<Time>) -> Option<Time> {
        Some(deadline.map_or(self.next, |deadline| deadline.min(self.next)))
    }
}
