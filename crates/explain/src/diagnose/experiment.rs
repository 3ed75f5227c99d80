//! Which requests to send next: those about whose fate the finding and its rivals disagree.

use crate::search::cut::remainder_of;
use crate::{
    Clause, Condition, Experiment, ExperimentRequest, Question, Rival, Setting, SettingValue, Value,
};

/// Most requests proposed.
const REQUESTS: usize = 5;
/// Most rivals that an experiment is made for.
const RIVALS: usize = 4;

/// Proposes requests that keep what the finding says and break what one rival says, and the other
/// way round. A clause that both share is kept. `None` when there is nothing to vary.
pub(crate) fn propose(clauses: &[Clause], rivals: &[Rival]) -> Option<Experiment> {
    if clauses.is_empty() {
        return None;
    }
    let mut requests: Vec<ExperimentRequest> = Vec::new();
    for rival in rivals.iter().take(RIVALS) {
        let own: Vec<&Clause> = clauses.iter().filter(|c| !rival.clauses.contains(c)).collect();
        let theirs: Vec<&Clause> = rival.clauses.iter().filter(|c| !clauses.contains(c)).collect();
        let shared: Vec<&Clause> = clauses.iter().filter(|c| rival.clauses.contains(c)).collect();
        if own.is_empty() || theirs.is_empty() || own.iter().any(|o| theirs.iter().any(|t| o.same_subject(t)))
        {
            continue;
        }
        push(&mut requests, request(&shared, &own, &theirs, true));
        push(&mut requests, request(&shared, &theirs, &own, false));
    }
    for clause in clauses {
        let shared: Vec<&Clause> = clauses.iter().filter(|c| *c != clause).collect();
        for (values, fails) in boundary_values(clause) {
            let mut with: Vec<Setting> = shared.iter().filter_map(|c| satisfying(c)).collect();
            with.push(setting(clause, SettingValue::Is(values)));
            push(
                &mut requests,
                Some(ExperimentRequest { with, fails_if_true: fails, rivals_agreeing: Vec::new() }),
            );
        }
    }
    requests.truncate(REQUESTS);
    for request in &mut requests {
        let agrees = |rival: &Rival| predicts(rival, &request.with) == Some(request.fails_if_true);
        request.rivals_agreeing =
            rivals.iter().enumerate().filter(|(_, rival)| agrees(rival)).map(|(i, _)| i).collect();
    }
    if requests.is_empty() {
        return None;
    }
    let question = if rivals.is_empty() { Question::WhichSide } else { Question::WhichRival };
    Some(Experiment { question, requests })
}

fn push(requests: &mut Vec<ExperimentRequest>, request: Option<ExperimentRequest>) {
    if let Some(request) = request
        && !requests.iter().any(|r| r.with == request.with)
    {
        requests.push(request);
    }
}

/// A request that satisfies `keep` and violates `violate`.
fn request(
    shared: &[&Clause],
    keep: &[&Clause],
    violate: &[&Clause],
    fails: bool,
) -> Option<ExperimentRequest> {
    let mut with: Vec<Setting> = Vec::new();
    for clause in shared.iter().chain(keep) {
        with.push(satisfying(clause)?);
    }
    for clause in violate {
        with.push(violating(clause)?);
    }
    Some(ExperimentRequest { with, fails_if_true: fails, rivals_agreeing: Vec::new() })
}

fn setting(clause: &Clause, value: SettingValue) -> Setting {
    Setting { subject: clause.subject.clone(), at: clause.at, value }
}

fn satisfying(clause: &Clause) -> Option<Setting> {
    let value = match &clause.condition {
        Condition::In(values) => SettingValue::Is(values.first()?.clone()),
        Condition::NotIn(values) => SettingValue::Not(values.first()?.clone()),
        Condition::Range { at_least, at_most } => SettingValue::Is(Value::Number(at_most.or(*at_least)?)),
        Condition::Modulus { modulus, remainders } => {
            SettingValue::Remainder { modulus: *modulus, remainder: *remainders.first()? }
        }
    };
    Some(setting(clause, value))
}

fn violating(clause: &Clause) -> Option<Setting> {
    let value = match &clause.condition {
        Condition::In(values) => SettingValue::Not(values.first()?.clone()),
        Condition::NotIn(values) => SettingValue::Is(values.first()?.clone()),
        Condition::Range { .. } => {
            let bracket = clause.bracket_high.or(clause.bracket_low)?;
            SettingValue::Is(Value::Number(bracket.working?))
        }
        Condition::Modulus { modulus, remainders } => {
            SettingValue::Remainder { modulus: *modulus, remainder: (remainders.first()? + 1) % modulus }
        }
    };
    Some(setting(clause, value))
}

/// Whether a rival says that such a request fails; `None` when the request leaves open what it goes by.
fn predicts(rival: &Rival, with: &[Setting]) -> Option<bool> {
    let mut open = false;
    for clause in &rival.clauses {
        match with.iter().find(|s| s.subject == clause.subject && s.at == clause.at) {
            Some(set) if !meets(clause, &set.value)? => return Some(false),
            Some(_) => {}
            None => open = true,
        }
    }
    (!open).then_some(true)
}

/// Whether a request with that value satisfies the clause; `None` when the value leaves it open.
fn meets(clause: &Clause, value: &SettingValue) -> Option<bool> {
    match (&clause.condition, value) {
        (Condition::In(set), SettingValue::Is(value)) => Some(set.contains(value)),
        (Condition::NotIn(set), SettingValue::Is(value)) => Some(!set.contains(value)),
        (Condition::Range { .. }, SettingValue::Is(Value::Number(n))) => {
            Some(clause.condition.holds_number(*n))
        }
        // Any other value than the one that a set of one names.
        (Condition::In(set), SettingValue::Not(value)) => {
            (set.as_slice() == [value.clone()]).then_some(false)
        }
        (Condition::NotIn(set), SettingValue::Not(value)) => {
            (set.as_slice() == [value.clone()]).then_some(true)
        }
        (Condition::Modulus { modulus, remainders }, SettingValue::Remainder { modulus: m, remainder }) => {
            (modulus == m).then(|| remainders.contains(remainder))
        }
        (Condition::Modulus { modulus, remainders }, SettingValue::Is(Value::Number(n))) => {
            Some(remainders.contains(&remainder_of(*n, *modulus)))
        }
        _ => None,
    }
}

/// The values at and next to a bound, and between them where the bracket is wide: what narrows it.
fn boundary_values(clause: &Clause) -> Vec<(Value, bool)> {
    let mut values = Vec::new();
    for bracket in [clause.bracket_low, clause.bracket_high].into_iter().flatten() {
        values.push((Value::Number(bracket.failing), true));
        if let Some(working) = bracket.working {
            values.push((Value::Number(working), false));
        }
    }
    values
}
