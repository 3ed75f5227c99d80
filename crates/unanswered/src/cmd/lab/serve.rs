//! `unanswered lab serve`.

#[cfg(target_os = "linux")]
mod linux;

use crate::failure::Failure;
use crate::shell;
use std::process::ExitCode;
use unanswered_serve::{modifiers, services};

/// Serves on real sockets and misbehaves on purpose, for clients to be tried against
///
/// Answers requests as a given version of a time server does, or a name server or an echo, and drops some of
/// them as asked for: by source port, by size, by chance, above a rate. Point a real client at it and
/// see whether a remedy works. Ends with Ctrl-C and then says how many requests were answered and why others were not.
/// Needs Linux; ports below 1024 need root, which it drops once they are open. docs/serve.md describes it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        unanswered lab serve --list\n  \
        sudo unanswered lab serve --behaviour ntpd-4.2.7p273 --listen 0.0.0.0\n  \
        unanswered lab serve --behaviour chrony,loss=5%,unsynchronised --listen 127.0.0.1:1123\n  \
        unanswered lab serve --behaviour dns,request-size=40 --listen [::1]:1053 --for 1min")]
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "serving needs Linux"))]
pub(crate) struct Args {
    /// A program or service, with modifiers behind commas: ntpd-4.2.7p273,loss=5%
    #[arg(long, value_name = "NAME", required_unless_present = "list")]
    behaviour: Option<String>,
    /// Where to listen, on the service's port unless one is given; may be repeated
    #[arg(long, value_name = "ADDR[:PORT]", required_unless_present = "list")]
    listen: Vec<String>,
    /// List programs, services and modifiers, and exit
    #[arg(long)]
    list: bool,
    /// Answer from this address of the host instead of the one that was asked; once for each of IPv4 and IPv6
    #[arg(long, value_name = "ADDR")]
    answer_from: Vec<std::net::IpAddr>,
    /// Seed of what happens by chance
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Stop after this time, such as 90s or 10min
    #[arg(long = "for", value_name = "TIME", help_heading = "End")]
    time: Option<String>,
    /// Stop after this many requests
    #[arg(
        long,
        value_name = "NUMBER",
        value_parser = clap::value_parser!(u64).range(1..),
        help_heading = "End"
    )]
    count: Option<u64>,
    /// Print nothing but errors
    #[arg(short, long, help_heading = "End")]
    quiet: bool,

    /// Number of threads that serve; they count as one server
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..=256),
        help_heading = "System"
    )]
    threads: u16,
    /// Change to this user once everything is open [default: the user who called sudo, or nobody]
    #[arg(long, value_name = "NAME", help_heading = "System")]
    user: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    if args.list {
        shell::print(&list())?;
        return Ok(ExitCode::SUCCESS);
    }
    #[cfg(target_os = "linux")]
    return linux::run(args);
    #[cfg(not(target_os = "linux"))]
    Err(Failure::new("", "serving needs Linux; this system is another one"))
}

/// What there is to choose from.
fn list() -> String {
    let mut text = "Programs and services:\n".to_owned();
    for name in services() {
        text.push_str(&format!("  {name}\n"));
    }
    text.push_str(
        "  ntpd-X.Y.ZpN, any version\n\nModifiers, behind commas; what drops takes effect in their order:\n",
    );
    let written = |one: &unanswered_serve::Modifier| match one.value {
        "" => one.name.to_owned(),
        value => match value.strip_prefix('[') {
            Some(optional) => format!("{}[={optional}", one.name),
            None => format!("{}={value}", one.name),
        },
    };
    let width = modifiers().iter().map(|one| written(one).len()).max().unwrap_or(0);
    for one in modifiers() {
        text.push_str(&format!("  {:width$}  {}\n", written(one), one.words));
    }
    text
}
