//! Catalogue files.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use unanswered_explain::catalogue::{Entry, Vocabulary};

fuzz_target!(|text: &str| {
    match Entry::read(Path::new("x.toml"), text, &Vocabulary::default()) {
        Ok(entry) => assert!(!entry.id.is_empty() && !entry.title.is_empty()),
        Err(problems) => {
            assert!(!problems.is_empty(), "a refusal has a reason");
            let lines = text.matches('\n').count() + 1;
            assert!(problems.iter().all(|problem| problem.line <= lines));
        }
    }
});
