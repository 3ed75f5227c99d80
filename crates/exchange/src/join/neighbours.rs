//! Questions for a neighbour without an answer: which places show that there was none.
//!
//! Two things have to hold; a copy for which one does not is marked as beside the path, so that it decides nothing, and
//! a question with no other copy stays unknown.
//!
//! - The place hears what is sent to the asker. A link floods a broadcast to every port, and the answer goes to the asker
//!   alone. So the place has to be the asker's own interface, or has seen this target answer this asker at another
//!   time. A question to one machine goes the way of its answer, as any request does.
//! - The asker asked again within seconds, as it does for want of an answer (RFC 1122 section 2.3.2.1, RFC 4861
//!   section 7.2.2). A lone question had its answer, and the capture missed that.

use crate::PlaceId;
use crate::leg::{Flags, Leg};
use crate::names::AddressId;
use crate::pairer::{Legs, Own, Question};
use std::collections::{BTreeMap, BTreeSet};
use unanswered_wire::{ProtocolId, Time};

/// A question's place, protocol, asker and target.
pub(super) type Asked = (PlaceId, u8, AddressId, AddressId);

const fn asked(leg: &Leg) -> Asked {
    (leg.place, leg.protocol, leg.client, leg.server)
}

/// Marks the copies that do not show whether there was an answer.
pub(super) fn mark(legs: &mut Legs, answered: &mut BTreeSet<Asked>) {
    let questions = std::mem::take(&mut legs.questions);
    let leg_of = |question: &Question| &legs.legs[question.leg as usize];
    answered.extend(questions.iter().map(leg_of).filter(|leg| leg.flags.has(Flags::REPLY_SEEN)).map(asked));
    let mut times: BTreeMap<Asked, Vec<Time>> = BTreeMap::new();
    for leg in questions.iter().map(leg_of) {
        times.entry(asked(leg)).or_default().push(leg.time);
    }
    let shown = |question: &&Question| {
        let leg = leg_of(question);
        let heard = !question.flooded || answered.contains(&asked(leg)) || heard_by_asker(legs, question);
        let alike = times.get(&asked(leg)).map_or(&[][..], Vec::as_slice);
        leg.flags.has(Flags::REPLY_SEEN) || (heard && asked_again(legs, leg, alike))
    };
    let beside: Vec<u32> = questions.iter().filter(|q| !shown(q)).map(|question| question.leg).collect();
    for leg in beside {
        legs.legs[leg as usize].flags.set(Flags::BESIDE);
    }
}

/// Whether the place is, or may be, the asker's interface.
fn heard_by_asker(legs: &Legs, question: &Question) -> bool {
    let place = usize::from(legs.legs[question.leg as usize].place.0);
    let own = question.asker.zip(legs.hardware.get(place)).map(|(asker, hardware)| hardware.own(asker));
    matches!(own, Some(Own::Yes | Own::Perhaps))
}

/// Whether the asker asked the same within the time that a question is remembered, before or after; `alike` are the times of
/// all these questions here, in order.
fn asked_again(legs: &Legs, leg: &Leg, alike: &[Time]) -> bool {
    let soon = legs.config.retention(ProtocolId(leg.protocol));
    let at = alike.partition_point(|time| *time < leg.time);
    let before = at.checked_sub(1).and_then(|index| alike.get(index));
    let after = alike.get(at + 1);
    before.is_some_and(|time| leg.time - *time <= soon) || after.is_some_and(|time| *time - leg.time <= soon)
}
