//! Makes TCP connections: SYN retransmitted after 1, 2, 4, ... s (RFC 6298), then closed at once. No data.

use crate::event::{ClientEvent, Outbox, Stray};
use crate::transactions::{Transaction, Transactions};
use unanswered_ntp::RandomSource;
use unanswered_table::Outcome;
use unanswered_wire::{Span, Tcp, Time};

/// First retransmission time-out (RFC 6298 section 2.1).
const FIRST_TIMEOUT: Span = Span::from_seconds(1);

/// How connections are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpConfig {
    /// The server's port.
    pub server_port: u16,
    /// How often a SYN is retransmitted.
    pub syn_retries: u8,
    /// Asks for ECN (SYN with ECE and CWR).
    pub ecn: bool,
}

/// A TCP segment without data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpSegment {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// Sequence number.
    pub sequence: u32,
    /// Acknowledgement number.
    pub acknowledgement: u32,
    /// Flags as `unanswered_wire::Tcp::flags`.
    pub flags: u16,
}

/// A segment to send to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpTransmit<T> {
    /// The segment.
    pub segment: TcpSegment,
    /// The owner's name for the request that it is; `None` for segments that only complete or close.
    pub tag: Option<T>,
}

/// How the reply is recognised.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    port: u16,
    /// Initial sequence number.
    initial: u32,
}

/// Makes connections to one port of one server. `T` is the owner's name for a connection.
#[derive(Clone, Debug)]
pub struct TcpClient<T> {
    config: TcpConfig,
    open: Transactions<Key, T>,
    out: Outbox<TcpTransmit<T>, T>,
}

impl<T: Clone> TcpClient<T> {
    /// A client without connections.
    #[must_use]
    pub fn new(config: TcpConfig) -> Self {
        Self { config, open: Transactions::default(), out: Outbox::default() }
    }

    /// Opens a connection from a port of its own.
    pub fn connect(&mut self, now: Time, port: u16, random: &mut impl RandomSource, tag: T) {
        let initial = u32::try_from(random.below(1 << 32)).unwrap_or(0);
        let key = Key { port, initial };
        self.syn(now, Transaction { key, tag, deadline: now, attempts: 0 });
    }

    fn syn(&mut self, now: Time, mut transaction: Transaction<Key, T>) {
        let wait = FIRST_TIMEOUT.nanoseconds() << transaction.attempts.min(16);
        transaction.deadline = now + Span::from_nanoseconds(wait);
        transaction.attempts += 1;
        let ecn = if self.config.ecn { Tcp::ECE | Tcp::CWR } else { 0 };
        let Key { port, initial } = transaction.key;
        let segment = self.segment(port, initial, 0, Tcp::SYN | ecn);
        self.out.packets.push_back(TcpTransmit { segment, tag: Some(transaction.tag.clone()) });
        self.open.add(transaction);
    }

    const fn segment(&self, port: u16, sequence: u32, acknowledgement: u32, flags: u16) -> TcpSegment {
        let destination_port = self.config.server_port;
        TcpSegment { source_port: port, destination_port, sequence, acknowledgement, flags }
    }

    fn end(&mut self, transaction: Transaction<Key, T>, outcome: Outcome) {
        self.out.ended(transaction.tag, outcome);
        if outcome == Outcome::Unanswered || outcome == Outcome::Refused {
            self.out.port_free(transaction.key.port);
        }
    }

    /// When it wants to be called next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        self.open.deadline()
    }

    /// The time has come (or is near: a call that is too early does nothing).
    pub fn handle_timeout(&mut self, now: Time) {
        while let Some(transaction) = self.open.due(now) {
            if transaction.attempts <= self.config.syn_retries {
                self.syn(now, transaction);
            } else {
                self.end(transaction, Outcome::Unanswered);
            }
        }
    }

    /// Takes a segment from the server.
    ///
    /// # Errors
    /// A SYN with ACK that no open connection waits for.
    pub fn handle_segment(&mut self, segment: &TcpSegment) -> Result<(), Stray> {
        let port = segment.destination_port;
        let key = Key { port, initial: segment.acknowledgement.wrapping_sub(1) };
        if segment.flags & Tcp::RST != 0 {
            if let Some(transaction) = self.open.take(&key) {
                self.end(transaction, Outcome::Refused);
            }
        } else if segment.flags & (Tcp::SYN | Tcp::ACK) == Tcp::SYN | Tcp::ACK {
            let transaction = self.open.take(&key).ok_or(Stray::NotOpen)?;
            let outcome = if transaction.attempts > 1 { Outcome::Late } else { Outcome::Answered };
            // The handshake is completed and the connection closed.
            self.reply(segment, Tcp::ACK);
            self.reply(segment, Tcp::FIN | Tcp::ACK);
            self.end(transaction, outcome);
        } else if segment.flags & Tcp::FIN != 0 {
            self.reply(segment, Tcp::ACK);
            self.out.port_free(port);
        }
        Ok(())
    }

    /// Answers a segment that takes one sequence number (SYN, FIN).
    fn reply(&mut self, to: &TcpSegment, flags: u16) {
        let acknowledgement = to.sequence.wrapping_add(1);
        let segment = self.segment(to.destination_port, to.acknowledgement, acknowledgement, flags);
        self.out.packets.push_back(TcpTransmit { segment, tag: None });
    }

    /// An ICMP error about a segment that it sent. A hard error ends the attempt to connect
    /// (`tcp_v4_err` in net/ipv4/tcp_ipv4.c).
    pub fn handle_error(&mut self, about: &TcpSegment) {
        let key = Key { port: about.source_port, initial: about.sequence };
        if let Some(transaction) = self.open.take(&key) {
            self.end(transaction, Outcome::Refused);
        }
    }

    /// The next segment to send.
    pub fn poll_transmit(&mut self) -> Option<TcpTransmit<T>> {
        self.out.packets.pop_front()
    }

    /// What happened since.
    pub fn poll_event(&mut self) -> Option<ClientEvent<T>> {
        self.out.events.pop_front()
    }
}
