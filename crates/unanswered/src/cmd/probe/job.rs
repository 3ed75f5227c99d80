//! What is known before anything is sent, and the sockets.

use super::Args;
use super::others::Others;
use super::record::Record;
use super::stop::Stop;
use super::target::Server;
use crate::failure::Failure;
use crate::outputs::Claims;
use crate::progress::Progress;
use crate::shell;
use unanswered_experiment::{
    Asking, CannotRun, Declaration, Event, FIELDS, Link, LinkError, Maker, Needs, PlainLink, RawLink,
    Settable, Shell, run as drive,
};
use unanswered_live::{Owner, SudoCaller, monotonic, real, successor};
use unanswered_probe::{Controls, Manners, Question, Session, Setting, Tally};
use unanswered_report::experiment::{self, CameTo, Experiment, FieldName, Intended, Kind, Requests, Varied};
use unanswered_time::Span;

/// All that is known before anything is sent.
pub(super) struct Job<'a> {
    pub(super) args: &'a Args,
    pub(super) server: Server,
    pub(super) asking: Asking,
    /// What all requests have.
    pub(super) always: Vec<Setting>,
    /// What all but the control have.
    pub(super) with: Vec<Setting>,
    /// What the control has; `None`: no control is sent.
    pub(super) control: Option<Vec<Setting>>,
    pub(super) manners: Manners,
    pub(super) varied: Vec<Varied>,
    pub(super) maker: Maker,
}

/// Sockets and files that are open; rights were given up.
pub(super) struct Open {
    link: Box<dyn Link>,
    /// Fields that cannot be varied, with the reason.
    pub(super) fixed: Vec<String>,
    record: Option<Record>,
    stop: Stop,
    /// Why there are no raw sockets.
    pub(super) plain: Option<LinkError>,
}

/// What came of a question.
pub(super) struct Asked<Q: Question> {
    pub(super) conclusion: unanswered_probe::Conclusion<Q::Answer, Q::Evidence>,
    pub(super) tally: Tally,
    pub(super) took: Span,
    /// Somebody wanted it to stop.
    pub(super) stopped: bool,
}

impl Job<'_> {
    /// Opens what is needed, and gives up all rights.
    pub(super) fn open(&self) -> Result<Open, Failure> {
        // While root can: what follows may do nothing any more.
        let file = Claims::new(true).writes_in_place("--write", self.args.write.as_deref())?;
        let record = file.as_ref().map(Record::create).transpose()?;
        let (link, plain) = self.link()?;
        let fixed = plain.as_ref().map(|why| self.raw_only(why)).into_iter().collect();
        Ok(Open { link, fixed, record, stop: Stop::new()?, plain })
    }

    /// Shows what will be sent.
    pub(super) fn announce(&self, kind: Kind, open: &Open) {
        if !self.args.quiet {
            let plan = experiment::plan(&self.intended(kind, open.fixed.clone(), None), shell::columns());
            shell::tell(plan.trim_end());
        }
    }

    /// Asks a question to its end.
    pub(super) fn ask<Q: Question>(
        &self,
        open: &mut Open,
        question: Q,
        words: &dyn Fn(&Q::Answer) -> String,
    ) -> Result<Asked<Q>, Failure> {
        let mut session = Session::new(question, self.control.clone().map(Controls::usual), self.manners);
        let began = monotonic();
        let now = || Span::from_nanoseconds(i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX));
        let mut progress = Progress::new(self.args.quiet);
        let budget = self.manners.budget;
        let mut others = Others::default();
        let Open { link, record, stop, .. } = open;
        let mut observer = |event: Event<'_, Q>| match (event, &mut *record) {
            (Event::Sent(request), Some(record)) => record.sent(real(), request),
            (Event::Received(incoming), Some(record)) => record.received(real(), incoming),
            (Event::Noted { session, outcomes, .. }, _) => {
                others.note(outcomes);
                let known = session.question().progress();
                progress.line(&experiment::progress(&known, &session.tally(), budget, words));
            }
            (Event::Sent(_) | Event::Received(_), None) => {}
        };
        let shell = Shell { now: &now, stop: &|| stop.came() };
        let ran = drive(&mut session, &mut self.maker.clone(), link.as_mut(), shell, &mut observer);
        drop(progress);
        let ran = ran.map_err(|error| self.stuck(&error))?;
        others.warn(&self.server);
        let (conclusion, tally) = (session.conclusion(), session.tally());
        Ok(Asked { conclusion, tally, took: ran.took, stopped: ran.stopped })
    }

    fn stuck(&self, error: &CannotRun) -> Failure {
        let failure = Failure::new(&self.server.named, error);
        match error {
            CannotRun::Link(LinkError::LowPort(_)) => {
                failure.hint("source-port=1024..65535 takes none; root, or CAP_NET_RAW, sends from all")
            }
            CannotRun::Link(_) | CannotRun::Make(_) => failure,
        }
    }

    /// Ends the file with the packets; its name.
    pub(super) fn close(&self, open: Open) -> Result<Option<String>, Failure> {
        let Some(record) = open.record else { return Ok(None) };
        record.finish()?;
        Ok(self.args.write.as_ref().map(|path| path.display().to_string()))
    }

    /// Raw sockets where they can be had; else ordinary ones, and what these cannot set.
    fn link(&self) -> Result<(Box<dyn Link>, Option<LinkError>), Failure> {
        let target = self.maker.target();
        let raw = if self.args.no_raw {
            Err(LinkError::NoRights)
        } else {
            RawLink::open(target.remote, target.local, self.args.on.as_deref())
        };
        let why = match raw {
            Ok(link) => {
                let owner =
                    Owner { user: None, sudo: SudoCaller::from_environment(|name| std::env::var(name).ok()) };
                let next = successor(&owner, false).map_err(Failure::of)?;
                let dropped = next.succeed().map_err(Failure::of)?;
                if !self.args.quiet {
                    shell::tell(dropped);
                }
                return Ok((Box::new(link), None));
            }
            Err(why @ (LinkError::NoRights | LinkError::OnlyIpv4(_))) => why,
            Err(other) => return Err(failure(other)),
        };
        let plain = matches!(self.asking, Asking::Ntp | Asking::Dns { .. } | Asking::Udp { .. });
        if !plain || self.args.on.is_some() || self.args.write.is_some() {
            return Err(
                failure(why).hint("root, or CAP_NET_RAW, over IPv4; without, NTP, DNS and UDP can be asked")
            );
        }
        let link = PlainLink::new(target.local, (target.remote, target.port).into());
        Ok((Box::new(link), Some(why)))
    }

    /// The fields that ordinary sockets cannot set, with the reason.
    fn raw_only(&self, why: &LinkError) -> String {
        let of = |field: &&Declaration| field.needs == Needs::RawSocket && field.settable.is_of(&self.asking);
        let codes: Vec<&str> = FIELDS.iter().filter(of).map(|field| field.code).collect();
        format!("{} ({why})", codes.join(", "))
    }

    /// Whether ordinary sockets can set what is asked for.
    pub(super) fn settable_without_rights(&self, kind: Kind, open: &Open) -> Result<(), Failure> {
        let Some(why) = &open.plain else { return Ok(()) };
        let hint = "run it as root, or give it CAP_NET_RAW, over IPv4";
        if matches!(kind, Kind::Where | Kind::Members) {
            // Ordinary sockets are not told who said that the time to live was used up.
            return Err(Failure::new("places on the path", why).hint(hint));
        }
        let all = self.control.iter().flatten().chain(&self.always).chain(&self.with);
        let settings = all.map(|setting| setting.field);
        let varied = self.varied.iter().filter_map(|varied| match varied {
            Varied::Range { field, .. } | Varied::Values { field, .. } => Some(*field),
            Varied::Nothing | Varied::Requests(_) | Varied::Burst { .. } | Varied::Pause { .. } => None,
        });
        for field in settings.chain(varied) {
            let declared = FIELDS.get(usize::from(field.0));
            // The hop limit of IPv6 is not set on ordinary sockets here.
            let v6 = self.server.address.is_ipv6();
            let raw = |field: &&Declaration| {
                field.needs == Needs::RawSocket || v6 && field.settable == Settable::Ttl
            };
            if let Some(declared) = declared.filter(raw) {
                return Err(Failure::new(declared.code, why).hint(hint));
            }
        }
        Ok(())
    }

    pub(super) fn intended(&self, kind: Kind, fixed: Vec<String>, dry_run: Option<Requests>) -> Intended {
        Intended {
            server: self.server.named.clone(),
            address: self.server.address,
            port: (self.server.port != 0).then_some(self.server.port),
            protocol: self.asking.words().to_owned(),
            kind,
            fields: names(),
            varied: self.varied.clone(),
            control: self.control.clone(),
            manners: self.manners,
            fixed,
            dry_run,
        }
    }

    /// The whole, for a report.
    pub(super) fn experiment(
        &self,
        came_to: CameTo,
        tally: Tally,
        took: Span,
        fixed: Vec<String>,
    ) -> Experiment {
        Experiment {
            server: self.server.named.clone(),
            address: self.server.address,
            port: (self.server.port != 0).then_some(self.server.port),
            protocol: self.asking.words().to_owned(),
            fields: names(),
            control: self.control.clone().unwrap_or_default(),
            with: self.with.clone(),
            varied: self.varied.clone(),
            came_to,
            tally,
            manners: self.manners,
            took,
            fixed,
            written: None,
        }
    }
}

/// The fields, as reports name them.
pub(super) fn names() -> Vec<FieldName> {
    FIELDS.iter().map(name).collect()
}

pub(super) const fn name(field: &Declaration) -> FieldName {
    FieldName { code: field.code, words: field.words, quantity: field.quantity }
}

pub(super) fn failure(error: LinkError) -> Failure {
    Failure::new("probe", error)
}
