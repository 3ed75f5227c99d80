//! What was lost between neighbouring places, in each direction.

use unanswered_exchange::follow::{Follow, Traffic};
use unanswered_exchange::{Exchanges, PlaceId};
use unanswered_explain::{HopLoss, Tries};

/// All directions between neighbouring places that packets were expected on, from the clients on. Places whose order is not
/// certain are left out: nothing that is seen at one and not at the other says where it was lost.
pub(crate) fn hop_losses(exchanges: &Exchanges) -> Vec<HopLoss> {
    let follow = Follow::new(exchanges);
    let name = |place: PlaceId| exchanges.place_name(place);
    let certain = follow.links().iter().filter(|link| !link.order_doubtful);
    let both = certain.flat_map(|link| {
        let of = |from: PlaceId, to: PlaceId, replies: bool, traffic: &Traffic| HopLoss {
            from: name(from),
            to: name(to),
            replies,
            packets: Tries { requests: traffic.arrived + traffic.lost(), failed: traffic.lost() },
        };
        [of(link.near, link.far, false, &link.requests), of(link.far, link.near, true, &link.replies)]
    });
    both.filter(|hop| hop.packets.requests > 0).collect()
}
