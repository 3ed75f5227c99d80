//! Events and what they wait for.

use super::change;
use crate::expand::named_well;
use crate::model::{Change, Event, Host, Trigger, TriggerCause};
use crate::placed_site::PlacedSite;
use crate::sections::{AFTER, EVENT, EVERY, RANDOM};
use crate::toml_values::Fields;
use crate::units::{above_zero, length, text};
use unanswered_toml_text::{Node, advised};
use unanswered_wire::Span;

const TRIGGERS: [&str; 4] = ["at", "every", "random", "after"];
const CAUSES: [&str; 3] = ["alarm_raised", "alarm_cleared", "event"];

/// A trigger that waits for a name, and the byte offset of the name.
#[derive(Debug)]
pub(crate) struct AwaitedName {
    /// Who waits.
    pub(crate) who: String,
    /// For what.
    pub(crate) cause: TriggerCause,
    pub(crate) start: usize,
}

/// The timeline.
pub(crate) fn events(
    site: &PlacedSite<'_>,
    hosts: &[Host],
    root: &Fields<'_>,
    waiting: &mut Vec<AwaitedName>,
) -> Vec<Event> {
    let tables = root.tables("event", &EVENT);
    let events = tables.iter().filter_map(|table| {
        let name = table.required("name", text)?;
        if !named_well(site.sink, table.place("name"), &name) {
            return None;
        }
        let what = action(site, hosts, table);
        let Some(when) = trigger(table, &name, waiting) else {
            if !TRIGGERS.iter().any(|key| table.has(key)) {
                let message = format!("the event {name} never happens");
                site.sink.problem(table.start, advised(message, "add at, every, random or after"));
            }
            return None;
        };
        Some(Event { name, when, what: what? })
    });
    events.collect()
}

fn action(site: &PlacedSite<'_>, hosts: &[Host], table: &Fields<'_>) -> Option<Change> {
    let mut given = change::ACTIONS.iter().filter(|key| table.has(key));
    let Some(key) = given.next() else { return Some(Change::Nothing) };
    if let Some(other) = given.next() {
        let message = format!("{other} beside {key}: an event does one thing");
        table.problem(other, advised(message, "make two events"));
    }
    change::change(site, hosts, table, key)
}

/// When something happens; `None` when that is missing or wrong (which is then noted).
pub(super) fn trigger(table: &Fields<'_>, who: &str, waiting: &mut Vec<AwaitedName>) -> Option<Trigger> {
    let mut given = TRIGGERS.into_iter().filter(|key| table.has(key));
    let key = given.next()?;
    if let Some(other) = given.next() {
        table.problem(other, advised(format!("{other} beside {key}"), "give one of them"));
    }
    match key {
        "at" => table.read("at", length).map(Trigger::At),
        "every" => {
            let every = table.table("every", &EVERY)?;
            let period = every.required("period", above_nothing)?;
            let first = every.read("first", length).unwrap_or(period);
            Some(Trigger::Every { first, period, until: every.read("until", length) })
        }
        "random" => {
            let random = table.table("random", &RANDOM)?;
            Some(Trigger::Random {
                mean: random.required("mean", above_nothing)?,
                from: random.read("from", length).unwrap_or_default(),
                until: random.read("until", length),
            })
        }
        _ => after(table, who, waiting),
    }
}

fn above_nothing(node: &Node) -> Result<Span, String> {
    let read = length(node)?;
    if read > Span::default() { Ok(read) } else { Err("it must be longer than nothing".to_owned()) }
}

fn after(table: &Fields<'_>, who: &str, waiting: &mut Vec<AwaitedName>) -> Option<Trigger> {
    let node = table.get("after")?;
    if let Some(event) = node.as_text() {
        let cause = TriggerCause::Event(event.to_owned());
        waiting.push(AwaitedName { who: who.to_owned(), cause: cause.clone(), start: node.start });
        return Some(Trigger::After { cause, occurrence: 1, from: Span::default(), wait: Span::default() });
    }
    let after = Fields::of(table.sink, node, &AFTER)?;
    let mut given = CAUSES.into_iter().filter(|key| after.has(key));
    let Some(key) = given.next() else {
        let hint = "add alarm_raised, alarm_cleared or event";
        after.sink.problem(node.start, advised("after waits for nothing", hint));
        return None;
    };
    if let Some(other) = given.next() {
        after.problem(other, advised(format!("{other} beside {key}"), "give one of them"));
    }
    let name = after.read(key, text)?;
    let cause = match key {
        "alarm_raised" => TriggerCause::AlarmRaised(name),
        "alarm_cleared" => TriggerCause::AlarmCleared(name),
        _ => TriggerCause::Event(name),
    };
    waiting.push(AwaitedName { who: who.to_owned(), cause: cause.clone(), start: after.place(key) });
    Some(Trigger::After {
        cause,
        occurrence: after.read("occurrence", above_zero).unwrap_or(1),
        from: after.read("from", length).unwrap_or_default(),
        wait: after.read("wait", length).unwrap_or_default(),
    })
}
