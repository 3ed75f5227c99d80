//! From values back to TOML text.
//!
//! Comments and layout of the original are lost; the order stays. Things that have a name of their own
//! (a host, its services, an event) get a header, what is below them is on one line.

use std::fmt::Write;
use unanswered_toml_text::{Node, NodeKind, TomlKey, TomlTable};

/// Lists of tables that are written as `[[event]]`.
const LISTS: [&str; 6] = ["event", "vantage", "alarm", "chapter", "expect", "variant"];

/// The text of a whole file.
pub(crate) fn to_toml(root: &TomlTable) -> String {
    let mut out = String::new();
    for (key, node) in &root.entries {
        if !has_headers(&key.name, node) {
            let _ = writeln!(out, "{} = {}", key_text(&key.name), value_text(node));
        }
    }
    for (key, node) in &root.entries {
        if !has_headers(&key.name, node) {
            continue;
        }
        match &node.kind {
            NodeKind::Table(table) => {
                for (name, inner) in &table.entries {
                    block(&mut out, &[&key.name, &name.name], inner);
                }
            }
            NodeKind::List(items) => {
                for item in items.iter().filter_map(Node::as_table) {
                    let _ = writeln!(out, "\n[[{}]]", key_text(&key.name));
                    lines(&mut out, item, |_| false);
                }
            }
            NodeKind::Text(_)
            | NodeKind::Integer(_)
            | NodeKind::Float(_)
            | NodeKind::Bool(_)
            | NodeKind::Date(_) => {}
        }
    }
    out
}

/// Whether a key of the file is written with headers, which must come after everything else.
fn has_headers(name: &str, node: &Node) -> bool {
    let tables = |mut nodes: std::slice::Iter<'_, Node>| nodes.all(|node| node.as_table().is_some());
    match &node.kind {
        NodeKind::Table(table) => {
            !table.is_empty() && table.entries.iter().all(|(_, inner)| inner.as_table().is_some())
        }
        NodeKind::List(items) => LISTS.contains(&name) && !items.is_empty() && tables(items.iter()),
        NodeKind::Text(_)
        | NodeKind::Integer(_)
        | NodeKind::Float(_)
        | NodeKind::Bool(_)
        | NodeKind::Date(_) => false,
    }
}

/// One named table with its header, and the named tables in it.
fn block(out: &mut String, path: &[&str], node: &Node) {
    let Some(table) = node.as_table() else { return };
    // Networks, hosts and services in templates, services in hosts.
    let inner = |name: &str, node: &Node| {
        matches!(name, "network" | "host" | "service") && has_headers(name, node) && path.len() < 5
    };
    // A header of its own only where there is something below it.
    let own = table.entries.iter().any(|(key, node)| !inner(&key.name, node));
    if own || table.is_empty() {
        let header = path.iter().map(|part| key_text(part)).collect::<Vec<_>>().join(".");
        let _ = writeln!(out, "\n[{header}]");
    }
    lines(out, table, |name| table.get(name).is_some_and(|node| inner(name, node)));
    for (key, node) in table.entries.iter().filter(|(key, node)| inner(&key.name, node)) {
        for (name, below) in node.as_table().into_iter().flat_map(|named| &named.entries) {
            block(out, &[path, &[key.name.as_str(), name.name.as_str()]].concat(), below);
        }
    }
}

fn lines(out: &mut String, table: &TomlTable, skip: impl Fn(&str) -> bool) {
    for (key, node) in table.entries.iter().filter(|(key, _)| !skip(&key.name)) {
        let _ = writeln!(out, "{} = {}", key_text(&key.name), value_text(node));
    }
}

/// A key, quoted where it must be.
fn key_text(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { key.to_owned() } else { quoted(key) }
}

fn value_text(node: &Node) -> String {
    match &node.kind {
        NodeKind::Text(text) if text.contains('\n') => block_text(text),
        NodeKind::Text(text) => quoted(text),
        NodeKind::Integer(integer) => integer.to_string(),
        NodeKind::Float(float) => float_text(*float),
        NodeKind::Bool(truth) => truth.to_string(),
        NodeKind::Date(date) => date.clone(),
        NodeKind::List(items) => {
            format!("[{}]", items.iter().map(inline_text).collect::<Vec<_>>().join(", "))
        }
        NodeKind::Table(table) if table.is_empty() => "{}".to_owned(),
        NodeKind::Table(table) => {
            let inside =
                |(key, node): &(TomlKey, Node)| format!("{} = {}", key_text(&key.name), inline_text(node));
            format!("{{ {} }}", table.entries.iter().map(inside).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A value inside a list or an inline table: always on one line.
fn inline_text(node: &Node) -> String {
    if let NodeKind::Text(text) = &node.kind { quoted(text) } else { value_text(node) }
}

fn float_text(float: f64) -> String {
    if float.is_nan() {
        return "nan".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    // Debug keeps a decimal point, and the shortest digits that parse to the same number.
    format!("{float:?}")
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    text.chars().for_each(|letter| escaped(&mut out, letter));
    out.push('"');
    out
}

fn block_text(text: &str) -> String {
    let mut out = String::from("\"\"\"\n");
    for letter in text.chars() {
        match letter {
            '\n' => out.push('\n'),
            letter => escaped(&mut out, letter),
        }
    }
    out.push_str("\"\"\"");
    out
}

fn escaped(out: &mut String, letter: char) {
    match letter {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        letter if letter.is_control() => {
            let _ = write!(out, "\\u{:04X}", u32::from(letter));
        }
        letter => out.push(letter),
    }
}
