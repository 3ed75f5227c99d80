//! The one table of arguments: it feeds the parser, `--help`, the man page and the completions.

use crate::cmd;
use clap::{Parser, Subcommand};

/// Finds out why requests got no reply
///
/// "explain" reads captures (or a table of requests), pairs requests with replies, finds the telltale (the
/// properties that failed requests have in common and answered ones have not), and says how certain it
/// is, which step failed, which known fault it is, what to do and what to measure next. "trace" follows
/// single requests from place to place, through every layer, and names the step that failed. "capture"
/// makes such captures, on all interfaces and in all namespaces of a host at once. "lab" rehearses such
/// faults in a simulated site before they happen.
#[derive(Debug, Parser)]
#[command(
    name = "unanswered",
    version,
    max_term_width = 80,
    disable_help_subcommand = true,
    after_help = "Examples:\n  \
        unanswered explain router.pcap server.pcapng.zst\n  \
        unanswered explain inside=a.pcap outside=b.pcap --html report.html\n  \
        unanswered trace client.pcap router.pcap server.pcap\n  \
        unanswered explain --table log.csv --outcome status --failed 504,timeout\n  \
        unanswered capture --netns 'qrouter-*' --protocol ntp -o all.pcapng\n  \
        unanswered lab run scenarios/story.toml\n  \
        unanswered catalogue ntpd-lowport-lt123"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Explain(Box<cmd::explain::Args>),
    Trace(Box<cmd::trace::Args>),
    Capture(Box<cmd::capture::Args>),
    Probe(Box<cmd::probe::Args>),
    Lab(cmd::lab::Args),
    Catalogue(cmd::catalogue::Args),
    Man(cmd::man::Args),
    Completions(cmd::completions::Args),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_table_of_arguments_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_argument_and_command_is_explained() {
        for command in Cli::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{} has no help", command.get_name());
            for argument in command.get_arguments() {
                let help = argument.get_help().unwrap_or_default().to_string();
                assert!(!help.is_empty(), "{} of {} has no help", argument.get_id(), command.get_name());
                assert!(!help.ends_with('.'), "{help:?} ends with a full stop");
            }
        }
    }
}
