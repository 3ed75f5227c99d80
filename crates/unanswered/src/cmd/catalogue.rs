//! `unanswered catalogue`.

use crate::failure::Failure;
use crate::outputs::Claims;
use crate::shell;
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use unanswered_evidence::vocabulary;
use unanswered_explain::catalogue::{Catalogue, Problem, check};
use unanswered_report::catalogue::{entry, list};

/// Lists the known faults, shows one, or checks catalogue files
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  \
        unanswered catalogue\n  \
        unanswered catalogue ntpd-lowport-lt123\n  \
        unanswered catalogue check my-faults/"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The fault to show; without it all are listed
    id: Option<String>,
    /// Directory with entries of your own (*.toml); one with a known id replaces it
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks the catalogue files of a directory, or those built in
    Check {
        /// The directory
        directory: Option<PathBuf>,
    },
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut claims = Claims::new(true);
    if let Some(Command::Check { directory }) = &args.command {
        if let Some(directory) = directory {
            claims.reads_directory("DIRECTORY", directory, "toml")?;
        }
        return check_files(directory.as_deref());
    }
    if let Some(directory) = &args.catalogue {
        claims.reads_directory("--catalogue", directory, "toml")?;
    }
    let catalogue = load(args.catalogue.as_deref())?;
    let page = match &args.id {
        None => list(catalogue.entries(), shell::columns()),
        Some(id) => {
            let found = catalogue.get(id).ok_or_else(|| {
                Failure::new("catalogue", format!("there is no entry {id:?}"))
                    .hint("unanswered catalogue lists all of them")
            })?;
            entry(found, shell::columns())
        }
    };
    shell::print(&page)?;
    Ok(ExitCode::SUCCESS)
}

/// The built-in catalogue, extended by a directory.
pub(crate) fn load(directory: Option<&Path>) -> Result<Catalogue, Failure> {
    match directory {
        None => Ok(Catalogue::embedded()),
        Some(directory) => Catalogue::with_dir(directory, &vocabulary()).map_err(|error| {
            Failure::new("catalogue", error).hint("unanswered catalogue check DIR lists what is wrong")
        }),
    }
}

fn check_files(directory: Option<&Path>) -> Result<ExitCode, Failure> {
    let problems = directory.map(|directory| check(directory, &vocabulary())).unwrap_or_default();
    if problems.is_empty() {
        let what = directory.map_or_else(|| "built-in catalogue".to_owned(), |d| d.display().to_string());
        shell::print(&format!(
            "{what}: {} entries known, nothing wrong\n",
            load(directory)?.entries().len()
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    let lines: Vec<String> = problems.iter().map(Problem::with_hint).collect();
    Err(Failure::new("catalogue", format!("there are errors\n{}", lines.join("\n"))))
}
