//! What counts as one independent piece of evidence.

use super::sides::{Sides, outside_flows};
use unanswered_exchange::Exchanges;

/// Requests of one mapping (one flow as the server sees it) share their fate: a thousand repeats
/// over one flow are one piece of evidence. Where every request has a flow of its own, there are no
/// units beside the requests.
pub(crate) fn units(exchanges: &Exchanges, sides: &Sides) -> (Vec<u32>, &'static str) {
    let words = if sides.translated { "NAT mapping" } else { "flow" };
    let (units, count) = outside_flows(exchanges, sides);
    if *count as usize == units.len() { (Vec::new(), "request") } else { (units.clone(), words) }
}
