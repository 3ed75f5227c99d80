//! What a run leaves behind: captures, the truth, alarms, translations, billboards.
//!
//! Data flow: the world reports to the observer in `recorder`; [`Captures`] turns what passes a vantage
//! point into frames ([`FrameMaker`]) of one pcapng file; [`truth`] says where and why every failed request
//! failed, in the words of `cause_names`; `files` writes the rest as text.

mod captured_frames;
pub mod cause_names;
mod files;
mod frames;
mod recorder;
mod truth;

pub use captured_frames::Captures;
pub use files::{requests_csv, timeline_jsonl, translations_csv};
pub use frames::{Crossed, FrameMaker, hardware_address};
pub use recorder::{
    Asked, Ended, Happened, HostCommand, Look, LookOutput, PortRewrite, RunRecord, Snapshot, Wanted, look,
    run,
};
pub use truth::{FaultRow, RequestRow, Truth, truth};
