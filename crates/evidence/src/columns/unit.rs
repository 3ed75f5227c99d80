//! What counts as one independent piece of evidence.

use super::sides::{Sides, outside_flows};
use unanswered_exchange::Exchanges;
use unanswered_table::Unit;

/// Requests of one mapping (one flow as the server sees it) share their fate: a thousand requests
/// over one flow are one piece of evidence. Where every request has a flow of its own, the only units
/// are the requests.
pub(crate) fn units(exchanges: &Exchanges, sides: &Sides) -> (Vec<u32>, Unit) {
    let unit = if sides.translated { Unit::NatMapping } else { Unit::Flow };
    let (units, count) = outside_flows(exchanges, sides);
    if *count as usize == units.len() { (Vec::new(), Unit::Request) } else { (units.clone(), unit) }
}
