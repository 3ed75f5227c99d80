//! The requests of one protocol that can still get a reply or be retransmitted.
//!
//! Requests stand in a queue in order of arrival; two tables of chain heads find
//! them by key and by flow. A link is the number of an older request, so a
//! request that has left the queue needs no unlinking: links to it point
//! outside, and everything after them is older still. The tables take a few
//! bytes per request, which keeps them in the processor's cache.

use crate::leg::PlaceId;
use crate::names::{AddressId, NONE};
use rustc_hash::FxHasher;
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use unanswered_wire::Time;

/// Maximum number of requests of equal key that are compared with a reply: enough for one id sent to
/// every server of a long list, few enough that a constant id costs nothing.
const CHAIN_MAX: usize = 64;

/// Maximum number of open requests of one protocol: 65,000 new ones a second at 16 s each.
pub(crate) const OPEN_MAX: usize = 1 << 20;

/// Calls between two clean-ups. The oldest requests have left the processor's cache, so they are
/// dropped many at a time.
const CLEAN_EVERY: u32 = 512;

/// Chain heads at first; there are always more than twice as many as requests.
const HEADS_MIN: usize = 1024;

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

/// What pairing has to remember of a request besides its leg.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open {
    pub(crate) leg: u32,
    pub(crate) key: u64,
    pub(crate) check: u64,
    /// Another number that its right reply may carry; 0 where there is none.
    pub(crate) also: u64,
    pub(crate) flow: Flow,
    /// Last transmission, duplicates not counted.
    pub(crate) last: Time,
    pub(crate) last_ip_id: u32,
    /// Any machine may answer it.
    pub(crate) to_many: bool,
    next_of_key: u32,
    next_of_flow: u32,
}

/// Requests in order of arrival, found by key or flow, newest first.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    base: u32,
    entries: VecDeque<Open>,
    by_key: Vec<u32>,
    by_flow: Vec<u32>,
    /// Older ones are forgotten, whether dropped already or not.
    before: Time,
    until_clean: u32,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            base: 0,
            entries: VecDeque::new(),
            by_key: vec![NONE; HEADS_MIN],
            by_flow: vec![NONE; HEADS_MIN],
            before: Time::from_nanoseconds(i64::MIN),
            until_clean: CLEAN_EVERY,
        }
    }
}

impl Open {
    pub(crate) fn new(leg: u32, key: u64, check: u64, flow: Flow, now: Time) -> Self {
        Self {
            leg,
            key,
            check,
            also: 0,
            flow,
            last: now,
            last_ip_id: NONE,
            to_many: false,
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

/// The chain that a key or flow belongs to.
fn slot(of: &impl Hash, heads: &[u32]) -> usize {
    let mut hasher = FxHasher::default();
    of.hash(&mut hasher);
    #[expect(clippy::cast_possible_truncation, reason = "only the low bits choose the chain")]
    let low = hasher.finish() as usize;
    low & (heads.len() - 1)
}

impl Window {
    pub(crate) fn push(&mut self, open: Open) {
        if self.entries.len() >= OPEN_MAX {
            // Its request has settled before its time, too.
            self.entries.pop_front();
            self.base = self.base.wrapping_add(1);
        }
        if (self.entries.len() + 1) * 2 > self.by_key.len() {
            self.grow();
        }
        let offset = u32::try_from(self.entries.len()).expect("fewer open requests than 2^32");
        let linked = self.link(open, self.base.wrapping_add(offset));
        self.entries.push_back(linked);
    }

    fn link(&mut self, mut open: Open, sequence: u32) -> Open {
        let (key, flow) = (slot(&open.by_key(), &self.by_key), slot(&open.flow, &self.by_flow));
        open.next_of_key = std::mem::replace(&mut self.by_key[key], sequence);
        open.next_of_flow = std::mem::replace(&mut self.by_flow[flow], sequence);
        open
    }

    fn grow(&mut self) {
        let heads = self.by_key.len() * 4;
        self.by_key = vec![NONE; heads];
        self.by_flow = vec![NONE; heads];
        for index in 0..self.entries.len() {
            let offset = u32::try_from(index).expect("fewer open requests than 2^32");
            self.entries[index] = self.link(self.entries[index], self.base.wrapping_add(offset));
        }
    }

    pub(crate) fn get_mut(&mut self, sequence: u32) -> Option<&mut Open> {
        self.entries.get_mut(sequence.wrapping_sub(self.base) as usize)
    }

    fn get(&self, sequence: u32) -> Option<&Open> {
        self.entries.get(sequence.wrapping_sub(self.base) as usize)
    }

    /// Requests of that key, newest first.
    pub(crate) fn of_key(&self, key: &Key) -> impl Iterator<Item = (u32, &Open)> + '_ {
        let (head, key) = (self.by_key[slot(key, &self.by_key)], *key);
        let chain = self.chain(head, |open| open.next_of_key);
        let known = move |open: &Open| open.by_key() == key && open.last >= self.before;
        chain.filter(move |(_, open)| known(open)).take(CHAIN_MAX)
    }

    /// Requests of that flow, newest first.
    pub(crate) fn of_flow(&self, flow: &Flow) -> impl Iterator<Item = (u32, &Open)> + '_ {
        let (head, flow) = (self.by_flow[slot(flow, &self.by_flow)], *flow);
        let chain = self.chain(head, |open| open.next_of_flow);
        let known = move |open: &Open| open.flow == flow && open.last >= self.before;
        chain.filter(move |(_, open)| known(open)).take(CHAIN_MAX)
    }

    fn chain(&self, head: u32, next: fn(&Open) -> u32) -> impl Iterator<Item = (u32, &Open)> + '_ {
        let mut at = head;
        std::iter::from_fn(move || {
            let open = self.get(at)?;
            let sequence = at;
            at = next(open);
            Some((sequence, open))
        })
    }

    /// Forgets the requests whose last transmission is older than `before`.
    pub(crate) fn expire(&mut self, before: Time) {
        self.before = before;
        self.until_clean -= 1;
        if self.until_clean > 0 {
            return;
        }
        self.until_clean = CLEAN_EVERY;
        // A retransmitted entry keeps those behind it in memory a little longer.
        while self.entries.front().is_some_and(|open| open.last < before) {
            self.entries.pop_front();
            self.base = self.base.wrapping_add(1);
        }
    }
}
