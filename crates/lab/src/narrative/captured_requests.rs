//! The captured requests around the last failed one, one line each.

use super::layout::Page;
use std::collections::BTreeMap;
use unanswered_exchange::{Exchange, Exchanges, Sighting};
use unanswered_table::Outcome;

/// Requests shown before and after the failed one.
const AROUND: usize = 4;

/// Shows a failed request among its neighbours from the same source address to the same
/// server, at the place farthest from the client that saw it.
pub(super) fn around_the_last(page: &mut Page, exchanges: &Exchanges) {
    let Some(failed) = chosen(exchanges) else {
        page.line("(no failed request among what was captured)");
        return;
    };
    let at = failed.farthest();
    let key = (at.place(), at.client().address, at.server());
    let same = |exchange: &Exchange<'_>| {
        exchange
            .sightings()
            .find(|seen| (seen.place(), seen.client().address, seen.server()) == key)
            .is_some()
    };
    let rows: Vec<Exchange<'_>> = exchanges.iter().filter(same).collect();
    let position = rows.iter().position(|exchange| exchange.row() == failed.row()).unwrap_or(0);
    let shown = rows.get(position.saturating_sub(AROUND)..(position + AROUND + 1).min(rows.len()));
    let addresses = exchanges.addresses();
    let address = |id: unanswered_exchange::AddressId| {
        addresses.get(id.0 as usize).map(ToString::to_string).unwrap_or_default()
    };
    page.caption(&format!("Captured at {}:", exchanges.place_name(at.place())));
    let lines: Vec<Vec<String>> = shown
        .unwrap_or_default()
        .iter()
        .filter_map(|exchange| {
            let seen = exchange.sightings().find(|seen| seen.place() == key.0)?;
            Some(row(exchange, &seen, &address))
        })
        .collect();
    page.table(&["frame", "time", "from", "source port", "to", "reply"], &lines);
}

/// The last failed request of the pair of addresses with the most failures; preferably the last
/// one that follows an answered request, so that the difference can be seen.
fn chosen(exchanges: &Exchanges) -> Option<Exchange<'_>> {
    let key = |exchange: &Exchange<'_>| {
        let at = exchange.farthest();
        (at.place(), at.client().address, at.server())
    };
    let rows: Vec<Exchange<'_>> = exchanges.iter().collect();
    let failed = || rows.iter().filter(|exchange| exchange.outcome().failed());
    let mut pairs: BTreeMap<_, usize> = BTreeMap::new();
    for exchange in failed() {
        *pairs.entry(key(exchange)).or_default() += 1;
    }
    let (worst, _) = pairs.into_iter().max_by_key(|(_, failures)| *failures)?;
    let of_pair: Vec<&Exchange<'_>> = rows.iter().filter(|exchange| key(exchange) == worst).collect();
    let contrast = of_pair
        .windows(2)
        .filter(|pair| pair[0].outcome() == Outcome::Answered && pair[1].outcome().failed())
        .map(|pair| pair[1])
        .next_back();
    contrast.or_else(|| of_pair.iter().rev().find(|exchange| exchange.outcome().failed()).copied()).copied()
}

fn row(
    exchange: &Exchange<'_>,
    seen: &Sighting<'_>,
    address: &impl Fn(unanswered_exchange::AddressId) -> String,
) -> Vec<String> {
    let reply = match (exchange.outcome(), seen.reply_after()) {
        (Outcome::Answered, Some(after)) => format!("after {:.3} ms", after.seconds() * 1e3),
        (outcome, _) => outcome.word().to_uppercase(),
    };
    let (client, server) = (seen.client(), seen.server());
    vec![
        seen.frame().to_string(),
        unanswered_report::time::of_day(seen.time().seconds()),
        address(client.address),
        client.port.to_string(),
        format!("{}:{}", address(server.address), server.port),
        reply,
    ]
}
