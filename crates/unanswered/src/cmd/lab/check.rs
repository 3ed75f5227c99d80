//! `unanswered lab check`.

use super::input;
use crate::failure::Failure;
use crate::outputs::Claims;
use crate::shell;
use std::path::PathBuf;
use std::process::ExitCode;
use unanswered_lab::diagnosis::names;
use unanswered_scenario::{read_file, schema};

/// Says what is wrong with scenario files, with line and column
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Scenario files (TOML)
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    files: Vec<PathBuf>,
    /// Print the JSON Schema of scenario files, for editors
    #[arg(long)]
    schema: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    if args.schema {
        shell::print(schema())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut claims = Claims::new(true);
    args.files.iter().try_for_each(|file| claims.reads_file("FILE", file))?;
    for file in &args.files {
        let scenario = read_file(file, names()).map_err(input::failure)?;
        shell::print(&format!(
            "{}: {} hosts, {} networks, {} vantage points, nothing wrong\n",
            file.display(),
            scenario.hosts.len(),
            scenario.networks.len(),
            scenario.vantages.len()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
