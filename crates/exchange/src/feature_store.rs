//! Features of many requests in little space.
//!
//! Most features of most requests repeat: the whole tuple of them is interned
//! as a *shape*, and a request carries the shape's number. A feature that
//! spoils this (an id, a counter, a name that is never the same twice) is
//! moved out of the shapes into a column of its own from then on. Which
//! ones those are is learnt from the traffic, not listed.

use crate::lookup::Lookup;
use crate::names::{Addresses, Texts};
use std::hash::Hasher;
use std::net::IpAddr;
use unanswered_registry::Feature;
use unanswered_wire::{FeatureSink, features};

/// A feature that the request does not have.
const MISSING: i64 = i64::MIN;

/// Shapes between two looks at whether a feature has to move out.
const CHECK_EVERY: usize = 256;

/// A shape has to stand for this many requests on average, or a feature moves out.
const REQUESTS_PER_SHAPE: usize = 16;

/// A feature with fewer values than this among the last [`CHECK_EVERY`] shapes is not the one that spoils them.
const VALUES_TO_MOVE: usize = 12;

/// Features that are not kept here: a sighting has them in its record, except the checksum. With checksum
/// offload that field is a sum of addresses and length only, so it would be mistaken for either.
static CARRIED: [&Feature; 9] = [
    &features::UDP_CHECKSUM,
    &features::SOURCE,
    &features::DESTINATION,
    &features::TTL,
    &features::IP_ID,
    &features::UDP_SOURCE,
    &features::UDP_DESTINATION,
    &features::TCP_SOURCE,
    &features::TCP_DESTINATION,
];

/// What the number of a feature stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Itself.
    Number,
    /// A text: index into `Exchanges::texts`.
    Text,
    /// An address: index into `Exchanges::addresses`.
    Address,
    /// A hardware address, as a number of 48 bits.
    Hardware,
}

#[derive(Clone, Debug)]
struct Slot {
    feature: &'static Feature,
    meaning: Meaning,
    /// One of [`CARRIED`].
    carried: bool,
    /// Values from request `start` on, where the feature has moved out of the shapes.
    own: Option<OwnColumn>,
}

#[derive(Clone, Debug)]
struct OwnColumn {
    start: usize,
    values: Vec<i64>,
}

/// The features of one protocol's requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct FeatureStore {
    slots: Vec<Slot>,
    /// Indexes of those with columns of their own.
    moved_out: Vec<usize>,
    shapes: Vec<Box<[i64]>>,
    by_hash: Lookup<u64, u32>,
    scratch: Vec<i64>,
    cursor: usize,
    rows: usize,
    next_check: usize,
}

impl FeatureStore {
    /// Takes the features that `fill` offers as those of the next request; gives its shape.
    pub(crate) fn push(
        &mut self,
        addresses: &mut Addresses,
        texts: &mut Texts,
        fill: impl FnOnce(&mut dyn FeatureSink),
    ) -> u32 {
        self.scratch.fill(MISSING);
        self.cursor = 0;
        fill(&mut Sink { store: self, addresses, texts });
        self.keep()
    }

    /// Takes over a request of another store with the same addresses and texts, with all its features; gives its row and shape.
    pub(crate) fn adopt(&mut self, from: &Self, row: u32, shape: u32) -> (u32, u32) {
        self.scratch.fill(MISSING);
        self.cursor = 0;
        for (index, slot) in from.slots.iter().enumerate() {
            if let Some(value) = from.value(index, row, shape) {
                let own = self.slot(slot.feature, slot.meaning);
                self.scratch[own] = value;
            }
        }
        (self.rows(), self.keep())
    }

    /// Keeps what was offered as the features of the next request; gives its shape.
    fn keep(&mut self) -> u32 {
        for &index in &self.moved_out {
            let value = &mut self.scratch[index];
            if let Some(own) = &mut self.slots[index].own {
                own.values.push(*value);
                *value = MISSING;
            }
        }
        let shape = self.intern();
        self.rows += 1;
        shape
    }

    fn intern(&mut self) -> u32 {
        let mut hash = hash_of(&self.scratch);
        while let Some(id) = self.by_hash.get(&hash) {
            if *self.shapes[id as usize] == *self.scratch {
                return id;
            }
            hash = hash.wrapping_add(1);
        }
        let id = u32::try_from(self.shapes.len()).expect("fewer shapes than requests");
        self.shapes.push(self.scratch.clone().into_boxed_slice());
        self.by_hash.insert(hash, id);
        if self.shapes.len() >= self.next_check.max(CHECK_EVERY) {
            self.move_out_the_worst();
        }
        id
    }

    /// Moves the feature with the most values out of the shapes when they repeat too little.
    fn move_out_the_worst(&mut self) {
        let count = self.shapes.len();
        self.next_check = count + CHECK_EVERY;
        if count * REQUESTS_PER_SHAPE <= self.rows {
            return;
        }
        let recent = &self.shapes[count - CHECK_EVERY..];
        let mut worst = (0, VALUES_TO_MOVE);
        for (index, slot) in self.slots.iter().enumerate() {
            if slot.own.is_some() {
                continue;
            }
            let mut values: Vec<i64> = recent.iter().filter_map(|s| s.get(index).copied()).collect();
            values.sort_unstable();
            values.dedup();
            if values.len() > worst.1 {
                worst = (index, values.len());
            }
        }
        if worst.1 > VALUES_TO_MOVE {
            // The request being stored keeps its value in its shape.
            self.moved_out.push(worst.0);
            self.slots[worst.0].own = Some(OwnColumn { start: self.rows + 1, values: Vec::new() });
        }
    }

    /// Requests offer their features in the same order, so the next slot is nearly always right.
    #[inline]
    fn slot(&mut self, feature: &'static Feature, meaning: Meaning) -> usize {
        let next = self.cursor;
        if self.slots.get(next).is_some_and(|slot| slot.feature.is(feature)) {
            self.cursor = next + 1;
            return next;
        }
        self.find_slot(feature, meaning)
    }

    #[cold]
    fn find_slot(&mut self, feature: &'static Feature, meaning: Meaning) -> usize {
        let same = |slot: &Slot| slot.feature.is(feature);
        let index = self.slots.iter().position(same).unwrap_or_else(|| {
            let carried = CARRIED.contains(&feature);
            self.slots.push(Slot { feature, meaning, carried, own: None });
            self.scratch.push(MISSING);
            self.slots.len() - 1
        });
        self.cursor = index + 1;
        index
    }

    /// Requests so far.
    pub(crate) fn rows(&self) -> u32 {
        u32::try_from(self.rows).expect("fewer than 2^32 requests fit in memory")
    }

    /// The features that any request had, with their indexes.
    pub(crate) fn features(&self) -> impl Iterator<Item = (u16, &'static Feature, Meaning)> + '_ {
        let kept = (0u16..).zip(&self.slots).filter(|(_, s)| !s.carried);
        kept.map(|(index, s)| (index, s.feature, s.meaning))
    }

    /// The value of feature `index` of request `row` (the n-th of this store) with this shape.
    pub(crate) fn value(&self, index: usize, row: u32, shape: u32) -> Option<i64> {
        let own = self.slots.get(index)?.own.as_ref();
        let value = match own.and_then(|o| (row as usize).checked_sub(o.start).map(|at| (o, at))) {
            Some((own, at)) => own.values.get(at).copied(),
            None => self.shapes.get(shape as usize).and_then(|s| s.get(index).copied()),
        };
        value.filter(|&v| v != MISSING)
    }

    /// The one value that every request of this store has; `None` when they differ or some have none.
    pub(crate) fn constant(&self, index: usize) -> Option<i64> {
        if self.slots.get(index)?.own.is_some() {
            return None;
        }
        let mut values = self.shapes.iter().map(|s| s.get(index).copied().unwrap_or(MISSING));
        let first = values.next().filter(|&v| v != MISSING)?;
        values.all(|v| v == first).then_some(first)
    }

    /// A store for the features of some of these requests, and none yet.
    pub(crate) fn begin_part(&self) -> Part<'_> {
        let own = |slot: &Slot| slot.own.as_ref().map(|_| OwnColumn { start: 0, values: Vec::new() });
        let slots = self.slots.iter().map(|slot| Slot { own: own(slot), ..slot.clone() }).collect();
        let part = Self { slots, moved_out: self.moved_out.clone(), ..Self::default() };
        Part { whole: self, part, shapes: Lookup::default() }
    }

    /// Gives back what growing has reserved.
    pub(crate) fn shrink(&mut self) {
        for own in self.slots.iter_mut().filter_map(|s| s.own.as_mut()) {
            own.values.shrink_to_fit();
        }
    }
}

/// Some of the requests of a store.
pub(crate) struct Part<'a> {
    whole: &'a FeatureStore,
    part: FeatureStore,
    /// The number in the part by that in the whole.
    shapes: Lookup<u32, u32>,
}

impl Part<'_> {
    /// Takes a request over, whose row and shape become those in the part.
    pub(crate) fn take(&mut self, row: &mut u32, shape: &mut u32) {
        for (index, slot) in self.part.slots.iter_mut().enumerate() {
            if let Some(own) = &mut slot.own {
                own.values.push(self.whole.value(index, *row, *shape).unwrap_or(MISSING));
            }
        }
        let (part, whole) = (&mut self.part, self.whole);
        let known = self.shapes.or_insert_with(*shape, || {
            part.shapes.push(whole.shapes[*shape as usize].clone());
            u32::try_from(part.shapes.len() - 1).expect("fewer shapes than requests")
        });
        *row = part.rows();
        part.rows += 1;
        *shape = known;
    }

    /// The part.
    pub(crate) fn finish(self) -> FeatureStore {
        self.part
    }
}

/// Four chains of multiplications side by side: one alone would wait for itself at every value.
fn hash_of(values: &[i64]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut lanes = [1u64, 2, 3, 4];
    for chunk in values.chunks(lanes.len()) {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = (*lane ^ value.cast_unsigned()).wrapping_mul(ODD).rotate_left(29);
        }
    }
    let mut hasher = rustc_hash::FxHasher::default();
    for lane in lanes {
        hasher.write_u64(lane);
    }
    hasher.finish()
}

struct Sink<'a> {
    store: &'a mut FeatureStore,
    addresses: &'a mut Addresses,
    texts: &'a mut Texts,
}

impl FeatureSink for Sink<'_> {
    fn number(&mut self, feature: &'static Feature, value: i64) {
        let slot = self.store.slot(feature, Meaning::Number);
        if !self.store.slots[slot].carried {
            self.store.scratch[slot] = value;
        }
    }

    fn text(&mut self, feature: &'static Feature, value: &str) {
        let slot = self.store.slot(feature, Meaning::Text);
        self.store.scratch[slot] = i64::from(self.texts.intern(value));
    }

    fn address(&mut self, feature: &'static Feature, value: IpAddr) {
        let slot = self.store.slot(feature, Meaning::Address);
        if !self.store.slots[slot].carried {
            self.store.scratch[slot] = i64::from(self.addresses.intern(value).0);
        }
    }

    fn hardware(&mut self, feature: &'static Feature, value: [u8; 6]) {
        let slot = self.store.slot(feature, Meaning::Hardware);
        self.store.scratch[slot] = value.iter().fold(0, |n, &byte| n << 8 | i64::from(byte));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static A: Feature = Feature::amount("a", "a");
    static B: Feature = Feature::code("b", "b");

    fn fill(row: i64, sink: &mut dyn FeatureSink) {
        if row % 3 != 0 {
            sink.number(&A, row % 5);
        }
        sink.text(&B, &format!("name{}", row * 7 % 4001));
    }

    #[test]
    fn every_value_comes_back_before_and_after_a_feature_moved_out() {
        let (mut store, mut addresses, mut texts) =
            (FeatureStore::default(), Addresses::default(), Texts::default());
        let shapes: Vec<u32> =
            (0..4000).map(|row| store.push(&mut addresses, &mut texts, |sink| fill(row, sink))).collect();
        let index = |name| usize::from(store.features().find(|(_, f, _)| f.name == name).unwrap().0);
        let (a, b) = (index("a"), index("b"));
        for (row, &shape) in (0u32..).zip(&shapes) {
            let i = i64::from(row);
            assert_eq!(store.value(a, row, shape), (i % 3 != 0).then_some(i % 5), "row {row}");
            let name = store.value(b, row, shape).unwrap();
            assert_eq!(texts.list()[usize::try_from(name).unwrap()], format!("name{}", i * 7 % 4001));
        }
        assert!(store.shapes.len() < 600, "{} shapes", store.shapes.len());
    }
}
