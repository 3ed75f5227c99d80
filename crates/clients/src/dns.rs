//! A stub resolver: a lookup sends its queries at once from one socket and retransmits those that get
//! no answer, from the same socket with the same id, as glibc does.

use crate::event::{ClientEvent, Outbox, Stray};
use crate::transactions::{Transaction, Transactions};
use std::net::IpAddr;
use unanswered_ntp::RandomSource;
use unanswered_table::Outcome;
use unanswered_wire::{Span, Time};

/// DNS's port.
pub const DNS_PORT: u16 = 53;
/// Between two queries of one lookup: one system call each, or two messages of one; judgement.
const BETWEEN: Span = Span::from_nanoseconds(5_000);
/// Response code REFUSED (RFC 1035 section 4.1.1).
const REFUSED: u8 = 5;
/// Bytes of a query without its name: header, root label and length octet, type and class.
const QUERY: usize = 18;
/// Bytes of an OPT record without options.
const OPT: usize = 11;

/// How a resolver sends its queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsConfig {
    /// The server.
    pub server: IpAddr,
    /// Query types of one lookup (A = 1, AAAA = 28).
    pub kinds: Vec<u16>,
    /// UDP payload size in an OPT record; `None`: no such record.
    pub edns: Option<u16>,
    /// How long it waits.
    pub timeout: Span,
    /// How often it tries.
    pub attempts: u8,
}

impl DnsConfig {
    /// Bytes of the message that queries a name of this many characters.
    #[must_use]
    pub fn query_size(&self, name: usize) -> u16 {
        let size = name + QUERY + if self.edns.is_some() { OPT } else { 0 };
        u16::try_from(size).unwrap_or(512)
    }
}

/// One query; `N` is the name in whatever form the owner has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsQuestion<N> {
    /// Transaction id.
    pub id: u16,
    /// The name.
    pub name: N,
    /// Query type.
    pub kind: u16,
}

/// A query to send to the server's port 53.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsTransmit<N, T> {
    /// The query.
    pub question: DnsQuestion<N>,
    /// Source port.
    pub port: u16,
    /// How long from now it is sent.
    pub after: Span,
    /// The owner's name for the request.
    pub tag: T,
}

/// An answer that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsReply<N> {
    /// The query that it repeats.
    pub question: DnsQuestion<N>,
    /// Who sent it.
    pub from: IpAddr,
    /// The port to which it came.
    pub port: u16,
    /// Response code.
    pub rcode: u8,
}

/// How an answer is recognised.
#[derive(Clone, Debug, PartialEq)]
struct Key<N> {
    port: u16,
    question: DnsQuestion<N>,
}

/// A stub resolver. `T` is the owner's name for a request.
#[derive(Clone, Debug)]
pub struct DnsClient<N, T> {
    config: DnsConfig,
    open: Transactions<Key<N>, T>,
    out: Outbox<DnsTransmit<N, T>, T>,
}

impl<N: Clone + PartialEq, T: Clone> DnsClient<N, T> {
    /// A resolver without open queries.
    #[must_use]
    pub fn new(config: DnsConfig) -> Self {
        Self { config, open: Transactions::default(), out: Outbox::default() }
    }

    /// Its configuration.
    #[must_use]
    pub const fn config(&self) -> &DnsConfig {
        &self.config
    }

    /// Open queries.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// Queries a name from a port of its own; `tag` names each query.
    pub fn lookup(
        &mut self,
        now: Time,
        name: &N,
        port: u16,
        random: &mut impl RandomSource,
        mut tag: impl FnMut() -> T,
    ) {
        let mut after = Span::default();
        for index in 0..self.config.kinds.len() {
            let id = u16::try_from(random.below(0x1_0000)).unwrap_or(0);
            let question = DnsQuestion { id, name: name.clone(), kind: self.config.kinds[index] };
            let key = Key { port, question };
            self.ask(now, Transaction { key, tag: tag(), deadline: now, attempts: 0 }, after);
            after = Span::from_nanoseconds(after.nanoseconds() + BETWEEN.nanoseconds());
        }
    }

    fn ask(&mut self, now: Time, mut transaction: Transaction<Key<N>, T>, after: Span) {
        let Key { port, question } = transaction.key.clone();
        transaction.attempts += 1;
        transaction.deadline = now + self.config.timeout;
        self.out.packets.push_back(DnsTransmit { question, port, after, tag: transaction.tag.clone() });
        self.open.add(transaction);
    }

    fn end(&mut self, transaction: Transaction<Key<N>, T>, outcome: Outcome) {
        let port = transaction.key.port;
        self.out.ended(transaction.tag, outcome);
        if !self.open.any(|key| key.port == port) {
            self.out.port_free(port);
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
            if transaction.attempts < self.config.attempts {
                self.ask(now, transaction, Span::default());
            } else {
                self.end(transaction, Outcome::Unanswered);
            }
        }
    }

    /// Takes an answer.
    ///
    /// # Errors
    /// When no open query waits for it.
    pub fn handle_reply(&mut self, reply: &DnsReply<N>) -> Result<(), Stray> {
        if reply.from != self.config.server {
            return Err(Stray::WrongSource);
        }
        let key = Key { port: reply.port, question: reply.question.clone() };
        let transaction = self.open.take(&key).ok_or(Stray::NotOpen)?;
        let outcome = match reply.rcode {
            REFUSED => Outcome::Error,
            _ if transaction.attempts > 1 => Outcome::Late,
            _ => Outcome::Answered,
        };
        self.end(transaction, outcome);
        Ok(())
    }

    /// The next query to send.
    pub fn poll_transmit(&mut self) -> Option<DnsTransmit<N, T>> {
        self.out.packets.pop_front()
    }

    /// What happened since.
    pub fn poll_event(&mut self) -> Option<ClientEvent<T>> {
        self.out.events.pop_front()
    }
}
