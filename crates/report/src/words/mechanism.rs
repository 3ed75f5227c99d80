//! What mechanisms do, in plain English: "a limit of 5.00 requests a second, with bursts of up to 12, for each client".

use crate::number;
use unanswered_explain::mechanism::{Begun, Estimate, Key, Mechanism, Turn, Until};

/// What is at work.
#[must_use]
pub fn mechanism(mechanism: &Mechanism) -> String {
    match mechanism {
        Mechanism::Bucket(bucket) => format!(
            "a limit of {} requests a second, with bursts of up to {}, {}",
            number::short(bucket.rate.value),
            number::short(bucket.depth.value),
            each(bucket.key)
        ),
        Mechanism::ByteBucket(bucket) => format!(
            "a limit of {} bytes a second, with bursts of up to {} bytes, {}",
            number::short(bucket.rate.value),
            number::short(bucket.depth.value),
            each(bucket.key)
        ),
        Mechanism::OpenLimit(limit) => {
            format!("a limit of {} open at once, {}", number::short(limit.limit.value), each(limit.key))
        }
        Mechanism::FullTable(table) => format!(
            "a table of {} flows that is full: new flows fail, known ones pass, and a flow is forgotten after {} s",
            number::short(table.places.value),
            number::short(table.timeout.value)
        ),
        Mechanism::IdleTimeout(idle) => {
            let until = match idle.until {
                Until::NextRequest => "the request after such a pause fails",
                Until::NewFlow => "all further ones of the flow fail",
            };
            let unseen = if idle.unseen { ", and not known before its first request" } else { "" };
            format!(
                "{} is forgotten after a pause of {} s{unseen}: {until}",
                one(idle.key),
                number::short(idle.timeout.value)
            )
        }
        Mechanism::Queue(queue) => format!(
            "one request at a time, {}: those behind a slow one wait for more than {} s",
            each(queue.key),
            number::short(queue.patience.value)
        ),
        Mechanism::RoundRobin(turns) => {
            let turn = match turns.turn {
                Turn::Request => "requests",
                Turn::Flow => "new flows",
            };
            format!(
                "one of {} {turn} in turn goes where it fails, counted {}",
                turns.members,
                each(turns.key)
            )
        }
        Mechanism::Reuse(reuse) => {
            format!("{} was used again within {} s", one(reuse.key), number::short(reuse.rest.value))
        }
        Mechanism::KeepAliveRace(race) => format!(
            "the first request after a pause of {} to {} s on {}: the other end is closing then",
            number::short(race.from.value),
            number::short(race.to.value),
            one(race.key)
        ),
        Mechanism::Remembered(event) => {
            let at = number::short(event.after.value);
            match event.fails {
                Begun::Before => format!(
                    "something changed {at} s after the first request, and flows that began before keep the old \
                     decision: they fail, and flows begun since work"
                ),
                Begun::After => format!(
                    "something changed {at} s after the first request: flows begun since fail, and those that began \
                     before go on"
                ),
            }
        }
    }
}

/// The parameters with what the data say of each: `requests a second 5.00 (4.99 to 5.01)`.
#[must_use]
pub fn parameters(mechanism: &Mechanism) -> Vec<String> {
    let named = |name: &str, of: &Estimate| {
        let [value, low, high] = [of.value, of.low, of.high].map(number::short);
        if low == high { format!("{name}: {value}") } else { format!("{name}: {value} ({low} to {high})") }
    };
    match mechanism {
        Mechanism::Bucket(bucket) => {
            vec![named("requests a second", &bucket.rate), named("burst", &bucket.depth)]
        }
        Mechanism::ByteBucket(bucket) => {
            vec![named("bytes a second", &bucket.rate), named("burst in bytes", &bucket.depth)]
        }
        Mechanism::OpenLimit(limit) => {
            vec![
                named("open at once", &limit.limit),
                named("seconds that a place stays taken", &limit.linger),
            ]
        }
        Mechanism::FullTable(table) => {
            vec![named("flows", &table.places), named("seconds until a flow is forgotten", &table.timeout)]
        }
        Mechanism::IdleTimeout(idle) => vec![named("seconds of pause", &idle.timeout)],
        Mechanism::Queue(queue) => vec![named("seconds of waiting", &queue.patience)],
        Mechanism::RoundRobin(_) => Vec::new(),
        Mechanism::Reuse(reuse) => vec![named("seconds until use again", &reuse.rest)],
        Mechanism::KeepAliveRace(race) => {
            vec![named("shortest pause in seconds", &race.from), named("longest pause", &race.to)]
        }
        Mechanism::Remembered(event) => vec![named("seconds after the first request", &event.after)],
    }
}

pub(crate) fn each(key: Key) -> &'static str {
    match key {
        Key::All => "for all together",
        Key::Client => "for each client",
        Key::ClientNetwork => "for each network of clients (/24, or /64 of IPv6)",
        Key::Server => "for each server",
        Key::ClientAndServer => "for each client and server",
        Key::Flow => "for each flow",
        Key::Id => "for each source port",
        Key::ClientAndId => "for each client and source port",
    }
}

fn one(key: Key) -> &'static str {
    match key {
        Key::All => "all of it",
        Key::Client => "a client",
        Key::ClientNetwork => "a network of clients",
        Key::Server => "a server",
        Key::ClientAndServer => "a client and server",
        Key::Flow => "a flow",
        Key::Id => "a source port",
        Key::ClientAndId => "a client's source port",
    }
}
