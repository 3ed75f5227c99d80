//! What is read, and what a report must know of it.

use super::plan::Plan;
use crate::failure::Failure;
use crate::shell;
use std::path::{Path, PathBuf};
use unanswered_capture::InputSpec;
use unanswered_exchange::Table;
use unanswered_exchange::table_io::{TableSpec, TableSummary, open_table, write_table};
use unanswered_explain::{Diagnosis, Source};
use unanswered_report::Report;

/// Where requests come from.
#[derive(Debug)]
pub(super) enum Input {
    /// A table of requests.
    Table { path: PathBuf, spec: TableSpec },
    /// Captures, of one or several places.
    Captures(Vec<InputSpec>),
}

/// What was read.
pub(super) enum Read {
    /// A table.
    Table { path: PathBuf, table: Table, summary: TableSummary },
}

impl Input {
    pub(super) fn read(&self, plan: &Plan) -> Result<Read, Failure> {
        match self {
            Self::Table { path, spec } => {
                let (table, summary) = open_table(path, spec).map_err(|error| Failure::new("", error))?;
                for warning in summary.warnings.iter().filter(|_| !plan.quiet) {
                    shell::warn(format!("{}: {warning}", path.display()));
                }
                Ok(Read::Table { path: path.clone(), table, summary })
            }
            Self::Captures(_) => Err(Failure::new("explain", "captures are not read yet")),
        }
    }
}

impl Read {
    pub(super) fn source(&self) -> &dyn Source {
        match self {
            Self::Table { table, .. } => table,
        }
    }

    pub(super) fn report<'a>(&'a self, diagnosis: &'a Diagnosis) -> Report<'a> {
        match self {
            Self::Table { path, table, summary } => Report::on_table(diagnosis, path, table, summary),
        }
    }

    pub(super) fn write_exchanges(&self, path: &Path) -> Result<(), Failure> {
        match self {
            Self::Table { table, .. } => shell::write_file(path, |file| write_table(table, file)),
        }
    }
}
