//! One association of a client: its state, the packet checks, the reach register.
//!
//! Follows RFC 5905 sections 8 (on-wire protocol), 9 (peer process) and 13 (poll
//! process, in `poll.rs`) where ntpd does, and its `receive` and `process_packet`
//! where it differs. Whole seconds are counted from the start
//! of the client, as ntpd's timer does; programs that do not tick (chrony,
//! Windows, SNTP) are scheduled to the nanosecond.
//!
//! A kiss `RATE` is obeyed as in ntpd: minpoll rises to the server's poll if
//! that is higher, and nine intervals of headway must pass before the usual
//! pace. `DENY` and `RSTR` end the association (RFC 5905 section 7.4).

mod poll;

use std::net::IpAddr;

use unanswered_wire::{Span, Time};

use crate::billboard::{BillboardLine, Tally};
use crate::filter::{
    ClockFilter, FREQUENCY_TOLERANCE, LOCAL_PRECISION, MAXIMUM_DISPERSION, MAXIMUM_DISTANCE, Sample,
};
use crate::packet::{Header, Kiss, LEAP_UNSYNCHRONISED, Mode, STRATUM_UNSYNCHRONISED};
use crate::profile::{ClientProfile, Jitter};
use crate::random::RandomSource;
use crate::received::{Received, Rejection};
use crate::seconds::{MAXIMUM_POLL, between, poll_seconds, power_of_two};
use crate::timestamp::{Timestamp, short_to_seconds};

/// Stages of the clock filter, which determine the headway allowed (ntpd `NTP_SHIFT`).
const STAGES: i64 = 8;
/// chrony waits this many minimum intervals after a kiss (its ntp_core.c).
const CHRONY_BACKOFF: i64 = 4;
/// Minimum root distance: seconds (RFC 5905 section 7.2, MINDISP is 0.005; ntpd `tos mindist`, 0.001).
const LEAST_DISTANCE: f64 = 0.001;

/// What an association needs to know of its client.
pub(crate) struct System<'a> {
    pub(crate) profile: &'a ClientProfile,
    pub(crate) iburst: bool,
    /// Start of the count of seconds.
    pub(crate) start: Time,
    pub(crate) now: Time,
    pub(crate) clock: Time,
    /// The poll exponent of the discipline.
    pub(crate) poll: u8,
    pub(crate) synchronised: bool,
    /// What a request says of the client itself.
    pub(crate) header: Header,
}

impl System<'_> {
    fn second(&self) -> i64 {
        (self.now - self.start).nanoseconds().div_euclid(1_000_000_000)
    }

    fn ticks(&self) -> bool {
        matches!(self.profile.jitter, Jitter::Sixteenth | Jitter::FewSeconds)
    }
}

/// One server as a client sees it.
#[derive(Clone, Debug)]
pub struct Association {
    server: IpAddr,
    reach: u8,
    unreach: u32,
    host_poll: u8,
    peer_poll: u8,
    minimum_poll: u8,
    maximum_poll: u8,
    burst: u8,
    retry: u8,
    /// Headway used up, at `throttled_at`: seconds.
    throttle: i64,
    throttled_at: i64,
    /// When the current poll began: seconds since the client's start.
    polled_at: i64,
    departed: Time,
    departure_clock: Time,
    next: Option<Time>,
    /// Transmit timestamp of the request that has no reply yet.
    waiting: Option<Timestamp>,
    /// The server's last transmit timestamp, and when it arrived by this clock.
    last_transmit: Timestamp,
    last_arrival: Timestamp,
    last_reply: Option<Time>,
    pub(crate) outgoing: Option<Header>,
    pub(crate) filter: ClockFilter,
    leap: u8,
    stratum: u8,
    precision: i8,
    reference_id: [u8; 4],
    root_delay: f64,
    root_dispersion: f64,
    pub(crate) tally: Tally,
    requests: u64,
    replies: u64,
}

impl Association {
    pub(crate) fn new(server: IpAddr, minimum_poll: u8, maximum_poll: u8, now: Time, first: Time) -> Self {
        let minimum_poll = minimum_poll.min(MAXIMUM_POLL);
        let maximum_poll = maximum_poll.clamp(minimum_poll, MAXIMUM_POLL);
        Self {
            server,
            reach: 0,
            unreach: 0,
            host_poll: minimum_poll,
            peer_poll: maximum_poll,
            minimum_poll,
            maximum_poll,
            burst: 0,
            retry: 0,
            throttle: 0,
            throttled_at: 0,
            polled_at: 0,
            departed: now,
            departure_clock: now,
            next: Some(first),
            waiting: None,
            last_transmit: Timestamp::ZERO,
            last_arrival: Timestamp::ZERO,
            last_reply: None,
            outgoing: None,
            filter: ClockFilter::new(now),
            leap: LEAP_UNSYNCHRONISED,
            stratum: STRATUM_UNSYNCHRONISED,
            precision: 0,
            reference_id: *b"INIT",
            root_delay: 0.0,
            root_dispersion: 0.0,
            tally: Tally::Reject,
            requests: 0,
            replies: 0,
        }
    }

    /// Forgets everything measured before the clock was stepped (ntpd `peer_clear`, "STEP").
    pub(crate) fn clear(&mut self, now: Time, first: Time) {
        if self.next.is_none() {
            return;
        }
        let fresh = Self::new(self.server, self.minimum_poll, self.maximum_poll, now, first);
        *self = Self {
            reference_id: *b"STEP",
            throttle: self.throttle,
            throttled_at: self.throttled_at,
            last_reply: self.last_reply,
            requests: self.requests,
            replies: self.replies,
            ..fresh
        };
    }

    /// Checks a packet and takes its sample. The flag is whether the filter has a new estimate.
    pub(crate) fn handle_reply(
        &mut self,
        reply: &Header,
        system: &System<'_>,
        random: &mut impl RandomSource,
    ) -> (Received, bool) {
        if let Err(rejection) = self.check(reply, system) {
            return (Received::Rejected(rejection), false);
        }
        self.waiting = None;
        self.last_transmit = reply.transmit;
        self.last_arrival = Timestamp::from_time(system.clock);
        let stated = u8::try_from(reply.poll).unwrap_or(0);
        self.peer_poll = stated.max(self.minimum_poll);
        if let Some(kiss) = reply.kiss() {
            self.on_kiss(kiss, stated, system, random);
            return (Received::Kiss(kiss), false);
        }
        self.replies += 1;
        self.last_reply = Some(system.now);
        self.leap = reply.leap;
        self.stratum = if reply.stratum == 0 { STRATUM_UNSYNCHRONISED } else { reply.stratum };
        self.precision = reply.precision;
        self.reference_id = reply.reference_id;
        self.root_delay = short_to_seconds(reply.root_delay);
        self.root_dispersion = short_to_seconds(reply.root_dispersion);
        self.continue_burst(system);
        self.update_poll(self.host_poll, system, true, random);
        if self.leap == LEAP_UNSYNCHRONISED || self.stratum >= STRATUM_UNSYNCHRONISED {
            return (Received::Rejected(Rejection::Unsynchronised), false);
        }
        if self.root_delay / 2.0 + self.root_dispersion >= MAXIMUM_DISPERSION {
            return (Received::Rejected(Rejection::Distance), false);
        }
        self.reach |= 1;
        self.unreach = 0;
        let sample = self.sample(reply, system);
        self.grow(sample.offset, system, random);
        (Received::Accepted, self.filter.handle_sample(sample, system.synchronised, self.interval()))
    }

    /// The packet tests of RFC 5905 section 8, in ntpd's order.
    fn check(&self, reply: &Header, system: &System<'_>) -> Result<(), Rejection> {
        if self.next.is_none() {
            return Err(Rejection::Demobilised);
        }
        let expected = match reply.mode {
            Mode::Server => !system.profile.symmetric,
            Mode::SymmetricPassive | Mode::SymmetricActive => system.profile.symmetric,
            Mode::Reserved | Mode::Client | Mode::Broadcast | Mode::Control | Mode::Private => false,
        };
        if !expected {
            return Err(Rejection::Mode);
        }
        if reply.transmit.is_zero() {
            return Err(Rejection::Zero);
        }
        if reply.transmit == self.last_transmit {
            return Err(Rejection::Duplicate);
        }
        if self.waiting != Some(reply.origin) {
            return Err(Rejection::Bogus);
        }
        if reply.receive.is_zero() {
            return Err(Rejection::Zero);
        }
        Ok(())
    }

    fn on_kiss(&mut self, kiss: Kiss, stated: u8, system: &System<'_>, random: &mut impl RandomSource) {
        if !system.profile.heeds_kisses {
            return;
        }
        self.burst = 0;
        self.retry = 0;
        match kiss {
            Kiss::Rate if system.ticks() => {
                self.minimum_poll = stated.clamp(self.minimum_poll, self.maximum_poll);
                self.throttle = (STAGES + 1) * poll_seconds(self.minimum_poll);
                self.throttled_at = system.second();
                self.update_poll(stated, system, true, random);
            }
            Kiss::Rate => {
                self.update_poll(self.host_poll, system, true, random);
                let wait = Span::from_seconds(CHRONY_BACKOFF * poll_seconds(self.minimum_poll));
                self.next = self.next.map(|next| next + wait);
            }
            Kiss::Deny | Kiss::Restrict => self.next = None,
        }
    }

    /// Offset, delay and dispersion by the four timestamps (RFC 5905 section 8).
    fn sample(&self, reply: &Header, system: &System<'_>) -> Sample {
        let left = Timestamp::from_time(self.departure_clock);
        let outward = reply.receive.since(left).seconds();
        let inward = reply.transmit.since(Timestamp::from_time(system.clock)).seconds();
        let precision = power_of_two(LOCAL_PRECISION);
        let delay = libm::fabs(outward - inward).max(precision);
        let dispersion = power_of_two(self.precision) + precision + FREQUENCY_TOLERANCE * delay;
        Sample { offset: f64::midpoint(outward, inward), delay, dispersion, epoch: system.now }
    }

    /// Root distance at `now`: seconds (RFC 5905 appendix A.5.5.2).
    pub(crate) fn root_distance(&self, now: Time) -> f64 {
        let filter = &self.filter;
        let distance = (self.root_delay + filter.delay()) / 2.0
            + self.root_dispersion
            + filter.dispersion()
            + FREQUENCY_TOLERANCE * between(filter.updated(), now)
            + filter.jitter();
        distance.max(LEAST_DISTANCE)
    }

    /// Whether it may be selected (RFC 5905 appendix A.5.5.3). Loops are not checked.
    pub(crate) fn is_fit(&self, now: Time) -> bool {
        self.reach != 0
            && self.leap != LEAP_UNSYNCHRONISED
            && self.stratum < STRATUM_UNSYNCHRONISED
            && self.filter.epoch().is_some()
            && self.root_distance(now) < MAXIMUM_DISTANCE + FREQUENCY_TOLERANCE * self.interval()
    }

    fn interval(&self) -> f64 {
        poll_seconds(self.host_poll) as f64
    }

    pub(crate) const fn is_bursting(&self) -> bool {
        self.burst > 0
    }

    pub(crate) const fn root_delay(&self) -> f64 {
        self.root_delay
    }

    pub(crate) fn line(&self, now: Time) -> BillboardLine {
        // ntpq shows at least 8 s (its NTP_MINPOLL is 3).
        let poll = self.host_poll.min(self.peer_poll).max(3);
        BillboardLine {
            tally: self.tally,
            remote: self.server,
            reference_id: self.reference_id,
            stratum: self.stratum,
            when: self.last_reply.map(|last| now - last),
            poll: poll_seconds(poll),
            reach: self.reach,
            delay: self.filter.delay(),
            offset: self.filter.offset(),
            jitter: self.filter.jitter(),
        }
    }
}

/// Getters.
impl Association {
    /// The server's address.
    #[must_use]
    pub const fn server(&self) -> IpAddr {
        self.server
    }

    /// The reach register: the newest poll is bit 0 (RFC 5905 section 9.2).
    #[must_use]
    pub const fn reach(&self) -> u8 {
        self.reach
    }

    /// Polls since the server was last reachable.
    #[must_use]
    pub const fn unreach(&self) -> u32 {
        self.unreach
    }

    /// The host's poll exponent: log2 seconds (`hpoll`).
    #[must_use]
    pub const fn host_poll(&self) -> u8 {
        self.host_poll
    }

    /// The minimum poll exponent, which a kiss may have raised: log2 seconds.
    #[must_use]
    pub const fn minimum_poll(&self) -> u8 {
        self.minimum_poll
    }

    /// The maximum poll exponent: log2 seconds.
    #[must_use]
    pub const fn maximum_poll(&self) -> u8 {
        self.maximum_poll
    }

    /// When it polls next; none once a kiss has ended it.
    #[must_use]
    pub const fn next_poll(&self) -> Option<Time> {
        self.next
    }

    /// When the last reply arrived that passed the timestamp checks, synchronised or not.
    #[must_use]
    pub const fn last_reply(&self) -> Option<Time> {
        self.last_reply
    }

    /// Requests sent.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// Replies that passed the timestamp checks, kisses not counted.
    #[must_use]
    pub const fn replies(&self) -> u64 {
        self.replies
    }

    /// The server's stratum, 16 while unsynchronised.
    #[must_use]
    pub const fn stratum(&self) -> u8 {
        self.stratum
    }

    /// What selection made of it.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// The clock filter.
    #[must_use]
    pub const fn filter(&self) -> &ClockFilter {
        &self.filter
    }
}
