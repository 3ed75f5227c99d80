//! Captures at all places of a Linux host at once: all interfaces asked for, in all network namespaces asked
//! for, into one pcapng file.
//!
//! Data flow:
//!
//! ```text
//!  Selection   namespaces, places   names and patterns to interfaces; a thread in each namespace opens
//!     |                             a packet socket for each, which stays there
//!     v
//!  Filter      filter, kernel       a program that the kernel runs for each frame; what it keeps goes into
//!     |                             a ring of shared memory, one for each place
//!     v
//!  session     kernel, queue        one thread: waits for any ring or signal, takes out what is there, holds
//!     |                             it until nothing earlier can come, and lets it go in order of time
//!     v
//!  output                           pcapng: one file, a ring of files, or standard output
//! ```
//!
//! Once everything is open, [`run`] gives up all rights (`privileges`). All unsafe code is in `kernel`.
//!
//! How it fails: what concerns one place (it goes away, its frames are none that are understood) is a
//! [`Notice`] and the others go on; everything else is a [`CaptureError`]. What the kernel had to drop is counted, for
//! each place, and never passed over.
//!
//! On other systems than Linux this crate is empty.
#![cfg(target_os = "linux")]

mod clock;
mod error;
mod filter;
mod kernel;
mod namespaces;
mod notice;
mod output;
mod pattern;
mod places;
mod privileges;
mod queue;
mod session;
mod source;

pub use error::CaptureError;
pub use filter::{Begins, Filter, Instruction, NotAPrefix, Prefix, TooLong};
pub use notice::{Notice, PlaceSummary, Summary};
pub use output::{Rotation, Target};
pub use places::{ListedPlace, Selection};
pub use privileges::Owner;
pub use session::{Job, list, run};

use places::Place;
