//! Where requests failed, in half a sentence, and what to look at there.

use super::{reason, refusal};
use crate::text;
use unanswered_explain::{Fate, Interface, Shown};

/// `the requests were lost between c1 and r-out (90) and between c2 and r-out (58)`: what became of most of the requests.
#[must_use]
pub(crate) fn happened(shown: &Shown, followed: u64) -> String {
    let said = became(shown);
    match shown.requests == followed {
        true => said,
        false => format!("for {} of the {followed}, {said}", shown.requests),
    }
}

fn became(shown: &Shown) -> String {
    let at = |place: &String| text::safe(place).into_owned();
    let lost = between(shown, "and");
    match &shown.fate {
        Fate::RequestLost(..) => format!("the requests were lost {lost}"),
        Fate::CopyLost(..) => format!("transmissions of the requests were lost {lost}"),
        Fate::ReplyLost(..) => format!("the replies were lost {lost}"),
        Fate::ReplyCopyLost(..) => format!("the first replies were lost {lost}"),
        Fate::Misdirected(place) => {
            format!("they were carried to another machine ({}) than those that were answered", at(place))
        }
        Fate::RefusedOnTheWay(how) => format!("they were refused on their path ({})", refusal(*how)),
        Fate::RefusedByHost(how) => format!("the server's host refused them ({})", refusal(*how)),
        Fate::RefusedByService(how) => format!("the service refused them ({})", refusal(*how)),
        Fate::FailedInService(how) => format!("the service answered that it failed ({})", refusal(*how)),
        Fate::Acknowledged(_) => {
            "the server's host acknowledged them, and its application did not answer".to_owned()
        }
        Fate::Closed(_) => {
            "the server acknowledged them and closed the connection without an answer".to_owned()
        }
        Fate::Crossed(_) => "the server was already closing the idle connection".to_owned(),
        Fate::OldConnection(_) => "the server still holds older connections of the same ports".to_owned(),
        Fate::ReplyLostBehind(_) => {
            format!("the replies were lost behind {}, on the path to the clients", names(shown, "and"))
        }
        Fate::NoReply(_, Interface::Certain) => {
            format!("they reached the server at {}, and no reply left it", names(shown, "and"))
        }
        Fate::NoReply(_, Interface::Presumed) => format!(
            "they passed {}, the last place before the server, and no reply came back there",
            names(shown, "and")
        ),
        Fate::Slow(_) => format!("the replies were already late at {}", names(shown, "and")),
        Fate::CopyIgnored(_) => {
            format!(
                "they reached the server at {}, which answered only a later transmission",
                names(shown, "and")
            )
        }
        Fate::GivenUp(..) => "the replies came after the client had given up".to_owned(),
        Fate::WrongSource(place) => {
            format!("the replies had another source than the address asked, already at {}", at(place))
        }
        Fate::ReplyBounced(place) => format!("an ICMP error about the replies came back at {}", at(place)),
        Fate::Unacceptable(why) => format!("the client cannot accept the replies ({})", reason(*why)),
        Fate::NothingBeyond(_) => format!(
            "nothing was captured beyond {}, so where they were lost is not known",
            names(shown, "and")
        ),
    }
}

/// The pairs of places between which they were lost: with how many each, where there are several.
fn between(shown: &Shown, last_word: &str) -> String {
    let pair = |fate: &Fate<String>| {
        let (near, far) = pair_of(fate)?;
        Some(between_both(near, far))
    };
    counted(shown, pair, last_word)
}

/// `between c1 and r-out`; names of places may have commas of their own.
pub(super) fn between_both(near: &str, far: &str) -> String {
    let comma = if near.contains(',') { "," } else { "" };
    format!("between {}{comma} and {}", text::safe(near), text::safe(far))
}

/// The pairs of places at which at least one in so many of them was lost, without numbers: what to look at.
fn worst(shown: &Shown) -> String {
    const ONE_IN: u64 = 10;
    let first = std::iter::once((&shown.fate, shown.here));
    let all = first.chain(shown.elsewhere.iter().map(|(fate, count)| (fate, *count)));
    let most = all.filter(|(_, count)| count * ONE_IN >= shown.requests);
    let pairs = most.filter_map(|(fate, _)| pair_of(fate)).map(|(near, far)| between_both(near, far));
    super::listed(&pairs.collect::<Vec<_>>(), "and")
}

/// Who else is there: the server, where it is one, and who said no.
#[derive(Clone, Debug, Default)]
pub(crate) struct Others {
    /// The only server asked.
    pub(crate) server: Option<String>,
    /// Who refused.
    pub(crate) by: Option<String>,
    /// The requests are for neighbours on a link: there is no path.
    pub(crate) neighbours: bool,
}

impl Others {
    fn named(&self, noun: &str) -> String {
        self.server.as_ref().map_or_else(|| noun.to_owned(), |server| format!("{noun} {server}"))
    }
}

/// The places: with how many each, where there are several.
fn names(shown: &Shown, last_word: &str) -> String {
    counted(shown, |fate| Some(text::safe(place_of(fate)?).into_owned()), last_word)
}

/// What `named` says of each, with its number of requests where there are several.
pub(super) fn counted(
    shown: &Shown,
    named: impl Fn(&Fate<String>) -> Option<String>,
    last_word: &str,
) -> String {
    let all = std::iter::once((&shown.fate, shown.here)).chain(shown.elsewhere.iter().map(|(f, n)| (f, *n)));
    let all: Vec<(String, u64)> = all.filter_map(|(fate, count)| Some((named(fate)?, count))).collect();
    let told: u64 = all.iter().map(|(_, count)| count).sum();
    let several = all.len() > 1;
    let mut parts: Vec<String> = all
        .into_iter()
        .map(|(name, count)| if several { format!("{name} ({count})") } else { name })
        .collect();
    if several && told < shown.requests {
        parts.push(format!("elsewhere ({})", shown.requests - told));
    }
    super::listed(&parts, last_word)
}

/// What was lost between two places.
#[derive(Clone, Copy)]
pub(super) enum Lost {
    Request,
    Copy,
    Reply,
    ReplyCopy,
}

/// Between which places something was lost.
pub(super) fn pair_of(fate: &Fate<String>) -> Option<(&String, &String)> {
    lost(fate).map(|(_, near, far)| (near, far))
}

/// What was lost, and between which places.
pub(super) const fn lost(fate: &Fate<String>) -> Option<(Lost, &String, &String)> {
    match fate {
        Fate::RequestLost(near, far) => Some((Lost::Request, near, far)),
        Fate::CopyLost(near, far) => Some((Lost::Copy, near, far)),
        Fate::ReplyLost(near, far) => Some((Lost::Reply, near, far)),
        Fate::ReplyCopyLost(near, far) => Some((Lost::ReplyCopy, near, far)),
        Fate::Misdirected(_)
        | Fate::RefusedOnTheWay(_)
        | Fate::RefusedByHost(_)
        | Fate::RefusedByService(_)
        | Fate::FailedInService(_)
        | Fate::Acknowledged(_)
        | Fate::Closed(_)
        | Fate::Crossed(_)
        | Fate::OldConnection(_)
        | Fate::ReplyLostBehind(_)
        | Fate::NoReply(..)
        | Fate::Slow(_)
        | Fate::CopyIgnored(_)
        | Fate::GivenUp(..)
        | Fate::WrongSource(_)
        | Fate::ReplyBounced(_)
        | Fate::Unacceptable(_)
        | Fate::NothingBeyond(_) => None,
    }
}

/// Whether it says something about where, beside what the packets say of themselves.
pub(crate) fn names_a_place(shown: &Shown) -> bool {
    let fate = &shown.fate;
    pair_of(fate).is_some()
        || matches!(fate, Fate::NoReply(..) | Fate::Slow(_) | Fate::Misdirected(_) | Fate::NothingBeyond(_))
}

/// The one place that a fate names.
const fn place_of(fate: &Fate<String>) -> Option<&String> {
    match fate {
        Fate::Misdirected(place)
        | Fate::Acknowledged(place)
        | Fate::Closed(place)
        | Fate::Crossed(place)
        | Fate::OldConnection(place)
        | Fate::ReplyLostBehind(place)
        | Fate::NoReply(place, _)
        | Fate::Slow(place)
        | Fate::CopyIgnored(place)
        | Fate::GivenUp(place, _)
        | Fate::WrongSource(place)
        | Fate::ReplyBounced(place)
        | Fate::NothingBeyond(place) => Some(place),
        Fate::RequestLost(..)
        | Fate::CopyLost(..)
        | Fate::ReplyLost(..)
        | Fate::ReplyCopyLost(..)
        | Fate::RefusedOnTheWay(_)
        | Fate::RefusedByHost(_)
        | Fate::RefusedByService(_)
        | Fate::FailedInService(_)
        | Fate::Unacceptable(_) => None,
    }
}

/// What to look at, where requests failed so.
#[must_use]
pub(crate) fn look_at(shown: &Shown, others: &Others) -> String {
    let server = others.named("the server");
    let service = match &others.server {
        Some(server) => format!("the service at {server}"),
        None => "the service".to_owned(),
    };
    match &shown.fate {
        Fate::RequestLost(..) | Fate::CopyLost(..) | Fate::ReplyLost(..) | Fate::ReplyCopyLost(..) => {
            format!(
                "look for a filter, a route or a full queue {}; a capture at each interface there narrows it down",
                worst(shown)
            )
        }
        Fate::Misdirected(place) => format!(
            "look at what chooses the machine behind {} (conntrack -L, nft list ruleset)",
            text::safe(place)
        ),
        Fate::RefusedOnTheWay(_) => match &others.by {
            Some(by) => format!("look at the filters and routes of {by}, which sent the error"),
            None => "look at the filters and routes of the router that sent the error".to_owned(),
        },
        Fate::RefusedByHost(_) => format!("see whether {service} runs, and listens on that address and port"),
        Fate::RefusedByService(how) if how.kind().too_often => {
            format!("look for the limit that {service} sets to its clients, and ask less often")
        }
        Fate::RefusedByService(_) => format!("look at who is allowed to ask {service} for what"),
        Fate::FailedInService(_) | Fate::Unacceptable(_) => {
            format!("look at the state and the log of {service}")
        }
        Fate::Acknowledged(_) | Fate::Closed(_) => format!(
            "look at the application on {server}: its log, its threads and its own requests to others"
        ),
        Fate::Crossed(_) => {
            "compare the idle time-outs of both ends: the client's has to be the shorter one".to_owned()
        }
        Fate::OldConnection(_) => {
            "look for what keeps the client's reset from the server, such as a firewall between them"
                .to_owned()
        }
        Fate::ReplyLostBehind(place) => format!("capture between {} and the clients", text::safe(place)),
        Fate::NoReply(_, Interface::Certain) => format!(
            "look at {server}: the log of the service, its firewall and the drops of its socket (nft list ruleset, \
             ss -uapn, nstat -az)"
        ),
        Fate::NoReply(place, Interface::Presumed) => format!(
            "capture at {server} itself if {} is not its interface; if it is, look at the log of the service, its \
             firewall and the drops of its socket",
            text::safe(place)
        ),
        Fate::Slow(_) | Fate::GivenUp(..) => {
            format!("look for what {server} waits for: its load, its log and its own requests to others")
        }
        Fate::CopyIgnored(_) => format!("look for full queues at {server} (nstat -az, ss -lnt)"),
        Fate::WrongSource(_) => {
            format!("look at the address that {service} is bound to, and at its routes to the client")
        }
        Fate::ReplyBounced(_) => {
            "look at the router that sent the error: its routes to the client".to_owned()
        }
        Fate::NothingBeyond(_) if others.neighbours => {
            "see whether the address asked for is up, and on this network".to_owned()
        }
        Fate::NothingBeyond(place) => {
            format!("capture beyond {} too, best at {server}, at the same time", text::safe(place))
        }
    }
}

/// Where to look for something that acts on the requests: `, between c1 and r-out`; empty where the captures do not show it.
#[must_use]
pub(crate) fn site(shown: &Shown) -> String {
    match &shown.fate {
        Fate::RequestLost(..) | Fate::CopyLost(..) | Fate::ReplyLost(..) | Fate::ReplyCopyLost(..) => {
            format!(", {}", worst(shown))
        }
        Fate::NoReply(..) | Fate::RefusedByHost(_) | Fate::RefusedByService(_) | Fate::CopyIgnored(_) => {
            ", at the server".to_owned()
        }
        Fate::NothingBeyond(place) => format!(", beyond {}", text::safe(place)),
        Fate::ReplyLostBehind(place) => format!(", between {} and the clients", text::safe(place)),
        Fate::Misdirected(_)
        | Fate::RefusedOnTheWay(_)
        | Fate::FailedInService(_)
        | Fate::Acknowledged(_)
        | Fate::Closed(_)
        | Fate::Crossed(_)
        | Fate::OldConnection(_)
        | Fate::Slow(_)
        | Fate::GivenUp(..)
        | Fate::WrongSource(_)
        | Fate::ReplyBounced(_)
        | Fate::Unacceptable(_) => String::new(),
    }
}
