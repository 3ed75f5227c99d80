//! Which question is asked: from arguments to a question of `unanswered-probe`.

use super::findings::{Bracket, bracket};
use super::known::{self, Group};
use super::settings::{Values, value, varied};
use crate::failure::Failure;
use std::path::PathBuf;
use unanswered_experiment::{Asking, Declaration, Settable};
use unanswered_explain::catalogue::Catalogue;
use unanswered_probe::{
    About, Again, Comparison, ComparisonSpec, Limits, LimitsSpec, Members, MembersSpec, SearchSpec, Sets,
    SetsSpec, Setting, Threshold, Wait, WaitSpec, Where, WhereSpec,
};
use unanswered_report::experiment::Varied;
use unanswered_time::Span;

/// What to find out; one of these.
#[derive(Debug, clap::Args)]
pub(super) struct Asked {
    #[command(flatten)]
    which: Which,
    /// With --threshold: a value that is known to fail
    #[arg(long, value_name = "VALUE", requires = "threshold", help_heading = "What to find out")]
    fails: Option<String>,
    /// With --findings: which finding
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 1,
        requires = "findings",
        help_heading = "What to find out"
    )]
    finding: usize,
    /// With --threshold: a value that is known to work
    #[arg(long, value_name = "VALUE", requires = "threshold", help_heading = "What to find out")]
    works: Option<String>,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// From which value of a field on requests fail
    #[arg(long, value_name = "FIELD[=LOW..HIGH]", help_heading = "What to find out")]
    threshold: Option<String>,
    /// Whether requests with these values fail differently often
    #[arg(long, value_name = "FIELD=A,B[,C]", help_heading = "What to find out")]
    compare: Option<String>,
    /// Which values fail: single ones, odd or even ones, one remainder, a share of all
    #[arg(long, value_name = "FIELD[=LOW..HIGH]", help_heading = "What to find out")]
    sets: Option<String>,
    /// Which rate and how many at once are answered: bursts of at most so many requests
    #[arg(long, value_name = "BURST", value_parser = clap::value_parser!(u32).range(2..=256), help_heading = "What to find out")]
    bucket: Option<u32>,
    /// After which pause the same flow is not answered any more: at most so many seconds are tried
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=7200), help_heading = "What to find out")]
    idle: Option<u32>,
    /// How soon a source port can be used again: at most so many seconds are tried
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=7200), help_heading = "What to find out")]
    reuse: Option<u32>,
    /// Behind which hop requests are lost (those that --with describes)
    #[arg(long = "where", help_heading = "What to find out")]
    place: bool,
    /// Where exactly the bound of a finding lies: a file that "explain --json" wrote
    #[arg(long, value_name = "FILE.json", help_heading = "What to find out")]
    findings: Option<PathBuf>,
    /// Whether the server, or the path to it, has this known fault (see "unanswered catalogue")
    #[arg(long = "for", value_name = "ID", help_heading = "What to find out")]
    known: Option<String>,
    /// Which of all known faults that can be asked about it has, one after another
    #[arg(long, help_heading = "What to find out")]
    screen: bool,
    /// How many ways there are at this hop, and how many of them are dead
    #[arg(long, value_name = "HOP", value_parser = clap::value_parser!(u8).range(1..=64), help_heading = "What to find out")]
    members: Option<u8>,
}

/// A question, with what is varied.
pub(super) enum Ask {
    Threshold(Threshold, &'static Declaration),
    Comparison(Comparison, ComparisonSpec),
    Sets(Sets, &'static Declaration),
    Limits(Limits, About),
    Wait(Wait, Again),
    Where(Where),
    Members(Members),
    Known(Group),
    Screen(Vec<Group>),
}

/// Shortest pause that is tried.
const SHORTEST: Span = Span::from_milliseconds(100);
/// Between two requests of a burst.
const SPACING: Span = Span::from_milliseconds(2);
/// Largest TTL of the first look along a path: longer ones are hardly ever seen.
const HOPS: u8 = 30;
/// Ports that a search looks among, where none are given: all.
const PORTS: [u64; 2] = [1, 65_535];

/// The question, and what it varies. `with` is what all its requests have.
pub(super) fn question(
    asked: &Asked,
    asking: &Asking,
    with: &[Setting],
    seed: u64,
) -> Result<(Ask, Vec<Varied>), Failure> {
    let which = &asked.which;
    if let Some(path) = &which.findings {
        let Bracket { field, failing, working } = bracket(path, asked.finding)?;
        of_protocol("--findings", field, asking)?;
        let known = (Some(failing), Some(working));
        return Ok(between(field, (field.low, field.high), known));
    }
    if let Some(id) = &which.known {
        let group = known::one(&Catalogue::embedded(), id, asking)?;
        let varied = varied_of(&group);
        return Ok((Ask::Known(group), varied));
    }
    if which.screen {
        let groups = known::all(&Catalogue::embedded(), asking);
        let varied = groups.iter().flat_map(varied_of).collect();
        return Ok((Ask::Screen(groups), varied));
    }
    let seconds = |seconds: u32| Span::from_seconds(i64::from(seconds));
    if let Some(text) = &which.threshold {
        return threshold(asked, asking, text);
    }
    if let Some(text) = &which.compare {
        return comparison(asking, text, seed);
    }
    if let Some(text) = &which.sets {
        return sets(asking, text, seed);
    }
    if let Some(most) = which.bucket {
        let about = About::Pace;
        let spec = LimitsSpec { about, largest_burst: most, spacing: SPACING };
        let varied = Varied::Burst { largest: most, spacing: SPACING };
        return Ok((Ask::Limits(Limits::new(spec), about), vec![varied]));
    }
    let pauses = which.idle.map(|longest| (Again::NextRequest, longest));
    if let Some((again, longest)) = pauses.or(which.reuse.map(|longest| (Again::Reused, longest))) {
        let spec = WaitSpec { again, shortest: SHORTEST, longest: seconds(longest) };
        let varied = Varied::Pause { shortest: spec.shortest, longest: spec.longest };
        return Ok((Ask::Wait(Wait::new(spec), again), vec![varied]));
    }
    let ttl = Settable::Ttl.field();
    if let Some(at) = which.members {
        let [low, high] = PORTS;
        let flow = Settable::SourcePort.field();
        let spec = MembersSpec { ttl, at, flow, low: low.max(1024), high };
        let varied = Varied::Range { field: flow, low: spec.low, high };
        return Ok((Ask::Members(Members::new(spec, seed)), vec![varied]));
    }
    // One flow: equal-cost paths are chosen by its ports.
    let mut settings = with.to_vec();
    let port = Settable::SourcePort;
    if port.is_of(asking) && !settings.iter().any(|setting| setting.field == port.field()) {
        settings.push(Setting { field: port.field(), value: FLOW });
    }
    let spec = WhereSpec { ttl, settings, most_hops: HOPS };
    Ok((Ask::Where(Where::new(spec)), vec![Varied::Range { field: ttl, low: 1, high: u64::from(HOPS) }]))
}

/// What a question about known faults varies.
pub(super) fn varied_of(group: &Group) -> Vec<Varied> {
    let range = |field: &'static Declaration| Varied::Range {
        field: field.settable.field(),
        low: field.low,
        high: field.high,
    };
    group.fields().map(range).collect()
}

impl Asked {
    /// The protocols of the known fault that is asked about.
    pub(super) fn protocols(&self) -> Vec<String> {
        let entry = self.which.known.as_ref().and_then(|id| Catalogue::embedded().get(id).cloned());
        entry.map(|entry| entry.protocols).unwrap_or_default()
    }
}

/// The source port of a search along the path, where none is given: those of traceroute(8) begin near there.
const FLOW: u64 = 33_434;

fn of_protocol(option: &'static str, field: &Declaration, asking: &Asking) -> Result<(), Failure> {
    if field.settable.is_of(asking) {
        return Ok(());
    }
    Err(Failure::new(option, format!("{} requests have no {}", asking.words(), field.code)))
}

fn threshold(asked: &Asked, asking: &Asking, text: &str) -> Result<(Ask, Vec<Varied>), Failure> {
    const OPTION: &str = "--threshold";
    let (field, values) = varied(OPTION, text)?;
    of_protocol(OPTION, field, asking)?;
    let (low, high) = match values {
        Values::All => (field.low, field.high),
        Values::Range(low, high) => (low, high),
        Values::These(_) => {
            return Err(Failure::new(OPTION, "a threshold needs a range").hint("FIELD=LOW..HIGH"));
        }
    };
    let known = |option: &'static str, text: &Option<String>| {
        text.as_ref().map(|text| value(option, field, text)).transpose()
    };
    let known = (known("--fails", &asked.fails)?, known("--works", &asked.works)?);
    Ok(between(field, (low, high), known))
}

/// Where the answer changes along a field, with what is known to fail and to work.
fn between(
    field: &'static Declaration,
    (low, high): (u64, u64),
    (known_failing, known_working): (Option<u64>, Option<u64>),
) -> (Ask, Vec<Varied>) {
    let spec = SearchSpec { low, high, known_failing, known_working, ..SearchSpec::default() };
    let number = field.settable.field();
    (Ask::Threshold(Threshold::new(number, spec), field), vec![Varied::Range { field: number, low, high }])
}

fn comparison(asking: &Asking, text: &str, seed: u64) -> Result<(Ask, Vec<Varied>), Failure> {
    const OPTION: &str = "--compare";
    let (field, values) = varied(OPTION, text)?;
    of_protocol(OPTION, field, asking)?;
    let Values::These(values) = values else {
        return Err(Failure::new(OPTION, "at least two values are compared").hint("FIELD=A,B"));
    };
    if values.len() < 2 {
        return Err(Failure::new(OPTION, "at least two values are compared").hint("FIELD=A,B"));
    }
    let number = field.settable.field();
    let request = |value: &u64| vec![Setting { field: number, value: *value }];
    let spec = ComparisonSpec::of(values.iter().map(request).collect());
    let varied = Varied::Values { field: number, values };
    Ok((Ask::Comparison(Comparison::new(spec.clone(), seed), spec), vec![varied]))
}

fn sets(asking: &Asking, text: &str, seed: u64) -> Result<(Ask, Vec<Varied>), Failure> {
    const OPTION: &str = "--sets";
    let (field, values) = varied(OPTION, text)?;
    of_protocol(OPTION, field, asking)?;
    let number = field.settable.field();
    let (low, high, values) = match values {
        Values::All => (field.low, field.high, Vec::new()),
        Values::Range(low, high) => (low, high, Vec::new()),
        Values::These(values) => (field.low, field.high, values),
    };
    let varied = if values.is_empty() {
        Varied::Range { field: number, low, high }
    } else {
        Varied::Values { field: number, values: values.clone() }
    };
    let spec = SetsSpec { field: number, low, high, values };
    Ok((Ask::Sets(Sets::new(spec, seed), field), vec![varied]))
}
