//! A client and servers joined by a delay, with a clock that drifts: the closed loop.
//!
//! No randomness but SplitMix64 with a fixed seed; no time but the loop's own.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use unanswered_ntp::{
    Adjustment, Client, ClientConfig, ClientProfile, Header, Kiss, Mode, RandomSource, Received, Rejection,
    Response, Server, ServerConfig, ServerProfile, SourcePort, Tally, Timestamp, Transmit,
};
use unanswered_wire::{Span, Time};

const BOOT: Time = Time::from_nanoseconds(1_795_416_515_000_000_000);
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 1, 1, 2));

/// SplitMix64 (Steele, Lea, Flood 2014), for tests.
struct Dice(u64);

impl RandomSource for Dice {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

/// A clock with an error of its own, corrected as `Adjustment` says.
struct HostClock {
    set_at: Time,
    error: f64,
    drift_ppm: f64,
    correction_ppm: f64,
}

impl HostClock {
    fn error(&self, now: Time) -> f64 {
        self.error + (now - self.set_at).seconds() * (self.drift_ppm + self.correction_ppm) / 1e6
    }

    fn show(&self, now: Time) -> Time {
        let error = self.error(now);
        let size = Duration::from_secs_f64(error.abs()).as_nanos();
        let size = Span::from_nanoseconds(size.try_into().expect("errors here are below 292 years"));
        if error < 0.0 { now - size } else { now + size }
    }

    fn adjust(&mut self, now: Time, adjustment: Adjustment) {
        self.error = self.error(now);
        self.set_at = now;
        match adjustment {
            Adjustment::Step(by) => self.error += by.seconds(),
            Adjustment::Frequency { ppm } => self.correction_ppm = ppm,
        }
    }
}

struct World {
    client: Client,
    servers: Vec<Server>,
    clock: HostClock,
    dice: Dice,
    now: Time,
    delay: Span,
    /// Extra one-way delay, up to this many nanoseconds, drawn for each direction.
    jitter: u64,
    sent: Vec<(Time, u16)>,
    kisses: usize,
}

fn address(number: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(10, 9, 9, 21 + number))
}

impl World {
    fn new(program: &str, servers: &[&str], iburst: bool, (minpoll, maxpoll): (u8, u8)) -> Self {
        let mut dice = Dice(42);
        let config = ClientConfig {
            profile: ClientProfile::by_name(program).expect("tests use known names"),
            servers: (0..).take(servers.len()).map(address).collect(),
            minpoll,
            maxpoll,
            iburst,
            disciplines: true,
            source_port: None,
        };
        let server = |name: &&str| {
            let profile = ServerProfile::by_name(name).expect("tests use known names");
            Server::new(ServerConfig { profile, stratum: 2, reference_id: [10, 0, 0, 1], limit: None }, BOOT)
        };
        Self {
            client: Client::new(config, BOOT, &mut dice),
            servers: servers.iter().map(server).collect(),
            clock: HostClock { set_at: BOOT, error: 0.0, drift_ppm: 0.0, correction_ppm: 0.0 },
            dice,
            now: BOOT,
            delay: Span::from_milliseconds(1),
            jitter: 0,
            sent: Vec::new(),
            kisses: 0,
        }
    }

    /// Runs until `seconds` after boot; `port` returns the source port as the server sees it.
    fn run(&mut self, seconds: i64, port: impl Fn(u16) -> u16) {
        let end = BOOT + Span::from_seconds(seconds);
        let mut steps = 0;
        while let Some(due) = self.client.poll_timeout().filter(|&due| due < end) {
            steps += 1;
            assert!(steps < 1_000_000, "the client asks to be called without end");
            self.now = self.now.max(due);
            self.client.handle_timeout(self.now, self.clock.show(self.now), &mut self.dice);
            self.adjust();
            while let Some(transmit) = self.client.poll_transmit() {
                self.sent.push((self.now, transmit.association));
                self.exchange(&transmit, &port);
            }
        }
        self.now = end;
    }

    fn exchange(&mut self, transmit: &Transmit, port: &impl Fn(u16) -> u16) {
        let there = self.now + self.delay + self.spread();
        let server = &mut self.servers[usize::from(transmit.association)];
        let response =
            server.handle_request(there, there, HERE, port(transmit.association), &transmit.header);
        let (Response::Reply(reply) | Response::Kiss(reply)) = response else { return };
        // Replies come back at once as the delays are far below the poll interval.
        let back = there + self.delay + self.spread();
        let clock = self.clock.show(back);
        let received = self.client.handle_reply(back, clock, transmit.association, &reply, &mut self.dice);
        self.kisses += usize::from(matches!(received, Received::Kiss(_)));
        self.now = back;
        self.adjust();
    }

    fn spread(&mut self) -> Span {
        let drawn = if self.jitter == 0 { 0 } else { self.dice.bits() % self.jitter };
        Span::from_nanoseconds(drawn.try_into().expect("jitters here are short"))
    }

    fn adjust(&mut self) {
        while let Some(adjustment) = self.client.poll_adjustment() {
            self.clock.adjust(self.now, adjustment);
        }
    }

    fn gaps(&self, association: u16) -> Vec<f64> {
        let times: Vec<_> =
            self.sent.iter().filter(|sent| sent.1 == association).map(|sent| sent.0).collect();
        times.windows(2).map(|pair| (pair[1] - pair[0]).seconds().round()).collect()
    }
}

fn all_123(_: u16) -> u16 {
    123
}

#[test]
fn a_drifting_clock_converges_and_the_poll_reaches_maxpoll() {
    for program in ["ntpd-4.2.4", "ntpd-4.2.6", "ntpd-4.2.8", "ntpsec", "chrony"] {
        let mut world = World::new(program, &["ntpd-4.2.8"], true, (6, 10));
        world.clock.error = 0.040;
        world.clock.drift_ppm = -23.0;
        world.jitter = 200_000;
        let mut highest = 0;
        for hour in 1..=72 {
            world.run(hour * 3600, all_123);
            highest = highest.max(world.client.association(0).host_poll());
        }
        assert_eq!(highest, 10, "{program}");
        // The first frequency comes from one measurement, off by up to the 40 ms over the stepout;
        // the loop takes that out over hours. Three days are many of its time constants at the
        // polls it falls back to.
        let residual = (world.client.discipline().frequency_ppm() - 23.0).abs() / 1e6;
        assert!(residual < 0.5e-6, "{program}: {residual}");
        // A frequency error f leaves the offset at which the slew, offset / (16 * 2^poll), makes up
        // for it; a sample is wrong by half the difference of the two directions, at most 0.1 ms, and
        // the discipline may be a sample behind.
        let bound = residual * 16.0 * 1024.0 + 0.000_2;
        let error = world.clock.error(world.now).abs();
        assert!(error < bound, "{program}: {error} s, not {bound} s");
        assert_eq!(world.client.association(0).reach(), 0xff, "{program}");
        assert_eq!(world.client.association(0).tally(), Tally::SystemPeer, "{program}");
    }
}

#[test]
fn a_clock_that_is_an_hour_off_is_stepped() {
    let mut world = World::new("ntpd-4.2.8", &["ntpd-4.2.8"], true, (6, 10));
    world.clock.error = 3600.0;
    world.run(600, all_123);
    assert!(world.clock.error(world.now).abs() < 0.001);
    assert!(world.client.is_synchronised());
}

#[test]
fn a_client_that_does_not_discipline_climbs_all_the_same_and_asks_for_nothing() {
    let mut world = World::new("ntpd-4.2.8", &["ntpd-4.2.8"], false, (4, 8));
    let config = ClientConfig {
        profile: ClientProfile::by_name("ntpd-4.2.8").unwrap(),
        servers: vec![address(0)],
        minpoll: 4,
        maxpoll: 8,
        iburst: false,
        disciplines: false,
        source_port: None,
    };
    world.client = Client::new(config, BOOT, &mut world.dice);
    world.jitter = 100_000;
    world.run(20_000, all_123);
    assert_eq!(world.client.association(0).host_poll(), 8);
    assert!(world.clock.correction_ppm.abs() < 1e-12);
}

#[test]
fn a_low_port_silences_the_faulty_server_and_not_the_old_one() {
    let mut world = World::new("ntpd-4.2.8", &["ntpd-4.2.7p273", "ntpd-4.2.4"], false, (4, 4));
    world.run(600, |_| 108);
    assert_eq!([0, 1].map(|number| world.client.association(number).reach()), [0, 0xff]);
    let dropped = world.servers[0].statistics().bad_length_or_format;
    assert_eq!(dropped, world.client.association(0).requests());
    assert_eq!(world.client.billboard(world.now)[0].when, None);
}

#[test]
fn the_reach_register_shows_which_of_the_last_eight_polls_were_answered() {
    let mut world = World::new("ntpd-4.2.8", &["ntpd-4.2.6"], false, (4, 4));
    world.run(200, all_123);
    for port in [123, 108, 123, 123, 108, 123, 108, 123] {
        let next = world.client.poll_timeout().unwrap();
        world.run((next - BOOT).nanoseconds() / 1_000_000_000 + 1, |_| port);
    }
    assert_eq!(world.client.association(0).reach(), 0b1011_0101);
}

#[test]
fn an_unreachable_server_is_asked_ever_less_often() {
    for (program, polls) in [("ntpd-4.2.8", 10), ("ntpd-4.2.4", 24)] {
        let mut world = World::new(program, &["ntpd-4.2.6"], false, (4, 8));
        world.run(20_000, |_| 108);
        let gaps = world.gaps(0);
        // Until the threshold at 16 s (give or take the jitter), then doubling to 256 s.
        assert!(gaps[..polls - 1].iter().all(|&gap| (15.0..=18.0).contains(&gap)), "{program}: {gaps:?}");
        assert!(gaps[polls - 1] > 30.0, "{program}: {gaps:?}");
        assert!(gaps[polls + 3..].iter().all(|&gap| (255.0..=273.0).contains(&gap)), "{program}: {gaps:?}");
    }
}

#[test]
fn polls_are_spread_as_each_version_spreads_them() {
    // 4.2.6 and later: 256 * (1 + 0..=255/4096), whole seconds: 256 to 271. Before: 255 to 258.
    for (program, least, most) in
        [("ntpd-4.2.6", 256.0, 271.0), ("ntpd-4.2.4", 255.0, 258.0), ("windows", 256.0, 256.0)]
    {
        let mut world = World::new(program, &["ntpd-4.2.8"], false, (8, 8));
        world.run(1_000_000, all_123);
        let gaps = world.gaps(0);
        let found = (gaps.iter().copied().fold(f64::MAX, f64::min), gaps.iter().copied().fold(0.0, f64::max));
        assert!((found.0 - least).abs() < 0.5 && (found.1 - most).abs() < 0.5, "{program}: {found:?}");
    }
}

#[test]
fn a_burst_has_the_packets_of_its_version() {
    for (program, packets) in [("ntpd-4.2.4", 8), ("ntpd-4.2.8", 6), ("chrony", 4), ("windows", 1)] {
        let mut world = World::new(program, &["ntpd-4.2.8"], true, (6, 10));
        world.run(40, all_123);
        assert_eq!(world.sent.len(), packets, "{program}");
        assert!(world.gaps(0).iter().all(|&gap| (gap - 2.0).abs() < 0.5), "{program}");
    }
}

#[test]
fn a_simple_client_doubles_its_interval() {
    let mut world = World::new("sntp", &["ntpd-4.2.8"], false, (5, 11));
    world.run(40_000, all_123);
    assert_eq!(world.gaps(0)[..8], [64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 2048.0, 2048.0]);
}

#[test]
fn associations_of_one_daemon_are_polled_at_the_same_phase_of_the_second() {
    let mut world = World::new("ntpd-4.2.8", &["ntpd-4.2.8"; 3], false, (4, 4));
    world.delay = Span::from_nanoseconds(1000);
    world.run(2_000, all_123);
    // The world's clock advances by the round trips within a tick: 2 us each.
    let phase = |sent: &(Time, u16)| sent.0.nanoseconds().rem_euclid(1_000_000_000);
    let (least, most) =
        (world.sent.iter().map(phase).min().unwrap(), world.sent.iter().map(phase).max().unwrap());
    assert!(most - least < 10_000);
    let ports = [SourcePort::Fixed(123), SourcePort::Fresh];
    for (program, port) in ["ntpd-4.2.8", "chrony"].into_iter().zip(ports) {
        let mut world = World::new(program, &["ntpd-4.2.8"], false, (4, 4));
        let due = world.client.poll_timeout().unwrap();
        world.client.handle_timeout(due, due, &mut world.dice);
        assert_eq!(world.client.poll_transmit().unwrap().source_port, port);
        assert_eq!(world.client.poll_transmit(), None);
    }
}

/// Sends the first request and returns the reply that a good server would send.
fn asked(world: &mut World) -> (Time, Header) {
    let due = world.client.poll_timeout().expect("a new client polls");
    world.client.handle_timeout(due, due, &mut world.dice);
    let transmit = world.client.poll_transmit().expect("it was due");
    let back = due + Span::from_milliseconds(2);
    let Response::Reply(reply) = world.servers[0].handle_request(back, back, HERE, 123, &transmit.header)
    else {
        panic!("no reply")
    };
    (back, reply)
}

/// What a test does to a good reply.
type Change = fn(&mut Header);

#[test]
fn packets_that_prove_nothing_are_rejected_for_their_reason() {
    let changes: [(Change, Received); 6] = [
        (|_| (), Received::Accepted),
        (|reply| reply.origin = Timestamp::from_bits(1), Received::Rejected(Rejection::Bogus)),
        (|reply| reply.transmit = Timestamp::ZERO, Received::Rejected(Rejection::Zero)),
        (|reply| reply.mode = Mode::Client, Received::Rejected(Rejection::Mode)),
        (|reply| reply.root_dispersion = 17 << 16, Received::Rejected(Rejection::Distance)),
        (
            |reply| {
                reply.leap = 3;
                reply.stratum = 0;
                reply.reference_id = *b"INIT";
            },
            Received::Rejected(Rejection::Unsynchronised),
        ),
    ];
    for (change, expected) in changes {
        let mut world = World::new("ntpd-4.2.8", &["ntpd-4.2.8"], false, (4, 4));
        let (back, mut reply) = asked(&mut world);
        change(&mut reply);
        assert_eq!(world.client.handle_reply(back, back, 0, &reply, &mut world.dice), expected);
        assert_eq!(world.client.association(0).reach(), u8::from(expected == Received::Accepted));
        if expected == Received::Accepted {
            let again = world.client.handle_reply(back, back, 0, &reply, &mut world.dice);
            assert_eq!(again, Received::Rejected(Rejection::Duplicate));
        }
    }
}

#[test]
fn a_kiss_slows_a_client_down_or_stops_it() {
    for (code, kiss) in [(*b"RATE", Kiss::Rate), (*b"DENY", Kiss::Deny), (*b"RSTR", Kiss::Restrict)] {
        let mut world = World::new("ntpd-4.2.8", &["ntpd-4.2.8"], false, (4, 8));
        let (back, mut reply) = asked(&mut world);
        reply.leap = 3;
        reply.stratum = 0;
        reply.reference_id = code;
        reply.poll = 6;
        assert_eq!(world.client.handle_reply(back, back, 0, &reply, &mut world.dice), Received::Kiss(kiss));
        let association = world.client.association(0);
        assert_eq!(association.reach(), 0);
        if kiss == Kiss::Rate {
            assert_eq!((association.minimum_poll(), association.host_poll()), (6, 6));
            // Nine intervals of headway less seven, and two seconds: 130 s.
            let wait = (association.next_poll().unwrap() - back).seconds();
            assert!((129.0..=131.0).contains(&wait), "{wait}");
        } else {
            assert_eq!((association.next_poll(), world.client.poll_timeout()), (None, None));
        }
    }
}

#[test]
fn a_false_ticker_is_marked_and_not_followed() {
    let mut world = World::new("ntpd-4.2.8", &["ntpd-4.2.8"; 4], false, (4, 6));
    world.jitter = 50_000;
    // Its path is 1.2 s longer on the outward leg: half of that is offset.
    world.servers[3].set_source(2, [10, 0, 0, 1], Span::from_seconds(0), Span::from_milliseconds(1));
    let mut now = BOOT;
    while now < BOOT + Span::from_seconds(2_000) {
        now = world.client.poll_timeout().unwrap();
        world.now = now;
        world.client.handle_timeout(now, world.clock.show(now), &mut world.dice);
        while let Some(transmit) = world.client.poll_transmit() {
            let skew = Span::from_milliseconds(if transmit.association == 3 { 600 } else { 0 });
            let there = now + Span::from_milliseconds(1) + world.spread();
            let server = &mut world.servers[usize::from(transmit.association)];
            let Response::Reply(reply) =
                server.handle_request(there, there + skew, HERE, 123, &transmit.header)
            else {
                panic!("no reply")
            };
            let back = there + Span::from_milliseconds(1);
            let clock = world.clock.show(back);
            world.client.handle_reply(back, clock, transmit.association, &reply, &mut world.dice);
            world.adjust();
        }
    }
    let tallies: Vec<_> = world.client.billboard(now).iter().map(|line| line.tally).collect();
    assert_eq!(tallies[3], Tally::FalseTicker);
    assert_eq!(tallies.iter().filter(|&&tally| tally == Tally::SystemPeer).count(), 1);
    assert!(world.clock.error(now).abs() < 0.001);
}

#[test]
fn the_same_seed_gives_the_same_polls() {
    let run = || {
        let mut world = World::new("ntpd-4.2.7p273", &["ntpd-4.2.8", "chrony"], true, (4, 10));
        world.jitter = 300_000;
        world.clock.drift_ppm = 17.0;
        world.run(50_000, all_123);
        (world.sent, world.clock.correction_ppm.to_bits())
    };
    assert_eq!(run(), run());
}
