//! What tells the unanswered requests from the answered ones.
pub mod catalogue;
mod constants;
mod diagnose;
mod finding;
mod load;
mod search;
mod source;
mod time;
pub use diagnose::{Options, explain};
pub use finding::*;
pub use source::Source;
