//! The parts of a scenario file that can be taken away.

use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};
use unanswered_scenario::Document;

/// Something that a file can do without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// An event, by its name.
    Event(String),
    /// A group of hosts.
    Group(String),
    /// A host, by its full name.
    Host(String),
    /// An item of a list of tables: the list, its number, and what it is called.
    Item(&'static str, usize, String),
    /// What stands at a path: a service, a network.
    Path(String),
}

impl Part {
    /// What it is called in the list of what was taken away.
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
    // Backwards, so that the numbers of list items stay what they are.
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
        if table(&smaller).get(list).and_then(Value::as_array).is_some_and(Vec::is_empty) {
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

/// The items of a list of tables; those without a name are called by their number from 1.
pub(super) fn items(document: &Document, list: &'static str) -> Vec<Part> {
    let root = table(document);
    let items = root.get(list).and_then(Value::as_array).into_iter().flatten().enumerate();
    let name = |index: usize, item: &Value| {
        let name = item.get("name").and_then(Value::as_str);
        name.map_or_else(|| (index + 1).to_string(), str::to_owned)
    };
    items.map(|(index, item)| Part::Item(list, index, name(index, item))).collect()
}

/// What hosts have beside their network and services and may not need: what they live on, firewalls.
pub(super) fn settings(document: &Document) -> Vec<Part> {
    let root = table(document);
    let mut parts = Vec::new();
    for path in tables(document, "host") {
        let has = |key: &&str| at(&root, &path).is_some_and(|host| host.get(*key).is_some());
        let keys = ["on", "firewall"].into_iter().filter(has);
        parts.extend(keys.map(|key| Part::Path(format!("{}.{key}", joined(&path)))));
    }
    parts
}

/// The services of hosts, alone and in templates; only of hosts that have several, for one without any
/// would have gone as a host.
pub(super) fn services(document: &Document) -> Vec<Part> {
    let mut parts = Vec::new();
    let root = table(document);
    for path in tables(document, "host") {
        let services = at(&root, &path).and_then(|host| host.get("service")).and_then(Value::as_object);
        let several = services.filter(|services| services.len() > 1);
        let names = several.into_iter().flat_map(Map::keys);
        parts.extend(names.map(|name| Part::Path(format!("{}.service.{}", joined(&path), quoted(name)))));
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
    let list = table(document);
    let items = list.get("vantage").and_then(Value::as_array)?;
    let translates = |item: &Value| {
        let named = item.get("at").and_then(Value::as_str).and_then(|at| at.split_once(':'));
        named.is_some_and(|(host, _)| {
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
    let root = table(document);
    let mut paths: Vec<Vec<String>> =
        named(root.get(kind)).map(|name| vec![kind.to_owned(), name.clone()]).collect();
    for template in named(root.get("template")) {
        let prefix = ["template".to_owned(), template.clone(), kind.to_owned()];
        let inner = at(&root, &prefix);
        paths.extend(named(inner).map(|name| [&prefix[..], std::slice::from_ref(name)].concat()));
    }
    paths
}

fn named(value: Option<&Value>) -> impl Iterator<Item = &String> {
    value.and_then(Value::as_object).into_iter().flat_map(Map::keys)
}

/// What stands at a path.
pub(super) fn at<'t>(root: &'t Table, path: &[String]) -> Option<&'t Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(root.get(first)?, |value, key| value.get(key))
}

/// The file as plain values: text, whole numbers, lists and tables; anything else is null here.
pub(super) fn table(document: &Document) -> Table {
    let text = document.to_toml();
    let root = DeTable::parse(&text);
    root.map_or_else(|_| Table::new(), |root| plain_table(root.get_ref()))
}

/// Names and what they stand for.
pub(super) type Table = Map<String, Value>;

fn plain_table(table: &DeTable<'_>) -> Table {
    table.iter().map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref()))).collect()
}

fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(integer) => Value::from(i64::from_str_radix(integer.as_str(), integer.radix()).ok()),
        DeValue::Array(items) => items.iter().map(|item| plain(item.get_ref())).collect(),
        DeValue::Table(table) => Value::Object(plain_table(table)),
        DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => Value::Null,
    }
}

/// A path as the document reads it.
pub(super) fn joined(path: &[String]) -> String {
    path.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(".")
}

/// A part of a path as the document reads it.
pub(super) fn quoted(part: &str) -> String {
    if part.contains('.') { format!("\"{part}\"") } else { part.to_owned() }
}
