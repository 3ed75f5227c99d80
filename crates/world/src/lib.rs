//! The simulated world: deterministic discrete events over sans-IO cores.
//!
//! Data flow: a [`Scenario`](unanswered_scenario::model::Scenario) and a seed make a [`World`] (`state` is
//! the site at a moment, `topology` who is where). Its `queue` gives events in order of time: packets
//! that come out of a network (`path`, `crossing`, `tracking`), services that want to be called (`service`), hosts that boot
//! (`power`), the scenario's own events and captures (`timeline`), alarms (`alarm`). What is worth
//! telling goes to an [`Observer`]; the world itself keeps only what it needs, so that it runs for
//! months of simulated time in little memory. What became of each request, and at which step and why it
//! failed, stands in the `ledger` - the truth that a diagnosis of the captures is measured by.
//!
//! Packets are structs of fields (`packet`); bytes are made where somebody captures (`unanswered_lab::record`).
//!
//! Deterministic: same scenario, same seed, same events on every machine. Randomness comes from one
//! stream for each purpose and place ([`crate::random`]), time from the queue; nothing iterates over a
//! hash map.

mod alarm;
mod clock;
pub mod conntrack;
mod crossing;
pub mod fields;
mod firewall;
mod icmp;
mod identification;
pub mod ledger;
mod link;
pub mod observer;
pub mod packet;
mod path;
mod power;
mod queue;
pub mod random;
mod service;
pub mod state;
mod timeline;
mod topology;
mod tracking;
mod world;

pub use observer::{Nobody, Observer};

pub use queue::Queue;
pub use world::World;
