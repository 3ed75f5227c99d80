//! Everything with a trigger: events, captures, chapters.

use crate::streams::Stream;
use unanswered_scenario::model::{HostId, Scenario, Trigger};
use unanswered_wire::Span;

/// Something with a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemKind {
    /// Index of an event.
    Event(usize),
    /// Index of a chapter.
    Chapter(usize),
    /// Index of a vantage point whose capture starts.
    Capture(usize),
}

#[derive(Clone, Debug)]
pub(super) struct AgendaItem {
    pub(super) kind: ItemKind,
    pub(super) name: String,
    pub(super) trigger: Trigger,
    /// Times between random occurrences.
    pub(super) random: Stream,
    /// Choice of hosts.
    pub(super) pick: Stream,
    /// Occurrences of what it waits for so far.
    pub(super) seen: u32,
    /// Does not wait any longer.
    pub(super) fired: bool,
    /// The host that the awaited trigger was about.
    pub(super) about: Option<HostId>,
}

/// All items, events first: of two at the same time events come before the chapters about them.
#[derive(Clone, Debug)]
pub(super) struct Agenda {
    pub(super) items: Vec<AgendaItem>,
}

impl Agenda {
    pub(super) fn new(scenario: &Scenario, seed: u64) -> Self {
        let item = |kind, name: &str, trigger: &Trigger| AgendaItem {
            kind,
            name: name.to_owned(),
            trigger: trigger.clone(),
            random: Stream::new(seed, &["timeline", name]),
            pick: Stream::new(seed, &["timeline pick", name]),
            seen: 0,
            fired: false,
            about: None,
        };
        let events = scenario.timeline.iter().enumerate();
        let captures = scenario.vantages.iter().enumerate();
        let chapters = scenario.chapters.iter().enumerate();
        let items = events
            .map(|(index, event)| item(ItemKind::Event(index), &event.name, &event.when))
            .chain(captures.map(|(index, vantage)| {
                let trigger = vantage.start.clone().unwrap_or(Trigger::At(Span::default()));
                item(ItemKind::Capture(index), &vantage.name, &trigger)
            }))
            .chain(
                chapters.map(|(index, chapter)| item(ItemKind::Chapter(index), &chapter.name, &chapter.when)),
            );
        Self { items: items.collect() }
    }
}
