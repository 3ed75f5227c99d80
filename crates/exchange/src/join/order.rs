//! The order of places along a request's path.
//!
//! Of two places, the one that the user named first in `--path` is nearer to the client; failing that, the
//! one where the time to live is higher; failing that, the one that more requests to the same server say:
//! by round trips, which need no common clock, then by times. A place beats those behind it, and the
//! places are ranked by their victories (Copeland), so that one odd pair breaks no path.

use super::clocks::Clocks;
use super::during::During;
use super::groups::Groups;
use crate::PlaceId;
use crate::leg::{Flags, Leg};
use crate::lookup::Lookup;
use crate::names::AddressId;
use crate::pairer::Legs;
use rustc_hash::FxHasher;
use std::hash::{Hash as _, Hasher as _};

/// Exchanges that vote: more of them say nothing new about places.
const VOTING_MAX: usize = 100_000;

/// Votes of requests about two places, for requests to one server; more than zero: the first
/// place is nearer to the client.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Votes {
    round_trip: i64,
    time: i64,
}

/// Two places, and the server that the requests go to.
pub(super) type Pair = (PlaceId, PlaceId, AddressId);

struct Order<'a> {
    legs: &'a Legs,
    clocks: &'a Clocks,
    /// Position of each place in the path that the user gave.
    ranks: &'a [Option<u16>],
    votes: &'a mut Lookup<Pair, Votes>,
    /// Places where requests are in a tunnel.
    tunnels: Vec<PlaceId>,
}

/// Puts each exchange's legs in path order, nearest to the client first, those beside the path last.
pub(super) fn along_the_path(
    legs: &Legs,
    groups: &mut Groups,
    clocks: &Clocks,
    ranks: &[Option<u16>],
    during: During,
    votes: &mut Lookup<Pair, Votes>,
) {
    let mut order = Order { legs, clocks, ranks, votes, tunnels: tunnels(legs) };
    let votes = |group: &&[u32]| group.len() > 1 && during.has(&legs.legs[group[0] as usize]);
    let several = groups.iter().filter(votes).count();
    for group in groups.iter().filter(votes).step_by(several.div_ceil(VOTING_MAX).max(1)) {
        for (i, &a) in group.iter().enumerate() {
            for &b in &group[i + 1..] {
                order.vote(a, b);
            }
        }
    }
    // Most exchanges pass the same places alike: their order is found once.
    let mut known: Lookup<u64, u32> = Lookup::default();
    let mut orders: Vec<Vec<u8>> = Vec::new();
    let mut scratch: Vec<u32> = Vec::new();
    groups.for_each_mut(|group| {
        if group.len() < 2 || group.len() > usize::from(u8::MAX) {
            return;
        }
        // Those of one signature come in one order of places, so that positions mean the same.
        group.sort_unstable_by_key(|&leg| order.signature_key(leg));
        let signature = order.signature(group);
        let index = known.get(&signature).filter(|&i| orders[i as usize].len() == group.len());
        if let Some(index) = index {
            scratch.clear();
            scratch.extend(orders[index as usize].iter().map(|&i| group[usize::from(i)]));
            group.copy_from_slice(&scratch);
            return;
        }
        let (positions, by_own_time) = order.positions(group);
        scratch.clear();
        scratch.extend(positions.iter().map(|&i| group[usize::from(i)]));
        if !by_own_time {
            known.insert(signature, u32::try_from(orders.len()).unwrap_or(u32::MAX));
            orders.push(positions);
        }
        group.copy_from_slice(&scratch);
    });
}

/// Places where some request is in a tunnel.
fn tunnels(legs: &Legs) -> Vec<PlaceId> {
    let mut seen = vec![false; legs.places.len()];
    for leg in legs.legs.iter().filter(|leg| leg.flags.has(Flags::TUNNELLED)) {
        seen[usize::from(leg.place.0)] = true;
    }
    (0_u16..).map(PlaceId).zip(seen).filter(|(_, seen)| *seen).map(|(place, _)| place).collect()
}

impl Order<'_> {
    fn leg(&self, leg: u32) -> &Leg {
        &self.legs.legs[leg as usize]
    }

    fn signature_key(&self, leg: u32) -> (PlaceId, u8, AddressId, u8) {
        let leg = self.leg(leg);
        (leg.place, leg.ttl, leg.server, u8::from(leg.flags.has(Flags::BESIDE)))
    }

    fn signature(&self, group: &[u32]) -> u64 {
        let mut hasher = FxHasher::default();
        for &leg in group {
            self.signature_key(leg).hash(&mut hasher);
        }
        hasher.finish()
    }

    fn vote(&mut self, a: u32, b: u32) {
        let (x, y) = (self.leg(a), self.leg(b));
        if x.ttl != y.ttl || x.place == y.place {
            return;
        }
        let (a, b, x, y) = if x.place < y.place { (a, b, x, y) } else { (b, a, y, x) };
        let pair = (x.place, y.place, x.server);
        let (rx, ry) = (x.reply_after.nanoseconds(), y.reply_after.nanoseconds());
        let mut votes = self.votes.get(&pair).unwrap_or_default();
        if rx >= 0 && ry >= 0 {
            votes.round_trip += (rx - ry).signum();
        }
        votes.time += self.time_from(a, b);
        self.votes.insert(pair, votes);
    }

    /// 1 when `a` was seen before `b`, -1 when after.
    fn time_from(&self, a: u32, b: u32) -> i64 {
        let time = |leg| self.clocks.corrected(self.legs, leg);
        (time(b) - time(a)).nanoseconds().signum()
    }

    /// The order of the group's positions, and whether their own times had to decide.
    fn positions(&self, group: &[u32]) -> (Vec<u8>, bool) {
        let mut by_own_time = false;
        let mut wins: Vec<(bool, i64, u8)> = (0u8..)
            .zip(group)
            .map(|(position, &leg)| {
                let others = group.iter().filter(|&&other| other != leg);
                let sum: i64 = others.map(|&other| self.before_or_tunnel(leg, other, &mut by_own_time)).sum();
                (self.leg(leg).flags.has(Flags::BESIDE), -sum, position)
            })
            .collect();
        wins.sort_unstable();
        (wins.into_iter().map(|w| w.2).collect(), by_own_time)
    }

    /// Like [`before`](Self::before), and where that is undecided, by the tunnel that the packet is in at one of
    /// the two: whether the tunnel's other end lies on this side or the other.
    ///
    /// A kernel that takes a packet out of a tunnel keeps its time, so the two places see it at the same
    /// moment: the tunnel comes first then, unless its far end is known to lie behind.
    fn before_or_tunnel(&self, a: u32, b: u32, by_own_time: &mut bool) -> i64 {
        let told = self.before(a, b, by_own_time);
        let tunnelled = |leg: u32| self.leg(leg).flags.has(Flags::TUNNELLED);
        if told != 0 || tunnelled(a) == tunnelled(b) {
            return if told != 0 { told } else { self.by_place(a, b) };
        }
        let (tunnel, plain, sign) = if tunnelled(a) { (a, b, 1) } else { (b, a, -1) };
        if self.far_end_behind(self.leg(tunnel).place, self.leg(plain)) { -sign } else { sign }
    }

    /// Whether requests like this one are seen in a tunnel behind this place, other than there.
    fn far_end_behind(&self, tunnel: PlaceId, plain: &Leg) -> bool {
        self.tunnels.iter().filter(|&&other| other != tunnel && other != plain.place).any(|&other| {
            let (first, second, sign) =
                if plain.place < other { (plain.place, other, 1) } else { (other, plain.place, -1) };
            let votes = self.votes.get(&(first, second, plain.server)).unwrap_or_default();
            let sum = if votes.round_trip != 0 { votes.round_trip } else { votes.time };
            sum.signum() * sign > 0
        })
    }

    fn by_place(&self, a: u32, b: u32) -> i64 {
        if self.leg(a).place < self.leg(b).place { 1 } else { -1 }
    }

    /// 1 when `a` comes before `b` on the path to the server, -1 when after, 0 when undecided.
    fn before(&self, a: u32, b: u32, by_own_time: &mut bool) -> i64 {
        let (x, y) = (self.leg(a), self.leg(b));
        let rank = |leg: &Leg| self.ranks.get(usize::from(leg.place.0)).copied().flatten();
        if let (Some(rx), Some(ry)) = (rank(x), rank(y))
            && rx != ry
        {
            return if rx < ry { 1 } else { -1 };
        }
        if x.ttl != y.ttl {
            return if x.ttl > y.ttl { 1 } else { -1 };
        }
        let (first, second, sign) = if x.place < y.place { (x, y, 1) } else { (y, x, -1) };
        match self.votes.get(&(first.place, second.place, first.server)) {
            Some(v) if v.round_trip != 0 => v.round_trip.signum() * sign,
            Some(v) if v.time != 0 => v.time.signum() * sign,
            // Decided alike for all, then, and not by each request's own time.
            Some(_) => 0,
            None => {
                *by_own_time = true;
                self.time_from(a, b)
            }
        }
    }
}
