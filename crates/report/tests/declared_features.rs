//! Every declared feature, whoever declares it, through everything that reads declarations.

mod common;
#[path = "../../evidence/tests/common/declared.rs"]
mod declared;
#[path = "json/schema.rs"]
mod schema;
#[path = "common/tools.rs"]
mod tools;

use common::{clause, finding, installed, numbers, text};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use unanswered_explain::{Clause, Condition, Kind, Value};
use unanswered_registry::{CaptureTerm, DisplayTerm, Feature, FeatureKind, FlagWords, PROTOCOL};
use unanswered_report::filter::{capture_filter, display_filter};
use unanswered_report::{Clock, Families, Report, json, words};
use unanswered_table::OutcomeCounts;
use unanswered_wire::ProtocolId;

const V4: Families = Families { v4: true, v6: false };
const V6: Families = Families { v4: false, v6: true };
const BOTH: Families = Families { v4: true, v6: true };

/// Texts in the form that the feature's values have; empty if they are numbers.
fn texts(feature: &Feature) -> Vec<&'static str> {
    match (feature.display, feature.capture) {
        (DisplayTerm::Protocol, _) => ProtocolId::names(),
        (DisplayTerm::Address { .. }, _) => vec!["10.0.0.1", "10.0.0.0/24", "fd00::1", "fd00::/64"],
        (DisplayTerm::Text { .. }, _) => vec!["a.test", "17"],
        (DisplayTerm::Begins { .. }, _) => vec!["/", "/search", "/a.b+c(d)~%20"],
        (_, CaptureTerm::Hardware(_)) => vec!["02:00:00:00:00:01"],
        (DisplayTerm::None | DisplayTerm::Number { .. }, _) => Vec::new(),
    }
}

/// A clause on the feature for each kind of condition that its values can have.
fn clauses(feature: &'static Feature) -> Vec<Clause> {
    let texts = texts(feature);
    let mut conditions = Vec::new();
    for one in &texts {
        let Condition::In(values) = text(&[one]) else { panic!("a set") };
        conditions.extend([text(&[one]), Condition::NotIn(values)]);
    }
    // Numbers that every length, port and count can have: lengths of IPv6 are 40 bytes above its header field.
    match feature.kind {
        FeatureKind::Amount => conditions.extend([
            numbers(&[61.0]),
            numbers(&[61.0, 63.0, 64.0]),
            Condition::NotIn(vec![Value::Number(61.0)]),
            Condition::Range { at_least: Some(61.0), at_most: Some(120.0) },
            Condition::Modulus { modulus: 4, remainders: vec![1, 3] },
        ]),
        FeatureKind::Code | FeatureKind::Flag if texts.is_empty() => {
            conditions.extend([numbers(&[1.0]), Condition::NotIn(vec![Value::Number(0.0)])]);
        }
        FeatureKind::Code | FeatureKind::Flag => {}
    }
    conditions.into_iter().map(|condition| clause(feature, condition)).collect()
}

/// Words that stand after "the" or "whose" in a sentence.
fn assert_phrase(words: &str, whose: &str) {
    assert!(!words.trim().is_empty() && words.trim() == words, "{whose}: {words:?}");
    assert!(!words.ends_with(['.', ',', ';', ':']) && !words.contains(['\n', '"']), "{whose}: {words:?}");
    let first = words.split(' ').next().unwrap_or_default();
    for article in ["the", "a", "an", "is", "whose", "request", "requests"] {
        assert_ne!(first, article, "{whose}: {words:?}");
    }
}

#[test]
fn names_are_declared_once() {
    let mut seen = BTreeSet::new();
    for feature in declared::features() {
        let Feature { name, .. } = feature;
        assert!(seen.insert(*name), "{name} is declared twice");
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_graphic()), "{name:?}");
    }
}

/// `.rs` files below the folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Names in the lists of a file, without its tests.
fn listed(source: &str) -> Vec<String> {
    let source = source.split_once("#[cfg(test)]").map_or(source, |parts| parts.0);
    let mut names = Vec::new();
    for list in source.split("\nfeatures! {").skip(1) {
        let list = list.split_once("\n}").expect("a list ends").0;
        for begin in ["= amount(", "= code(", "= flag("] {
            let declarations = list.split(begin).skip(1);
            let name = |d: &str| d.trim_start().strip_prefix('"')?.split_once('"').map(|n| n.0.to_owned());
            names.extend(declarations.map(|d| name(d).expect("a declaration begins with a name")));
        }
    }
    names
}

#[test]
fn no_list_of_features_is_left_out_of_what_tests_walk() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut names = vec![PROTOCOL.name.to_owned()];
    for folder in std::fs::read_dir(crates).expect("the crates") {
        let folder = folder.expect("a crate").path();
        // The registry says what a declaration is.
        if folder.ends_with("registry") || !folder.join("src").is_dir() {
            continue;
        }
        let mut files = Vec::new();
        sources(&folder.join("src"), &mut files);
        for file in files {
            let source = std::fs::read_to_string(&file).expect("a source");
            let plain = source.split_once("#[cfg(test)]").map_or(source.as_str(), |parts| parts.0);
            for alone in ["Feature::amount(", "Feature::code(", "Feature::flag("] {
                assert!(!plain.contains(alone), "{}: {alone} outside of a list", file.display());
            }
            names.extend(listed(&source));
        }
    }
    let mut walked: Vec<String> = declared::features().iter().map(|f| f.name.to_owned()).collect();
    names.sort();
    walked.sort();
    assert_eq!(walked, names);
}

#[test]
fn words_fit_into_sentences() {
    for feature in declared::features() {
        assert_phrase(feature.words, feature.name);
        assert!(
            feature.flag_words == FlagWords::Bit || feature.kind == FeatureKind::Flag,
            "{}",
            feature.name
        );
        if let FlagWords::Said { so, not } = feature.flag_words {
            assert_phrase(so, feature.name);
            assert_phrase(not, feature.name);
            assert_ne!(so, not, "{}", feature.name);
        }
    }
}

#[test]
fn values_are_named_once_and_by_something() {
    for feature in declared::features() {
        let mut seen = BTreeSet::new();
        for (number, name) in feature.values {
            assert!(seen.insert(number), "{}: {number} has two names", feature.name);
            assert!(!name.is_empty() && name.trim() == *name && !name.ends_with('.'), "{}", feature.name);
            assert_eq!(feature.value_name(*number), Some(*name));
            let is = words::clause(&clause(feature, text(&[&number.to_string()])));
            assert_eq!(is, format!("{} is {name} ({number})", feature.words));
        }
        assert!(feature.unnamed.is_empty() || !feature.values.is_empty(), "{}", feature.name);
    }
}

#[test]
fn what_a_feature_is_shown_as_is_itself_shown() {
    let all = declared::features();
    for shown in all.iter().filter_map(|feature| feature.shown_as) {
        assert!(shown.shown_as.is_none() && all.iter().any(|feature| feature.is(shown)), "{}", shown.name);
    }
}

#[test]
fn a_clause_on_each_feature_has_words_and_a_document() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../docs/findings.schema.json")).unwrap();
    for feature in declared::features() {
        for clause in clauses(feature) {
            let said = words::clause(&clause);
            let own = match feature.flag_words {
                FlagWords::Bit => false,
                FlagWords::Presence => {
                    [format!("with {}", feature.words), format!("without {}", feature.words)].contains(&said)
                }
                FlagWords::Said { so, not } => [so, not].contains(&said.as_str()),
            };
            assert!(own || said.starts_with(&format!("{} ", feature.words)), "{}: {said}", feature.name);
            assert!(feature.kind != FeatureKind::Flag || !said.ends_with(['0', '1']), "{said}");
            let requests = words::telltale(std::slice::from_ref(&clause));
            assert!(!requests.ends_with(' ') && !requests.contains("  "), "{requests}");
            let mut case = common::nothing_wrong();
            let about = finding(Kind::Telltale, vec![clause.clone()], [1, 1], [0, 1]);
            case.diagnosis.findings = vec![about];
            let report = Report::new(&case.diagnosis, OutcomeCounts::default());
            let document: serde_json::Value = serde_json::from_str(&json::render(&report)).unwrap();
            assert_eq!(schema::problems(&schema, &document), [""; 0], "{}", feature.name);
            let written = &document["findings"][0]["clauses"][0];
            assert_eq!(written["feature"], clause.subject.reported_name());
            assert_eq!(written["words"], said);
        }
    }
}

fn about(clause: Clause) -> unanswered_explain::Finding {
    finding(Kind::Telltale, vec![clause], [1, 1], [0, 1])
}

#[test]
fn wireshark_accepts_each_feature_that_it_is_said_to_know() {
    let mut all = Vec::new();
    for feature in declared::features() {
        for clause in clauses(feature) {
            let about = about(clause);
            for families in [V4, V6, BOTH] {
                let filter = display_filter(&about, families, Clock::Epoch);
                // A field with an offset cannot express a modulus.
                let shifted =
                    matches!(feature.display, DisplayTerm::Number { v6: Some(v6), .. } if v6.shift != 0);
                let modulus = matches!(about.clauses[0].condition, Condition::Modulus { .. });
                let known = feature.display != DisplayTerm::None && !(shifted && modulus && families.v6);
                assert_eq!(filter.is_some(), known, "{}: {:?}", feature.name, about.clauses[0].condition);
                all.extend(filter);
            }
        }
    }
    if installed("tshark") {
        tools::assert_wireshark_accepts(&all);
    }
}

#[test]
fn tcpdump_compiles_each_feature_that_it_is_said_to_know() {
    let mut all = BTreeSet::new();
    for feature in declared::features() {
        let mut found = 0;
        for clause in clauses(feature) {
            let about = about(clause);
            for families in [V4, V6, BOTH] {
                let filter = capture_filter(&about, families);
                assert!(filter.is_none() || feature.capture != CaptureTerm::None, "{}", feature.name);
                found += usize::from(filter.is_some());
                let is = matches!(about.clauses[0].condition, Condition::In(_));
                let v6 = |bytes: unanswered_registry::Bytes| bytes.v6.is_some() || !families.v6;
                let must = match feature.capture {
                    CaptureTerm::Bytes(bytes) => is && v6(bytes),
                    CaptureTerm::Port(..) | CaptureTerm::Address(_) | CaptureTerm::Hardware(_) => is,
                    CaptureTerm::None | CaptureTerm::Vlan | CaptureTerm::Protocol => false,
                };
                assert!(!must || filter.is_some(), "{}: {:?}", feature.name, about.clauses[0].condition);
                all.extend(filter);
            }
        }
        assert_eq!(found > 0, feature.capture != CaptureTerm::None, "{}", feature.name);
    }
    if installed("tcpdump") {
        all.iter().for_each(|filter| tools::assert_tcpdump_compiles(filter));
    }
}
