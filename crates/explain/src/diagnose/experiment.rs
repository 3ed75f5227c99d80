//! Which requests to send next: those about whose fate the finding and its rivals disagree.

use crate::{Clause, Condition, Experiment, ExperimentRequest, Rival, Value};

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
        if own.is_empty()
            || theirs.is_empty()
            || own.iter().any(|o| theirs.iter().any(|t| same_feature(o, t)))
        {
            continue;
        }
        push(&mut requests, request(&shared, &own, &theirs, true));
        push(&mut requests, request(&shared, &theirs, &own, false));
    }
    for clause in clauses {
        let shared: Vec<&Clause> = clauses.iter().filter(|c| *c != clause).collect();
        for (values, fails) in boundary_values(clause) {
            let mut with: Vec<(String, Value)> = shared.iter().filter_map(|c| satisfying(c)).collect();
            with.push((named(clause), values));
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
    let words = if rivals.is_empty() {
        "send the same request twice, once on each side of the telltale, several times each".to_owned()
    } else {
        "send requests that have one of the rival properties and not the other, several times each".to_owned()
    };
    Some(Experiment { words, requests })
}

fn push(requests: &mut Vec<ExperimentRequest>, request: Option<ExperimentRequest>) {
    if let Some(request) = request
        && !requests.iter().any(|r| r.with == request.with)
    {
        requests.push(request);
    }
}

fn same_feature(a: &Clause, b: &Clause) -> bool {
    a.feature == b.feature && a.at == b.at
}

/// A request that satisfies `keep` and violates `violate`.
fn request(
    shared: &[&Clause],
    keep: &[&Clause],
    violate: &[&Clause],
    fails: bool,
) -> Option<ExperimentRequest> {
    let mut with: Vec<(String, Value)> = Vec::new();
    for clause in shared.iter().chain(keep) {
        with.push(satisfying(clause)?);
    }
    for clause in violate {
        with.push(violating(clause)?);
    }
    Some(ExperimentRequest { with, fails_if_true: fails, rivals_agreeing: Vec::new() })
}

fn named(clause: &Clause) -> String {
    clause.at.as_ref().map_or_else(|| clause.feature.clone(), |at| format!("{} ({at})", clause.feature))
}

fn satisfying(clause: &Clause) -> Option<(String, Value)> {
    let value = match &clause.condition {
        Condition::In(values) => values.first()?.clone(),
        Condition::NotIn(_) => return violating_set(clause),
        Condition::Range { at_least, at_most } => Value::Number(at_most.or(*at_least)?),
        Condition::Modulus { modulus, remainders } => {
            Value::Text(format!("n with n % {modulus} = {}", remainders.first()?))
        }
    };
    Some((named(clause), value))
}

fn violating(clause: &Clause) -> Option<(String, Value)> {
    let value = match &clause.condition {
        Condition::In(_) => return violating_set(clause),
        Condition::NotIn(values) => values.first()?.clone(),
        Condition::Range { .. } => {
            let bracket = clause.bracket_high.or(clause.bracket_low)?;
            Value::Number(bracket.working?)
        }
        Condition::Modulus { modulus, remainders } => {
            Value::Text(format!("n with n % {modulus} = {}", (remainders.first()? + 1) % modulus))
        }
    };
    Some((named(clause), value))
}

fn violating_set(clause: &Clause) -> Option<(String, Value)> {
    let (Condition::In(values) | Condition::NotIn(values)) = &clause.condition else { return None };
    let first = match values.first()? {
        Value::Number(n) => n.to_string(),
        Value::Text(t) => t.clone(),
    };
    Some((named(clause), Value::Text(format!("any other than {first}"))))
}

/// Whether a rival says that such a request fails; `None` when the request leaves open what it goes by.
fn predicts(rival: &Rival, with: &[(String, Value)]) -> Option<bool> {
    let mut open = false;
    for clause in &rival.clauses {
        match with.iter().find(|(name, _)| *name == named(clause)) {
            Some((_, value)) if !meets(clause, value)? => return Some(false),
            Some(_) => {}
            None => open = true,
        }
    }
    (!open).then_some(true)
}

fn meets(clause: &Clause, value: &Value) -> Option<bool> {
    Some(match (&clause.condition, value) {
        (Condition::In(set), _) => set.contains(value),
        (Condition::NotIn(set), _) => !set.contains(value),
        (Condition::Range { at_least, at_most }, Value::Number(n)) => {
            at_least.is_none_or(|b| *n >= b) && at_most.is_none_or(|b| *n <= b)
        }
        (Condition::Range { .. }, Value::Text(_)) | (Condition::Modulus { .. }, _) => return None,
    })
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
