//! How requests failed, by what their packets say.

use std::collections::BTreeMap;
use unanswered_exchange::Exchanges;
use unanswered_explain::Class;
use unanswered_registry::RefusedBy;
use unanswered_table::Outcome;

/// The failed requests by class, those of one class together, most first. Requests whose packets say nothing are in none.
pub(crate) fn classes(exchanges: &Exchanges, failed: &[u32]) -> Vec<(Class, Vec<u32>)> {
    let mut all: BTreeMap<Class, Vec<u32>> = BTreeMap::new();
    for &row in failed {
        let exchange = exchanges.get(row);
        // A place behind the one that decided may know more: that the request was acknowledged, that the reply was lost.
        let far = exchange.farthest().reason();
        let own = exchange.reason();
        let silent = exchange.outcome() == Outcome::Unanswered && !Class::speaks(own);
        let reason = if silent { far } else { own };
        if !Class::speaks(reason) {
            continue;
        }
        let by_service = reason.refusal().is_none_or(|refusal| {
            matches!(refusal.kind().by, RefusedBy::Service | RefusedBy::FailedService | RefusedBy::Client)
        });
        let server = || exchanges.addresses().get(exchange.nearest().server().address.0 as usize).copied();
        let by = if by_service { server() } else { exchange.said_no().and_then(|said| said.address) };
        let class = Class {
            protocol: exchange.protocol().declaration().name.to_owned(),
            outcome: exchange.outcome(),
            reason,
            by: by.map(|address| address.to_string()),
        };
        all.entry(class).or_default().push(row);
    }
    let mut all: Vec<(Class, Vec<u32>)> = all.into_iter().collect();
    all.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    all
}
