//! What a world reports while it runs. The observer decides what to keep.

use crate::conntrack::Tuple;
use crate::ledger::LedgerRequest;
use crate::sim_packet::SimPacket;
use crate::site::SiteState;
use std::net::Ipv4Addr;
use unanswered_scenario::model::{HostId, InterfaceId, NetworkId};
use unanswered_table::Outcome;
use unanswered_wire::{Span, Time};

/// Which way a frame crossed the interface that it was captured at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureDirection {
    /// Received.
    In,
    /// Sent.
    Out,
}

/// A packet at a vantage point.
#[derive(Clone, Copy, Debug)]
pub struct CapturedPacket<'a> {
    /// When.
    pub time: Time,
    /// Index of the vantage point.
    pub vantage: u32,
    /// In or out.
    pub direction: CaptureDirection,
    /// The network whose frame it is.
    pub network: NetworkId,
    /// Who sent the frame.
    pub from: InterfaceId,
    /// To whom.
    pub to: InterfaceId,
    /// The packet.
    pub packet: &'a SimPacket,
}

/// A source address or port was rewritten to something other than what the client chose.
#[derive(Clone, Copy, Debug)]
pub struct Rewritten {
    /// When.
    pub time: Time,
    /// The translating host.
    pub nat: HostId,
    /// As the client sent it.
    pub inside: Tuple,
    /// As it continues.
    pub outside: Tuple,
}

/// Something that happened and that a person would write down.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// An event of the timeline, by its index.
    Event(usize),
    /// A chapter.
    Chapter {
        /// Its index.
        chapter: usize,
        /// The host that its trigger was about.
        about: Option<HostId>,
    },
    /// A host went down.
    Down(HostId),
    /// A host came up.
    Up(HostId),
    /// A service was upgraded (or downgraded) to a profile.
    Upgraded {
        /// The host.
        host: HostId,
        /// Name of the service.
        service: String,
        /// What it is now.
        profile: String,
    },
    /// A service stopped.
    Stopped {
        /// The host.
        host: HostId,
        /// Name of the service.
        service: String,
    },
    /// A service started.
    Started {
        /// The host.
        host: HostId,
        /// Name of the service.
        service: String,
    },
    /// An alarm was raised.
    Raised {
        /// Index of its rule.
        rule: usize,
        /// The client.
        host: HostId,
        /// The server.
        server: Ipv4Addr,
        /// How long the server has been silent.
        silent_for: Span,
    },
    /// An alarm was cleared.
    Cleared {
        /// Index of its rule.
        rule: usize,
        /// The client.
        host: HostId,
        /// The server.
        server: Ipv4Addr,
        /// How long it stood.
        stood_for: Span,
    },
    /// A vantage point began to capture.
    CaptureStarts(usize),
    /// It stopped.
    CaptureEnds(usize),
}

/// Observes a world.
pub trait Observer {
    /// A frame passed a vantage point that captures.
    fn frame(&mut self, _state: &SiteState<'_>, _sighting: &CapturedPacket<'_>) {}
    /// A request ended.
    fn request(&mut self, _state: &SiteState<'_>, _request: &LedgerRequest, _outcome: Outcome) {}
    /// A new flow did not keep its source.
    fn rewritten(&mut self, _state: &SiteState<'_>, _rewritten: &Rewritten) {}
    /// Something happened.
    fn happened(&mut self, _state: &mut SiteState<'_>, _now: Time, _what: &Happening) {}
    /// The time at which [`Observer::woken`] is to be called next.
    fn wakes(&self) -> Option<Time> {
        None
    }
    /// The time has come.
    fn woken(&mut self, _state: &mut SiteState<'_>, _now: Time) {}
    /// Whether the run can end here.
    fn finished(&self) -> bool {
        false
    }
}

/// Observes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Observer for Nobody {}
