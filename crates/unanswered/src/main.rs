//! Why was there no reply?
//!
//! Arguments in, exit code out: 0 done, 1 something is wrong (only with `--exit-code`), 2 usage or
//! input error. Data goes to standard output, everything else to standard error; a closed pipe is
//! not an error.

mod cli;
mod cmd;
mod failure;
mod interrupt;
mod outputs;
mod progress;
mod shell;

use clap::{CommandFactory as _, Parser as _};
use cli::{Cli, Command};
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    outputs::limit_is_an_error();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are data; wrong usage goes to standard error with exit code 2.
        Err(error) if error.use_stderr() => {
            shell::usage(&error);
            return ExitCode::from(2);
        }
        Err(help) => return help.print().map_or(ExitCode::SUCCESS, |()| ExitCode::SUCCESS),
    };
    let done = match cli.command {
        Command::Explain(args) => cmd::explain::run(*args),
        Command::Trace(args) => cmd::trace::run(*args),
        Command::Capture(args) => cmd::capture::run(*args),
        Command::Probe(args) => cmd::probe::run(*args),
        Command::Lab(args) => cmd::lab::run(&args),
        Command::Catalogue(args) => cmd::catalogue::run(&args),
        Command::Man(args) => cmd::man::run(&args, Cli::command()),
        Command::Completions(args) => cmd::completions::run(&args, Cli::command()),
    };
    match done {
        Ok(code) => code,
        Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            shell::complain(&failure);
            ExitCode::from(2)
        }
    }
}
