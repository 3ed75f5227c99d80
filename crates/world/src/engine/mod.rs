//! The running world: one event after the other.
//!
//! `main_loop` takes events in order of time. Packets that leave a network go through `forwarding` (with
//! `tracking` of flows), over the next network by `transmission`, or into a service by `delivery`; what is
//! lost is recorded (`losses`), and refused where the site does so (`icmp_errors`). Hosts boot and shut
//! down in `lifecycle`; the scenario's own events and captures are in `timeline` (kept in `agenda`), alarms
//! in `alarms` (kept in `alarm_states`).

mod agenda;
mod alarm_states;
mod alarms;
mod delivery;
mod forwarding;
mod icmp_errors;
mod lifecycle;
mod losses;
mod main_loop;
mod timeline;
mod tracking;
mod transmission;
mod world;

pub use main_loop::FinishedRun;
pub use world::World;
