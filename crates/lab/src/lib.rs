//! Scenarios of sites and their faults, and the deterministic world that runs them.
//!
//! Data flow: a TOML file becomes a resolved [`scenario`]; the simulated world ([`sim`]) runs it with
//! a seed and tells an observer; [`record`] keeps captures, truth, alarms and billboards of that run;
//! [`diagnosis`] gives the captures to `explain` and compares with what the scenario expects. All of
//! [`conntrack`], [`random`] and the NTP core are sans-IO, so that another world (the kernel's, later)
//! can use the same scenarios and cores.
//!
//! Nothing here reads a clock or a random source of the machine: same scenario, same seed, same bytes.
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
mod groups;
pub mod narrative;
pub mod record;
pub mod shrink;
pub mod sweep;
