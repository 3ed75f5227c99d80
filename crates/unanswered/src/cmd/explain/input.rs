//! Reading what the plan names, with a message on standard error where something is odd.

use crate::failure::Failure;
use crate::shell;
use std::path::Path;
use unanswered_table::io::{TableRead, TableSpec, open_table};

pub(super) fn read_table(path: &Path, spec: &TableSpec, quiet: bool) -> Result<TableRead, Failure> {
    let read = open_table(path, spec).map_err(Failure::of)?;
    for warning in read.summary.warnings.iter().filter(|_| !quiet) {
        shell::warn(format!("{}: {warning}", path.display()));
    }
    Ok(read)
}
