//! What a world tells while it runs. Whoever listens decides what to keep.

use super::ledger::Request;
use super::packet::Packet;
use super::state::State;
use crate::conntrack::Tuple;
use unanswered_scenario::model::{HostId, InterfaceId, NetworkId};
use unanswered_table::Outcome;
use unanswered_wire::{Span, Time};

/// Which way a frame crossed the interface that it was captured at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Received.
    In,
    /// Sent.
    Out,
}

/// A packet at a vantage point.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// When.
    pub time: Time,
    /// Index of the vantage point.
    pub vantage: u32,
    /// In or out.
    pub way: Way,
    /// The network whose frame it is.
    pub network: NetworkId,
    /// Who sent the frame.
    pub from: InterfaceId,
    /// To whom.
    pub to: InterfaceId,
    /// The packet.
    pub packet: &'a Packet,
}

/// A source address or port was rewritten to something else than the client chose.
#[derive(Clone, Copy, Debug)]
pub struct Rewritten {
    /// When.
    pub time: Time,
    /// The translating host.
    pub nat: HostId,
    /// As the client sent it.
    pub inside: Tuple,
    /// As it goes on.
    pub outside: Tuple,
}

/// Something that happened and that a person would write down.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// An event of the timeline, by its index.
    Event(usize),
    /// A chapter, by its index; with the host that its trigger was about.
    Chapter(usize, Option<HostId>),
    /// A host went down.
    Down(HostId),
    /// A host came up.
    Up(HostId),
    /// A service was upgraded (or downgraded) to a profile.
    Upgraded(HostId, String, String),
    /// A service stopped.
    Stopped(HostId, String),
    /// A service started.
    Started(HostId, String),
    /// An alarm was raised: rule, client, server, how long it had been silent.
    Raised(usize, HostId, std::net::Ipv4Addr, Span),
    /// An alarm was cleared.
    Cleared(usize, HostId, std::net::Ipv4Addr, Span),
    /// A vantage point began to capture.
    CaptureStarts(usize),
    /// It stopped.
    CaptureEnds(usize),
}

/// Listens to a world.
pub trait Observer {
    /// A frame passed a vantage point that captures.
    fn frame(&mut self, _state: &State<'_>, _sighting: &Sighting<'_>) {}
    /// A request ended.
    fn request(&mut self, _state: &State<'_>, _request: &Request, _outcome: Outcome) {}
    /// A new flow did not keep its source.
    fn rewritten(&mut self, _state: &State<'_>, _rewritten: &Rewritten) {}
    /// Something happened.
    fn happened(&mut self, _state: &mut State<'_>, _now: Time, _what: &Happening) {}
    /// The time that [`Observer::woken`] wants to be called at next.
    fn wakes(&self) -> Option<Time> {
        None
    }
    /// The time has come.
    fn woken(&mut self, _state: &mut State<'_>, _now: Time) {}
    /// Whether the run can end here.
    fn finished(&self) -> bool {
        false
    }
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Observer for Nobody {}
