//! The recorded captures.

use std::fs;
use std::path::{Path, PathBuf};
use unanswered_capture::InputSpec;
use unanswered_exchange::{Exchanges, PairerConfig, read_captures};

/// A path below `testdata`.
pub(crate) fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(path)
}

/// Folders of a collection, in order of name.
pub(crate) fn scenarios(collection: &str) -> Vec<String> {
    let entries = fs::read_dir(testdata(collection)).expect("the test data are in the repository");
    let mut names: Vec<String> = entries
        .map(|e| e.expect("the test data are in the repository").path())
        .filter(|p| p.is_dir())
        .map(|p| {
            format!(
                "{collection}/{}",
                p.file_name()
                    .expect("the test data are in the repository")
                    .to_str()
                    .expect("the test data are in the repository")
            )
        })
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no scenarios in {collection}");
    names
}

/// Capture files of a scenario, in order of name.
pub(crate) fn captures(scenario: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(testdata(scenario))
        .expect("the test data are in the repository")
        .map(|e| e.expect("the test data are in the repository").path())
        .filter(|p| p.to_str().expect("the test data are in the repository").contains(".pcap"))
        .collect();
    files.sort();
    files
}

/// Reads captures of any places.
pub(crate) fn read(files: &[PathBuf]) -> Exchanges {
    let inputs: Vec<InputSpec> = files.iter().map(InputSpec::new).collect();
    read_captures(&inputs, &PairerConfig::default(), &mut |_| {})
        .expect("the test data are in the repository")
}
