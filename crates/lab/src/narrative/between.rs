//! What happened between two chapters, briefly.

use super::layout::{Page, grouped, moment};
use crate::record::{Happened, RunRecord};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use unanswered_scenario::model::{HostId, Scenario};
use unanswered_wire::{Span, Time};
use unanswered_world::observer::Happening;

/// Reports what happened from the index `from` on up to and including a time; returns the next index.
///
/// What recurs (alarms, say) is reported once, with how often; hosts that went down together
/// share one line.
pub(super) fn told(
    page: &mut Page,
    scenario: &Scenario,
    record: &RunRecord,
    from: usize,
    until: Time,
) -> usize {
    let rest = record.happenings.get(from..).unwrap_or_default();
    let count = rest.iter().take_while(|happened| happened.time <= until).count();
    let happenings = &rest[..count];
    let mut entries: Vec<Deed> = Vec::new();
    for Happened { time, what } in happenings {
        if let Happening::Raised { rule, host, server, silent_for } = what {
            let words = format!(
                "ALARM \"{}\": {} has had no answer from {} for more than {:.0} s",
                scenario.alarms[*rule].name,
                scenario.host(*host).name,
                server_name(scenario, *server),
                silent_for.seconds().floor(),
            );
            entries.push(Deed {
                time: *time,
                subjects: Vec::new(),
                does: [words, String::new()],
                often: "raised ",
            });
        } else if let Some((subject, does)) = deed(scenario, what) {
            add(&mut entries, together(scenario), *time, subject, does);
        }
    }
    if !entries.is_empty() {
        page.line("");
    }
    let mut times: BTreeMap<String, u64> = BTreeMap::new();
    for entry in &entries {
        *times.entry(entry.words()).or_default() += 1;
    }
    for entry in &entries {
        let words = entry.words();
        // What recurs is reported only at its first time.
        match times.get(&words).copied() {
            None => {}
            Some(often) if often > entry.told_apart() => {
                times.remove(&words);
                let often = format!("; {}{} times until the next chapter", entry.often, grouped(often));
                page.entry(&moment(scenario, entry.time), &(words + &often));
            }
            Some(_) => page.entry(&moment(scenario, entry.time), &words),
        }
    }
    from + count
}

/// Something that a host or a place did; several that do the same at about the same time share a line.
struct Deed {
    time: Time,
    subjects: Vec<String>,
    /// What one does, and what several do.
    does: [String; 2],
    /// The word before "n times".
    often: &'static str,
}

/// How far apart events that share a line may be: an hour, less if the whole run is short.
fn together(scenario: &Scenario) -> Span {
    Span::from_nanoseconds((scenario.duration.nanoseconds() / 500).min(3_600_000_000_000))
}

impl Deed {
    /// How often it may occur and still be reported each time.
    fn told_apart(&self) -> u64 {
        if self.often.is_empty() { 3 } else { 1 }
    }

    fn words(&self) -> String {
        let [one, several] = &self.does;
        match self.subjects.as_slice() {
            [] => one.clone(),
            [subject] => format!("{subject} {one}"),
            subjects => format!("{} {several}", subjects.join(", ")),
        }
    }
}

fn add(entries: &mut Vec<Deed>, within: Span, time: Time, subject: Option<String>, does: [String; 2]) {
    if let Some(subject) = &subject {
        let mut near = entries.iter_mut().rev().take(4);
        let same = near.find(|known| {
            known.does == does && time - known.time <= within && !known.subjects.contains(subject)
        });
        if let Some(known) = same {
            known.subjects.push(subject.clone());
            return;
        }
    }
    entries.push(Deed { time, subjects: subject.into_iter().collect(), does, often: "" });
}

/// Who did what; without a subject where it happened to the site.
fn deed(scenario: &Scenario, what: &Happening) -> Option<(Option<String>, [String; 2])> {
    let host = |id: &HostId| Some(scenario.host(*id).name.clone());
    let both = |words: String| [words.clone(), words];
    let says = |one: &str, several: &str| [one.to_owned(), several.to_owned()];
    Some(match what {
        Happening::Event(index) => {
            (None, both(format!("* {}", scenario.timeline[*index].name.replace('-', " "))))
        }
        Happening::Down(id) => (host(id), says("goes down", "go down")),
        Happening::Upgraded { host: id, service, profile } => {
            (host(id), both(format!("now has {service} as {profile}")))
        }
        Happening::Stopped { host: id, service } => {
            (host(id), says(&format!("stops {service}"), &format!("stop {service}")))
        }
        Happening::Started { host: id, service } => {
            (host(id), says(&format!("starts {service}"), &format!("start {service}")))
        }
        Happening::CaptureStarts(index) if scenario.vantages[*index].start.is_some() => {
            (Some(scenario.vantages[*index].name.clone()), says("begins to capture", "begin to capture"))
        }
        // The first boot is the beginning of the run, a later one follows a shutdown.
        Happening::Up(_)
        | Happening::CaptureStarts(_)
        | Happening::CaptureEnds(_)
        | Happening::Chapter { .. }
        | Happening::Raised { .. }
        | Happening::Cleared { .. } => return None,
    })
}

/// The host that has an address, with the address; or only the address.
pub(super) fn server_name(scenario: &Scenario, address: Ipv4Addr) -> String {
    let owner = scenario.hosts.iter().find(|host| host.interfaces.iter().any(|i| i.address == address));
    owner.map_or_else(|| address.to_string(), |host| format!("{} ({address})", host.name))
}
