//! What is left is written in fewer words: hosts and groups that are left out are not made in the
//! first place, and counts are as large as needed. The same hosts are there before and after.

use super::parts::{Table, at, joined, quoted, table, tables};
use serde_json::Value as Plain;
use std::collections::BTreeSet;
use unanswered_scenario::{Document, Value};

/// Largest count for which every smaller range is tried.
const COUNT_MAX: i64 = 64;

/// A shorter file, and what it lacks in words.
type Shorter = (Document, String);

/// Files with one thing written more briefly that make the same hosts; whether they are sound and
/// show the fault remains to be seen.
pub(super) fn rewritten(document: &Document) -> Vec<Shorter> {
    let root = table(document);
    let hosts = document.host_names();
    let mut all: Vec<Shorter> = unused(document, &root, &hosts).into_iter().collect();
    all.extend(left_out(document, &root, &hosts));
    all.extend(names(document, &root, &hosts));
    all.extend(counts(document, &root, &hosts));
    all
}

/// Without templates and groups, when no host comes from one.
fn unused(document: &Document, root: &Table, hosts: &BTreeSet<String>) -> Option<Shorter> {
    let any = root.contains_key("group") || root.contains_key("template");
    if !any || !document.group_names().is_empty() {
        return None;
    }
    let mut smaller = document.clone();
    for kind in ["group", "template"].iter().filter(|kind| root.contains_key(**kind)) {
        smaller.remove(kind).ok()?;
    }
    again_without(smaller, hosts).map(|smaller| (smaller, "templates and groups without hosts".to_owned()))
}

/// Without the table of a host that is left out, and without its name in lists.
fn left_out(document: &Document, root: &Table, hosts: &BTreeSet<String>) -> Vec<Shorter> {
    let made: Vec<String> = root
        .get("host")
        .and_then(Plain::as_object)
        .into_iter()
        .flat_map(serde_json::Map::keys)
        .cloned()
        .collect();
    let gone = made.into_iter().filter(|name| !hosts.contains(name));
    gone.filter_map(|name| {
        let mut smaller = document.clone();
        smaller.remove(&format!("host.{}", quoted(&name))).ok()?;
        for (path, rest) in lists_with(root, &name) {
            let rest = Value::List(rest.iter().map(|item| Value::from(item.as_str())).collect());
            // It may have stood in the table that is gone.
            let _ = smaller.set(&path, rest);
        }
        again_without(smaller, hosts).map(|smaller| (smaller, format!("[host.{name}], which is left out")))
    })
    .collect()
}

/// Paths of lists of text that have an item, and the lists without it.
fn lists_with(table: &Table, item: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for (key, value) in table.iter().filter(|(key, _)| *key != "without") {
        match value {
            Plain::Object(inner) => {
                let below = lists_with(inner, item).into_iter();
                found.extend(below.map(|(path, rest)| (format!("{}.{path}", quoted(key)), rest)));
            }
            Plain::Array(items) if items.iter().any(|other| other.as_str() == Some(item)) => {
                let others = items.iter().filter_map(Plain::as_str).filter(|other| *other != item);
                found.push((quoted(key), others.map(str::to_owned).collect()));
            }
            Plain::Array(_) | Plain::Null | Plain::Bool(_) | Plain::Number(_) | Plain::String(_) => {}
        }
    }
    found
}

/// With only those names of a group that have hosts.
fn names(document: &Document, root: &Table, hosts: &BTreeSet<String>) -> Vec<Shorter> {
    let made = document.group_names();
    let groups = root.get("group").and_then(Plain::as_object);
    let shorter = |(key, group): (&String, &Plain)| -> Option<Shorter> {
        let names: Vec<&str> = group.get("names")?.as_array()?.iter().filter_map(Plain::as_str).collect();
        let first = names.iter().position(|name| made.contains(*name))?;
        let last = names.iter().rposition(|name| made.contains(*name))?;
        let kept = names.get(first..=last).filter(|kept| kept.len() < names.len())?;
        let path = format!("group.{}", quoted(key));
        let i =
            group.get("i").and_then(Plain::as_i64).unwrap_or(1).saturating_add(i64::try_from(first).ok()?);
        let mut smaller = document.clone();
        let list = Value::List(kept.iter().map(|name| Value::from(*name)).collect());
        smaller.set(&format!("{path}.names"), list).ok()?;
        smaller.set(&format!("{path}.i"), Value::Integer(i)).ok()?;
        again_without(smaller, hosts)
            .map(|smaller| (smaller, format!("names of [group.{key}] that have no host")))
    };
    groups.into_iter().flatten().filter_map(shorter).collect()
}

/// With counts as small as they can be; for each the smallest only.
fn counts(document: &Document, root: &Table, hosts: &BTreeSet<String>) -> Vec<Shorter> {
    let groups = root.get("group").and_then(Plain::as_object).into_iter().flat_map(serde_json::Map::keys);
    let of_groups = groups.map(|key| (vec!["group".to_owned(), key.clone()], "i"));
    let of_hosts = tables(document, "host").into_iter().map(|path| (path, "first"));
    let smallest = |(path, from): (Vec<String>, &str)| -> Option<Shorter> {
        let number = |key: &str| at(root, &path).and_then(|value| value.get(key)).and_then(Plain::as_i64);
        let count = number("count").filter(|count| (2..=COUNT_MAX).contains(count))?;
        let first = number(from);
        let path = joined(&path);
        let ranges = (1..count).flat_map(|size| (0..=count - size).map(move |skip| (size, skip)));
        ranges.into_iter().find_map(|(size, skip)| {
            let mut smaller = document.clone();
            smaller.set(&format!("{path}.count"), Value::Integer(size)).ok()?;
            if skip > 0 {
                let first = first.unwrap_or(1).saturating_add(skip);
                smaller.set(&format!("{path}.{from}"), Value::Integer(first)).ok()?;
            }
            let words = format!("numbers of [{path}] that have no host");
            again_without(smaller, hosts).map(|smaller| (smaller, words))
        })
    };
    of_groups.chain(of_hosts).filter_map(smallest).collect()
}

/// Leaves the hosts out that are not among the given ones, and only them; `None` when one of those is
/// not made any more.
fn again_without(mut document: Document, hosts: &BTreeSet<String>) -> Option<Document> {
    // Nothing may have been left out.
    let _ = document.remove("without");
    let made = document.host_names();
    if !hosts.is_subset(&made) {
        return None;
    }
    for extra in made.difference(hosts) {
        document.remove_host(extra).ok()?;
    }
    (document.host_names() == *hosts).then_some(document)
}
