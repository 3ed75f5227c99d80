//! What happens when, and to whom.

use super::endpoint::Endpoint;
use super::ids::{HostId, NetworkId};
use super::network::Link;
use unanswered_wire::Span;

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its name, unique: other events and chapters may wait for it.
    pub name: String,
    /// When.
    pub when: Trigger,
    /// What.
    pub what: Change,
}

/// When something happens. Times count from the start of the run.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// At a time.
    At(Span),
    /// Again and again.
    Every {
        /// First time.
        first: Span,
        /// The time between occurrences.
        period: Span,
        /// Not after.
        until: Option<Span>,
    },
    /// At random, with a mean time between.
    Random {
        /// Mean time between two.
        mean: Span,
        /// Not before.
        from: Span,
        /// Not after.
        until: Option<Span>,
    },
    /// Some time after something else; once.
    After {
        /// What is waited for.
        cause: TriggerCause,
        /// Which occurrence, from 1.
        occurrence: u32,
        /// Earlier ones do not count.
        from: Span,
        /// How long after it.
        wait: Span,
    },
}

/// What an event may wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerCause {
    /// An alarm of this rule is raised.
    AlarmRaised(String),
    /// An alarm of this rule is cleared.
    AlarmCleared(String),
    /// An event or a chapter of this name happened.
    Event(String),
}

/// Which hosts a change strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets {
    /// The candidates.
    pub hosts: Vec<HostId>,
    /// Which of them.
    pub pick: Pick,
}

/// Which of several hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// All.
    All,
    /// One, at random.
    One,
    /// Those in the group of the host that the trigger was about (the cluster with the alarm).
    Affected,
    /// Those outside that group.
    Unaffected,
    /// All of one group, at random (the hosts of one cluster).
    OneGroup,
}

/// What changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Hosts go down, and come up after `down` (each up to `spread` later).
    Reboot {
        /// Which.
        hosts: Targets,
        /// How long they are down.
        down: Span,
        /// Up to how much later each comes up.
        spread: Span,
    },
    /// Hosts go down and stay down.
    Off(Targets),
    /// Hosts are switched on.
    On(Targets),
    /// Services of this name get another behaviour profile (and restart).
    Upgrade {
        /// Where.
        hosts: Targets,
        /// Service name.
        service: String,
        /// Profile.
        to: String,
    },
    /// Services of this name start.
    StartService {
        /// Where.
        hosts: Targets,
        /// Service name.
        service: String,
    },
    /// Services of this name stop: their host refuses requests from then on.
    StopService {
        /// Where.
        hosts: Targets,
        /// Service name.
        service: String,
    },
    /// A network goes down, or works again.
    Network {
        /// Which.
        network: NetworkId,
        /// Works.
        up: bool,
    },
    /// A network's link changes (a loss episode), and changes back after `lasts`.
    Link {
        /// Which.
        network: NetworkId,
        /// What it becomes.
        link: Box<Link>,
        /// For how long; `None`: for good.
        lasts: Option<Span>,
        /// Catalogue id or name of the fault, for `truth.json`.
        fault: Option<String>,
    },
    /// Members of a network's bundle become bad (or all good, with an empty list).
    BundleBad {
        /// Which network.
        network: NetworkId,
        /// The bad members.
        bad: Vec<u16>,
    },
    /// A firewall rule is turned on or off.
    Firewall {
        /// Where.
        hosts: Targets,
        /// The rule's name.
        rule: String,
        /// In force.
        enabled: bool,
    },
    /// A DNAT gets other backends; existing flows keep theirs.
    Backends {
        /// Where.
        hosts: Targets,
        /// The translation's name.
        nat: String,
        /// The backends.
        to: Vec<Endpoint>,
    },
    /// The conntrack table (and with it all translations) is emptied, as `conntrack -F` does; what a
    /// sticky translation remembers stays.
    FlushConntrack(Targets),
    /// Clocks step.
    ClockStep {
        /// Where.
        hosts: Targets,
        /// How far forward; back when negative.
        by: Span,
    },
    /// Nothing changes: a name to wait for.
    Nothing,
}
