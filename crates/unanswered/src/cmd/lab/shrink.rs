//! `unanswered lab shrink`.

use super::input;
use crate::failure::Failure;
use crate::outputs::Claims;
use crate::progress::Progress;
use crate::shell;
use std::path::PathBuf;
use std::process::ExitCode;
use unanswered_lab::shrink::{ShrinkError, ShrinkOptions, shrink};

/// Reduces a scenario that shows a fault to the smallest one that still does
///
/// Removes clusters, hosts, networks, services, events and time as long as the fault still shows
/// with that seed (delta debugging). What is left is the minimal reproduction, as a scenario file.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        unanswered lab shrink scenarios/story.toml --out smallest.toml\n  \
        unanswered lab shrink my-site.toml --seed 7 --fault conntrack-table-full")]
pub(crate) struct Args {
    /// The scenario (TOML)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The seed that shows the fault [default: the scenario's own]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// The fault, as "unanswered lab run" names it [default: the one with most failed requests]
    #[arg(long, value_name = "ID")]
    fault: Option<String>,
    /// Maximum number of runs
    #[arg(long, value_name = "NUMBER", default_value_t = 400)]
    runs: usize,
    /// Write the reduced scenario to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Do not report what was removed
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut claims = Claims::new(args.out.is_none());
    claims.reads_file("FILE", &args.file)?;
    let out = claims.writes("--out", args.out.as_deref())?;
    let document = input::document(&args.file)?;
    let seed = match args.seed {
        Some(seed) => seed,
        None => input::scenario(&args.file, None)?.seed,
    };
    let options = ShrinkOptions { runs_max: args.runs, ..ShrinkOptions::default() };
    let mut bar = Progress::new(args.quiet);
    let shrunk = shrink(&document, seed, args.fault.as_deref(), &options, &mut |runs| {
        bar.step("running", runs, args.runs);
    })
    .map_err(|error| match error {
        ShrinkError::Problems(wrong) => input::problems(&wrong),
        ShrinkError::NotShown { .. } | ShrinkError::Lost(_) => Failure::of(error),
    })?;
    drop(bar);
    match &out {
        Some(file) => file.write_text(&shrunk.text)?,
        None => shell::print(&shrunk.text)?,
    }
    if !args.quiet {
        for words in &shrunk.removed {
            shell::tell(format!("removed: {words}"));
        }
        shell::tell(format!(
            "what is left shows {} with seed {}: {} failed and {} answered requests at least ({} runs)",
            shrunk.fault, shrunk.seed, shrunk.failed, shrunk.answered, shrunk.runs
        ));
        if shrunk.exhausted {
            shell::tell(format!("not everything was tried in {} runs; --runs allows more", args.runs));
        }
    }
    Ok(ExitCode::SUCCESS)
}
