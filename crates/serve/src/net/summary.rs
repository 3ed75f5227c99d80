//! What there is to report when serving has ended.

use crate::decision::Tally;
use std::fmt;
use std::time::Duration;
use unanswered_time::spans::in_words;

/// What there is to report when serving has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// What became of requests.
    pub tally: Tally,
    /// Replies that the kernel did not take, and those that were still due at the end.
    pub unsent: u64,
    /// How long it took.
    pub took: Duration,
}

impl fmt::Display for Summary {
    /// One line in all, and one for each reason.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { requests, answered, refused, .. } = self.tally;
        let took = self.took.as_secs_f64();
        let took = in_words(took).unwrap_or_else(|| format!("{took} s"));
        let dropped = self.tally.dropped_in_all();
        let plural = if requests == 1 { "" } else { "s" };
        write!(
            f,
            "{requests} request{plural} in {took}: {answered} answered, {refused} refused, {dropped} dropped"
        )?;
        for (reason, count) in self.tally.reasons() {
            write!(f, "\n  {count} dropped: {reason}")?;
        }
        if self.unsent > 0 {
            write!(f, "\n  {} of the replies were not sent", self.unsent)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::{Decision, Reason};
    use unanswered_wire::Span;

    #[test]
    fn the_summary_counts_what_became_of_requests_and_why() {
        let mut tally = Tally::default();
        tally.count(Decision::Answer(Span::default()));
        let mut summary = Summary { tally, unsent: 0, took: Duration::from_millis(3200) };
        assert_eq!(summary.to_string(), "1 request in 3.2 s: 1 answered, 0 refused, 0 dropped");
        summary.tally.count(Decision::Drop(Reason::ProgramPort));
        summary.tally.count(Decision::Refuse(Span::default()));
        summary.unsent = 1;
        assert_eq!(
            summary.to_string(),
            "3 requests in 3.2 s: 1 answered, 1 refused, 1 dropped\n  \
             1 dropped: a source port that the program drops\n  1 of the replies were not sent"
        );
    }
}
