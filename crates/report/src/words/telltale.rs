//! Telltales in plain English: "requests to 10.9.9.21 whose source port after NAT is 11 or lower".

use crate::{number, text};
use std::fmt::Write as _;
use unanswered_explain::{Clause, Condition, Value};
use unanswered_registry::{Feature, FeatureKind, FlagWords, PROTOCOL, Quantity, Subject};
use unanswered_table::Viewpoint;
use unanswered_wire::ProtocolId;
use unanswered_wire::features::{DESTINATION, SOURCE};

/// Values named before a list says "and N more": a reader compares no more than a few.
const NAMED_MAX: usize = 3;

/// The requests that satisfy all clauses; `requests` when there are none.
#[must_use]
pub fn telltale(clauses: &[Clause]) -> String {
    let mut subject = "requests".to_owned();
    let mut places = String::new();
    let mut conditions = Vec::new();
    for clause in clauses {
        match (shown(&clause.subject), &clause.condition) {
            (Some(feature), Condition::In(values)) if feature.is(&PROTOCOL) => subject = protocol(values),
            (Some(feature), Condition::In(values)) if feature.is(&SOURCE) => {
                let _ = write!(places, " from {}{}", list(None, values, "or"), place_in_brackets(clause));
            }
            (Some(feature), Condition::In(values)) if feature.is(&DESTINATION) => {
                let _ = write!(places, " to {}{}", list(None, values, "or"), place_in_brackets(clause));
            }
            _ => conditions.push(whose(clause)),
        }
    }
    let joined = match conditions.as_slice() {
        [] => String::new(),
        [one] => format!(" {one}"),
        [init @ .., last] => format!(" {} and {last}", init.join(", ")),
    };
    format!("{subject}{places}{joined}")
}

/// The feature that a report names: a prefix is a value of the address.
fn shown(subject: &Subject) -> Option<&'static Feature> {
    subject.feature().map(|feature| feature.shown_as.unwrap_or(feature))
}

/// One clause by itself: `source port after NAT is 11 or lower`.
#[must_use]
pub fn clause(clause: &Clause) -> String {
    match flag_words(clause) {
        Some((FlagWords::Said { so, not }, set)) => if set { so } else { not }.to_owned(),
        Some((FlagWords::Presence, set)) => {
            format!("{} is {}", feature(clause), if set { "present" } else { "absent" })
        }
        Some((FlagWords::Bit, set)) => format!("{} {}", feature(clause), bit(set)),
        None => format!("{} {}", feature(clause), predicate(clause)),
    }
}

fn bit(set: bool) -> &'static str {
    if set { "is set" } else { "is not set" }
}

/// The feature in words, with its place: `source port after NAT`.
#[must_use]
pub fn feature(clause: &Clause) -> String {
    let place = clause.at.word().map_or_else(String::new, |place| format!(" {place}"));
    format!("{}{place}", text::safe(clause.subject.words()))
}

/// A clause as a thing with the name that its feature has here: `source port 123`, `a length of 65 or lower`; `None` where only a
/// sentence says it.
pub(super) fn predicate_noun(name: &str, clause: &Clause) -> Option<String> {
    let feature = clause.subject.feature();
    if let Some((words, set)) = flag_words(clause) {
        return match (words, set) {
            (FlagWords::Presence, true) => Some(format!("the presence of {name}")),
            (FlagWords::Presence, false) => Some(format!("the absence of {name}")),
            (FlagWords::Bit, true) => Some(format!("a set {name}")),
            (FlagWords::Bit, false) => Some(format!("a cleared {name}")),
            (FlagWords::Said { .. }, _) => None,
        };
    }
    match &clause.condition {
        Condition::In(values) => Some(format!("{name} {}", list(feature, values, "or"))),
        Condition::NotIn(values) => Some(format!("any {name} but {}", list(feature, values, "and"))),
        Condition::Range { at_least, at_most } => {
            match (at_least.map(number::short), at_most.map(number::short)) {
                (Some(low), Some(high)) if low == high => Some(format!("{name} {low}")),
                (Some(low), Some(high)) => Some(format!("{} of {low} to {high}", with_article(name))),
                (Some(low), None) => Some(format!("{} of {low} or more", with_article(name))),
                (None, Some(high)) => Some(format!("{} of {high} or less", with_article(name))),
                (None, None) => None,
            }
        }
        Condition::Modulus { .. } => None,
    }
}

/// `a source port`, `an IP length`.
fn with_article(name: &str) -> String {
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O']);
    format!("{} {name}", if vowel { "an" } else { "a" })
}

/// A value as prose shows it.
#[must_use]
pub fn value(value: &Value) -> String {
    match value {
        Value::Number(n) => number::short(*n),
        Value::Text(t) if t.is_empty() => "(empty)".to_owned(),
        Value::Text(t) => text::safe(t).into_owned(),
    }
}

/// A value of a feature, by its declared name where it has one: `AAAA (28)`.
fn named(feature: Option<&Feature>, of: &Value) -> String {
    let name = whole(of).and_then(|number| feature?.value_name(number));
    name.map_or_else(|| value(of), |name| format!("{name} ({})", value(of)))
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => number::whole(*n),
        Value::Text(t) => t.parse().ok(),
    }
}

/// How a clause about a flag is said, and whether the flag is set.
fn flag_words(clause: &Clause) -> Option<(FlagWords, bool)> {
    Some((clause.subject.feature()?.flag_words, flag(clause)?))
}

/// The clause after the requests: `whose source port is 11`, `without EDNS`.
fn whose(of: &Clause) -> String {
    if let Some((FlagWords::Presence, set)) = flag_words(of) {
        return format!("{} {}", if set { "with" } else { "without" }, feature(of));
    }
    format!("whose {}", clause(of))
}

fn place_in_brackets(clause: &Clause) -> String {
    match clause.at {
        Viewpoint::Client => String::new(),
        Viewpoint::BeyondNat => clause.at.word().map_or_else(String::new, |place| format!(" ({place})")),
    }
}

fn predicate(clause: &Clause) -> String {
    let feature = clause.subject.feature();
    match &clause.condition {
        Condition::In(values) => match values.as_slice() {
            [one] => format!("is {}", named(feature, one)),
            _ => format!("is one of {}", list(feature, values, "and")),
        },
        Condition::NotIn(values) if values.len() == 1 => format!("is not {}", list(feature, values, "and")),
        Condition::NotIn(values) => format!("is none of {}", list(feature, values, "and")),
        Condition::Range { at_least: None, at_most: Some(0.0) } if feature.is_some_and(counts) => {
            "is 0".to_owned()
        }
        Condition::Range { at_least, at_most } => range(*at_least, *at_most),
        Condition::Modulus { modulus: 2, remainders } if remainders == &[0] => "is even".to_owned(),
        Condition::Modulus { modulus: 2, remainders } if remainders == &[1] => "is odd".to_owned(),
        Condition::Modulus { modulus, remainders } => {
            let names: Vec<Value> = remainders.iter().map(|&r| Value::Number(f64::from(r))).collect();
            format!("leaves {} when divided by {modulus}", list(None, &names, "or"))
        }
    }
}

/// Whether the feature has no values below zero.
fn counts(feature: &Feature) -> bool {
    matches!(feature.quantity, Quantity::Load | Quantity::Length | Quantity::Pause)
}

fn range(at_least: Option<f64>, at_most: Option<f64>) -> String {
    match (at_least.map(number::short), at_most.map(number::short)) {
        (Some(low), Some(high)) if low == high => format!("is {low}"),
        (Some(low), Some(high)) => format!("is between {low} and {high}"),
        (Some(low), None) => format!("is {low} or higher"),
        (None, Some(high)) => format!("is {high} or lower"),
        (None, None) => "is anything".to_owned(),
    }
}

/// Whether the clause requires a flag to be set, if it is about a flag.
fn flag(clause: &Clause) -> Option<bool> {
    clause.subject.feature().filter(|f| f.kind == FeatureKind::Flag)?;
    match &clause.condition {
        Condition::In(values) => one_bit(values),
        Condition::NotIn(values) => one_bit(values).map(|set| !set),
        Condition::Range { at_least: Some(low), .. } if *low > 0.0 => Some(true),
        Condition::Range { at_most: Some(high), .. } if *high < 1.0 => Some(false),
        Condition::Range { .. } | Condition::Modulus { .. } => None,
    }
}

/// What a flag's values are called, if it is one: headers have bits, other columns yes and no.
fn one_bit(values: &[Value]) -> Option<bool> {
    let [one] = values else { return None };
    match one {
        Value::Text(text) if text == "yes" => Some(true),
        Value::Text(text) if text == "no" => Some(false),
        Value::Text(_) | Value::Number(_) => match whole(one)? {
            1 => Some(true),
            0 => Some(false),
            _ => None,
        },
    }
}

fn protocol(values: &[Value]) -> String {
    let one = |value: &Value| match value {
        Value::Text(name) => ProtocolId::by_name(name).map_or_else(
            || format!("{} requests", text::safe(name).to_uppercase()),
            |id| id.declaration().requests.to_owned(),
        ),
        Value::Number(number) => format!("requests of protocol {}", number::short(*number)),
    };
    match values {
        [] => "requests".to_owned(),
        [only] => one(only),
        [init @ .., last] => {
            format!("{} and {}", init.iter().map(one).collect::<Vec<_>>().join(", "), one(last))
        }
    }
}

/// `a`, `a or b`, `1, 5-9 and 11`, `a, b, c, d, e, f and 34 more`.
fn list(feature: Option<&Feature>, values: &[Value], last_word: &str) -> String {
    let names = runs(feature, values);
    // "and 1 more" is no shorter than its name.
    if names.len() > NAMED_MAX + 1 {
        let rest = names.len() - NAMED_MAX;
        let named: Vec<&str> = names.iter().take(NAMED_MAX).map(String::as_str).collect();
        return format!("{} and {rest} more", named.join(", "));
    }
    super::listed(&names, last_word)
}

/// Values in words, three or more consecutive integers without names as `5-9`.
fn runs(feature: Option<&Feature>, values: &[Value]) -> Vec<String> {
    let follows = |a: &Value, b: &Value| match (a, b) {
        (Value::Number(a), Value::Number(b)) => number::is_whole(*a) && number::whole(*b - *a) == Some(1),
        _ => false,
    };
    let is_named = |v: &Value| whole(v).and_then(|number| feature?.value_name(number)).is_some();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(first) = values.get(at) {
        let mut end = at;
        while let Some(next) = values.get(end + 1)
            && follows(&values[end], next)
            && !is_named(next)
        {
            end += 1;
        }
        if end >= at + 2 && !is_named(first) {
            out.push(format!("{}-{}", value(first), value(&values[end])));
            at = end + 1;
        } else {
            out.push(named(feature, first));
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_wire::features::{DONT_FRAGMENT, DSCP, UDP_SOURCE};
    use unanswered_wire::protocols::{dns, ntp, tcp};

    fn made(feature: &'static Feature, condition: Condition) -> Clause {
        let subject = Subject::Feature(feature);
        Clause { subject, at: Viewpoint::Client, condition, bracket_low: None, bracket_high: None }
    }

    fn texts(values: &[&str]) -> Vec<Value> {
        values.iter().map(|v| Value::Text((*v).to_owned())).collect()
    }

    #[test]
    fn the_story_reads_as_a_sentence() {
        let range = Condition::Range { at_least: None, at_most: Some(11.0) };
        let clauses = [
            made(&PROTOCOL, Condition::In(texts(&["ntp"]))),
            made(&DESTINATION, Condition::In(texts(&["10.9.9.21"]))),
            Clause { at: Viewpoint::BeyondNat, ..made(&UDP_SOURCE, range) },
        ];
        assert_eq!(
            telltale(&clauses),
            "NTP requests to 10.9.9.21 whose source port after NAT is 11 or lower"
        );
    }

    #[test]
    fn each_condition_has_its_words() {
        let numbers = |v: &[f64]| v.iter().copied().map(Value::Number).collect::<Vec<_>>();
        for (condition, words) in [
            (Condition::In(numbers(&[1.0])), "source port is 1"),
            (Condition::In(numbers(&[1.0, 5.0, 6.0, 7.0, 9.0])), "source port is one of 1, 5-7 and 9"),
            (Condition::NotIn(numbers(&[4.0])), "source port is not 4"),
            (Condition::Range { at_least: Some(1.0), at_most: Some(2.0) }, "source port is between 1 and 2"),
            (Condition::Modulus { modulus: 2, remainders: vec![1] }, "source port is odd"),
            (
                Condition::Modulus { modulus: 8, remainders: vec![3, 5] },
                "source port leaves 3 or 5 when divided by 8",
            ),
        ] {
            assert_eq!(clause(&made(&UDP_SOURCE, condition)), words);
        }
        let df = made(&DONT_FRAGMENT, Condition::In(numbers(&[1.0])));
        assert_eq!(telltale(&[df]), "requests whose don't-fragment flag is set");
        let ece = |condition| clause(&made(&tcp::ECE, condition));
        assert_eq!(ece(Condition::In(texts(&["0"]))), "ECN-echo flag is not set");
        assert_eq!(ece(Condition::Range { at_least: Some(1.0), at_most: None }), "ECN-echo flag is set");
    }

    #[test]
    fn what_is_there_or_not_is_said_with_and_without() {
        let edns = |bit: &str| telltale(&[made(&dns::EDNS, Condition::In(texts(&[bit])))]);
        assert_eq!((edns("1").as_str(), edns("0").as_str()), ("requests with EDNS", "requests without EDNS"));
        let cookie = made(&dns::COOKIE, Condition::NotIn(texts(&["1"])));
        assert_eq!(clause(&cookie), "DNS cookie is absent");
    }

    #[test]
    fn values_with_a_name_are_said_with_it_and_codes_are_no_flags() {
        let of = |feature, values: &[&str]| clause(&made(feature, Condition::In(texts(values))));
        assert_eq!(of(&dns::TYPE, &["28"]), "query type is AAAA (28)");
        assert_eq!(of(&dns::TYPE, &["28", "4242"]), "query type is one of AAAA (28) and 4242");
        assert_eq!(of(&ntp::LEAP, &["3"]), "leap indicator is unsynchronised (3)");
        assert_eq!(of(&DSCP, &["46"]), "DSCP is EF (46)");
    }

    #[test]
    fn what_is_so_or_not_is_said_without_yes_and_no() {
        let rewritten = |condition| made(&unanswered_evidence::features::REWRITTEN, condition);
        let yes = rewritten(Condition::In(texts(&["yes"])));
        assert_eq!(telltale(std::slice::from_ref(&yes)), "requests whose source port was rewritten");
        assert_eq!(clause(&yes), "source port was rewritten");
        let not = rewritten(Condition::NotIn(texts(&["yes"])));
        assert_eq!(telltale(&[not]), "requests whose source port was not rewritten");
    }

    #[test]
    fn long_lists_are_cut_and_say_so() {
        let names: Vec<Value> = (0..40).map(|i| Value::Text(format!("n{i}.test"))).collect();
        let words = clause(&made(&dns::NAME, Condition::In(names)));
        assert_eq!(words, "queried name is one of n0.test, n1.test, n2.test and 37 more");
    }
}
