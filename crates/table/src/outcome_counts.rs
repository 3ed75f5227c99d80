//! Requests counted by what became of them.

use crate::Outcome;

/// Requests by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeCounts {
    /// In the order of [`Outcome::ALL`].
    counts: [u64; Outcome::ALL.len()],
}

impl OutcomeCounts {
    /// Adds one request.
    #[inline]
    pub const fn add(&mut self, outcome: Outcome) {
        self.counts[outcome as usize] += 1;
    }

    /// Adds the requests of another count.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
    }

    /// Requests with that outcome.
    #[must_use]
    pub const fn of(&self, outcome: Outcome) -> u64 {
        self.counts[outcome as usize]
    }

    /// All requests.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Requests that failed ([`Outcome::failed`]).
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.present().filter(|(outcome, _)| outcome.failed()).map(|(_, count)| count).sum()
    }

    /// Requests that can be judged ([`Outcome::judged`]).
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.present().filter(|(outcome, _)| outcome.judged()).map(|(_, count)| count).sum()
    }

    /// The outcomes that any request has, with their number, in the order of [`Outcome::ALL`].
    pub fn present(&self) -> impl Iterator<Item = (Outcome, u64)> + use<> {
        let counts = *self;
        let all = Outcome::ALL.into_iter().map(move |outcome| (outcome, counts.of(outcome)));
        all.filter(|(_, count)| *count > 0)
    }
}

impl<'a> FromIterator<&'a Outcome> for OutcomeCounts {
    fn from_iter<T: IntoIterator<Item = &'a Outcome>>(outcomes: T) -> Self {
        let mut counts = Self::default();
        outcomes.into_iter().for_each(|outcome| counts.add(*outcome));
        counts
    }
}

impl<const N: usize> From<[(Outcome, u64); N]> for OutcomeCounts {
    fn from(pairs: [(Outcome, u64); N]) -> Self {
        let mut all = Self::default();
        for (outcome, count) in pairs {
            all.counts[outcome as usize] += count;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_say_nothing_are_not_judged_and_none_is_lost() {
        let outcomes = [
            Outcome::Answered,
            Outcome::Late,
            Outcome::Unknown,
            Outcome::Answered,
            Outcome::NoneDue,
            Outcome::Superseded,
        ];
        let counts: OutcomeCounts = outcomes.iter().collect();
        assert_eq!((counts.requests(), counts.judged(), counts.failed()), (6, 3, 1));
        let present = [
            (Outcome::Answered, 2),
            (Outcome::Late, 1),
            (Outcome::Superseded, 1),
            (Outcome::NoneDue, 1),
            (Outcome::Unknown, 1),
        ];
        assert!(counts.present().eq(present));
        assert_eq!(counts, OutcomeCounts::from(present));
    }
}
