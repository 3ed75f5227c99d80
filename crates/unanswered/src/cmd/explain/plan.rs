//! What the arguments mean, checked before anything is read.

use super::Args;
use crate::cmd::captures;
use crate::failure::Failure;
use crate::outputs::{Claims, Destination};
use crate::shell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use unanswered_capture::InputSpec;
use unanswered_evidence::{declared_features, ends};
use unanswered_exchange::PairerConfig;
use unanswered_explain::Options;
use unanswered_narrow::Narrowing;
use unanswered_report::terminal;
use unanswered_table::io::{ColumnType, TableSpec};

/// Where requests come from.
#[derive(Debug)]
pub(super) enum Input {
    /// A table of requests.
    Table { path: PathBuf, spec: TableSpec },
    /// Captures from one or several places.
    Captures { inputs: Vec<InputSpec>, pairing: PairerConfig, narrowing: Narrowing },
}

/// The validated arguments.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) input: Input,
    pub(super) options: Options,
    pub(super) json: bool,
    pub(super) quiet: bool,
    pub(super) exit_code: bool,
    pub(super) terminal: terminal::Options,
    pub(super) html: Option<Destination>,
    pub(super) annotate: Option<Destination>,
    pub(super) exchanges: Option<Destination>,
}

impl Plan {
    pub(super) fn new(args: Args) -> Result<Self, Failure> {
        let input = match args.table {
            Some(path) => {
                let types =
                    args.types.iter().map(|t| column_type(t)).collect::<Result<BTreeMap<_, _>, _>>()?;
                let (outcome, failed, time) = (args.outcome, args.failed, args.time);
                let spec =
                    TableSpec { outcome, failed, time, types, features: declared_features(), ends: ends() };
                Input::Table { path, spec }
            }
            None => Input::Captures {
                inputs: args.captures.into_iter().map(captures::input).collect(),
                pairing: captures::timeouts(&args.timeout)?,
                narrowing: args.narrow.narrowing()?,
            },
        };
        let mut claims = Claims::new(!args.quiet);
        match &input {
            Input::Table { path, .. } => claims.reads("--table", path)?,
            Input::Captures { inputs, .. } => captures::claim(&mut claims, inputs, args.annotate.is_some())?,
        }
        if let Some(directory) = &args.catalogue {
            claims.reads_directory("--catalogue", directory, "toml")?;
        }
        let html = claims.writes("--html", args.html.as_deref())?;
        let annotate = claims.writes("--annotate", args.annotate.as_deref())?;
        let exchanges = claims.writes("--exchanges", args.exchanges.as_deref())?;
        let catalogue = crate::cmd::catalogue::load(args.catalogue.as_deref())?;
        Ok(Self {
            input,
            options: Options { seed: args.seed, catalogue, ..Options::default() },
            json: args.json,
            quiet: args.quiet,
            exit_code: args.exit_code,
            terminal: terminal::Options {
                columns: shell::columns(),
                color: args.color.wanted(),
                verbose: args.verbose,
            },
            html,
            annotate,
            exchanges,
        })
    }
}

fn column_type(argument: &str) -> Result<(String, ColumnType), Failure> {
    let wrong = |cause: String| {
        Failure::new(format!("--type {argument}"), cause).hint("for example --type status=name")
    };
    let Some((column, kind)) = argument.rsplit_once('=') else {
        return Err(wrong("expected COLUMN=number or COLUMN=name".to_owned()));
    };
    let kinds = [ColumnType::Number, ColumnType::Name];
    let kind = kinds.into_iter().find(|k| k.word() == kind);
    kind.map(|k| (column.to_owned(), k)).ok_or_else(|| wrong("the type must be number or name".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_may_have_an_equals_sign_in_its_name() {
        let (name, kind) = column_type("a=b=name").unwrap();
        assert_eq!((name.as_str(), kind), ("a=b", ColumnType::Name));
        assert!(column_type("a").is_err());
        assert!(column_type("a=text").is_err());
    }
}
