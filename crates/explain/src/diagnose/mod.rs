//! From a table of requests to the verdict.
//!
//! Data flow: judged rows (a stated sample of them when there are very many) are ranked by column;
//! the search proposes a telltale; the gate asks whether it beats chance once serial dependence is
//! taken into account; what it explains is removed and the rest searched again. Each finding is then
//! counted exactly over all rows, given its brackets, rivals, refutations, significance and
//! experiment. If nothing, everything or too little failed, that is said before the search; a
//! search without a finding leaves random loss or not enough data.

mod across;
mod alternatives;
mod assemble;
mod before;
mod beyond;
mod bounds;
mod common;
mod context;
mod convert;
mod counts;
mod cover;
mod covered;
mod experiment;
mod names;
mod naming;
mod replay;
mod rivals;
mod services;
mod significance;
mod signs;
mod silent;
mod verdict;
mod whom;

use crate::catalogue::Catalogue;
use crate::population::{Population, PopulationError};
use crate::{Baseline, Diagnosis, Memory, Source};
use context::Context;
use verdict::Judged;

/// What a caller may choose.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seed of the permutations; the same seed gives the same answer.
    pub seed: u64,
    /// Largest number of rows that the search looks at; counts in findings are exact nevertheless.
    pub sample: usize,
    /// Maximum number of findings.
    pub findings: usize,
    /// Permutations behind a p-value.
    pub permutations: u32,
    /// Known faults to compare findings with.
    pub catalogue: Catalogue,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, sample: 120_000, findings: 5, permutations: 24, catalogue: Catalogue::embedded() }
    }
}

/// Says why there was no reply, for rows in memory.
///
/// Where the data cannot tell, the verdict is [`crate::Verdict::NotEnoughData`] with the reason. Deterministic
/// in the source and the options.
///
/// # Panics
/// Never: rows in memory can always be counted.
#[must_use]
pub fn explain(source: &dyn Source, options: &Options) -> Diagnosis {
    explain_population(&Memory::new(source), options).expect("rows in memory can always be counted")
}

/// Says what is new: why there was no reply, beside requests of a time when all was well.
///
/// What failed as often then is no finding. Deterministic as [`explain()`] is.
///
/// # Panics
/// Never: rows in memory can always be counted.
#[must_use]
pub fn explain_against(source: &dyn Source, baseline: &dyn Source, options: &Options) -> Diagnosis {
    let both = Memory::against(source, baseline);
    explain_population(&both, options).expect("rows in memory can always be counted")
}

/// The same for requests that can be counted, wherever they are.
///
/// # Errors
/// When the population cannot be reached or does not answer.
pub fn explain_population(
    population: &dyn Population,
    options: &Options,
) -> Result<Diagnosis, PopulationError> {
    let judged = Judged::of(&population.totals()?);
    if let Some(early) = verdict::without_search(population, judged)? {
        return Ok(Diagnosis { baseline: baseline_of(population)?, ..early });
    }
    let baseline = population.baseline().map(|baseline| baseline.sample(options.sample)).transpose()?;
    let context = Context::new(population.sample(options.sample)?, baseline);
    let covers = cover::cover(&context, options);
    let mut diagnosis = verdict::conclude(population, judged, &context, covers, options)?;
    diagnosis.baseline = baseline_of(population)?;
    Ok(diagnosis)
}

/// The requests of the time when all was well.
fn baseline_of(population: &dyn Population) -> Result<Option<Baseline>, PopulationError> {
    let Some(baseline) = population.baseline() else { return Ok(None) };
    let judged = Judged::of(&baseline.totals()?);
    Ok(Some(Baseline { requests: judged.requests, failed: judged.failed }))
}
