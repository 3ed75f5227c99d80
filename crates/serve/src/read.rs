//! A behaviour as people write it: `SERVICE[,MODIFIER[=VALUE]]...`, such as `ntpd-4.2.7p273,loss=5%`.
//!
//! One word says everything, so that it fits into a ticket, a script and a table. Each modifier is declared once, in
//! [`modifiers`], with the function that reads it; the list for people comes from there too. What drops requests takes
//! effect in the order in which it is written.

use crate::behaviour::{
    Behaviour, Bucket, DnsService, Filter, MOST_AT_ONCE, NtpService, Ports, Service, Shared,
};
use std::str::FromStr;
use unanswered_ntp::{Kiss, Limit, Limiting, STRATUM_UNSYNCHRONISED, ServerProfile};
use unanswered_time::spans;
use unanswered_toml_text::suggestion;
use unanswered_wire::Span;

/// The stratum of a server that follows nobody: chrony's default for `local`, far enough down that a client with a real
/// server prefers that one.
const LOCAL_STRATUM: u8 = 10;

/// Why a text is no behaviour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotABehaviour {
    /// No service of this name.
    #[error("{0:?} is not known")]
    Service(String),
    /// No modifier of this name.
    #[error("no modifier {0:?}")]
    Modifier(String),
    /// The modifier cannot have this value.
    #[error("{modifier}={value:?} is not possible")]
    Value {
        /// Its name.
        modifier: &'static str,
        /// As written; empty if there was none.
        value: String,
        /// What it can be.
        expected: &'static str,
    },
    /// The modifier is about something that this service has not.
    #[error("{service:?} cannot have the modifier {modifier}")]
    NotFor {
        /// Its name.
        modifier: &'static str,
        /// The service.
        service: String,
        /// Which services can.
        only: &'static str,
    },
}

impl NotABehaviour {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let listed = |near: Option<String>| match near {
            Some(near) => format!("{near} --list shows all"),
            None => "--list shows all".to_owned(),
        };
        Some(match self {
            Self::Service(name) => listed(suggestion(name, services())),
            Self::Modifier(name) => listed(suggestion(name, modifiers().iter().map(|one| one.name))),
            Self::Value { expected, .. } => format!("expected {expected}"),
            Self::NotFor { only, .. } => format!("it is for {only}"),
        })
    }
}

/// A modifier: what people have to know of it.
#[derive(Debug)]
pub struct Modifier {
    /// Its name.
    pub name: &'static str,
    /// What stands behind `=`; empty for nothing, in brackets if it may be left out.
    pub value: &'static str,
    /// What it does.
    pub words: &'static str,
    read: fn(&mut Behaviour, &str) -> Result<(), Wrong>,
}

/// What is wrong with a modifier.
enum Wrong {
    /// Its value; what it can be.
    Value(&'static str),
    /// The service; which ones can have it.
    Service(&'static str),
}

/// The services; besides, any `ntpd-X.Y.ZpN`.
pub fn services() -> impl Iterator<Item = &'static str> {
    unanswered_ntp::names().chain(["dns", "echo"])
}

/// All modifiers.
#[must_use]
pub fn modifiers() -> &'static [Modifier] {
    MODIFIERS
}

macro_rules! modifier {
    ($name:literal $value:literal $words:literal $read:expr) => {
        Modifier { name: $name, value: $value, words: $words, read: $read }
    };
}

const MODIFIERS: &[Modifier] = &[
    modifier!("ports" "PORTS" "answers only these source ports: ranges, even, odd, joined by +" |to, value| {
        let ports: Option<Vec<Ports>> = value.split('+').map(ports).collect();
        to.filters.push(Filter::Ports(ports.ok_or(Wrong::Value("ports such as 123+1024-65535, even or odd"))?));
        Ok(())
    }),
    modifier!("request-size" "BYTES" "drops requests with a longer UDP payload" |to, value| {
        to.filters.push(Filter::RequestSize(number(value, 0, 65_535, BYTES)?));
        Ok(())
    }),
    modifier!("reply-size" "BYTES" "drops replies with a longer UDP payload" |to, value| {
        to.reply_size = Some(number(value, 0, 65_535, BYTES)?);
        Ok(())
    }),
    modifier!("loss" "SHARE" "drops this share of requests by chance" |to, value| {
        let share = share(value).ok_or(Wrong::Value("a share such as 5% or 0.05"))?;
        to.filters.push(Filter::Loss(share));
        Ok(())
    }),
    modifier!("bucket" "RATE/DEPTH" "a token bucket for all clients together: RATE requests a second, DEPTH at once"
        |to, value| bucket(to, value, Shared::All)),
    modifier!("client-bucket" "RATE/DEPTH" "the same for each client address" |to, value| {
        bucket(to, value, Shared::Client)
    }),
    modifier!("forgets" "TIME" "drops the first request of a flow after a longer pause, like an idle time-out"
    |to, value| {
        to.filters.push(Filter::Forgets(positive(value)?));
        Ok(())
    }),
    modifier!("dead-link" "LINKS" "drops the flows that a hash puts on one of so many links" |to, value| {
        to.filters.push(Filter::DeadLink(number(value, 1, 1024, "a number of links, 1 to 1024")?));
        Ok(())
    }),
    modifier!("takes" "TIME" "an answer takes this time" |to, value| {
        to.takes = positive(value)?;
        Ok(())
    }),
    modifier!("at-once" "NUMBER" "drops requests while so many are worked on (with \"takes\")" |to, value| {
        to.at_once = number(value, 1, MOST_AT_ONCE, "a number of requests, 1 to 1024")?;
        Ok(())
    }),
    modifier!("limit" "[AVERAGE/BURST]" "the program's own rate limit; AVERAGE is log2 of seconds [default: 3/8]"
        limit),
    modifier!("no-kod" "" "its rate limit sends no kiss-o'-death" |to, value| {
        none(value)?;
        let without = |limit: Limit| Limit { kod: false, ..limit };
        let service = ntp(to)?;
        service.limit = Some(without(service.limit.unwrap_or_default()));
        limits(service)
    }),
    modifier!("stratum" "NUMBER" "1 to 15 [default: 10]" |to, value| {
        ntp(to)?.stratum = number(value, 1, 15, "a stratum, 1 to 15")?;
        Ok(())
    }),
    modifier!("unsynchronised" "" "answers that it has no time: leap 3, stratum 16 (0 on the wire)" |to, value| {
        none(value)?;
        ntp(to)?.stratum = STRATUM_UNSYNCHRONISED;
        Ok(())
    }),
    modifier!("refuses" "[KISS]" "answers no: DENY or RSTR for NTP [default: DENY], REFUSED for DNS" refuses),
    modifier!("ignores-type" "TYPE" "never answers queries of this type: A, AAAA, ... or a number" |to, value| {
        let kind = query_type(value).ok_or(Wrong::Value("a query type such as AAAA, or its number"))?;
        dns(to)?.ignored_types.push(kind);
        Ok(())
    }),
    modifier!("ignores-edns" "" "drops queries with EDNS" |to, value| {
        none(value)?;
        dns(to)?.ignores_edns = true;
        Ok(())
    }),
];

const BYTES: &str = "a number of bytes, 0 to 65535";

impl FromStr for Behaviour {
    type Err = NotABehaviour;

    fn from_str(text: &str) -> Result<Self, NotABehaviour> {
        let mut parts = text.split(',');
        let name = parts.next().unwrap_or_default();
        let service = service(name).ok_or_else(|| NotABehaviour::Service(name.to_owned()))?;
        let (takes, at_once) = (Span::default(), MOST_AT_ONCE);
        let mut behaviour = Self { service, filters: Vec::new(), reply_size: None, takes, at_once };
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let known = MODIFIERS.iter().find(|known| known.name == key);
            let known = known.ok_or_else(|| NotABehaviour::Modifier(key.to_owned()))?;
            (known.read)(&mut behaviour, value).map_err(|wrong| match wrong {
                Wrong::Value(expected) => {
                    NotABehaviour::Value { modifier: known.name, value: value.to_owned(), expected }
                }
                Wrong::Service(only) => {
                    NotABehaviour::NotFor { modifier: known.name, service: name.to_owned(), only }
                }
            })?;
        }
        Ok(behaviour)
    }
}

fn service(name: &str) -> Option<Service> {
    match name {
        "dns" => Some(Service::Dns(DnsService::default())),
        "echo" => Some(Service::Echo),
        _ => {
            let profile = ServerProfile::by_name(name)?;
            Some(Service::Ntp(NtpService { profile, stratum: LOCAL_STRATUM, limit: None, refuses: None }))
        }
    }
}

fn ntp(behaviour: &mut Behaviour) -> Result<&mut NtpService, Wrong> {
    match &mut behaviour.service {
        Service::Ntp(service) => Ok(service),
        Service::Dns(_) | Service::Echo => Err(Wrong::Service("NTP")),
    }
}

fn dns(behaviour: &mut Behaviour) -> Result<&mut DnsService, Wrong> {
    match &mut behaviour.service {
        Service::Dns(service) => Ok(service),
        Service::Ntp(_) | Service::Echo => Err(Wrong::Service("dns")),
    }
}

fn limit(to: &mut Behaviour, value: &str) -> Result<(), Wrong> {
    const EXPECTED: &str = "log2 of the average interval in seconds and a burst, such as 3/8";
    let service = ntp(to)?;
    let mut limit = service.limit.unwrap_or_default();
    if !value.is_empty() {
        let (average, burst) = value.split_once('/').ok_or(Wrong::Value(EXPECTED))?;
        limit.average = number(average, 0, 17, EXPECTED)?;
        limit.burst = number(burst, 1, u8::MAX, EXPECTED)?;
    }
    service.limit = Some(limit);
    limits(service)
}

/// Whether the program has a rate limit.
fn limits(service: &NtpService) -> Result<(), Wrong> {
    match service.profile.limiting {
        Limiting::Headway | Limiting::Tokens => Ok(()),
        Limiting::Never => Err(Wrong::Service("programs that have a rate limit: ntpd, ntpsec, chrony")),
    }
}

fn refuses(to: &mut Behaviour, value: &str) -> Result<(), Wrong> {
    match &mut to.service {
        Service::Ntp(service) => {
            let kisses = [("", Kiss::Deny), ("DENY", Kiss::Deny), ("RSTR", Kiss::Restrict)];
            let kiss = kisses.into_iter().find(|(name, _)| value.eq_ignore_ascii_case(name));
            service.refuses = Some(kiss.ok_or(Wrong::Value("DENY or RSTR"))?.1);
            Ok(())
        }
        Service::Dns(service) => {
            none(value)?;
            service.refuses = true;
            Ok(())
        }
        Service::Echo => Err(Wrong::Service("NTP and dns")),
    }
}

fn bucket(to: &mut Behaviour, value: &str, shared: Shared) -> Result<(), Wrong> {
    const EXPECTED: &str = "requests a second and how many at once, such as 5/10";
    let (rate, depth) = value.split_once('/').ok_or(Wrong::Value(EXPECTED))?;
    let rate = rate.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate >= 0.0);
    let rate = rate.ok_or(Wrong::Value(EXPECTED))?;
    to.filters.push(Filter::Bucket(Bucket { rate, depth: number(depth, 1, u32::MAX, EXPECTED)?, shared }));
    Ok(())
}

fn ports(text: &str) -> Option<Ports> {
    match text {
        "even" => Some(Ports::Even),
        "odd" => Some(Ports::Odd),
        _ => {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
            (first <= last).then_some(Ports::Range(first..=last))
        }
    }
}

/// `5%` or `0.05`.
fn share(text: &str) -> Option<f64> {
    let share = match text.strip_suffix('%') {
        Some(hundredths) => hundredths.trim_end().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    (0.0..=1.0).contains(&share).then_some(share)
}

fn query_type(text: &str) -> Option<u16> {
    // RFC 1035 section 3.2.2, RFC 3596, RFC 2782, RFC 9460.
    let names = [
        ("A", 1),
        ("NS", 2),
        ("CNAME", 5),
        ("SOA", 6),
        ("PTR", 12),
        ("MX", 15),
        ("TXT", 16),
        ("AAAA", 28),
        ("SRV", 33),
        ("HTTPS", 65),
    ];
    let known = names.into_iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
    known.map(|(_, number)| number).or_else(|| text.parse().ok())
}

fn positive(text: &str) -> Result<Span, Wrong> {
    let long = spans::read(text).ok().filter(|span| *span > Span::default() && *span <= LONGEST);
    long.ok_or(Wrong::Value("a time with its unit, such as 20s or 250ms, up to an hour"))
}

/// The longest time of a modifier: longer than any mapping or answer lasts. Judgement.
const LONGEST: Span = Span::from_seconds(3600);

fn number<T: FromStr + PartialOrd>(
    text: &str,
    least: T,
    most: T,
    expected: &'static str,
) -> Result<T, Wrong> {
    let parsed = text.parse().ok().filter(|number| (least..=most).contains(number));
    parsed.ok_or(Wrong::Value(expected))
}

fn none(value: &str) -> Result<(), Wrong> {
    if value.is_empty() { Ok(()) } else { Err(Wrong::Value("no value")) }
}

#[cfg(test)]
mod tests;
