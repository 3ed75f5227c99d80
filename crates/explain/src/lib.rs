//! What tells the unanswered requests from the answered ones.
<<<<<<< HEAD
mod constants;
mod diagnose;
=======
pub mod catalogue;
>>>>>>> 17d48d2 (The catalogue of known faults, and how a finding is matched with it)
mod finding;
mod load;
mod search;
mod source;
mod time;
pub use diagnose::{Options, explain};
pub use finding::*;
pub use source::Source;
