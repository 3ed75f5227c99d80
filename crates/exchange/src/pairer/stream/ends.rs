//! Which end of a connection is the client, where its SYN was not captured.
//!
//! In order: what the bytes are (a request line and a TLS hello have one direction), who was seen to listen on that port (a SYN
//! went to it), what the port numbers say, and which end spoke with several. Where none of these tells, the end that speaks
//! first is taken for the client, and silence is no failure.

use crate::leg::PlaceId;
use crate::lookup::Generations;
use crate::names::Endpoint;
use crate::pairer::FORGOTTEN_AFTER;
use unanswered_wire::services::WELL_KNOWN_BELOW;
use unanswered_wire::{SaidBy, Tcp, Time, asks_by_port};

/// What is known of one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Others connect to it.
    Listens,
    /// It was seen in one connection, with that end.
    SpokeWith(Endpoint),
}

/// What is known of the ends of connections at each place.
#[derive(Clone, Debug)]
pub(super) struct Ends(Generations<(PlaceId, Endpoint), Known>);

impl Default for Ends {
    fn default() -> Self {
        Self(Generations::new(FORGOTTEN_AFTER))
    }
}

/// Who asks, by a segment in the middle of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guess {
    /// The sender of the segment is the client.
    pub(super) source_asks: bool,
    /// Nothing but that it spoke first says so.
    pub(super) guessed: bool,
}

impl Ends {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// A SYN went to that end.
    pub(super) fn note_listener(&mut self, now: Time, place: PlaceId, end: Endpoint) {
        if self.0.get(now, &(place, end)) != Some(Known::Listens) {
            self.0.put((place, end), Known::Listens);
        }
    }

    /// Who asks in a connection of which this is the first segment that was captured.
    pub(super) fn guess(
        &mut self,
        now: Time,
        place: PlaceId,
        [source, destination]: [Endpoint; 2],
        tcp: &Tcp<'_>,
    ) -> Guess {
        let certain = |source_asks| Guess { source_asks, guessed: false };
        if let Some(by) = SaidBy::of(tcp) {
            return certain(by == SaidBy::Client);
        }
        let by_port = asks_by_port(source.port, destination.port);
        if by_port.is_some() && source.port.min(destination.port) < WELL_KNOWN_BELOW {
            return certain(by_port == Some(true));
        }
        let listens = [source, destination]
            .map(|end| self.0.get(now, &(place, end)))
            .map(|known| known == Some(Known::Listens));
        if listens[0] != listens[1] {
            return certain(listens[1]);
        }
        if let Some(source_asks) = by_port {
            return certain(source_asks);
        }
        let several = [
            self.speaks_with_another(now, place, source, destination),
            self.speaks_with_another(now, place, destination, source),
        ];
        if several[0] != several[1] {
            return certain(several[1]);
        }
        Guess { source_asks: true, guessed: true }
    }

    /// Whether an end was seen with another partner as well: many ports of one side speak with one port of the other.
    fn speaks_with_another(&mut self, now: Time, place: PlaceId, end: Endpoint, with: Endpoint) -> bool {
        match self.0.get(now, &(place, end)) {
            Some(Known::Listens) => true,
            Some(Known::SpokeWith(other)) if other != with => {
                self.0.put((place, end), Known::Listens);
                true
            }
            Some(Known::SpokeWith(_)) => false,
            None => {
                self.0.put((place, end), Known::SpokeWith(with));
                false
            }
        }
    }
}
