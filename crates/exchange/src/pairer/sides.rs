//! The two sides of a host in a capture on all its interfaces that names none (Linux cooked v1).
//!
//! Such a capture sees a forwarded packet twice, coming in and going out. What comes in as a request or goes out as a
//! reply passes the side towards the clients, the others the side towards the servers: two places, between which is the
//! host itself. A request that came in and never went out was lost in this host. A host that only asks or only
//! answers has one side.
//!
//! pcapng says the direction beside each packet (`epb_flags`). There an interface has a name and is a place as it is,
//! nearly always, and some writers call every frame incoming, those of a mirror port too. So its directions count for the
//! conversations only that are seen to be forwarded: a request went out that had come in just before, at the same
//! interface (a router with one arm, or a file without the interfaces' names). What follows of such a conversation on the
//! way to the server and from it is the side towards the servers; all else stays at the interface itself.

#[cfg(test)]
mod tests;

use super::packets::{ports, reply_ports};
use super::{DUPLICATE_SAME_ID, FORGOTTEN_AFTER};
use crate::leg::Side;
use crate::lookup::Generations;
use crate::names::{AddressId, Endpoint};
use std::net::IpAddr;
use unanswered_wire::{
    Direction, Message, Packet, Span, Tcp, Time, Transport, asks_by_port, asks_by_service, datagram,
    recognise,
};

/// A conversation at a vantage point: the lower end first.
type Between = (u16, Endpoint, Endpoint);

/// The same by addresses, so that a packet that only an error quotes has one, too.
type Ends = (u16, (IpAddr, u16), (IpAddr, u16));

/// What is remembered to tell which end of a conversation asks.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    /// TCP connections and conversations over UDP, lower end first: whether that is the client.
    first_asks: Generations<Between, bool>,
    /// Whether the newest packet between two addresses asked: later fragments say nothing themselves.
    asked: Generations<(u16, AddressId, AddressId), bool>,
    /// When requests came in, by vantage point and fingerprint; of files that say directions beside the packets.
    came_in: Generations<(u16, u64), Time>,
    /// Conversations there whose requests went out again.
    forwarded: Generations<Ends, ()>,
    /// There are any: until then nothing has to be looked up.
    any_forwarded: bool,
}

impl Default for Sides {
    fn default() -> Self {
        Self {
            first_asks: Generations::new(FORGOTTEN_AFTER),
            asked: Generations::new(FORGOTTEN_AFTER),
            came_in: Generations::new(DUPLICATE_SAME_ID),
            forwarded: Generations::new(FORGOTTEN_AFTER),
            any_forwarded: false,
        }
    }
}

impl Sides {
    /// The side that the packet passes; `None` where the capture does not say which way it went.
    pub(super) fn of(
        &mut self,
        now: Time,
        vantage: u16,
        packet: &Packet<'_>,
        message: Option<&Message>,
        [source, destination]: [AddressId; 2],
    ) -> Option<Side> {
        let link = &packet.link;
        if link.direction.is_none() {
            let direction = link.flagged_direction?;
            return self.of_flagged(now, vantage, packet, message, [source, destination], direction);
        }
        let direction = link.direction.filter(|_| link.interface_index.is_none())?;
        let between = (vantage, source, destination);
        let asks = self.asks(now, vantage, packet, message, [source, destination]);
        let asks = match asks {
            Some(asks) => {
                self.asked.put(between, asks);
                asks
            }
            None => self.asked.get(now, &between)?,
        };
        match (direction, asks) {
            (Direction::In, true) | (Direction::Out, false) => Some(Side::Clients),
            (Direction::Out, true) | (Direction::In, false) => Some(Side::Servers),
            (Direction::Other, _) => None,
        }
    }

    /// The side of a packet whose direction the file says beside it: only what is seen to be forwarded has one.
    fn of_flagged(
        &mut self,
        now: Time,
        vantage: u16,
        packet: &Packet<'_>,
        message: Option<&Message>,
        [source, destination]: [AddressId; 2],
        direction: Direction,
    ) -> Option<Side> {
        if matches!(packet.transport, Transport::Neighbour(_)) {
            return None;
        }
        let fingerprint = request_fingerprint(packet, message);
        // Looking at it also lets what is too old be forgotten.
        let came_in = fingerprint.and_then(|fingerprint| self.came_in.get(now, &(vantage, fingerprint)));
        match (direction, fingerprint) {
            (Direction::In, Some(fingerprint)) => {
                self.came_in.put((vantage, fingerprint), now);
                // A datagram of a protocol that is not read may also be a reply.
                message.is_none().then_some(())?;
            }
            (Direction::Out, Some(_)) => {
                if came_in.is_some_and(|at| now - at >= Span::default() && now - at < DUPLICATE_SAME_ID) {
                    self.any_forwarded = true;
                    self.forwarded.put(ends(vantage, packet), ());
                }
            }
            (Direction::In | Direction::Out, None) => {}
            (Direction::Other, _) => return None,
        }
        if !self.any_forwarded {
            return None;
        }
        let asks = match self.asks(now, vantage, packet, message, [source, destination]) {
            Some(asks) => {
                self.forwarded.get(now, &ends(vantage, packet))?;
                self.asked.put((vantage, source, destination), asks);
                asks
            }
            None => self.asked.get(now, &(vantage, source, destination))?,
        };
        (asks == (direction == Direction::Out)).then_some(Side::Servers)
    }

    /// Whether the lower end of a conversation is the client: as told by this packet, as known, or guessed.
    fn first_asks(
        &mut self,
        now: Time,
        key: Between,
        told: Option<bool>,
        guessed: impl FnOnce() -> bool,
    ) -> bool {
        let known = self.first_asks.get(now, &key);
        let first_asks = told.or(known).unwrap_or_else(guessed);
        if known != Some(first_asks) {
            self.first_asks.put(key, first_asks);
        }
        first_asks
    }

    /// Whether the packet goes from a client to a server.
    fn asks(
        &mut self,
        now: Time,
        vantage: u16,
        packet: &Packet<'_>,
        message: Option<&Message>,
        [source, destination]: [AddressId; 2],
    ) -> Option<bool> {
        match &packet.transport {
            Transport::Tcp(tcp) => {
                let (from, to) = (tcp.source_port, tcp.destination_port);
                let from = Endpoint { address: source, port: from };
                let to = Endpoint { address: destination, port: to };
                let key = (vantage, from.min(to), from.max(to));
                let is_first = from == key.1;
                let told = match tcp.flags & (Tcp::SYN | Tcp::ACK) {
                    Tcp::SYN => Some(true),
                    flags if flags & Tcp::SYN != 0 => Some(false),
                    _ => None,
                };
                let guessed = || asks_by_port(from.port, to.port).unwrap_or(true) == is_first;
                Some(self.first_asks(now, key, told.map(|asks| is_first == asks), guessed) == is_first)
            }
            // An error goes to who sent the packet that it quotes.
            Transport::Error(_) => {
                let quoted = packet.quoted()?;
                let about = recognise(&quoted).map(|(_, message)| message.asks.is_some());
                let by_port = || {
                    let (from, to) = match quoted.transport {
                        Transport::Echo(_) => reply_ports(&quoted),
                        Transport::Udp(_)
                        | Transport::Tcp(_)
                        | Transport::Error(_)
                        | Transport::Neighbour(_)
                        | Transport::LaterFragment
                        | Transport::Other(_) => ports(&quoted),
                    };
                    asks_by_port(from, to)
                };
                about.or_else(by_port).map(|asks| !asks)
            }
            // Of conversations that no protocol claims, the end with the client's port asks, or who speaks first.
            Transport::Udp(udp) if message.is_none() && datagram(packet).is_some() => {
                let from = Endpoint { address: source, port: udp.source_port };
                let to = Endpoint { address: destination, port: udp.destination_port };
                let key = (vantage, from.min(to), from.max(to));
                let is_first = from == key.1;
                let guessed = || asks_by_service(from.port, to.port).unwrap_or(true) == is_first;
                Some(self.first_asks(now, key, None, guessed) == is_first)
            }
            Transport::Udp(_)
            | Transport::Echo(_)
            | Transport::Neighbour(_)
            | Transport::LaterFragment
            | Transport::Other(_) => message.map(|message| message.asks.is_some()),
        }
    }
}

/// What tells a request from others on both sides of this host; `None` for what surely asks nothing. A datagram of a
/// protocol that is not read may ask.
fn request_fingerprint(packet: &Packet<'_>, message: Option<&Message>) -> Option<u64> {
    let fingerprint = match message {
        Some(message) => message.asks.map(|_| message.fingerprint),
        None => datagram(packet).filter(|datagram| datagram.tells).map(|datagram| datagram.content),
    };
    fingerprint.filter(|fingerprint| *fingerprint != 0)
}

/// The two ends of a packet's conversation; of an error, those of the packet that it quotes.
fn ends(vantage: u16, packet: &Packet<'_>) -> Ends {
    let quoted = packet.quoted();
    let packet = quoted.as_ref().unwrap_or(packet);
    let (from, to) = match &packet.transport {
        Transport::Echo(echo) if !echo.request => reply_ports(packet),
        Transport::Echo(_)
        | Transport::Udp(_)
        | Transport::Tcp(_)
        | Transport::Error(_)
        | Transport::Neighbour(_)
        | Transport::LaterFragment
        | Transport::Other(_) => ports(packet),
    };
    let (source, destination) = packet.ends();
    let (from, to) = ((source, from), (destination, to));
    (vantage, from.min(to), from.max(to))
}
