//! What the arguments mean, checked before anything is read.

use super::Args;
use crate::failure::Failure;
use crate::shell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use unanswered_capture::InputSpec;
use unanswered_exchange::PairerConfig;
use unanswered_exchange::table_io::{ColumnType, TableSpec};
use unanswered_explain::Options;
use unanswered_report::terminal;
use unanswered_wire::{PROTOCOLS, ProtocolId, Span};

/// Where requests come from.
#[derive(Debug)]
pub(super) enum Input {
    /// A table of requests.
    Table { path: PathBuf, spec: TableSpec },
    /// Captures, of one or several places.
    Captures { inputs: Vec<InputSpec>, pairing: PairerConfig },
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
    pub(super) html: Option<PathBuf>,
    pub(super) annotate: Option<PathBuf>,
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
            None => Input::Captures {
                inputs: args.captures.into_iter().map(capture).collect(),
                pairing: timeouts(&args.timeout)?,
            },
        };
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
            html: args.html,
            annotate: args.annotate,
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

/// The protocols' own time-outs, changed as given; later ones win.
fn timeouts(arguments: &[String]) -> Result<PairerConfig, Failure> {
    let mut config = PairerConfig::default();
    for argument in arguments {
        let wrong = |cause: String| {
            Failure::new(format!("--timeout {argument}"), cause)
                .hint("for example --timeout 3 or --timeout dns=2.5")
        };
        let (protocols, seconds) = match argument.split_once('=') {
            None => ((0..=u8::MAX).map(ProtocolId).take(PROTOCOLS.len()).collect(), argument.as_str()),
            Some((name, seconds)) => {
                let known: Vec<&str> = PROTOCOLS.iter().map(|p| p.name()).collect();
                let protocol = ProtocolId::by_name(name);
                let protocol = protocol
                    .ok_or_else(|| wrong(format!("no protocol {name:?}; known: {}", known.join(", "))))?;
                (vec![protocol], seconds)
            }
        };
        let span = span(seconds)
            .ok_or_else(|| wrong("expected seconds, more than 0 and at most 3600".to_owned()))?;
        for protocol in protocols {
            config.set_timeout(protocol, span);
        }
    }
    Ok(config)
}

/// Seconds with at most nine decimals, read as text so that no rounding comes in between.
fn span(seconds: &str) -> Option<Span> {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 9 || whole.len() + fraction.len() == 0 {
        return None;
    }
    let nanoseconds: i64 = format!("{whole}{fraction:0<9}").parse().ok()?;
    (1..=3_600_000_000_000).contains(&nanoseconds).then(|| Span::from_nanoseconds(nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_outs_are_read_exactly() {
        assert_eq!(span("2.5"), Some(Span::from_milliseconds(2500)));
        assert_eq!(span(".001"), Some(Span::from_milliseconds(1)));
        assert_eq!(span("5"), Some(Span::from_seconds(5)));
        for wrong in ["", ".", "0", "-1", "1e3", "3601", "1.0000000001", "٣"] {
            assert_eq!(span(wrong), None, "{wrong}");
        }
        let config = timeouts(&["3".to_owned(), "dns=2.5".to_owned()]).unwrap();
        assert_eq!(config.timeout(ProtocolId::NTP), Span::from_seconds(3));
        assert_eq!(config.timeout(ProtocolId::DNS), Span::from_milliseconds(2500));
        assert!(timeouts(&["quic=1".to_owned()]).is_err());
    }

    #[test]
    fn a_column_may_have_an_equals_sign_in_its_name() {
        let (name, kind) = column_type("a=b=name").unwrap();
        assert_eq!((name.as_str(), kind), ("a=b", ColumnType::Name));
        assert!(column_type("a").is_err());
        assert!(column_type("a=text").is_err());
    }
}
