//! A catalogue file into an entry.

use super::Vocabulary;
use super::entry::{ClausePattern, Entry, Grade, ProbeClause, ProbeTest, Role, Symptom, Test};
use super::table_reader::TableReader;
use crate::{Fact, Kind, Value};
use std::path::Path;
use unanswered_table::{Outcome, Step};
use unanswered_toml_text::{Node, ParseErrorKind, Problem, ProblemSink, TomlTable};

const KEYS: [&str; 16] = [
    "id",
    "title",
    "protocol",
    "grade",
    "step",
    "cause",
    "affected",
    "fixed",
    "latent",
    "remedy",
    "predicts",
    "experiment",
    "check",
    "references",
    "symptom",
    "probe",
];
const PROBE_KEYS: [&str; 5] = ["field", "range", "values", "not_multiple_of", "not"];
const SYMPTOM_KEYS: [&str; 11] = [
    "words",
    "kind",
    "outcome",
    "refusal",
    "fact",
    "required_fact",
    "excluded_fact",
    "always",
    "step_seen",
    "not_seen",
    "clause",
];
const TEST_KEYS: [&str; 11] = [
    "any",
    "side",
    "below",
    "above",
    "limit",
    "values",
    "excludes",
    "all_but",
    "modulus",
    "not_multiple_of",
    "many",
];
const CLAUSE_KEYS: [&str; 15] = [
    "feature",
    "role",
    "group",
    "words",
    "any",
    "side",
    "below",
    "above",
    "limit",
    "values",
    "excludes",
    "all_but",
    "modulus",
    "not_multiple_of",
    "many",
];
const KINDS: [Kind; 4] = [Kind::Telltale, Kind::Outage, Kind::Degradation, Kind::Overload];

/// Reads a file's text; returns all problems if there are any.
pub(super) fn read(file: &Path, text: &str, vocabulary: &Vocabulary) -> Result<Entry, Vec<Problem>> {
    let sink = ProblemSink::default();
    let parsed = TomlTable::parse(text);
    // A number of any size is a threshold.
    for error in parsed.errors.into_iter().filter(|error| error.kind == ParseErrorKind::Syntax) {
        sink.problem(error.start, error.complaint);
    }
    let entry = entry(&TableReader::root(&sink, &parsed.table), vocabulary);
    if let (Some(stem), Some(id)) = (file.file_stem().and_then(|stem| stem.to_str()), parsed.table.get("id"))
        && stem != entry.id
    {
        sink.problem(id.start, format!("id must be {stem}, as the file's name says"));
    }
    let problems = sink.problems(text, file);
    if problems.is_empty() { Ok(entry) } else { Err(problems) }
}

fn entry(root: &TableReader<'_>, vocabulary: &Vocabulary) -> Entry {
    root.only(&KEYS);
    let protocols = root.names("protocol", &vocabulary.protocols);
    let steps = root
        .words("step", &Step::ALL.map(Step::name), |word| Step::ALL.into_iter().find(|s| s.name() == word));
    let references = plain(root, "references");
    for (key, empty) in [("step", steps.is_empty()), ("references", references.is_empty())] {
        if empty && root.value(key).is_none() {
            root.missing(key);
        }
    }
    let symptom = match root.table("symptom") {
        Some(table) => symptom(&table, &vocabulary.refusals),
        None => {
            root.missing("symptom");
            Symptom::default()
        }
    };
    Entry {
        id: id(root),
        title: root.text("title"),
        protocols,
        grade: grade(root),
        steps,
        symptom,
        cause: root.text("cause"),
        affected: plain(root, "affected"),
        fixed: plain(root, "fixed"),
        latent: root.text("latent"),
        remedy: root.text("remedy"),
        predicts: root.value("predicts").map(|_| root.text("predicts")).unwrap_or_default(),
        experiment: root.text("experiment"),
        check: plain(root, "check"),
        references,
        probe: root.tables("probe").iter().filter_map(probe).collect(),
    }
}

/// A condition on a field that a client can set; a problem if it has not exactly one test.
fn probe(table: &TableReader<'_>) -> Option<ProbeClause> {
    table.only(&PROBE_KEYS);
    let whole = |node: &Node| node.as_integer().and_then(|number| u64::try_from(number).ok());
    let list = |node: &Node| {
        let items = node.as_list()?;
        let numbers: Vec<u64> = items.iter().filter_map(whole).collect();
        (numbers.len() == items.len() && !numbers.is_empty()).then_some(numbers)
    };
    let range = |node: &Node| match list(node)?[..] {
        [low, high] if low <= high => Some(ProbeTest::Range(low, high)),
        _ => None,
    };
    let read = |key: &str, node: &Node| match key {
        "range" => range(node),
        "values" => list(node).map(ProbeTest::Values),
        _ => whole(node).filter(|number| *number > 1).map(ProbeTest::NotMultipleOf),
    };
    let mut given =
        ["range", "values", "not_multiple_of"].into_iter().filter_map(|key| Some((key, table.value(key)?)));
    let Some((key, node)) = given.next() else {
        table.missing("one of range, values, not_multiple_of");
        return None;
    };
    if let Some((other, second)) = given.next() {
        table.problem(second, format!("{other} together with {key}: a condition can have only one test"));
    }
    let test = read(key, node);
    if test.is_none() {
        let expected = match key {
            "range" => "[smallest, largest]",
            "values" => "a list of whole numbers",
            _ => "a whole number from 2 on",
        };
        table.problem(node, format!("{key} must be {expected}"));
    }
    Some(ProbeClause { field: table.text("field"), test: test?, not: flag(table, "not") })
}

fn plain(table: &TableReader<'_>, key: &str) -> Vec<String> {
    table
        .texts(key)
        .into_iter()
        .map(|placed| placed.text.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

fn id(root: &TableReader<'_>) -> String {
    let id = root.text("id");
    let fine = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if let (false, Some(value)) = (fine, root.value("id")) {
        root.problem(value, "id may have small letters, digits and hyphens only".to_owned());
    }
    id
}

fn grade(root: &TableReader<'_>) -> Grade {
    match root.text("grade").as_str() {
        "A" => Grade::A,
        "B" => Grade::B,
        "C" => Grade::C,
        other => {
            if let Some(value) = root.value("grade") {
                root.problem(value, format!("grade cannot be {other}; expected one of A, B, C"));
            }
            Grade::C
        }
    }
}

fn symptom(table: &TableReader<'_>, declared_refusals: &[&'static str]) -> Symptom {
    table.only(&SYMPTOM_KEYS);
    let fact_words = Fact::ALL.map(Fact::word);
    let fact = |word: &str| Fact::ALL.into_iter().find(|fact| fact.word() == word);
    let kinds =
        table.words("kind", &KINDS.map(Kind::word), |word| KINDS.into_iter().find(|k| k.word() == word));
    let outcomes = table.words("outcome", &Outcome::ALL.map(Outcome::word), |word| {
        Outcome::ALL.into_iter().find(|outcome| outcome.word() == word)
    });
    let symptom = Symptom {
        words: table.text("words"),
        kinds,
        outcomes,
        refusals: table.names("refusal", declared_refusals),
        facts: table.words("fact", &fact_words, fact),
        required_facts: table.words("required_fact", &fact_words, fact),
        excluded_facts: table.words("excluded_fact", &fact_words, fact),
        always: flag(table, "always"),
        step_seen: flag(table, "step_seen"),
        not_seen: plain(table, "not_seen"),
        clauses: table.tables("clause").iter().map(clause).collect(),
    };
    let decides = !symptom.required_facts.is_empty()
        || !symptom.refusals.is_empty()
        || symptom.clauses.iter().any(|pattern| pattern.role == Role::Required);
    if !decides {
        table.missing("a required clause, a required_fact or a refusal (else the entry would fit anything)");
    }
    symptom
}

/// A key that is `true` or left out.
fn flag(table: &TableReader<'_>, key: &str) -> bool {
    let Some(value) = table.value(key) else { return false };
    let given = value.as_bool() == Some(true);
    if !given {
        table.problem(value, format!("{key} must be true"));
    }
    given
}

fn clause(table: &TableReader<'_>) -> ClausePattern {
    table.only(&CLAUSE_KEYS);
    let features = plain(table, "feature");
    if features.is_empty() {
        table.missing("feature (a list of names)");
    }
    ClausePattern {
        features,
        test: test(table),
        role: role(table),
        group: table.value("group").map(|_| table.text("group")),
        words: table.text("words"),
    }
}

fn role(table: &TableReader<'_>) -> Role {
    let Some(value) = table.value("role") else { return Role::Required };
    match table.text("role").as_str() {
        "required" => Role::Required,
        "supports" => Role::Supports,
        "contradicts" => Role::Contradicts,
        other => {
            let message = format!("role cannot be {other}; expected one of required, supports, contradicts");
            table.problem(value, message);
            Role::Required
        }
    }
}

fn test(table: &TableReader<'_>) -> Test {
    let mut given = TEST_KEYS.iter().filter_map(|key| table.value(key).map(|value| (*key, value)));
    let Some((key, value)) = given.next() else {
        table.missing(&format!("one of {}", TEST_KEYS.join(", ")));
        return Test::Any;
    };
    if let Some((other, second)) = given.next() {
        table.problem(second, format!("{other} together with {key}: a clause can have only one test"));
    }
    let read = match key {
        "below" => threshold(value).map(|(from, to)| Test::Below { from, to }),
        "above" => threshold(value).map(|(from, to)| Test::Above { from, to }),
        "limit" => threshold(value).map(|(from, to)| Test::Limit { from, to }),
        "values" => values(value).map(Test::Values),
        "excludes" => values(value).map(Test::Excludes),
        "side" => match value.as_text() {
            Some("low") => Some(Test::Low),
            Some("high") => Some(Test::High),
            Some(_) | None => None,
        },
        "not_multiple_of" => divisor(value).map(Test::NotMultipleOf),
        "all_but" => value.as_bool().filter(|&given| given).map(|_| Test::AllBut),
        "any" => value.as_bool().filter(|&given| given).map(|_| Test::Any),
        "many" => value.as_bool().filter(|&given| given).map(|_| Test::Many),
        _ => value.as_bool().filter(|&given| given).map(|_| Test::Modulus),
    };
    read.unwrap_or_else(|| {
        let expected = match key {
            "below" | "above" | "limit" => "a number or [smallest, largest]",
            "values" | "excludes" => "a list of numbers and texts",
            "not_multiple_of" => "a whole number from 2 on",
            "side" => "\"low\" or \"high\"",
            _ => "true",
        };
        table.problem(value, format!("{key} must be {expected}"));
        Test::Any
    })
}

fn threshold(value: &Node) -> Option<(f64, f64)> {
    let Some(items) = value.as_list() else {
        return value.as_number().map(|one| (one, one));
    };
    let numbers: Vec<f64> = items.iter().filter_map(Node::as_number).collect();
    match numbers[..] {
        [from, to] if items.len() == 2 && from <= to => Some((from, to)),
        _ => None,
    }
}

fn divisor(value: &Node) -> Option<u32> {
    value.as_integer().and_then(|number| u32::try_from(number).ok()).filter(|number| *number >= 2)
}

fn values(value: &Node) -> Option<Vec<Value>> {
    let items = value.as_list()?;
    let read = |item: &Node| match item.as_text() {
        Some(text) => Some(Value::Text(text.to_owned())),
        None => item.as_number().map(Value::Number),
    };
    let read: Vec<Value> = items.iter().filter_map(read).collect();
    (read.len() == items.len() && !read.is_empty()).then_some(read)
}
