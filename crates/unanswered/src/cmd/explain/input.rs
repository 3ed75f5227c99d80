//! Reading what the plan names, with a word on standard error where something is odd.

use crate::failure::Failure;
use crate::shell;
use std::path::Path;
use unanswered_table::Table;
use unanswered_table::io::{TableSpec, TableSummary, open_table};

pub(super) fn read_table(
    path: &Path,
    spec: &TableSpec,
    quiet: bool,
) -> Result<(Table, TableSummary), Failure> {
    let (table, summary) = open_table(path, spec).map_err(Failure::of)?;
    for warning in summary.warnings.iter().filter(|_| !quiet) {
        shell::warn(format!("{}: {warning}", path.display()));
    }
    Ok((table, summary))
}
