//! Scenario files.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unanswered_scenario::{DiagnosisNames, parse};

fuzz_target!(|text: &str| {
    match parse(text, "x.toml", DiagnosisNames::default()) {
        Ok(scenario) => assert!(!scenario.name.is_empty()),
        Err(problems) => {
            assert!(!problems.problems.is_empty(), "a refusal has a reason");
            let lines = text.matches('\n').count() + 1;
            assert!(problems.problems.iter().all(|problem| problem.line <= lines));
        }
    }
});
