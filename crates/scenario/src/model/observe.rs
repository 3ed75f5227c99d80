//! Where packets are captured, what raises alarms, what is shown, what is expected.

use super::ids::{HostId, InterfaceId};
use super::timeline::Trigger;
use unanswered_wire::Span;

/// A place where packets are captured.
#[derive(Clone, Debug, PartialEq)]
pub struct Vantage {
    /// Its name.
    pub name: String,
    /// The interface.
    pub interface: InterfaceId,
    /// When the capture starts; default: at the beginning.
    pub start: Option<Trigger>,
    /// Captures only when the trigger was about a host of this vantage point's group (the cluster with the
    /// alarm captures, the others do not).
    pub affected_only: bool,
    /// How long it lasts; default: to the end.
    pub lasts: Option<Span>,
    /// A note for the reader; it becomes the description of the interface in the capture.
    pub about: String,
}

/// An alarm on the upstream servers of NTP clients.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmRule {
    /// Its name, e.g. `NTP Upstream Server Failure`.
    pub name: String,
    /// Hosts whose NTP clients it watches.
    pub hosts: Vec<HostId>,
    /// Raised when an upstream has not answered for longer than this.
    pub threshold: Span,
}

/// A chapter of the report on a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Chapter {
    /// Its name.
    pub name: String,
    /// When.
    pub when: Trigger,
    /// Heading.
    pub title: String,
    /// Its words.
    pub text: String,
    /// What is shown below it.
    pub show: Vec<Show>,
}

/// Something that a chapter shows from the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    /// `ntpq -pn` of the host that the trigger was about, or of these hosts.
    Billboard(Vec<HostId>),
    /// The translations of the affected group's (or these) hosts.
    Nat(Vec<HostId>),
    /// Alarms that are raised.
    Alarms,
    /// Requests sent and failed since the last chapter, by group and server.
    Counts,
    /// The requests captured around the last failed one, one line each.
    Packets,
    /// What `explain` says on the captures so far.
    Explain,
}

/// What `explain` should answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Names of the vantage points that it reads; all when empty.
    pub vantages: Vec<String>,
    /// Verdicts, e.g. `findings`; any of them.
    pub verdicts: Vec<String>,
    /// Catalogue id that a finding must name.
    pub fault: Option<String>,
    /// Features, one of which the finding's clauses (or those of a rival with the same requests) must name.
    pub features: Vec<String>,
    /// The step that it must name.
    pub step: Option<String>,
    /// Why `explain` is known not to find it yet.
    pub not_yet: Option<String>,
}
