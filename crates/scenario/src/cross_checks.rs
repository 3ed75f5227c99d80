//! What is wrong between sections: duplicate names, cycles, waits that never end.

use super::expand::Draft;
use super::file::AwaitedName;
use super::model::{AlarmRule, Host, NetworkId, TriggerCause};
use super::placed_site::PlacedSite;
use super::toml_values::Fields;
use std::collections::{BTreeMap, BTreeSet};
use unanswered_toml_text::{Node, NodeKind, ProblemSink, TomlTable, advised, unknown};

/// More nested tunnels leave no room for packets, and nobody builds them.
const TUNNELS_MAX: usize = 3;

/// Two hosts with the same name.
pub(super) fn names(sink: &ProblemSink, hosts: &[Draft]) {
    let mut seen: BTreeMap<&str, &Draft> = BTreeMap::new();
    for draft in hosts {
        if let Some(other) = seen.insert(&draft.name, draft) {
            let whose = |d: &Draft| {
                if d.group.is_empty() { "standing alone".to_owned() } else { format!("of group {}", d.group) }
            };
            let message =
                format!("a host {} is there already ({} and {})", draft.name, whose(other), whose(draft));
            sink.problem(draft.start, advised(message, "choose another name"));
        }
    }
}

/// Waits for names that nobody has, and for each other.
pub(super) fn waiting(root: &Fields<'_>, alarms: &[AlarmRule], waiting: &[AwaitedName]) {
    let named = |key: &str| -> Vec<(String, usize)> {
        let items = root.get(key).map(Node::items).unwrap_or_default();
        let names = items.iter().filter_map(|item| item.as_table()?.get("name"));
        names.filter_map(|name| Some((name.as_text()?.trim().to_owned(), name.start))).collect()
    };
    let mut names = BTreeSet::new();
    for (name, start) in named("event").into_iter().chain(named("chapter")) {
        if !names.insert(name.clone()) {
            let message = format!("an event or chapter {name} is there already");
            root.sink.problem(start, advised(message, "choose another name"));
        }
    }
    let alarm_names: BTreeSet<&str> = alarms.iter().map(|alarm| alarm.name.as_str()).collect();
    for wait in waiting {
        let (what, name, known): (&str, &str, BTreeSet<&str>) = match &wait.cause {
            TriggerCause::Event(name) => {
                ("event or chapter", name, names.iter().map(String::as_str).collect())
            }
            TriggerCause::AlarmRaised(name) | TriggerCause::AlarmCleared(name) => {
                ("alarm", name, alarm_names.clone())
            }
        };
        if !known.contains(name) {
            root.sink.problem(wait.start, unknown(format!("no {what} {name}"), name, known));
        }
    }
    let next: BTreeMap<&str, (&str, usize)> = waiting
        .iter()
        .filter_map(|wait| match &wait.cause {
            TriggerCause::Event(name) => Some((wait.who.as_str(), (name.as_str(), wait.start))),
            TriggerCause::AlarmRaised(_) | TriggerCause::AlarmCleared(_) => None,
        })
        .collect();
    for (who, (_, start)) in next.iter().filter(|(who, _)| names.contains(**who)) {
        let path: Vec<&str> = std::iter::successors(Some(*who), |at| next.get(at).map(|(to, _)| *to))
            .take(next.len() + 1)
            .collect();
        if let Some(back) = path.iter().skip(1).position(|at| at == who) {
            let circle = path.get(..back + 2).unwrap_or(&path).join(" waits for ");
            root.sink.problem(*start, advised(circle, "one of them needs a time of its own"));
        }
    }
}

/// Hosts that run on each other in a cycle.
pub(super) fn nesting(site: &PlacedSite<'_>, hosts: &[Host]) {
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Walk {
        New,
        OnTheWay,
        Done,
    }
    let kept: Vec<_> = site.hosts.iter().filter(|placed| placed.id.is_some()).collect();
    let mut state = vec![Walk::New; hosts.len()];
    for first in 0..hosts.len() {
        let mut path = Vec::new();
        let mut at = Some(first);
        while let Some(index) = at
            && let Some(walk) = state.get_mut(index)
        {
            if *walk == Walk::OnTheWay
                && let Some(placed) = kept.get(index)
            {
                let start = placed.draft.table.get("on").map_or(placed.draft.start, |node| node.start);
                let message = format!("{} runs on itself, perhaps through other hosts", placed.draft.name);
                site.sink.problem(start, advised(message, "break the circle"));
            }
            if *walk != Walk::New {
                break;
            }
            *walk = Walk::OnTheWay;
            path.push(index);
            at = hosts.get(index).and_then(|host| host.on).map(|on| on.0 as usize);
        }
        for index in path {
            if let Some(walk) = state.get_mut(index) {
                *walk = Walk::Done;
            }
        }
    }
}

/// Tunnels over themselves, or nested too deeply.
pub(super) fn tunnels(site: &PlacedSite<'_>, drafts: &[Draft]) {
    for (id, draft) in (0..).map(NetworkId).zip(drafts) {
        let over = |id: &NetworkId| site.networks.get(id.0 as usize)?.tunnel.map(|tunnel| tunnel.over);
        let below: Vec<NetworkId> = std::iter::successors(over(&id), over).take(TUNNELS_MAX + 1).collect();
        let start = draft.table.get("tunnel").map_or(draft.start, |node| node.start);
        if below.contains(&id) {
            let message = format!("the tunnel of {} runs over itself", draft.name);
            site.sink.problem(start, advised(message, "break the circle"));
        } else if below.len() > TUNNELS_MAX {
            let message = format!("{} lies more than {TUNNELS_MAX} tunnels deep", draft.name);
            site.sink.problem(start, advised(message, "take some out"));
        }
    }
}

/// Hosts and vantage points of the affected group, where no host can be affected.
pub(super) fn affected(root: &Fields<'_>) {
    let waits = |table: &TomlTable| table.get("after").is_some();
    for item in root.get("event").map(Node::items).unwrap_or_default() {
        let Some(event) = item.as_table() else { continue };
        let actions = event.entries.iter().filter_map(|(_, node)| node.as_table()?.get("pick"));
        for pick in actions.filter(|_| !waits(event)) {
            if matches!(pick.as_text(), Some("affected" | "unaffected")) {
                let hint = "let the event wait by after, or pick otherwise";
                root.sink.problem(pick.start, advised("a time affects no host", hint));
            }
        }
    }
    for item in root.get("vantage").map(Node::items).unwrap_or_default() {
        let Some(vantage) = item.as_table() else { continue };
        let start = vantage.get("start").and_then(Node::as_table).is_some_and(waits);
        if let Some(only) = vantage.get("affected_only").filter(|only| only.kind == NodeKind::Bool(true))
            && !start
        {
            let message = "affected_only without start = { after = ... }";
            root.sink.problem(only.start, advised(message, "say what it waits for"));
        }
    }
}
