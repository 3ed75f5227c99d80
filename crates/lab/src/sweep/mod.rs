//! Many seeds of one scenario and of its variants, and what they have in common.
//!
//! Data flow: [`sweep`] runs each seed of each case (`swept_case`) on all cores (`parallel`) and
//! observes it (`observed_run`, with `port_choices` and `reboots` counting), then repeats some of the runs
//! with a fault with captures to see when `explain` names it (`time_to_diagnosis`). Results are kept
//! in a state file as they come (`state_file`), and combined in order of variant and seed (`summary`),
//! so that neither the number of threads nor interruptions change the answer: a
//! [`Forecast`](unanswered_forecast::Forecast).

mod observed_run;
mod options;
mod parallel;
mod port_choices;
mod reboots;
mod state_file;
mod summary;
mod swept_case;
mod time_to_diagnosis;

pub use options::{SweepError, SweepOptions, SweepProgress, SweepStage};
pub use parallel::sweep;
