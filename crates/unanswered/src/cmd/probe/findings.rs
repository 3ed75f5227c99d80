//! From a finding of `explain --json` to the question that confirms it.

use crate::failure::Failure;
use crate::shell;
use serde_json::Value;
use std::path::Path;
use unanswered_experiment::{Declaration, Settable};

/// What a finding says of a field that can be set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bracket {
    pub(super) field: &'static Declaration,
    /// The last value that fails there.
    pub(super) failing: u64,
    /// The first value that works there.
    pub(super) working: u64,
}

/// The bracket of a finding, counted from 1.
pub(super) fn bracket(path: &Path, number: usize) -> Result<Bracket, Failure> {
    let name = path.display().to_string();
    let wrong = |cause: String| {
        Failure::new(&name, cause).hint("\"unanswered explain ... --json\" writes such files")
    };
    let text = std::fs::read_to_string(path).map_err(|error| Failure::new(&name, error))?;
    let whole: Value =
        serde_json::from_str(&text).map_err(|error| wrong(format!("this is no JSON: {error}")))?;
    let findings = whole.get("findings").and_then(Value::as_array);
    let findings = findings.ok_or_else(|| wrong("there are no findings in it".to_owned()))?;
    let finding = number.checked_sub(1).and_then(|place| findings.get(place));
    let finding = finding
        .ok_or_else(|| wrong(format!("it has {} findings, and no number {number}", findings.len())))?;
    let clauses = finding.get("clauses").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let bound = clauses.iter().find_map(|clause| Some((of_clause(clause)?, clause)));
    if let Some(at) = bound.as_ref().and_then(|(_, clause)| clause.get("at")?.as_str()) {
        let where_from = "ask from where nothing in between changes it";
        shell::warn(format!(
            "the bound of finding {number} is of the value {at}, not of what the client sent: {where_from}"
        ));
    }
    bound.map(|(bracket, _)| bracket).ok_or_else(|| {
        let words = finding.get("words").and_then(Value::as_str).unwrap_or_default();
        Failure::new(&name, format!("finding {number} ({words}) has no bound on a field that can be set"))
            .hint("--threshold, --compare and --sets ask about fields; --for about known faults")
    })
}

fn of_clause(clause: &Value) -> Option<Bracket> {
    let field = Settable::seen_as(clause.get("feature")?.as_str()?)?;
    let bracket = clause.get("bracket")?;
    let value = |key: &str| bracket.get(key)?.as_u64()?.checked_sub(field.beyond);
    let (failing, working) = (value("failing")?, value("working")?);
    let inside = |value: u64| (field.low..=field.high).contains(&value);
    (inside(failing) && inside(working) && failing != working).then_some(Bracket { field, failing, working })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_taken_over_without_the_header_that_it_counts() {
        let clause = |text: &str| of_clause(&serde_json::from_str(text).expect("JSON"));
        let port =
            clause(r#"{"feature":"udp.srcport","at":"after NAT","bracket":{"failing":11,"working":123}}"#);
        let port = port.expect("a field");
        assert_eq!((port.field.code, port.failing, port.working), ("source-port", 11, 123));
        let length =
            clause(r#"{"feature":"udp.length","bracket":{"failing":477,"working":476}}"#).expect("a field");
        assert_eq!((length.field.code, length.failing, length.working), ("length", 469, 468));
        for none in [
            r#"{"feature":"ip.dst","in":["192.0.2.1"]}"#,
            r#"{"feature":"udp.srcport","in":[5]}"#,
            r#"{"feature":"udp.length","bracket":{"failing":3,"working":4}}"#,
            r#"{"feature":"udp.srcport","bracket":{"failing":-1,"working":4}}"#,
        ] {
            assert!(clause(none).is_none(), "{none}");
        }
    }
}
