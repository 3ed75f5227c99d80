//! Places that several ladders share, in one order, so that they can stand side by side.

use super::{Ladder, Rung};

/// The places of the ladders, each once: the first ladder's order, others inserted where they belong.
pub(super) fn lanes<'a>(ladders: &[&'a Ladder]) -> Vec<&'a str> {
    let mut lanes: Vec<&str> = Vec::new();
    for ladder in ladders {
        let mut at = 0;
        for rung in &ladder.rungs {
            match lanes.iter().position(|lane| *lane == rung.place) {
                Some(known) => at = known + 1,
                None => {
                    lanes.insert(at, rung.place.as_str());
                    at += 1;
                }
            }
        }
    }
    lanes
}

/// The ladder's rung at a place.
pub(super) fn rung<'a>(ladder: &'a Ladder, place: &str) -> Option<&'a Rung> {
    ladder.rungs.iter().find(|rung| rung.place == place)
}

/// Whether the ladders can be drawn side by side: at least half of the shorter one's places must be the
/// other's too, in the same order.
pub(super) fn alike(a: &Ladder, b: &Ladder) -> bool {
    let shared: Vec<usize> = a
        .rungs
        .iter()
        .filter_map(|rung| b.rungs.iter().position(|other| other.place == rung.place))
        .collect();
    shared.is_sorted() && shared.len() * 2 >= a.rungs.len().min(b.rungs.len())
}
