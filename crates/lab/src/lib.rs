//! The lab: runs of scenarios in the simulated world, what they leave behind, and what many of them show.
//!
//! Nothing here reads a clock or a random source of the machine: same scenario, same seed, same bytes. Nothing but
//! captured bytes reaches the diagnosis. Only the state file of a sweep touches the disk, and only sweeps have
//! threads.
//!
//! # Data flow
//!
//! A scenario (`unanswered-scenario`) runs in the simulated world (`unanswered-world`), which reports to an
//! observer. [`record`] is the observer of one run: captures, the truth about each failed request, alarms,
//! translations, billboards. [`diagnosis`] passes the captures, as bytes, to `explain` and compares with what
//! the scenario expects; [`narrative`] describes the run for a reader. [`sweep`] runs a scenario and its
//! variants with many seeds and fills a forecast (`unanswered-forecast`); [`shrink`] finds the smallest
//! scenario that still shows a fault.
//!
//! # Entry points
//!
//! - [`record::run`] runs a scenario with one seed; [`record::truth()`] says what failed in it and why.
//! - [`diagnosis::exchanges`], [`diagnosis::diagnose`] and [`diagnosis::check`] test the diagnosis on its captures.
//! - [`sweep::sweep`] and [`shrink::shrink`] do many runs.
//!
//! ```
//! use unanswered_lab::record::{Wanted, run, truth};
//! use unanswered_scenario::{DiagnosisNames, parse};
//! let text = r#"
//! version = 1
//! title = "one client, one server"
//! start = 2026-03-02T06:00:00Z
//! duration = "1h"
//! [network.lan]
//! subnet = "10.0.0.0/24"
//! [host.server]
//! network = "lan"
//! address = "10.0.0.1"
//! service.ntpd = { kind = "ntp-server", profile = "ntpd-4.2.8" }
//! [host.client]
//! network = "lan"
//! address = "10.0.0.2"
//! service.ntpd = { kind = "ntp-client", profile = "ntpd-4.2.8", servers = ["server"] }
//! "#;
//! let scenario = parse(text, "lan.toml", DiagnosisNames::default()).expect("the scenario is sound");
//! let record = run(&scenario, 1, &Wanted::default());
//! assert!(truth(&scenario, 1, &record).faults.is_empty());
//! ```
pub mod diagnosis;
mod host_groups;
pub mod narrative;
pub mod record;
pub mod shrink;
pub mod sweep;
