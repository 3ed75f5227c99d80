//! The requests of one plan: when each is due, what came of it.

use crate::asking::{Asking, Reply};
use crate::maker::{Key, Request, Target, low_32};
use std::net::IpAddr;
use unanswered_probe::{Outcome, Refusal};
use unanswered_time::Span;
use unanswered_wire::{IcmpEcho, IcmpError, LinkType, Packet, QuotedTransport, Tcp, Transport, Udp, decode};

/// What arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// An IP packet, from a raw link.
    Packet(Vec<u8>),
    /// A datagram from the server to one of our ports, from an ordinary socket.
    Datagram {
        /// Our port.
        port: u16,
        /// Its payload.
        payload: Vec<u8>,
    },
    /// The system says that nobody listens on the server's port, to one of ours.
    Closed {
        /// Our port.
        port: u16,
    },
}

/// One request of the plan.
#[derive(Clone, Debug)]
struct Waiting {
    at: Span,
    request: Option<Request>,
    sent: Option<Span>,
    outcome: Option<Outcome>,
}

/// The requests of one plan.
#[derive(Clone, Debug)]
pub struct Batch {
    asking: Asking,
    target: Target,
    time_out: Span,
    all: Vec<Waiting>,
}

impl Batch {
    /// Requests that are due at these times after the beginning; `None` is one that cannot be sent.
    #[must_use]
    pub fn new(
        asking: Asking,
        target: Target,
        time_out: Span,
        requests: Vec<(Span, Option<Request>)>,
    ) -> Self {
        let waiting = |(at, request): (Span, Option<Request>)| {
            let outcome = request.is_none().then_some(Outcome::NotSent);
            Waiting { at, request, sent: None, outcome }
        };
        Self { asking, target, time_out, all: requests.into_iter().map(waiting).collect() }
    }

    /// The next request that is due, by its number. To be followed by [`sent`](Self::sent).
    #[must_use]
    pub fn due(&self, now: Span) -> Option<(usize, &Request)> {
        let (index, waiting) = self.all.iter().enumerate().find(|(_, waiting)| waiting.is_to_be_sent())?;
        let request = waiting.request.as_ref()?;
        (waiting.at <= now).then_some((index, request))
    }

    /// The request left, or could not be sent.
    pub fn sent(&mut self, index: usize, now: Span, left: bool) {
        if let Some(waiting) = self.all.get_mut(index) {
            if left {
                waiting.sent = Some(now);
            } else {
                waiting.outcome = Some(Outcome::NotSent);
            }
        }
    }

    /// When something is to be done next: a request sent, or one given up. `None`: all outcomes are known.
    #[must_use]
    pub fn deadline(&self) -> Option<Span> {
        let of = |waiting: &Waiting| match (waiting.outcome, waiting.sent) {
            (Some(_), _) => None,
            (None, Some(sent)) => Some(later(sent, self.time_out)),
            (None, None) => Some(waiting.at),
        };
        self.all.iter().filter_map(of).min()
    }

    /// Gives up what has waited long enough.
    pub fn give_up(&mut self, now: Span) {
        for waiting in &mut self.all {
            if let (None, Some(sent)) = (waiting.outcome, waiting.sent)
                && later(sent, self.time_out) <= now
            {
                waiting.outcome = Some(Outcome::Silent);
            }
        }
    }

    /// Takes what arrived; whether it belonged to one of the requests. An answer to one that was given up makes it a late one.
    pub fn received(&mut self, now: Span, incoming: &Incoming) -> bool {
        let (asking, target) = (&self.asking, self.target);
        for waiting in &mut self.all {
            let (Some(request), Some(sent)) = (&waiting.request, waiting.sent) else { continue };
            let after = Span::from_nanoseconds(now.nanoseconds() - sent.nanoseconds());
            let Some(outcome) = says(asking, target, request.key, incoming, after) else { continue };
            match (waiting.outcome, outcome) {
                (None, outcome) => waiting.outcome = Some(outcome),
                (Some(Outcome::Silent), Outcome::Answered { after }) => {
                    waiting.outcome = Some(Outcome::Late { after });
                }
                // The second copy of a reply, or an error after an answer.
                (Some(_), _) => {}
            }
            return true;
        }
        false
    }

    /// The outcomes, in the order of the plan; what is not known yet is silent.
    #[must_use]
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.all.iter().map(|waiting| waiting.outcome.unwrap_or(Outcome::Silent)).collect()
    }
}

impl Waiting {
    const fn is_to_be_sent(&self) -> bool {
        self.sent.is_none() && self.outcome.is_none() && self.request.is_some()
    }
}

const fn later(a: Span, b: Span) -> Span {
    Span::from_nanoseconds(a.nanoseconds().saturating_add(b.nanoseconds()))
}

/// What an arrival says of a request; `None`: nothing.
fn says(asking: &Asking, target: Target, key: Key, incoming: &Incoming, after: Span) -> Option<Outcome> {
    let replied = |reply: Reply| match reply {
        Reply::Answer => Outcome::Answered { after },
        Reply::TooFast => Outcome::Refused(Refusal::TooFast),
        Reply::Prohibited => Outcome::Refused(Refusal::Prohibited),
    };
    match incoming {
        Incoming::Closed { port } => (*port == key.port).then_some(Outcome::Refused(Refusal::Closed)),
        Incoming::Datagram { port, payload } => {
            if *port != key.port {
                return None;
            }
            asking.reply(key.token, payload).map(replied)
        }
        Incoming::Packet(bytes) => {
            let length = u32::try_from(bytes.len()).ok()?;
            let packet = decode(LinkType::Raw, bytes, length).ok()?;
            if packet.ip.destination != target.local {
                return None;
            }
            let outcome = match &packet.transport {
                Transport::Udp(udp) => datagram(asking, target, key, udp).map(replied),
                Transport::Tcp(tcp) => segment(asking, target, key, tcp, after),
                Transport::Echo(echo) => echoed(asking, key, echo).then_some(Outcome::Answered { after }),
                Transport::Error(error) => return icmp_error(asking, target, key, &packet, error),
                Transport::Neighbour(_) | Transport::LaterFragment | Transport::Other(_) => None,
            }?;
            let from = packet.ip.source;
            Some(if from == target.remote { outcome } else { Outcome::Elsewhere { from } })
        }
    }
}

fn datagram(asking: &Asking, target: Target, key: Key, udp: &Udp<'_>) -> Option<Reply> {
    let between = udp.source_port == target.port && udp.destination_port == key.port;
    between.then(|| asking.reply(key.token, udp.payload)).flatten()
}

fn segment(asking: &Asking, target: Target, key: Key, tcp: &Tcp<'_>, after: Span) -> Option<Outcome> {
    let between = tcp.source_port == target.port && tcp.destination_port == key.port;
    if !matches!(asking, Asking::Tcp) || !between {
        return None;
    }
    let syn = low_32(key.token).wrapping_add(1);
    let acknowledged = [syn, syn.wrapping_add(key.length)].contains(&tcp.acknowledgement);
    match (tcp.flags & Tcp::RST != 0, tcp.flags & Tcp::SYN != 0) {
        (true, _) if acknowledged => Some(Outcome::Refused(Refusal::Closed)),
        (false, true) if acknowledged => Some(Outcome::Answered { after }),
        (true | false, _) => None,
    }
}

fn echoed(asking: &Asking, key: Key, echo: &IcmpEcho<'_>) -> bool {
    let same = echo.identifier == key.port && echo.sequence == crate::asking::low_16(key.token);
    matches!(asking, Asking::Echo) && !echo.request && same
}

/// An ICMP error about one of our requests (RFC 792, RFC 1812 section 5.2.7, RFC 4443 section 3).
fn icmp_error(
    asking: &Asking,
    target: Target,
    key: Key,
    packet: &Packet<'_>,
    error: &IcmpError<'_>,
) -> Option<Outcome> {
    /// Type and codes of ICMP: destination unreachable, time exceeded; port unreachable, administratively prohibited.
    const UNREACHABLE: (u8, u8) = (3, 1);
    const EXCEEDED: (u8, u8) = (11, 3);
    const PORT: (u8, u8) = (3, 4);
    const PROHIBITED: ([u8; 3], [u8; 1]) = ([9, 10, 13], [1]);
    let quoted = match &error.quoted_transport {
        QuotedTransport::Udp { source_port, destination_port, .. }
        | QuotedTransport::Tcp { source_port, destination_port, .. } => {
            (*source_port, *destination_port) == (key.port, target.port)
        }
        QuotedTransport::Echo { identifier, sequence, .. } => {
            matches!(asking, Asking::Echo)
                && (*identifier, *sequence) == (key.port, crate::asking::low_16(key.token))
        }
        QuotedTransport::Other => false,
    };
    if !quoted || error.quoted.destination != target.remote {
        return None;
    }
    let from: IpAddr = packet.ip.source;
    let of = |(v4, v6): (u8, u8)| if error.v6 { v6 } else { v4 };
    let prohibited =
        if error.v6 { PROHIBITED.1.contains(&error.code) } else { PROHIBITED.0.contains(&error.code) };
    if error.kind == of(EXCEEDED) {
        Some(Outcome::TimeExceeded { from })
    } else if error.kind != of(UNREACHABLE) {
        None
    } else if error.code == of(PORT) && from == target.remote {
        Some(Outcome::Refused(Refusal::Closed))
    } else if prohibited {
        Some(Outcome::Refused(Refusal::Prohibited))
    } else {
        Some(Outcome::Unreachable { from })
    }
}
