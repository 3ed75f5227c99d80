//! Reading what the plan names, with a word on standard error where something is odd.

use crate::failure::Failure;
use crate::progress::Progress;
use crate::shell;
use std::path::Path;
use unanswered_capture::InputSpec;
use unanswered_exchange::table_io::{TableSpec, TableSummary, open_table};
use unanswered_exchange::{Exchanges, PairerConfig, Table};

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

pub(super) fn read_captures(
    inputs: &[InputSpec],
    pairing: &PairerConfig,
    quiet: bool,
) -> Result<Exchanges, Failure> {
    let mut bar = Progress::new(quiet);
    let exchanges = unanswered_exchange::read_captures(inputs, pairing, &mut |p| bar.update(p.read, p.total))
        .map_err(Failure::of)?;
    drop(bar);
    for input in exchanges.inputs().iter().filter(|_| !quiet) {
        for warning in &input.warnings {
            shell::warn(warning);
        }
    }
    Ok(exchanges)
}
