//! `unanswered probe`.

mod ask;
mod findings;
mod job;
mod known;
mod others;
mod question;
mod record;
mod screen;
mod settings;
mod stop;
mod target;

use crate::failure::Failure;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Asks a server well-chosen requests, and says what it, or the path to it, does with them
///
/// Sends requests that differ in one thing, and finds out what decides whether they are answered: from which source port on,
/// which of two values, which pace, behind which hop. At most 4 requests a second and 200 in all, unless told otherwise; what it
/// will send is shown first. It sends to nobody but SERVER. Most fields take root or CAP_NET_RAW, which is given up once the
/// sockets are open; without, what ordinary sockets can set is varied.
#[derive(Debug, clap::Args)]
#[command(override_usage = "unanswered probe [OPTIONS] <WHAT TO FIND OUT> <SERVER[:PORT]>")]
#[command(after_help = "Examples:\n  \
        unanswered probe ntp.example.net --threshold source-port\n  \
        unanswered probe ntp.example.net --threshold source-port --fails 108 --works 123\n  \
        unanswered probe 192.0.2.53 --protocol dns --threshold edns --with dns-type=48\n  \
        unanswered probe ntp.example.net --compare ntp-version=3,4\n  \
        unanswered probe ntp.example.net --sets source-port\n  \
        unanswered probe ntp.example.net --bucket 32 --budget 400\n  \
        unanswered probe ntp.example.net --for ntpd-lowport-lt123\n  \
        unanswered probe ntp.example.net --findings findings.json\n  \
        unanswered probe ntp.example.net --screen\n  \
        unanswered probe ntp.example.net --where --with source-port=108 --dry-run")]
pub(crate) struct Args {
    /// Whom to ask: a name or an address, with or without :PORT
    #[arg(value_name = "SERVER[:PORT]")]
    server: String,
    /// What to ask in [default: by the port; NTP without one]
    #[arg(long, value_name = "PROTOCOL")]
    protocol: Option<target::Protocol>,
    /// The name that DNS requests ask for
    #[arg(long, value_name = "NAME", default_value = ".")]
    name: String,
    /// The payload of UDP requests
    #[arg(long, value_name = "FILE")]
    payload: Option<PathBuf>,
    /// Only IPv4 addresses of the server
    #[arg(short = '4', conflicts_with = "ipv6")]
    ipv4: bool,
    /// Only IPv6 addresses of the server
    #[arg(short = '6')]
    ipv6: bool,

    #[command(flatten)]
    question: question::Asked,

    /// Set this in all requests; may be repeated
    #[arg(long, value_name = "FIELD=VALUE", help_heading = "Requests")]
    set: Vec<String>,
    /// Set this in all requests but the control; may be repeated
    #[arg(long, value_name = "FIELD=VALUE", help_heading = "Requests")]
    with: Vec<String>,
    /// What the request known to work has; may be repeated [default: a usual request]
    #[arg(long, value_name = "FIELD=VALUE", help_heading = "Requests")]
    control: Vec<String>,
    /// Send no request known to work: an outage then looks like failing
    #[arg(long, conflicts_with = "control", help_heading = "Requests")]
    no_control: bool,
    /// The address to send from
    #[arg(long, value_name = "ADDRESS", help_heading = "Requests")]
    from: Option<IpAddr>,
    /// The interface to send and receive on
    #[arg(long, value_name = "NAME", help_heading = "Requests")]
    on: Option<String>,
    /// Use ordinary sockets even where raw ones could be had
    #[arg(long, help_heading = "Requests")]
    no_raw: bool,

    /// Most requests a second, between questions
    #[arg(long, value_name = "NUMBER", default_value_t = 4.0, value_parser = rate, help_heading = "Manners")]
    per_second: f64,
    /// Most requests in all
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 200,
        value_parser = clap::value_parser!(u32).range(1..=100_000),
        help_heading = "Manners"
    )]
    budget: u32,
    /// Print what would be sent, as far as that is known before, and send nothing
    #[arg(long, help_heading = "Manners")]
    dry_run: bool,

    /// Write the result as JSON (docs/probe.schema.json)
    #[arg(long, conflicts_with = "ticket", help_heading = "Output")]
    json: bool,
    /// Write a few lines to paste into a ticket
    #[arg(long, help_heading = "Output")]
    ticket: bool,
    /// Write the packets to a pcapng file, which "explain" reads
    #[arg(short, long, value_name = "FILE.pcapng", help_heading = "Output")]
    write: Option<PathBuf>,
    /// Say nothing of the plan and of the progress
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
    /// Seed of all random choices [default: the time]
    #[arg(long, value_name = "NUMBER", help_heading = "Output")]
    seed: Option<u64>,
}

/// A rate of requests a second.
fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.01..=1000.0).contains(&rate) { Ok(rate) } else { Err("not between 0.01 and 1000".to_owned()) }
}

#[cfg(target_os = "linux")]
pub(crate) fn run(args: Args) -> Result<ExitCode, Failure> {
    ask::run(&args)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn run(_: Args) -> Result<ExitCode, Failure> {
    Err(Failure::new("probe", "asking needs Linux"))
}
