//! What tells the unanswered requests from the answered ones.
mod finding;
mod source;
pub use finding::*;
pub use source::Source;
