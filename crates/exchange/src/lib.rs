//! What happened to each request.
pub mod outcome;
pub mod table;
pub mod table_io;
pub use outcome::*;
pub use table::*;
