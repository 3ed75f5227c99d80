//! Columns of ids: so many names, and each so seldom, that none of them can be a cause.
//!
//! A finding needs five failures. A name that stands in fewer rows cannot have them, and among more than a million names the search
//! makes no lists. So nothing is lost where such names are not kept, which would take more memory than all other columns together.

use crate::cells::CellColumn;
use crate::{MISSING, threads};
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// Up to so many names are kept, whatever they are: they take some 80 MB (judgement).
const NAMES_MAX: usize = 1 << 20;
/// Rows that a name may stand in: one fewer than the failures that a finding needs (`FAILURES_MIN` of crate `explain`).
const ROWS_MAX: usize = 4;

/// Hashes are looked at in so many parts: all of them together would take as much memory as a column of the table.
const PARTS: u64 = 4;

/// How many different names the column has, if it is one of ids.
pub(super) fn names(cells: &CellColumn) -> Option<usize> {
    if cells.coded().is_some() || cells.rows() <= NAMES_MAX {
        return None;
    }
    let known = cells.cells().filter(|cell| !cell.is_empty()).count();
    if known <= NAMES_MAX {
        return None;
    }
    let mut parts: Vec<(u64, Option<usize>)> = (0..PARTS).map(|part| (part, None)).collect();
    threads::each(&mut parts, true, |(part, names)| *names = in_part(cells, *part));
    let names = parts.into_iter().try_fold(0, |all, (_, names)| Some(all + names?))?;
    (names > NAMES_MAX).then_some(names)
}

/// How many names have a hash of this part; `None` where one stands in too many rows.
fn in_part(cells: &CellColumn, part: u64) -> Option<usize> {
    let all = cells.cells().filter(|cell| !cell.is_empty()).map(hash);
    let mut hashes: Vec<u64> = all.filter(|hash| hash % PARTS == part).collect();
    // Two names with one hash of 64 bits would count as one name: that makes a column look less like one of ids, never more.
    hashes.sort_unstable();
    let mut names = hashes.chunk_by(|a, b| a == b);
    names.try_fold(0, |names, same| (same.len() <= ROWS_MAX).then_some(names + 1))
}

/// A number of its own for each row that has a name.
pub(super) fn codes(cells: &CellColumn) -> Vec<u32> {
    let mut codes = Vec::with_capacity(cells.rows());
    codes.extend((0_u32..).zip(cells.cells()).map(|(row, cell)| if cell.is_empty() { MISSING } else { row }));
    codes
}

fn hash(cell: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(cell);
    hasher.finish()
}
