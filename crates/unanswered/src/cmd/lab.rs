//! `unanswered lab`: rehearses faults in a simulated site.

mod check;
mod input;
mod run;
mod serve;
mod shrink;
mod sweep;

use crate::failure::Failure;
use clap::Subcommand;
use std::process::ExitCode;

/// Rehearses faults in a simulated site: run a scenario, forecast, shrink, serve
///
/// A scenario is a TOML file that says what a site is (hosts, networks, translations, services with
/// their versions), what happens to it and where it is captured. The same scenario and seed give the same
/// bytes on every machine. The format is described in docs/scenario.md; scenarios/ has examples.
/// "serve" runs the same servers on real sockets.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  \
        unanswered lab run scenarios/story.toml\n  \
        unanswered lab run scenarios/story.toml --seed 7 --out story/\n  \
        unanswered lab sweep scenarios/story.toml --seeds 100 --html forecast.html\n  \
        unanswered lab shrink scenarios/story.toml --out smallest.toml\n  \
        unanswered lab check my-site.toml\n  \
        unanswered lab serve --behaviour ntpd-4.2.7p273 --listen 127.0.0.1:1123"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Sweep(sweep::Args),
    Shrink(shrink::Args),
    Check(check::Args),
    Serve(serve::Args),
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    match &args.command {
        Command::Run(args) => run::run(args),
        Command::Sweep(args) => sweep::run(args),
        Command::Shrink(args) => shrink::run(args),
        Command::Check(args) => check::run(args),
        Command::Serve(args) => serve::run(args),
    }
}
