//! A time client: one daemon with its associations and its clock discipline.
//!
//! Inputs are `handle_timeout` and `handle_reply`; after each, the owner drains
//! `poll_transmit` and `poll_adjustment` until `None` and asks `poll_timeout`
//! anew. `now` is monotonic and drives every timer; `clock` is what the host's
//! own clock shows, and is used only for timestamps.

use std::net::IpAddr;

use unanswered_wire::{Span, Time};

use crate::association::{Association, System};
use crate::billboard::{BillboardLine, Tally};
use crate::discipline::{Adjustment, Discipline, Update};
use crate::filter::{FREQUENCY_TOLERANCE, LOCAL_PRECISION};
use crate::packet::{Header, LEAP_UNSYNCHRONISED, Mode, PORT};
use crate::profile::{ClientProfile, Jitter};
use crate::random::{RandomSource, fraction};
use crate::received::{Received, Rejection};
use crate::seconds::{after, between, span};
use crate::select::{Candidate, select};
use crate::timestamp::{Timestamp, seconds_to_short};

/// How a client is set up.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The program and version.
    pub profile: ClientProfile,
    /// Its servers; their order gives the associations their numbers.
    pub servers: Vec<IpAddr>,
    /// Minimum poll exponent: log2 seconds.
    pub minpoll: u8,
    /// Maximum poll exponent: log2 seconds.
    pub maxpoll: u8,
    /// Whether to send a burst at the start and to servers that became reachable.
    pub iburst: bool,
    /// Whether the client corrects the clock. If not, the poll interval follows the offsets
    /// just the same, and there are no adjustments.
    pub disciplines: bool,
    /// Source port; by default what the profile says (123, or a fresh one for each request).
    pub source_port: Option<u16>,
}

/// The port a request leaves from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourcePort {
    /// Always this one.
    Fixed(u16),
    /// A new ephemeral port for this request, chosen by the owner.
    Fresh,
}

/// A request to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// The association to which it belongs, to be passed back with the reply.
    pub association: u16,
    /// The server.
    pub to: IpAddr,
    /// Where it leaves from.
    pub source_port: SourcePort,
    /// Its content.
    pub header: Header,
}

/// One daemon.
#[derive(Clone, Debug)]
pub struct Client {
    config: ClientConfig,
    start: Time,
    associations: Vec<Association>,
    candidates: Vec<Candidate>,
    discipline: Discipline,
    synchronised: bool,
    system_peer: Option<usize>,
    /// Arrival of the sample that last went into the discipline.
    system_epoch: Option<Time>,
    reference: Timestamp,
    step: Option<Span>,
    rate: Option<f64>,
    rate_in_use: Option<f64>,
    deadline: Option<Time>,
}

impl Client {
    /// A daemon that starts at `now`. The phase of its one-second timer is drawn at random;
    /// association n polls first at the timer's tick n + 1 (ntpd `peer_clear`), or within a
    /// second for programs that do not tick.
    #[must_use]
    pub fn new(config: ClientConfig, now: Time, random: &mut impl RandomSource) -> Self {
        let start = now + span(fraction(random));
        let ticks = matches!(config.profile.jitter, Jitter::Sixteenth | Jitter::FewSeconds);
        let mut associations = Vec::with_capacity(config.servers.len());
        for (&server, at) in config.servers.iter().zip(1..) {
            let first = if ticks { after(start, at) } else { now + span(fraction(random)) };
            associations.push(Association::new(server, config.minpoll, config.maxpoll, now, first));
        }
        let mut client = Self {
            start,
            candidates: Vec::with_capacity(associations.len()),
            associations,
            discipline: Discipline::new(config.disciplines, config.profile.stepout, config.minpoll, now),
            config,
            synchronised: false,
            system_peer: None,
            system_epoch: None,
            reference: Timestamp::ZERO,
            step: None,
            rate: None,
            rate_in_use: None,
            deadline: None,
        };
        client.set_deadline();
        client
    }

    /// Sets the frequency correction known from before, as ntpd reads it from its drift
    /// file: ppm. To be called before the first reply; the owner must already apply it.
    pub fn set_drift(&mut self, ppm: f64) {
        self.discipline.set_frequency(ppm);
        self.rate_in_use = Some(ppm);
    }

    /// When `handle_timeout` wants to be called; changes only in the `handle_*` methods.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Time> {
        self.deadline
    }

    /// Sends what is due at `now`. Early or repeated calls do nothing.
    pub fn handle_timeout(&mut self, now: Time, clock: Time, random: &mut impl RandomSource) {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return;
        }
        if self.discipline.slew_ends().is_some_and(|end| end <= now) {
            let ppm = self.discipline.end_slew(now);
            self.set_rate(ppm);
        }
        let mut silent = false;
        for at in 0..self.associations.len() {
            if self.associations[at].next_poll().is_some_and(|next| next <= now) {
                let header = self.self_portrait(now);
                let system =
                    system(&self.config, self.start, &self.discipline, self.synchronised, now, clock, header);
                silent |= self.associations[at].handle_timeout(&system, random);
            }
        }
        if silent {
            self.on_news(now, clock, random);
        }
        self.set_deadline();
    }

    /// The next request to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        let port = self.source_port();
        for (number, association) in (0..).zip(&mut self.associations) {
            if let Some(header) = association.outgoing.take() {
                return Some(Transmit {
                    association: number,
                    to: association.server(),
                    source_port: port,
                    header,
                });
            }
        }
        None
    }

    fn source_port(&self) -> SourcePort {
        match self.config.source_port {
            Some(port) => SourcePort::Fixed(port),
            None if self.config.profile.fixed_port => SourcePort::Fixed(PORT),
            None => SourcePort::Fresh,
        }
    }

    /// Takes a packet that arrived for an association.
    pub fn handle_reply(
        &mut self,
        now: Time,
        clock: Time,
        association: u16,
        reply: &Header,
        random: &mut impl RandomSource,
    ) -> Received {
        let header = self.self_portrait(now);
        let system =
            system(&self.config, self.start, &self.discipline, self.synchronised, now, clock, header);
        let Some(peer) = self.associations.get_mut(usize::from(association)) else {
            return Received::Rejected(Rejection::Demobilised);
        };
        let (received, news) = peer.handle_reply(reply, &system, random);
        // In a burst the clock is set once it is over, except for the first time (ntpd `clock_filter`).
        if news && (!peer.is_bursting() || !self.synchronised) {
            self.on_news(now, clock, random);
        }
        self.set_deadline();
        received
    }

    /// A new estimate: select, combine, discipline (RFC 5905 sections 11.2 and 11.3).
    fn on_news(&mut self, now: Time, clock: Time, random: &mut impl RandomSource) {
        self.candidates.clear();
        for (at, association) in self.associations.iter_mut().enumerate() {
            association.tally = Tally::Reject;
            if association.is_fit(now) {
                self.candidates.push(Candidate {
                    association: at,
                    stratum: association.stratum(),
                    offset: association.filter.offset(),
                    distance: association.root_distance(now),
                    jitter: association.filter.jitter(),
                    tally: Tally::Reject,
                });
            }
        }
        let selected = select(&mut self.candidates, self.system_peer);
        for candidate in &self.candidates {
            self.associations[candidate.association].tally = candidate.tally;
        }
        self.system_peer = selected.map(|selected| selected.peer);
        let Some(selected) = selected else { return };
        let peer = &self.associations[selected.peer];
        let epoch = peer.filter.epoch();
        if epoch <= self.system_epoch {
            return;
        }
        self.system_epoch = epoch;
        let (minimum, maximum) = (peer.minimum_poll(), peer.maximum_poll());
        match self.discipline.handle_offset(now, selected.offset, minimum, maximum) {
            Update::Ignored if self.config.disciplines => {}
            Update::Ignored => self.on_set(clock),
            Update::Slewed { ppm } => {
                self.on_set(clock);
                self.set_rate(ppm);
            }
            Update::Stepped { by, ppm } => {
                self.set_rate(ppm);
                self.on_step(now, by, random);
                return;
            }
        }
        let header = self.self_portrait(now);
        let system =
            system(&self.config, self.start, &self.discipline, self.synchronised, now, clock, header);
        self.associations[selected.peer].adopt_poll(&system, random);
    }

    fn on_set(&mut self, clock: Time) {
        self.synchronised = true;
        self.reference = Timestamp::from_time(clock);
    }

    fn on_step(&mut self, now: Time, by: Span, random: &mut impl RandomSource) {
        let before = self.step.map_or(0, Span::nanoseconds);
        self.step = Some(Span::from_nanoseconds(before.saturating_add(by.nanoseconds())));
        self.synchronised = false;
        self.system_peer = None;
        self.system_epoch = None;
        self.reference = Timestamp::ZERO;
        let second = (now - self.start).nanoseconds().div_euclid(1_000_000_000);
        let count = self.associations.len().max(1) as u64;
        for association in &mut self.associations {
            let spread = i64::try_from(random.bits() % count).unwrap_or(0);
            association.clear(now, after(self.start, second + 1 + spread));
        }
    }

    fn set_rate(&mut self, ppm: f64) {
        // The same rate again is not news to the clock's owner.
        if self.rate_in_use.is_none_or(|rate| rate.total_cmp(&ppm).is_ne()) {
            self.rate = Some(ppm);
            self.rate_in_use = Some(ppm);
        }
    }

    /// The next thing to do to the clock; a step comes before the rate that follows it.
    pub fn poll_adjustment(&mut self) -> Option<Adjustment> {
        if let Some(by) = self.step.take() {
            return Some(Adjustment::Step(by));
        }
        self.rate.take().map(|ppm| Adjustment::Frequency { ppm })
    }

    fn set_deadline(&mut self) {
        let polls = self.associations.iter().filter_map(Association::next_poll);
        self.deadline = polls.chain(self.discipline.slew_ends()).min();
    }

    /// What a request says of the client (RFC 5905 section 7.3; empty if the program hides it).
    fn self_portrait(&self, now: Time) -> Header {
        let mut header = Header::new(Mode::Client);
        if self.config.profile.opaque {
            header.precision = 32;
            return header;
        }
        header.precision = LOCAL_PRECISION;
        header.reference = self.reference;
        match self.system_peer.map(|peer| &self.associations[peer]) {
            Some(peer) if self.synchronised => {
                header.stratum = peer.stratum().saturating_add(1);
                header.root_delay = seconds_to_short(peer.root_delay() + peer.filter.delay());
                header.root_dispersion = seconds_to_short(peer.root_distance(now));
                if let IpAddr::V4(address) = peer.server() {
                    header.reference_id = address.octets();
                }
            }
            _ => {
                header.leap = if self.synchronised { 0 } else { LEAP_UNSYNCHRONISED };
                header.reference_id = *b"INIT";
                header.root_dispersion = seconds_to_short(FREQUENCY_TOLERANCE * between(self.start, now));
            }
        }
        header
    }
}

/// Borrows field by field, so that one association can be changed at the same time.
fn system<'a>(
    config: &'a ClientConfig,
    start: Time,
    discipline: &Discipline,
    synchronised: bool,
    now: Time,
    clock: Time,
    header: Header,
) -> System<'a> {
    let (profile, iburst, poll) = (&config.profile, config.iburst, discipline.poll());
    System { profile, iburst, start, now, clock, poll, synchronised, header }
}

/// Getters.
impl Client {
    /// `ntpq -pn` at `now`; [`render`](crate::render) makes the text.
    #[must_use]
    pub fn billboard(&self, now: Time) -> Vec<BillboardLine> {
        self.associations.iter().map(|association| association.line(now)).collect()
    }

    /// Association `number`, in the order of the configured servers.
    ///
    /// # Panics
    /// When there is none with that number.
    #[must_use]
    pub fn association(&self, number: u16) -> &Association {
        &self.associations[usize::from(number)]
    }

    /// All associations, in the order of the configured servers.
    #[must_use]
    pub fn associations(&self) -> &[Association] {
        &self.associations
    }

    /// The clock discipline.
    #[must_use]
    pub const fn discipline(&self) -> &Discipline {
        &self.discipline
    }

    /// Whether the clock has been set from a server since the start or the last step.
    #[must_use]
    pub const fn is_synchronised(&self) -> bool {
        self.synchronised
    }
}
