//! The smallest scenario that still shows a fault.
//!
//! Delta debugging (Zeller and Hildebrandt 2002, "Simplifying and isolating failure-inducing input"):
//! parts of the file are taken away, the rest is run with the same seed, and what still shows the
//! fault goes on (`ddmin`). First what only tells and compares, then events, groups, hosts, services
//! and networks (`parts`), at last the length of the run. Random numbers have a stream for each name,
//! so a host that is gone shifts nothing for the others; what it did to them is gone with it, and that
//! may end the fault. A run ends as soon as the fault has shown itself often enough (`probe`).
//!
//! The result is minimal in that no single part of it can go any more, within the number of runs that
//! is allowed; there may be a smaller one that cannot be reached step by step.

mod ddmin;
mod parts;
mod probe;
mod tidy;

use super::words;
use crate::scenario::{Document, Problems};
use ddmin::ddmin;
use parts::Part;
use probe::{Probe, Trial, goal};
use unanswered_wire::Span;

/// What a reduction may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShrinkOptions {
    /// Most runs; what is reached by then is the result.
    pub runs_max: usize,
    /// Failed requests that the result must show (in one group of hosts, where the scenario has one that
    /// shows so many), and answered ones of the same server. Fewer where the scenario shows fewer.
    pub requests: u64,
}

impl Default for ShrinkOptions {
    /// 400 runs; ten requests of each kind are enough for `explain` to begin with.
    fn default() -> Self {
        Self { runs_max: 400, requests: 10 }
    }
}

/// A reduced scenario.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The reduced file.
    pub document: Document,
    /// The same as TOML text; it has been read and run again, and showed the fault.
    pub text: String,
    /// The fault that it shows.
    pub fault: String,
    /// The seed that it shows it with; also the file's own.
    pub seed: u64,
    /// Requests that fail because of the fault, until the number that was wanted is reached.
    pub failed: u64,
    /// Requests to the same servers that were answered.
    pub answered: u64,
    /// What was taken away, in words, in the order in which it was.
    pub removed: Vec<String>,
    /// Runs that it took.
    pub runs: usize,
    /// The number of runs was not enough to try everything.
    pub exhausted: bool,
}

/// Why nothing could be reduced.
#[derive(Debug, thiserror::Error)]
pub enum ShrinkError {
    /// The file is wrong.
    #[error(transparent)]
    Problems(#[from] Problems),
    /// The fault does not show.
    #[error("{fault} does not show itself with seed {seed}, but {shown}")]
    NotShown {
        /// The fault, or `no fault`.
        fault: String,
        /// The seed.
        seed: u64,
        /// What does, in words.
        shown: String,
    },
    /// The reduced file does not show the fault when it is read again; an error of the program.
    #[error("the reduced scenario does not show {0} when it is read again")]
    Lost(String),
}

impl ShrinkError {
    /// What to do about it, where that is known. Each of the [`Problems`] has its own.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotShown { .. } => Some("choose another seed or fault".to_owned()),
            Self::Lost(_) => Some("this is an error of the program".to_owned()),
            Self::Problems(_) => None,
        }
    }
}

/// Times that the parts are gone through; each time fewer are left.
const ROUNDS_MAX: usize = 4;

/// Reduces a scenario to the smallest one that still shows `fault` with this seed; without a name, the
/// fault by which most requests fail, those of the catalogue first. `progress` is told after each run
/// how many there were.
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
    // First in a short time, which costs little; then what is left in all of its time again, because
    // fewer hosts may need longer until the fault shows.
    reduction.shorten(Slack::Twice);
    reduction.all_parts();
    reduction.document.set_duration(scenario.duration);
    reduction.all_parts();
    reduction.trial.use_reserve();
    reduction.shorten(Slack::None);
    reduction.tidy();
    reduction.finish(&scenario.title)
}

/// How much longer than needed a run may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slack {
    None,
    Twice,
}

/// A scenario on its way.
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

    /// Away with what only tells, compares and expects: together, or else one by one. One vantage point
    /// stays and captures from the beginning, so that the result can be captured and explained.
    fn quiet(&mut self) {
        for list in ["variant", "expect", "chapter"] {
            self.part_list(&parts::items(&self.document, list));
        }
        if let Some(smaller) = parts::one_vantage(&self.document) {
            self.try_document(smaller, "all vantage points but one");
        }
    }

    /// Goes through all parts until none can go.
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
        let Some(Probe { enough: Some(enough), .. }) = self.trial.probe(&self.document) else { return };
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
                    let (now, before) = (words::length(duration), words::length(scenario.duration));
                    self.removed.push(format!("all of the {before} but {now}"));
                }
                return;
            }
        }
    }

    /// Writes what is left in fewer words.
    fn tidy(&mut self) {
        // Each step that is taken makes the file shorter, so this ends.
        while tidy::rewritten(&self.document)
            .into_iter()
            .any(|(smaller, what)| self.try_document(smaller, &what))
        {}
    }

    /// Reads the result's text again and runs it, to prove that it shows the fault.
    fn finish(self, title: &str) -> Result<Shrunk, ShrinkError> {
        let Self { mut document, removed, mut trial } = self;
        let (fault, seed) = (trial.goal().fault.clone(), trial.seed());
        let about = format!("The smallest part of \"{title}\" that shows {fault} with seed {seed}.");
        if let Ok(number) = i64::try_from(seed) {
            // Cannot fail: the paths are plain keys.
            let _ = document.set("seed", crate::scenario::Value::Integer(number));
        }
        let _ = document.set("about", about.as_str());
        let text = document.to_toml();
        let document = Document::parse(&text, "shrunk.toml")?;
        let (runs, exhausted) = trial.spent();
        let scenario = document.scenario()?;
        let probe = trial.prove(&scenario);
        if probe.enough.is_none() {
            return Err(ShrinkError::Lost(fault));
        }
        let Probe { failed, answered, .. } = probe;
        Ok(Shrunk { document, text, fault, seed, failed, answered, removed, runs, exhausted })
    }
}

/// What a run needs beyond the last request that matters: its client gives up later. One of them does.
const MARGINS: [Span; 5] = [
    Span::from_seconds(0),
    Span::from_seconds(60),
    Span::from_seconds(600),
    Span::from_seconds(3600),
    Span::from_seconds(86_400),
];

/// Rounded up to whole minutes, or to ten of them, or to hours: as people write it.
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
