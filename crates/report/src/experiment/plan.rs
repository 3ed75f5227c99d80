//! What will be sent, shown before it is; and each request a line, where nothing is to be sent.

use super::headline;
use super::page::Page;
use super::varied::{self, Varied};
use super::{FieldName, Kind, codes, units};
use crate::number;
use std::net::IpAddr;
use unanswered_probe::{Flow, Manners, Send, Setting};
use unanswered_time::{Span, spans};

/// An experiment that has sent nothing yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Intended {
    /// The server, as the user named it.
    pub server: String,
    /// The address that will be asked.
    pub address: IpAddr,
    /// The port that will be asked, where the protocol has one.
    pub port: Option<u16>,
    /// The protocol's name in words.
    pub protocol: String,
    /// What is asked.
    pub kind: Kind,
    /// The fields that can be set.
    pub fields: Vec<FieldName>,
    /// What is varied; several where explanations differ in several fields.
    pub varied: Vec<Varied>,
    /// The request known to work, if there is one.
    pub control: Option<Vec<Setting>>,
    /// How fast, and how many at most.
    pub manners: Manners,
    /// Fields that cannot be varied: code and reason.
    pub fixed: Vec<String>,
    /// The requests, where they are only to be shown.
    pub dry_run: Option<Requests>,
}

/// Requests that would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requests {
    /// What is supposed to come back: each request depends on what came of those before it.
    pub supposed: Supposed,
    /// The requests, in order of time.
    pub list: Vec<Listed>,
}

/// What is supposed to come back, where nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supposed {
    /// All requests are answered.
    AllAnswered,
    /// Controls are answered, and no other request is.
    OnlyControls,
}

/// One request that would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// When, since the beginning.
    pub at: Span,
    /// The request; its own time counts from the beginning of its plan and is not shown.
    pub send: Send,
}

/// What will be sent, as text of at most `width` columns (at least 40).
#[must_use]
pub fn plan(of: &Intended, width: usize) -> String {
    let mut page = Page::new(width);
    let protocol = headline::name(&of.protocol);
    page.paragraph(&format!(
        "{} to find out {}.",
        if of.dry_run.is_some() { "Would ask" } else { "Asks" },
        purpose(of.kind)
    ));
    page.paragraph(&format!("Target: {}, {protocol}.", headline::whom(&of.server, of.address, of.port)));
    page.paragraph(&format!("At most: {}.", allowed(&of.manners, of.kind)));
    page.paragraph(&format!("Stops: {}.", stops(&of.manners)));
    for one in &of.varied {
        page.paragraph(&format!("Varied: {}.", varied::words(one, &of.fields)));
    }
    page.paragraph(&match &of.control {
        Some(settings) => format!(
            "Control: a request with {}, known to work, is sent between.",
            units::settings(&of.fields, settings)
        ),
        None => "Control: none, so that an outage would look like failing.".to_owned(),
    });
    for fixed in &of.fixed {
        page.paragraph(&format!("Not varied: {fixed}."));
    }
    if let Some(requests) = &of.dry_run {
        page.gap();
        page.paragraph(supposed(requests.supposed));
        for listed in &requests.list {
            page.item(&request(listed, &of.fields));
        }
    }
    page.out
}

const fn purpose(kind: Kind) -> &'static str {
    match kind {
        Kind::Threshold => "from which value on requests fail",
        Kind::Comparison => "whether requests fail differently often",
        Kind::Sets => "which values fail",
        Kind::Limits => "how many requests pass",
        Kind::Wait => "what a pause changes",
        Kind::Where => "where on the path requests are lost",
        Kind::Members => "how many ways lie behind a hop, and how many of them are dead",
        Kind::Rivals => "which of the explanations is true",
    }
}

/// `200 requests, 4 a second`.
fn allowed(manners: &Manners, kind: Kind) -> String {
    let pause = manners.pause.seconds();
    // The pause lies between plans: of a burst or a pair that is not its pace.
    let between = match kind {
        Kind::Limits => Some("bursts"),
        Kind::Wait => Some("pairs"),
        Kind::Threshold | Kind::Comparison | Kind::Sets | Kind::Where | Kind::Members | Kind::Rivals => None,
    };
    let pace = match between {
        _ if pause <= 0.0 => "without a pause between".to_owned(),
        Some(what) => format!("{} between {what}", units::span(manners.pause)),
        None if pause <= 1.0 => format!("{} a second", number::rough(1.0 / pause)),
        None => format!("one every {}", units::lasting(manners.pause)),
    };
    format!("{}, {pace}", number::count(u64::from(manners.budget), "request"))
}

/// After how many refusals it stops.
fn stops(manners: &Manners) -> String {
    format!(
        "after {} that say \"too often\", or {} with no answer between; each makes it slower",
        number::count(u64::from(manners.too_fast), "reply"),
        number::count(u64::from(manners.refused), "other refusal"),
    )
}

const fn supposed(supposed: Supposed) -> &'static str {
    match supposed {
        Supposed::AllAnswered => {
            "Nothing is sent. Which request follows depends on the answers; these would follow if all were answered:"
        }
        Supposed::OnlyControls => {
            "Nothing is sent. Which request follows depends on the answers; these would follow if only controls were answered:"
        }
    }
}

/// `00:00:01.250 trial: source port 123`.
fn request(listed: &Listed, fields: &[FieldName]) -> String {
    let Send { role, flow, settings, .. } = &listed.send;
    let milliseconds = listed.at.nanoseconds().rem_euclid(1_000_000_000) / 1_000_000;
    format!(
        "{}.{milliseconds:03} {}: {}{}",
        spans::elapsed(listed.at),
        codes::role(*role),
        units::settings(fields, settings),
        how(*flow)
    )
}

const fn how(flow: Flow) -> &'static str {
    match flow {
        Flow::Any => "",
        Flow::SameAsBefore => ", in the flow of the request before",
        Flow::HeldOpen => ", in a flow of its own that stays open",
        Flow::ReplyOfBefore => ", only listening: the server replies now to the request before",
    }
}
