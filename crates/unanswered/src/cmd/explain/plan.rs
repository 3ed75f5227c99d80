//! What the arguments mean, checked before anything is read.

use super::Args;
use super::input::Input;
use crate::failure::Failure;
use crate::shell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use unanswered_capture::InputSpec;
use unanswered_exchange::table_io::{ColumnType, TableSpec};
use unanswered_explain::Options;
use unanswered_report::terminal;

/// The validated arguments.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) input: Input,
    pub(super) options: Options,
    pub(super) json: bool,
    pub(super) quiet: bool,
    pub(super) exit_code: bool,
    pub(super) terminal: terminal::Options,
    pub(super) html: Option<PathBuf>,
    pub(super) exchanges: Option<PathBuf>,
}

impl Plan {
    pub(super) fn new(args: Args) -> Result<Self, Failure> {
        let input = match args.table {
            Some(path) => {
                let types =
                    args.types.iter().map(|t| column_type(t)).collect::<Result<BTreeMap<_, _>, _>>()?;
                let spec = TableSpec { outcome: args.outcome, failed: args.failed, time: args.time, types };
                Input::Table { path, spec }
            }
            None => Input::Captures(args.captures.into_iter().map(capture).collect()),
        };
        Ok(Self {
            input,
            options: Options { seed: args.seed, ..Options::default() },
            json: args.json,
            quiet: args.quiet,
            exit_code: args.exit_code,
            terminal: terminal::Options {
                columns: shell::columns(),
                color: args.color.wanted(),
                verbose: args.verbose,
            },
            html: args.html,
            exchanges: args.exchanges,
        })
    }
}

fn capture(argument: std::ffi::OsString) -> InputSpec {
    match argument.to_str() {
        Some(text) => InputSpec::parse(text),
        // A name that is no text cannot hold a NAME= that is meant.
        None => InputSpec::new(argument),
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
