//! Captures at all places of a Linux host at once: all interfaces asked for, in all network namespaces asked
//! for, into one pcapng file.
//!
//! It decides nothing about a packet beyond the filter that it was given. On systems other than Linux this crate
//! is empty.
//!
//! # Data flow
//!
//! ```text
//!  Selection   namespaces, places   names and patterns to interfaces; a thread in each namespace opens
//!     |                             a packet socket for each, which stays there; all start at once
//!     v
//!  Filter      filter, kernel       a program that the kernel runs for each frame; what it keeps goes into
//!     |                             a ring of shared memory, one for each place
//!     v
//!  session     kernel, queue, span  one thread: waits for any ring or signal, takes out what is there, holds
//!     |                             it until nothing earlier can come, and lets it go in order of time
//!     v
//!  output                           pcapng: one file, a ring of files, or standard output
//! ```
//!
//! All places are opened before any of them receives, start together and stop together, and a packet counts only between
//! two moments that are the same for all of them: so that one that was open earlier than another does not make it look
//! as if packets were lost between them (`places::opening`, `span`). The file says which moments those are: each
//! interface's statistics carry them as `isb_starttime` and `isb_endtime`.
//!
//! Once everything is open, [`run`] drops all capabilities and becomes an unprivileged user (`privileges` says when it
//! stays root). All unsafe code is in `kernel`.
//!
//! # Entry points
//!
//! [`list`] returns the places that a [`Selection`] means. [`run`] takes a [`Job`] and captures until a signal, the
//! count or the time ends it:
//!
//! ```no_run
//! use unanswered_live::{Filter, Job, Owner, Selection, Target, run};
//! use unanswered_wire::ProtocolId;
//!
//! let job = Job {
//!     places: Selection { namespaces: vec!["all".into()], ..Selection::default() },
//!     filter: Filter { protocols: vec![ProtocolId::NTP, ProtocolId::DNS], ..Filter::default() },
//!     ring: None,
//!     snap: 262_144,
//!     promiscuous: true,
//!     target: Target::File("host.pcapng".into()),
//!     rotation: None,
//!     count: None,
//!     time: Some(std::time::Duration::from_secs(60)),
//!     owner: Owner::default(),
//! };
//! let summary = run(job, &mut |notice| eprintln!("{notice}"))?;
//! println!("{} packets, {} lost by the kernel", summary.packets, summary.dropped());
//! # Ok::<(), unanswered_live::CaptureError>(())
//! ```
//!
//! # Errors
//!
//! What concerns one place (it disappears, or none of its frames can be decoded) is a [`Notice`], and the others
//! continue; everything else is a [`CaptureError`]. What the kernel had to drop is counted for each place and always
//! reported.
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
mod span;

pub use clock::{monotonic, real};
pub use error::CaptureError;
pub use filter::{Begins, Filter, Instruction, NotAPrefix, Prefix, TooLong};
pub use notice::{Notice, PlaceSummary, Summary};
pub use output::{Rotation, Target};
pub use places::{ListedPlace, Selection};
pub use privileges::{Owner, Successor, SudoCaller, successor};
pub use session::{Job, list, run, signals};

use places::Place;
