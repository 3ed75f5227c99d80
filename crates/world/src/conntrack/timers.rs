//! How long a flow lives: the timers of the kernel's `nf_conntrack_proto_{udp,tcp,icmp}.c`.
//!
//! A flow lives while `now` is before the end of its life and is dead at exactly that nanosecond, as in
//! the kernel's `nf_ct_is_expired`.
//!
//! In the kernel a packet's timer is set *before* the mark "reply seen" (`nf_conntrack_in`). So the
//! first reply of a UDP flow still gets the short life, however old the flow is; the next packet
//! is the first that can get the long one. One question and one answer never make a stream.
//!
//! Of the kernel's eleven TCP states four are distinguished: being opened (`SYN_SENT`, `SYN_RECV`),
//! established, being closed (`FIN_WAIT` to `TIME_WAIT`) and reset (`CLOSE`). Sequence numbers are
//! not checked.

use super::tuple::FlowDirection;
use unanswered_scenario::model::{Timeouts, Transport};
use unanswered_wire::Span;

/// TCP after a RST: 10 s (`tcp_timeouts[TCP_CONNTRACK_CLOSE]`, `nf_conntrack_proto_tcp.c`).
pub const RESET_LIFE: Span = Span::from_seconds(10);

/// What a packet is, as far as timers care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PacketKind {
    /// UDP, or an ICMP echo.
    Datagram,
    /// A TCP segment with SYN and without ACK.
    Syn,
    /// Any other TCP segment without FIN and RST: SYN with ACK, an ACK, data.
    Established,
    /// A TCP segment with FIN.
    Fin,
    /// A TCP segment with RST.
    Reset,
}

/// The state of a TCP flow. Flows of other protocols stay `Opening`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TcpPhase {
    /// No ACK after a SYN with ACK yet.
    Opening,
    /// The handshake is over, or was never seen.
    Established,
    /// A FIN was seen.
    Closing,
    /// A RST was seen.
    Reset,
}

/// What is remembered of a flow's packets.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlowState {
    pub(super) phase: TcpPhase,
    /// A packet went the other way.
    pub(super) seen_reply: bool,
    /// A UDP stream or an established TCP connection: what the kernel marks `ASSURED`.
    pub(super) assured: bool,
}

impl FlowState {
    /// That of a flow that a packet of this kind opens; `None` when it cannot: an unknown flow's FIN or RST
    /// is always invalid, segments other than SYN are where they are not picked up
    /// (`tcp_conntracks` and `tcp_new` with `nf_conntrack_tcp_loose`).
    pub(super) fn opened(protocol: Transport, kind: PacketKind, pick_up: bool) -> Option<Self> {
        let fresh = Self { phase: TcpPhase::Opening, seen_reply: false, assured: false };
        match (protocol, kind) {
            (Transport::Udp | Transport::Icmp, _) | (Transport::Tcp, PacketKind::Syn) => Some(fresh),
            (Transport::Tcp, PacketKind::Established | PacketKind::Datagram) if pick_up => {
                Some(Self { phase: TcpPhase::Established, ..fresh })
            }
            (Transport::Tcp, _) => None,
        }
    }

    /// Life from the packet that opened the flow.
    pub(super) fn first_life(self, timeouts: &Timeouts, protocol: Transport) -> Span {
        match protocol {
            Transport::Udp => timeouts.udp,
            Transport::Icmp => timeouts.icmp,
            Transport::Tcp => self.tcp_life(timeouts),
        }
    }

    /// A further packet, `age` after the flow was opened: life from now on, `None` where the packet
    /// does not refresh it.
    #[inline]
    pub(super) fn on_packet(
        &mut self,
        timeouts: &Timeouts,
        protocol: Transport,
        (kind, direction): (PacketKind, FlowDirection),
        age: Span,
    ) -> Option<Span> {
        let life = match protocol {
            Transport::Udp => Some(self.on_datagram(timeouts, age)),
            Transport::Icmp => Some(timeouts.icmp),
            Transport::Tcp => self.on_segment(kind, direction).then(|| self.tcp_life(timeouts)),
        };
        self.seen_reply |= direction == FlowDirection::Reply;
        life
    }

    /// Whether a SYN begins a new connection with the ends of this one.
    #[inline]
    pub(super) fn reopens(self, kind: PacketKind, direction: FlowDirection) -> bool {
        kind == PacketKind::Syn
            && direction == FlowDirection::Original
            && matches!(self.phase, TcpPhase::Closing | TcpPhase::Reset)
    }

    #[inline]
    fn on_datagram(&mut self, timeouts: &Timeouts, age: Span) -> Span {
        // Older than, not as old as (`time_after`); for kernels without that age this is 0.
        let after = timeouts.udp_stream_after;
        if self.seen_reply && (age > after || after == Span::default()) {
            self.assured = true;
            timeouts.udp_stream
        } else {
            timeouts.udp
        }
    }

    /// Advances the phase and says whether the packet refreshes the timer.
    fn on_segment(&mut self, kind: PacketKind, direction: FlowDirection) -> bool {
        match (kind, self.phase) {
            (PacketKind::Reset, _) => self.phase = TcpPhase::Reset,
            (PacketKind::Fin, TcpPhase::Opening | TcpPhase::Established) => self.phase = TcpPhase::Closing,
            (PacketKind::Established | PacketKind::Datagram, TcpPhase::Opening)
                if direction == FlowDirection::Original =>
            {
                // An ACK before any SYN with ACK belongs to nothing known.
                if !self.seen_reply {
                    return false;
                }
                self.phase = TcpPhase::Established;
                self.assured = true;
            }
            (PacketKind::Established | PacketKind::Datagram, TcpPhase::Established) => {
                self.assured |= self.seen_reply
            }
            // The kernel lets it pass and waits for the other side's answer (`sIG`).
            (PacketKind::Syn, TcpPhase::Established | TcpPhase::Closing | TcpPhase::Reset) => return false,
            (
                PacketKind::Datagram | PacketKind::Syn | PacketKind::Established | PacketKind::Fin,
                TcpPhase::Opening | TcpPhase::Closing | TcpPhase::Reset,
            ) => {}
        }
        true
    }

    fn tcp_life(self, timeouts: &Timeouts) -> Span {
        match self.phase {
            TcpPhase::Opening => timeouts.tcp_syn,
            TcpPhase::Established => timeouts.tcp_established,
            TcpPhase::Closing => timeouts.tcp_closing,
            TcpPhase::Reset => RESET_LIFE,
        }
    }
}
