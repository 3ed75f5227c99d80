//! Telltales in plain English: "requests to 10.9.9.21 whose source port after NAT is 11 or lower".

use crate::{number, text};
use std::fmt::Write as _;
use unanswered_explain::{Clause, Condition, Value};

/// Values named before a list says "and N more".
const NAMED_MAX: usize = 6;

/// The requests that satisfy all clauses; `requests` when there is none.
#[must_use]
pub fn telltale(clauses: &[Clause]) -> String {
    let mut subject = "requests".to_owned();
    let mut places = String::new();
    let mut conditions = Vec::new();
    for clause in clauses {
        match (clause.feature.as_str(), &clause.condition) {
            ("protocol", Condition::In(values)) if values.len() == 1 => subject = protocol(values),
            ("ip.src", Condition::In(values)) => {
                let _ = write!(places, " from {}{}", list(values, "or"), place_in_brackets(clause));
            }
            ("ip.dst", Condition::In(values)) => {
                let _ = write!(places, " to {}{}", list(values, "or"), place_in_brackets(clause));
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

/// One clause by itself: `source port after NAT is 11 or lower`.
#[must_use]
pub fn clause(clause: &Clause) -> String {
    if let Some(so) = yes_or_no(clause) {
        return so.to_owned();
    }
    format!("{} {}", feature(clause), predicate(clause))
}

/// The feature in words, with its place: `source port after NAT`.
#[must_use]
pub fn feature(clause: &Clause) -> String {
    let words = if clause.words.is_empty() { &clause.feature } else { &clause.words };
    format!("{}{}", text::safe(words), place(clause.at.as_deref()))
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

/// Features that are so or not, and how that is said.
const YES_OR_NO: [(&str, &str, &str); 4] = [
    ("nat.translated", "source was translated", "source was not translated"),
    ("nat.rewritten", "source port was rewritten", "source port was not rewritten"),
    ("nat.moved", "translated source had changed", "translated source had not changed"),
    ("nat.new", "translation was new", "translation was not new"),
];

/// A clause about one of those.
fn yes_or_no(clause: &Clause) -> Option<&'static str> {
    let (_, yes, no) = YES_OR_NO.iter().find(|(name, ..)| *name == clause.feature)?;
    let (values, inside) = match &clause.condition {
        Condition::In(values) => (values, true),
        Condition::NotIn(values) => (values, false),
        Condition::Range { .. } | Condition::Modulus { .. } => return None,
    };
    match values.as_slice() {
        [Value::Text(text)] if text == "yes" => Some(if inside { yes } else { no }),
        [Value::Text(text)] if text == "no" => Some(if inside { no } else { yes }),
        _ => None,
    }
}

fn whose(clause: &Clause) -> String {
    if let Some(so) = yes_or_no(clause) {
        return format!("whose {so}");
    }
    format!("whose {} {}", feature(clause), predicate(clause))
}

fn place(at: Option<&str>) -> String {
    match at {
        None => String::new(),
        Some(at) if speaks_for_itself(at) => format!(" {}", text::safe(at)),
        Some(at) => format!(" at {}", text::safe(at)),
    }
}

fn place_in_brackets(clause: &Clause) -> String {
    match place(clause.at.as_deref()) {
        place if place.is_empty() => place,
        place => format!(" ({})", place.trim_start()),
    }
}

/// The place is a phrase (`after NAT`), not a name (`vrouter-out`).
fn speaks_for_itself(at: &str) -> bool {
    ["after ", "before ", "behind ", "at ", "inside ", "outside ", "in "].iter().any(|p| at.starts_with(p))
}

fn predicate(clause: &Clause) -> String {
    if let Some(set) = bit(clause) {
        return if set { "is set" } else { "is not set" }.to_owned();
    }
    match &clause.condition {
        Condition::In(values) => match values.as_slice() {
            [one] => format!("is {}", value(one)),
            _ => format!("is one of {}", list(values, "and")),
        },
        Condition::NotIn(values) if values.len() == 1 => format!("is not {}", list(values, "and")),
        Condition::NotIn(values) => format!("is none of {}", list(values, "and")),
        Condition::Range { at_least, at_most } => range(*at_least, *at_most),
        Condition::Modulus { modulus: 2, remainders } if remainders == &[0] => "is even".to_owned(),
        Condition::Modulus { modulus: 2, remainders } if remainders == &[1] => "is odd".to_owned(),
        Condition::Modulus { modulus, remainders } => {
            let names: Vec<Value> = remainders.iter().map(|&r| Value::Number(f64::from(r))).collect();
            format!("leaves {} when divided by {modulus}", list(&names, "or"))
        }
    }
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

/// Whether the clause asks for a flag to be set, where it is about a flag.
fn bit(clause: &Clause) -> Option<bool> {
    if !is_flag(&clause.feature) {
        return None;
    }
    let of = |value: &Value| match value {
        Value::Number(n) => number::whole(*n),
        Value::Text(t) => t.parse().ok(),
    };
    let value = match &clause.condition {
        Condition::In(values) => values.iter().map(of).collect::<Option<Vec<_>>>()?,
        Condition::Range { at_least: Some(low), .. } if *low > 0.0 => vec![1],
        Condition::Range { at_most: Some(high), .. } if *high < 1.0 => vec![0],
        Condition::NotIn(_) | Condition::Range { .. } | Condition::Modulus { .. } => return None,
    };
    match value.as_slice() {
        [1] => Some(true),
        [0] => Some(false),
        _ => None,
    }
}

/// One bit, named as Wireshark names flags.
fn is_flag(feature: &str) -> bool {
    feature.contains(".flags.") && !feature.ends_with(".mode") && !feature.ends_with(".vn")
}

fn protocol(values: &[Value]) -> String {
    match values {
        [Value::Text(name)] => match name.as_str() {
            "tcp" => "TCP connects".to_owned(),
            "tcp-data" => "requests inside TCP connections".to_owned(),
            "icmp" => "ICMP echo requests".to_owned(),
            name => format!("{} requests", text::safe(name).to_uppercase()),
        },
        _ => format!("requests of protocol {}", list(values, "or")),
    }
}

/// `a`, `a or b`, `1, 5-9 and 11`, `a, b, c, d, e, f and 34 more`.
fn list(values: &[Value], last_word: &str) -> String {
    let names = runs(values);
    if names.len() > NAMED_MAX {
        let rest = names.len() - NAMED_MAX;
        let named: Vec<&str> = names.iter().take(NAMED_MAX).map(String::as_str).collect();
        return format!("{} and {rest} more", named.join(", "));
    }
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} {last_word} {last}", init.join(", ")),
    }
}

/// Values in words, three and more consecutive integers as `5-9`.
fn runs(values: &[Value]) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(first) = values.get(at) {
        let mut end = at;
        while let (Some(Value::Number(a)), Some(Value::Number(b))) = (values.get(end), values.get(end + 1))
            && number::is_whole(*a)
            && number::whole(*b - *a) == Some(1)
        {
            end += 1;
        }
        if end >= at + 2 {
            out.push(format!("{}-{}", value(first), value(&values[end])));
            at = end + 1;
        } else {
            out.push(value(first));
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(feature: &str, words: &str, at: Option<&str>, condition: Condition) -> Clause {
        Clause {
            feature: feature.into(),
            at: at.map(Into::into),
            words: words.into(),
            wireshark: true,
            condition,
            bracket_low: None,
            bracket_high: None,
        }
    }

    fn texts(values: &[&str]) -> Vec<Value> {
        values.iter().map(|v| Value::Text((*v).to_owned())).collect()
    }

    #[test]
    fn the_story_reads_as_a_sentence() {
        let clauses = [
            made("protocol", "protocol", None, Condition::In(texts(&["ntp"]))),
            made("ip.dst", "destination address", None, Condition::In(texts(&["10.9.9.21"]))),
            made(
                "udp.srcport",
                "source port",
                Some("after NAT"),
                Condition::Range { at_least: None, at_most: Some(11.0) },
            ),
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
            (Condition::In(numbers(&[1.0])), "port is 1"),
            (Condition::In(numbers(&[1.0, 5.0, 6.0, 7.0, 9.0])), "port is one of 1, 5-7 and 9"),
            (Condition::NotIn(numbers(&[4.0])), "port is not 4"),
            (Condition::Range { at_least: Some(1.0), at_most: Some(2.0) }, "port is between 1 and 2"),
            (Condition::Modulus { modulus: 2, remainders: vec![1] }, "port is odd"),
            (
                Condition::Modulus { modulus: 8, remainders: vec![3, 5] },
                "port leaves 3 or 5 when divided by 8",
            ),
        ] {
            assert_eq!(clause(&made("udp.srcport", "port", None, condition)), words);
        }
        let df = made("ip.flags.df", "don't-fragment bit", Some("r-out"), Condition::In(numbers(&[1.0])));
        assert_eq!(telltale(&[df]), "requests whose don't-fragment bit at r-out is set");
        let ece = |condition| clause(&made("tcp.flags.ece", "ECN-echo flag", None, condition));
        assert_eq!(ece(Condition::In(texts(&["0"]))), "ECN-echo flag is not set");
        assert_eq!(ece(Condition::Range { at_least: Some(1.0), at_most: None }), "ECN-echo flag is set");
    }

    #[test]
    fn what_is_so_or_not_is_said_without_yes_and_no() {
        let rewritten = |condition| made("nat.rewritten", "translation of the source port", None, condition);
        let yes = rewritten(Condition::In(texts(&["yes"])));
        assert_eq!(telltale(std::slice::from_ref(&yes)), "requests whose source port was rewritten");
        assert_eq!(clause(&yes), "source port was rewritten");
        let not = rewritten(Condition::NotIn(texts(&["yes"])));
        assert_eq!(telltale(&[not]), "requests whose source port was not rewritten");
    }

    #[test]
    fn long_lists_are_cut_and_say_so() {
        let names: Vec<Value> = (0..40).map(|i| Value::Text(format!("n{i}.test"))).collect();
        let words = clause(&made("dns.qry.name", "name", None, Condition::In(names)));
        assert_eq!(words, "name is one of n0.test, n1.test, n2.test, n3.test, n4.test, n5.test and 34 more");
    }
}
