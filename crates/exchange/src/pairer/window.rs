//! The requests of one protocol that can still get a reply or be repeated.

use crate::leg::PlaceId;
use crate::lookup::Lookup;
use crate::names::{AddressId, NONE};
use std::collections::VecDeque;
use unanswered_wire::Time;

/// Most requests of equal key that are compared with a reply: enough for one id sent to every
/// server of a long list, few enough that a constant id costs nothing.
const CHAIN_MAX: usize = 64;

/// Client side and number of an exchange. The server is left out, so that a reply from a wrong
/// address finds its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) place: PlaceId,
    pub(crate) client_port: u16,
    pub(crate) client: AddressId,
    pub(crate) key: u64,
}

/// Both ends of a flow at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Flow {
    pub(crate) place: PlaceId,
    pub(crate) client: AddressId,
    pub(crate) client_port: u16,
    pub(crate) server: AddressId,
    pub(crate) server_port: u16,
}

/// What pairing has to remember of a request beside its leg.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open {
    pub(crate) leg: u32,
    pub(crate) key: u64,
    pub(crate) check: u64,
    pub(crate) flow: Flow,
    /// Last transmission, duplicates not counted.
    pub(crate) last: Time,
    pub(crate) last_ip_id: u32,
    pub(crate) last_ttl: u8,
    next_of_key: u32,
    next_of_flow: u32,
}

/// Requests in order of arrival, found by key or flow, newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    base: u32,
    entries: VecDeque<Open>,
    by_key: Lookup<Key, u32>,
    by_flow: Lookup<Flow, u32>,
}

impl Open {
    pub(crate) fn new(leg: u32, key: u64, check: u64, flow: Flow, now: Time) -> Self {
        Self {
            leg,
            key,
            check,
            flow,
            last: now,
            last_ip_id: NONE,
            last_ttl: 0,
            next_of_key: NONE,
            next_of_flow: NONE,
        }
    }

    fn by_key(&self) -> Key {
        Key {
            place: self.flow.place,
            client_port: self.flow.client_port,
            client: self.flow.client,
            key: self.key,
        }
    }
}

impl Window {
    pub(crate) fn push(&mut self, mut open: Open) {
        let offset = u32::try_from(self.entries.len()).expect("fewer open requests than 2^32");
        let sequence = self.base.wrapping_add(offset);
        open.next_of_key = self.by_key.insert(open.by_key(), sequence).unwrap_or(NONE);
        open.next_of_flow = self.by_flow.insert(open.flow, sequence).unwrap_or(NONE);
        self.entries.push_back(open);
    }

    pub(crate) fn get_mut(&mut self, sequence: u32) -> Option<&mut Open> {
        self.entries.get_mut(sequence.wrapping_sub(self.base) as usize)
    }

    fn get(&self, sequence: u32) -> Option<&Open> {
        self.entries.get(sequence.wrapping_sub(self.base) as usize)
    }

    /// Requests of that key, newest first.
    pub(crate) fn of_key(&self, key: &Key) -> impl Iterator<Item = (u32, &Open)> + '_ {
        self.chain(self.by_key.get(key), |open| open.next_of_key)
    }

    /// Requests of that flow, newest first.
    pub(crate) fn of_flow(&self, flow: &Flow) -> impl Iterator<Item = (u32, &Open)> + '_ {
        self.chain(self.by_flow.get(flow), |open| open.next_of_flow)
    }

    fn chain(&self, head: Option<u32>, next: fn(&Open) -> u32) -> impl Iterator<Item = (u32, &Open)> + '_ {
        let mut at = head.unwrap_or(NONE);
        // A link to an entry that has left points outside the window, where `get` finds nothing.
        std::iter::from_fn(move || {
            let open = self.get(at)?;
            let sequence = at;
            at = next(open);
            Some((sequence, open))
        })
        .take(CHAIN_MAX)
    }

    /// Forgets the requests whose last transmission is older than `before`. An entry that was
    /// repeated keeps those behind it a little longer.
    pub(crate) fn expire(&mut self, before: Time) {
        while let Some(open) = self.entries.front() {
            if open.last >= before {
                break;
            }
            self.by_key.remove_if(&open.by_key(), self.base);
            self.by_flow.remove_if(&open.flow, self.base);
            self.entries.pop_front();
            self.base = self.base.wrapping_add(1);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}
