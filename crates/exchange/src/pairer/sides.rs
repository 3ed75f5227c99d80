//! The two sides of a host in a capture on all its interfaces that names none (Linux cooked v1).
//!
//! Such a capture sees a forwarded packet twice, coming in and going out. What comes in as a request or goes out as a
//! reply passes the side towards the clients, the others the side towards the servers: two places, between which is the
//! host itself. A request that came in and never went out was lost in this host. A host that only asks or only
//! answers has one side.

use super::FORGOTTEN_AFTER;
use super::packets::{ports, reply_ports};
use crate::leg::Side;
use crate::lookup::Generations;
use crate::names::{AddressId, Endpoint};
use unanswered_wire::{
    Direction, Message, Packet, Tcp, Time, Transport, asks_by_port, asks_by_service, recognise,
};

/// What is remembered to tell which end of a conversation asks.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    /// TCP connections and conversations over UDP, lower end first: whether that is the client.
    first_asks: Generations<(u16, Endpoint, Endpoint), bool>,
    /// Whether the newest packet between two addresses asked: later fragments say nothing themselves.
    asked: Generations<(u16, AddressId, AddressId), bool>,
}

impl Default for Sides {
    fn default() -> Self {
        Self { first_asks: Generations::new(FORGOTTEN_AFTER), asked: Generations::new(FORGOTTEN_AFTER) }
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

    /// Whether the lower end of a conversation is the client: as told by this packet, as known, or guessed.
    fn first_asks(
        &mut self,
        now: Time,
        key: (u16, Endpoint, Endpoint),
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
            Transport::Udp(udp) if message.is_none() && unanswered_wire::datagram(packet).is_some() => {
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
