//! A scenario, resolved: templates expanded, names looked up, numbers in their units.
//!
//! This is what a world runs. It says nothing about how: the simulated world and, later, the kernel
//! world take the same value. Everything is plain data in the order of the file; hosts, networks and
//! so on refer to each other by index types, and every name that a world shows is here.

mod host;
mod network;
mod observe;
mod service;
mod timeline;

pub use host::*;
pub use network::*;
pub use observe::*;
pub use service::*;
pub use timeline::*;

use unanswered_wire::{Span, Time};

/// Index of a network in [`Scenario::networks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId(pub u32);

/// Index of a host in [`Scenario::hosts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub u32);

/// One interface of one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceId {
    /// The host.
    pub host: HostId,
    /// Index in [`Host::interfaces`].
    pub index: u16,
}

/// A probability, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Probability(pub f64);

/// A site, what happens to it, and what is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Short name: the file's stem unless it says otherwise.
    pub name: String,
    /// One line.
    pub title: String,
    /// What it rehearses, as prose.
    pub about: String,
    /// Wall-clock time at which the run begins.
    pub start: Time,
    /// How long it lasts.
    pub duration: Span,
    /// Seed when the command line gives none.
    pub seed: u64,
    /// Segments that hosts are attached to.
    pub networks: Vec<Network>,
    /// Everything that has an address.
    pub hosts: Vec<Host>,
    /// What happens when.
    pub timeline: Vec<Event>,
    /// Where is captured.
    pub vantages: Vec<Vantage>,
    /// Alarms.
    pub alarms: Vec<AlarmRule>,
    /// What the story-teller says when.
    pub chapters: Vec<Chapter>,
    /// What `explain` should come to on the captures.
    pub expect: Vec<Expectation>,
    /// The same scenario with something changed, for comparison.
    pub variants: Vec<Variant>,
}

impl Scenario {
    /// The host.
    #[must_use]
    pub fn host(&self, id: HostId) -> &Host {
        &self.hosts[id.0 as usize]
    }

    /// The network.
    #[must_use]
    pub fn network(&self, id: NetworkId) -> &Network {
        &self.networks[id.0 as usize]
    }

    /// How long after the start of the run a time is.
    #[must_use]
    pub fn since_start(&self, time: Time) -> Span {
        time - self.start
    }

    /// The interface.
    #[must_use]
    pub fn interface(&self, id: InterfaceId) -> &Interface {
        &self.host(id.host).interfaces[usize::from(id.index)]
    }

    /// All hosts with their ids.
    pub fn host_ids(&self) -> impl Iterator<Item = (HostId, &Host)> {
        (0..).map(HostId).zip(&self.hosts)
    }
}
