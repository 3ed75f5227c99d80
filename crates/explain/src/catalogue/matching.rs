//! How well an entry's symptom fits a telltale.

use super::entry::{ClausePattern, Entry, Role, Test};
use crate::{Circumstance, Clause, Condition, Finding, Fit, Observed, Value};
use unanswered_registry::{Aspect, Layer};
use unanswered_table::{Outcome, Step};

/// Weights of the symptom's parts: a clause says most, the protocol least.
const PROTOCOL: f64 = 1.0;
const KIND: f64 = 0.5;
const OUTCOME: f64 = 1.0;
const REFUSAL: f64 = 2.0;
const STEP: f64 = 1.5;
const FACT: f64 = 1.0;
const REQUIRED_CLAUSE: f64 = 3.0;
const SUPPORTING_CLAUSE: f64 = 1.0;
/// What speaks for an entry and was not seen.
const MISSING_SUPPORT: f64 = 0.5;
/// A place of the telltale that the symptom does not mention: every fault sits somewhere.
const FOREIGN_PLACE: f64 = 0.25;
/// A mechanism that strikes each time leaves at most one request in this many alone: a retry, a late copy.
const SPARED_SHARE: u64 = 20;

/// A telltale with everything else that is known of it.
pub(super) struct Candidate<'a> {
    pub(super) finding: &'a Finding,
    /// The finding's clauses, or a rival's.
    pub(super) clauses: &'a [Clause],
    pub(super) context: &'a Observed,
}

/// How well an entry fits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Match {
    /// 0 to 1.
    pub(super) fit: f64,
    /// 0 to 1: how much the best clause says beyond the feature's name.
    pub(super) specific: f64,
    /// What fits and what does not.
    pub(super) because: Fit,
}

impl Match {
    /// Whether everything that the mechanism needs was seen.
    pub(super) fn is_named(&self) -> bool {
        self.because.unseen.is_empty()
    }
}

/// Fits an entry; `None` when something that it requires is not there, or something rules it out. What could
/// not be seen either way is in [`Fit::unseen`].
pub(super) fn entry(entry: &Entry, subject: &Candidate<'_>) -> Option<Match> {
    let mut weighing = Weighing::default();
    circumstances(entry, subject, &mut weighing)?;
    facts(entry, subject, &mut weighing)?;
    clauses(entry, subject, &mut weighing)?;
    foreign(entry, subject, &mut weighing)?;
    step(entry, subject, &mut weighing)?;
    always(entry, subject, &mut weighing)?;
    let outside = entry.symptom.not_seen.iter().cloned().map(Circumstance::Outside);
    weighing.because.unseen.extend(outside);
    Some(weighing.finish())
}

/// A known step that is none of the entry's rules it out.
fn step(entry: &Entry, subject: &Candidate<'_>, weighing: &mut Weighing) -> Option<()> {
    match subject.finding.step.as_ref().and_then(|step| step.step) {
        None if entry.symptom.step_seen => weighing.unseen(Circumstance::SomeStep),
        None => weighing.untold(STEP, Circumstance::SomeStep),
        Some(step) if entry.steps.iter().any(|&named| alike(named, step)) => {
            weighing.fits(STEP, Circumstance::Step(step));
        }
        Some(_) => return None,
    }
    Some(())
}

/// A mechanism that strikes each time is ruled out by requests that meet the telltale and were answered.
fn always(entry: &Entry, subject: &Candidate<'_>, weighing: &mut Weighing) -> Option<()> {
    let inside = &subject.finding.inside;
    if !entry.symptom.always || inside.requests == 0 {
        return Some(());
    }
    let spared = inside.requests.saturating_sub(inside.failed);
    (spared * SPARED_SHARE <= inside.requests).then(|| weighing.fits(FACT, Circumstance::Always))
}

/// Whether two steps look the same from outside the server.
fn alike(a: Step, b: Step) -> bool {
    let inside = |step| matches!(step, Step::ValidateRequest | Step::UpdateServerState);
    a == b || inside(a) && inside(b)
}

fn circumstances(entry: &Entry, subject: &Candidate<'_>, weighing: &mut Weighing) -> Option<()> {
    let (symptom, finding, context) = (&entry.symptom, subject.finding, subject.context);
    if !entry.protocols.is_empty() && !context.protocols.is_empty() {
        let shared = entry.protocols.iter().find(|name| context.protocols.contains(name))?;
        weighing.fits(PROTOCOL, Circumstance::Protocol(shared.clone()));
        // Another protocol that fails alike has another cause in common with it.
        let strange = context.protocols.iter().any(|name| !entry.protocols.contains(name));
        (!strange).then_some(())?;
    } else {
        weighing.silent(PROTOCOL, entry.protocols.is_empty());
    }
    if !symptom.kinds.is_empty() {
        symptom.kinds.contains(&finding.kind).then_some(())?;
        weighing.silent(KIND, true);
    }
    if !symptom.outcomes.is_empty() {
        let shared = symptom.outcomes.iter().find(|outcome| finding.failed.contains(outcome))?;
        weighing.fits(OUTCOME, Circumstance::Outcome(*shared));
    }
    if !symptom.refusals.is_empty() {
        if context.refusals.is_empty() {
            // Where the exchanges were looked at, no refusal means that there was none.
            let refused =
                [Outcome::Refused, Outcome::Error].iter().any(|outcome| finding.failed.contains(outcome));
            let unknown = context.protocols.is_empty() && refused;
            unknown.then_some(())?;
            weighing.untold(REFUSAL, Circumstance::SomeRefusal);
        } else {
            let said = |code: &String| context.refusals.iter().find(|r| r.kind().code == code.as_str());
            let refusal = symptom.refusals.iter().find_map(said)?;
            weighing.fits(REFUSAL, Circumstance::Refusal(*refusal));
        }
    }
    Some(())
}

fn facts(entry: &Entry, subject: &Candidate<'_>, weighing: &mut Weighing) -> Option<()> {
    let (symptom, context) = (&entry.symptom, subject.context);
    if symptom.excluded_facts.iter().any(|&fact| context.holds(fact) == Some(true)) {
        return None;
    }
    for &fact in &symptom.required_facts {
        match context.holds(fact) {
            Some(true) => {
                let share = fact.specific().midpoint(1.0);
                weighing.fits_partly(REQUIRED_CLAUSE, share, Circumstance::Fact(fact));
                weighing.decide(fact.specific());
            }
            Some(false) => return None,
            None => weighing.unseen(Circumstance::Fact(fact)),
        }
    }
    for &fact in &symptom.facts {
        if context.holds(fact) == Some(true) {
            weighing.fits(FACT, Circumstance::Fact(fact));
        } else {
            weighing.untold(MISSING_SUPPORT, Circumstance::Fact(fact));
        }
    }
    Some(())
}

fn clauses(entry: &Entry, subject: &Candidate<'_>, weighing: &mut Weighing) -> Option<()> {
    let mut groups_met: Vec<&str> = Vec::new();
    let mut groups_open: Vec<&ClausePattern> = Vec::new();
    for pattern in &entry.symptom.clauses {
        let found = subject
            .clauses
            .iter()
            .filter(|clause| pattern.names(&clause.subject))
            .filter_map(|clause| fits(&pattern.test, clause))
            .max_by(f64::total_cmp);
        match (pattern.role, found) {
            (Role::Contradicts, Some(_)) => return None,
            (Role::Contradicts, None) => {}
            (Role::Supports, Some(_)) => {
                weighing.fits(SUPPORTING_CLAUSE, Circumstance::Pattern(pattern.words.clone()))
            }
            (Role::Supports, None) => {
                // Where all requests are alike in it, no clause can say it.
                weighing.untold(MISSING_SUPPORT, Circumstance::Pattern(pattern.words.clone()));
            }
            (Role::Required, Some(specific)) => {
                let group = pattern.group.as_deref();
                if group.is_none_or(|name| !groups_met.contains(&name)) {
                    let words = Circumstance::Pattern(pattern.words.clone());
                    weighing.fits_partly(REQUIRED_CLAUSE, specific.midpoint(1.0), words);
                    groups_met.extend(group);
                }
                weighing.decide(specific);
            }
            (Role::Required, None) if pattern.group.is_some() => groups_open.push(pattern),
            (Role::Required, None) => return None,
        }
    }
    let met =
        |pattern: &&ClausePattern| pattern.group.as_deref().is_some_and(|name| groups_met.contains(&name));
    groups_open.iter().all(met).then_some(())
}

/// A clause that the mechanism does not predict rules it out, unless it says where the fault sits. A clause on a feature
/// that the symptom mentions must say what the symptom says of it.
fn foreign(entry: &Entry, subject: &Candidate<'_>, weighing: &mut Weighing) -> Option<()> {
    for clause in subject.clauses {
        let said =
            |pattern: &ClausePattern| pattern.names(&clause.subject) && fits(&pattern.test, clause).is_some();
        if entry.symptom.clauses.iter().any(said) {
            continue;
        }
        let on_the_path = clause.subject.feature().is_some_and(|feature| feature.layer == Layer::Path);
        (on_the_path || clause.subject.aspect() == Aspect::Where).then_some(())?;
        weighing.fits_not(FOREIGN_PLACE, Circumstance::Unmentioned(clause.subject.clone()));
    }
    Some(())
}

/// Whether a clause fits a test, and how much that says: 1 for a threshold that the data bracket;
/// less for what any value could have met.
fn fits(test: &Test, clause: &Clause) -> Option<f64> {
    match test {
        Test::Any => Some(0.2),
        Test::Modulus => matches!(clause.condition, Condition::Modulus { .. }).then_some(0.5),
        Test::AllBut => matches!(clause.condition, Condition::NotIn(_)).then_some(0.2),
        Test::NotMultipleOf(divisor) => none_divisible(*divisor, clause).then_some(0.7),
        Test::Many => {
            matches!(&clause.condition, Condition::In(values) if values.len() >= Test::MANY).then_some(0.5)
        }
        Test::Low => upper(clause).filter(|upper| !upper.open_below).map(|_| 0.4),
        Test::High => lower(clause).filter(|lower| !lower.open_above).map(|_| 0.4),
        Test::Below { from, to } => {
            let bound = upper(clause)?;
            let allowed = bound.failing < *to && bound.working.is_none_or(|working| working >= *from);
            (allowed && !bound.open_below).then_some(bound.says)
        }
        Test::Above { from, to } => {
            let bound = lower(clause)?;
            let allowed = bound.failing > *from && bound.working.is_none_or(|working| working <= *to);
            (allowed && !bound.open_above).then_some(bound.says)
        }
        Test::Limit { from, to } => {
            let bound = lower(clause)?;
            let shown = bound.working.is_some_and(|working| working >= *from && working <= *to);
            (shown && !bound.open_above).then_some(bound.says)
        }
        Test::Values(listed) => among(listed, clause).then_some(0.9),
        Test::Excludes(listed) => outside(listed, clause).then_some(0.8),
    }
}

/// Whether no failing value is a multiple of the divisor.
fn none_divisible(divisor: u32, clause: &Clause) -> bool {
    match &clause.condition {
        Condition::Modulus { modulus, remainders } => {
            // A remainder by a divisor of it (odd lengths) shows it as well.
            divisor.is_multiple_of(*modulus) && !remainders.contains(&0)
        }
        Condition::In(values) => values
            .iter()
            .all(|value| as_number(value).is_some_and(|n| n.rem_euclid(f64::from(divisor)) != 0.0)),
        Condition::NotIn(_) | Condition::Range { .. } => false,
    }
}

/// What a clause says about one end of the failing values.
struct Bound {
    failing: f64,
    working: Option<f64>,
    /// A working value lies below the failing ones.
    open_below: bool,
    /// A working value lies above the failing ones.
    open_above: bool,
    says: f64,
}

fn upper(clause: &Clause) -> Option<Bound> {
    match &clause.condition {
        Condition::Range { at_most: Some(most), .. } => Some(Bound {
            failing: clause.bracket_high.map_or(*most, |bracket| bracket.failing),
            working: clause.bracket_high.and_then(|bracket| bracket.working),
            open_below: clause.bracket_low.is_some_and(|bracket| bracket.working.is_some()),
            open_above: false,
            says: if clause.bracket_high.is_some() { 1.0 } else { 0.9 },
        }),
        Condition::In(values) => set(values).map(|(_, largest)| Bound {
            working: clause.bracket_high.and_then(|bracket| bracket.working),
            open_below: clause.bracket_low.is_some_and(|bracket| bracket.working.is_some()),
            ..set_bound(largest)
        }),
        Condition::Range { .. } | Condition::NotIn(_) | Condition::Modulus { .. } => None,
    }
}

fn lower(clause: &Clause) -> Option<Bound> {
    match &clause.condition {
        Condition::Range { at_least: Some(least), .. } => Some(Bound {
            failing: clause.bracket_low.map_or(*least, |bracket| bracket.failing),
            working: clause.bracket_low.and_then(|bracket| bracket.working),
            open_below: false,
            open_above: clause.bracket_high.is_some_and(|bracket| bracket.working.is_some()),
            says: if clause.bracket_low.is_some() { 1.0 } else { 0.9 },
        }),
        Condition::In(values) => set(values).map(|(smallest, _)| Bound {
            working: clause.bracket_low.and_then(|bracket| bracket.working),
            open_above: clause.bracket_high.is_some_and(|bracket| bracket.working.is_some()),
            ..set_bound(smallest)
        }),
        Condition::Range { .. } | Condition::NotIn(_) | Condition::Modulus { .. } => None,
    }
}

/// A set of values meets a threshold without naming it.
fn set_bound(failing: f64) -> Bound {
    Bound { failing, working: None, open_below: false, open_above: false, says: 0.5 }
}

/// Smallest and largest of a set of numbers.
fn set(values: &[Value]) -> Option<(f64, f64)> {
    let numbers: Option<Vec<f64>> = values.iter().map(as_number).collect();
    let numbers = numbers.filter(|numbers| !numbers.is_empty())?;
    Some(numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &n| (low.min(n), high.max(n))))
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Text(text) => text.parse().ok(),
    }
}

#[expect(clippy::float_cmp, reason = "constants and header fields, not computed numbers")]
fn same(a: &Value, b: &Value) -> bool {
    match (as_number(a), as_number(b)) {
        (Some(a), Some(b)) => a == b,
        _ => matches!((a, b), (Value::Text(a), Value::Text(b)) if a.eq_ignore_ascii_case(b) || is_part(b, a)),
    }
}

/// Whether a pattern `*part*` matches the text.
fn is_part(pattern: &str, text: &str) -> bool {
    pattern.strip_prefix('*').and_then(|rest| rest.strip_suffix('*')).is_some_and(|part| text.contains(part))
}

fn among(listed: &[Value], clause: &Clause) -> bool {
    match &clause.condition {
        Condition::In(values) => values.iter().all(|value| listed.iter().any(|one| same(value, one))),
        Condition::Range { at_least, at_most } => set(listed).is_some_and(|(low, high)| {
            let least = clause.bracket_low.map(|bracket| bracket.failing).or(*at_least);
            let most = clause.bracket_high.map(|bracket| bracket.failing).or(*at_most);
            // An open end has no working value beyond it, so the far end of the list may be meant.
            let ends = [least, most].into_iter().flatten();
            ends.clone().count() > 0 && ends.into_iter().all(|end| end >= low && end <= high)
        }),
        Condition::NotIn(_) | Condition::Modulus { .. } => false,
    }
}

fn outside(listed: &[Value], clause: &Clause) -> bool {
    match &clause.condition {
        Condition::In(values) => !values.iter().any(|value| listed.iter().any(|one| same(value, one))),
        Condition::NotIn(values) => listed.iter().all(|one| values.iter().any(|value| same(value, one))),
        Condition::Range { at_least, at_most } => listed.iter().all(|one| {
            as_number(one).is_some_and(|number| {
                at_least.is_some_and(|least| number < least) || at_most.is_some_and(|most| number > most)
            })
        }),
        Condition::Modulus { .. } => false,
    }
}

/// What was weighed so far.
#[derive(Default)]
struct Weighing {
    met: f64,
    total: f64,
    because: Fit,
    specific: f64,
}

impl Weighing {
    fn fits(&mut self, weight: f64, what: Circumstance) {
        self.fits_partly(weight, 1.0, what);
    }

    /// Fits, with a share of its weight: any value might have met the pattern.
    fn fits_partly(&mut self, weight: f64, share: f64, what: Circumstance) {
        self.met += weight * share;
        self.total += weight;
        self.because.fits.push(what);
    }

    fn fits_not(&mut self, weight: f64, what: Circumstance) {
        self.total += weight;
        self.because.does_not.push(what);
    }

    fn untold(&mut self, weight: f64, what: Circumstance) {
        self.total += weight;
        self.because.unknown.push(what);
    }

    /// The mechanism needs it, and these captures cannot show it.
    fn unseen(&mut self, what: Circumstance) {
        self.because.unseen.push(what);
    }

    /// Counts it without mentioning it.
    fn silent(&mut self, weight: f64, met: bool) {
        self.total += weight;
        self.met += if met { weight } else { 0.0 };
    }

    fn decide(&mut self, specific: f64) {
        self.specific = self.specific.max(specific);
    }

    fn finish(self) -> Match {
        Match {
            fit: self.met / self.total.max(f64::MIN_POSITIVE),
            specific: self.specific,
            because: self.because,
        }
    }
}
