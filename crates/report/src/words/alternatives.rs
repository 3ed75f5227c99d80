//! What the data cannot tell apart, and the request that would.

use super::telltale::{feature, predicate_noun, telltale};
use super::{clause, listed};
use unanswered_explain::{
    Clause, Condition, Experiment, ExperimentRequest, Finding, Question, Rival, Setting, SettingValue, Value,
};
use unanswered_registry::{PROTOCOL, Role, Subject};
use unanswered_table::Viewpoint;
use unanswered_wire::ProtocolId;

/// `client 10.0.0.3 and source port 123 cannot be told apart here (the same 48 requests)`; `None` where no alternative selects
/// the same requests.
#[must_use]
pub fn twins(finding: &Finding) -> Option<String> {
    let twins: Vec<&Rival> = alternatives(finding).filter(|rival| rival.same_requests).collect();
    let own = |rivals: &[&Rival]| -> Vec<&Clause> {
        let shared = |one: &&Clause| rivals.iter().any(|rival| rival.clauses.contains(one));
        let own: Vec<&Clause> = finding.clauses.iter().filter(|one| !shared(one)).collect();
        if own.is_empty() { finding.clauses.iter().collect() } else { own }
    };
    let first = own(&twins);
    if twins.is_empty() || first.is_empty() {
        return None;
    }
    let theirs = twins.iter().map(|rival| theirs(finding, rival));
    let names: Vec<String> = std::iter::once(nouns(&first)).chain(theirs).collect();
    let requests = match finding.inside.requests {
        1 => "the same request".to_owned(),
        many => format!("the same {many} requests"),
    };
    Some(format!("{} cannot be told apart here ({requests})", listed(&names, "and")))
}

/// Alternatives that select other requests and explain nearly as much.
#[must_use]
pub fn others(finding: &Finding) -> Vec<String> {
    let others = alternatives(finding).filter(|rival| !rival.same_requests);
    // What a mechanism looks like says less than the mechanism.
    let note = if finding.at_work.is_some() { "" } else { " (fits nearly as well)" };
    others.map(|rival| format!("{}{note}", telltale(&rival.clauses))).collect()
}

fn alternatives(finding: &Finding) -> impl Iterator<Item = &Rival> {
    finding.alternatives().into_iter().filter_map(|index| finding.rivals.get(index))
}

/// What a rival says and the finding does not.
fn theirs(finding: &Finding, rival: &Rival) -> String {
    let theirs: Vec<&Clause> = rival.clauses.iter().filter(|one| !finding.clauses.contains(one)).collect();
    nouns(&if theirs.is_empty() { rival.clauses.iter().collect() } else { theirs })
}

/// The request that tells the finding from a rival: `send NTP requests from 10.0.0.3 to 10.0.0.5 whose source port is not 123,
/// several times: if they fail, it is the source address; if they are answered, the source port`.
///
/// `None` for an experiment without a request.
#[must_use]
pub fn deciding(finding: &Finding, experiment: &Experiment, protocol: Option<ProtocolId>) -> Option<String> {
    let request = experiment.requests.first()?;
    let send = format!("send {}, several times", with(finding, request, protocol));
    let own = nouns(&finding.clauses.iter().collect::<Vec<_>>());
    let Some(rival) = finding.told_apart_by(request).and_then(|index| finding.rivals.get(index)) else {
        let fate = if request.fails_if_true { "fail" } else { "are answered" };
        return Some(format!("{send}: they {fate} if the cause is {own}"));
    };
    let shared: Vec<&Clause> = finding.clauses.iter().filter(|one| !rival.clauses.contains(one)).collect();
    let own = if shared.is_empty() { own } else { nouns(&shared) };
    let theirs = theirs(finding, rival);
    let (fail, answered) = if request.fails_if_true { (own, theirs) } else { (theirs, own) };
    Some(format!("{send}: if they fail, the cause is {fail}; if they are answered, {answered}"))
}

/// What an experiment asks for: the deciding request, or the same request on each side of the telltale.
#[must_use]
pub fn experiment(finding: &Finding, experiment: &Experiment, protocol: Option<ProtocolId>) -> String {
    match experiment.question {
        Question::WhichRival => deciding(finding, experiment, protocol).unwrap_or_default(),
        Question::WhichSide => {
            let of = |fails: bool| experiment.requests.iter().find(|request| request.fails_if_true == fails);
            let should = |request: &ExperimentRequest| {
                let fate = if request.fails_if_true { "should fail" } else { "should be answered" };
                format!("{} ({fate})", with(finding, request, protocol))
            };
            let both: Vec<String> = of(true).into_iter().chain(of(false)).map(should).collect();
            format!("send {}, several times each", listed(&both, "and"))
        }
    }
}

/// The request by its values, with the service that the finding is about.
fn with(finding: &Finding, request: &ExperimentRequest, protocol: Option<ProtocolId>) -> String {
    let set: Vec<Clause> = request.with.iter().map(as_clause).collect();
    let said = |one: &&Clause| set.iter().any(|clause| clause.same_subject(one));
    let clauses: Vec<Clause> = finding.among.iter().filter(|one| !said(one)).chain(&set).cloned().collect();
    requests(&clauses, protocol)
}

/// The requests that satisfy the clauses; where the protocol goes without saying, because all requests have it, it is said.
#[must_use]
pub fn requests(clauses: &[Clause], protocol: Option<ProtocolId>) -> String {
    let names = clauses.iter().any(|one| one.subject.feature().is_some_and(|feature| feature.is(&PROTOCOL)));
    let protocol = protocol.filter(|_| !names).map(|protocol| Clause {
        subject: Subject::Feature(&PROTOCOL),
        at: Viewpoint::Client,
        condition: Condition::In(vec![Value::Text(protocol.declaration().name.to_owned())]),
        bracket_low: None,
        bracket_high: None,
    });
    telltale(&protocol.into_iter().chain(clauses.iter().cloned()).collect::<Vec<_>>())
}

fn as_clause(setting: &Setting) -> Clause {
    let condition = match &setting.value {
        SettingValue::Is(value) => Condition::In(vec![value.clone()]),
        SettingValue::Not(values) => Condition::NotIn(values.clone()),
        SettingValue::Remainder { modulus, remainder } => {
            Condition::Modulus { modulus: *modulus, remainders: vec![*remainder] }
        }
    };
    Clause {
        subject: setting.subject.clone(),
        at: setting.at,
        condition,
        bracket_low: None,
        bracket_high: None,
    }
}

fn nouns(clauses: &[&Clause]) -> String {
    listed(&clauses.iter().map(|one| noun(one)).collect::<Vec<_>>(), "with")
}

/// A clause as a thing: `client 10.0.0.3`, `a source port of 11 or lower`.
fn noun(one: &Clause) -> String {
    let (name, place) = match one.subject.reported().role() {
        Role::Client => ("client".to_owned(), one.at.word()),
        Role::Server => ("server".to_owned(), one.at.word()),
        Role::Service | Role::ClientNetwork | Role::Size | Role::Other => (feature(one), None),
    };
    let place = place.map_or_else(String::new, |place| format!(" ({place})"));
    let noun = predicate_noun(&name, one);
    noun.map_or_else(|| format!("the fact that the {}", clause(one)), |noun| format!("{noun}{place}"))
}
