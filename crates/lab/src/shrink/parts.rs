//! The parts of a scenario file that can be removed.

use unanswered_scenario::Document;
use unanswered_toml_text::{Node, TomlTable};

/// Something that a file can do without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// An event, by its name.
    Event(String),
    /// A group of hosts.
    Group(String),
    /// A host, by its full name.
    Host(String),
    /// An item of a list of tables: the list, its number, and its name.
    Item(&'static str, usize, String),
    /// What is at a path: a service, a network.
    Path(String),
}

impl Part {
    /// Its name in the list of what was removed.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Event(name) => format!("event {name}"),
            Self::Group(name) => format!("group {name}"),
            Self::Host(name) => format!("host {name}"),
            Self::Item(list, _, name) => format!("{list} {name}"),
            Self::Path(path) => path.clone(),
        }
    }
}

/// The file without some parts; `None` when one of them is not there.
pub(super) fn without(document: &Document, gone: &[&Part]) -> Option<Document> {
    let mut smaller = document.clone();
    // Backwards, so that the numbers of list items do not change.
    for part in gone.iter().rev() {
        let result = match part {
            Part::Event(name) => smaller.remove_event(name),
            Part::Group(name) => smaller.remove_group(name),
            Part::Host(name) => smaller.remove_host(name),
            Part::Item(list, number, _) => smaller.remove(&format!("{list}.{number}")),
            Part::Path(path) => smaller.remove(path),
        };
        result.ok()?;
    }
    for list in ["event", "alarm", "chapter", "vantage", "expect", "variant"] {
        if smaller.root().get(list).and_then(Node::as_list).is_some_and(<[Node]>::is_empty) {
            smaller.remove(list).ok()?;
        }
    }
    Some(smaller)
}

pub(super) fn events(document: &Document) -> Vec<Part> {
    document.event_names().into_iter().map(Part::Event).collect()
}

pub(super) fn groups(document: &Document) -> Vec<Part> {
    document.group_names().into_iter().map(Part::Group).collect()
}

pub(super) fn hosts(document: &Document) -> Vec<Part> {
    document.host_names().into_iter().map(Part::Host).collect()
}

/// The items of a list of tables; those without a name are named by their number from 1.
pub(super) fn items(document: &Document, list: &'static str) -> Vec<Part> {
    let items = document.root().get(list).and_then(Node::as_list).unwrap_or_default();
    let name = |index: usize, item: &Node| {
        let name = item.as_table().and_then(|table| table.get("name")).and_then(Node::as_text);
        name.map_or_else(|| (index + 1).to_string(), str::to_owned)
    };
    let parts = items.iter().enumerate();
    parts.map(|(index, item)| Part::Item(list, index, name(index, item))).collect()
}

/// What hosts have besides network and services and may not need: what they run on, firewalls.
pub(super) fn settings(document: &Document) -> Vec<Part> {
    let mut parts = Vec::new();
    for path in tables(document, "host") {
        let host = at(document.root(), &path).and_then(Node::as_table);
        let has = |key: &&str| host.is_some_and(|host| host.get(key).is_some());
        let keys = ["on", "firewall"].into_iter().filter(has);
        parts.extend(keys.map(|key| Part::Path(format!("{}.{key}", joined(&path)))));
    }
    parts
}

/// The services of hosts, alone and in templates; only of hosts with several, since one without any
/// would have been removed as a host.
pub(super) fn services(document: &Document) -> Vec<Part> {
    let mut parts = Vec::new();
    for path in tables(document, "host") {
        let host = at(document.root(), &path).and_then(Node::as_table);
        let names = names_in(host.and_then(|host| host.get("service")));
        if names.len() > 1 {
            let path = joined(&path);
            parts.extend(names.iter().map(|name| Part::Path(format!("{path}.service.{}", quoted(name)))));
        }
    }
    parts
}

/// The networks, alone and in templates.
pub(super) fn networks(document: &Document) -> Vec<Part> {
    tables(document, "network").iter().map(|path| Part::Path(joined(path))).collect()
}

/// The file with one vantage point that captures from the beginning to the end: the first where a
/// host translates, else the first. `None` when there is none, or nothing to change.
pub(super) fn one_vantage(document: &Document) -> Option<Document> {
    let scenario = document.scenario().ok()?;
    let items = document.root().get("vantage").and_then(Node::as_list)?;
    let translates = |item: &Node| {
        let at = item.as_table().and_then(|table| table.get("at")).and_then(Node::as_text);
        at.and_then(|at| at.split_once(':')).is_some_and(|(host, _)| {
            let ending = host.trim_start_matches('*');
            let hosts = scenario.hosts.iter().filter(|model| model.name.ends_with(ending));
            hosts.into_iter().any(|model| !model.nat.is_empty())
        })
    };
    let chosen = items.iter().position(translates).unwrap_or(0);
    let mut smaller = document.clone();
    for index in (0..items.len()).rev().filter(|index| *index != chosen) {
        smaller.remove(&format!("vantage.{index}")).ok()?;
    }
    let mut changed = items.len() > 1;
    for key in ["start", "lasts", "affected_only"] {
        changed |= smaller.remove(&format!("vantage.0.{key}")).is_ok();
    }
    changed.then_some(smaller)
}

/// Paths of all tables of a kind, alone and in templates.
pub(super) fn tables(document: &Document, kind: &str) -> Vec<Vec<String>> {
    let root = document.root();
    let path = |prefix: &[&str], name: &str| -> Vec<String> {
        prefix.iter().copied().chain([name]).map(str::to_owned).collect()
    };
    let mut paths: Vec<Vec<String>> =
        names_in(root.get(kind)).into_iter().map(|name| path(&[kind], name)).collect();
    for template in names_in(root.get("template")) {
        let prefix = ["template", template, kind];
        let inner = at(root, &prefix);
        paths.extend(names_in(inner).into_iter().map(|name| path(&prefix, name)));
    }
    paths
}

/// The names in a table of named things, in alphabetical order.
pub(super) fn names_in(named: Option<&Node>) -> Vec<&str> {
    let entries = named.and_then(Node::as_table).map(|table| table.entries.as_slice()).unwrap_or_default();
    let mut names: Vec<&str> = entries.iter().map(|(key, _)| key.name.as_str()).collect();
    names.sort_unstable();
    names
}

/// What is at a path.
pub(super) fn at<'t>(root: &'t TomlTable, path: &[impl AsRef<str>]) -> Option<&'t Node> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(root.get(first.as_ref())?, |node, key| node.as_table()?.get(key.as_ref()))
}

/// A path as the document reads it.
pub(super) fn joined(path: &[String]) -> String {
    path.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(".")
}

/// A part of a path as the document reads it.
pub(super) fn quoted(part: &str) -> String {
    if part.contains('.') { format!("\"{part}\"") } else { part.to_owned() }
}
