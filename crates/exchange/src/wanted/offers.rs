//! A DHCP server that checks whether anybody has an address before it offers it (RFC 2131 section 3.1): it asks by ARP and
//! echo, and silence is the good answer. Nobody is there, so that no reply is due.

use super::Requests;
use std::collections::BTreeMap;
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{Carrier, ProtocolId, Span};

/// The offer follows the check within this time. Servers check one address after the other, 1 to 3 s each.
const FOLLOWS: Span = Span::from_seconds(10);

pub(super) fn mark(requests: &mut Requests<'_>) {
    if requests.legs.offers.is_empty() {
        return;
    }
    let mut of_address: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for offer in &requests.legs.offers {
        of_address.entry(offer.address).or_default().push(*offer);
    }
    let checks = |requests: &Requests<'_>, row: u32| {
        let leg = requests.nearest(row);
        let by_anybody = match ProtocolId(leg.protocol).carrier() {
            // The server's router asks for it as well.
            Carrier::Neighbour => true,
            Carrier::Echo => false,
            Carrier::Udp(_) | Carrier::OtherUdp | Carrier::TcpConnect | Carrier::TcpBytes => return false,
        };
        let offers = of_address.get(&leg.server).into_iter().flatten();
        offers
            .filter(|offer| by_anybody || offer.server == leg.client)
            .any(|offer| leg.time <= offer.time && offer.time - leg.time <= FOLLOWS)
    };
    let failed = requests.rows().filter(|&row| requests.outcome(row).failed());
    let rows: Vec<u32> = failed.filter(|&row| checks(requests, row)).collect();
    for row in rows {
        requests.give(row, Outcome::NoneDue, Reason::AddressCheck);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_packets::{At, Made, check, echo, udp};

    const SERVER: &str = "10.0.0.1";

    fn offer(address: [u8; 4]) -> Made {
        let mut payload = vec![0; 240];
        payload[0] = 2;
        payload[16..20].copy_from_slice(&address);
        payload[236..].copy_from_slice(&[99, 130, 83, 99]);
        udp(SERVER, 67, "10.0.0.9", 68, payload)
    }

    fn later() -> At {
        At(60_000, 0, echo("10.0.0.7", "10.9.0.7", false, 1, 1))
    }

    #[test]
    fn a_server_that_offers_an_address_has_asked_whether_it_is_free() {
        let ask = || At(0, 0, echo(SERVER, "10.0.0.9", true, 1, 0));
        let check_of_it = [(Outcome::NoneDue, Reason::AddressCheck)];
        check(&[ask(), At(3_000, 0, offer([10, 0, 0, 9])), later()], &check_of_it);
        let unanswered = [(Outcome::Unanswered, Reason::Plain)];
        check(&[ask(), At(3_000, 0, offer([10, 0, 0, 8])), later()], &unanswered);
        check(&[ask(), At(30_000, 0, offer([10, 0, 0, 9])), later()], &unanswered);
        // Somebody else's ping is none of it.
        let other = At(0, 0, echo("10.0.0.2", "10.0.0.9", true, 1, 0));
        check(&[other, At(3_000, 0, offer([10, 0, 0, 9])), later()], &unanswered);
    }
}
