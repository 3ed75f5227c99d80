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
use unanswered_table::Outcome;
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
        let input = match args.table {
            Some(path) => {
                let types =
                    args.types.iter().map(|t| column_type(t)).collect::<Result<BTreeMap<_, _>, _>>()?;
                let failed = if args.failed.is_empty() {
                    failures().map(|outcome| outcome.word().to_owned()).collect()
                } else {
                    args.failed
                };
                let (outcome, time) = (args.outcome, args.time);
                let spec =
                    TableSpec { outcome, failed, time, types, features: declared_features(), ends: ends() };
                Input::Table { path, spec }
            }
            None => {
                chosen = failed_outcomes(&args.failed)?;
                Input::Captures {
                    inputs: args.captures.into_iter().map(captures::input).collect(),
                    pairing: captures::timeouts(&args.timeout)?,
                    narrowing: args.narrow.narrowing()?,
                }
            }
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
