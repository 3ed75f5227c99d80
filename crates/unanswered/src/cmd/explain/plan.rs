//! What the arguments mean, checked before anything is read.

use super::Args;
use super::baseline::Baseline;
use crate::cmd::captures;
use crate::failure::Failure;
use crate::outputs::{Claims, Destination};
use crate::shell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use unanswered_capture::InputSpec;
use unanswered_exchange::PairerConfig;
use unanswered_explain::Options;
use unanswered_logs::How;
use unanswered_narrow::Narrowing;
use unanswered_report::terminal;
use unanswered_table::Outcome;
use unanswered_table::io::{ColumnType, TableSpec};

/// Where requests come from.
#[derive(Debug)]
pub(super) enum Input {
    /// Logs or tables of requests.
    Table(Logs),
    /// Captures from one or several places.
    Captures { inputs: Vec<InputSpec>, pairing: PairerConfig, narrowing: Narrowing },
}

/// Logs, and what the user says of them.
#[derive(Debug)]
pub(super) struct Logs {
    pub(super) paths: Vec<PathBuf>,
    pub(super) how: How,
    pub(super) spec: TableSpec,
}

impl Logs {
    /// The files for a message.
    pub(super) fn name(&self) -> String {
        let names: Vec<String> = self.paths.iter().map(|path| path.display().to_string()).collect();
        names.join(", ")
    }
}

/// The validated arguments.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) input: Input,
    pub(super) options: Options,
    /// The time when all was well.
    pub(super) baseline: Baseline,
    /// Outcomes of captured requests that count as failed, where the user chose some.
    pub(super) failed: Option<Vec<Outcome>>,
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
        let mut chosen = None;
        let baseline = Baseline::new(args.baseline, !args.table.is_empty())?;
        let input = match args.table.is_empty() {
            false => {
                let types =
                    args.types.iter().map(|t| column_type(t)).collect::<Result<BTreeMap<_, _>, _>>()?;
                let spec = args.columns.spec(&args.failed, args.narrow.only(), types)?;
                let how = How { log_format: args.log_format, pattern: args.pattern };
                let spec = TableSpec { baseline: baseline.files().len(), ..spec };
                let paths = args.table.into_iter().chain(baseline.files().iter().cloned()).collect();
                Input::Table(Logs { paths, how, spec })
            }
            true => {
                chosen = failed_outcomes(&listed(&args.failed))?;
                Input::Captures {
                    inputs: args.captures.into_iter().map(captures::input).collect(),
                    pairing: captures::timeouts(&args.timeout)?,
                    narrowing: args.narrow.narrowing()?,
                }
            }
        };
        let mut claims = Claims::new(!args.quiet);
        match &input {
            Input::Table(logs) => logs.paths.iter().try_for_each(|path| claims.reads("--table", path))?,
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
            baseline,
            options: Options { seed: args.seed, catalogue, ..Options::default() },
            failed: chosen,
            json: args.json,
            quiet: args.quiet,
            exit_code: args.exit_code,
            terminal: terminal::Options {
                columns: shell::columns(),
                color: args.color.wanted(),
                verbose: args.verbose,
                brief: args.brief,
            },
            html,
            annotate,
            exchanges,
        })
    }
}

/// The words of lists separated by commas.
fn listed(arguments: &[String]) -> Vec<String> {
    arguments.iter().flat_map(|list| list.split(',')).map(str::to_owned).collect()
}

/// All outcomes that can count as failed.
fn failures() -> impl Iterator<Item = Outcome> {
    Outcome::ALL.into_iter().filter(|outcome| outcome.failed())
}

/// The outcomes that the user wants to count as failed; `None` for all that can.
fn failed_outcomes(words: &[String]) -> Result<Option<Vec<Outcome>>, Failure> {
    let known: Vec<&str> = failures().map(Outcome::word).collect();
    let outcome = |word: &String| {
        let typed = word.trim();
        failures().find(|outcome| outcome.word().eq_ignore_ascii_case(typed)).ok_or_else(|| {
            let cause = if Outcome::ALL.iter().any(|o| o.word().eq_ignore_ascii_case(typed)) {
                format!("requests that are {typed} never count as failed")
            } else {
                format!("there is no outcome {typed:?}")
            };
            Failure::new("--failed", cause).hint(format!("outcomes that can count: {}", known.join(", ")))
        })
    };
    let mut chosen = words.iter().map(outcome).collect::<Result<Vec<_>, _>>()?;
    chosen.sort_unstable();
    chosen.dedup();
    Ok((!chosen.is_empty() && chosen.len() < known.len()).then_some(chosen))
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
    fn outcomes_that_count_as_failed_are_words_that_can_fail() {
        let chosen = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            failed_outcomes(&words)
        };
        assert_eq!(chosen(&[]).unwrap(), None);
        let some = vec![Outcome::Late, Outcome::Unanswered];
        assert_eq!(chosen(&["unanswered", "Late", "late"]).unwrap(), Some(some));
        assert_eq!(chosen(&["refused", "error", "late", "rejected", "unanswered"]).unwrap(), None);
        assert!(chosen(&["lost"]).is_err());
        assert!(chosen(&["unknown"]).is_err());
    }

    #[test]
    fn a_column_may_have_an_equals_sign_in_its_name() {
        let (name, kind) = column_type("a=b=name").unwrap();
        assert_eq!((name.as_str(), kind), ("a=b", ColumnType::Name));
        assert!(column_type("a").is_err());
        assert!(column_type("a=text").is_err());
    }
}
