//! Connection tracking and address translation, as the Linux kernel does it, and other port policies.
//!
//! A host with a [`Conntrack`] asks it twice at most for each packet: [`Conntrack::lookup`] says what a
//! packet of a known flow is translated to, in either direction; if it knows nothing, the host goes
//! through its rules, decides about the destination (DNAT) and the rule for the source (SNAT), and
//! [`Conntrack::open`] finds a port and keeps the flow. ICMP errors about a flow's packets are turned
//! round by [`Conntrack::translate_error`].
//!
//! Where it differs from the kernel, beside what the files of this module say:
//! - a full table refuses; the kernel first looks for an unassured entry to give up (`early_drop`) in
//!   a few hash chains;
//! - expired entries are gone at once; the kernel's stay in the way of nothing but its memory;
//! - a port is never taken over from a TCP flow in `TIME_WAIT` (`nf_nat_used_tuple_harder`, 6.7);
//! - no helpers, zones, marks, expectations, and a packet is tracked when it is asked about, so two
//!   packets cannot clash between look-up and confirmation (`insert_race` is the simulated host's).
//!
//! `now` should not go backwards; where it does, flows live longer and nothing else happens.

mod choice;
mod ports;
mod table;
mod timers;
mod tuple;
mod view;

pub use ports::Mapping;
pub use timers::{Phase, RESET_LIFE, Stage};
pub use tuple::{Direction, Tuple};
pub use view::MappingView;

use crate::random::Stream;
use ports::Ports;
use table::{Chain, Fresh, Table};
use timers::State;
use unanswered_scenario::model::{self, Endpoint, NatBehaviour, SourceNat, Transport};
use unanswered_wire::Time;

/// The name of a flow in its table, never given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId {
    /// Counted from 0 in the order of opening.
    number: u64,
    slot: u32,
}

/// A packet of a known flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What the packet says when it leaves.
    pub translated: Tuple,
    /// Which way it goes.
    pub direction: Direction,
    /// Its flow. For a packet that only RFC 4787 filtering lets in, the flow whose mapping it came by.
    pub entry: EntryId,
    /// A packet has come back, this one included.
    pub seen_reply: bool,
}

/// A new flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What the packet says when it leaves.
    pub translated: Tuple,
    /// The flow.
    pub entry: EntryId,
    /// How its source came about.
    pub mapping: Mapping,
}

/// Why a flow was not opened. On Linux the packet is dropped, except for `Invalid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// As many flows live as the table takes.
    #[error("the conntrack table is full; it takes more with a larger `table_size`")]
    TableFull,
    /// No port was found free.
    #[error("no free port in the range; give the translation more ports or addresses")]
    NoPort,
    /// The flow's own port, or the flow itself, is there already.
    #[error("port {} is held by {}; another policy would choose another port", holder.port, holder.address)]
    PortTaken {
        /// Inside endpoint of the flow that has it.
        holder: Endpoint,
    },
    /// A TCP segment that belongs to no flow and does not begin one. Linux does not track it, and lets
    /// it pass untranslated unless a rule on state `INVALID` drops it.
    #[error("the segment belongs to no known connection; only a SYN begins one")]
    Invalid,
}

/// The flows of one host, and the memory of its port choices.
#[derive(Debug)]
pub struct Conntrack {
    config: model::Conntrack,
    table: Table,
    ports: Ports,
}

impl Conntrack {
    /// An empty table. Its random ports come from the stream of the run's seed for this host's name.
    #[must_use]
    pub fn new(config: &model::Conntrack, seed: u64, host: &str) -> Self {
        let random = Stream::new(seed, &["conntrack", host, "ports"]);
        Self { config: config.clone(), table: Table::default(), ports: Ports::new(random) }
    }

    /// A packet comes: what it is translated to, if it belongs to a known flow (whose timer it then
    /// refreshes) or if RFC 4787 filtering lets it in through a mapping (which it does not refresh).
    ///
    /// A SYN of a connection that was closed or reset ends that flow and is unknown, so that the host
    /// opens it anew, as the kernel does (`nf_conntrack_tcp_packet`, "reopen").
    #[inline]
    pub fn lookup(&mut self, now: Time, tuple: &Tuple, stage: Stage) -> Option<Hit> {
        match self.table.find(now, tuple) {
            Some((slot, direction)) => self.hit(now, slot, direction, stage),
            None => {
                self.table.purge(now);
                self.let_in(tuple)
            }
        }
    }

    /// A packet that [`Self::lookup`] does not know opens a flow. `destination` is where DNAT sends
    /// it, if it does; `source` is the rule that translates its source, if one does.
    ///
    /// Without a rule the source stays, unless a translated flow has just that reply tuple: then
    /// another port of the class is searched for, as the kernel's null binding does
    /// (`nf_nat_alloc_null_binding`).
    ///
    /// # Errors
    /// See [`Refusal`]. Nothing is kept then, but rovers and random numbers may have moved.
    pub fn open(
        &mut self,
        now: Time,
        original: Tuple,
        stage: Stage,
        destination: Option<Endpoint>,
        source: Option<&SourceNat>,
    ) -> Result<Opened, Refusal> {
        self.table.purge(now);
        let state =
            State::opened(original.protocol, stage, !self.config.drop_invalid).ok_or(Refusal::Invalid)?;
        if let Some((slot, _)) = self.table.find(now, &original) {
            let holder = self.table.entry(slot).map_or(original.source, |entry| entry.original.source);
            return Err(Refusal::PortTaken { holder });
        }
        if self.config.table_size.is_some_and(|most| self.table.len() >= most as usize) {
            return Err(Refusal::TableFull);
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
        Ok(Opened { translated, entry: self.id(slot), mapping })
    }

    /// An ICMP error about a packet: `quoted` is that packet as the error quotes it. Gives it as the
    /// other side of the translation knows it, and which way the quoted packet went: the error goes
    /// back to the given tuple's source. The flow's timer stays (`IP_CT_RELATED`).
    #[must_use]
    pub fn translate_error(&self, now: Time, quoted: &Tuple) -> Option<(Tuple, Direction)> {
        // What answers the quoted packet is what the table knows.
        let (slot, answer) = self.table.find(now, &quoted.inverted())?;
        let entry = self.table.entry(slot)?;
        Some(match answer {
            Direction::Reply => (entry.original, Direction::Original),
            Direction::Original => (entry.reply, Direction::Reply),
        })
    }

    /// All flows are forgotten, as by `conntrack -F`; rovers and sticky ports stay.
    pub fn flush(&mut self) {
        self.table.clear();
    }

    /// The host boots: everything is forgotten and the rovers are at 0. Random numbers go on, so a
    /// reboot rolls the dice again.
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
    pub fn mapping(&self, now: Time, id: EntryId) -> Option<MappingView> {
        let entry = self.table.entry(id.slot)?;
        (entry.number == id.number && now < entry.expires).then(|| MappingView::of(id.slot, entry))
    }

    /// What `conntrack -L` would print, sorted.
    #[must_use]
    pub fn listing(&self, now: Time) -> String {
        self.mappings(now).iter().map(|view| view.line(now) + "\n").collect()
    }

    #[inline]
    fn hit(&mut self, now: Time, slot: u32, direction: Direction, stage: Stage) -> Option<Hit> {
        let timeouts = &self.config.timeouts;
        let entry = self.table.entry_mut(slot)?;
        if entry.state.reopens(stage, direction) {
            self.table.remove(slot);
            return None;
        }
        let age = now - entry.since;
        let life = entry.state.on_packet(timeouts, entry.original.protocol, (stage, direction), age);
        let translated = match direction {
            Direction::Original => entry.reply.inverted(),
            Direction::Reply => entry.original.inverted(),
        };
        let entry_id = EntryId { number: entry.number, slot };
        let seen_reply = entry.state.seen_reply;
        match life {
            Some(life) => self.table.refresh(slot, now, now + life),
            None => entry.last = now,
        }
        Some(Hit { translated, direction, entry: entry_id, seen_reply })
    }

    /// RFC 4787 section 5: what no flow knows may still come in through a mapped outside endpoint. No
    /// state is made of it; the inside's answer opens a flow.
    fn let_in(&self, tuple: &Tuple) -> Option<Hit> {
        if tuple.protocol == Transport::Icmp {
            return None;
        }
        let accepts = |filtering: NatBehaviour, peer: Endpoint| match filtering {
            NatBehaviour::EndpointIndependent => true,
            NatBehaviour::AddressDependent => peer.address == tuple.source.address,
            NatBehaviour::AddressAndPortDependent => false,
        };
        let mut mappings = self.table.chain(Chain::Outside, tuple.protocol, tuple.destination);
        let (slot, entry) = mappings.find(|(_, entry)| {
            entry.filtering.is_some_and(|filtering| accepts(filtering, entry.reply.source))
        })?;
        Some(Hit {
            translated: Tuple { destination: entry.original.source, ..*tuple },
            direction: Direction::Reply,
            entry: EntryId { number: entry.number, slot },
            seen_reply: entry.state.seen_reply,
        })
    }

    fn id(&self, slot: u32) -> EntryId {
        let number = self.table.entry(slot).map_or(0, |entry| entry.number);
        EntryId { number, slot }
    }
}
