//! Names that `[[expect]]` may use and that this crate cannot know: they belong to the diagnosis.

/// The words of a diagnosis, supplied by the caller that knows it. Without any (the default) every word is accepted,
/// for callers that only run scenarios.
#[derive(Clone, Copy, Debug)]
pub struct DiagnosisNames {
    /// Words of verdicts.
    pub verdicts: &'static [&'static str],
    /// Ids of known faults. Called only when a file names one, because listing them takes longer than
    /// reading a scenario.
    pub faults: fn() -> &'static [String],
}

impl Default for DiagnosisNames {
    fn default() -> Self {
        Self { verdicts: &[], faults: || &[] }
    }
}
