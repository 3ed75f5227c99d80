//! `unanswered completions SHELL`.

use crate::failure::Failure;
use crate::shell;
use clap_complete::Shell;
use std::process::ExitCode;

/// Prints completions for a shell
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &Args, mut command: clap::Command) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "unanswered", &mut script);
    shell::print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
