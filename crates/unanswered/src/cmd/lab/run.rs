//! `unanswered lab run`.

use super::input;
use crate::failure::Failure;
use crate::outputs::{self, Claims, Folder};
use crate::shell;
use std::path::PathBuf;
use std::process::ExitCode;
use unanswered_lab::narrative::narrate;
use unanswered_lab::record::{
    HostCommand, Look, RunRecord, Truth, Wanted, requests_csv, run as simulate, timeline_jsonl,
    translations_csv, truth,
};
use unanswered_report::text::{safe, wrap};
use unanswered_scenario::model::Scenario;

/// Runs a scenario and reports what happened
///
/// Prints the story: the scenario's own chapters with what the run really shows at that time, and at
/// the end the truth: which faults occurred. --out keeps the captures, the truth of each failed request,
/// alarms, translations and requests.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        unanswered lab run scenarios/story.toml\n  \
        unanswered lab run scenarios/story.toml --seed 7 --out story/\n  \
        unanswered explain story/captures.pcapng\n  \
        unanswered lab run scenarios/story.toml --billboard osc-cpn2@71d")]
pub(crate) struct Args {
    /// The scenario (TOML)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Seed [default: the scenario's own]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// One of the scenario's variants
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Print "ntpq -pn" of a host at a time after the start; may be repeated
    #[arg(long, value_name = "HOST@TIME")]
    billboard: Vec<String>,
    /// Print "conntrack -L" of a host at a time after the start; may be repeated
    #[arg(long, value_name = "HOST@TIME")]
    conntrack: Vec<String>,
    /// Print "ntpq -c sysstats" of a host at a time after the start; may be repeated
    #[arg(long, value_name = "HOST@TIME")]
    sysstats: Vec<String>,
    /// Write captures.pcapng, truth.json, timeline.jsonl, translations.csv, requests.csv and story.txt
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Print the truth as JSON instead of the story (schema unanswered.lab.truth/1)
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Print nothing but errors; the files asked for are written
    #[arg(short, long, conflicts_with = "json", help_heading = "Output")]
    quiet: bool,
    /// Exit with 1 if a fault made a request fail
    #[arg(long, help_heading = "Output")]
    exit_code: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut claims = Claims::new(!args.quiet);
    claims.reads_file("FILE", &args.file)?;
    let out = claims.writes_folder("--out", args.out.as_deref(), FILES)?;
    let scenario = input::scenario(&args.file, args.variant.as_deref())?;
    let looks = looks(&scenario, args)?;
    if let Some(folder) = &out {
        folder.make()?;
    }
    let seed = args.seed.unwrap_or(scenario.seed);
    let only_looks = !looks.is_empty() && args.out.is_none() && !args.json;
    let wanted = Wanted { captures: !only_looks, every_request: args.out.is_some(), looks };
    let record = simulate(&scenario, seed, &wanted);
    let truth = truth(&scenario, seed, &record);
    if record.captures.not_emitted() > 0 {
        shell::warn(format!(
            "{} packets could not be written to the captures",
            record.captures.not_emitted()
        ));
    }
    let shown = shown(&scenario, &record);
    let story =
        if only_looks { String::new() } else { narrate(&scenario, &record, &truth, shell::columns()) };
    if let Some(folder) = &out {
        write(folder, &scenario, &record, &truth, &story)?;
    }
    if args.json {
        shell::print(&json(&truth)?)?;
    } else if !args.quiet {
        shell::print(&format!("{story}{shown}"))?;
        if let Some(folder) = &out {
            let words = format!("Written to {}: {}", folder.path().display(), FILES.join(", "));
            shell::print(&format!("\n{}\n", wrap(&safe(&words), shell::columns()).join("\n")))?;
        }
    }
    Ok(ExitCode::from(u8::from(args.exit_code && !truth.faults.is_empty())))
}

/// Names of the files that `--out` writes.
const FILES: [&str; 6] =
    ["captures.pcapng", "truth.json", "timeline.jsonl", "translations.csv", "requests.csv", "story.txt"];

fn looks(scenario: &Scenario, args: &Args) -> Result<Vec<Look>, Failure> {
    let asked = [
        ("--billboard", &args.billboard, HostCommand::Billboard),
        ("--conntrack", &args.conntrack, HostCommand::Conntrack),
        ("--sysstats", &args.sysstats, HostCommand::Sysstats),
    ];
    let mut looks = Vec::new();
    for (option, typed, with) in asked {
        for typed in typed {
            let (host, time) = input::host_at(scenario, option, typed)?;
            looks.push(Look { time, host, with });
        }
    }
    Ok(looks)
}

fn shown(scenario: &Scenario, record: &RunRecord) -> String {
    let shown = record.shown.iter().map(|shown| {
        let Look { time, host, with } = shown.look;
        let since = (time - scenario.start).seconds();
        let text = if shown.text.is_empty() { "(nothing)\n" } else { shown.text.as_str() };
        let (name, command) = (&scenario.host(host).name, with.command());
        format!("{name}$ {command}        # {since:.0} s after the start\n{}\n\n", text.trim_end())
    });
    shown.collect()
}

fn json(truth: &Truth) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(truth).map_err(|error| Failure::new("truth.json", error))?;
    Ok(text + "\n")
}

fn write(
    folder: &Folder<{ FILES.len() }>,
    scenario: &Scenario,
    record: &RunRecord,
    truth: &Truth,
    story: &str,
) -> Result<(), Failure> {
    let texts = [
        json(truth)?,
        timeline_jsonl(scenario, record),
        translations_csv(scenario, record),
        requests_csv(scenario, record),
        story.to_owned(),
    ];
    let [captures, files @ ..] = folder.files();
    let captures = captures.prepare(|to| {
        record.captures.write(scenario, &[], None, to)?;
        Ok(())
    })?;
    let mut prepared = vec![captures];
    for (file, text) in files.iter().zip(&texts) {
        prepared.push(file.prepare_text(text)?);
    }
    // The files of one run belong together, without any of the previous run.
    outputs::keep(prepared)
}
