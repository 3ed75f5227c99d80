//! A server that misbehaves: one request in, one decision out. It owns no socket and reads no clock.

use crate::behaviour::{Behaviour, NtpService, Service};
use crate::decision::{Decision, Reason, Tally};
use crate::dns;
use crate::gate::Gate;
use crate::request::Request;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use unanswered_ntp as ntp;
use unanswered_wire::{Span, Time};

/// The reference of a server that follows nobody (ntpd's local clock driver).
const LOCAL_CLOCK: [u8; 4] = [127, 127, 1, 0];

/// A server.
#[derive(Clone, Debug)]
pub struct MisbehavingServer {
    behaviour: Behaviour,
    gates: Vec<Gate>,
    /// The time server, where it is one.
    clock: Option<ntp::Server>,
    /// When the requests that are worked on are done.
    busy: BinaryHeap<Reverse<Time>>,
    tally: Tally,
}

impl MisbehavingServer {
    /// A server that starts at `now`. What it does by chance comes from `seed`.
    #[must_use]
    pub fn new(behaviour: Behaviour, seed: u64, now: Time) -> Self {
        let seeds = (0_u64..).map(|place| seed.wrapping_add(place.wrapping_mul(0x9e37_79b9)));
        let gates = behaviour.filters.iter().zip(seeds).map(|(filter, seed)| Gate::new(filter, seed, now));
        let gates = gates.collect();
        let clock = match &behaviour.service {
            Service::Ntp(service) => Some(time_server(service, now)),
            Service::Dns(_) | Service::Echo => None,
        };
        Self { behaviour, gates, clock, busy: BinaryHeap::new(), tally: Tally::default() }
    }

    /// Decides about a request, and writes the reply into `reply` (replacing what is there) if there is one.
    pub fn handle_request(&mut self, request: &Request<'_>, reply: &mut Vec<u8>) -> Decision {
        reply.clear();
        let decision = self.decide(request, reply).unwrap_or_else(Decision::Drop);
        self.tally.count(decision);
        decision
    }

    /// What it has counted.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    fn decide(&mut self, request: &Request<'_>, reply: &mut Vec<u8>) -> Result<Decision, Reason> {
        if let Some(reason) = self.gates.iter_mut().find_map(|gate| gate.stops(request)) {
            return Err(reason);
        }
        let Behaviour { takes, at_once, reply_size, .. } = self.behaviour;
        while self.busy.peek().is_some_and(|done| done.0 <= request.now) {
            self.busy.pop();
        }
        if self.busy.len() >= at_once {
            return Err(Reason::Busy);
        }
        let answered = match &self.behaviour.service {
            Service::Ntp(_) => answer_time(self.clock.as_mut(), takes, request, reply)?,
            Service::Dns(service) => dns::answer(service, request.payload, reply)?,
            // Only another server sends from its port; the two would go on for ever.
            Service::Echo if request.from.port() == request.port => return Err(Reason::Loop),
            Service::Echo => {
                reply.extend_from_slice(request.payload);
                true
            }
        };
        if takes > Span::default() {
            self.busy.push(Reverse(request.now + takes));
        }
        // The work is done all the same.
        if reply_size.is_some_and(|most| reply.len() > most) {
            return Err(Reason::ReplySize);
        }
        Ok(if answered { Decision::Answer(takes) } else { Decision::Refuse(takes) })
    }
}

fn time_server(service: &NtpService, now: Time) -> ntp::Server {
    let NtpService { profile, stratum, limit, refuses } = *service;
    let config = ntp::ServerConfig { profile, stratum, reference_id: LOCAL_CLOCK, limit };
    let mut server = ntp::Server::new(config, now);
    server.set_refusal(refuses);
    server
}

/// Writes the time server's reply; returns whether it gives time.
fn answer_time(
    server: Option<&mut ntp::Server>,
    takes: Span,
    request: &Request<'_>,
    reply: &mut Vec<u8>,
) -> Result<bool, Reason> {
    let header = ntp::Header::parse(request.payload).map_err(|_| Reason::NotARequest)?;
    let server = server.ok_or(Reason::NotARequest)?;
    let from = request.from;
    match server.handle_request(request.now, request.clock, from.ip(), from.port(), &header) {
        ntp::Response::Reply(mut header) => {
            header.transmit = ntp::Timestamp::from_time(request.clock + takes);
            reply.extend_from_slice(&header.emit());
            Ok(true)
        }
        ntp::Response::Kiss(header) => {
            reply.extend_from_slice(&header.emit());
            Ok(false)
        }
        ntp::Response::Ignored(reason) => Err(match reason {
            ntp::Reason::BadLengthOrFormat => Reason::ProgramPort,
            ntp::Reason::RateLimited => Reason::RateLimited,
            ntp::Reason::Version => Reason::Version,
            ntp::Reason::Mode => Reason::Mode,
        }),
    }
}

#[cfg(test)]
mod tests;
