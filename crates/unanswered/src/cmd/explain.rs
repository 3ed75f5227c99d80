//! `unanswered explain`.

mod baseline;
mod columns;
mod impatience;
mod input;
mod output;
mod plan;

use crate::cmd::{captures, narrow};
use crate::failure::Failure;
use crate::shell::Color;
use clap::ArgAction;
use output::Captured;
use plan::{Input, Plan};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use unanswered_evidence::ExchangeSource;
use unanswered_explain::{Diagnosis, Recounted, Source, Verdict};
use unanswered_report::Report;
use unanswered_table::io::TableRead;

/// Explains why requests got no reply
///
/// Reads captures from one or several places, or a table of requests, and says what distinguishes the
/// failed requests from the answered ones - or that it is random loss, an outage, a slow
/// degradation, overload, nothing at all, or that the data cannot tell, and what would.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        unanswered explain router.pcap server.pcapng.zst\n  \
        unanswered explain inside=a.pcap outside=b.pcap --html report.html\n  \
        tcpdump -w - udp port 123 | unanswered explain -\n  \
        unanswered explain big.pcap --since 18:33 --until 18:40 --only 'port 53'\n  \
        unanswered explain *.pcap --json | jq .verdict\n  \
        unanswered explain dns.pcap --failed unanswered,late\n  \
        unanswered explain --table access.csv\n  \
        unanswered explain --table log.csv --outcome status --failed 504,timeout \\\n      \
            --time when\n  \
        unanswered explain --table access.log access.log.1.gz --outcome status \\\n      \
            --failed 502,504\n  \
        unanswered explain --table app.log --outcome code --failed 1 \\\n      \
            --pattern '(?P<host>\\S+) said (?P<code>\\d+)'")]
pub(crate) struct Args {
    /// Captures: pcap or pcapng, plain, gzip or zstd; NAME=FILE names the place, - is standard input
    ///
    /// Ctrl-C (or SIGTERM) ends standard input, and what was read until then is reported; a second one ends
    /// the program.
    #[arg(value_name = "CAPTURE", required_unless_present = "table", conflicts_with = "table")]
    captures: Vec<OsString>,

    #[command(flatten)]
    narrow: narrow::NarrowArgs,

    /// Logs or tables of requests instead of captures, - is standard input; the format is recognised
    ///
    /// CSV with any separator, JSON, access logs (Apache, nginx, IIS), HAProxy, Envoy, Zeek, flow logs (AWS,
    /// Google Cloud, Azure), Hubble, tshark, JMeter, k6, ping, dnsperf, RIPE Atlas, Jaeger, OTLP, logfmt, any of
    /// them in lines of syslog; plain, gzip or zstd. Several files must have one format. docs/tables.md lists all.
    ///
    /// What nobody says about their columns is found from names and values, and said: the outcome and what failed, the
    /// time, and columns that are known only from the answer, which are left out. --only then lists the columns that are
    /// looked at, whatever they are.
    #[arg(
        long,
        value_name = "FILE",
        num_args = 1..,
        conflicts_with_all = ["since", "until"],
        help_heading = "Tables"
    )]
    table: Vec<PathBuf>,
    /// The format string of an access log, as nginx or Apache is configured with it
    ///
    /// For example --log-format '$remote_addr [$time_local] "$request" $status $upstream_addr', or
    /// --log-format '%h %l %u %t "%r" %>s %b %D'.
    #[arg(
        long,
        value_name = "FORMAT",
        requires = "table",
        conflicts_with = "pattern",
        help_heading = "Tables"
    )]
    log_format: Option<String>,
    /// A regular expression with named groups, which become the columns, for logs of any other format
    ///
    /// Lines in which it is not found are counted. An example stands at the end.
    #[arg(long, value_name = "REGEX", requires = "table", help_heading = "Tables")]
    pattern: Option<String>,
    #[command(flatten)]
    columns: columns::ColumnArgs,
    /// The type of a column, number or name, where the inferred one is wrong
    #[arg(long = "type", value_name = "COLUMN=TYPE", requires = "table", help_heading = "Tables")]
    types: Vec<String>,

    #[arg(long, help = captures::timeout_help(), value_name = "[PROTO=]SECONDS", conflicts_with = "table", help_heading = "Analysis")]
    timeout: Vec<String>,
    /// Outcomes that count as failed (in a table: what its outcome column says then); the others count as answered
    ///
    /// Of captures: refused, error, late, rejected and unanswered, all of them by default. For example,
    /// --failed unanswered,late leaves refusals, error answers and rejected replies out: they then count as
    /// answered. Superseded requests, requests with no reply due and unknown ones never count.
    ///
    /// Of a table: values, missing (an empty cell), classes such as 5xx, comparisons such as '>=500', patterns
    /// such as '~ ^5' and '!~ ^2' (one pattern an argument); each may name another column: error:!missing.
    #[arg(long, value_name = "OUTCOMES", help_heading = "Analysis")]
    failed: Vec<String>,
    /// A time when all was well: FROM..TO, or FILES of a table; what failed as often then is nothing new
    ///
    /// For example --baseline 18:00..18:30 or --baseline ..18:30, with times as for --since; requests of that time are
    /// compared with and not explained. Files are read like those of --table, with the same columns.
    #[arg(long, value_name = "TIME|FILE", num_args = 1.., help_heading = "Analysis")]
    baseline: Vec<String>,
    /// Directory with known faults of your own (*.toml)
    #[arg(long, value_name = "DIR", help_heading = "Analysis")]
    catalogue: Option<PathBuf>,
    /// Seed of the permutations; the same seed gives the same answer
    #[arg(long, value_name = "NUMBER", default_value_t = 1, help_heading = "Analysis")]
    seed: u64,

    /// Print JSON (schema unanswered.findings/1) instead of text
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Write a self-contained page with pictures
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    html: Option<PathBuf>,
    /// Write requests and replies as pcapng with a packet comment each, for Wireshark
    #[arg(long, value_name = "FILE.pcapng", conflicts_with = "table", help_heading = "Output")]
    annotate: Option<PathBuf>,
    /// Write every request as CSV: who asked whom, what came of it and why, and its features
    #[arg(long, value_name = "FILE.csv", help_heading = "Output")]
    exchanges: Option<PathBuf>,
    /// The first lines only: whom it strikes, what it is and where, what to do next
    #[arg(long, conflicts_with_all = ["json", "verbose", "quiet"], help_heading = "Output")]
    brief: bool,
    /// Everything: all rivals and refutations, scores, inputs
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,
    /// Print nothing but errors; files asked for are written, one named - to standard output
    #[arg(short, long, conflicts_with_all = ["json", "verbose"], help_heading = "Output")]
    quiet: bool,
    /// Exit with 1 unless nothing is wrong
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Output")]
    exit_code: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, help_heading = "Output")]
    color: Color,
}

pub(crate) fn run(args: Args) -> Result<ExitCode, Failure> {
    let plan = Plan::new(args)?;
    let verdict = match &plan.input {
        Input::Table(logs) => {
            let TableRead { table, summary, baseline } = input::read_table(logs, plan.quiet)?;
            let name = PathBuf::from(logs.name());
            let well = plan.baseline.requests(&table, baseline)?;
            conclude(&plan, &table, well, None, |d| Report::on_table(d, &name, &table, &summary))?
        }
        Input::Captures { inputs, pairing, narrowing } => {
            let exchanges = captures::read(inputs, pairing, narrowing, plan.quiet)?;
            let impatient = impatience::second_look(&plan, &exchanges)?;
            let exchanges = impatient.exchanges.unwrap_or(exchanges);
            let source = ExchangeSource::new(&exchanges);
            let captured = Captured { inputs, exchanges: &exchanges };
            let well = plan.baseline.requests(&source, Vec::new())?;
            conclude(&plan, &source, well, Some(captured), |d| Report {
                slow: impatient.slow.clone(),
                ..Report::on_captures(d, &source)
            })?
        }
    };
    Ok(ExitCode::from(u8::from(plan.exit_code && verdict != Verdict::NothingWrong)))
}

/// The verdict, after everything that was asked for has been made of it.
fn conclude(
    plan: &Plan,
    source: &dyn Source,
    well: Vec<bool>,
    captured: Option<Captured<'_>>,
    report: impl for<'d> Fn(&'d Diagnosis) -> Report<'d>,
) -> Result<Verdict, Failure> {
    let chosen = plan.failed.as_deref().map(|failed| Recounted::failed_only(source, failed));
    let source = chosen.as_ref().map_or(source, |chosen| chosen);
    let diagnosis = baseline::explained(source, &well, &plan.options);
    let mut report = report(&diagnosis);
    if !well.is_empty() {
        let outcomes = source.outcomes();
        report.totals = outcomes.iter().zip(&well).filter(|(_, well)| !**well).map(|(o, _)| o).collect();
        report.by_protocol.clear();
        report.lookups = None;
    }
    if let Some(failed) = &plan.failed {
        report.failed.clone_from(failed);
    }
    output::written(plan, source, captured, &report)?;
    Ok(diagnosis.verdict)
}
