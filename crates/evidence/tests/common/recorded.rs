//! Diagnoses of captures below `testdata/protocols`.

use std::path::Path;
use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::{PairerConfig, read_captures};
use unanswered_explain::{Diagnosis, Options, explain};

/// What is found in the captures of these places together.
pub(crate) fn diagnosis(folder: &str, places: &[&str]) -> Diagnosis {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/protocols").join(folder);
    let inputs: Vec<InputSpec> =
        places.iter().map(|place| InputSpec::new(folder.join(format!("{place}.pcap.zst")))).collect();
    let exchanges = read_captures(&inputs, &PairerConfig::default(), &mut |_| {})
        .expect("the captures are in the repository");
    explain(&ExchangeSource::new(&exchanges), &Options::default())
}
