//! One request as an engineer would draw it: its places from the client on, what changed on the path, and
//! where it stopped.

use super::Names;
use super::changes::Changes;
use super::questions::{Questions, end};
use crate::words;
use unanswered_evidence::step::Steps;
use unanswered_exchange::follow::{Follow, RequestPath, Stop};
use unanswered_exchange::{InputFrame, PlaceId, SaidNo, Sighting, Sign};
use unanswered_table::{Outcome, Step};
use unanswered_wire::{Span, Time};

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// Its number, from 1 in the order of time.
    pub number: u64,
    /// When it was sent, on the clock that the places share.
    pub time: Time,
    /// Name of its protocol.
    pub protocol: &'static str,
    /// Client as seen nearest to it.
    pub client: String,
    /// Server as the client names it.
    pub server: String,
    /// What it asked, where that is known.
    pub asked: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why; empty where there is nothing to add.
    pub reason: String,
    /// The reason's stable name, for programs.
    pub reason_code: &'static str,
    /// Who said no, if somebody did.
    pub said_no: Option<SaidNo>,
    /// From the first transmission to the reply that decided the outcome.
    pub reply_after: Option<Span>,
    /// The places, nearest to the client first; one at which it was missing included.
    pub rungs: Vec<Rung>,
    /// Places that a switch flooded a copy to.
    pub beside: Vec<String>,
    /// Where it failed, if it did.
    pub located: Option<Located>,
}

/// One place on a request's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The place.
    pub place: String,
    /// The request as it passed; `None` where it was not seen.
    pub request: Option<Passage>,
    /// The reply as it passed.
    pub reply: Option<Passage>,
    /// What the packets after the request showed of it here.
    pub signs: Vec<Sign>,
    /// Those of them that no place nearer to the client showed.
    pub new_signs: Vec<Sign>,
    /// What changed in the request's headers since the place before.
    pub changes: Vec<String>,
    /// The request's headers here, by Wireshark's names.
    pub headers: Vec<Header>,
    /// What is missing here.
    pub gap: Option<Gap>,
}

/// A header field and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Wireshark's name.
    pub name: &'static str,
    /// The value as text.
    pub value: String,
}

/// One packet at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Since the request was first seen anywhere.
    pub after: Span,
    /// Its frame there.
    pub frame: Option<InputFrame>,
    /// Transmissions that passed here.
    pub transmissions: u8,
}

/// Why the drawing stops at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The request was expected here and not seen.
    Request,
    /// The reply was expected here and not seen.
    Reply,
    /// A transmission that an earlier place shows was not seen here.
    Transmission,
    /// The request was last seen here, and no reply came from beyond.
    NoReply,
}

impl Gap {
    /// The same in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Request => "request not seen",
            Self::Reply => "reply not seen",
            Self::Transmission => "a transmission is missing",
            Self::NoReply => "no reply",
        }
    }

    /// The word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Reply => "reply",
            Self::Transmission => "transmission",
            Self::NoReply => "no_reply",
        }
    }
}

/// Where a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The step; `None` when the places cannot tell.
    pub step: Option<Step>,
    /// Where the request or its reply was last seen.
    pub last_seen: String,
    /// Where it was expected next.
    pub missing_at: Option<String>,
    /// What was seen.
    pub because: String,
    /// What would narrow it down.
    pub narrow: Option<String>,
    /// Stable name of what was seen, for programs.
    pub code: &'static str,
}

impl Located {
    /// The step and its places as a sentence without a full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        let step = self.step.map_or_else(|| "step not known".to_owned(), |s| format!("step {}", s.name()));
        let limits = if self.step.is_some() { ", as far as these vantage points can show" } else { "" };
        match &self.missing_at {
            Some(missing) => format!("{step} between {} and {missing}{limits}", self.last_seen),
            None => format!("{step}, last seen at {}{limits}", self.last_seen),
        }
    }
}

pub(super) fn ladder(
    follow: &Follow<'_>,
    steps: &Steps<'_>,
    changes: &Changes<'_>,
    names: &Names,
    row: u32,
) -> Ladder {
    let exchanges = follow.exchanges();
    let path = follow.path(row);
    let exchange = path.exchange;
    let protocol = exchange.protocol();
    let nearest = exchange.nearest();
    let located = steps.of(row);
    let mut rungs = rungs(&path, changes, names);
    gap(&mut rungs, &path, located.as_ref(), names);
    Ladder {
        number: u64::from(row) + 1,
        time: exchange.time(),
        protocol: protocol.declaration().name,
        client: end(exchanges, protocol, nearest.client()),
        server: end(exchanges, protocol, nearest.server()),
        asked: Questions::of(exchanges).asked(exchanges, &exchange),
        outcome: exchange.outcome(),
        reason: words::why(exchange.outcome(), exchange.reason()),
        reason_code: exchange.reason().code(),
        said_no: exchange.said_no(),
        reply_after: exchange.reply_after(),
        rungs,
        beside: path.beside.iter().map(|s| names.name(s.place()).to_owned()).collect(),
        located: located.map(|l| Located {
            step: l.step,
            last_seen: names.name(l.last_seen).to_owned(),
            missing_at: l.missing_at.map(|place| names.name(place).to_owned()),
            because: because(&l, names),
            narrow: l.narrow.map(|narrow| words::narrow(&narrow, |place| names.name(place).to_owned())),
            code: l.fate.code(),
        }),
    }
}

/// What was seen of the request, with what answered ones at that time did.
pub(super) fn because(located: &unanswered_evidence::step::Located, names: &Names) -> String {
    let seen = words::fate(&located.fate.map(|place| names.name(place).to_owned()));
    let others = "answered requests of that time went to another machine";
    if located.others_elsewhere { format!("{seen}; {others}") } else { seen }
}

fn rungs(path: &RequestPath<'_>, changes: &Changes<'_>, names: &Names) -> Vec<Rung> {
    let start = path.stops.iter().filter_map(|s| s.request_at).next().unwrap_or_else(|| path.exchange.time());
    let protocol = path.exchange.protocol();
    let mut before: Option<&Stop<'_>> = None;
    let mut rungs = Vec::with_capacity(path.stops.len() + 1);
    for stop in &path.stops {
        let request = stop.request.as_ref().zip(stop.request_at).map(|(sighting, at)| Passage {
            after: at - start,
            frame: Some(sighting.input_frame()),
            transmissions: sighting.transmissions(),
        });
        let reply =
            stop.reply_at.map(|at| Passage { after: at - start, frame: stop.reply_frame, transmissions: 1 });
        let from = before.and_then(|b| b.request.as_ref());
        let changed = stop.request.as_ref().map(|to| changes.between(protocol, from, to));
        let signs = stop.request.as_ref().map_or_else(Vec::new, Sighting::signs);
        let said: &[Rung] = &rungs;
        let fresh = |sign: &&Sign| !said.iter().any(|rung| rung.signs.contains(sign));
        let new_signs = signs.iter().filter(fresh).copied().collect();
        rungs.push(Rung {
            place: names.name(stop.place).to_owned(),
            request,
            reply,
            signs,
            new_signs,
            changes: changed.unwrap_or_default(),
            headers: stop.request.as_ref().map_or_else(Vec::new, |s| headers(path, changes, s)),
            gap: None,
        });
        if stop.request.is_some() {
            before = Some(stop);
        }
    }
    rungs
}

fn headers(path: &RequestPath<'_>, changes: &Changes<'_>, sighting: &Sighting<'_>) -> Vec<Header> {
    changes
        .values(path.exchange.protocol(), sighting)
        .into_iter()
        .map(|(name, value)| Header { name, value })
        .collect()
}

/// Marks where it stopped.
fn gap(
    rungs: &mut Vec<Rung>,
    path: &RequestPath<'_>,
    located: Option<&unanswered_evidence::step::Located>,
    names: &Names,
) {
    let Some(located) = located else { return };
    let index = |place: PlaceId| path.stops.iter().position(|s| s.place == place);
    match located.missing_at {
        Some(missing) => match index(missing) {
            Some(at) if path.stops[at].reply_at.is_none() => rungs[at].gap = Some(Gap::Reply),
            Some(at) => rungs[at].gap = Some(Gap::Transmission),
            None => {
                let at = index(located.last_seen).map_or(rungs.len(), |last| last + 1);
                let rung = Rung {
                    place: names.name(missing).to_owned(),
                    request: None,
                    reply: None,
                    signs: Vec::new(),
                    new_signs: Vec::new(),
                    changes: Vec::new(),
                    headers: Vec::new(),
                    gap: Some(Gap::Request),
                };
                rungs.insert(at, rung);
            }
        },
        None if path.exchange.outcome() == Outcome::Unanswered => {
            let last = path.last_request().filter(|&at| path.stops[at].reply_at.is_none());
            if let Some(at) = last {
                rungs[at].gap = Some(Gap::NoReply);
            }
        }
        None => {}
    }
}
