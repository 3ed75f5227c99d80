//! From arguments to a job of `unanswered-serve`.

use super::Args;
use crate::failure::Failure;
use crate::shell;
use std::process::ExitCode;
use std::time::Duration;
use unanswered_live::{Owner, SudoCaller};
use unanswered_serve::{Behaviour, Job, Listen, ListenError, NotABehaviour, Serving};
use unanswered_time::spans;

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let name = args.behaviour.as_deref().unwrap_or_default();
    let serving = Serving::open(job(args, name)?).map_err(Failure::of)?;
    if !args.quiet {
        let places: Vec<String> = serving.addresses().map(|address| address.to_string()).collect();
        shell::tell(format!("serving {name} on {}; Ctrl-C ends it", places.join(" and ")));
        shell::tell(serving.rights());
    }
    let summary = serving.run().map_err(Failure::of)?;
    if !args.quiet {
        shell::tell(summary);
    }
    Ok(ExitCode::SUCCESS)
}

fn job(args: &Args, name: &str) -> Result<Job, Failure> {
    let behaviour: Behaviour =
        name.parse().map_err(|error: NotABehaviour| Failure::about("--behaviour", error))?;
    let listen = |typed: &String| {
        typed.parse::<Listen>().map_err(|error: ListenError| Failure::about("--listen", error))
    };
    for family in [true, false] {
        let several = args.answer_from.iter().filter(|address| address.is_ipv4() == family).count() > 1;
        if several {
            return Err(Failure::new("--answer-from", "one address for IPv4 and one for IPv6 at most"));
        }
    }
    Ok(Job {
        behaviour,
        seed: args.seed,
        listen: args.listen.iter().map(listen).collect::<Result<_, _>>()?,
        answer_from: args.answer_from.clone(),
        threads: usize::from(args.threads),
        count: args.count,
        time: args.time.as_deref().map(time).transpose()?,
        owner: Owner {
            user: args.user.clone(),
            sudo: SudoCaller::from_environment(|name| std::env::var(name).ok()),
        },
    })
}

fn time(typed: &str) -> Result<Duration, Failure> {
    let failed = |cause: String| {
        Failure::new("--for", cause).hint("expected a time with its unit, such as 90s or 10min")
    };
    let span = spans::read(typed).map_err(|_| failed(format!("{typed:?} is not a time")))?;
    let nanoseconds = u64::try_from(span.nanoseconds()).ok().filter(|nanoseconds| *nanoseconds > 0);
    nanoseconds.map(Duration::from_nanos).ok_or_else(|| failed(format!("{typed:?} is not more than 0")))
}
