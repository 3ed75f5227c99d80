//! `unanswered trace`.

use crate::cmd::{captures, narrow};
use crate::failure::Failure;
use crate::outputs::{Claims, Destination};
use crate::shell::{self, Color};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use unanswered_capture::InputSpec;
use unanswered_evidence::step::Steps;
use unanswered_exchange::follow::Follow;
use unanswered_report::annotate::annotate_paths;
use unanswered_report::terminal::Options;
use unanswered_report::trace::{self, Filter, Selection, Trace, TraceError};

/// Follows requests from place to place and names the step that failed
///
/// Reads captures of several places at once and draws single requests as a ladder: each place from the
/// client on, what every layer changed (addresses, ports, TTL, VLAN tags, tunnels), the path of the reply,
/// and where it stopped. Without further options a failed request is shown beside the answered one that is
/// most like it, then the address translation, and what was lost between which places.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        unanswered trace client.pcap router.pcap server.pcap\n  \
        unanswered trace merged.pcapng --list --where outcome=failed\n  \
        unanswered trace merged.pcapng --request 17,18\n  \
        unanswered trace *.pcap --where client=10.0.0.12 --where 'port<1024'\n\n\
        Fields of --where: number, time, outcome (or failed), protocol, client, server,\n\
        port (the client's, at any place), name (asked for), place (seen at), lost (seen\n\
        last or missing at), step. Operators: = != < > and ~ (contains).")]
pub(crate) struct Args {
    /// Captures: pcap or pcapng, plain, gzip or zstd; NAME=FILE names the place, - is standard input
    ///
    /// Ctrl-C (or SIGTERM) ends standard input, and what was read until then is shown; a second one ends
    /// the program.
    #[arg(value_name = "CAPTURE", required = true)]
    captures: Vec<OsString>,

    #[command(flatten)]
    narrow: narrow::NarrowArgs,

    /// Only these requests: numbers as shown, separated by commas
    #[arg(long = "request", value_name = "NUMBER", value_delimiter = ',', help_heading = "Requests")]
    requests: Vec<u64>,
    /// Only requests that match; given more than once, all must match
    #[arg(long = "where", value_name = "FIELD=VALUE", help_heading = "Requests")]
    filters: Vec<String>,
    /// Maximum number of requests to show
    #[arg(long, value_name = "NUMBER", help_heading = "Requests")]
    count: Option<usize>,
    /// One line per request instead of ladders
    #[arg(long, help_heading = "Requests")]
    list: bool,

    /// Order of the places from clients to servers, where the inferred one is wrong
    #[arg(long, value_name = "PLACE,PLACE", help_heading = "Analysis")]
    path: Vec<String>,
    #[arg(long, help = captures::timeout_help(), value_name = "[PROTO=]SECONDS", help_heading = "Analysis")]
    timeout: Vec<String>,

    /// Print JSON (schema unanswered.trace/1) instead of text
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Write a self-contained page with the ladders drawn
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    html: Option<PathBuf>,
    /// Write requests and replies as pcapng with a packet comment each: place on the path, what changed
    #[arg(long, value_name = "FILE.pcapng", help_heading = "Output")]
    annotate: Option<PathBuf>,
    /// Everything: all translations, all numbers of the hops; the tables also with --request and --where
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,
    /// Print nothing but errors; files asked for are written, one named - to standard output
    #[arg(short, long, conflicts_with_all = ["json", "verbose"], help_heading = "Output")]
    quiet: bool,
    /// Exit with 1 when a request failed
    #[arg(long, help_heading = "Output")]
    exit_code: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, help_heading = "Output")]
    color: Color,
}

/// The files to write.
struct Files {
    html: Option<Destination>,
    annotate: Option<Destination>,
}

pub(crate) fn run(args: Args) -> Result<ExitCode, Failure> {
    let filters = args.filters.iter().map(|text| Filter::parse(text));
    let selection = Selection {
        requests: args.requests.clone(),
        filters: filters.collect::<Result<_, _>>().map_err(failure)?,
        count: args.count,
        list: args.list,
    };
    let mut pairing = captures::timeouts(&args.timeout)?;
    let narrowing = args.narrow.narrowing()?;
    let path = captures::path(&args.path);
    pairing.set_path(path.clone());
    let inputs: Vec<InputSpec> = args.captures.iter().cloned().map(captures::input).collect();
    let files = claimed(&args, &inputs)?;
    let exchanges = captures::read(&inputs, &pairing, &narrowing, args.quiet)?;
    trace::check_path(&exchanges, &path).map_err(failure)?;
    let (follow, steps) = (Follow::new(&exchanges), Steps::new(&exchanges));
    let found = Trace::new(&follow, &steps, &selection).map_err(failure)?;
    // Files first, so that a reader who leaves early does not cost them.
    if let Some(page) = &files.html {
        page.write_text(&trace::html::render(&found))?;
    }
    if let Some(file) = &files.annotate {
        file.write(|to| match annotate_paths(&inputs, &follow, &steps, to) {
            Ok(_) => Ok(()),
            Err(error) => Err(captures::not_annotated(error)),
        })?;
    }
    printed(&args, &found)?;
    let failed = exchanges.outcomes().iter().any(|outcome| outcome.failed());
    Ok(ExitCode::from(u8::from(args.exit_code && failed)))
}

/// What is wrong with a selection, from its parts: their text may contain anything.
fn failure(error: TraceError) -> Failure {
    let hint = error.hint();
    match error {
        TraceError::Filter { text, cause, .. } => Failure::new(format!("--where {text}"), cause),
        TraceError::NoSuchRequest { .. } | TraceError::NoSuchPlace { .. } => {
            Failure::new("", error.to_string())
        }
    }
    .hint(hint)
}

fn claimed(args: &Args, inputs: &[InputSpec]) -> Result<Files, Failure> {
    let mut claims = Claims::new(!args.quiet);
    captures::claim(&mut claims, inputs, args.annotate.is_some())?;
    Ok(Files {
        html: claims.writes("--html", args.html.as_deref())?,
        annotate: claims.writes("--annotate", args.annotate.as_deref())?,
    })
}

fn printed(args: &Args, found: &Trace) -> Result<(), Failure> {
    if args.json {
        return shell::print(&trace::json::render(found));
    }
    if args.quiet {
        return Ok(());
    }
    let (columns, color, verbose) = (shell::columns(), args.color.wanted(), args.verbose);
    let options = Options { columns, color, verbose, brief: false };
    shell::print(&trace::terminal::render(found, options))
}
