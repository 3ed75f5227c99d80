//! Reading what the plan names, with a message on standard error where something is odd.

use super::plan::Logs;
use crate::failure::Failure;
use crate::shell;
use unanswered_table::io::{TableRead, table_of};

/// The table that the logs are.
pub(super) fn read_table(logs: &Logs, quiet: bool) -> Result<TableRead, Failure> {
    let log = unanswered_logs::open(&logs.paths, &logs.how).map_err(Failure::of)?;
    let name = logs.name();
    let read = table_of(log, &logs.spec).map_err(|error| Failure::about(&name, error))?;
    for warning in read.summary.warnings.iter().filter(|_| !quiet) {
        shell::warn(format!("{name}: {warning}"));
    }
    Ok(read)
}
