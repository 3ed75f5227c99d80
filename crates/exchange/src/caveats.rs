//! What captures cannot show, in words.

use crate::{Exchanges, PlaceId};

/// One sentence for each thing that a reader must know before trusting the outcomes.
pub(crate) fn caveats(exchanges: &Exchanges) -> Vec<String> {
    let mut all = Vec::new();
    for (index, place) in (0u16..).zip(exchanges.places()) {
        let id = PlaceId(index);
        let name = exchanges.place_name(id);
        if exchanges.is_blind(id) {
            all.push(format!(
                "{name} shows requests and none of their replies, which other places see: it captures one \
                 direction only"
            ));
        } else if place.requests > 1 && place.replies == 0 && place.replies_alone == 0 {
            all.push(format!(
                "{name} shows {} requests and not a single reply: either all of them failed, or it captures \
                 one direction only",
                place.requests
            ));
        }
        if place.requests == 0 && place.replies_alone > 0 {
            all.push(format!(
                "{name} shows {} replies and not a single request: it captures one direction only",
                place.replies_alone
            ));
        }
        let ahead = exchanges.clock_ahead(id).seconds();
        if ahead.abs() > 0.0 {
            let (by, way) = (ahead.abs(), if ahead > 0.0 { "ahead of" } else { "behind" });
            all.push(format!("the clock of {name} is {by:.3} s {way} the others; its times are corrected"));
        }
    }
    let alone = exchanges.totals().replies_alone;
    if alone > 0 {
        all.push(format!("{alone} replies answer requests that are not in the captures"));
    }
    all
}
