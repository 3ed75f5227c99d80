//! Whatever it is given, the reader answers with a scenario or with problems in the file.

use proptest::prelude::*;
use unanswered_scenario::{DiagnosisNames, Document, parse};

const STORY: &str = include_str!("files/story.toml");
const DOCUMENT: &str = include_str!("../../../docs/scenario.md");

/// All examples of the document as texts to be damaged.
fn texts() -> Vec<String> {
    let blocks = DOCUMENT.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let whole = |block: &str| format!("version = 1\nduration = \"1h\"\n{}", block.replace("version = 1", ""));
    blocks.map(whole).chain([STORY.to_owned()]).collect()
}

/// What replaces a word.
fn words() -> impl Strategy<Value = String> {
    let known = [
        "",
        "0",
        "-1",
        "1e400",
        "nan",
        "true",
        "\"\"",
        "\"*\"",
        "[]",
        "{}",
        "[[]]",
        "\"{i}\"",
        "\"{{\"",
        "\"0\"",
        "\"-5s\"",
        "9223372036854775807",
        "99999999999999999999",
        "\"10.0.0.0/0\"",
        "\"0.0.0.0/32\"",
        "\"a:b:c\"",
        "2026-03-01",
        "\"\u{e4}\u{1f4a9}\"",
        ".",
        "=",
        "]",
        "\n[host.x]\n",
        "count",
        "on",
        "network",
        "after",
    ];
    prop_oneof![
        prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        "[ -~\\n]{0,8}",
        any::<char>().prop_map(String::from)
    ]
}

/// The text with one of its words replaced by another of its words or by something else.
fn damaged(text: &str, changes: &[(prop::sample::Index, Option<prop::sample::Index>, String)]) -> String {
    let ends = |c: char| !c.is_alphanumeric();
    let mut parts: Vec<String> = text.split_inclusive(ends).map(str::to_owned).collect();
    for (at, from, word) in changes {
        let index = at.index(parts.len());
        parts[index] = match from {
            Some(other) => parts[other.index(parts.len())].clone(),
            None => word.clone(),
        };
    }
    parts.concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_damaged_scenario_is_read_or_refused_with_places_in_the_file(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<Option<prop::sample::Index>>(), words()), 1..4),
    ) {
        let texts = texts();
        let text = damaged(&texts[which.index(texts.len())], &changes);
        match parse(&text, "x.toml", DiagnosisNames::default()) {
            Ok(scenario) => {
                // What is sound stays sound when it is written back.
                let written = Document::parse(&text, "x.toml", DiagnosisNames::default()).map(|document| document.to_toml());
                prop_assert_eq!(parse(&written.unwrap(), "x.toml", DiagnosisNames::default()), Ok(scenario));
            }
            Err(problems) => {
                prop_assert!(!problems.problems.is_empty());
                for problem in &problems.problems {
                    let line = text.split('\n').nth(problem.line - 1);
                    prop_assert!(line.is_some_and(|l| problem.column <= l.chars().count() + 1), "{}\n{}", problem, text);
                    prop_assert!(!problem.message.is_empty());
                }
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = parse(&text, "x.toml", DiagnosisNames::default());
    }
}
