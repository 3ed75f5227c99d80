//! Why requests fail now: what happened to the translation they go through, in words.

use crate::{Clock, number, time};
use unanswered_explain::{Inside, Outside, Tries, WhyNow};

/// A fact about the translation, as a sentence without a full stop.
#[must_use]
pub fn why_now(why: &WhyNow, clock: Clock) -> String {
    match why {
        WhyNow::Changed { flow, before, to, at, since, failed_first, earlier } => {
            let ends: Vec<&Outside> = before.iter().chain([to]).collect();
            let from = before
                .last()
                .map_or_else(String::new, |last| format!(" from {}", outside(last, flow, &ends)));
            format!(
                "the translation of {} changed{from} to {} at {}; {}; {}",
                inside(flow),
                bare(to, &ends),
                time::full(*at, clock),
                tries(since, *failed_first, "through it"),
                through_those_before(flow, before, earlier, &ends),
            )
        }
        WhyNow::Kept { flow, to, since, older, kept_for, longest_pause, renewed, tries: through } => {
            let (inside, outside) = (inside(flow), outside(to, flow, &[to]));
            let fate = tries(through, through.failed, "through it");
            let kept = time::length(*kept_for, clock);
            let renewed = if *renewed {
                let pause = time::length(*longest_pause, clock);
                format!(", because each request renews it (the longest pause was {pause})")
            } else {
                String::new()
            };
            if *older {
                format!(
                    "the translation of {inside} to {outside} may be older than the capture: it has been kept for \
                     {kept}{renewed}; {fate}"
                )
            } else {
                let at = time::full(*since, clock);
                format!(
                    "the translation of {inside} to {outside} was made at {at} and kept for {kept}{renewed}; {fate}"
                )
            }
        }
        WhyNow::ChosenAnew { flows, times, mappings, failing } => format!(
            "the {} chosen again {}; through {failing} of the {mappings} most requests failed",
            if *flows == 1 {
                "translation of that flow was".to_owned()
            } else {
                format!("translations of {flows} such flows were")
            },
            number::count(*times, "time"),
        ),
        WhyNow::LeftBehind { flow, to, others_to, since, failed } => format!(
            "{} {} still goes to {to} for {}, as its translation is remembered, while since {} new flows to \
             {} go to {others_to}; {} failed",
            flow.address,
            numbered(flow.port, flow),
            flow.server,
            time::full(*since, clock),
            flow.server,
            number::count(*failed, "request"),
        ),
        WhyNow::Held { port, by, instead_of } => {
            format!("port {port} is held by {by}, so that {instead_of} could not keep it")
        }
    }
}

fn inside(flow: &Inside) -> String {
    format!("{} {} (towards {})", flow.address, numbered(flow.port, flow), flow.server)
}

fn numbered(port: u16, flow: &Inside) -> String {
    format!("{} {port}", if flow.echo { "identifier" } else { "port" })
}

/// A source outside: only the port where all have one address.
fn outside(end: &Outside, flow: &Inside, all: &[&Outside]) -> String {
    if one_address(all) { numbered(end.port, flow) } else { bare(end, all) }
}

fn bare(end: &Outside, all: &[&Outside]) -> String {
    if one_address(all) { end.port.to_string() } else { format!("{} port {}", end.address, end.port) }
}

fn one_address(all: &[&Outside]) -> bool {
    all.windows(2).all(|pair| pair[0].address == pair[1].address)
}

/// What became of the requests through one translation.
fn tries(tries: &Tries, failed_first: u64, when: &str) -> String {
    let Tries { requests, failed } = *tries;
    if failed == requests {
        return match requests {
            1 => format!("the one request {when} failed"),
            _ => format!("all {requests} requests {when} failed"),
        };
    }
    if failed == failed_first && requests > failed {
        return format!(
            "the first {failed} of the {requests} requests {when} failed, the others were answered"
        );
    }
    format!("{failed} of the {requests} requests {when} failed")
}

fn through_those_before(flow: &Inside, before: &[Outside], earlier: &Tries, all: &[&Outside]) -> String {
    let noun = match (before.len(), flow.echo) {
        (1, false) => "port",
        (1, true) => "identifier",
        (_, false) => "ports",
        (_, true) => "identifiers",
    };
    let list: Vec<String> = before.iter().map(|end| bare(end, all)).collect();
    let through = match list.as_slice() {
        [_] => format!("through the {noun} before"),
        _ => format!("through the {noun} before ({})", list.join(", ")),
    };
    match earlier.failed {
        0 => format!("the {} {through} were answered", earlier.requests),
        failed => format!("of the {} {through} {failed} failed", earlier.requests),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow() -> Inside {
        let (address, server) = ("10.0.0.2".parse().unwrap(), "192.0.2.1".parse().unwrap());
        Inside { address, port: 123, server, echo: false }
    }

    fn out(port: u16) -> Outside {
        Outside { address: "192.0.2.9".parse().unwrap(), port }
    }

    fn changed(before: Vec<Outside>, since: Tries, failed_first: u64, earlier: Tries) -> String {
        let why =
            WhyNow::Changed { flow: flow(), before, to: out(121), at: 61.0, since, failed_first, earlier };
        why_now(&why, Clock::Epoch)
    }

    #[test]
    fn a_change_is_told_with_what_became_of_the_requests_on_both_sides_of_it() {
        let (all, none) = (Tries { requests: 31, failed: 31 }, Tries { requests: 40, failed: 0 });
        assert_eq!(
            changed(vec![out(189), out(298)], all, 31, none),
            "the translation of 10.0.0.2 port 123 (towards 192.0.2.1) changed from port 298 to 121 at \
             1970-01-01 00:01:01 UTC; all 31 requests through it failed; the 40 through the ports before \
             (189, 298) were answered"
        );
        let some =
            changed(vec![out(298)], Tries { requests: 53, failed: 31 }, 31, Tries { requests: 9, failed: 1 });
        assert!(
            some.contains("the first 31 of the 53 requests through it failed, the others were answered"),
            "{some}"
        );
        assert!(some.ends_with("of the 9 through the port before 1 failed"), "{some}");
        let mixed = changed(vec![out(298)], Tries { requests: 53, failed: 31 }, 7, none);
        assert!(mixed.contains("; 31 of the 53 requests through it failed;"), "{mixed}");
    }

    #[test]
    fn a_change_of_the_address_names_both_addresses() {
        let other = Outside { address: "192.0.2.8".parse().unwrap(), port: 298 };
        let none = Tries { requests: 40, failed: 0 };
        let words = changed(vec![other], Tries { requests: 31, failed: 31 }, 31, none);
        assert!(words.contains("changed from 192.0.2.8 port 298 to 192.0.2.9 port 121 at"), "{words}");
    }

    #[test]
    fn a_translation_is_said_to_be_renewed_only_by_requests_that_come_often_enough() {
        let kept = |longest_pause, renewed, older| {
            let tries = Tries { requests: 56, failed: 56 };
            let why = WhyNow::Kept {
                flow: flow(),
                to: out(11),
                since: 61.0,
                older,
                kept_for: 904.0,
                longest_pause,
                renewed,
                tries,
            };
            why_now(&why, Clock::Epoch)
        };
        assert_eq!(
            kept(16.0, true, true),
            "the translation of 10.0.0.2 port 123 (towards 192.0.2.1) to port 11 may be older than the capture: \
             it has been kept for 15 min 4 s, because each request renews it (the longest pause was 16 s); all \
             56 requests through it failed"
        );
        assert!(!kept(400.0, false, true).contains("because"));
        assert!(
            kept(16.0, true, false)
                .contains("was made at 1970-01-01 00:01:01 UTC and kept for 15 min 4 s, because")
        );
    }
}
