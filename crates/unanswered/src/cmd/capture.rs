//! `unanswered capture`.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod ring;

use crate::failure::Failure;
use std::path::PathBuf;
use std::process::ExitCode;

/// Captures on many interfaces and in many namespaces of this host at once
///
/// Captures on the given interfaces in the given network namespaces, into one pcapng file in order of time,
/// each packet with its interface and direction; "explain" reads it as one capture from many places. Needs
/// Linux and root, and drops its privileges once everything is open.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        unanswered capture --on 'eth0,tap*' -o all.pcapng\n  \
        unanswered capture --netns 'qrouter-*' --protocol ntp -o all.pcapng\n  \
        unanswered capture --netns all --list\n  \
        unanswered capture --protocol ntp --rotate-size 100 --keep 10 -o ring.pcapng\n  \
        ssh node unanswered capture --seconds 60 -o - | unanswered explain -")]
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "capturing needs Linux"))]
pub(crate) struct Args {
    /// Interfaces: names, patterns such as 'tap*', or any; may be repeated [default: all that are up]
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "Places")]
    on: Vec<String>,
    /// Network namespaces: names, patterns such as 'qrouter-*', pid-N, or all; may be repeated
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "Places")]
    netns: Vec<String>,
    /// List where packets would be captured, and exit
    #[arg(long, help_heading = "Places")]
    list: bool,
    /// Do not put interfaces into promiscuous mode
    #[arg(long, help_heading = "Places")]
    no_promiscuous: bool,

    #[arg(long, help = crate::cmd::captures::protocol_help(), value_name = "LIST", value_delimiter = ',', help_heading = "Packets")]
    protocol: Vec<String>,
    /// Only packets from or to this address or prefix; may be repeated
    #[arg(long, value_name = "ADDR[/BITS]", value_delimiter = ',', help_heading = "Packets")]
    host: Vec<String>,
    /// Only packets from or to this port; may be repeated
    #[arg(long, value_name = "NUMBER", value_delimiter = ',', help_heading = "Packets")]
    port: Vec<u16>,
    /// Snapshot length: bytes to keep of each packet
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 262_144,
        value_parser = clap::value_parser!(u32).range(1..=262_144),
        help_heading = "Packets"
    )]
    snap: u32,

    /// File to write; - is standard output [default: -]
    #[arg(short, long, value_name = "FILE.pcapng", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Start a new file after this many megabytes: FILE-00001.pcapng and so on
    #[arg(
        long,
        value_name = "MB",
        value_parser = clap::value_parser!(u64).range(1..=1_000_000),
        help_heading = "Output"
    )]
    rotate_size: Option<u64>,
    /// Start a new file after this many seconds
    #[arg(
        long,
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u64).range(1..),
        help_heading = "Output"
    )]
    rotate_seconds: Option<u64>,
    /// Keep only the newest files, this many
    #[arg(
        long,
        value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(1..),
        help_heading = "Output"
    )]
    keep: Option<u32>,
    /// Stop after this many packets
    #[arg(
        long,
        value_name = "NUMBER",
        value_parser = clap::value_parser!(u64).range(1..),
        help_heading = "Output"
    )]
    count: Option<u64>,
    /// Stop after this many seconds
    #[arg(long, value_name = "SECONDS", help_heading = "Output")]
    seconds: Option<f64>,
    /// Also report privileges and memory
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,
    /// Print nothing but errors
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    quiet: bool,

    /// Ring buffer of each interface in MiB [default: 16, less for very many interfaces]
    #[arg(
        long,
        value_name = "MIB",
        value_parser = clap::value_parser!(u32).range(1..=2047),
        help_heading = "System"
    )]
    ring: Option<u32>,
    /// Change to this user once everything is open [default: the user who called sudo, or nobody]
    #[arg(long, value_name = "NAME", help_heading = "System")]
    user: Option<String>,
}

#[cfg(target_os = "linux")]
pub(crate) fn run(args: Args) -> Result<ExitCode, Failure> {
    linux::run(args)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn run(_: Args) -> Result<ExitCode, Failure> {
    let hint = "capture there with tcpdump or Wireshark, and give the files to \"unanswered explain\"";
    Err(Failure::new("", "capturing needs Linux; this system is another one").hint(hint))
}
