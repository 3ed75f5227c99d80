//! The tracker of one host: packets against known flows, new flows.

use super::choice;
use super::flow_table::{FlowChain, FlowId, FlowTable, Fresh};
use super::mapping_view::MappingView;
use super::ports::{Ports, SourceMapping};
use super::refusal::FlowRefusal;
use super::timers::{FlowState, PacketKind};
use super::tuple::{FlowDirection, Tuple};
use crate::streams::Stream;
use unanswered_scenario::model::{ConntrackConfig, Endpoint, NatBehaviour, SourceNat, Transport};
use unanswered_wire::Time;

/// A packet of a known flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowHit {
    /// The packet as it leaves.
    pub translated: Tuple,
    /// Which way it goes.
    pub direction: FlowDirection,
    /// Its flow. For a packet that only RFC 4787 filtering lets in, the flow whose mapping it used.
    pub entry: FlowId,
    /// A packet has come back, counting this one.
    pub seen_reply: bool,
}

/// A new flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedFlow {
    /// The packet as it leaves.
    pub translated: Tuple,
    /// The flow.
    pub entry: FlowId,
    /// How its source was chosen.
    pub mapping: SourceMapping,
}

/// The packet that an ICMP error is about, as the other side of the translation knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotedPacket {
    /// Its ends; the error goes back to the source.
    pub tuple: Tuple,
    /// Which way it went.
    pub direction: FlowDirection,
}

/// The flows of one host, and the memory of its port choices.
#[derive(Debug)]
pub struct Conntrack {
    config: ConntrackConfig,
    table: FlowTable,
    ports: Ports,
}

impl Conntrack {
    /// An empty table. Its random ports come from the stream of the run's seed for this host's name.
    #[must_use]
    pub fn new(config: &ConntrackConfig, seed: u64, host: &str) -> Self {
        let random = Stream::new(seed, &["conntrack", host, "ports"]);
        Self { config: config.clone(), table: FlowTable::default(), ports: Ports::new(random) }
    }

    /// A packet arrives: what it is translated to, if it belongs to a known flow (whose timer it then
    /// refreshes) or if RFC 4787 filtering lets it in through a mapping (which it does not refresh).
    ///
    /// A SYN of a connection that was closed or reset ends that flow and counts as unknown, so that the host
    /// opens it anew, as the kernel does (`nf_conntrack_tcp_packet`, "reopen").
    #[inline]
    pub fn lookup(&mut self, now: Time, tuple: &Tuple, kind: PacketKind) -> Option<FlowHit> {
        match self.table.find(now, tuple) {
            Some((slot, direction)) => self.hit(now, slot, direction, kind),
            None => {
                self.table.purge(now);
                self.let_in(tuple)
            }
        }
    }

    /// A packet that [`Self::lookup`] does not know opens a flow. `destination` is where DNAT sends
    /// it, if it does; `source` is the rule that translates its source, if one does.
    ///
    /// Without a rule the source stays, unless a translated flow has exactly that reply tuple: then
    /// another port of the class is searched for, as the kernel does for a null binding
    /// (`nf_nat_alloc_null_binding`).
    ///
    /// # Errors
    /// See [`FlowRefusal`]. Nothing is kept then, but rovers and random numbers may have moved.
    pub fn open(
        &mut self,
        now: Time,
        original: Tuple,
        kind: PacketKind,
        destination: Option<Endpoint>,
        source: Option<&SourceNat>,
    ) -> Result<OpenedFlow, FlowRefusal> {
        self.table.purge(now);
        let state = FlowState::opened(original.protocol, kind, !self.config.drop_invalid)
            .ok_or(FlowRefusal::Invalid)?;
        if let Some((slot, _)) = self.table.find(now, &original) {
            let holder = self.table.entry(slot).map_or(original.source, |entry| entry.original.source);
            return Err(FlowRefusal::PortTaken { holder });
        }
        if self.config.table_size.is_some_and(|most| self.table.len() >= most as usize) {
            return Err(FlowRefusal::TableFull);
        }
        let wanted = destination.map_or(original, |destination| original.with_destination(destination));
        let (outside, mapping) = match source {
            Some(rule) => choice::translated(&mut self.ports, &self.table, now, &wanted, rule),
            None => choice::untranslated(&mut self.ports, &self.table, now, &wanted),
        }?;
        let translated = wanted.with_source(outside);
        let life = state.first_life(&self.config.timeouts, original.protocol);
        let slot = self.table.insert(
            now,
            Fresh {
                original,
                reply: translated.inverted(),
                expires: now + life,
                state,
                filtering: source.filter(|rule| choice::beyond_the_tuple(rule)).map(|rule| rule.filtering),
            },
        );
        Ok(OpenedFlow { translated, entry: self.id(slot), mapping })
    }

    /// An ICMP error about a packet: `quoted` is that packet as the error quotes it. The
    /// flow's timer does not change (`IP_CT_RELATED`).
    #[must_use]
    pub fn translate_error(&self, now: Time, quoted: &Tuple) -> Option<QuotedPacket> {
        // What answers the quoted packet is what the table knows.
        let (slot, answer) = self.table.find(now, &quoted.inverted())?;
        let entry = self.table.entry(slot)?;
        Some(match answer {
            FlowDirection::Reply => {
                QuotedPacket { tuple: entry.original, direction: FlowDirection::Original }
            }
            FlowDirection::Original => QuotedPacket { tuple: entry.reply, direction: FlowDirection::Reply },
        })
    }

    /// Forgets all flows, as `conntrack -F` does; rovers and sticky ports stay.
    pub fn flush(&mut self) {
        self.table.clear();
    }

    /// The host boots: everything is forgotten and the rovers are at 0. Random numbers continue, so a
    /// reboot rolls new ports.
    pub fn reboot(&mut self) {
        self.table.clear();
        self.ports.reboot();
    }

    /// How many flows live. Looks at every entry.
    #[must_use]
    pub fn len(&self, now: Time) -> usize {
        self.table.entries().filter(|(_, entry)| now < entry.expires).count()
    }

    /// The living flows, sorted.
    #[must_use]
    pub fn mappings(&self, now: Time) -> Vec<MappingView> {
        let living = self.table.entries().filter(|(_, entry)| now < entry.expires);
        let mut views: Vec<_> = living.map(|(slot, entry)| MappingView::of(slot, entry)).collect();
        views.sort_unstable();
        views
    }

    /// One flow, while it lives.
    #[must_use]
    pub fn mapping(&self, now: Time, id: FlowId) -> Option<MappingView> {
        let entry = self.table.entry(id.slot)?;
        (entry.number == id.number && now < entry.expires).then(|| MappingView::of(id.slot, entry))
    }

    /// What `conntrack -L` would print, sorted.
    #[must_use]
    pub fn listing(&self, now: Time) -> String {
        self.mappings(now).iter().map(|view| view.line(now) + "\n").collect()
    }

    #[inline]
    fn hit(&mut self, now: Time, slot: u32, direction: FlowDirection, kind: PacketKind) -> Option<FlowHit> {
        let timeouts = &self.config.timeouts;
        let entry = self.table.entry_mut(slot)?;
        if entry.state.reopens(kind, direction) {
            self.table.remove(slot);
            return None;
        }
        let age = now - entry.since;
        let life = entry.state.on_packet(timeouts, entry.original.protocol, (kind, direction), age);
        let translated = match direction {
            FlowDirection::Original => entry.reply.inverted(),
            FlowDirection::Reply => entry.original.inverted(),
        };
        let entry_id = FlowId { number: entry.number, slot };
        let seen_reply = entry.state.seen_reply;
        match life {
            Some(life) => self.table.refresh(slot, now, now + life),
            None => entry.last = now,
        }
        Some(FlowHit { translated, direction, entry: entry_id, seen_reply })
    }

    /// RFC 4787 section 5: a packet of no known flow may still come in through a mapped outside endpoint. It
    /// creates no state; the inside's answer opens a flow.
    fn let_in(&self, tuple: &Tuple) -> Option<FlowHit> {
        if tuple.protocol == Transport::Icmp {
            return None;
        }
        let accepts = |filtering: NatBehaviour, peer: Endpoint| match filtering {
            NatBehaviour::EndpointIndependent => true,
            NatBehaviour::AddressDependent => peer.address == tuple.source.address,
            NatBehaviour::AddressAndPortDependent => false,
        };
        let mut mappings = self.table.chain(FlowChain::Outside, tuple.protocol, tuple.destination);
        let (slot, entry) = mappings.find(|(_, entry)| {
            entry.filtering.is_some_and(|filtering| accepts(filtering, entry.reply.source))
        })?;
        Some(FlowHit {
            translated: Tuple { destination: entry.original.source, ..*tuple },
            direction: FlowDirection::Reply,
            entry: FlowId { number: entry.number, slot },
            seen_reply: entry.state.seen_reply,
        })
    }

    fn id(&self, slot: u32) -> FlowId {
        let number = self.table.entry(slot).map_or(0, |entry| entry.number);
        FlowId { number, slot }
    }
}
