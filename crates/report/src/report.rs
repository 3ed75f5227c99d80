//! What every renderer is given.

use crate::filter::{self, Families};
use crate::time::Clock;
use crate::{number, words};
use std::path::Path;
use unanswered_capture::{InputSummary, LeftOut};
use unanswered_evidence::{ExchangeSource, SlowReplies};
use unanswered_exchange::{Caveat, Exchanges, FrameCounts, Lookups, PlaceId, ProtocolTotals};
use unanswered_explain::{Advice, Diagnosis, Finding, Source as _};
use unanswered_narrow::Narrowed;
use unanswered_table::io::{ColumnSummary, TableSummary, TimeUnit};
use unanswered_table::{Outcome, OutcomeCounts, Table, Unit};
use unanswered_wire::{ProtocolId, Time};

/// What an input is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Record {
    /// Frames of a capture.
    #[default]
    Frame,
    /// Lines of a table.
    Line,
}

impl Record {
    /// The word for one of them.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Line => "line",
        }
    }
}

/// One capture file or table, as far as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    /// The name that the user gave.
    pub name: String,
    /// What it is made of.
    pub record: Record,
    /// Frames (or lines) read.
    pub frames: u64,
    /// Frames that were read and not looked at.
    pub left_out: LeftOut,
    /// Frames that were not understood, by reason.
    pub not_understood: Vec<(String, u64)>,
    /// Time of the first frame.
    pub from: Option<f64>,
    /// Time of the last frame.
    pub to: Option<f64>,
    /// Damage and the like, one sentence each.
    pub warnings: Vec<String>,
}

impl Input {
    /// What was read of a capture.
    #[must_use]
    pub fn of_capture(summary: &InputSummary) -> Self {
        let dropped = summary.dropped.filter(|n| *n > 0);
        let lost = dropped.map(|n| format!("the capture itself lost {}", number::count(n, "packet")));
        let path = summary.path.display().to_string();
        let name = if path == "-" { "standard input".to_owned() } else { path };
        Self {
            record: Record::Frame,
            frames: summary.frames,
            left_out: summary.left_out,
            not_understood: summary.not_understood.iter().map(|(r, n)| (r.to_string(), *n)).collect(),
            from: summary.from.map(Time::seconds),
            to: summary.to.map(Time::seconds),
            warnings: summary
                .warnings
                .iter()
                .map(|w| without_name(&w.to_string(), &name))
                .chain(lost)
                .collect(),
            name,
        }
    }

    /// Frames (or lines) that were not left out.
    #[must_use]
    pub const fn looked_at(&self) -> u64 {
        self.frames.saturating_sub(self.left_out.total())
    }

    /// Frames that were not understood, whatever the reason.
    #[must_use]
    pub fn not_understood_total(&self) -> u64 {
        self.not_understood.iter().map(|(_, n)| n).sum()
    }
}

/// A column with its type, as the long report shows it.
fn column(column: &ColumnSummary) -> String {
    let given = if column.given { " (given)" } else { "" };
    match column.names {
        Some(names) => format!("{} {}{given}, {names} different", column.name, column.kind.word()),
        None => format!("{} {}{given}", column.name, column.kind.word()),
    }
}

/// A place of capture, and what was seen there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaceSummary {
    /// Its name.
    pub name: String,
    /// Requests, retransmissions not counted.
    pub requests: u64,
    /// Replies and refusals.
    pub replies: u64,
    /// It sees requests and none of the replies that other places see.
    pub one_direction: bool,
    /// Packets that the capture lost at the place's file or interface, if it says so.
    pub dropped: Option<u64>,
}

impl PlaceSummary {
    /// What a reader must know of the place, each in a few words.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let blind = self.one_direction.then(|| "one direction only".to_owned());
        let lost = self.dropped.filter(|n| *n > 0);
        let lost = lost.map(|n| format!("{} lost by the capture", number::count(n, "packet")));
        blind.into_iter().chain(lost).collect()
    }
}

/// A diagnosis with what its reader must know of the inputs.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// The answer.
    pub diagnosis: &'a Diagnosis,
    /// What was read.
    pub inputs: Vec<Input>,
    /// Which part of it was looked at.
    pub narrowed: Narrowed,
    /// Places of capture; empty for tables.
    pub places: Vec<PlaceSummary>,
    /// What became of the requests.
    pub totals: OutcomeCounts,
    /// The same by protocol, with the reasons; empty for tables.
    pub by_protocol: Vec<ProtocolTotals>,
    /// What became of lookups; `None` where each request is one of its own.
    pub lookups: Option<Lookups>,
    /// Outcomes that count as failed; other failures count as answered.
    pub failed: Vec<Outcome>,
    /// A table's columns with the types they were taken for; empty for captures.
    pub columns: Vec<String>,
    /// How times are to be read.
    pub clock: Clock,
    /// IP versions among the requests.
    pub families: Families,
    /// What one unit of evidence is.
    pub unit: Unit,
    /// What the inputs cannot show.
    pub caveats: Vec<Caveat>,
    /// What became of each frame; `None` for tables.
    pub frames: Option<FrameCounts>,
    /// The one protocol that all requests have.
    pub protocol: Option<ProtocolId>,
    /// Answers that came too late for an impatient client.
    pub slow: Slow,
}

/// Answers that came in time for a patient client and too late for an impatient one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slow {
    /// How many, for each protocol that has some.
    pub replies: Vec<SlowReplies>,
    /// Here they count as late.
    pub counted: bool,
}

impl<'a> Report<'a> {
    /// What a reader must know of the inputs: caveats, and inputs that were mostly not understood; one
    /// sentence each.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = words::caveats(&self.caveats);
        notes.extend(self.counted_as_answered());
        // Frames outside of the window were not even decoded.
        let decoded = |i: &Input| i.frames.saturating_sub(i.left_out.by_time);
        for input in self.inputs.iter().filter(|i| i.not_understood_total() * 2 > decoded(i)) {
            let reasons = input.not_understood.iter().map(|(reason, n)| format!("{n}: {reason}"));
            let reasons: Vec<String> = reasons.collect();
            notes.push(format!(
                "{}: {} of {} were not understood ({})",
                input.name,
                input.not_understood_total(),
                number::count(decoded(input), input.record.word()),
                reasons.join("; ")
            ));
        }
        notes
    }

    /// What would be enough, or what to capture next: both directions only where one is missing.
    pub fn next(&self) -> impl Iterator<Item = &Advice> {
        let nothing = self.totals.requests() == 0;
        let both_ways = self.frames.as_ref().is_some_and(|frames| {
            frames.read > 0 && frames.not_paired.iter().all(|group| group.one_way == 0)
        });
        let advised = move |advice: &&Advice| {
            !(nothing && both_ways && matches!(advice, Advice::CaptureBothDirections))
        };
        self.diagnosis.next.iter().filter(advised)
    }

    /// Frames that were recognised and pair with nothing, in words.
    #[must_use]
    pub fn not_paired(&self) -> Option<String> {
        self.frames.as_ref().and_then(words::not_paired)
    }

    /// Requests failed in a way that does not count as failed.
    pub(crate) fn some_count_as_answered(&self) -> bool {
        self.totals.present().any(|(outcome, _)| outcome.failed() && !self.failed.contains(&outcome))
    }

    /// Nothing failed but for the slow answers, which count as late here.
    pub(crate) fn only_slow(&self) -> bool {
        let slow: u64 = self.slow.replies.iter().map(|of| of.slow).sum();
        self.slow.counted && self.diagnosis.failed == slow
    }

    /// Failures that count as answered, because whoever asked chose others.
    fn counted_as_answered(&self) -> Option<String> {
        let left_out = |outcome: Outcome| outcome.failed() && !self.failed.contains(&outcome);
        let pairs = self.totals.present().filter(|(outcome, _)| left_out(*outcome));
        let mut counts = OutcomeCounts::default();
        pairs.for_each(|pair| counts.merge(&OutcomeCounts::from([pair])));
        let chosen: Vec<String> =
            self.failed.iter().map(|outcome| words::were(*outcome).to_owned()).collect();
        (counts.requests() > 0).then(|| {
            format!(
                "only requests that were {} count as failed here: {} count as answered",
                words::listed(&chosen, "or"),
                words::outcomes(&counts)
            )
        })
    }

    /// The finding as a Wireshark display filter; `None` if one cannot express the same.
    #[must_use]
    pub fn display_filter(&self, finding: &Finding) -> Option<String> {
        filter::display_filter(finding, self.families, self.clock)
    }

    /// The finding as a tcpdump filter (pcap-filter(7)), without times; `None` if one cannot express the same.
    #[must_use]
    pub fn capture_filter(&self, finding: &Finding) -> Option<String> {
        filter::capture_filter(finding, self.families)
    }

    /// A report on captures without named inputs; fill in the rest.
    #[must_use]
    pub fn new(diagnosis: &'a Diagnosis, totals: OutcomeCounts) -> Self {
        Self {
            diagnosis,
            inputs: Vec::new(),
            narrowed: Narrowed::default(),
            places: Vec::new(),
            totals,
            by_protocol: Vec::new(),
            lookups: None,
            failed: Outcome::ALL.into_iter().filter(|outcome| outcome.failed()).collect(),
            columns: Vec::new(),
            clock: Clock::Epoch,
            families: Families::default(),
            unit: Unit::Request,
            caveats: Vec::new(),
            frames: None,
            protocol: None,
            slow: Slow::default(),
        }
    }

    /// A report on captures, from a diagnosis of `source`.
    #[must_use]
    pub fn on_captures(diagnosis: &'a Diagnosis, source: &ExchangeSource<'_>) -> Self {
        let exchanges = source.exchanges();
        Self {
            inputs: exchanges.inputs().iter().map(Input::of_capture).collect(),
            narrowed: exchanges.narrowed().clone(),
            places: places(exchanges),
            by_protocol: exchanges.by_protocol(),
            lookups: exchanges.lookups(),
            families: Families::of(exchanges),
            unit: source.units().unit,
            caveats: exchanges.caveats(),
            frames: Some(exchanges.frames().clone()),
            protocol: the_protocol(exchanges),
            ..Self::new(diagnosis, exchanges.totals().outcomes)
        }
    }

    /// A report on a table of requests.
    #[must_use]
    pub fn on_table(diagnosis: &'a Diagnosis, path: &Path, table: &Table, summary: &TableSummary) -> Self {
        let times = table.times.iter().copied().filter(|t| t.is_finite());
        let skipped = (summary.skipped > 0).then(|| ("line left out".to_owned(), summary.skipped as u64));
        let input = Input {
            name: path.display().to_string(),
            record: Record::Line,
            frames: (summary.rows + summary.skipped) as u64,
            left_out: LeftOut::default(),
            not_understood: skipped.into_iter().collect(),
            from: times.clone().reduce(f64::min),
            to: times.reduce(f64::max),
            warnings: summary.warnings.iter().map(ToString::to_string).collect(),
        };
        let clock = match summary.time {
            Some(TimeUnit::SecondsSinceEpoch) => Clock::Epoch,
            Some(TimeUnit::Own) | None => Clock::Plain,
        };
        Self {
            inputs: vec![input],
            families: Families::of_table(table),
            columns: summary.columns.iter().map(column).collect(),
            unit: table.unit.clone(),
            clock,
            ..Self::new(diagnosis, table.outcomes.iter().collect())
        }
    }
}

/// The protocol of all requests, if they have one.
fn the_protocol(exchanges: &Exchanges) -> Option<ProtocolId> {
    let mut protocols = exchanges.iter().map(|exchange| exchange.protocol());
    let first = protocols.next()?;
    protocols.all(|protocol| protocol == first).then_some(first)
}

fn places(exchanges: &Exchanges) -> Vec<PlaceSummary> {
    let ids = (0_u16..).map(PlaceId);
    let named = exchanges.places().iter().zip(ids).map(|(place, id)| PlaceSummary {
        name: exchanges.place_name(id),
        requests: place.requests,
        replies: place.replies,
        one_direction: exchanges.is_blind(id),
        dropped: exchanges.vantages().get(usize::from(place.vantage.0)).and_then(|v| v.dropped),
    });
    named.collect()
}

/// A warning begins with its file's name, which is already shown beside it.
fn without_name(warning: &str, name: &str) -> String {
    warning.strip_prefix(name).and_then(|w| w.strip_prefix(": ")).unwrap_or(warning).to_owned()
}
