//! What is left is written more briefly: hosts and groups that are left out are not created in the
//! first place, and counts are only as large as needed. The hosts are the same before and after.

use super::parts::{at, joined, names_in, quoted, tables};
use std::collections::BTreeSet;
use unanswered_scenario::{Document, Setting};
use unanswered_toml_text::{Node, NodeKind, TomlTable};

/// Largest count for which every smaller range is tried.
const COUNT_MAX: i64 = 64;

/// A shorter file, and what it lacks in words.
type Shorter = (Document, String);

/// Files with one thing written more briefly that create the same hosts; whether they are sound and
/// show the fault remains to be seen.
pub(super) fn rewritten(document: &Document) -> Vec<Shorter> {
    let hosts = document.host_names();
    let mut all: Vec<Shorter> = unused(document, &hosts).into_iter().collect();
    all.extend(left_out(document, &hosts));
    all.extend(names(document, &hosts));
    all.extend(counts(document, &hosts));
    all
}

/// Without templates and groups, when no host comes from one.
fn unused(document: &Document, hosts: &BTreeSet<String>) -> Option<Shorter> {
    let root = document.root();
    let there: Vec<&str> =
        ["group", "template"].into_iter().filter(|kind| root.get(kind).is_some()).collect();
    if there.is_empty() || !document.group_names().is_empty() {
        return None;
    }
    let mut smaller = document.clone();
    for kind in there {
        smaller.remove(kind).ok()?;
    }
    again_without(smaller, hosts).map(|smaller| (smaller, "templates and groups without hosts".to_owned()))
}

/// Without the table of a host that is left out, and without its name in lists.
fn left_out(document: &Document, hosts: &BTreeSet<String>) -> Vec<Shorter> {
    let root = document.root();
    let gone = names_in(root.get("host")).into_iter().filter(|name| !hosts.contains(*name));
    gone.filter_map(|name| {
        let mut smaller = document.clone();
        smaller.remove(&format!("host.{}", quoted(name))).ok()?;
        for (path, rest) in lists_with(root, name) {
            let rest = Setting::List(rest.iter().map(|item| Setting::from(item.as_str())).collect());
            // It may have been in the table that is gone.
            let _ = smaller.set(&path, rest);
        }
        again_without(smaller, hosts).map(|smaller| (smaller, format!("[host.{name}], which is left out")))
    })
    .collect()
}

/// Paths of lists of text that have an item, and the lists without it.
fn lists_with(table: &TomlTable, item: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    let mut entries: Vec<_> = table.entries.iter().filter(|(key, _)| key.name != "without").collect();
    entries.sort_unstable_by_key(|(key, _)| key.name.as_str());
    for (key, value) in entries {
        match &value.kind {
            NodeKind::Table(inner) => {
                let below = lists_with(inner, item).into_iter();
                found.extend(below.map(|(path, rest)| (format!("{}.{path}", quoted(&key.name)), rest)));
            }
            NodeKind::List(items) if items.iter().any(|other| other.as_text() == Some(item)) => {
                let others = items.iter().filter_map(Node::as_text).filter(|other| *other != item);
                found.push((quoted(&key.name), others.map(str::to_owned).collect()));
            }
            NodeKind::List(_)
            | NodeKind::Text(_)
            | NodeKind::Integer(_)
            | NodeKind::Float(_)
            | NodeKind::Bool(_)
            | NodeKind::Date(_) => {}
        }
    }
    found
}

/// With only those names of a group that have hosts.
fn names(document: &Document, hosts: &BTreeSet<String>) -> Vec<Shorter> {
    let made = document.group_names();
    let groups = document.root().get("group");
    let shorter = |key: &str| -> Option<Shorter> {
        let group = groups?.as_table()?.get(key)?.as_table()?;
        let names: Vec<&str> = group.get("names")?.as_list()?.iter().filter_map(Node::as_text).collect();
        let first = names.iter().position(|name| made.contains(*name))?;
        let last = names.iter().rposition(|name| made.contains(*name))?;
        let kept = names.get(first..=last).filter(|kept| kept.len() < names.len())?;
        let path = format!("group.{}", quoted(key));
        let i =
            group.get("i").and_then(Node::as_integer).unwrap_or(1).saturating_add(i64::try_from(first).ok()?);
        let mut smaller = document.clone();
        let list = Setting::List(kept.iter().map(|name| Setting::from(*name)).collect());
        smaller.set(&format!("{path}.names"), list).ok()?;
        smaller.set(&format!("{path}.i"), Setting::Integer(i)).ok()?;
        again_without(smaller, hosts)
            .map(|smaller| (smaller, format!("names of [group.{key}] that have no host")))
    };
    names_in(groups).into_iter().filter_map(shorter).collect()
}

/// With counts as small as they can be; for each only the smallest.
fn counts(document: &Document, hosts: &BTreeSet<String>) -> Vec<Shorter> {
    let root = document.root();
    let groups = names_in(root.get("group")).into_iter();
    let of_groups = groups.map(|key| (vec!["group".to_owned(), key.to_owned()], "i"));
    let of_hosts = tables(document, "host").into_iter().map(|path| (path, "first"));
    let smallest = |(path, from): (Vec<String>, &str)| -> Option<Shorter> {
        let number = |key: &str| at(root, &path)?.as_table()?.get(key)?.as_integer();
        let count = number("count").filter(|count| (2..=COUNT_MAX).contains(count))?;
        let first = number(from);
        let path = joined(&path);
        let ranges = (1..count).flat_map(|size| (0..=count - size).map(move |skip| (size, skip)));
        ranges.into_iter().find_map(|(size, skip)| {
            let mut smaller = document.clone();
            smaller.set(&format!("{path}.count"), Setting::Integer(size)).ok()?;
            if skip > 0 {
                let first = first.unwrap_or(1).saturating_add(skip);
                smaller.set(&format!("{path}.{from}"), Setting::Integer(first)).ok()?;
            }
            let words = format!("numbers of [{path}] that have no host");
            again_without(smaller, hosts).map(|smaller| (smaller, words))
        })
    };
    of_groups.chain(of_hosts).filter_map(smallest).collect()
}

/// Leaves out the hosts that are not among the given ones, and only them; `None` when one of those no
/// longer exists.
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
