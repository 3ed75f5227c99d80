//! The server on real sockets: the only part of this crate that reads clocks, waits and knows the kernel.
//!
//! [`Serving::open`] binds everything, so that what is wrong shows at once, and drops rights; [`Serving::run`] starts the
//! workers and waits for a signal, the count or the time to end it.

mod error;
mod listen;
mod listener;
mod pending;
mod serving;
mod summary;
mod worker;

pub use error::ServeError;
pub use listen::{Listen, ListenError};
pub use serving::{Job, Serving};
pub use summary::Summary;
