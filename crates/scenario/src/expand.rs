//! From templates and counts to single networks and hosts.
//!
//! A draft is a table of the file with its placeholders filled in and the name that it will have. What
//! its values mean is read later; here only names are made and limits enforced.

use super::sections::{GROUP, TEMPLATE};
use super::toml_values::{Fields, Placeholders, fill, fill_text, parse_path, set};
use super::units::{text, within};
use std::collections::BTreeSet;
use unanswered_toml_text::{Node, NodeKind, ProblemSink, TomlKey, TomlTable, advised, unknown};

/// Maximum number of hosts in a scenario.
pub(super) const HOSTS_MAX: usize = 100_000;

/// A network or a host that has not been read yet.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// Its full name.
    pub(super) name: String,
    /// The group to which it belongs, also the scope in which its names are looked up first.
    pub(super) group: String,
    /// Its table in the file.
    pub(super) table: TomlTable,
    /// Byte offset of its name.
    pub(super) start: usize,
}

/// All drafts in the order of the file: first those outside groups, then group by group.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    pub(super) networks: Vec<Draft>,
    pub(super) hosts: Vec<Draft>,
    groups: BTreeSet<String>,
}

/// Expands everything.
pub(super) fn expand(root: &Fields<'_>) -> Drafts {
    let mut drafts = Drafts::default();
    for (key, node) in root.named("network") {
        network(root.sink, &mut drafts, "", key, node, &Placeholders::new());
    }
    for (key, node) in root.named("host") {
        hosts(root.sink, &mut drafts, "", key, node, &Placeholders::new());
    }
    let mut next = 1;
    for (key, node) in root.named("group") {
        if let Some(fields) = Fields::of(root.sink, node, &GROUP) {
            groups(root, &mut drafts, key, &fields, &mut next);
        }
    }
    // Templates are checked where they are used; an unused one is a mistake too.
    for (key, _) in root.named("template") {
        let used = root.named("group").iter().any(|(_, group)| {
            let of = group.as_table().and_then(|table| table.get("template")).and_then(Node::as_text);
            of == Some(key.name.as_str())
        });
        if !used {
            let message = format!("no group uses the template {}", key.name);
            root.sink.problem(key.start, advised(message, "add [group.x] or take it out"));
        }
    }
    drafts
}

fn groups(root: &Fields<'_>, drafts: &mut Drafts, key: &TomlKey, group: &Fields<'_>, next: &mut i64) {
    let Some(name) = group.required("template", text) else { return };
    let templates = root.named("template");
    let Some((_, template)) = templates.iter().find(|(key, _)| key.name == name) else {
        let known = templates.iter().map(|(key, _)| key.name.as_str());
        group.problem("template", unknown(format!("no template {name}"), &name, known));
        return;
    };
    let NodeKind::Table(template) = patched(template, group).kind else {
        let hint = format!("write [template.{name}]");
        group.problem("template", advised(format!("{name} is not a table"), hint));
        return;
    };
    let first = group.read("i", within(0_i64, 1_000_000_000)).unwrap_or(*next);
    let count = group.read("count", within(1, HOSTS_MAX));
    let instances: Vec<(String, i64)> = match (group.list("names", text), count) {
        (Some(_), Some(_)) => {
            group.problem("count", advised("count beside names", "give one of them"));
            return;
        }
        (Some(names), None) => names.into_iter().zip(first..).collect(),
        (None, Some(count)) => (first..).take(count).map(|i| (numbered(group.sink, key, i), i)).collect(),
        (None, None) => vec![(key.name.clone(), first)],
    };
    for (instance, i) in instances {
        *next = i + 1;
        if !named_well(group.sink, key.start, &instance) {
            return;
        }
        if !drafts.groups.insert(instance.clone()) {
            group.sink.problem(
                key.start,
                advised(format!("there is a group {instance} already"), "choose another name"),
            );
            return;
        }
        let mut values =
            Placeholders::from([("i".to_owned(), i.to_string()), ("name".to_owned(), instance.clone())]);
        for (with, value) in group.named("with") {
            let shown = match &value.kind {
                NodeKind::Text(text) => text.clone(),
                NodeKind::Integer(integer) => integer.to_string(),
                NodeKind::Float(_)
                | NodeKind::Bool(_)
                | NodeKind::Date(_)
                | NodeKind::List(_)
                | NodeKind::Table(_) => {
                    group.sink.problem(value.start, format!("{} must be text or a whole number", with.name));
                    continue;
                }
            };
            values.insert(with.name.clone(), shown);
        }
        let fields = Fields::of_table(root.sink, &template, group.start, &TEMPLATE);
        for (key, node) in fields.named("network") {
            network(root.sink, drafts, &instance, key, node, &values);
        }
        for (key, node) in fields.named("host") {
            hosts(root.sink, drafts, &instance, key, node, &values);
        }
        if drafts.networks.len() >= HOSTS_MAX {
            return;
        }
    }
}

/// The template with the group's `set` applied.
fn patched(template: &Node, group: &Fields<'_>) -> Node {
    let mut template = template.clone();
    for (key, value) in group.named("set") {
        let Some(table) = template.as_table_mut() else { break };
        if let Err(said) = parse_path(&key.name).and_then(|path| set(table, &path, value.clone())) {
            group.sink.problem(key.start, said);
        }
    }
    template
}

fn network(
    sink: &ProblemSink,
    drafts: &mut Drafts,
    group: &str,
    key: &TomlKey,
    node: &Node,
    values: &Placeholders,
) {
    if drafts.networks.len() >= HOSTS_MAX {
        let message = format!("more than {HOSTS_MAX} networks");
        return sink.problem(key.start, advised(message, "make fewer of them"));
    }
    let Some(mut draft) = draft(sink, group, key.name.clone(), key, node) else { return };
    if !group.is_empty() {
        fill_table(sink, &mut draft.table, values);
    }
    drafts.networks.push(draft);
}

fn hosts(
    sink: &ProblemSink,
    drafts: &mut Drafts,
    group: &str,
    key: &TomlKey,
    node: &Node,
    values: &Placeholders,
) {
    let counted = node.as_table().and_then(|table| table.get("count"));
    let mut count = 1;
    if let Some(value) = counted {
        match within(1, HOSTS_MAX)(value) {
            Ok(read) => count = read,
            Err(expected) => {
                sink.problem(value.start, advised(format!("count cannot be {}", value.what()), expected));
            }
        }
    }
    let first = node.as_table().and_then(|table| table.get("first"));
    let first = first.map_or(Ok(1), |value| {
        within(0_i64, 1_000_000_000)(value).map_err(|expected| {
            sink.problem(value.start, advised(format!("first cannot be {}", value.what()), expected));
        })
    });
    if drafts.hosts.len().saturating_add(count) > HOSTS_MAX {
        let said = advised(format!("more than {HOSTS_MAX} hosts"), "make fewer of them");
        sink.problem(counted.map_or(key.start, |value| value.start), said);
        return;
    }
    for n in (first.unwrap_or(1)..).take(count) {
        let mut values = values.clone();
        values.insert("n".to_owned(), n.to_string());
        let short = if key.name.contains('{') {
            match fill_text(&key.name, &values) {
                Ok(name) => name,
                Err(said) => return sink.problem(key.start, said),
            }
        } else if counted.is_some() {
            numbered(sink, key, n)
        } else {
            key.name.clone()
        };
        let Some(mut draft) = draft(sink, group, short, key, node) else { return };
        values.insert("host".to_owned(), draft.name.clone());
        fill_table(sink, &mut draft.table, &values);
        drafts.hosts.push(draft);
    }
}

/// The name with its number: in place of `{i}` or `{n}`, else at the end.
fn numbered(sink: &ProblemSink, key: &TomlKey, number: i64) -> String {
    if !key.name.contains('{') {
        return format!("{}{number}", key.name);
    }
    let number = number.to_string();
    let values = Placeholders::from([("i".to_owned(), number.clone()), ("n".to_owned(), number)]);
    fill_text(&key.name, &values).unwrap_or_else(|said| {
        sink.problem(key.start, said);
        key.name.clone()
    })
}

fn draft(sink: &ProblemSink, group: &str, short: String, key: &TomlKey, node: &Node) -> Option<Draft> {
    let name = if group.is_empty() { short } else { format!("{group}-{short}") };
    if !named_well(sink, key.start, &name) {
        return None;
    }
    let Some(table) = node.as_table() else {
        sink.problem(node.start, format!("{name} must be a table, not {}", node.what()));
        return None;
    };
    Some(Draft { name, group: group.to_owned(), table: table.clone(), start: key.start })
}

/// Names appear in file names, in globs and before colons.
pub(super) fn named_well(sink: &ProblemSink, start: usize, name: &str) -> bool {
    let fine = !name.is_empty()
        && name.len() <= 100
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if !fine {
        let hint = "take up to 100 letters, digits, - _ and .";
        sink.problem(start, advised(format!("the name {name:?} cannot be used"), hint));
    }
    fine
}

fn fill_table(sink: &ProblemSink, table: &mut TomlTable, values: &Placeholders) {
    for (_, node) in &mut table.entries {
        fill(node, values, &mut |start, said| sink.problem(start, said));
    }
}
