//! Asks the question, and tells what it came to.

use super::job::{Asked, Job, failure, name};
use super::known::Group;
use super::question::{Ask, question, varied_of};
use super::settings::settings;
use super::target::resolved;
use super::{Args, screen};
use crate::failure::Failure;
use crate::shell;
use std::process::ExitCode;
use unanswered_experiment::{Maker, Target, local_address};
use unanswered_live::real;
use unanswered_probe::{Action, Controls, Manners, Outcome, Question, Random, Session};
use unanswered_report::experiment::{self, CameTo, Experiment, Kind, Listed, Requests, Supposed, brief};
use unanswered_time::Span;

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let (asking, server) = resolved(args)?;
    let seed = args.seed.unwrap_or_else(wall_nanoseconds);
    let always = settings("--set", &args.set)?;
    let with = settings("--with", &args.with)?;
    let control = settings("--control", &args.control)?;
    let (ask, varied) = question(&args.question, &asking, &with, seed)?;
    let local = args.from.map_or_else(|| local_address(server.address, server.port).map_err(failure), Ok)?;
    let target = Target { local, remote: server.address, port: server.port };
    let maker =
        Maker::new(asking.clone(), target, always.clone(), control.clone(), Random::new(seed ^ 0x5bd1_e995));
    let maker = maker.with(with.clone());
    let (pace, budget) = (Span::from_nanoseconds(nanoseconds(1.0 / args.per_second)), args.budget);
    let job = Job {
        args,
        server,
        asking,
        always,
        with,
        control: (!args.no_control).then_some(control),
        manners: Manners { pause: pace, budget, ..Manners::default() },
        varied,
        maker,
    };
    match ask {
        Ask::Threshold(question, field) => {
            let words = |answer: &_| brief::boundary(*answer, name(field));
            job.asked(question, Kind::Threshold, &words, |came| {
                CameTo::Threshold(came, field.settable.field())
            })
        }
        Ask::Comparison(question, spec) => {
            let words = |answer: &_| brief::compared(*answer);
            job.asked(question, Kind::Comparison, &words, |came| CameTo::Comparison(came, spec.clone()))
        }
        Ask::Sets(question, field) => {
            let words = |answer: &_| brief::failing_set(*answer);
            job.asked(question, Kind::Sets, &words, |came| CameTo::Sets(came, field.settable.field()))
        }
        Ask::Limits(question, about) => {
            let words = |answer: &_| brief::limited(*answer);
            job.asked(question, Kind::Limits, &words, |came| CameTo::Limits(came, about))
        }
        Ask::Wait(question, again) => {
            let words = |answer: &_| brief::pause(*answer);
            job.asked(question, Kind::Wait, &words, |came| CameTo::Wait(came, again))
        }
        Ask::Where(question) => {
            job.asked(question, Kind::Where, &|answer| brief::place(*answer), CameTo::Where)
        }
        Ask::Members(question) => {
            job.asked(question, Kind::Members, &|answer| brief::ways(*answer), CameTo::Members)
        }
        Ask::Known(group) => {
            let job = job.about(&group, job.manners.budget);
            let words = group.words.clone();
            job.asked(group.question(ASKED), Kind::Rivals, &|answer| brief::decided(*answer), |conclusion| {
                CameTo::Rivals { conclusion, words }
            })
        }
        Ask::Screen(groups) => screen::run(&job, &groups),
    }
}

impl Job<'_> {
    /// Asks one question and tells what it came to.
    fn asked<Q: Question>(
        &self,
        question: Q,
        kind: Kind,
        words: &dyn Fn(&Q::Answer) -> String,
        came_to: impl FnOnce(unanswered_probe::Conclusion<Q::Answer, Q::Evidence>) -> CameTo,
    ) -> Result<ExitCode, Failure> {
        if self.args.dry_run {
            let session = Session::new(question, self.control.clone().map(Controls::usual), self.manners);
            let plan = self.intended(kind, Vec::new(), Some(imagined(session)));
            shell::print(&experiment::plan(&plan, shell::columns()))?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut open = self.open()?;
        self.settable_without_rights(kind, &open)?;
        self.announce(kind, &open);
        let Asked { conclusion, tally, took, .. } = self.ask(&mut open, question, words)?;
        let told = self.experiment(came_to(conclusion), tally, took, open.fixed.clone());
        let told = Experiment { written: self.close(open)?, ..told };
        shell::print(&if self.args.json {
            experiment::json(&told)
        } else if self.args.ticket {
            experiment::ticket(&told, real())
        } else {
            experiment::text(&told, shell::columns())
        })?;
        Ok(ExitCode::SUCCESS)
    }

    /// The same job with the control and the varied fields of a question about known faults.
    pub(super) fn about(&self, group: &Group, budget: u32) -> Job<'_> {
        let control = self.control.as_ref().map(|own| {
            let mut control = group.control();
            control.retain(|setting| !own.iter().any(|known| known.field == setting.field));
            [own.clone(), control].concat()
        });
        Job {
            args: self.args,
            server: self.server.clone(),
            asking: self.asking.clone(),
            always: self.always.clone(),
            with: self.with.clone(),
            maker: self.maker.with_control(control.clone().unwrap_or_else(|| group.control())),
            control,
            manners: Manners { budget, ..self.manners },
            varied: varied_of(group),
        }
    }
}

/// How likely a known fault is that somebody asks about (judgement).
const ASKED: f64 = 0.5;

/// What would be sent if all requests were answered: what comes after depends on what comes back.
fn imagined<Q: Question>(mut session: Session<Q>) -> Requests {
    let mut list = Vec::new();
    let mut now = Span::from_nanoseconds(0);
    while let Action::Send { not_before, plan, .. } = session.next(now) {
        for send in &plan.sends {
            let at = Span::from_nanoseconds(not_before.nanoseconds().saturating_add(send.at.nanoseconds()));
            list.push(Listed { at, send: send.clone() });
        }
        let answered = Outcome::Answered { after: Span::from_milliseconds(1) };
        session.note(not_before, &vec![answered; plan.sends.len()]);
        now = Span::from_nanoseconds(not_before.nanoseconds().saturating_add(plan.duration().nanoseconds()));
    }
    Requests { supposed: Supposed::AllAnswered, list }
}

fn wall_nanoseconds() -> u64 {
    u64::try_from(real().nanoseconds()).unwrap_or(0)
}

#[expect(clippy::cast_possible_truncation, reason = "at most 100 s")]
fn nanoseconds(seconds: f64) -> i64 {
    (seconds * 1e9) as i64
}
