//! Where requests failed, and where to look next.

use super::place::{Lost, counted, lost};
use super::{NOTHING, reason, refusal};
use crate::text;
use unanswered_evidence::step::{Narrow, Segment};
use unanswered_explain::{Fate, Interface, Shown, StepFinding};

/// Why the step is what it is: what the followed requests show.
#[must_use]
pub fn step_because(finding: &StepFinding) -> String {
    match finding.shown.as_slice() {
        [] => "no failed request to follow".to_owned(),
        [one] => shown(one, finding.followed),
        several => {
            let parts: Vec<String> = several
                .iter()
                .map(|one| {
                    let step = one.fate.step().map_or("no step", |step| step.name());
                    format!("{step} for {}", shown(one, finding.followed))
                })
                .collect();
            format!("more than one step: {}", parts.join("; "))
        }
    }
}

fn shown(shown: &Shown, all: u64) -> String {
    let many =
        if shown.requests == all { format!("all {all}") } else { format!("{} of {all}", shown.requests) };
    let several = (!shown.elsewhere.is_empty()).then(|| counted(shown, in_short, "and"));
    match (several.filter(|places| places != NOTHING), in_general(&shown.fate)) {
        (Some(places), Some(general)) => format!("{many}: {general}: {places}"),
        (Some(places), None) => format!("{many}: {}; this was {places}", fate(&shown.fate)),
        (None, _) => format!("{many}: {}", fate(&shown.fate)),
    }
}

/// What was lost between two places that differ from request to request.
fn in_general(fate: &Fate<String>) -> Option<&'static str> {
    Some(match lost(fate)?.0 {
        Lost::Request => "the request was seen at one place and not at the next, where such requests pass",
        Lost::Copy => {
            "a transmission of the request was seen at one place and not at the next, so the client had to retransmit it"
        }
        Lost::Reply => "the whole reply was seen at one place and not at the next",
        Lost::ReplyCopy => "the first reply was seen at one place, and at the next only a later one",
    })
}

/// What was seen of one request.
#[must_use]
pub fn fate(fate: &Fate<String>) -> String {
    let safe = |place: &String| text::safe(place).into_owned();
    match fate {
        Fate::RequestLost(from, to) => format!(
            "the request was seen at {} and not at {}, where such requests pass",
            safe(from),
            safe(to)
        ),
        Fate::Misdirected(place) => format!(
            "the request was carried to a different machine ({}) from the requests that were answered at that time",
            safe(place)
        ),
        Fate::RefusedOnTheWay(how) => format!("it was refused on its path: {}", refusal(*how)),
        Fate::RefusedByHost(how) => format!("the server's host refused it: {}", refusal(*how)),
        Fate::RefusedByService(how) => format!("the service refused it: {}", refusal(*how)),
        Fate::FailedInService(how) => format!("the service answered that it failed: {}", refusal(*how)),
        Fate::Acknowledged(place) => format!(
            "the server's host acknowledged the request (seen at {}), so it was not lost; its application did not \
             answer",
            safe(place)
        ),
        Fate::Closed(place) => format!(
            "the server acknowledged the request and closed the connection without an answer (seen at {})",
            safe(place)
        ),
        Fate::Crossed(place) => format!(
            "the server was already closing the idle connection when the request was sent (seen at {})",
            safe(place)
        ),
        Fate::OldConnection(place) => format!(
            "the server still holds an older connection of the same ports and acknowledges that one (seen at {}); \
             the reset that would end it does not arrive",
            safe(place)
        ),
        Fate::ReplyLostBehind(place) => format!(
            "the reply passed {} and did not arrive: it was lost behind that place, on the path to the client",
            safe(place)
        ),
        Fate::NoReply(place, Interface::Certain) => format!(
            "the request was seen at {}, the server's own interface, and no reply left it",
            safe(place)
        ),
        Fate::NoReply(place, Interface::Presumed) => format!(
            "the request was seen at {}, the last place before the server, and no reply came back there (taken for \
             the server's own interface; if it is not, the link behind it may be at fault)",
            safe(place)
        ),
        Fate::Slow(place) => format!("the reply was already late at {}", safe(place)),
        Fate::GivenUp(place, lost) => given_up(place, lost.as_ref()),
        Fate::WrongSource(place) => {
            format!("the reply had another source than the request's destination already at {}", safe(place))
        }
        Fate::ReplyLost(from, to) => {
            format!("the whole reply was seen at {} and not at {}", safe(from), safe(to))
        }
        Fate::CopyLost(from, to) => format!(
            "a transmission of the request was seen at {} and not at {}, so the client had to retransmit it",
            safe(from),
            safe(to)
        ),
        Fate::CopyIgnored(place) => format!(
            "every transmission came to {}, the server's own interface, and only a later one was answered",
            safe(place)
        ),
        Fate::ReplyCopyLost(from, to) => {
            format!("the first reply was seen at {}, and at {} only a later one", safe(from), safe(to))
        }
        Fate::ReplyBounced(place) => format!("an ICMP error about the reply came back at {}", safe(place)),
        Fate::Unacceptable(why) => format!("the client cannot accept the reply: {}", reason(*why)),
        Fate::NothingBeyond(place) => format!(
            "the request was last seen at {}; nothing was captured beyond, so it may have been lost on its path to \
             the server, in the server, or its reply on the path back to that place",
            safe(place)
        ),
    }
}

fn given_up(place: &str, lost: Option<&(String, String)>) -> String {
    let before = lost.map_or_else(String::new, |(from, to)| {
        format!("; before, copies were lost between {} and {}", text::safe(from), text::safe(to))
    });
    format!(
        "the reply came to {} after the client had given up: its host reset it{before}",
        text::safe(place)
    )
}

/// Between which places, in short.
fn in_short(fate: &Fate<String>) -> Option<String> {
    let safe = |place: &String| text::safe(place).into_owned();
    match fate {
        Fate::RequestLost(from, to)
        | Fate::CopyLost(from, to)
        | Fate::ReplyLost(from, to)
        | Fate::ReplyCopyLost(from, to) => Some(format!("between {} and {}", safe(from), safe(to))),
        Fate::NoReply(place, _)
        | Fate::Acknowledged(place)
        | Fate::Closed(place)
        | Fate::Crossed(place)
        | Fate::OldConnection(place)
        | Fate::ReplyLostBehind(place)
        | Fate::CopyIgnored(place)
        | Fate::NothingBeyond(place)
        | Fate::Slow(place)
        | Fate::GivenUp(place, _) => Some(format!("at {}", safe(place))),
        Fate::RefusedOnTheWay(how)
        | Fate::RefusedByHost(how)
        | Fate::RefusedByService(how)
        | Fate::FailedInService(how) => Some(refusal(*how)),
        Fate::Misdirected(_) | Fate::WrongSource(_) | Fate::ReplyBounced(_) | Fate::Unacceptable(_) => None,
    }
}

/// Where to look next; `name` gives places their names.
#[must_use]
pub fn narrow(narrow: &Narrow, name: impl Fn(unanswered_exchange::PlaceId) -> String) -> String {
    match narrow {
        Narrow::ServersInterface(place) => {
            format!("a capture at the server's own interface (behind {})", name(*place))
        }
        Narrow::ServersCounters => {
            "nothing more on the wire: the counters of the server, of its firewall and of its socket (ss -uapn, nft \
             list ruleset, nstat)"
                .to_owned()
        }
        Narrow::ServersApplication => {
            "the application on the server: its log, its threads and its own requests to others".to_owned()
        }
        Narrow::TowardsTheClient(place) => {
            format!("a capture between {} and the client", name(*place))
        }
        Narrow::RefusingRouter => "a capture at the router that sent the error".to_owned(),
        Narrow::ChoiceOfMachine(place) => format!(
            "the translation that chooses the machine behind {}: conntrack -L, nft list ruleset",
            name(*place)
        ),
        Narrow::BouncingRouter(place) => {
            format!("a capture at the router that sent the error back to {}", name(*place))
        }
        Narrow::Between { near, far, what } => between(&name(*near), &name(*far), what),
    }
}

fn between(a: &str, b: &str, what: &Segment) -> String {
    match what {
        Segment::Unknown => {
            format!("a capture at each interface, bridge or switch port between {a} and {b}")
        }
        Segment::Translation => format!(
            "between {a} and {b} addresses are translated: the translator's connections and drop counters (conntrack \
             -L, conntrack -S, nft list ruleset)"
        ),
        Segment::Tunnel(from, to) => format!(
            "the packets are inside a tunnel from {from} to {to} there: a capture at each underlay port between {a} \
             and {b}"
        ),
        Segment::TunnelEnd => format!(
            "the end of a tunnel lies between {a} and {b}: the tunnel device and the bridge behind it (ip -s link, \
             bridge fdb show), or a capture at each"
        ),
        Segment::Router(near, far) => format!(
            "a router lies between {a} and {b} (time to live {near} and {far}): a capture at each of its interfaces, \
             its routes and filters"
        ),
        Segment::Host => format!(
            "{a} and {b} are the two sides of one host, which dropped them itself: its firewall, routes and \
             counters (nft list ruleset, ip route get, nstat -az, ip -s link)"
        ),
        Segment::Link => format!(
            "{a} and {b} are on one network segment: the drop counters of both interfaces and of the bridges or \
             switch ports between them (ip -s link, ethtool -S, tc -s qdisc), or a capture at each"
        ),
    }
}
