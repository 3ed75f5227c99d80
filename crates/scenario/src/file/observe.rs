//! Vantage points, alarms, chapters, expectations.

use super::timeline::{AwaitedName, trigger};
use crate::diagnosis_names::DiagnosisNames;
use crate::expand::named_well;
use crate::model::{AlarmRule, Chapter, Expectation, HostId, Show, Trigger, Vantage};
use crate::placed_site::{PlacedSite, glob, is_glob};
use crate::sections::{ALARM, CHAPTER, EXPECT, START, VANTAGE};
use crate::toml_values::{Fields, Placeholders, fill_text};
use crate::units::{flag, length, one_of, text};
use std::collections::BTreeSet;
use unanswered_table::Step;
use unanswered_toml_text::{Node, TomlTable, advised, unknown};
use unanswered_wire::Span;

const STEPS: &[&str] = &[
    Step::PostRequest.name(),
    Step::DeliverRequest.name(),
    Step::ValidateRequest.name(),
    Step::UpdateServerState.name(),
    Step::PostReply.name(),
    Step::DeliverReply.name(),
    Step::ValidateReply.name(),
    Step::UpdateClientState.name(),
];
const SHOWN: [&str; 6] = ["billboard", "nat", "alarms", "counts", "packets", "explain"];

/// The vantage points: one for each interface that matches.
pub(crate) fn vantages(
    site: &PlacedSite<'_>,
    root: &Fields<'_>,
    waiting: &mut Vec<AwaitedName>,
) -> Vec<Vantage> {
    let mut vantages: Vec<Vantage> = Vec::new();
    let mut names = BTreeSet::new();
    for table in root.tables("vantage", &VANTAGE) {
        let Some(at) = table.required("at", text) else { continue };
        let usual = "{host}-{interface}".to_owned();
        let pattern = table.read("name", text).unwrap_or(usual);
        let start = start(&table, &pattern, waiting);
        for (interface, placed, of) in site.interfaces(&at, table.place("at")) {
            let values = Placeholders::from([
                ("host".to_owned(), placed.draft.name.clone()),
                ("group".to_owned(), placed.draft.group.clone()),
                ("interface".to_owned(), of.name.clone()),
            ]);
            let name = match fill_text(&pattern, &values) {
                Ok(name) => name,
                Err(said) => {
                    table.problem("name", said);
                    break;
                }
            };
            if !named_well(site.sink, table.place("name"), &name) {
                break;
            }
            if !names.insert(name.clone()) {
                let message = format!("two vantage points are called {name}");
                table.problem("name", advised(message, "put {host} or {interface} in the name"));
                break;
            }
            vantages.push(Vantage {
                name,
                interface,
                start: start.clone(),
                affected_only: table.read("affected_only", flag).unwrap_or(false),
                lasts: table.read("lasts", length),
                about: table.read("about", text).unwrap_or_default(),
            });
        }
    }
    vantages
}

fn start(table: &Fields<'_>, who: &str, waiting: &mut Vec<AwaitedName>) -> Option<Trigger> {
    let node = table.get("start")?;
    if node.as_table().is_none() {
        return table.read("start", length).map(Trigger::At);
    }
    let fields = Fields::of(table.sink, node, &START)?;
    let found = trigger(&fields, who, waiting);
    if found.is_none() && node.as_table().is_some_and(TomlTable::is_empty) {
        let hint = "write \"5d\" or { after = { alarm_raised = \"...\" } }";
        table.problem("start", advised("start says nothing", hint));
    }
    found
}

/// The alarms.
pub(crate) fn alarms(site: &PlacedSite<'_>, root: &Fields<'_>) -> Vec<AlarmRule> {
    let mut names = BTreeSet::new();
    let tables = root.tables("alarm", &ALARM);
    let alarms = tables.iter().filter_map(|table| {
        let name = table.required("name", text)?;
        if !names.insert(name.clone()) {
            let message = format!("two alarms are called {name}");
            table.problem("name", advised(message, "each needs a name of its own"));
        }
        let Some(hosts) = table.get("hosts") else {
            table.missing("hosts");
            return None;
        };
        // As long as a real product's alarm waits (scenarios/story.toml).
        let threshold = table.read("threshold", length).unwrap_or(Span::from_seconds(1800));
        Some(AlarmRule { name, hosts: site.hosts("", hosts), threshold })
    });
    alarms.collect()
}

/// The chapters.
pub(crate) fn chapters(
    site: &PlacedSite<'_>,
    root: &Fields<'_>,
    waiting: &mut Vec<AwaitedName>,
) -> Vec<Chapter> {
    let tables = root.tables("chapter", &CHAPTER);
    let chapters = tables.iter().filter_map(|table| {
        let name = table.required("name", text)?;
        if !named_well(site.sink, table.place("name"), &name) {
            return None;
        }
        let when = trigger(table, &name, waiting);
        if when.is_none() && !["at", "every", "random", "after"].iter().any(|key| table.has(key)) {
            let message = format!("the chapter {name} never comes");
            site.sink.problem(table.start, advised(message, "add at or after"));
        }
        let show = table.list("show", |node| show(site, node)).unwrap_or_default();
        Some(Chapter {
            when: when?,
            title: table.read("title", text).unwrap_or_else(|| name.clone()),
            text: table.read("text", text).unwrap_or_default(),
            show,
            name,
        })
    });
    chapters.collect()
}

fn show(site: &PlacedSite<'_>, node: &Node) -> Result<Show, String> {
    let text = node.as_text().unwrap_or_default();
    let (what, hosts) = text.split_once(':').unwrap_or((text, ""));
    let hosts = || -> Vec<HostId> {
        let patterns = hosts.split(',').map(str::trim).filter(|pattern| !pattern.is_empty());
        patterns.flat_map(|pattern| site.matching("", pattern, node.start)).collect()
    };
    match what {
        "billboard" => Ok(Show::Billboard(hosts())),
        "nat" => Ok(Show::Nat(hosts())),
        "alarms" => Ok(Show::Alarms),
        "counts" => Ok(Show::Counts),
        "packets" => Ok(Show::Packets),
        "explain" => Ok(Show::Explain),
        _ => Err(format!("write one of {}; billboard:HOST and nat:HOST name hosts", SHOWN.join(", "))),
    }
}

/// What `explain` should answer.
pub(crate) fn expectations(
    root: &Fields<'_>,
    vantages: &[Vantage],
    names: DiagnosisNames,
) -> Vec<Expectation> {
    let tables = root.tables("expect", &EXPECT);
    let verdict = |node: &Node| match names.verdicts {
        [] => text(node),
        known => one_of(known)(node).map(str::to_owned),
    };
    let read = |table: &Fields<'_>| Expectation {
        vantages: places(table, vantages),
        verdicts: table.list("verdicts", verdict).unwrap_or_else(|| vec!["findings".to_owned()]),
        fault: table.read("fault", |node| known_fault(node, names)),
        features: table.list("features", text).unwrap_or_default(),
        step: table.read("step", one_of(STEPS)).map(str::to_owned),
        not_yet: table.read("not_yet", text),
    };
    tables.iter().map(read).collect()
}

/// Names of vantage points, globs allowed.
fn places(table: &Fields<'_>, vantages: &[Vantage]) -> Vec<String> {
    let Some(patterns) = table.list("vantages", text) else { return Vec::new() };
    let complete = table.sink.is_empty();
    let mut found = Vec::new();
    for pattern in patterns {
        let fits = |name: &str| if is_glob(&pattern) { glob(&pattern, name) } else { name == pattern };
        let names: Vec<&str> = vantages.iter().map(|vantage| vantage.name.as_str()).collect();
        let before = found.len();
        found.extend(names.iter().filter(|name| fits(name)).map(|name| (*name).to_owned()));
        if found.len() == before && complete {
            table.problem("vantages", unknown(format!("no vantage point {pattern}"), &pattern, names));
        }
    }
    found
}

fn known_fault(node: &Node, names: DiagnosisNames) -> Result<String, String> {
    let id = text(node)?;
    let ids = (names.faults)();
    if ids.is_empty() || ids.contains(&id) {
        return Ok(id);
    }
    Err(unknown("the catalogue has no such entry", &id, ids.iter().map(String::as_str)).to_string())
}
