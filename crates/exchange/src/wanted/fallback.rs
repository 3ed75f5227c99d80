//! Answers that were cut off, and the connection over which the client asked for the rest.
//!
//! RFC 7766 section 5: a client that gets a truncated answer asks again over TCP, to the same server and port. Where
//! that connect fails, the client has no answer.

use super::Requests;
use crate::names::AddressId;
use std::collections::BTreeMap;
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{Carrier, ProtocolId, Span, Time};

/// The connect follows within this time.
const FOLLOWS: Span = Span::from_seconds(2);

/// Client, server and its port.
type Ends = (AddressId, AddressId, u16);

pub(super) fn mark(requests: &mut Requests<'_>) {
    let cut_off = requests.with_reason(|reason| reason == Reason::Truncated);
    if cut_off.is_empty() {
        return;
    }
    let mut connects: BTreeMap<Ends, Vec<(Time, Outcome)>> = BTreeMap::new();
    for row in requests.rows() {
        let leg = requests.nearest(row);
        if ProtocolId(leg.protocol).carrier() == Carrier::TcpConnect {
            let ends = (leg.client, leg.server, leg.server_port);
            connects.entry(ends).or_default().push((leg.time, requests.outcome(row)));
        }
    }
    for row in cut_off {
        let leg = requests.nearest(row);
        let replied = leg.time + leg.reply_after;
        let Some(after) = connects.get(&(leg.client, leg.server, leg.server_port)) else { continue };
        let next = after.iter().find(|(time, _)| *time >= replied && *time - replied <= FOLLOWS);
        if next.is_some_and(|(_, outcome)| {
            matches!(outcome, Outcome::Unanswered | Outcome::Refused | Outcome::Rejected)
        }) {
            requests.give(row, Outcome::Error, Reason::FallbackFailed);
        }
    }
}
