//! The simulated world: a scenario run as deterministic discrete events.
//!
//! It makes no bytes and keeps no record: its observer does. It keeps only what it needs, so that it runs for
//! months of simulated time in little memory.
//!
//! # Data flow
//!
//! A [`Scenario`](unanswered_scenario::model::Scenario) and a seed make a [`World`]: the `site` at a moment,
//! a queue of events in order of time (`event_queue`) and the `engine` that takes one after the other.
//! Packets are structs of fields ([`sim_packet`]); hosts forward them by routes, firewalls and translations
//! ([`conntrack`]) as Linux does; clients and servers are in `service`. What is worth reporting goes to an
//! [`Observer`]. What became of each request, at which step and why it failed, is kept in the [`ledger`]: the truth
//! that a diagnosis of the captures is measured by.
//!
//! # Entry points
//!
//! [`World::new`] and [`World::run`]; an [`Observer`] of your own, or [`Nobody`]; [`FinishedRun`] has the observer
//! and the state at the end.
//!
//! # Deterministic
//!
//! Same scenario, same seed, same events on every machine. Randomness comes from one stream for each
//! purpose and place ([`streams`]), time from the queue; nothing iterates over a hash map.
//!
//! ```
//! use unanswered_scenario::{DiagnosisNames, parse};
//! use unanswered_table::Outcome;
//! use unanswered_world::{Nobody, World};
//! let text = r#"
//! version = 1
//! duration = "10min"
//! [network.lan]
//! subnet = "10.0.0.0/24"
//! loss = "20 %"
//! [host.server]
//! network = "lan"
//! [host.client]
//! network = "lan"
//! service.ping = { to = "server" }
//! "#;
//! let scenario = parse(text, "lan.toml", DiagnosisNames::default()).expect("the file is sound");
//! let counts = World::new(&scenario, 7, Nobody).run().state.ledger.counts();
//! assert!(counts.of(Outcome::Answered) > 100 && counts.of(Outcome::Unanswered) > 100);
//! ```

pub mod conntrack;
mod engine;
mod event_queue;
mod header_fields;
mod host_clock;
mod identification;
pub mod ledger;
pub mod observer;
mod service;
pub mod sim_packet;
pub mod site;
pub mod streams;

pub use engine::{FinishedRun, World};
pub use observer::{Nobody, Observer};
