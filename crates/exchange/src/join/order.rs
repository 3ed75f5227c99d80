//! The order of places along a request's path.

use super::groups::Groups;
use crate::PlaceId;
use crate::leg::Leg;
use crate::names::AddressId;
use crate::pairer::Legs;
use std::collections::BTreeMap;

/// Votes of all requests about two places, for requests to one server; more than zero: the first
/// place is nearer to the client.
#[derive(Clone, Copy, Debug, Default)]
struct Votes {
    /// By round-trip times, which need no common clock.
    round_trip: i64,
    /// By times of the request.
    time: i64,
}

type Pair = (PlaceId, PlaceId, AddressId);

/// Puts each exchange's legs in path order, nearest to the client first.
pub(crate) fn along_the_path(legs: &Legs, groups: &mut Groups) {
    let mut votes: BTreeMap<Pair, Votes> = BTreeMap::new();
    for group in groups.iter().filter(|g| g.len() > 1) {
        for (i, &a) in group.iter().enumerate() {
            for &b in &group[i + 1..] {
                vote(&mut votes, &legs.legs[a as usize], &legs.legs[b as usize]);
            }
        }
    }
    let mut scratch: Vec<(u8, i32, u32)> = Vec::new();
    groups.for_each_mut(|group| {
        if group.len() < 2 {
            return;
        }
        scratch.clear();
        for &leg in group.iter() {
            let own = &legs.legs[leg as usize];
            let wins: i32 = group
                .iter()
                .filter(|&&other| other != leg)
                .map(|&other| before(&votes, own, &legs.legs[other as usize]))
                .sum();
            scratch.push((u8::MAX - own.ttl, -wins, leg));
        }
        scratch.sort_unstable();
        for (slot, entry) in group.iter_mut().zip(&scratch) {
            *slot = entry.2;
        }
    });
}

fn vote(votes: &mut BTreeMap<Pair, Votes>, a: &Leg, b: &Leg) {
    if a.ttl != b.ttl || a.place == b.place {
        return;
    }
    let (a, b) = if a.place < b.place { (a, b) } else { (b, a) };
    let votes = votes.entry((a.place, b.place, a.server)).or_default();
    let (ra, rb) = (a.reply_after.nanoseconds(), b.reply_after.nanoseconds());
    if ra >= 0 && rb >= 0 {
        votes.round_trip += (ra - rb).signum();
    }
    votes.time += (b.time - a.time).nanoseconds().signum();
}

/// 1 when `a` comes before `b` on the way to the server, -1 when after, 0 when nothing tells.
fn before(votes: &BTreeMap<Pair, Votes>, a: &Leg, b: &Leg) -> i32 {
    if a.ttl != b.ttl {
        return if a.ttl > b.ttl { 1 } else { -1 };
    }
    let own_time = (b.time - a.time).nanoseconds().signum();
    let (first, second, sign) = if a.place < b.place { (a, b, 1) } else { (b, a, -1) };
    let sum = match votes.get(&(first.place, second.place, first.server)) {
        Some(v) if v.round_trip != 0 => v.round_trip * sign,
        Some(v) if v.time != 0 => v.time * sign,
        _ => own_time,
    };
    i32::try_from(sum.signum()).unwrap_or(0)
}
