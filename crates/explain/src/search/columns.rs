//! Columns as the search wants them: every value a rank, so that a region is a range or a set of ranks.

use super::score::Tally;
use crate::constants::Meaningful;
use unanswered_registry::{Price, Quantity};
use unanswered_table::{Column, MISSING, Values, Viewpoint};

/// How a column's ranks may be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Ranks are in order of value: ranges, single values and (for whole numbers) moduli.
    Amount,
    /// Ranks are codes: single values and sets.
    Code,
    /// Time of the request: ranges only, and a finding about it is a finding in time.
    Time,
}

/// A column with ranks for values.
#[derive(Clone, Debug)]
pub(crate) struct Ranked {
    /// Its place in the table, `None` for time.
    pub(crate) column: Option<usize>,
    pub(crate) shape: Shape,
    /// Rank of each row's value, or [`MISSING`].
    pub(crate) ranks: Vec<u32>,
    /// Number of distinct values.
    pub(crate) distinct: usize,
    /// The number behind each rank (amounts and time; empty for codes).
    pub(crate) numbers: Vec<f64>,
    /// The numbers as integers, if all are whole and there are enough of them for a modulus to
    /// mean something; else empty.
    pub(crate) whole: Vec<u32>,
    /// A missing value means "longer ago than any": the gap since something that never happened.
    pub(crate) missing_is_longest: bool,
    /// What it costs to name a feature of this kind on top of any other, in nats.
    pub(crate) surcharge: f64,
    /// Thresholds that mean something for this feature.
    pub(crate) meaningful: Meaningful,
}

/// Features derived from others cost more to say: fewer causes act on them.
const DERIVED_SURCHARGE: f64 = 3.0;
/// One more clause: naming one of some sixty features, and the clause's own price.
const TUPLE_SURCHARGE: f64 = 5.6;
/// A feature that repeats another one less plainly.
const NEAR_SURCHARGE: f64 = 0.7;
/// Identifiers: like derived features, and a counter follows time as well.
const IDENTIFIER_SURCHARGE: f64 = 5.0;
/// A feature at another place than the client's: the client's own comes first among equals.
const FAR_SURCHARGE: f64 = 1.5;
/// Most distinct values for which a numeric feature is also cut into sets.
pub(crate) const SET_VALUES_MAX: usize = 4096;
/// Most distinct numbers for which an amount is also cut into sets.
pub(crate) const SET_NUMBERS_MAX: usize = 64;

impl Ranked {
    /// Ranks of a table's column, or `None` when it has fewer than two values.
    pub(crate) fn new(index: usize, column: &Column, meaningful: Meaningful) -> Option<Self> {
        let surcharge = surcharge(column);
        let mut ranked = match &column.values {
            Values::Numbers(v) => {
                let mut r = Self::of_numbers(v);
                if !column.is_amount() {
                    r.shape = Shape::Code;
                    r.whole = Vec::new();
                }
                r
            }
            Values::Codes { codes, labels } => Self::of_codes(codes, labels.len()),
        };
        ranked.column = Some(index);
        ranked.surcharge = surcharge;
        ranked.missing_is_longest = column.subject.quantity() == Quantity::Pause;
        ranked.meaningful = meaningful;
        let missing = ranked.ranks.contains(&MISSING);
        (ranked.distinct + usize::from(missing) >= 2 && ranked.distinct >= 1).then_some(ranked)
    }

    /// Ranks of the times.
    pub(crate) fn of_times(times: &[f64]) -> Self {
        let mut r = Self::of_numbers(times);
        r.shape = Shape::Time;
        r.whole = Vec::new();
        r
    }

    fn of_numbers(values: &[f64]) -> Self {
        let mut order: Vec<(f64, u32)> =
            values.iter().zip(0u32..).filter(|(v, _)| !v.is_nan()).map(|(&v, i)| (v, i)).collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut ranks = vec![MISSING; values.len()];
        let mut numbers: Vec<f64> = Vec::new();
        for (value, row) in order {
            if numbers.last().is_none_or(|&last| last < value) {
                numbers.push(value);
            }
            ranks[row as usize] = u32::try_from(numbers.len() - 1).expect("fewer values than rows");
        }
        let whole = whole_numbers(&numbers);
        Self {
            column: None,
            shape: Shape::Amount,
            ranks,
            distinct: numbers.len(),
            numbers,
            whole,
            missing_is_longest: false,
            surcharge: 0.0,
            meaningful: Meaningful::default(),
        }
    }

    fn of_codes(codes: &[u32], labels: usize) -> Self {
        let mut used = vec![false; labels];
        for &c in codes {
            if c != MISSING {
                used[c as usize] = true;
            }
        }
        Self {
            column: None,
            shape: Shape::Code,
            ranks: codes.to_vec(),
            distinct: used.iter().filter(|&&u| u).count(),
            numbers: Vec::new(),
            whole: Vec::new(),
            missing_is_longest: false,
            surcharge: 0.0,
            meaningful: Meaningful::default(),
        }
    }

    /// Largest rank plus one.
    pub(crate) fn rank_end(&self) -> usize {
        if self.numbers.is_empty() {
            self.ranks.iter().filter(|&&r| r != MISSING).max().map_or(0, |&r| r as usize + 1)
        } else {
            self.numbers.len()
        }
    }
}

/// Fewest distinct numbers for which a modulus is tried.
const WHOLE_MIN: usize = 8;

fn whole_numbers(numbers: &[f64]) -> Vec<u32> {
    let all = numbers.len() >= WHOLE_MIN
        && numbers.iter().all(|v| v.fract().abs() < f64::EPSILON && (0.0..=f64::from(u32::MAX)).contains(v));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    let whole = |v: &f64| *v as u32;
    if all { numbers.iter().map(whole).collect() } else { Vec::new() }
}

/// What a column costs above the choice of it, nats.
fn surcharge(column: &Column) -> f64 {
    let far = if column.at == Viewpoint::Client { 0.0 } else { FAR_SURCHARGE };
    let own = match column.subject.price() {
        Price::Plain => 0.0,
        Price::Near => NEAR_SURCHARGE,
        Price::Derived => DERIVED_SURCHARGE,
        Price::Identifier => IDENTIFIER_SURCHARGE,
        // A tuple is several features in one name: it pays as many clauses as it stands for.
        Price::Pair => TUPLE_SURCHARGE + 1.0,
        Price::Flow => 3.0 * TUPLE_SURCHARGE,
    };
    own + far
}

/// Requests and failures of each rank among some rows, in rank order, empty ranks left out.
pub(crate) type Profile = Vec<(u32, Tally)>;

/// Scratch space for making profiles.
#[derive(Default)]
pub(crate) struct Profiler {
    dense: Vec<Tally>,
    sparse: Vec<u64>,
}

impl Profiler {
    /// Tallies the rows by rank.
    pub(crate) fn profile(
        &mut self,
        feature: &Ranked,
        rank_end: usize,
        rows: &[u32],
        failed: &[bool],
    ) -> Profile {
        if rank_end > 4 * rows.len() + 64 {
            return self.profile_sparse(feature, rows, failed);
        }
        self.dense.clear();
        self.dense.resize(rank_end, Tally::default());
        for &row in rows {
            let rank = feature.ranks[row as usize];
            if rank != MISSING {
                let t = &mut self.dense[rank as usize];
                t.n += 1;
                t.f += u32::from(failed[row as usize]);
            }
        }
        (0u32..).zip(&self.dense).filter(|(_, t)| t.n > 0).map(|(r, &t)| (r, t)).collect()
    }

    fn profile_sparse(&mut self, feature: &Ranked, rows: &[u32], failed: &[bool]) -> Profile {
        self.sparse.clear();
        for &row in rows {
            let rank = feature.ranks[row as usize];
            if rank != MISSING {
                self.sparse.push(u64::from(rank) << 1 | u64::from(failed[row as usize]));
            }
        }
        self.sparse.sort_unstable();
        let mut profile: Profile = Vec::new();
        for &key in &self.sparse {
            let rank = u32::try_from(key >> 1).expect("a rank has 32 bits");
            let one = Tally { n: 1, f: u32::from(key & 1 == 1) };
            match profile.last_mut() {
                Some((last, t)) if *last == rank => *t = t.plus(one),
                _ => profile.push((rank, one)),
            }
        }
        profile
    }
}

/// Places in a profile where the outcome changes: the only places where a bound can be best.
pub(crate) fn boundaries(profile: &Profile) -> usize {
    let pure = |t: Tally| {
        if t.f == 0 {
            0
        } else if t.f == t.n {
            1
        } else {
            2
        }
    };
    profile
        .windows(2)
        .filter(|w| {
            let (a, b) = (pure(w[0].1), pure(w[1].1));
            a == 2 || b == 2 || a != b
        })
        .count()
}
