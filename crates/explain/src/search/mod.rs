//! The search for the telltale: a beam over conjunctions, re-optimised and pruned.
//!
//! Data flow: a table's columns become [`Ranked`] features; for each beam entry (a conjunction with
//! the rows it leaves) every feature is profiled - requests and failures per rank - and cut in the
//! best ways; the best conjunctions grow up to three clauses; then every clause is optimised again
//! given the others, and clauses that do not pay are deleted. Time is a feature like any other here, cut
//! into ranges only; what a request's own outcome reveals is not a feature. The search is deterministic.

pub(crate) mod columns;
pub(crate) mod cut;
pub(crate) mod score;

use columns::{Profiler, Ranked, Shape, boundaries};
use cut::{Candidate, Cut, Cutter, Prices};
use score::{Scorer, Tally};
use std::collections::BTreeMap;
use unanswered_table::MISSING;

/// Rows times rules above which starting threads pays off.
const PARALLEL_ROWS: usize = 100_000;

/// One clause of a conjunction under search.
#[derive(Clone, Debug)]
pub(crate) struct Clause {
    /// Index into the features.
    pub(crate) feature: usize,
    pub(crate) cut: Cut,
    /// What it costs to say, nats.
    pub(crate) price: f64,
}

impl Clause {
    /// Whether the clause lists several values, or what it leaves out.
    pub(crate) const fn listed(&self) -> bool {
        self.cut.several() || matches!(self.cut, Cut::NotIn(_))
    }
}

impl PartialEq for Clause {
    fn eq(&self, other: &Self) -> bool {
        self.feature == other.feature && self.cut == other.cut
    }
}

/// A conjunction with what it selects.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) clauses: Vec<Clause>,
    pub(crate) inside: Tally,
    /// Log-likelihood ratio, nats.
    pub(crate) ratio: f64,
    /// Sum of the clauses' prices plus that of the rates, nats.
    pub(crate) price: f64,
}

impl Rule {
    /// Ratio minus price.
    pub(crate) fn score(&self) -> f64 {
        self.ratio - self.price
    }

    /// Whether a clause is a set of several values.
    pub(crate) fn several(&self) -> bool {
        self.clauses.iter().any(|c| c.cut.several())
    }
}

/// Limits of the search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Maximum number of clauses in a conjunction.
    pub(crate) clauses: usize,
    /// Conjunctions kept after the first clause.
    pub(crate) seeds: usize,
    /// Conjunctions kept after each further clause.
    pub(crate) beam: usize,
    /// Cut codes into sets.
    pub(crate) sets: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { clauses: 3, seeds: 28, beam: 12, sets: true }
    }
}

/// A search over one set of rows with one definition of failure.
pub(crate) struct Search<'a> {
    features: &'a [Ranked],
    rank_ends: Vec<usize>,
    failed: &'a [bool],
    rows: &'a [u32],
    scorer: Scorer,
    prices: Vec<Option<usize>>,
    limits: Limits,
    priced: usize,
}

impl<'a> Search<'a> {
    /// A search over `rows`, of which `failed` (indexed by row) are to be told apart. `usable` selects the
    /// features that may be cut.
    pub(crate) fn new(
        features: &'a [Ranked],
        failed: &'a [bool],
        rows: &'a [u32],
        usable: &dyn Fn(usize) -> bool,
        limits: Limits,
    ) -> Self {
        let total = tally(rows, failed);
        let rank_ends: Vec<usize> = features.iter().map(Ranked::rank_end).collect();
        let mut profiler = Profiler::default();
        let prices: Vec<Option<usize>> = features
            .iter()
            .zip(&rank_ends)
            .enumerate()
            .map(|(i, (feature, &end))| {
                usable(i).then(|| match feature.shape {
                    Shape::Code => 0,
                    Shape::Amount | Shape::Time => boundaries(&profiler.profile(feature, end, rows, failed)),
                })
            })
            .collect();
        let priced = prices.iter().flatten().count();
        Self { features, rank_ends, failed, rows, scorer: Scorer::new(total), prices, limits, priced }
    }

    /// Rows and failures searched.
    pub(crate) const fn total(&self) -> Tally {
        self.scorer.total()
    }

    /// The best conjunctions, best first; empty when nothing fails or everything does.
    pub(crate) fn run(&self) -> Vec<Rule> {
        let total = self.total();
        if total.f == 0 || total.f == total.n {
            return Vec::new();
        }
        let root = Entry { rule: self.root(), rows: self.rows.to_vec() };
        let mut pool: Vec<Rule> = Vec::new();
        let mut beam = vec![root];
        for depth in 0..self.limits.clauses {
            let grown = self.grow_all(&beam);
            let width = if depth == 0 { self.limits.seeds } else { self.limits.beam };
            let kept = self.keep(grown, width);
            pool.extend(kept.iter().cloned());
            if depth + 1 < self.limits.clauses {
                beam =
                    kept.into_iter().map(|rule| Entry { rows: self.select(&rule.clauses), rule }).collect();
            }
        }
        self.finish(pool)
    }

    fn root(&self) -> Rule {
        Rule { clauses: Vec::new(), inside: self.total(), ratio: 0.0, price: self.scorer.rates_price }
    }

    /// Grows every entry by every feature, on as many threads as there are.
    fn grow_all(&self, beam: &[Entry]) -> Vec<Rule> {
        let work: usize = beam.iter().map(|e| e.rows.len()).sum::<usize>() * self.priced;
        if work < 200_000 {
            let mut profiler = Profiler::default();
            return beam.iter().flat_map(|e| self.grow(e, 0, 1, &mut profiler)).collect();
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads)
                .map(|t| {
                    scope.spawn(move || {
                        let mut profiler = Profiler::default();
                        beam.iter().map(|e| self.grow(e, t, threads, &mut profiler)).collect::<Vec<_>>()
                    })
                })
                .collect();
            // Joined in a fixed order, so that the result does not depend on which thread was faster.
            handles
                .into_iter()
                .flat_map(|h| h.join().expect("a search thread does not panic"))
                .flatten()
                .collect()
        })
    }

    /// The entry with one more clause, for every `stride`-th feature from `offset` on.
    fn grow(&self, entry: &Entry, offset: usize, stride: usize, profiler: &mut Profiler) -> Vec<Rule> {
        let mut rules = Vec::new();
        let mut candidates = Vec::new();
        for feature in (offset..self.features.len()).step_by(stride) {
            if entry.rule.clauses.iter().any(|c| c.feature == feature) {
                continue;
            }
            candidates.clear();
            self.cut(feature, &entry.rows, profiler, &mut candidates);
            for candidate in candidates.drain(..) {
                if candidate.inside.n == entry.rule.inside.n {
                    continue;
                }
                rules.push(self.extended(&entry.rule, feature, candidate));
            }
        }
        rules
    }

    fn extended(&self, rule: &Rule, feature: usize, candidate: Candidate) -> Rule {
        let mut clauses = rule.clauses.clone();
        clauses.push(Clause { feature, cut: candidate.cut, price: candidate.price });
        clauses.sort_by_key(|c| c.feature);
        Rule {
            clauses,
            inside: candidate.inside,
            ratio: self.scorer.ratio(candidate.inside),
            price: rule.price + candidate.price,
        }
    }

    fn cut(&self, feature: usize, rows: &[u32], profiler: &mut Profiler, out: &mut Vec<Candidate>) {
        let Some(boundaries) = self.prices[feature] else { return };
        let ranked = &self.features[feature];
        let profile = profiler.profile(ranked, self.rank_ends[feature], rows, self.failed);
        let prices = Prices::new(ranked, self.priced, boundaries);
        Cutter { scorer: &self.scorer, feature: ranked, prices, sets: self.limits.sets }
            .candidates(&profile, out);
    }

    /// The best rules, at most two per set of features, none twice.
    fn keep(&self, mut rules: Vec<Rule>, width: usize) -> Vec<Rule> {
        sort(&mut rules);
        let mut per_set: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        let mut kept: Vec<Rule> = Vec::new();
        for rule in rules {
            if kept.len() >= width {
                break;
            }
            let set: Vec<usize> = rule.clauses.iter().map(|c| c.feature).collect();
            let count = per_set.entry(set).or_default();
            if *count >= 2 || kept.iter().any(|k| k.clauses == rule.clauses) {
                continue;
            }
            *count += 1;
            kept.push(rule);
        }
        kept
    }

    /// Rows that satisfy the clauses.
    pub(crate) fn select(&self, clauses: &[Clause]) -> Vec<u32> {
        select(self.features, clauses, self.rows)
    }

    /// Re-optimises and prunes the best of the pool; best first.
    fn finish(&self, mut pool: Vec<Rule>) -> Vec<Rule> {
        sort(&mut pool);
        let best = pool.first().map_or(0.0, Rule::score);
        let worth: Vec<Rule> = pool.iter().take(16).filter(|r| r.score() > best - 40.0).cloned().collect();
        let mut done: Vec<Rule> = Vec::new();
        for rule in self.polish_all(worth).into_iter().chain(pool) {
            if !done.iter().any(|d| d.clauses == rule.clauses) {
                done.push(rule);
            }
        }
        sort(&mut done);
        done
    }

    /// Rules found on other rows, evaluated and optimised on these; best first.
    pub(crate) fn polished(&self, rules: Vec<Rule>) -> Vec<Rule> {
        let mut done: Vec<Rule> = Vec::new();
        for rule in self.polish_all(rules) {
            if !done.iter().any(|d| d.clauses == rule.clauses) {
                done.push(rule);
            }
        }
        sort(&mut done);
        done
    }

    /// Evaluates and optimises each of the rules, in their order, on as many threads as there are.
    fn polish_all(&self, rules: Vec<Rule>) -> Vec<Rule> {
        let polish = |profiler: &mut Profiler, rule: &Rule| {
            self.polish(self.evaluated(rule.clauses.clone()), profiler)
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        if threads < 2 || rules.len() * self.rows.len() < PARALLEL_ROWS {
            let mut profiler = Profiler::default();
            return rules.iter().map(|r| polish(&mut profiler, r)).collect();
        }
        let (rules, polish) = (&rules, &polish);
        let mut numbered: Vec<(usize, Rule)> = std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads)
                .map(|t| {
                    scope.spawn(move || {
                        let mut profiler = Profiler::default();
                        let own = rules.iter().enumerate().skip(t).step_by(threads);
                        own.map(|(i, r)| (i, polish(&mut profiler, r))).collect::<Vec<_>>()
                    })
                })
                .collect();
            handles.into_iter().flat_map(|h| h.join().expect("a search thread does not panic")).collect()
        });
        numbered.sort_by_key(|(i, _)| *i);
        numbered.into_iter().map(|(_, rule)| rule).collect()
    }

    fn polish(&self, mut rule: Rule, profiler: &mut Profiler) -> Rule {
        for _ in 0..4 {
            let before = rule.score();
            for position in 0..rule.clauses.len() {
                rule = self.reoptimised(rule, position, profiler);
            }
            rule = self.pruned(rule);
            if rule.score() <= before + 1e-9 {
                break;
            }
        }
        rule
    }

    /// Cuts the feature of one clause anew, given the others.
    fn reoptimised(&self, rule: Rule, position: usize, profiler: &mut Profiler) -> Rule {
        if position >= rule.clauses.len() {
            return rule;
        }
        let mut others = rule.clauses.clone();
        let feature = others.remove(position).feature;
        let base = self.evaluated(others);
        let rows = self.select(&base.clauses);
        let mut candidates = Vec::new();
        self.cut(feature, &rows, profiler, &mut candidates);
        // A rule without sets stays without them, so that both sorts reach the end and can be compared.
        let sets = rule.several();
        candidates
            .into_iter()
            .filter(|c| sets || !c.cut.several())
            .map(|c| self.extended(&base, feature, c))
            .filter(|r| r.score() > rule.score() + 1e-9)
            .max_by(|a, b| a.score().total_cmp(&b.score()))
            .unwrap_or(rule)
    }

    /// Deletes clauses that do not pay for themselves.
    fn pruned(&self, mut rule: Rule) -> Rule {
        while rule.clauses.len() > 1 {
            let best = (0..rule.clauses.len())
                .map(|i| {
                    let mut fewer = rule.clauses.clone();
                    fewer.remove(i);
                    self.evaluated(fewer)
                })
                .max_by(|a, b| a.score().total_cmp(&b.score()));
            match best {
                Some(fewer) if fewer.score() >= rule.score() => rule = fewer,
                _ => break,
            }
        }
        rule
    }

    /// The rule with each clause in turn replaced by the best cuts of every other feature, as far as they
    /// select as many requests and failures: telltales that may be the same one in disguise.
    pub(crate) fn alternatives(&self, rule: &Rule) -> Vec<Rule> {
        let mut profiler = Profiler::default();
        let mut out = Vec::new();
        for position in 0..rule.clauses.len() {
            let mut others = rule.clauses.clone();
            others.remove(position);
            let base = self.evaluated(others);
            let entry = Entry { rows: self.select(&base.clauses), rule: base };
            out.extend(
                self.grow(&entry, 0, 1, &mut profiler).into_iter().filter(|r| r.inside == rule.inside),
            );
            if rule.clauses.len() > 1 && entry.rule.inside == rule.inside {
                out.push(entry.rule);
            }
        }
        out
    }

    /// A conjunction priced and tallied from nothing.
    pub(crate) fn evaluated(&self, clauses: Vec<Clause>) -> Rule {
        let inside = tally(&self.select(&clauses), self.failed);
        let price = clauses.iter().map(|c| c.price).sum::<f64>() + self.scorer.rates_price;
        Rule { clauses, inside, ratio: self.scorer.ratio(inside), price }
    }
}

struct Entry {
    rule: Rule,
    rows: Vec<u32>,
}

fn sort(rules: &mut [Rule]) {
    rules.sort_by(|a, b| {
        b.score()
            .total_cmp(&a.score())
            .then_with(|| a.clauses.len().cmp(&b.clauses.len()))
            .then_with(|| a.clauses.iter().map(|c| c.feature).cmp(b.clauses.iter().map(|c| c.feature)))
    });
}

/// The rows that satisfy the clauses, clause by clause: each pass is a plain scan of one column.
pub(crate) fn select(features: &[Ranked], clauses: &[Clause], rows: &[u32]) -> Vec<u32> {
    let mut rows = rows.to_vec();
    for clause in clauses {
        let feature = &features[clause.feature];
        let rank = |row: &u32| feature.ranks[*row as usize];
        match &clause.cut {
            Cut::Range { low, high, .. } => rows.retain(|r| (*low..=*high).contains(&rank(r))),
            Cut::In(set) if set.len() == 1 => rows.retain(|r| rank(r) == set[0]),
            Cut::In(_) | Cut::NotIn(_) | Cut::Remainder { .. } => {
                let end = u32::try_from(feature.rank_end()).expect("ranks have 32 bits");
                let inside: Vec<bool> = (0..end).map(|rank| clause.cut.holds(feature, rank)).collect();
                rows.retain(|r| inside.get(rank(r) as usize).copied().unwrap_or(false));
            }
        }
    }
    rows
}

/// Whether a row satisfies the clauses; a missing value satisfies none.
pub(crate) fn holds(features: &[Ranked], clauses: &[Clause], row: u32) -> bool {
    clauses.iter().all(|c| {
        let feature = &features[c.feature];
        let rank = feature.ranks[row as usize];
        rank != MISSING && c.cut.holds(feature, rank)
    })
}

/// Requests and failures among rows.
pub(crate) fn tally(rows: &[u32], failed: &[bool]) -> Tally {
    let n = u32::try_from(rows.len()).expect("rows are numbered with 32 bits");
    let f = rows.iter().filter(|&&r| failed[r as usize]).count();
    Tally { n, f: u32::try_from(f).expect("rows are numbered with 32 bits") }
}
