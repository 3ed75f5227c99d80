//! The pictures that convince: a telltale's feature over time, loss over
//! time, and who talks to whom.

use crate::plot::{Area, Axis, Chart, Layer, Shape};
use crate::{Clock, Report, headline, number, select, time, words};
use std::collections::BTreeMap;
use unanswered_explain::{Bracket, Clause, Condition, Finding, Kind, Source};
use unanswered_table::{MISSING, Outcome, OutcomeCounts, Values};
use unanswered_wire::features::{DESTINATION, SOURCE};

/// Maximum number of marks in one picture; beyond that answered ones are thinned out.
pub(super) const MARKS_MAX: usize = 5_000;
/// Maximum number of marks of requests that say nothing about loss.
const UNJUDGED_MAX: usize = 1_000;
/// Maximum number of named rows in a picture; the rest becomes one row.
const ROWS_MAX: usize = 14;
/// Number of marks above which those of one row are spread over its height.
const CROWDED: usize = 300;
/// Pairs of client and server shown.
const PAIRS_MAX: usize = 24;
/// Bins of the loss over time.
const BINS: usize = 60;

/// A picture and the words under it.
pub(super) struct Picture {
    pub(super) svg: String,
    pub(super) caption: String,
}

/// Times of all rows; row numbers where there are none.
fn moments(source: &dyn Source) -> (Vec<f64>, bool) {
    let times = source.times();
    if times.len() == source.rows() && !times.is_empty() {
        (times.into_owned(), true)
    } else {
        ((0..source.rows()).map(|r| r as f64).collect(), false)
    }
}

fn time_axis(times: &[f64], timed: bool, clock: Clock) -> (Axis, String) {
    let low = times.iter().copied().filter(|t| t.is_finite()).fold(f64::INFINITY, f64::min);
    let high = times.iter().copied().filter(|t| t.is_finite()).fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return (Axis::Linear { low: 0.0, high: 1.0 }, String::new());
    }
    let pad = (high - low) * 0.01;
    match (timed, clock) {
        (false, _) => (Axis::Linear { low: low - pad, high: high + pad }, "request, in order".to_owned()),
        (true, Clock::Plain) => (Axis::times(low - pad, high + pad, clock), "time".to_owned()),
        (true, Clock::Epoch) => {
            let label = format!("time, {}", time::range(low, high, clock));
            (Axis::times(low - pad, high + pad, clock), label)
        }
    }
}

/// How a request is drawn: what it says about loss.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Answered,
    Failed,
    /// It says nothing about loss: superseded, no reply due, unknown.
    Unjudged,
}

const fn group(outcome: Outcome) -> Group {
    match (outcome.judged(), outcome.failed()) {
        (false, _) => Group::Unjudged,
        (true, true) => Group::Failed,
        (true, false) => Group::Answered,
    }
}

/// The rows to draw: all failures, an even sample of the answered ones and a smaller one of those that say nothing about
/// loss; and whether any were left out.
fn drawn(outcomes: &[Outcome]) -> (Vec<u32>, bool) {
    let of = |wanted: Group| -> Vec<u32> {
        let rows = outcomes.iter().zip(0_u32..);
        rows.filter(|(o, _)| group(**o) == wanted).map(|(_, r)| r).collect()
    };
    let [failed, answered, unjudged] = [Group::Failed, Group::Answered, Group::Unjudged].map(of);
    let unjudged_kept = thin(&unjudged, UNJUDGED_MAX);
    let room = MARKS_MAX - unjudged_kept.len();
    // All failures if that leaves room for the answered ones, else more than half of the marks.
    let failed_kept = if failed.len() <= room { failed.clone() } else { thin(&failed, room * 3 / 5) };
    let answered_kept = thin(&answered, (room - failed_kept.len()).max(room * 2 / 5));
    let kept = failed_kept.len() + answered_kept.len() + unjudged_kept.len();
    let left_out = kept < failed.len() + answered.len() + unjudged.len();
    let mut rows = [failed_kept, answered_kept, unjudged_kept].concat();
    rows.sort_unstable();
    (rows, left_out)
}

/// At most `most` of the rows, evenly spread.
fn thin(rows: &[u32], most: usize) -> Vec<u32> {
    if rows.len() <= most {
        return rows.to_vec();
    }
    (0..most).map(|i| rows[i * rows.len() / most]).collect()
}

/// The clause that the picture is about: one over ordered values if there is one, else the last.
fn shown(finding: &Finding) -> Option<&Clause> {
    let ordered = |c: &&Clause| matches!(c.condition, Condition::Range { .. } | Condition::Modulus { .. });
    finding.clauses.iter().find(ordered).or(finding.clauses.last())
}

/// The telltale's feature over time.
pub(super) fn telltale(finding: &Finding, report: &Report<'_>, source: &dyn Source) -> Option<Picture> {
    let clause = shown(finding)?;
    let outcomes = source.outcomes();
    let (rows, left_out) = drawn(&outcomes);
    let table = source.sample(&rows);
    let column = table.column(&clause.subject, clause.at)?;
    let (times, timed) = moments(source);
    let others = select::all_of(source, finding.clauses.iter().filter(|c| !std::ptr::eq(*c, clause)));
    let (y, heights) = vertical(&column.values, clause);
    let rows: Vec<Mark> = rows
        .iter()
        .zip(&heights)
        .filter(|(_, height)| height.is_finite())
        .map(|(&row, &height)| Mark {
            x: times[row as usize],
            y: height,
            outcome: outcomes[row as usize],
            strong: others[row as usize],
        })
        .collect();
    let (x, x_label) = time_axis(&times, timed, report.clock);
    let mut layers = windows(finding, &x);
    let (inside, rules) = boundary(clause, &y, headline::rates(finding).as_deref());
    layers.extend(inside);
    layers.extend(marks(&rows, finding.clauses.len() > 1));
    layers.extend(rules);
    let height = if let Axis::Names(names) = &y { (26.0 * names.len() as f64).max(120.0) } else { 330.0 };
    let feature = words::feature(clause);
    let chart = Chart {
        title: format!("{} of each request against time, answered or not", headline::capital(&feature)),
        x,
        x_label,
        y,
        y_label: match clause.condition {
            Condition::Modulus { modulus, .. } => format!("{feature}, modulo {modulus}"),
            Condition::In(_) | Condition::NotIn(_) | Condition::Range { .. } => feature,
        },
        height,
        layers,
    };
    Some(Picture { svg: chart.svg(), caption: caption(finding, left_out) })
}

fn caption(finding: &Finding, left_out: bool) -> String {
    let mut caption = "One mark a request; shaded: where the telltale holds.".to_owned();
    if finding.clauses.len() > 1 {
        caption.push_str(" Faint: requests that do not satisfy its other clauses.");
    }
    if left_out {
        caption.push_str(" Thinned out evenly; the counts in the text are of all requests.");
    }
    caption
}

struct Mark {
    x: f64,
    y: f64,
    outcome: Outcome,
    strong: bool,
}

/// The vertical axis, and each row's value on it; NaN where the feature is missing.
fn vertical(values: &Values, clause: &Clause) -> (Axis, Vec<f64>) {
    match (values, &clause.condition) {
        (Values::Numbers(numbers), Condition::Modulus { modulus, .. }) => {
            let divisor = f64::from((*modulus).max(1));
            let rests = numbers.iter().map(|v| v.rem_euclid(divisor)).collect();
            if usize::try_from(*modulus).is_ok_and(|m| m <= ROWS_MAX) {
                (Axis::Names((0..*modulus).map(|r| r.to_string()).collect()), spread(rests))
            } else {
                (Axis::Linear { low: -0.5, high: divisor - 0.5 }, rests)
            }
        }
        (Values::Numbers(numbers), _) => {
            let marked = [clause.bracket_low, clause.bracket_high];
            let extra = marked.into_iter().flatten().flat_map(|b| [Some(b.failing), b.working]).flatten();
            (Axis::amounts(numbers.iter().copied().chain(extra)), numbers.clone())
        }
        (Values::Codes { codes, labels }, _) => by_name(codes, labels, clause),
    }
}

/// One row for each name, those inside the clause first; rare ones share the last row.
fn by_name(codes: &[u32], labels: &[String], clause: &Clause) -> (Axis, Vec<f64>) {
    let mut counts = vec![0_u64; labels.len()];
    for code in codes {
        if let Some(count) = counts.get_mut(*code as usize) {
            *count += 1;
        }
    }
    let mut order: Vec<usize> = (0..labels.len()).filter(|i| counts[*i] > 0).collect();
    let inside: Vec<bool> = labels.iter().map(|l| clause.condition.holds_text(l)).collect();
    order.sort_by_key(|&i| (!inside[i], std::cmp::Reverse(counts[i]), i));
    let own = if order.len() > ROWS_MAX { balanced(&order, &inside) } else { order.clone() };
    let mut names: Vec<String> = own.iter().map(|&i| label(&labels[i])).collect();
    let mut row_of = vec![f64::NAN; labels.len()];
    for (row, &i) in own.iter().enumerate() {
        row_of[i] = row as f64;
    }
    let mut rest = 0;
    for &i in order.iter().filter(|i| !own.contains(i)) {
        // Those inside never go into the row of the others: the picture would be misleading.
        if !inside[i] {
            row_of[i] = own.len() as f64;
            rest += 1;
        }
    }
    if rest > 0 {
        names.push(format!("{rest} others"));
    }
    let heights = codes
        .iter()
        .map(|&c| if c == MISSING { f64::NAN } else { row_of.get(c as usize).copied().unwrap_or(f64::NAN) })
        .collect();
    (Axis::Names(names), spread(heights))
}

/// Marks of a crowded row spread over its height, so that they do not hide each other: the
/// fractional parts of multiples of the golden ratio are even and look like noise.
fn spread(mut heights: Vec<f64>) -> Vec<f64> {
    if heights.len() > CROWDED {
        for (i, height) in heights.iter_mut().enumerate() {
            *height += (i as f64 * 0.618_033_988_75).fract() * 0.6 - 0.3;
        }
    }
    heights
}

/// The most common names inside and outside, half of the rows each where both have enough.
fn balanced(order: &[usize], inside: &[bool]) -> Vec<usize> {
    let (within, without): (Vec<usize>, Vec<usize>) = order.iter().partition(|i| inside[**i]);
    let half = ROWS_MAX / 2;
    let first = within.len().min(ROWS_MAX - without.len().min(half));
    let second = without.len().min(ROWS_MAX - first);
    [&within[..first], &without[..second]].concat()
}

fn label(name: &str) -> String {
    if name.is_empty() { "(empty)".to_owned() } else { name.to_owned() }
}

/// Where the clause holds, and its bounds: with the values on both sides, or with the failing rates where the split is not clean.
fn boundary(clause: &Clause, y: &Axis, rates: Option<&str>) -> (Option<Layer>, Vec<Layer>) {
    let everywhere = (f64::NEG_INFINITY, f64::INFINITY);
    let mut areas = Vec::new();
    let mut rules = Vec::new();
    match (&clause.condition, y) {
        (
            Condition::Range { at_least, at_most },
            Axis::Linear { .. } | Axis::Log { .. } | Axis::Time { .. },
        ) => {
            let low = at_least.map(|v| edge(v, clause.bracket_low, y));
            let high = at_most.map(|v| edge(v, clause.bracket_high, y));
            let ends = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
            areas.push(Area { x: everywhere, y: ends });
            rules
                .extend(low.map(|at| rule(at, clause.bracket_low, ("failing from", "working up to"), rates)));
            rules.extend(
                high.map(|at| rule(at, clause.bracket_high, ("failing up to", "working from"), rates)),
            );
        }
        (Condition::Modulus { remainders, .. }, _) => {
            areas.extend(
                remainders
                    .iter()
                    .map(|r| Area { x: everywhere, y: (f64::from(*r) - 0.5, f64::from(*r) + 0.5) }),
            );
        }
        (condition, Axis::Names(names)) => {
            let inside = names.iter().enumerate().filter(|(_, n)| condition.holds_text(n));
            areas.extend(inside.map(|(i, _)| Area { x: everywhere, y: (i as f64 + 0.5, i as f64 - 0.5) }));
        }
        (Condition::In(values), _) => {
            let numbers = values.iter().filter_map(|v| match v {
                unanswered_explain::Value::Number(n) => Some(*n),
                unanswered_explain::Value::Text(_) => None,
            });
            areas.extend(numbers.map(|n| Area { x: everywhere, y: (n - 0.5, n + 0.5) }));
        }
        (Condition::NotIn(_), _) => {}
    }
    let label = Some("telltale holds".to_owned());
    ((!areas.is_empty()).then_some(Layer::Areas { class: "inside", label, areas }), rules)
}

/// Where to draw a bound: halfway between what failed and what worked, on the axis's own scale.
fn edge(bound: f64, bracket: Option<Bracket>, y: &Axis) -> f64 {
    match (bracket, y) {
        (Some(Bracket { failing, working: Some(working) }), Axis::Log { low, .. }) => {
            (failing.max(*low) * working.max(*low)).sqrt()
        }
        (Some(Bracket { failing, working: Some(working) }), _) => f64::midpoint(failing, working),
        _ => bound,
    }
}

fn rule(at: f64, bracket: Option<Bracket>, (failing, working): (&str, &str), rates: Option<&str>) -> Layer {
    let values = match bracket {
        Some(Bracket { failing: f, working: Some(w) }) => {
            format!("{failing} {}, {working} {}", number::short(f), number::short(w))
        }
        Some(Bracket { failing: f, working: None }) => format!("{failing} {}", number::short(f)),
        None => number::short(at),
    };
    Layer::Rule { at, note: rates.map_or(values, str::to_owned) }
}

/// Marks that say nothing about loss behind answered ones, those behind failed ones; faint ones behind strong ones.
fn marks(rows: &[Mark], conjunction: bool) -> Vec<Layer> {
    let mut layers = Vec::new();
    for strong in [false, true] {
        let (judged, unjudged): (Vec<Outcome>, Vec<Outcome>) =
            Outcome::ALL.into_iter().partition(|o| o.judged());
        for outcome in unjudged.into_iter().chain(judged) {
            let points: Vec<(f64, f64)> = rows
                .iter()
                .filter(|m| m.outcome == outcome && m.strong == strong)
                .map(|m| (m.x, m.y))
                .collect();
            if points.is_empty() {
                continue;
            }
            let class = match (group(outcome), strong) {
                (Group::Answered, true) => "good",
                (Group::Failed, true) => "bad",
                (Group::Unjudged, true) => "muted",
                (Group::Answered, false) => "faint-good",
                (Group::Failed, false) => "faint-bad",
                (Group::Unjudged, false) => "faint-muted",
            };
            let word = words::outcome(outcome);
            let label = if strong { word.to_owned() } else { format!("{word}, other clauses not met") };
            debug_assert!(strong || conjunction, "without other clauses all requests satisfy them");
            layers.push(Layer::Marks { shape: shape(outcome), class, label: Some(label), points });
        }
    }
    layers
}

fn shape(outcome: Outcome) -> Shape {
    match outcome {
        Outcome::Answered => Shape::Dot,
        Outcome::Superseded => Shape::Dash,
        Outcome::NoneDue => Shape::Stroke,
        Outcome::Unknown => Shape::Ring,
        Outcome::Unanswered => Shape::Cross,
        Outcome::Refused | Outcome::Error => Shape::Square,
        Outcome::Late => Shape::Triangle,
        Outcome::Rejected => Shape::Diamond,
    }
}

/// The windows of a finding in time, as shaded areas.
fn windows(finding: &Finding, x: &Axis) -> Vec<Layer> {
    let (Axis::Linear { low, high } | Axis::Time { low, high }) = x else { return Vec::new() };
    let everywhere = (f64::NEG_INFINITY, f64::INFINITY);
    let areas: Vec<Area> = match (finding.kind, finding.period) {
        (Kind::Outage, Some(period)) if period.every > 0.0 => {
            let first = ((low - period.offset) / period.every).floor();
            (0..500)
                .map(|i| (first + f64::from(i)) * period.every + period.offset)
                .take_while(|start| start < high)
                .map(|start| Area { x: (start, start + period.length), y: everywhere })
                .collect()
        }
        (Kind::Outage | Kind::Degradation, _) if finding.from.is_some() || finding.to.is_some() => {
            let ends = (finding.from.unwrap_or(f64::NEG_INFINITY), finding.to.unwrap_or(f64::INFINITY));
            vec![Area { x: ends, y: everywhere }]
        }
        _ => Vec::new(),
    };
    if areas.is_empty() {
        return Vec::new();
    }
    let label = match finding.kind {
        Kind::Service | Kind::Sign => "all failed",
        Kind::Degradation => "loss rises",
        Kind::Outage | Kind::Telltale | Kind::Overload => "outage",
    };
    vec![Layer::Areas { class: "window", label: Some(label.to_owned()), areas }]
}

/// Requests and failures in bins of time, with the windows of the findings in time.
pub(super) fn loss_over_time(report: &Report<'_>, source: &dyn Source) -> Option<Picture> {
    let outcomes = source.outcomes();
    let (times, timed) = moments(source);
    if times.is_empty() {
        return None;
    }
    let (x, x_label) = time_axis(&times, timed, report.clock);
    let (Axis::Linear { low, high } | Axis::Time { low, high }) = x else { return None };
    let step = (high - low) / BINS as f64;
    let mut bins = [[0_u64; 3]; BINS];
    for (outcome, moment) in outcomes.iter().zip(&times) {
        if moment.is_finite() {
            let bin = number::whole(((moment - low) / step).floor()).and_then(|b| usize::try_from(b).ok());
            bins[bin.unwrap_or(0).min(BINS - 1)][group(*outcome) as usize] += 1;
        }
    }
    let most = bins.iter().map(|bin| bin.iter().sum::<u64>()).max().unwrap_or(0);
    let (mut good, mut bad, mut muted) = (Vec::new(), Vec::new(), Vec::new());
    for (i, [answered, failed, unjudged]) in bins.iter().enumerate() {
        let start = low + step * i as f64;
        let ends = (start + step * 0.06, start + step * 0.94);
        let (answered, failed, unjudged) = (*answered as f64, *failed as f64, *unjudged as f64);
        if unjudged > 0.0 {
            muted.push(Area { x: ends, y: (failed + answered, failed + answered + unjudged) });
        }
        if failed > 0.0 {
            bad.push(Area { x: ends, y: (0.0, failed) });
        }
        if answered > 0.0 {
            good.push(Area { x: ends, y: (failed, failed + answered) });
        }
    }
    let mut layers: Vec<Layer> = report.diagnosis.findings.iter().flat_map(|f| windows(f, &x)).collect();
    layers.push(Layer::Areas { class: "bar-good", label: Some("answered".to_owned()), areas: good });
    layers.push(Layer::Areas { class: "bar-bad", label: Some("failed".to_owned()), areas: bad });
    layers.extend(not_judged(&outcomes, muted));
    let chart = Chart {
        title: "Answered and failed requests over time".to_owned(),
        x,
        x_label,
        y: Axis::Linear { low: 0.0, high: (most.max(1) as f64) * 1.08 },
        y_label: "requests".to_owned(),
        height: 190.0,
        layers,
    };
    let each =
        if timed { time::length(step, report.clock) } else { "an equal share of the requests".to_owned() };
    Some(Picture { svg: chart.svg(), caption: format!("Each bar: {each}.") })
}

/// The bars of requests that say nothing about loss, where there are any; the legend names the outcomes that they have.
fn not_judged(outcomes: &[Outcome], areas: Vec<Area>) -> Option<Layer> {
    let present: OutcomeCounts = outcomes.iter().collect();
    let present = present.present().filter(|(outcome, _)| group(*outcome) == Group::Unjudged);
    let names: Vec<&str> = present.map(|(outcome, _)| words::outcome(outcome)).collect();
    let label = Some(names.join(" or "));
    (!areas.is_empty()).then_some(Layer::Areas { class: "bar-muted", label, areas })
}

/// Who talks to whom, with the loss of each pair.
pub(super) fn pairs(source: &dyn Source) -> Option<Picture> {
    let clients = select::names(source, &SOURCE)?;
    let servers = select::names(source, &DESTINATION)?;
    let (Values::Codes { codes: from, labels: froms }, Values::Codes { codes: to, labels: tos }) =
        (&clients.values, &servers.values)
    else {
        return None;
    };
    let mut counts: BTreeMap<(u32, u32), [u64; 3]> = BTreeMap::new();
    for ((from, to), outcome) in from.iter().zip(to).zip(source.outcomes().iter()) {
        if *from != MISSING && *to != MISSING {
            counts.entry((*from, *to)).or_default()[group(*outcome) as usize] += 1;
        }
    }
    let mut pairs: Vec<_> = counts.into_iter().collect();
    let all = pairs.len();
    pairs
        .sort_by_key(|(_, [answered, failed, _])| (std::cmp::Reverse(*failed), std::cmp::Reverse(*answered)));
    pairs.truncate(PAIRS_MAX);
    let most = pairs.iter().map(|(_, counts)| counts.iter().sum::<u64>()).max()? as f64;
    let name = |labels: &[String], code: u32| labels.get(code as usize).cloned().unwrap_or_default();
    let rows = pairs.iter().map(|((a, b), _)| format!("{} → {}", name(froms, *a), name(tos, *b)));
    let names: Vec<String> = rows.collect();
    let (mut good, mut bad, mut muted, mut notes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (i, (_, [answered, failed, unjudged])) in pairs.iter().enumerate() {
        let y = (i as f64 + 0.32, i as f64 - 0.32);
        let (a, f, u) = (*answered as f64, *failed as f64, *unjudged as f64);
        muted.extend((*unjudged > 0).then_some(Area { x: (f + a, f + a + u), y }));
        bad.extend((*failed > 0).then_some(Area { x: (0.0, f), y }));
        good.extend((*answered > 0).then_some(Area { x: (f, f + a), y }));
        let all = answered + failed;
        let judged = (all > 0).then(|| format!("{failed} of {all} ({})", number::percent(*failed, all)));
        notes.push((f + a + u, i as f64, judged.unwrap_or_else(|| "not judged".to_owned())));
    }
    let height = 24.0 * names.len() as f64;
    let chart = Chart {
        title: "Who talks to whom, and how much of it fails".to_owned(),
        x: Axis::Linear { low: 0.0, high: most * 1.25 },
        x_label: "requests".to_owned(),
        y: Axis::Names(names),
        y_label: String::new(),
        height,
        layers: [
            Layer::Areas { class: "bar-bad", label: Some("failed".to_owned()), areas: bad },
            Layer::Areas { class: "bar-good", label: Some("answered".to_owned()), areas: good },
        ]
        .into_iter()
        .chain(not_judged(&source.outcomes(), muted))
        .chain([Layer::Notes { class: "count", notes }])
        .collect(),
    };
    let caption = if all > PAIRS_MAX {
        format!("The {PAIRS_MAX} pairs with the most failures, of {all}.")
    } else {
        format!("All {} of client and server.", number::count(all as u64, "pair"))
    };
    Some(Picture { svg: chart.svg(), caption })
}
