//! From arguments to a job of `unanswered-live`, and from what it reports to words.

use super::{Args, ring};
use crate::failure::Failure;
use crate::outputs::Claims;
use crate::shell;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use unanswered_live::{
    CaptureError, Filter, Job, ListedPlace, NotAPrefix, Notice, Owner, Rotation, Selection, SudoCaller,
    Target,
};
use unanswered_report::text::safe;
use unanswered_wire::LinkType;
use unanswered_wire::ProtocolId;

pub(super) fn run(args: Args) -> Result<ExitCode, Failure> {
    let filter = filter(&args)?;
    let places = Selection { interfaces: args.on.clone(), namespaces: args.netns.clone() };
    if args.list {
        let listed = unanswered_live::list(&places).map_err(failure)?;
        shell::print(&table(&listed))?;
        return Ok(ExitCode::SUCCESS);
    }
    let (quiet, verbose) = (args.quiet, args.verbose);
    let job = job(args, places, filter)?;
    let summary = unanswered_live::run(job, &mut |notice: Notice| {
        if quiet || (notice.is_detail() && !verbose) {
            return;
        }
        if notice.is_warning() { shell::warn(notice) } else { shell::tell(notice) }
    });
    let summary = summary.map_err(failure)?;
    if !quiet {
        shell::tell(summary);
    }
    Ok(ExitCode::SUCCESS)
}

/// An error of the capture as its user reads it.
fn failure(error: CaptureError) -> Failure {
    if matches!(error, CaptureError::ClosedPipe) { Failure::ClosedPipe } else { Failure::of(error) }
}

fn job(args: Args, places: Selection, filter: Filter) -> Result<Job, Failure> {
    let rotates = args.rotate_size.is_some() || args.rotate_seconds.is_some();
    let target = match args.output {
        Some(path) if path.as_os_str() != "-" => file(&path, rotates)?,
        given if io::stdout().is_terminal() => {
            let dash = given.map_or("", |_| "-o -: ");
            let cause = "standard output is a terminal, where packets are of no use";
            return Err(Failure::new("", format!("{dash}{cause}")).hint("-o FILE.pcapng writes a file"));
        }
        _ => Target::Standard,
    };
    if args.keep.is_some() && !rotates {
        return Err(Failure::new("--keep", "is about several files")
            .hint("--rotate-size or --rotate-seconds make several"));
    }
    if rotates && target == Target::Standard {
        return Err(Failure::new("--rotate-size, --rotate-seconds", "need the name of a file")
            .hint("-o FILE.pcapng gives it"));
    }
    let time = args.seconds.map(seconds).transpose()?;
    Ok(Job {
        places,
        filter,
        ring: args.ring.map(|mib| usize::try_from(mib).unwrap_or(usize::MAX) << 20),
        snap: args.snap,
        promiscuous: !args.no_promiscuous,
        target,
        rotation: rotates.then_some(Rotation {
            bytes: args.rotate_size.map(|mb| mb * 1_000_000),
            time: args.rotate_seconds.map(Duration::from_secs),
            keep: args.keep.map(|keep| usize::try_from(keep).unwrap_or(usize::MAX)),
        }),
        count: args.count,
        time,
        owner: Owner { user: args.user, sudo: SudoCaller::from_environment(|name| std::env::var(name).ok()) },
    })
}

/// The file, or all files of the ring, claimed.
fn file(path: &Path, rotates: bool) -> Result<Target, Failure> {
    let mut claims = Claims::new(false);
    let files = if rotates { ring::files(path) } else { vec![path.to_owned()] };
    for file in files {
        claims.writes_in_place("-o", Some(&file))?;
    }
    Ok(Target::File(path.to_owned()))
}

fn seconds(typed: f64) -> Result<Duration, Failure> {
    let long = Duration::try_from_secs_f64(typed).ok().filter(|time| !time.is_zero());
    long.ok_or_else(|| Failure::new("--seconds", format!("{typed} is not a duration; expected more than 0")))
}

fn filter(args: &Args) -> Result<Filter, Failure> {
    let protocol = |typed: &String| {
        ProtocolId::by_name(typed).ok_or_else(|| {
            let names = ProtocolId::names().join(", ");
            Failure::new("--protocol", format!("{typed:?} is not known")).hint(format!("expected {names}"))
        })
    };
    let host = |typed: &String| typed.parse().map_err(|error: NotAPrefix| Failure::about("--host", error));
    Ok(Filter {
        protocols: args.protocol.iter().map(protocol).collect::<Result<_, _>>()?,
        hosts: args.host.iter().map(host).collect::<Result<_, _>>()?,
        ports: args.port.clone(),
    })
}

/// The places in columns.
fn table(places: &[ListedPlace]) -> String {
    let mut rows = vec![["namespace", "interface", "state", "link type"].map(str::to_owned)];
    rows.extend(places.iter().map(|place| {
        let link_type = match place.link_type {
            Some(LinkType::Ethernet) => "Ethernet".to_owned(),
            Some(_) => "IP".to_owned(),
            None => format!("not captured (hardware type {})", place.hardware),
        };
        let state = if place.up { "up" } else { "down" };
        [
            safe(&place.namespace).into_owned(),
            safe(&place.interface).into_owned(),
            state.to_owned(),
            link_type,
        ]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let lines = rows.iter().map(|[namespace, interface, state, link_type]| {
        let [a, b, c] = widths;
        format!("{namespace:a$}  {interface:b$}  {state:c$}  {link_type}\n")
    });
    lines.collect()
}
