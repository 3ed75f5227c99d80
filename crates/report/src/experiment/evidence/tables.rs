//! The evidence as columns, at most [`ROWS`] rows: those that say most about the answer.

use crate::experiment::answers::{self, brief};
use crate::experiment::{CameTo, Experiment, FieldName, Kind, units};
use crate::text_table::TextColumn;
use crate::{number, text};
use std::collections::BTreeMap;
use unanswered_probe::{
    Boundary, ComparisonEvidence, Decided, Hop, LimitsEvidence, MembersEvidence, Tried, WaitEvidence,
    Weighed, WhereEvidence,
};

/// Rows of a table.
const ROWS: usize = 14;
/// Widest cell with words.
const CELL: usize = 44;

/// A table and how many rows it leaves out.
pub(in crate::experiment) struct Shown {
    pub(in crate::experiment) columns: Vec<TextColumn>,
    pub(in crate::experiment) left_out: usize,
}

/// The evidence; `None` where there is none.
pub(in crate::experiment) fn columns(of: &Experiment) -> Option<Shown> {
    let name = |field| units::named(&of.fields, field);
    let shown = match &of.came_to {
        CameTo::Threshold(came, field) => {
            by_value(&nearest(&came.evidence.tried, came.verdict.found()), name(*field))
        }
        CameTo::Sets(came, field) => by_value(&telling(&came.evidence.tried), name(*field)),
        CameTo::Comparison(came, _) => compared(&came.evidence, of),
        CameTo::Limits(came, _) => bursts(&came.evidence),
        CameTo::Wait(came, _) => pauses(&came.evidence),
        CameTo::Where(came) => hops(&came.evidence),
        CameTo::Members(came) => members(&came.evidence),
        CameTo::Rivals { conclusion, .. } => {
            let tried = &conclusion.evidence.tried;
            by_settings(tried.iter().take(ROWS), tried.len(), of)
        }
    };
    (shown.columns.iter().any(|column| column.rows() > 0)).then_some(shown)
}

/// The rows to show, in rising order, of so many.
struct Chosen<'a> {
    rows: Vec<&'a Tried>,
    all: usize,
}

fn value_of(tried: &Tried) -> u64 {
    tried.settings.first().map_or(0, |setting| setting.value)
}

/// Those nearest to the boundary; without one, evenly from all.
fn nearest<'a>(tried: &'a [Tried], found: Option<&Boundary>) -> Chosen<'a> {
    let edges = found.map(|found| super::edges(*found)).unwrap_or_default();
    let distance = |tried: &Tried| edges.iter().map(|edge| edge.abs_diff(value_of(tried))).min();
    choose(tried, |tried| distance(tried).unwrap_or(0))
}

/// Of those that failed and of those that worked as many, the ones asked most often first.
fn telling(tried: &[Tried]) -> Chosen<'_> {
    let mut order: Vec<&Tried> = tried.iter().collect();
    order.sort_by_key(|tried| std::cmp::Reverse(tried.asked));
    let mut ranks = BTreeMap::new();
    let mut so_far = [0_usize; 2];
    for tried in order {
        let rank = &mut so_far[usize::from(tried.failed == 0)];
        ranks.insert(value_of(tried), *rank);
        *rank += 1;
    }
    choose(tried, |tried| ranks.get(&value_of(tried)).copied())
}

fn choose<K: Ord>(tried: &[Tried], key: impl Fn(&Tried) -> K) -> Chosen<'_> {
    let mut rows: Vec<&Tried> = tried.iter().filter(|tried| tried.asked > 0).collect();
    let all = rows.len();
    rows.sort_by_key(|tried| key(tried));
    rows.truncate(ROWS);
    rows.sort_by_key(|tried| value_of(tried));
    Chosen { rows, all }
}

fn by_value(chosen: &Chosen<'_>, name: FieldName) -> Shown {
    let rows = || chosen.rows.iter();
    Shown {
        columns: vec![
            TextColumn::right(name.words, rows().map(|tried| units::value(name, value_of(tried)))),
            TextColumn::right("asked", rows().map(|tried| tried.asked.to_string())),
            TextColumn::right("failed", rows().map(|tried| tried.failed.to_string())),
        ],
        left_out: chosen.all - chosen.rows.len(),
    }
}

fn by_settings<'a>(rows: impl Iterator<Item = &'a Tried> + Clone, all: usize, of: &Experiment) -> Shown {
    let with = |tried: &Tried| cell(&units::settings(&of.fields, &tried.settings));
    let count = rows.clone().count();
    Shown {
        columns: vec![
            TextColumn::left("request with", rows.clone().map(with)),
            TextColumn::right("asked", rows.clone().map(|tried| tried.asked.to_string())),
            TextColumn::right("failed", rows.map(|tried| tried.failed.to_string())),
        ],
        left_out: all - count,
    }
}

fn compared(evidence: &ComparisonEvidence, of: &Experiment) -> Shown {
    let mut shown = by_settings(evidence.tried.iter().take(ROWS), evidence.tried.len(), of);
    shown.columns.push(TextColumn::right(
        "rate (95 %)",
        evidence.rates.iter().take(ROWS).map(|rate| number::shares(*rate)),
    ));
    let differences =
        evidence.differences.iter().map(|by| format!("{:+.0} to {:+.0}", 100.0 * by.low, 100.0 * by.high));
    let differences = std::iter::once("-".to_owned()).chain(differences).take(ROWS.min(evidence.tried.len()));
    shown.columns.push(TextColumn::right("points more", differences));
    shown
}

fn bursts(evidence: &LimitsEvidence) -> Shown {
    let left_out = evidence.bursts.len().saturating_sub(ROWS);
    let rows = || evidence.bursts.iter().skip(left_out);
    let pause = |seconds: f64| {
        if seconds.is_finite() { format!("{seconds:.1} s") } else { "-".to_owned() }
    };
    Shown {
        columns: vec![
            TextColumn::right("burst after", rows().map(|burst| pause(burst.after))),
            TextColumn::right("sent", rows().map(|burst| burst.sent.to_string())),
            TextColumn::right("answered", rows().map(|burst| burst.answered.to_string())),
        ],
        left_out,
    }
}

fn pauses(evidence: &WaitEvidence) -> Shown {
    let mut rows: Vec<_> = evidence.tried.iter().filter(|tried| tried.asked > 0).collect();
    let all = rows.len();
    // Both sides of a boundary are asked most often.
    rows.sort_by_key(|tried| std::cmp::Reverse(tried.asked));
    rows.truncate(ROWS);
    rows.sort_by_key(|tried| tried.pause.nanoseconds());
    let rows = || rows.iter();
    Shown {
        left_out: all - rows().count(),
        columns: vec![
            TextColumn::right("pause", rows().map(|tried| units::span(tried.pause))),
            TextColumn::right("asked", rows().map(|tried| tried.asked.to_string())),
            TextColumn::right("failed", rows().map(|tried| tried.failed.to_string())),
        ],
    }
}

fn hops(evidence: &WhereEvidence) -> Shown {
    // Behind the target nothing new is seen.
    let count = evidence.reached_with.map_or(evidence.hops.len(), usize::from).min(evidence.hops.len());
    let hops = || evidence.hops.iter().take(count).chain([&evidence.target]);
    let ttl = (1..=count).map(|ttl| ttl.to_string()).chain(["full".to_owned()]);
    Shown {
        columns: vec![
            TextColumn::right("TTL", ttl),
            TextColumn::right("asked", hops().map(|hop| hop.asked.to_string())),
            TextColumn::right("answered", hops().map(|hop| answered(hop).to_string())),
            TextColumn::left("by", hops().map(|hop| cell(&by(hop)))),
        ],
        left_out: 0,
    }
}

fn answered(hop: &Hop) -> u32 {
    hop.routers.values().chain(hop.others.values()).sum::<u32>().saturating_add(hop.replies)
}

fn by(hop: &Hop) -> String {
    let addresses = hop.routers.keys().chain(hop.others.keys()).map(ToString::to_string);
    let target = (hop.replies > 0).then(|| "the target".to_owned());
    let all: Vec<String> = addresses.chain(target).collect();
    if all.is_empty() { "-".to_owned() } else { all.join(", ") }
}

fn members(evidence: &MembersEvidence) -> Shown {
    let living = || evidence.living.iter().take(ROWS);
    let silent =
        (evidence.dead_flows > 0).then_some(("no answer".to_owned(), evidence.dead_flows.to_string()));
    let rows: Vec<(String, String)> =
        living().map(|(address, flows)| (address.to_string(), flows.to_string())).chain(silent).collect();
    Shown {
        columns: vec![
            TextColumn::left("answered by", rows.iter().map(|row| row.0.clone())),
            TextColumn::right("flows", rows.iter().map(|row| row.1.clone())),
        ],
        left_out: evidence.living.len().saturating_sub(ROWS),
    }
}

/// What is still possible, in brief, with probabilities.
pub(in crate::experiment) fn remaining(of: &Experiment) -> Vec<TextColumn> {
    let name = |field| units::named(&of.fields, field);
    let rows = match &of.came_to {
        CameTo::Threshold(came, field) => {
            listed(&came.remaining, |answer| brief::boundary(*answer, name(*field)))
        }
        CameTo::Comparison(came, _) => listed(&came.remaining, |answer| brief::compared(*answer)),
        CameTo::Sets(came, _) => listed(&came.remaining, |answer| brief::failing_set(*answer)),
        CameTo::Limits(came, _) => listed(&came.remaining, |answer| brief::limited(*answer)),
        CameTo::Wait(came, _) => listed(&came.remaining, |answer| brief::pause(*answer)),
        CameTo::Where(came) => listed(&came.remaining, |answer| brief::place(*answer)),
        CameTo::Members(came) => listed(&came.remaining, |answer| brief::ways(*answer)),
        CameTo::Rivals { conclusion, words } => listed(&conclusion.remaining, |answer| match answer {
            Decided::Rival(_) => answers::decided_words(*answer, words),
            Decided::NothingFails | Decided::NoneOfThese => brief::decided(*answer),
        }),
    };
    let (answers, probabilities): (Vec<String>, Vec<String>) = rows.into_iter().unzip();
    let heading = match of.came_to.kind() {
        Kind::Threshold | Kind::Sets => "what may fail",
        Kind::Comparison | Kind::Limits | Kind::Wait | Kind::Where | Kind::Members | Kind::Rivals => {
            "still possible"
        }
    };
    vec![TextColumn::left(heading, answers), TextColumn::right("probability", probabilities)]
}

fn listed<A>(remaining: &[Weighed<A>], words: impl Fn(&A) -> String) -> Vec<(String, String)> {
    let row = |weighed: &Weighed<A>| (cell(&words(&weighed.answer)), units::probability(weighed.probability));
    // What is as good as excluded says nothing.
    remaining.iter().filter(|weighed| weighed.probability >= 0.001).map(row).collect()
}

fn cell(words: &str) -> String {
    text::shorten(&text::safe(words), CELL).into_owned()
}
