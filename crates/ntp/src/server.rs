//! A time server: one request in, one response out, in the order in which real ones check.
//!
//! Port, mode, version, rate, mode again: the order is ntpd's `receive`, and it
//! matters, because each check has its own counter and the port check comes
//! before the list of clients (`mrulist` does not show those that it drops).
//!
//! The server's own clock is passed in. Whether it is synchronised, and to
//! what, is state that the owner sets; nothing here follows upstream servers.

use std::net::IpAddr;

use unanswered_wire::{Span, Time};

use crate::limit::{Limit, Limiter, Verdict};
use crate::packet::{Header, Kiss, LEAP_UNSYNCHRONISED, Mode, STRATUM_UNSYNCHRONISED};
use crate::profile::ServerProfile;
use crate::sysstats::{Statistics, Sysstats};
use crate::timestamp::{Timestamp, seconds_to_short};

/// Minimum poll exponent in a reply (ntpd `ntp_minpoll`, 3).
const MINIMUM_POLL: i8 = 3;
/// The clock is taken to have been set at the last full 64 s, the minimum default poll interval.
const REFERENCE_INTERVAL: i64 = 64_000_000_000;
const SECOND: i64 = 1_000_000_000;

/// How a server is set up.
#[derive(Clone, Copy, Debug)]
pub struct ServerConfig {
    /// The program and version.
    pub profile: ServerProfile,
    /// Stratum, 1 to 15; 0 or 16 for a server without time.
    pub stratum: u8,
    /// Reference id: its upstream's IPv4 address, or a clock's name.
    pub reference_id: [u8; 4],
    /// Rate limit, if there is one.
    pub limit: Option<Limit>,
}

/// What a server does with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// Sends this reply.
    Reply(Header),
    /// Sends this kiss-o'-death.
    Kiss(Header),
    /// Sends nothing.
    Ignored(Reason),
}

/// Why a server sends nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The source port is refused (counted as bad length or format).
    BadLengthOrFormat,
    /// The client's address asks too often.
    RateLimited,
    /// A version that does not exist (counted as bad length or format).
    Version,
    /// A mode that servers do not answer.
    Mode,
}

/// One server.
#[derive(Clone, Debug)]
pub struct Server {
    profile: ServerProfile,
    stratum: u8,
    reference_id: [u8; 4],
    root_delay: u32,
    root_dispersion: u32,
    limiter: Option<Limiter>,
    refusal: Option<Kiss>,
    started: Time,
    statistics: Statistics,
}

impl Server {
    /// A server that starts at `now`.
    #[must_use]
    pub fn new(config: ServerConfig, now: Time) -> Self {
        Self {
            profile: config.profile,
            stratum: config.stratum,
            reference_id: config.reference_id,
            root_delay: 0,
            root_dispersion: seconds_to_short(0.001),
            limiter: config.limit.and_then(|limit| Limiter::new(limit, config.profile.limiting)),
            refusal: None,
            started: now,
            statistics: Statistics::default(),
        }
    }

    /// Takes a packet that arrived at `now`, when this host's clock showed `clock`.
    pub fn handle_request(
        &mut self,
        now: Time,
        clock: Time,
        from: IpAddr,
        source_port: u16,
        request: &Header,
    ) -> Response {
        self.statistics.received += 1;
        if !self.profile.ports.admits(source_port) {
            self.statistics.bad_length_or_format += 1;
            return Response::Ignored(Reason::BadLengthOrFormat);
        }
        if matches!(request.mode, Mode::Control | Mode::Private) {
            return Response::Ignored(Reason::Mode);
        }
        match request.version {
            4 => self.statistics.current_version += 1,
            1..=3 => self.statistics.older_version += 1,
            _ => {
                self.statistics.bad_length_or_format += 1;
                return Response::Ignored(Reason::Version);
            }
        }
        let Some(mode) = self.answering_mode(request) else {
            return Response::Ignored(Reason::Mode);
        };
        if let Some(kiss) = self.refusal {
            self.statistics.kod_responses += 1;
            return Response::Kiss(self.kiss(kiss, mode, request));
        }
        let verdict = self.limited(now, from);
        self.respond(verdict, mode, clock, request)
    }

    /// The mode to answer in; counts what is not answered.
    fn answering_mode(&mut self, request: &Header) -> Option<Mode> {
        match request.mode {
            Mode::Client => Some(Mode::Server),
            // Version 1 did not have the mode yet.
            Mode::Reserved if request.version == 1 => Some(Mode::Server),
            Mode::SymmetricActive if self.profile.answers_symmetric => Some(Mode::SymmetricPassive),
            Mode::Reserved => {
                self.statistics.bad_length_or_format += 1;
                None
            }
            Mode::SymmetricActive
            | Mode::SymmetricPassive
            | Mode::Server
            | Mode::Broadcast
            | Mode::Control
            | Mode::Private => {
                self.statistics.declined += 1;
                None
            }
        }
    }

    fn limited(&mut self, now: Time, from: IpAddr) -> Verdict {
        let Some(limiter) = &mut self.limiter else { return Verdict::Serve };
        // Real servers count the seconds since they started.
        let seconds = (now - self.started).nanoseconds().div_euclid(SECOND);
        limiter.handle_request(self.started + Span::from_seconds(seconds), from)
    }

    fn respond(&mut self, verdict: Verdict, mode: Mode, clock: Time, request: &Header) -> Response {
        match verdict {
            Verdict::Serve => {
                self.statistics.replies += 1;
                Response::Reply(self.reply(mode, clock, request))
            }
            Verdict::Kiss => {
                self.statistics.rate_limited += 1;
                self.statistics.kod_responses += 1;
                Response::Kiss(self.kiss(Kiss::Rate, mode, request))
            }
            Verdict::Drop => {
                self.statistics.rate_limited += 1;
                Response::Ignored(Reason::RateLimited)
            }
        }
    }

    fn reply(&self, mode: Mode, clock: Time, request: &Header) -> Header {
        let mut reply = self.blank(mode, request);
        let arrived = Timestamp::from_time(clock);
        reply.origin = request.transmit;
        reply.receive = arrived;
        reply.transmit = arrived;
        if self.is_synchronised() {
            reply.stratum = self.stratum;
            reply.reference_id = self.reference_id;
            reply.root_delay = self.root_delay;
            reply.root_dispersion = self.root_dispersion;
            let nanoseconds = clock.nanoseconds();
            let set = Time::from_nanoseconds(nanoseconds - nanoseconds.rem_euclid(REFERENCE_INTERVAL));
            reply.reference = Timestamp::from_time(set);
        } else {
            reply.leap = LEAP_UNSYNCHRONISED;
            reply.reference_id = *b"INIT";
        }
        reply
    }

    /// The timestamps of a kiss are all the request's, as seen from ntpd 4.2.7p274 (captures/ratelimit).
    fn kiss(&self, code: Kiss, mode: Mode, request: &Header) -> Header {
        let mut kiss = self.blank(mode, request);
        kiss.leap = LEAP_UNSYNCHRONISED;
        kiss.reference_id = code.code();
        kiss.reference = request.reference;
        kiss.origin = request.transmit;
        kiss.receive = request.transmit;
        kiss.transmit = request.transmit;
        kiss
    }

    fn blank(&self, mode: Mode, request: &Header) -> Header {
        let mut header = Header::new(mode);
        header.version = request.version;
        header.poll = request.poll.max(MINIMUM_POLL);
        header.precision = self.profile.precision;
        header
    }

    /// Changes what the server is synchronised to; stratum 0 or 16 for nothing, as after a restart.
    pub fn set_source(
        &mut self,
        stratum: u8,
        reference_id: [u8; 4],
        root_delay: Span,
        root_dispersion: Span,
    ) {
        self.stratum = stratum;
        self.reference_id = reference_id;
        self.root_delay = seconds_to_short(root_delay.seconds());
        self.root_dispersion = seconds_to_short(root_dispersion.seconds());
    }

    /// Whether every client gets a kiss instead of time, and which one: `DENY` and `RSTR` are what RFC 5905
    /// section 7.4 has for clients that are not to be served. `None` serves them again.
    pub const fn set_refusal(&mut self, kiss: Option<Kiss>) {
        self.refusal = kiss;
    }

    /// Whether it has time to give.
    #[must_use]
    pub const fn is_synchronised(&self) -> bool {
        self.stratum != 0 && self.stratum < STRATUM_UNSYNCHRONISED
    }

    /// Its program's behaviour.
    #[must_use]
    pub const fn profile(&self) -> &ServerProfile {
        &self.profile
    }

    /// What it has counted.
    #[must_use]
    pub const fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// What `ntpq -c sysstats` shows at `now`.
    #[must_use]
    pub fn sysstats(&self, now: Time) -> Sysstats {
        Sysstats { uptime: now - self.started, statistics: self.statistics }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const NOW: Time = Time::from_nanoseconds(1_795_416_515_000_000_000);
    const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 9, 9, 1));

    fn server(name: &str) -> Server {
        let profile = ServerProfile::by_name(name).unwrap();
        Server::new(ServerConfig { profile, stratum: 5, reference_id: [127, 127, 1, 1], limit: None }, NOW)
    }

    fn request(mode: Mode) -> Header {
        let mut request = Header::new(mode);
        request.transmit = Timestamp::from_bits(0xeeae_6038_1234_5678);
        request
    }

    fn answers(server: &mut Server, port: u16, request: &Header) -> bool {
        matches!(server.handle_request(NOW, NOW, CLIENT, port, request), Response::Reply(_))
    }

    #[test]
    fn each_version_answers_the_ports_it_answered_in_life() {
        const PORTS: [u16; 9] = [11, 122, 123, 222, 511, 600, 1023, 1024, 50000];
        let strict = [0, 0, 1, 0, 0, 0, 0, 1, 1];
        let faulty = [0, 0, 1, 1, 1, 1, 1, 1, 1];
        let table = [
            ("ntpd-4.1.1", strict),
            ("ntpd-4.1.2", [1; 9]),
            ("ntpd-4.2.4", [1; 9]),
            ("ntpd-4.2.5p112", [1; 9]),
            ("ntpd-4.2.5p113", faulty),
            ("ntpd-4.2.6", faulty),
            ("ntpd-4.2.6p5", faulty),
            ("ntpd-4.2.7p273", faulty),
            ("ntpd-4.2.7p274", [1; 9]),
            ("ntpd-4.2.8", [1; 9]),
            ("ntpsec", [1; 9]),
            ("chrony", [1; 9]),
            ("windows", [1; 9]),
            ("sntp", [1; 9]),
        ];
        for (name, expected) in table {
            let mut server = server(name);
            let answered = PORTS.map(|port| u64::from(answers(&mut server, port, &request(Mode::Client))));
            assert_eq!(answered, expected, "{name}");
            let dropped = 9 - expected.iter().sum::<u64>();
            assert_eq!(server.statistics().bad_length_or_format, dropped, "{name}");
            assert_eq!(server.statistics().current_version, 9 - dropped, "{name}");
        }
    }

    #[test]
    fn a_reply_gives_the_requests_transmit_timestamp_back() {
        let asked = request(Mode::Client);
        let Response::Reply(reply) = server("ntpd-4.2.8").handle_request(NOW, NOW, CLIENT, 123, &asked)
        else {
            panic!("no reply")
        };
        assert_eq!(
            (reply.origin, reply.mode, reply.stratum, reply.leap),
            (asked.transmit, Mode::Server, 5, 0)
        );
        assert_eq!(reply.receive.time(), NOW);
    }

    #[test]
    fn a_restarted_server_answers_unsynchronised() {
        let mut server = server("ntpd-4.2.8");
        server.set_source(16, [0; 4], Span::from_seconds(0), Span::from_seconds(0));
        let Response::Reply(reply) = server.handle_request(NOW, NOW, CLIENT, 123, &request(Mode::Client))
        else {
            panic!("no reply")
        };
        assert_eq!((reply.leap, reply.stratum, &reply.reference_id, reply.kiss()), (3, 0, b"INIT", None));
    }

    #[test]
    fn modes_and_versions_are_answered_as_by_ntpd() {
        let mut server = server("ntpd-4.2.8");
        let mut passive = false;
        if let Response::Reply(reply) =
            server.handle_request(NOW, NOW, CLIENT, 123, &request(Mode::SymmetricActive))
        {
            passive = reply.mode == Mode::SymmetricPassive;
        }
        assert!(passive);
        assert!(!answers(&mut server, 123, &request(Mode::Server)));
        assert!(!answers(&mut server, 123, &request(Mode::Control)));
        let mut first = request(Mode::Reserved);
        assert!(!answers(&mut server, 123, &first));
        first.version = 1;
        assert!(answers(&mut server, 123, &first));
        first.version = 5;
        assert_eq!(server.handle_request(NOW, NOW, CLIENT, 123, &first), Response::Ignored(Reason::Version));
        assert_eq!((server.statistics().declined, server.statistics().bad_length_or_format), (1, 2));
    }

    #[test]
    fn a_client_above_the_rate_gets_one_kiss_then_silence() {
        let profile = ServerProfile::by_name("ntpd-4.2.7p274").unwrap();
        let limit = Some(Limit::default());
        let mut server = Server::new(ServerConfig { profile, stratum: 5, reference_id: [1; 4], limit }, NOW);
        let asked = request(Mode::Client);
        let mut responses = (0..20)
            .map(|second| server.handle_request(NOW + Span::from_seconds(second), NOW, CLIENT, 123, &asked));
        assert!(responses.by_ref().take(13).all(|response| matches!(response, Response::Reply(_))));
        let Some(Response::Kiss(kiss)) = responses.next() else { panic!("no kiss") };
        assert_eq!(kiss.kiss(), Some(Kiss::Rate));
        assert_eq!(
            (kiss.origin, kiss.receive, kiss.transmit),
            (asked.transmit, asked.transmit, asked.transmit)
        );
        assert_eq!(responses.next(), Some(Response::Ignored(Reason::RateLimited)));
    }

    #[test]
    fn a_server_that_refuses_answers_every_client_with_the_kiss_until_it_serves_again() {
        let mut server = server("ntpd-4.2.8");
        for kiss in [Kiss::Deny, Kiss::Restrict] {
            server.set_refusal(Some(kiss));
            let response = server.handle_request(NOW, NOW, CLIENT, 123, &request(Mode::Client));
            let Response::Kiss(header) = response else { panic!("{response:?}") };
            assert_eq!((header.kiss(), header.mode, header.stratum), (Some(kiss), Mode::Server, 0));
            assert_eq!(header.origin, request(Mode::Client).transmit);
        }
        assert_eq!((server.statistics().kod_responses, server.statistics().replies), (2, 0));
        server.set_refusal(None);
        let response = server.handle_request(NOW, NOW, CLIENT, 123, &request(Mode::Client));
        assert!(matches!(response, Response::Reply(_)));
    }

    #[test]
    fn a_server_that_refuses_still_drops_what_its_program_drops_first() {
        let mut server = server("ntpd-4.2.6");
        server.set_refusal(Some(Kiss::Deny));
        let response = server.handle_request(NOW, NOW, CLIENT, 122, &request(Mode::Client));
        assert_eq!(response, Response::Ignored(Reason::BadLengthOrFormat));
    }
}
