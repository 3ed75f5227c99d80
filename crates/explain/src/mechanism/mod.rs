//! Mechanisms as hypotheses: what a device or a server does with requests one after another.
//!
//! A rule says *which* requests fail by what stands in them. A mechanism says *why* by what went before: it replays the
//! [`History`] of a population with a few parameters, keeps a state (tokens, open places, known flows, pauses), and
//! predicts which requests fail. It is scored in the currency of rules: Bernoulli log-likelihood ratio of "fails more
//! often where it is predicted", minus what the mechanism and its parameters cost to say ([`Fit::score`], nats).
//!
//! [`fit_all`] tries every mechanism; [`replay`] runs a fitted one over another history. Both need *all* requests that shared
//! the state, not a sample: what is left out takes no token. Nothing here knows a packet; the same history gives the same
//! fits; no history makes it panic.
//!
//! A request's own outcome is never used to predict it. Most replays go by arrivals alone. Where outcomes of *earlier* requests
//! are used (who holds a place, who was answered and when), a failure must make the next failure of its key less likely, never
//! more: neither a burst of losses nor a key that always fails may predict itself. [`Queue`] alone says that lateness makes
//! others late; it needs late answers, and losses give none.
//!
//! # Adding one
//!
//! A file with a type that is `Replayed` (below); its `mod` line, and its line in the list of mechanisms.

mod bucket;
mod byte_bucket;
mod history;
mod idle;
mod judge;
mod keep_alive;
#[cfg(test)]
mod nulls;
mod open_limit;
mod queue;
mod remembered;
mod reuse;
mod round_robin;
mod table;
#[cfg(test)]
mod testing;
mod threshold;

pub use bucket::{Bucket, Charge};
pub use byte_bucket::ByteBucket;
pub use history::{History, Key};
pub use idle::{IdleTimeout, Until};
pub use judge::{Estimate, Fit};
pub use keep_alive::KeepAliveRace;
pub use open_limit::OpenLimit;
pub use queue::Queue;
pub use remembered::{Begun, Remembered};
pub use reuse::Reuse;
pub use round_robin::{RoundRobin, Turn};
pub use table::FullTable;

use judge::Judge;

/// What a mechanism can do.
trait Replayed: Sized {
    /// Stable name for programs.
    const CODE: &'static str;

    /// Whether it fails because there is too much of something: requests, open places, flows, waiting.
    const OVERLOAD: bool;

    /// How many kinds and keys of it are tried: part of what it costs to name one.
    const WAYS: usize;

    /// Tries it; hands over what explains more than it costs.
    fn fit(judge: &Judge<'_>, found: &mut Vec<Fit>);

    /// Which requests it predicts to fail. `None` when the history lacks a column that it needs.
    fn replay(&self, history: &History<'_>) -> Option<Vec<bool>>;
}

/// Makes the enum of mechanisms and the two walks over them from one list.
macro_rules! mechanisms {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A mechanism with its fitted parameters.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Mechanism {
            $($(#[$doc])* $name($name),)*
        }

        $(impl From<$name> for Mechanism {
            fn from(mechanism: $name) -> Self {
                Self::$name(mechanism)
            }
        })*

        /// How many mechanisms, kinds and keys are tried.
        const WAYS: usize = 0 $(+ $name::WAYS)*;

        /// How each mechanism is tried.
        const FITTERS: &[fn(&Judge<'_>, &mut Vec<Fit>)] = &[$($name::fit,)*];

        impl Mechanism {
            /// Stable name for programs.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $name::CODE,)*
                }
            }

            /// Whether requests fail because there is too much of something.
            #[must_use]
            pub const fn is_overload(&self) -> bool {
                match self {
                    $(Self::$name(_) => $name::OVERLOAD,)*
                }
            }

            fn replayed(&self, history: &History<'_>) -> Option<Vec<bool>> {
                match self {
                    $(Self::$name(mechanism) => mechanism.replay(history),)*
                }
            }
        }
    };
}

mechanisms! {
    /// Only so many requests a second, after a burst.
    Bucket,
    /// Only so many bytes a second, after a burst.
    ByteBucket,
    /// Only so many open at once.
    OpenLimit,
    /// A table of flows is full.
    FullTable,
    /// A flow was forgotten while it paused.
    IdleTimeout,
    /// One request at a time: late behind a slow one.
    Queue,
    /// Every so many-th request goes to the same place, which is dead or fails.
    RoundRobin,
    /// An id or a port was used again too soon.
    Reuse,
    /// A connection was used at the moment at which the server closed it.
    KeepAliveRace,
    /// What was decided when a flow began outlives an event.
    Remembered,
}

/// Tries all mechanisms; those that explain more than they cost, best first. Empty where nothing failed, too little
/// did, or everything did, and where the history is not sound ([`History::is_sound`]).
#[must_use]
pub fn fit_all(history: &History<'_>) -> Vec<Fit> {
    let mut found = Vec::new();
    if !history.is_sound() {
        return found;
    }
    let judge = Judge::new(history, WAYS);
    if judge.has_both() {
        for fit in FITTERS {
            fit(&judge, &mut found);
        }
    }
    found.sort_by(|a, b| b.score().total_cmp(&a.score()));
    with_twins(found)
}

/// Each prediction once, with what else makes it.
fn with_twins(found: Vec<Fit>) -> Vec<Fit> {
    let mut different: Vec<Fit> = Vec::new();
    for fit in found {
        match different.iter_mut().find(|other| other.predicted == fit.predicted) {
            Some(other) => other.twins.push(fit.mechanism),
            None => different.push(fit),
        }
    }
    different
}

/// Which requests a mechanism predicts to fail, all of them in their order. None does where the history is not sound or
/// lacks a column that the mechanism needs.
#[must_use]
pub fn replay(mechanism: &Mechanism, history: &History<'_>) -> Vec<bool> {
    let predicted = if history.is_sound() { mechanism.replayed(history) } else { None };
    predicted.unwrap_or_else(|| vec![false; history.len()])
}
