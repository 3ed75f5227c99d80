//! Significance by permutation of independent units.
//!
//! The outcomes of units (of requests, where each is its own unit) are permuted, the best score of a
//! whole search is taken each time, and a Gumbel distribution is fitted to these few maxima (Abrams,
//! Kleinman and Kulldorff 2010). The search is shallower than the real one and sees at most
//! [`ROWS`] units; the null distribution of the penalised score depends on neither to any extent
//! that matters (docs/METHODS.md has the figures).

use super::Options;
use super::context::Context;
use super::covered::Covered;
use crate::search::{Limits, Rule, Search, holds, tally};
use crate::{Significance, Standing};
use std::collections::BTreeMap;
use unanswered_table::Unit;

/// Maximum number of units permuted.
const ROWS: usize = 1200;
/// Smallest p-value that a fit to few maxima supports.
const FLOOR: f64 = 1e-12;
/// p-value below which a finding stands by itself.
const ESTABLISHED: f64 = 0.01;

/// One row per unit, and whether most of the unit failed.
struct Units {
    rows: Vec<u32>,
    failed: Vec<bool>,
    unit: Unit,
    own: bool,
}

/// p-value and standing of a rule.
pub(crate) fn judge(
    context: &Context,
    covered: &Covered,
    rule: &Rule,
    options: &Options,
) -> (Significance, Standing) {
    let units = units(context, covered, rule);
    let limits = Limits { clauses: 2, seeds: 6, beam: 3, sets: true };
    let usable = |f: usize| !context.in_time(f) && context.may_tell(f, &covered.outcomes);
    let real = Search::new(&context.features, &units.failed, &units.rows, &usable, limits);
    let score = if units.own { covered.score } else { real.evaluated(rule.clauses.clone()).score() };
    let total = tally(&units.rows, &units.failed);
    let mut random = Random(options.seed ^ 0x5DEE_CE66_D1CE_4E5B);
    let sample: Vec<u32> = random.choose(&units.rows, ROWS);
    let permuted: Vec<Vec<bool>> = (0..options.permutations)
        .map(|_| {
            let mut failed = units.failed.clone();
            random.permute(&mut failed, &sample);
            failed
        })
        .collect();
    let best = |failed: &Vec<bool>| {
        let search = Search::new(&context.features, failed, &sample, &usable, limits);
        search.run().first().map_or(0.0, Rule::score)
    };
    let maxima = on_all_threads(&permuted, &best);
    let p = if total.f == 0 || total.f == total.n { 1.0 } else { gumbel_tail(&maxima, score) };
    let significance = Significance {
        p_value: p.clamp(FLOOR, 1.0),
        permuted: Some(units.unit),
        permutations: options.permutations,
    };
    let standing = if p < ESTABLISHED { Standing::Established } else { Standing::Likely };
    (significance, standing)
}

/// The function of each item, in their order.
fn on_all_threads<T: Sync>(items: &[T], function: &(dyn Fn(&T) -> f64 + Sync)) -> Vec<f64> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let share = items.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let handles: Vec<_> = items
            .chunks(share)
            .map(|chunk| scope.spawn(move || chunk.iter().map(function).collect::<Vec<_>>()))
            .collect();
        handles.into_iter().flat_map(|h| h.join().expect("a search thread does not panic")).collect()
    })
}

/// Units of evidence. Where the telltale holds for some requests of a unit and not for others, the
/// contrast lies within the unit, and requests are permuted; likewise where the telltale is the list
/// of units itself: its evidence is that requests of one unit always share their outcome.
fn units(context: &Context, covered: &Covered, rule: &Rule) -> Units {
    let table = &context.table;
    let fails = |r: u32| covered.outcomes.contains(&table.outcomes[r as usize]);
    let mut by_unit: BTreeMap<u32, (u32, u32, u32)> = BTreeMap::new();
    for &row in &covered.searched {
        let Some(&unit) = table.units.get(row as usize) else { break };
        let entry = by_unit.entry(unit).or_insert((row, 0, 0));
        entry.1 += 1;
        entry.2 += u32::from(fails(row));
    }
    let mut failed = vec![false; table.rows()];
    // Units that hold hardly more than one request each are not clusters.
    let clusters = !by_unit.is_empty() && by_unit.len() * 10 <= covered.searched.len() * 7;
    if !clusters || within_units(context, covered, rule) || lists_units(context, rule, by_unit.len()) {
        for &row in &covered.searched {
            failed[row as usize] = fails(row);
        }
        return Units { rows: covered.searched.clone(), failed, unit: Unit::Request, own: true };
    }
    let mut rows: Vec<u32> = Vec::with_capacity(by_unit.len());
    for (row, n, f) in by_unit.values() {
        rows.push(*row);
        failed[*row as usize] = 2 * f > *n;
    }
    rows.sort_unstable();
    Units { rows, failed, unit: table.unit.clone(), own: false }
}

/// Whether at least a quarter of the units with a request inside have one outside too.
fn within_units(context: &Context, covered: &Covered, rule: &Rule) -> bool {
    let mut sides: BTreeMap<u32, [bool; 2]> = BTreeMap::new();
    for &row in &covered.searched {
        let Some(&unit) = context.table.units.get(row as usize) else { return false };
        let inside = holds(&context.features, &rule.clauses, row);
        sides.entry(unit).or_default()[usize::from(inside)] = true;
    }
    let inside = sides.values().filter(|s| s[1]).count();
    let mixed = sides.values().filter(|s| s[0] && s[1]).count();
    mixed * 4 >= inside.max(1)
}

/// Whether a clause is a set of values of a feature that has about as many values as there are units.
fn lists_units(context: &Context, rule: &Rule, units: usize) -> bool {
    rule.clauses.iter().any(|c| c.cut.several() && context.features[c.feature].distinct * 2 > units)
}

/// Upper tail at `score` of a Gumbel distribution fitted by moments.
fn gumbel_tail(maxima: &[f64], score: f64) -> f64 {
    let n = maxima.len() as f64;
    if maxima.len() < 3 {
        return 1.0;
    }
    let mean = maxima.iter().sum::<f64>() / n;
    let variance = maxima.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / (n - 1.0);
    // The score is a log-likelihood: its tail cannot fall much faster than with a scale of one nat.
    let scale = (variance.sqrt() * 6f64.sqrt() / std::f64::consts::PI).max(0.8);
    let location = mean - 0.577_215_664_9 * scale;
    let z = (score - location) / scale;
    -(-(-z).exp()).exp_m1()
}

/// SplitMix64 (Steele, Lea and Flood 2014): a pinned generator, so that answers repeat.
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    #[expect(clippy::cast_possible_truncation, reason = "the product's upper half is below `end`")]
    const fn below(&mut self, end: usize) -> usize {
        ((self.next() as u128 * end as u128) >> 64) as usize
    }

    /// At most `count` of the rows, in order.
    fn choose(&mut self, rows: &[u32], count: usize) -> Vec<u32> {
        let mut left = rows.len();
        let mut wanted = count.min(left);
        let mut chosen = Vec::with_capacity(wanted);
        for &row in rows {
            if self.below(left) < wanted {
                chosen.push(row);
                wanted -= 1;
            }
            left -= 1;
        }
        chosen
    }

    /// Permutes the outcomes of the given rows among themselves.
    fn permute(&mut self, failed: &mut [bool], rows: &[u32]) {
        for i in (1..rows.len()).rev() {
            let j = self.below(i + 1);
            failed.swap(rows[i] as usize, rows[j] as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_falls_with_the_score() {
        let maxima = [-7.0, -6.5, -6.0, -5.5, -5.0, -6.2, -6.4];
        assert!(gumbel_tail(&maxima, -6.0) > 0.3);
        assert!(gumbel_tail(&maxima, 10.0) < 1e-4);
        assert!((gumbel_tail(&[1.0], 10.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn choosing_all_keeps_the_order() {
        let mut random = Random(7);
        assert_eq!(random.choose(&[3, 5, 8], 9), [3, 5, 8]);
        assert_eq!(random.choose(&(0..100).collect::<Vec<_>>(), 10).len(), 10);
    }
}
