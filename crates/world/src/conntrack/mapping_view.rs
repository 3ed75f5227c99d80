//! Flows as they are shown, and the layout of `conntrack -L` (conntrack-tools; `nf_conntrack_seq_file`
//! in the kernel).

use super::flow_table::{FlowId, TrackedFlow};
use super::timers::TcpPhase;
use super::tuple::{Tuple, number};
use std::fmt::Write as _;
use unanswered_scenario::model::{Endpoint, Transport};
use unanswered_wire::Time;

/// One living flow. Views are ordered by protocol, inside endpoint and destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MappingView {
    /// Protocol.
    pub protocol: Transport,
    /// Who opened the flow, by its own address.
    pub inside: Endpoint,
    /// Whom it addressed.
    pub destination: Endpoint,
    /// Its source after translation.
    pub outside: Endpoint,
    /// Its destination after translation.
    pub server: Endpoint,
    /// When it was opened.
    pub since: Time,
    /// When its last packet came.
    pub last: Time,
    /// The first moment at which it is dead if no packet comes.
    pub expires: Time,
    /// A packet came back; `conntrack` says `[UNREPLIED]` where none did.
    pub seen_reply: bool,
    /// A stream or an established connection: `[ASSURED]`.
    pub assured: bool,
    /// TCP: its state.
    pub phase: TcpPhase,
    /// Its name in the table.
    pub entry: FlowId,
}

impl MappingView {
    pub(super) fn of(slot: u32, entry: &TrackedFlow) -> Self {
        Self {
            protocol: entry.original.protocol,
            inside: entry.original.source,
            destination: entry.original.destination,
            outside: entry.reply.destination,
            server: entry.reply.source,
            since: entry.since,
            last: entry.last,
            expires: entry.expires,
            seen_reply: entry.state.seen_reply,
            assured: entry.state.assured,
            phase: entry.state.phase,
            entry: FlowId { slot, number: entry.number },
        }
    }

    /// The line of `conntrack -L`, with the whole seconds left to live and without a newline.
    #[must_use]
    pub fn line(&self, now: Time) -> String {
        let name = match self.protocol {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Icmp => "icmp",
        };
        let left = (self.expires - now).nanoseconds().max(0) / 1_000_000_000;
        let mut line = format!("{name:<8} {} {left} ", number(self.protocol));
        if self.protocol == Transport::Tcp {
            line += match self.phase {
                TcpPhase::Opening if self.seen_reply => "SYN_RECV ",
                TcpPhase::Opening => "SYN_SENT ",
                TcpPhase::Established => "ESTABLISHED ",
                TcpPhase::Closing => "FIN_WAIT ",
                TcpPhase::Reset => "CLOSE ",
            };
        }
        let Self { protocol, inside, destination, outside, server, .. } = *self;
        push_tuple(&mut line, Tuple { protocol, source: inside, destination }, 8);
        if !self.seen_reply {
            line += "[UNREPLIED] ";
        }
        push_tuple(&mut line, Tuple { protocol, source: server, destination: outside }, 0);
        if self.assured {
            line += "[ASSURED] ";
        }
        line += "mark=0 use=1";
        line
    }
}

/// A tuple; the ICMP type (8 is a request, 0 a reply: RFC 792) takes the place of ports.
fn push_tuple(line: &mut String, tuple: Tuple, icmp_type: u8) {
    let Tuple { protocol, source, destination } = tuple;
    let ends = format!("src={} dst={}", source.address, destination.address);
    let written = match protocol {
        Transport::Udp | Transport::Tcp => {
            write!(line, "{ends} sport={} dport={} ", source.port, destination.port)
        }
        Transport::Icmp => write!(line, "{ends} type={icmp_type} code=0 id={} ", source.port),
    };
    written.expect("writing to a string does not fail");
}
