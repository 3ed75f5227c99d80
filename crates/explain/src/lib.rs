//! What tells the unanswered requests from the answered ones.
pub mod catalogue;
mod constants;
mod diagnose;
mod features;
mod finding;
mod load;
mod search;
mod source;
pub mod step;
mod time;
mod why;
pub use diagnose::{Options, explain};
pub use features::{AFTER_NAT, ExchangeSource};
pub use finding::*;
pub use source::Source;
pub use why::{Inside, Outside, Tries, WhyNow};
