//! What a mechanism replays: the requests of one population in order of time, as plain columns.

use unanswered_table::MISSING;

/// The requests of one population in order of time. All columns are borrowed and equally long; a column that is
/// not known is empty, and mechanisms that need it are not tried.
///
/// Keys are codes. A request whose key is [`MISSING`] takes no part in a mechanism that goes by this key: it changes
/// no state and is never predicted to fail.
#[derive(Clone, Copy, Debug, Default)]
pub struct History<'a> {
    /// When each request was sent, seconds, ascending.
    pub times: &'a [f64],
    /// Whether it failed in the manner that is looked at.
    pub failed: &'a [bool],
    /// Whether its outcome counts. A request that does not count (another failure, an unknown outcome) passes through
    /// the state all the same: it was sent.
    pub counted: &'a [bool],
    /// Who asked.
    pub client: &'a [u32],
    /// The network of who asked.
    pub client_network: &'a [u32],
    /// Who was asked.
    pub server: &'a [u32],
    /// The flow: addresses and ports.
    pub flow: &'a [u32],
    /// What a request is told apart by, or the port that it was sent from.
    pub id: &'a [u32],
    /// How long it is, bytes; not a number where that is not known.
    pub bytes: &'a [f64],
    /// When it stopped being open, seconds: reply, end of the connection, or time-out. Not a number: unknown, and then it
    /// holds no place. Infinite: still open at the end.
    pub until: &'a [f64],
    /// When the reply came, seconds, on time or late. Not a number: none was seen.
    pub replied: &'a [f64],
}

/// Which requests share one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// All requests of the population.
    All,
    /// Those of one client.
    Client,
    /// Those of the clients of one network.
    ClientNetwork,
    /// Those to one server.
    Server,
    /// Those of one client to one server.
    ClientAndServer,
    /// Those of one flow.
    Flow,
    /// Those with one id, whoever sends them.
    Id,
    /// Those of one client with one id.
    ClientAndId,
}

impl<'a> History<'a> {
    /// Whether the columns fit together: as long as each other or empty, times ascending and finite, and no more requests
    /// than 32 bits can count.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let n = self.times.len();
        let fits = |length: usize| length == n || length == 0;
        self.failed.len() == n
            && self.counted.len() == n
            && [self.client, self.client_network, self.server, self.flow, self.id]
                .iter()
                .all(|c| fits(c.len()))
            && [self.until, self.replied, self.bytes].iter().all(|c| fits(c.len()))
            && self.times.is_sorted()
            && self.times.iter().all(|t| t.is_finite())
            && u32::try_from(n).is_ok_and(|n| n < MISSING)
    }

    /// Requests.
    pub(super) const fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether a request counts and failed.
    pub(super) fn counted_failure(&self, row: usize) -> bool {
        self.failed[row] && self.counted[row]
    }

    /// Whether a request is known to have been answered.
    pub(super) fn answered(&self, row: usize) -> bool {
        self.counted[row] && !self.failed[row]
    }

    /// The pause of its key before each request, seconds. Not a number where there is none: for the first, without a
    /// key, and behind a request that was not answered. How long a client waits before it tries again follows from the
    /// failure, and explains none. Infinite for the first where it is `unseen` that counts.
    pub(super) fn pauses(&self, keyed: &Keyed, unseen: bool) -> Vec<f64> {
        let mut last = vec![if unseen { f64::NEG_INFINITY } else { f64::NAN }; keyed.count];
        let mut pauses = vec![f64::NAN; self.len()];
        for (row, &now) in self.times.iter().enumerate() {
            if let Some(key) = keyed.of_row(row) {
                pauses[row] = now - last[key];
                last[key] = if self.answered(row) { now } else { f64::NAN };
            }
        }
        pauses
    }

    /// Length of time from the first request to the last, seconds.
    pub(super) fn span(&self) -> f64 {
        self.times.last().unwrap_or(&0.0) - self.times.first().unwrap_or(&0.0)
    }

    /// Some requests in a row, with their columns.
    pub(super) fn part(&self, from: usize, to: usize) -> Self {
        fn cut<T>(column: &[T], from: usize, to: usize) -> &[T] {
            if column.is_empty() { column } else { &column[from..to] }
        }
        Self {
            times: cut(self.times, from, to),
            failed: cut(self.failed, from, to),
            counted: cut(self.counted, from, to),
            client: cut(self.client, from, to),
            client_network: cut(self.client_network, from, to),
            server: cut(self.server, from, to),
            flow: cut(self.flow, from, to),
            id: cut(self.id, from, to),
            bytes: cut(self.bytes, from, to),
            until: cut(self.until, from, to),
            replied: cut(self.replied, from, to),
        }
    }
}

/// The requests numbered by a key: 0, 1, ... in the order of their codes, or [`MISSING`].
#[derive(Clone, Debug)]
pub(super) struct Keyed {
    pub(super) codes: Vec<u32>,
    /// Number of distinct keys.
    pub(super) count: usize,
}

impl Keyed {
    /// The numbers of a key; `None` when a column that it needs is not known.
    pub(super) fn new(history: &History<'_>, key: Key) -> Option<Self> {
        let one = |column: &[u32]| (column.len() == history.len()).then(|| Self::of(column));
        match key {
            Key::All => Some(Self { codes: vec![0; history.len()], count: 1 }),
            Key::Client => one(history.client),
            Key::ClientNetwork => one(history.client_network),
            Key::Server => one(history.server),
            Key::Flow => one(history.flow),
            Key::Id => one(history.id),
            Key::ClientAndServer => Some(one(history.client)?.with(&one(history.server)?)),
            Key::ClientAndId => Some(one(history.client)?.with(&one(history.id)?)),
        }
    }

    /// Codes made dense.
    fn of(column: &[u32]) -> Self {
        let mut distinct: Vec<u32> = column.iter().copied().filter(|&c| c != MISSING).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let number = |code: &u32| {
            let place = distinct.binary_search(code).ok();
            place.and_then(|p| u32::try_from(p).ok()).unwrap_or(MISSING)
        };
        Self { codes: column.iter().map(number).collect(), count: distinct.len() }
    }

    /// Two keys taken together.
    fn with(&self, other: &Self) -> Self {
        let pair = |(&a, &b): (&u32, &u32)| {
            if a == MISSING || b == MISSING { u64::MAX } else { u64::from(a) << 32 | u64::from(b) }
        };
        let pairs: Vec<u64> = self.codes.iter().zip(&other.codes).map(pair).collect();
        let mut distinct: Vec<u64> = pairs.iter().copied().filter(|&p| p != u64::MAX).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let number = |pair: &u64| {
            let place = distinct.binary_search(pair).ok();
            place.and_then(|p| u32::try_from(p).ok()).unwrap_or(MISSING)
        };
        Self { codes: pairs.iter().map(number).collect(), count: distinct.len() }
    }

    /// The number of a request's key, if it has one.
    pub(super) fn of_row(&self, row: usize) -> Option<usize> {
        Some(self.codes[row]).filter(|&code| code != MISSING).map(|code| code as usize)
    }

    /// Requests that have a key.
    pub(super) fn known(&self) -> usize {
        self.codes.iter().filter(|&&code| code != MISSING).count()
    }

    /// Some requests in a row, with the same numbers.
    pub(super) fn part(&self, from: usize, to: usize) -> Self {
        Self { codes: self.codes[from..to].to_vec(), count: self.count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_numbered_and_missing_keys_stay_missing() {
        let history = History {
            times: &[0.0, 1.0, 2.0, 3.0],
            failed: &[false; 4],
            counted: &[true; 4],
            client: &[7, 7, 900, MISSING],
            server: &[1, 2, 1, 1],
            ..History::default()
        };
        assert!(history.is_sound());
        let pairs = Keyed::new(&history, Key::ClientAndServer).expect("both columns are known");
        assert_eq!((pairs.codes, pairs.count), (vec![0, 1, 2, MISSING], 3));
        assert!(Keyed::new(&history, Key::Flow).is_none());
    }

    #[test]
    fn a_pause_behind_a_failure_is_none() {
        let history = History {
            times: &[0.0, 1.0, 3.0, 6.0],
            failed: &[false, true, false, false],
            counted: &[true; 4],
            ..History::default()
        };
        let keyed = Keyed::new(&history, Key::All).expect("all");
        let pauses: Vec<Option<f64>> =
            history.pauses(&keyed, false).into_iter().map(|p| Some(p).filter(|p| !p.is_nan())).collect();
        assert_eq!(pauses, [None, Some(1.0), None, Some(3.0)]);
    }

    #[test]
    fn columns_that_do_not_fit_are_unsound() {
        let two = History { times: &[0.0, 1.0], failed: &[true], counted: &[true; 2], ..History::default() };
        assert!(!two.is_sound());
        let back =
            History { times: &[1.0, 0.0], failed: &[true; 2], counted: &[true; 2], ..History::default() };
        assert!(!back.is_sound());
    }
}
