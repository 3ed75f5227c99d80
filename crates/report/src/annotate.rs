//! The requests and their replies as pcapng, each with a comment, so that Wireshark shows what
//! became of them and why.
//!
//! The captures are read a second time; frames that are neither request nor reply are left out.

use crate::mark::{Mark, fate};
use crate::trace::Comments;
use crate::{select, text, words};
use std::collections::BTreeMap;
use std::io::{self, Write};
use unanswered_capture::{InputSpec, Merged, OpenError, PcapngWriter, VantageId, Vantages, open};
use unanswered_evidence::step::Steps;
use unanswered_exchange::follow::Follow;
use unanswered_exchange::{Exchange, Exchanges, Sighting};
use unanswered_explain::{Diagnosis, Source};
use unanswered_table::Outcome;

/// Why the file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum AnnotateError {
    /// Standard input cannot be read a second time.
    #[error("standard input cannot be read a second time")]
    StandardInput,
    /// A capture could not be opened again.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The new file could not be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

impl AnnotateError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::StandardInput => Some("save it to a file first".to_owned()),
            Self::Open(error) => error.hint(),
            Self::Write(_) => None,
        }
    }
}

/// Writes the requests of `exchanges` and their replies, with comments; returns the number of frames.
/// `source` has the same rows as `exchanges`.
///
/// # Errors
/// When an input cannot be read again or `out` cannot be written.
pub fn annotate(
    inputs: &[InputSpec],
    exchanges: &Exchanges,
    source: &dyn Source,
    diagnosis: &Diagnosis,
    out: impl Write,
) -> Result<u64, AnnotateError> {
    refuse_standard_input(inputs)?;
    let findings = Findings::new(source, diagnosis);
    // What counts as failed is the source's to say.
    let outcomes = source.outcomes();
    let failed = |row: u32| outcomes.get(row as usize).is_some_and(|outcome| outcome.failed());
    write(inputs, &marks(exchanges), |mark| comment(mark, exchanges, &findings, failed(mark.row)), out)
}

/// The same for requests that are followed: each comment gives the request's number, the place's number on
/// its path, what changed since the place before, and at the last sighting of a failed one the step.
///
/// # Errors
/// When an input cannot be read again or `out` cannot be written.
pub fn annotate_paths(
    inputs: &[InputSpec],
    follow: &Follow<'_>,
    steps: &Steps<'_>,
    out: impl Write,
) -> Result<u64, AnnotateError> {
    refuse_standard_input(inputs)?;
    let comments = Comments::new(follow, steps);
    let mut marks = comments.marks();
    marks.sort_unstable();
    write(inputs, &marks, |mark| text::safe(&comments.of(mark)).into_owned(), out)
}

fn refuse_standard_input(inputs: &[InputSpec]) -> Result<(), AnnotateError> {
    if inputs.iter().any(InputSpec::is_stdin) { Err(AnnotateError::StandardInput) } else { Ok(()) }
}

/// Reads the inputs again and writes the marked frames; `marks` are sorted.
fn write(
    inputs: &[InputSpec],
    marks: &[Mark],
    comment: impl Fn(Mark) -> String,
    out: impl Write,
) -> Result<u64, AnnotateError> {
    let vantages = Vantages::new();
    let readers = inputs.iter().map(|i| open(i, &vantages)).collect::<Result<Vec<_>, _>>()?;
    let mut merged = Merged::new(readers, vantages.clone());
    let mut writer = PcapngWriter::new(out, "unanswered")?;
    let mut interfaces: BTreeMap<VantageId, u32> = BTreeMap::new();
    let mut written = 0;
    while let Some((input, frame)) = merged.next_with_input() {
        let first = marks.partition_point(|m| (m.input, m.frame) < (input, frame.number));
        let own = marks.iter().skip(first).take_while(|m| (m.input, m.frame) == (input, frame.number));
        let comments: Vec<String> = own.map(|mark| comment(*mark)).collect();
        if comments.is_empty() {
            continue;
        }
        let interface = match interfaces.get(&frame.vantage) {
            Some(known) => *known,
            None => {
                let name = vantages.list().get(usize::from(frame.vantage.0)).map(|v| v.name.clone());
                let name = name.unwrap_or_default();
                let new = writer.add_interface(&name, None, frame.link_type, 0)?;
                interfaces.insert(frame.vantage, new);
                new
            }
        };
        let comments: Vec<&str> = comments.iter().map(String::as_str).collect();
        writer.write(interface, frame.time, frame.length, frame.bytes, &comments)?;
        written += 1;
    }
    writer.finish()?;
    Ok(written)
}

/// All frames to comment, in the order of inputs and frame numbers.
fn marks(exchanges: &Exchanges) -> Vec<Mark> {
    let mut marks = Vec::new();
    for exchange in exchanges.iter() {
        for (sighting, number) in exchange.sightings().zip(0_u16..) {
            let of = |frame, reply| Mark {
                input: sighting.input(),
                frame,
                row: exchange.row(),
                sighting: number,
                reply,
            };
            marks.push(of(sighting.frame(), false));
            marks.extend(sighting.reply_frame().map(|frame| of(frame, true)));
        }
    }
    marks.sort_unstable();
    marks
}

/// Which finding each request falls in.
struct Findings {
    words: Vec<String>,
    rows: Vec<Vec<bool>>,
}

impl Findings {
    fn new(source: &dyn Source, diagnosis: &Diagnosis) -> Self {
        let words = diagnosis
            .findings
            .iter()
            .map(|f| format!("{}, {}", f.kind.word(), words::telltale(&f.region().clauses)));
        let rows = diagnosis.findings.iter().map(|f| select::rows_of(source, f));
        Self { words: words.collect(), rows: rows.collect() }
    }

    /// The strongest finding that the request satisfies, in words.
    fn of(&self, row: u32, failed: bool) -> Option<String> {
        let index = self.rows.iter().position(|rows| rows.get(row as usize) == Some(&true))?;
        let verb = if failed { "explained by" } else { "answered in spite of" };
        Some(format!("{verb} finding {}: {}", index + 1, self.words.get(index)?))
    }
}

fn comment(mark: Mark, exchanges: &Exchanges, findings: &Findings, failed: bool) -> String {
    let exchange = exchanges.get(mark.row);
    let Some(sighting) = exchange.sightings().nth(usize::from(mark.sighting)) else { return String::new() };
    let words = if mark.reply {
        format!("reply to frame {} of the same capture; {}", sighting.frame(), seen(exchange, sighting))
    } else {
        match findings.of(mark.row, failed) {
            Some(finding) => format!("{}; {finding}", seen(exchange, sighting)),
            None => seen(exchange, sighting),
        }
    };
    text::safe(&words).into_owned()
}

/// What became of the request, and what this place saw.
fn seen(exchange: Exchange<'_>, sighting: Sighting<'_>) -> String {
    let outcome = exchange.outcome();
    let mut words = fate(&exchange);
    // What this place saw by itself where the client's side knows better.
    if sighting.outcome() != outcome && outcome != Outcome::Unknown {
        words = format!("{words} (here: {})", sighting.outcome());
    }
    for sign in sighting.signs() {
        words = format!("{words}; {}", words::sign(sign));
    }
    words
}
