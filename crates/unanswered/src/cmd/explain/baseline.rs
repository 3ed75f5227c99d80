//! `--baseline`: the time when all was well, as files or as a stretch of time.

use crate::cmd::narrow::{backwards, moment};
use crate::failure::Failure;
use std::path::{Path, PathBuf};
use unanswered_explain::{Diagnosis, Options, Recounted, Source, explain, explain_against};
use unanswered_narrow::Narrowing;
use unanswered_time::Time;

/// What requests are compared with.
#[derive(Debug, Default)]
pub(super) enum Baseline {
    /// Nothing was said.
    #[default]
    None,
    /// Requests of a time.
    Time { typed: String, narrowing: Narrowing },
    /// Logs.
    Files(Vec<PathBuf>),
}

impl Baseline {
    /// What the arguments mean: `FROM..TO`, or files where tables are read.
    pub(super) fn new(arguments: Vec<String>, table: bool) -> Result<Self, Failure> {
        let is_time = |text: &str| {
            text.contains("..") && !text.contains(std::path::is_separator) && !Path::new(text).exists()
        };
        let about = |text: &str, cause: &str| Failure::new(format!("--baseline {text}"), cause);
        match arguments.as_slice() {
            [] => return Ok(Self::None),
            [text] if is_time(text) => return time(text),
            _ => {}
        }
        if let Some(text) = arguments.iter().find(|text| is_time(text)) {
            return Err(about(text, "one stretch of time is the baseline, or files are"));
        }
        if !table {
            let hint = "for captures, name the time: --baseline 18:00..18:30; captures of two times are one after \
                        `mergecap -w both.pcapng before.pcapng now.pcapng`";
            return Err(about(&arguments.join(" "), "is no stretch of time").hint(hint));
        }
        Ok(Self::Files(arguments.into_iter().map(PathBuf::from).collect()))
    }

    /// The files.
    pub(super) fn files(&self) -> &[PathBuf] {
        match self {
            Self::Files(files) => files,
            Self::None | Self::Time { .. } => &[],
        }
    }

    /// Which requests are from then; `of_files` says it where files are. Empty without a baseline.
    pub(super) fn requests(&self, source: &dyn Source, of_files: Vec<bool>) -> Result<Vec<bool>, Failure> {
        let Self::Time { typed, narrowing } = self else { return Ok(of_files) };
        let about = |cause: &str| Failure::new(format!("--baseline {typed}"), cause);
        let times = source.times();
        let Some(first) = times.first().copied() else {
            return Err(about("the requests have no times").hint("--time names the column; or give files"));
        };
        let narrowed = narrowing.from(at(first)).map_err(backwards)?;
        let within: Vec<bool> = times.iter().map(|&time| narrowed.is_within(at(time))).collect();
        match within.iter().filter(|within| **within).count() {
            0 => Err(about("no request is from then")
                .hint("times are UTC, as in reports, unless they have an offset")),
            all if all == within.len() => {
                Err(about("all requests are from then: nothing is left to explain"))
            }
            _ => Ok(within),
        }
    }
}

fn time(text: &str) -> Result<Baseline, Failure> {
    let (from, to) = text.split_once("..").unwrap_or((text, ""));
    let at = |text: &str| (!text.is_empty()).then(|| moment("--baseline", text)).transpose();
    let narrowing = Narrowing { since: at(from)?, until: at(to)?, only: None };
    narrowing.check().map_err(backwards)?;
    Ok(Baseline::Time { typed: text.to_owned(), narrowing })
}

/// A time of a request, to the nearest nanosecond that a number of seconds can say.
fn at(seconds: f64) -> Time {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let nanoseconds = (seconds * 1e9).round() as i64;
    Time::from_nanoseconds(nanoseconds)
}

/// The diagnosis, beside the requests that are from a time when all was well if there are any.
pub(super) fn explained(source: &dyn Source, well: &[bool], options: &Options) -> Diagnosis {
    if well.is_empty() {
        return explain(source, options);
    }
    let others: Vec<bool> = well.iter().map(|well| !well).collect();
    let now = Recounted::part(source, &others);
    let then = Recounted::part(source, well);
    explain_against(&now, &then, options)
}
