//! What the columns of a table mean, as arguments say it.

use crate::failure::Failure;
use std::collections::BTreeMap;
use unanswered_evidence::{declared_features, ends};
use unanswered_table::io::{ColumnType, TableSpec, split_rules};

/// The arguments about columns. What is not given is taken from the table's format, or found.
#[derive(Debug, Default, clap::Args)]
pub(super) struct ColumnArgs {
    /// The column with the outcome of a request, if not the one that is found
    #[arg(long, value_name = "COLUMN", requires = "table", help_heading = "Tables")]
    outcome: Option<String>,
    /// What did not fail, in the words of --failed; all others did
    #[arg(long, value_name = "OUTCOMES", requires = "table", help_heading = "Tables")]
    ok: Vec<String>,
    /// The column with the time of the request, if not the one that is found
    #[arg(long, value_name = "COLUMN", requires = "table", help_heading = "Tables")]
    time: Option<String>,
    /// The column with the number of requests that a row stands for
    #[arg(long, value_name = "COLUMN", requires = "table", help_heading = "Tables")]
    count: Option<String>,
    /// The column with how many of these failed
    #[arg(long, value_name = "COLUMN", requires = "table", help_heading = "Tables")]
    failed_count: Option<String>,
    /// Columns to leave out, separated by commas; --only COLUMNS takes no others
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', requires = "table", help_heading = "Tables")]
    ignore: Vec<String>,
}

impl ColumnArgs {
    /// What a reader of tables must know.
    pub(super) fn spec(
        self,
        failed: &[String],
        only: Option<&str>,
        types: BTreeMap<String, ColumnType>,
    ) -> Result<TableSpec, Failure> {
        let rules = |arguments: &[String]| arguments.iter().flat_map(|list| split_rules(list)).collect();
        if self.failed_count.is_some() && !(failed.is_empty() && self.ok.is_empty()) {
            let hint = "leave --failed and --ok out: the column says how many failed";
            return Err(Failure::new("--failed-count", "does not go with --failed or --ok").hint(hint));
        }
        let names = |list: &str| list.split(',').map(|name| name.trim().to_owned()).collect();
        Ok(TableSpec {
            outcome: self.outcome,
            failed: rules(failed),
            ok: rules(&self.ok),
            time: self.time,
            count: self.count,
            failed_count: self.failed_count,
            ignore: self.ignore.iter().map(|name| name.trim().to_owned()).collect(),
            only: only.map(names).unwrap_or_default(),
            latest: None,
            types,
            features: declared_features(),
            ends: ends(),
            baseline: 0,
        })
    }
}
