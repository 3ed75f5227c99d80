//! `explain` on the captures of a run, and whether it gave the answer that the scenario expects.
//!
//! The captures go the same way as any other capture: pcapng bytes, read, decoded, paired, joined.
//! Nothing of the simulated world but those bytes reaches the diagnosis.

use crate::record::Captures;
use std::io::Cursor;
use std::sync::OnceLock;
use unanswered_capture::{InputSpec, Vantages, open_stream};
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::{Exchanges, PairerConfig, read_all};
use unanswered_explain::catalogue::Catalogue;
use unanswered_explain::{Diagnosis, Finding, Options, Verdict, explain};
use unanswered_scenario::DiagnosisNames;
use unanswered_scenario::model::{Expectation, Scenario};
use unanswered_wire::Time;

/// What the `[[expect]]` of a scenario may name: the verdicts and the known faults of the catalogue that
/// comes with the program.
#[must_use]
pub const fn names() -> DiagnosisNames {
    DiagnosisNames { verdicts: VERDICTS, faults: known_faults }
}

/// The verdicts, as the JSON of a diagnosis has them.
const VERDICTS: &[&str] = &[
    Verdict::Findings.word(),
    Verdict::RandomLoss.word(),
    Verdict::Outage.word(),
    Verdict::Degradation.word(),
    Verdict::Overload.word(),
    Verdict::NothingWrong.word(),
    Verdict::NotEnoughData.word(),
];

fn known_faults() -> &'static [String] {
    static IDS: OnceLock<Vec<String>> = OnceLock::new();
    IDS.get_or_init(|| Catalogue::embedded().entries().iter().map(|entry| entry.id.clone()).collect())
}

/// Why captures could not be diagnosed.
#[derive(Debug, thiserror::Error)]
pub enum DiagnosisError {
    /// Nothing passed the vantage points.
    #[error("nothing was captured at {0}")]
    NoFrames(String),
    /// No vantage point in the scenario has that name.
    #[error("there is no vantage point {0:?} in the scenario")]
    NoVantage(String),
    /// The captures could not be written or read; an error in the program.
    #[error("the captures of the run cannot be read: {0}")]
    Unreadable(String),
}

impl DiagnosisError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoFrames(_) => Some("give the vantage points another time or place".to_owned()),
            Self::NoVantage(_) | Self::Unreadable(_) => None,
        }
    }
}

/// The requests in the captures of some vantage points (default: all), up to a time.
///
/// # Errors
/// See [`DiagnosisError`].
pub fn exchanges(
    scenario: &Scenario,
    captures: &Captures,
    names: &[String],
    until: Option<Time>,
) -> Result<Exchanges, DiagnosisError> {
    let chosen = names.iter().map(|name| vantage(scenario, name)).collect::<Result<Vec<u32>, _>>()?;
    let unreadable = |error: &dyn std::fmt::Display| DiagnosisError::Unreadable(error.to_string());
    let bytes = captures.write(scenario, &chosen, until, Vec::new()).map_err(|error| unreadable(&error))?;
    let vantages = Vantages::new();
    let input = InputSpec::parse("run.pcapng");
    let total = u64::try_from(bytes.len()).ok();
    let reader = open_stream(&input, Box::new(Cursor::new(bytes)), total, &vantages)
        .map_err(|error| unreadable(&error))?;
    let exchanges = read_all(vec![reader], vantages, &PairerConfig::default(), &mut |_| {});
    if exchanges.iter().next().is_none() {
        return Err(DiagnosisError::NoFrames(if names.is_empty() {
            scenario.name.clone()
        } else {
            names.join(", ")
        }));
    }
    Ok(exchanges)
}

/// What `explain` says of the requests in the captures.
#[must_use]
pub fn diagnose(exchanges: &Exchanges) -> Diagnosis {
    explain(&ExchangeSource::new(exchanges), &Options::default())
}

/// Checks a diagnosis against what is expected.
///
/// # Errors
/// Says in words what the diagnosis lacks.
pub fn check(expected: &Expectation, diagnosis: &Diagnosis) -> Result<(), String> {
    let verdict = diagnosis.verdict.word();
    if !expected.verdicts.is_empty() && !expected.verdicts.iter().any(|word| word == verdict) {
        return Err(format!("the verdict is {verdict}, expected {}", expected.verdicts.join(" or ")));
    }
    let wants_finding = expected.fault.is_some() || !expected.features.is_empty() || expected.step.is_some();
    if !wants_finding {
        return Ok(());
    }
    let mut missing = Vec::new();
    for (number, finding) in diagnosis.findings.iter().enumerate() {
        match fits(expected, finding) {
            Ok(()) => return Ok(()),
            Err(reason) => missing.push(format!("finding {}: {reason}", number + 1)),
        }
    }
    if let (true, Some(step)) =
        (diagnosis.findings.is_empty() && expected.features.is_empty(), &expected.step)
    {
        let found = diagnosis.step.as_ref().and_then(|step| step.step).map(|step| step.name());
        if found == Some(step.as_str()) && expected.fault.is_none() {
            return Ok(());
        }
    }
    if missing.is_empty() { Err("there is no finding".to_owned()) } else { Err(missing.join("; ")) }
}

fn fits(expected: &Expectation, finding: &Finding) -> Result<(), String> {
    if let Some(id) = &expected.fault
        && !finding.known.iter().any(|known| known.id == *id)
    {
        let known: Vec<&str> = finding.known.iter().map(|known| known.id.as_str()).collect();
        return Err(format!("known faults are {known:?}, not {id}"));
    }
    if !expected.features.is_empty() {
        // A mechanism has no clauses of its own, but those of what it looks like.
        let at_work = finding.at_work.is_some();
        let same = finding.rivals.iter().filter(|rival| rival.same_requests || at_work);
        let clauses = finding.clauses.iter().chain(same.flat_map(|rival| &rival.clauses));
        let named: Vec<&str> = clauses.map(|clause| clause.subject.reported_name()).collect();
        if !expected.features.iter().any(|feature| named.contains(&feature.as_str())) {
            return Err(format!("its features are {named:?}, none of {:?}", expected.features));
        }
    }
    if let Some(step) = &expected.step {
        let found = finding.step.as_ref().and_then(|step| step.step).map(|step| step.name());
        if found != Some(step.as_str()) {
            return Err(format!("its step is {}, not {step}", found.unwrap_or("not known")));
        }
    }
    Ok(())
}

fn vantage(scenario: &Scenario, name: &str) -> Result<u32, DiagnosisError> {
    let index = scenario.vantages.iter().position(|vantage| vantage.name == name);
    index
        .and_then(|index| u32::try_from(index).ok())
        .ok_or_else(|| DiagnosisError::NoVantage(name.to_owned()))
}
