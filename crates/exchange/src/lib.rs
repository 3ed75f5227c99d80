//! What happened to each request.
pub mod outcome;
pub mod table;
pub use outcome::*;
pub use table::*;
