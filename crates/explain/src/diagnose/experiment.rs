//! Which requests to send next: those on whose fate the finding and its rivals disagree.

use super::alternatives::alternatives;
use crate::search::cut::remainder_of;
use crate::{
    Clause, Condition, Experiment, ExperimentRequest, Finding, Question, Rival, Setting, SettingValue, Value,
};
use unanswered_table::Viewpoint;

/// Maximum number of requests proposed.
const REQUESTS: usize = 5;
impl Finding {
    /// The alternative that surely predicts the opposite of what the finding predicts for the request, by its index.
    #[must_use]
    pub fn told_apart_by(&self, request: &ExperimentRequest) -> Option<usize> {
        let opposite = |index: &usize| {
            self.rivals.get(*index).and_then(|rival| predicts(rival, &request.with))
                == Some(!request.fails_if_true)
        };
        self.alternatives().into_iter().find(opposite)
    }
}

/// Proposes requests that satisfy the finding and violate one rival that is worth telling, and the other way round; those that
/// a probe can send come first. A clause that both share is kept. `None` when there is nothing to vary.
pub(crate) fn propose(clauses: &[Clause], rivals: &[Rival]) -> Option<Experiment> {
    if clauses.is_empty() {
        return None;
    }
    let mut requests: Vec<ExperimentRequest> = Vec::new();
    let alternatives = alternatives(clauses, rivals);
    for rival in alternatives.iter().map(|index| &rivals[*index]) {
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
    let decides = !requests.is_empty();
    requests.sort_by_key(|request| !request.with.iter().all(can_be_set));
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
    let question = if decides { Question::WhichRival } else { Question::WhichSide };
    Some(Experiment { question, requests })
}

/// Whether whoever sends a request chooses the value; a user's column speaks for itself.
fn can_be_set(setting: &Setting) -> bool {
    setting.at == Viewpoint::Client && setting.subject.feature().is_none_or(|feature| feature.settable)
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
        Condition::NotIn(values) => SettingValue::Not(values.clone()),
        Condition::Range { at_least, at_most } => SettingValue::Is(Value::Number(at_most.or(*at_least)?)),
        Condition::Modulus { modulus, remainders } => {
            SettingValue::Remainder { modulus: *modulus, remainder: *remainders.first()? }
        }
    };
    Some(setting(clause, value))
}

fn violating(clause: &Clause) -> Option<Setting> {
    let value = match &clause.condition {
        Condition::In(values) => SettingValue::Not(values.clone()),
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

/// Whether a rival predicts that such a request fails; `None` when the request leaves that open.
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
        // About any other value something is known only if all values of the set are excluded.
        (Condition::In(set), SettingValue::Not(excluded)) => {
            set.iter().all(|value| excluded.contains(value)).then_some(false)
        }
        (Condition::NotIn(set), SettingValue::Not(excluded)) => {
            set.iter().all(|value| excluded.contains(value)).then_some(true)
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

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_registry::{Feature, Subject};

    static ADDRESS: Feature = Feature::code("ip.dst", "destination address");
    static NETWORK: Feature = Feature::code("ip.dst/24", "destination network").shown_as(&ADDRESS);
    static PORT: Feature = Feature::amount("udp.srcport", "source port");

    fn clause(feature: &'static Feature, condition: Condition) -> Clause {
        let subject = Subject::Feature(feature);
        Clause { subject, at: Viewpoint::Client, condition, bracket_low: None, bracket_high: None }
    }

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    fn rival(clauses: Vec<Clause>) -> Rival {
        Rival { clauses, score_difference: 0.0, same_requests: true }
    }

    #[test]
    fn a_set_is_left_by_values_outside_of_all_of_it_and_a_rival_that_shares_it_agrees() {
        let servers = clause(&ADDRESS, Condition::In(vec![text("a"), text("b")]));
        let odd = clause(&PORT, Condition::Modulus { modulus: 2, remainders: vec![1] });
        let low = clause(&PORT, Condition::Range { at_least: None, at_most: Some(122.0) });
        let rivals = [rival(vec![odd]), rival(vec![servers.clone(), low])];
        let experiment = propose(&[servers], &rivals).expect("something to vary");
        let [inside, outside] = experiment.requests.as_slice() else { panic!("{experiment:?}") };
        let values = |request: &ExperimentRequest| -> Vec<SettingValue> {
            request.with.iter().map(|setting| setting.value.clone()).collect()
        };
        let remainder = |remainder| SettingValue::Remainder { modulus: 2, remainder };
        assert_eq!(values(inside), [SettingValue::Is(text("a")), remainder(0)]);
        assert!(inside.fails_if_true);
        assert_eq!(inside.rivals_agreeing, [0_usize; 0], "the second says nothing of an even port");
        assert_eq!(values(outside), [remainder(1), SettingValue::Not(vec![text("a"), text("b")])]);
        assert!(!outside.fails_if_true);
        assert_eq!(outside.rivals_agreeing, [1]);
    }

    #[test]
    fn an_address_is_not_set_against_its_own_network() {
        let server = clause(&ADDRESS, Condition::In(vec![text("10.0.0.1")]));
        let network = clause(&NETWORK, Condition::In(vec![text("10.0.0.0/24")]));
        assert_eq!(propose(&[server], &[rival(vec![network])]), None);
    }

    #[test]
    fn a_bound_is_tried_at_both_values_that_bracket_it() {
        let bound = Clause {
            bracket_high: Some(crate::Bracket { failing: 11.0, working: Some(123.0) }),
            ..clause(&PORT, Condition::Range { at_least: None, at_most: Some(11.0) })
        };
        let experiment = propose(&[bound], &[]).expect("something to vary");
        assert_eq!(experiment.question, Question::WhichSide);
        let tried = experiment.requests.iter().map(|r| (r.with[0].value.clone(), r.fails_if_true));
        let number = |n| SettingValue::Is(Value::Number(n));
        assert_eq!(tried.collect::<Vec<_>>(), [(number(11.0), true), (number(123.0), false)]);
    }
}
