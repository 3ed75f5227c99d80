//! `unanswered lab sweep`.

use super::input;
use crate::failure::Failure;
use crate::outputs::{Claims, InPlace};
use crate::progress::Progress;
use crate::shell;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use unanswered_lab::sweep::{SweepOptions, SweepStage, sweep};
use unanswered_report::forecast::{render_html, render_text, to_json};

/// Forecasts which faults a site carries: runs a scenario with many seeds
///
/// Says in how many runs each fault shows itself, after how long, in how many clusters, how long until
/// an alarm and how long until "unanswered explain" names it on the captures, each with its confidence
/// interval, and the same for the scenario's variants (an upgrade, another NAT policy, no reboots).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        unanswered lab sweep scenarios/story.toml --seeds 100\n  \
        unanswered lab sweep scenarios/story.toml --seeds 1000 --html forecast.html \\\n      \
            --state story.sweep\n\n\
    Interrupted with Ctrl-C, the same command with the same --state resumes where it was.")]
pub(crate) struct Args {
    /// The scenario (TOML)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Number of seeds
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    seeds: u64,
    /// The first seed
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    first_seed: u64,
    /// Only these variants [default: all]
    #[arg(long, value_name = "NAME", conflicts_with = "no_variants")]
    variant: Vec<String>,
    /// Run the scenario alone, without its variants
    #[arg(long)]
    no_variants: bool,
    /// Number of runs with a fault to explain from their captures, per variant; 0 for none
    #[arg(long, value_name = "NUMBER", default_value_t = 30)]
    explain: u64,
    /// Vantage points whose captures are explained [default: those behind a NAT]
    #[arg(long, value_name = "NAME")]
    vantage: Vec<String>,
    /// Number of threads [default: one per core]
    #[arg(long, value_name = "NUMBER")]
    threads: Option<usize>,

    /// Keep results in this file, and resume from it
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    state: Option<PathBuf>,
    /// Write a self-contained page with pictures
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    html: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Print nothing but errors; files asked for are written, one named - to standard output
    #[arg(short, long, conflicts_with = "json", help_heading = "Output")]
    quiet: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut claims = Claims::new(!args.quiet);
    claims.reads_file("FILE", &args.file)?;
    let state = claims.writes_in_place("--state", args.state.as_deref())?;
    let html = claims.writes("--html", args.html.as_deref())?;
    let mut scenario = input::scenario(&args.file, None)?;
    for name in &args.variant {
        input::variant(&scenario, &args.file, name)?;
    }
    let wanted = |name: &str| args.variant.is_empty() || args.variant.iter().any(|known| known == name);
    scenario.variants.retain(|variant| !args.no_variants && wanted(&variant.name));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let options = SweepOptions {
        first_seed: args.first_seed,
        seeds: args.seeds,
        threads: args.threads.unwrap_or(cores),
        explained: args.explain,
        vantages: args.vantage.clone(),
        ..SweepOptions::default()
    };
    let mut bar = Progress::new(args.quiet);
    // Ctrl-C ends the program at once; what is finished is in the state file by then.
    let never = AtomicBool::new(false);
    let forecast = sweep(
        &scenario,
        &options,
        state.as_ref().map(InPlace::path),
        &mut |progress| {
            let what = match progress.stage {
                SweepStage::Running => "running",
                SweepStage::Explaining => "explaining",
            };
            bar.step(what, progress.done, progress.total);
        },
        &never,
    )
    .map_err(Failure::of)?;
    drop(bar);
    if let Some(page) = &html {
        page.write_text(&render_html(&forecast))?;
    }
    if args.json {
        shell::print(&to_json(&forecast))?;
    } else if !args.quiet {
        shell::print(&render_text(&forecast, shell::columns()))?;
    }
    Ok(ExitCode::SUCCESS)
}
