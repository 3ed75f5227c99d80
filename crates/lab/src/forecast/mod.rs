//! The forecast: many seeds of one scenario, and what they have in common; and the smallest scenario
//! that still shows a fault.
//!
//! The way of a sweep: [`sweep`] runs each seed of the scenario and of its variants (`watch`, with
//! `dice` and `reboots` counting), then plays some of the runs with a fault again with captures to see
//! when `explain` names it (`naming`). Results are kept in a state file as they come (`state_file`),
//! and put together in order of variant and seed (`summary`, with `statistics`), so that neither the
//! number of threads nor interruptions change the answer. A [`Forecast`] is plain data;
//! [`render_text`], [`render_html`] and [`to_json`] show it.
//!
//! [`shrink()`] is delta debugging of a scenario file: everything that the fault does not need goes.

mod dice;
mod html;
mod json;
mod naming;
mod pictures;
mod reboots;
mod shrink;

mod state_file;
pub mod statistics;
mod summary;
mod sweep;
mod table;
mod text;
mod watch;
mod words;

pub use html::render_html;
pub use json::to_json;
pub use shrink::{ShrinkError, ShrinkOptions, Shrunk, shrink};

pub use summary::{Case, Fault, Forecast, RebootEffect, Rolls, Showing, Waiting};
pub use sweep::{Options, Progress, Stage, SweepError, sweep};
pub use text::render_text;
