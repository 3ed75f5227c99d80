//! A scenario and its variants.

use super::host::{Host, Interface};
use super::ids::{HostId, InterfaceId, NetworkId};
use super::network::Network;
use super::observe::{AlarmRule, Chapter, Expectation, Vantage};
use super::timeline::Event;
use unanswered_wire::{Span, Time};

/// A site, what happens to it, and what is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Short name; default: the file's stem.
    pub name: String,
    /// One line.
    pub title: String,
    /// What it rehearses, as prose.
    pub about: String,
    /// Wall-clock time at which the run begins.
    pub start: Time,
    /// How long it lasts.
    pub duration: Span,
    /// Seed, unless the command line has one.
    pub seed: u64,
    /// Segments that hosts are attached to.
    pub networks: Vec<Network>,
    /// Everything that has an address.
    pub hosts: Vec<Host>,
    /// What happens when.
    pub timeline: Vec<Event>,
    /// Where packets are captured.
    pub vantages: Vec<Vantage>,
    /// Alarms.
    pub alarms: Vec<AlarmRule>,
    /// Prose about the run, and when each chapter comes.
    pub chapters: Vec<Chapter>,
    /// What `explain` should answer on the captures.
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

/// The same scenario with something changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// One line.
    pub title: String,
    /// The changed scenario.
    pub scenario: Box<Scenario>,
}
