//! Sets recordings aside that are in the input twice.

use crate::copies::CopyOf;
use crate::leg::PlaceId;
use crate::pairer::Legs;
use unanswered_wire::Time;

/// Removes the requests and lone replies that the original of a copy has as well; those that only the copy has, because it
/// began earlier or ended later, become its original's.
pub(super) fn set_aside(legs: &mut Legs) -> Vec<CopyOf> {
    let copies = legs.copies.found();
    // Frames that came twice at one place have been counted as captured twice there.
    let separate: Vec<CopyOf> =
        copies.iter().copied().filter(|copy| copy.vantage != copy.of_vantage).collect();
    if separate.is_empty() {
        return copies;
    }
    let twice = |place: PlaceId, input: u16, time: Time| {
        let vantage = legs.places[usize::from(place.0)].vantage.0;
        let of = |copy: &&CopyOf| (copy.input, copy.vantage) == (input, vantage);
        separate.iter().find(of).is_some_and(|copy| copy.from <= time && time <= copy.to)
    };
    let removed: Vec<bool> = legs.legs.iter().map(|leg| twice(leg.place, leg.input, leg.time)).collect();
    let lone: Vec<bool> = legs.alone.iter().map(|r| twice(r.place, r.input, r.time)).collect();
    renumber(legs, &removed);
    let mut index = 0;
    legs.alone.retain(|_| {
        index += 1;
        !lone[index - 1]
    });
    let places = places(legs, &separate);
    for leg in &mut legs.legs {
        leg.place = places[usize::from(leg.place.0)];
    }
    for reply in &mut legs.alone {
        reply.place = places[usize::from(reply.place.0)];
    }
    for copy in &separate {
        let times = |vantage: u16| legs.times.get(usize::from(vantage)).copied().flatten();
        if let (Some(a), Some(b)) = (times(copy.vantage), times(copy.of_vantage)) {
            legs.times[usize::from(copy.of_vantage)] = Some((a.0.min(b.0), a.1.max(b.1)));
        }
    }
    copies
}

/// For each place, the one that it is the copy of; itself where it is none.
fn places(legs: &Legs, copies: &[CopyOf]) -> Vec<PlaceId> {
    let of = |index: u16| {
        let place = &legs.places[usize::from(index)];
        let copy = copies.iter().find(|copy| copy.vantage == place.vantage.0)?;
        let same = legs.places.iter().position(|other| {
            other.vantage.0 == copy.of_vantage
                && (other.interface, other.side) == (place.interface, place.side)
        })?;
        u16::try_from(same).ok().map(PlaceId)
    };
    (0u16..).take(legs.places.len()).map(|index| of(index).unwrap_or(PlaceId(index))).collect()
}

/// Removes legs from the list, and from what numbers them.
fn renumber(legs: &mut Legs, removed: &[bool]) {
    let mut next = 0_u32;
    let numbers: Vec<Option<u32>> = removed
        .iter()
        .map(|&removed| {
            let number = (!removed).then_some(next);
            next += u32::from(!removed);
            number
        })
        .collect();
    let mut index = 0;
    legs.numbers.retain(|_| {
        index += 1;
        !removed[index - 1]
    });
    let number = |leg: u32| numbers.get(leg as usize).copied().flatten();
    let mut index = 0;
    legs.legs.retain(|_| {
        index += 1;
        !removed[index - 1]
    });
    legs.closings = legs.closings.iter().filter_map(|c| Some((number(c.0)?, c.1))).collect();
    legs.questions = legs.questions.iter().filter_map(|q| Some(q.with_leg(number(q.leg)?))).collect();
}
