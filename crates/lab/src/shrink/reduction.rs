//! A scenario while it is reduced.

use super::ddmin::ddmin;
use super::options::{ShrinkError, ShrinkOptions, Shrunk};
use super::parts::{self, Part};
use super::rewrite;
use super::trial::{Trial, TrialResult, goal};
use unanswered_report::{Clock, time};
use unanswered_scenario::{Document, Setting};
use unanswered_wire::Span;

/// How often the parts are gone through; fewer are left each time.
const ROUNDS_MAX: usize = 4;

/// Reduces a scenario to the smallest one that still shows `fault` with this seed; default: the
/// fault that makes most requests fail, those of the catalogue first. `progress` is called after each run
/// with the number of runs so far.
///
/// # Errors
/// See [`ShrinkError`].
pub fn shrink(
    document: &Document,
    seed: u64,
    fault: Option<&str>,
    options: &ShrinkOptions,
    progress: &mut dyn FnMut(usize),
) -> Result<Shrunk, ShrinkError> {
    let scenario = document.scenario()?;
    let goal = goal(&scenario, seed, fault, options.requests)?;
    let mut reduction = Reduction {
        document: document.clone(),
        removed: Vec::new(),
        trial: Trial::new(seed, goal, options.runs_max, progress),
    };
    reduction.quiet();
    // First in a short run, which costs little; then what is left in the full run again, because
    // fewer hosts may need longer until the fault shows.
    reduction.shorten(Slack::Twice);
    reduction.all_parts();
    reduction.document.set_duration(scenario.duration);
    reduction.all_parts();
    reduction.trial.use_reserve();
    reduction.shorten(Slack::None);
    reduction.rewrite();
    reduction.finish(&scenario.title)
}

/// How much longer than needed a run may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slack {
    None,
    Twice,
}

/// A scenario while it is reduced.
struct Reduction<'p> {
    document: Document,
    removed: Vec<String>,
    trial: Trial<'p>,
}

impl Reduction<'_> {
    /// Takes a smaller scenario if it shows the fault.
    fn try_document(&mut self, smaller: Document, what: &str) -> bool {
        let shows = self.trial.shows(&smaller);
        if shows {
            self.document = smaller;
            self.removed.push(what.to_owned());
        }
        shows
    }

    /// Removes what only describes, compares and expects: together, or else one by one. One vantage point
    /// stays and captures from the beginning, so that the result can be captured and explained.
    fn quiet(&mut self) {
        for list in ["variant", "expect", "chapter"] {
            self.part_list(&parts::items(&self.document, list));
        }
        if let Some(smaller) = parts::one_vantage(&self.document) {
            self.try_document(smaller, "all vantage points but one");
        }
    }

    /// Goes through all parts until none can be removed.
    fn all_parts(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let before = self.removed.len();
            self.each_part();
            if self.removed.len() == before {
                return;
            }
        }
    }

    fn each_part(&mut self) {
        self.part_list(&parts::events(&self.document));
        self.part_list(&parts::items(&self.document, "alarm"));
        self.part_list(&parts::items(&self.document, "chapter"));
        self.part_list(&parts::groups(&self.document));
        self.part_list(&parts::hosts(&self.document));
        self.part_list(&parts::services(&self.document));
        self.part_list(&parts::settings(&self.document));
        self.part_list(&parts::networks(&self.document));
    }

    /// Keeps as few of the parts as the fault needs.
    fn part_list(&mut self, all: &[Part]) {
        if all.is_empty() {
            return;
        }
        let (document, trial) = (&self.document, &mut self.trial);
        let without = |kept: &[Part]| -> Option<Document> {
            let gone: Vec<&Part> = all.iter().filter(|part| !kept.contains(part)).collect();
            parts::without(document, &gone)
        };
        let kept = ddmin(all, &mut |kept| without(kept).is_some_and(|smaller| trial.shows(&smaller)));
        if kept.len() < all.len()
            && let Some(smaller) = without(&kept)
        {
            self.removed.extend(all.iter().filter(|part| !kept.contains(part)).map(Part::words));
            self.document = smaller;
        }
    }

    /// Ends the run soon after enough requests have failed and been answered.
    fn shorten(&mut self, slack: Slack) {
        let Ok(scenario) = self.document.scenario() else { return };
        let Some(TrialResult { enough: Some(enough), .. }) = self.trial.run(&self.document) else { return };
        let needed = match slack {
            Slack::None => enough.nanoseconds(),
            Slack::Twice => enough.nanoseconds().saturating_mul(2),
        };
        for margin in MARGINS {
            let duration = rounded(Span::from_nanoseconds(needed.saturating_add(margin.nanoseconds())));
            if duration >= scenario.duration {
                return;
            }
            let mut shorter = self.document.clone();
            shorter.set_duration(duration);
            if self.trial.shows(&shorter) {
                self.document = shorter;
                if slack == Slack::None {
                    let (now, before) = (length(duration), length(scenario.duration));
                    self.removed.push(format!("all of the {before} but {now}"));
                }
                return;
            }
        }
    }

    /// Writes what is left more briefly.
    fn rewrite(&mut self) {
        // Each step makes the file shorter, so this ends.
        while rewrite::rewritten(&self.document)
            .into_iter()
            .any(|(smaller, what)| self.try_document(smaller, &what))
        {}
    }

    /// Reads the result's text again and runs it, to confirm that it shows the fault.
    fn finish(self, title: &str) -> Result<Shrunk, ShrinkError> {
        let Self { mut document, removed, mut trial } = self;
        let (fault, seed) = (trial.goal().fault.clone(), trial.seed());
        let about = format!("The smallest part of \"{title}\" that shows {fault} with seed {seed}.");
        if let Ok(number) = i64::try_from(seed) {
            // Cannot fail: the paths are plain keys.
            let _ = document.set("seed", Setting::Integer(number));
        }
        let _ = document.set("about", about.as_str());
        let text = document.to_toml();
        let document = Document::parse(&text, "shrunk.toml", document.names())?;
        let (runs, exhausted) = trial.spent();
        let scenario = document.scenario()?;
        let result = trial.prove(&scenario);
        if result.enough.is_none() {
            return Err(ShrinkError::Lost(fault));
        }
        let TrialResult { failed, answered, .. } = result;
        Ok(Shrunk { document, text, fault, seed, failed, answered, removed, runs, exhausted })
    }
}

/// What a run needs beyond the last request that matters, since its client gives up later. One of these is enough.
const MARGINS: [Span; 5] = [
    Span::from_seconds(0),
    Span::from_seconds(60),
    Span::from_seconds(600),
    Span::from_seconds(3600),
    Span::from_seconds(86_400),
];

/// Rounded up to whole minutes, to ten of them, or to hours: as people write it.
fn rounded(span: Span) -> Span {
    const MINUTE: i64 = 60_000_000_000;
    let unit = match span.nanoseconds() / MINUTE {
        ..120 => MINUTE,
        120..1440 => 10 * MINUTE,
        _ => 60 * MINUTE,
    };
    let nanoseconds = span.nanoseconds().max(1);
    Span::from_nanoseconds((nanoseconds + unit - 1) / unit * unit)
}

/// A length of time in words.
fn length(span: Span) -> String {
    time::length(span.seconds(), Clock::Epoch)
}
