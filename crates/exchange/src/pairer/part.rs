//! A copy of some requests, as far as they are known, out of a pairing that goes on.

use super::{Legs, Pairer};
use crate::feature_store::{FeatureStore, Part};
use crate::leg::Flags;
use crate::lookup::Lookup;
use std::collections::BTreeSet;
use unanswered_wire::{ProtocolId, Span, Time};

/// Where a part begins in the lists of the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct From {
    pub(crate) leg: u32,
    pub(crate) alone: u32,
}

impl Pairer {
    /// The latest time of any packet.
    pub(crate) const fn now(&self) -> Time {
        self.now
    }

    /// How long after its last packet a request of any protocol stays open.
    pub(crate) fn longest_retention(&self) -> Span {
        self.retentions.iter().copied().max().unwrap_or_default()
    }

    /// The number of the first request from that one on, sent before that time, that is still open.
    pub(crate) fn open_before(&self, from: u32, to: Time) -> Option<u32> {
        let open = |leg: &&crate::leg::Leg| !leg.settled && leg.time < to;
        let index = self.out.legs.get(from as usize..)?.iter().position(|leg| open(&leg))?;
        u32::try_from(index).ok().map(|index| from + index)
    }

    /// When the request was sent.
    pub(crate) fn sent_at(&self, leg: u32) -> Option<Time> {
        self.out.legs.get(leg as usize).map(|leg| leg.time)
    }

    /// When the latest request, or lone reply, of those from there on was seen at any place.
    pub(crate) fn latest_sighting(&self, from: From) -> Option<Time> {
        let legs = self.out.legs.get(from.leg as usize..).unwrap_or_default();
        let alone = self.out.alone.get(from.alone as usize..).unwrap_or_default();
        legs.iter().map(|leg| leg.time).chain(alone.iter().map(|reply| reply.time)).max()
    }

    /// When the first reply without its request was seen, of those from that number and that time on.
    pub(crate) fn first_alone(&self, from: u32, since: Time) -> Option<Time> {
        let replies = self.out.alone.get(from as usize..)?;
        replies.iter().map(|reply| reply.time).find(|time| *time >= since)
    }

    /// When a reply without its request was seen.
    pub(crate) fn alone_at(&self, reply: u32) -> Option<Time> {
        self.out.alone.get(reply as usize).map(|reply| reply.time)
    }

    /// Copies the requests and lone replies from there on that were seen before that time. What is still open is concluded in
    /// the copy only, as what is known of it now; requests of plain UDP that would not stand now are left out.
    pub(crate) fn part(&mut self, from: From, to: Time) -> Legs {
        let (places, withdrawn) = self.places_that_stand();
        let mut part = Legs {
            legs: Vec::new(),
            numbers: Vec::new(),
            alone: Vec::new(),
            closings: Vec::new(),
            offers: self.out.offers.clone(),
            stores: Default::default(),
            addresses: self.out.addresses.clone(),
            texts: self.out.texts.clone(),
            reasons: self.out.reasons.clone(),
            places,
            times: self.out.times.clone(),
            quiet: self.out.quiet.clone(),
            tally: self.out.tally,
            frames: self.frames.counts(),
            questions: Vec::new(),
            hardware: self.out.hardware.clone(),
            seen_again: self.out.seen_again,
            config: self.out.config.clone(),
            copies: self.out.copies.clone(),
        };
        let mut numbers: Lookup<u32, u32> = Lookup::default();
        for number in from.leg..u32::try_from(self.out.legs.len()).unwrap_or(u32::MAX) {
            let mut leg = self.out.legs[number as usize];
            if leg.time >= to || withdrawn.contains(&number) {
                continue;
            }
            if !leg.settled
                && let Ok(Some((outcome, reason))) = self.conclusion(number, true)
            {
                leg.outcome = outcome;
                leg.reason = part.reasons.intern(reason);
            }
            numbers.insert(number, u32::try_from(part.legs.len()).unwrap_or(u32::MAX));
            part.legs.push(leg);
            part.numbers.push(number);
        }
        part.stores = self.features_of(&mut part);
        let here = |legs: &[u32]| -> Vec<u32> { legs.iter().filter_map(|leg| numbers.get(leg)).collect() };
        part.agree(&here(&self.unsure), &here(&self.unread));
        let alone = self.out.alone.get(from.alone as usize..).unwrap_or_default();
        part.alone = alone.iter().filter(|reply| reply.time < to).copied().collect();
        let questions = self.out.questions.iter();
        part.questions =
            questions.filter_map(|question| Some(question.with_leg(numbers.get(&question.leg)?))).collect();
        let closings = self.out.closings.iter();
        part.closings = closings.filter_map(|&(leg, at)| Some((numbers.get(&leg)?, at))).collect();
        part
    }

    fn features_of(&self, part: &mut Legs) -> [FeatureStore; unanswered_wire::PROTOCOLS.len()] {
        let mut stores: Vec<Part<'_>> = self.out.stores.iter().map(FeatureStore::begin_part).collect();
        for leg in &mut part.legs {
            stores[usize::from(leg.protocol)].take(&mut leg.row, &mut leg.shape);
        }
        let mut stores = stores.into_iter().map(Part::finish);
        std::array::from_fn(|_| stores.next().unwrap_or_default())
    }

    /// The places as if the requests of plain UDP that do not stand had been withdrawn, and the numbers of those.
    fn places_that_stand(&self) -> (Vec<crate::leg::Place>, BTreeSet<u32>) {
        let mut places = self.out.places.clone();
        let mut withdrawn = BTreeSet::new();
        for (asked, stands) in self.datagrams.asked.iter().zip(self.standing()) {
            let leg = &self.out.legs[asked.leg as usize];
            debug_assert_eq!(leg.protocol, ProtocolId::UDP.0, "only datagrams are asked so");
            if stands {
                continue;
            }
            let place = &mut places[usize::from(leg.place.0)];
            place.requests = place.requests.saturating_sub(1);
            place.replies = place.replies.saturating_sub(u64::from(leg.flags.has(Flags::REPLY_SEEN)));
            withdrawn.insert(asked.leg);
        }
        (places, withdrawn)
    }
}
