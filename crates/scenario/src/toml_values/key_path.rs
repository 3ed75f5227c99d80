//! Dotted paths into a file: `group.osa.set`, `host.a.firewall.drop-low.enabled`, `event.0.at`.
//!
//! A path leads by keys through tables, and by `name` or by number from 0 through lists of tables.
//! Parts that contain dots are in double quotes.

use unanswered_toml_text::{Complaint, Node, NodeKind, TomlTable, advised};

/// The parts of a path; an error says what is wrong with it.
pub(crate) fn parse_path(path: &str) -> Result<Vec<String>, Complaint> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for letter in path.chars() {
        match (letter, parts.last_mut()) {
            ('"', _) => quoted = !quoted,
            ('.', _) if !quoted => parts.push(String::new()),
            (letter, Some(part)) => part.push(letter),
            (_, None) => {}
        }
    }
    if quoted || parts.iter().any(String::is_empty) {
        let hint = "write one as in \"host.a.service.ntpd.profile\"";
        return Err(advised(format!("{path:?} is not a path"), hint));
    }
    Ok(parts)
}

/// Puts a value at a path. Missing tables on the path are created; a table is merged into an existing table.
pub(crate) fn set(table: &mut TomlTable, path: &[String], value: Node) -> Result<(), Complaint> {
    let Some((first, rest)) = path.split_first() else { return Ok(()) };
    if rest.is_empty() {
        match table.get_mut(first) {
            Some(old) => merge(old, value),
            None => table.insert(first, value),
        }
        return Ok(());
    }
    if table.get(first).is_none() {
        table.insert(first, Node::new(value.start, NodeKind::Table(TomlTable::default())));
    }
    match table.get_mut(first) {
        Some(node) => set_in(node, first, rest, value),
        None => Ok(()),
    }
}

fn set_in(node: &mut Node, name: &str, path: &[String], value: Node) -> Result<(), Complaint> {
    let what = node.what();
    match &mut node.kind {
        NodeKind::Table(table) => set(table, path, value),
        NodeKind::List(items) => {
            let Some((first, rest)) = path.split_first() else { return Ok(()) };
            let Some(item) = position(items, first).and_then(|index| items.get_mut(index)) else {
                let hint = "name one by its name or its number from 0";
                return Err(advised(format!("{name} has no item {first}"), hint));
            };
            if rest.is_empty() {
                merge(item, value);
                return Ok(());
            }
            set_in(item, first, rest, value)
        }
        NodeKind::Text(_)
        | NodeKind::Integer(_)
        | NodeKind::Float(_)
        | NodeKind::Bool(_)
        | NodeKind::Date(_) => Err(advised(format!("{name} is {what}"), "the path can go no further")),
    }
}

/// Removes what is at a path; returns whether there was anything.
pub(crate) fn remove(table: &mut TomlTable, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    if rest.is_empty() {
        return table.remove(first).is_some();
    }
    table.get_mut(first).is_some_and(|node| remove_in(node, rest))
}

fn remove_in(node: &mut Node, path: &[String]) -> bool {
    match &mut node.kind {
        NodeKind::Table(table) => remove(table, path),
        NodeKind::List(items) => {
            let Some((first, rest)) = path.split_first() else { return false };
            let Some(index) = position(items, first) else { return false };
            if rest.is_empty() {
                items.remove(index);
                return true;
            }
            items.get_mut(index).is_some_and(|item| remove_in(item, rest))
        }
        NodeKind::Text(_)
        | NodeKind::Integer(_)
        | NodeKind::Float(_)
        | NodeKind::Bool(_)
        | NodeKind::Date(_) => false,
    }
}

/// The position in a list of tables of the item with this name, or of this number.
fn position(items: &[Node], name: &str) -> Option<usize> {
    let named = items.iter().position(|item| {
        item.as_table().and_then(|table| table.get("name")).and_then(Node::as_text) == Some(name)
    });
    named.or_else(|| name.parse().ok().filter(|&index: &usize| index < items.len()))
}

/// Tables are merged key by key, anything else replaces the old value.
fn merge(old: &mut Node, new: Node) {
    match (&mut old.kind, new.kind) {
        (NodeKind::Table(table), NodeKind::Table(changes)) => {
            for (key, value) in changes.entries {
                match table.get_mut(&key.name) {
                    Some(older) => merge(older, value),
                    None => table.entries.push((key, value)),
                }
            }
        }
        (_, kind) => *old = Node::new(new.start, kind),
    }
}
