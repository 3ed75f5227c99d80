//! Simulated servers: each does one thing wrong.

use super::{ANSWERED, PORT, Server, answered, value};
use std::net::{IpAddr, Ipv4Addr};
use unanswered_probe::{Field, Outcome, Plan, Random, Role, Send};
use unanswered_time::Span;

/// The field that is the TTL.
pub(crate) const TTL: Field = Field(1);

/// Ports for which `fails` holds are dropped with probability `drop`.
pub(crate) fn by_port(fails: impl Fn(u64) -> bool, drop: f64) -> impl Server {
    move |send: &Send, _: Span, random: &mut Random| {
        // A control is known to work; it names no port.
        let failing = value(send, PORT).is_some_and(&fails);
        answered(!(failing && random.fraction() < drop))
    }
}

/// A token bucket over all requests.
pub(crate) struct Bucket {
    pub(crate) rate: f64,
    pub(crate) depth: f64,
    /// Whether dropped requests take a token as well.
    pub(crate) all_pay: bool,
    tokens: f64,
    last: f64,
}

impl Bucket {
    pub(crate) const fn new(rate: f64, depth: f64, all_pay: bool) -> Self {
        Self { rate, depth, all_pay, tokens: depth, last: 0.0 }
    }
}

impl Server for Bucket {
    fn answer(&mut self, _: &Send, now: Span, _: &mut Random) -> Outcome {
        self.tokens = (self.tokens + self.rate * (now.seconds() - self.last)).min(self.depth);
        self.last = now.seconds();
        let passes = self.tokens >= 1.0;
        if passes || self.all_pay {
            self.tokens = (self.tokens - 1.0).max(-self.depth);
        }
        answered(passes)
    }
}

/// So many requests can be open at once.
pub(crate) struct OpenLimit {
    limit: u64,
    open: u64,
}

impl OpenLimit {
    pub(crate) const fn new(limit: u64) -> Self {
        Self { limit, open: 0 }
    }
}

impl Server for OpenLimit {
    fn answer(&mut self, send: &Send, _: Span, _: &mut Random) -> Outcome {
        let held = u64::from(send.role == Role::Trial);
        let passes = self.open < self.limit;
        self.open += if passes { held } else { 0 };
        answered(passes)
    }

    fn plan_begins(&mut self, _: &Plan, _: Span) {
        self.open = 0;
    }
}

/// What comes again after a pause passes if the pause is shorter (or longer) than the time-out.
pub(crate) struct Pauses {
    time_out: f64,
    fails_below: bool,
    opened: Option<f64>,
}

impl Pauses {
    pub(crate) const fn new(time_out: f64, fails_below: bool) -> Self {
        Self { time_out, fails_below, opened: None }
    }
}

impl Server for Pauses {
    fn answer(&mut self, send: &Send, now: Span, _: &mut Random) -> Outcome {
        match send.role {
            Role::Control => ANSWERED,
            Role::Setup => {
                self.opened = Some(now.seconds());
                ANSWERED
            }
            Role::Trial => {
                let pause = self.opened.map_or(f64::INFINITY, |opened| now.seconds() - opened);
                answered((pause < self.time_out) != self.fails_below)
            }
        }
    }

    fn plan_begins(&mut self, _: &Plan, _: Span) {
        self.opened = None;
    }
}

/// A path of routers; requests are lost on the way into one of them.
pub(crate) struct Path {
    /// Routers in front of the target; whether each is silent.
    pub(crate) silent: Vec<bool>,
    /// The hop into which requests are lost, from 1 on.
    pub(crate) lossy: u64,
    /// How many of them.
    pub(crate) drop: f64,
}

impl Server for Path {
    fn answer(&mut self, send: &Send, _: Span, random: &mut Random) -> Outcome {
        if send.role == Role::Control {
            return ANSWERED;
        }
        let ttl = value(send, TTL).unwrap_or(64);
        if ttl >= self.lossy && random.fraction() < self.drop {
            return Outcome::Silent;
        }
        let hop = usize::try_from(ttl.max(1) - 1).expect("a small number");
        match self.silent.get(hop) {
            None => ANSWERED,
            Some(true) => Outcome::Silent,
            Some(false) => Outcome::TimeExceeded { from: router(hop, 0) },
        }
    }
}

/// Equal-cost members behind a hop; the first ones are dead.
pub(crate) struct Fork {
    pub(crate) members: u64,
    pub(crate) dead: u64,
    pub(crate) seed: u64,
}

impl Server for Fork {
    fn answer(&mut self, send: &Send, _: Span, _: &mut Random) -> Outcome {
        let Some(flow) = value(send, PORT) else { return ANSWERED };
        let member = hash(flow, self.seed) % self.members;
        match value(send, TTL) {
            Some(_) | None if member < self.dead => Outcome::Silent,
            Some(_) => Outcome::TimeExceeded { from: router(3, member) },
            None => ANSWERED,
        }
    }
}

/// A hash of a value that stays the same for a seed.
pub(crate) fn hash(value: u64, seed: u64) -> u64 {
    Random::new(value ^ (seed << 20)).bits() >> 32
}

fn router(hop: usize, member: u64) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(
        10,
        0,
        u8::try_from(hop).expect("a small number"),
        u8::try_from(member).expect("a small number"),
    ))
}

/// Nothing ever comes back.
pub(crate) fn silence() -> impl Server {
    |_: &Send, _: Span, _: &mut Random| Outcome::Silent
}

/// Everything is answered.
pub(crate) fn answers_everything() -> impl Server {
    |send: &Send, _: Span, _: &mut Random| {
        let ttl = value(send, TTL).unwrap_or(64);
        if ttl < 4 {
            return Outcome::TimeExceeded { from: router(usize::try_from(ttl).expect("a small number"), 0) };
        }
        ANSWERED
    }
}
