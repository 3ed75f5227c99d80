//! Observes a world and keeps what a person, a diagnosis or a test will ask for.

use super::captured_frames::Captures;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use unanswered_scenario::model::{Endpoint, HostId, Scenario, Show};
use unanswered_table::Outcome;
use unanswered_table::OutcomeCounts;
use unanswered_wire::Time;
use unanswered_world::ledger::{LedgerRequest, LossCause};
use unanswered_world::observer::{CapturedPacket, Happening, Observer, Rewritten};
use unanswered_world::site::{SiteState, StandingAlarm};
use unanswered_world::{FinishedRun, World};

/// What to keep of a run.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Frames at the vantage points.
    pub captures: bool,
    /// Every request, answered ones too; otherwise only those that failed.
    pub every_request: bool,
    /// Looks at hosts.
    pub looks: Vec<Look>,
}

/// A look at a host at a time, with one of the programs that an operator has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look {
    /// When.
    pub time: Time,
    /// At which host.
    pub host: HostId,
    /// With which program.
    pub with: HostCommand,
}

/// A program that shows the state of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostCommand {
    /// `ntpq -pn`: the billboard of NTP clients.
    Billboard,
    /// `ntpq -c sysstats`: the counters of NTP servers.
    Sysstats,
    /// `conntrack -L`: known flows and translations.
    Conntrack,
}

impl HostCommand {
    /// The command that would show it.
    #[must_use]
    pub const fn command(self) -> &'static str {
        match self {
            Self::Billboard => "ntpq -pn",
            Self::Sysstats => "ntpq -c sysstats",
            Self::Conntrack => "conntrack -L",
        }
    }
}

/// A request that ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// What is known of it.
    pub request: LedgerRequest,
    /// How it ended.
    pub outcome: Outcome,
}

/// Who asks whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// The client.
    pub client: HostId,
    /// Address of the server.
    pub server: Ipv4Addr,
}

/// One translation that did not keep its source port, for as long as it stayed the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRewrite {
    /// The translating host.
    pub nat: HostId,
    /// First time it was made.
    pub first: Time,
    /// Last time it was made.
    pub last: Time,
    /// Inside source.
    pub inside: Endpoint,
    /// Outside source.
    pub outside: Endpoint,
    /// Destination.
    pub to: Ipv4Addr,
    /// How often it was made anew.
    pub times: u64,
}

/// What a look showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookOutput {
    /// The look.
    pub look: Look,
    /// In the program's own layout; empty if nothing of the kind runs.
    pub text: String,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Happened {
    /// When.
    pub time: Time,
    /// What.
    pub what: Happening,
}

/// The site when a chapter came.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Index of the chapter.
    pub chapter: usize,
    /// When.
    pub time: Time,
    /// The host that its trigger was about.
    pub about: Option<HostId>,
    /// Billboards of the hosts that the chapter shows.
    pub billboards: Vec<LookOutput>,
    /// Alarms that were raised at that moment.
    pub standing: Vec<StandingAlarm>,
    /// Requests so far, by client and server.
    pub counts: BTreeMap<Asked, OutcomeCounts>,
}

/// Everything that is kept of a run.
#[derive(Debug, Default)]
pub struct RunRecord {
    /// Frames.
    pub captures: Captures,
    /// What happened, in order.
    pub happenings: Vec<Happened>,
    /// Requests that ended, in that order (see [`Wanted::every_request`]).
    pub requests: Vec<Ended>,
    /// All requests by client and server.
    pub counts: BTreeMap<Asked, OutcomeCounts>,
    /// Rewritten ports, in order of their first time.
    pub translations: Vec<PortRewrite>,
    /// What the requested looks showed.
    pub shown: Vec<LookOutput>,
    /// The site at each chapter, in order.
    pub snapshots: Vec<Snapshot>,
    /// Causes of failure.
    pub causes: Vec<LossCause>,
    /// Packets that services sent.
    pub packets: u64,
}

/// The observer.
#[derive(Debug)]
struct Recorder {
    wanted: Wanted,
    record: RunRecord,
    /// The last translation of an inside source to a server, by its index.
    latest: BTreeMap<(HostId, Ipv4Addr, u16, Ipv4Addr), usize>,
    next_look: usize,
}

/// Runs a scenario with a seed and keeps what is wanted.
#[must_use]
pub fn run(scenario: &Scenario, seed: u64, wanted: &Wanted) -> RunRecord {
    let mut wanted = wanted.clone();
    wanted.looks.sort();
    let recorder = Recorder { wanted, record: RunRecord::default(), latest: BTreeMap::new(), next_look: 0 };
    let FinishedRun { observer, state } = World::new(scenario, seed, recorder).run();
    let mut record = observer.record;
    record.causes = state.ledger.causes().to_vec();
    record.packets = state.packets_sent;
    record
}

/// What a program shows of a host at the moment.
#[must_use]
pub fn look(state: &SiteState<'_>, look: Look) -> LookOutput {
    let Look { time, host, with } = look;
    let text = match with {
        HostCommand::Billboard => {
            state.ntp_clients(host).map(|client| unanswered_ntp::render(&client.billboard(time))).collect()
        }
        HostCommand::Sysstats => {
            state.ntp_servers(host).map(|server| server.sysstats(time).to_string()).collect()
        }
        HostCommand::Conntrack => {
            let conntrack = state.host(host).conntrack.as_ref();
            conntrack.map(|conntrack| conntrack.listing(time)).unwrap_or_default()
        }
    };
    LookOutput { look, text }
}

impl Recorder {
    fn snapshot(&self, state: &SiteState<'_>, now: Time, chapter: usize, about: Option<HostId>) -> Snapshot {
        let mut billboards = Vec::new();
        for show in &state.scenario.chapters[chapter].show {
            let Show::Billboard(hosts) = show else { continue };
            let hosts = if hosts.is_empty() { about.as_slice() } else { hosts.as_slice() };
            for host in hosts {
                billboards.push(look(state, Look { time: now, host: *host, with: HostCommand::Billboard }));
            }
        }
        Snapshot {
            chapter,
            time: now,
            about,
            billboards,
            standing: state.standing.clone(),
            counts: self.record.counts.clone(),
        }
    }
}

impl Observer for Recorder {
    fn frame(&mut self, state: &SiteState<'_>, sighting: &CapturedPacket<'_>) {
        if self.wanted.captures {
            self.record.captures.keep(state.scenario, sighting);
        }
    }

    fn request(&mut self, _state: &SiteState<'_>, request: &LedgerRequest, outcome: Outcome) {
        if let Some(tuple) = request.inside {
            let asked = Asked { client: request.client, server: tuple.destination.address };
            self.record.counts.entry(asked).or_default().add(outcome);
        }
        if outcome.failed() || self.wanted.every_request {
            self.record.requests.push(Ended { request: *request, outcome });
        }
    }

    fn rewritten(&mut self, _state: &SiteState<'_>, rewritten: &Rewritten) {
        let (inside, outside) = (rewritten.inside.source, rewritten.outside.source);
        let to = rewritten.outside.destination.address;
        let key = (rewritten.nat, inside.address, inside.port, to);
        if let Some(known) = self.latest.get(&key).and_then(|index| self.record.translations.get_mut(*index))
            && known.outside == outside
        {
            known.last = rewritten.time;
            known.times += 1;
            return;
        }
        self.latest.insert(key, self.record.translations.len());
        self.record.translations.push(PortRewrite {
            nat: rewritten.nat,
            first: rewritten.time,
            last: rewritten.time,
            inside,
            outside,
            to,
            times: 1,
        });
    }

    fn happened(&mut self, state: &mut SiteState<'_>, now: Time, what: &Happening) {
        self.record.happenings.push(Happened { time: now, what: what.clone() });
        if let Happening::Chapter { chapter, about } = what {
            let snapshot = self.snapshot(state, now, *chapter, *about);
            self.record.snapshots.push(snapshot);
        }
    }

    fn wakes(&self) -> Option<Time> {
        self.wanted.looks.get(self.next_look).map(|look| look.time)
    }

    fn woken(&mut self, state: &mut SiteState<'_>, now: Time) {
        while let Some(next) = self.wanted.looks.get(self.next_look).copied().filter(|next| next.time <= now)
        {
            self.record.shown.push(look(state, next));
            self.next_look += 1;
        }
    }
}
