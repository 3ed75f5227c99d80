//! Requests inside connections whose protocol places see differently.
//!
//! A request is known at all places by its first byte's sequence number, but what it is only by its first bytes. Where these
//! were cut off by the snap length, lost, or spread over two segments, one place takes for `tcp-data` what another knows as
//! HTTP. Sightings are joined within one protocol, so such a request takes the protocol of a sighting that is sure of it, with
//! the features that its own place saw. The same holds for the status of its answer. A place that saw enough is never overruled: there the same number is another request's.

use super::Legs;
use crate::leg::Leg;
use crate::lookup::Lookup;
use unanswered_table::Outcome;
use unanswered_wire::{Carrier, ProtocolId};

/// What other sightings say of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Said {
    #[default]
    Nothing,
    /// Some of its bytes are such ones, as far as they were captured.
    Likely(u8),
    Sure(u8),
    /// Two are sure of different protocols: the number is of several requests.
    Both,
}

impl Said {
    const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Sure(a), Self::Sure(b)) if a != b => Self::Both,
            (Self::Both, _) | (_, Self::Both) => Self::Both,
            (Self::Sure(_), _) | (Self::Likely(_), Self::Nothing | Self::Likely(_)) => self,
            (Self::Nothing, _) | (Self::Likely(_), Self::Sure(_)) => other,
        }
    }
}

/// A request as all places see it: its first byte's number, and a port. Few translations change those of both ends.
type Key = (u64, u16, End);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum End {
    Client,
    Server,
}

const fn keys(leg: &Leg) -> [Key; 2] {
    [(leg.fingerprint, leg.client_port, End::Client), (leg.fingerprint, leg.server_port, End::Server)]
}

impl Legs {
    /// Gives requests whose first bytes were not all captured the protocol that other places saw (`unsure` ascends), and those
    /// whose answers' first bytes were not the error that other places read in them.
    pub(super) fn agree(&mut self, unsure: &[u32], unread: &[u32]) {
        if self.places.len() < 2 {
            return;
        }
        if !unsure.is_empty() {
            self.agree_on_protocols(unsure);
        }
        if !unread.is_empty() {
            self.agree_on_errors(unread);
        }
    }

    fn agree_on_errors(&mut self, unread: &[u32]) {
        // The protocol and the reason of the error.
        let mut errors: Lookup<Key, Option<(u8, u8)>> = Lookup::default();
        for key in unread.iter().flat_map(|&leg| keys(&self.legs[leg as usize])) {
            errors.insert(key, None);
        }
        let of_bytes = |leg: &&Leg| ProtocolId(leg.protocol).carrier() == Carrier::TcpBytes;
        for leg in self.legs.iter().filter(of_bytes).filter(|leg| leg.outcome == Outcome::Error) {
            for key in keys(leg) {
                if errors.get(&key).is_some() {
                    errors.insert(key, Some((leg.protocol, leg.reason)));
                }
            }
        }
        for &number in unread {
            let leg = &mut self.legs[number as usize];
            let [client, server] = keys(leg).map(|key| errors.get(&key).flatten());
            let answered = matches!(leg.outcome, Outcome::Answered | Outcome::Late);
            if let Some((_, reason)) = client.or(server).filter(|error| answered && error.0 == leg.protocol) {
                (leg.outcome, leg.reason) = (Outcome::Error, reason);
            }
        }
    }

    fn agree_on_protocols(&mut self, unsure: &[u32]) {
        let mut said: Lookup<Key, Said> = Lookup::default();
        for &number in unsure {
            let leg = &self.legs[number as usize];
            let likely = ProtocolId(leg.protocol) != ProtocolId::TCP_DATA;
            let new = if likely { Said::Likely(leg.protocol) } else { Said::Nothing };
            for key in keys(leg) {
                let known = said.get(&key).unwrap_or_default();
                said.insert(key, known.and(new));
            }
        }
        let mut next = unsure.iter().peekable();
        for (number, leg) in (0u32..).zip(&self.legs) {
            if next.next_if_eq(&&number).is_some() || ProtocolId(leg.protocol).carrier() != Carrier::TcpBytes
            {
                continue;
            }
            for key in keys(leg) {
                if let Some(known) = said.get(&key) {
                    said.insert(key, known.and(Said::Sure(leg.protocol)));
                }
            }
        }
        for &number in unsure {
            let leg = &self.legs[number as usize];
            let [client, server] = keys(leg).map(|key| said.get(&key).unwrap_or_default());
            match client.and(server) {
                Said::Likely(protocol) | Said::Sure(protocol) if protocol != leg.protocol => {
                    self.becomes(number, protocol);
                }
                Said::Likely(_) | Said::Sure(_) | Said::Nothing | Said::Both => {}
            }
        }
    }

    fn becomes(&mut self, number: u32, protocol: u8) {
        let leg = &mut self.legs[number as usize];
        let from = std::mem::take(&mut self.stores[usize::from(leg.protocol)]);
        (leg.row, leg.shape) = self.stores[usize::from(protocol)].adopt(&from, leg.row, leg.shape);
        self.stores[usize::from(leg.protocol)] = from;
        leg.protocol = protocol;
    }
}
