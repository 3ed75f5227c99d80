//! Exact counts and brackets of a telltale over all requests.

use crate::population::{Bound, Extremes, Population, PopulationError, Reach, Split};
use crate::{Bracket, Clause, Condition, Filter, Region};
use unanswered_table::Outcome;

/// All outcomes that are failures.
pub(super) fn failing() -> Vec<Outcome> {
    Outcome::ALL.into_iter().filter(|o| o.failed()).collect()
}

/// What a telltale selects and leaves.
pub(crate) struct Gathered {
    /// The telltale, with its bounds moved to where all requests put them.
    pub(crate) region: Region,
    pub(crate) split: Split,
    /// Failed rows inside, where requests were captured.
    pub(crate) failed_rows: Vec<u32>,
}

/// Counts the telltale among what earlier findings have left, and brackets its bounds.
pub(crate) fn gather(
    population: &dyn Population,
    region: Region,
    (among, explained): (&[Clause], &[Region]),
    failing: &[Outcome],
    reach: Reach,
) -> Result<Gathered, PopulationError> {
    let mut filter = Filter { inside: region, outside: explained.to_vec(), among: among.to_vec() };
    for index in 0..filter.inside.clauses.len() {
        if let Some(extremes) = population.extremes(&filter, index, failing, reach)? {
            bracket(&mut filter.inside.clauses[index], &extremes, reach);
        }
    }
    let split = population.tally(&filter, failing)?;
    let captured = population.captured().is_some();
    let failed_rows = if captured { population.failed_rows(&filter, failing)? } else { Vec::new() };
    Ok(Gathered { region: filter.inside, split, failed_rows })
}

/// Where the search saw a sample, a bound moves to the extreme failing value before the first working
/// one.
fn bracket(clause: &mut Clause, extremes: &Extremes, reach: Reach) {
    let of = |bound: Bound| Bracket { failing: bound.failing, working: bound.working };
    clause.bracket_low = extremes.low.map(of);
    clause.bracket_high = extremes.high.map(of);
    let Condition::Range { at_least, at_most } = &mut clause.condition else { return };
    if reach == Reach::UpToAnswered {
        if let (Some(low), Some(bound)) = (at_least.as_mut(), extremes.low) {
            *low = low.min(bound.failing);
        }
        if let (Some(high), Some(bound)) = (at_most.as_mut(), extremes.high) {
            *high = high.max(bound.failing);
        }
    }
}
