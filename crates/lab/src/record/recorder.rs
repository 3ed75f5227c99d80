//! Listens to a world and keeps what a person, a diagnosis or a test will ask for.

use super::captures::Captures;
use crate::scenario::model::{HostId, Scenario, Show};
use crate::sim::World;
use crate::sim::ledger::{Cause, Request};
use crate::sim::observer::{Happening, Observer, Rewritten, Sighting};
use crate::sim::state::State;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use unanswered_exchange::Outcome;
use unanswered_wire::Time;

/// What is wanted of a run.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Frames at the vantage points.
    pub captures: bool,
    /// Every request, answered ones too; without it only those that failed.
    pub every_request: bool,
    /// `ntpq -pn` of these hosts at these times.
    pub billboards: Vec<(HostId, Time)>,
}

/// A request that ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// What is known of it.
    pub request: Request,
    /// How it ended.
    pub outcome: Outcome,
}

/// Requests by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By outcome, in the order of [`Outcome::ALL`].
    pub by_outcome: [u64; 6],
}

impl Tally {
    /// All of them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.by_outcome.iter().sum()
    }

    /// Those that failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        Outcome::ALL.iter().zip(self.by_outcome).filter(|(o, _)| o.failed()).map(|(_, n)| n).sum()
    }
}

/// One translation that did not keep its source port, while it stayed the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Translation {
    /// The translating host.
    pub nat: HostId,
    /// First time it was made.
    pub first: Time,
    /// Last time it was made.
    pub last: Time,
    /// Inside source.
    pub inside: (Ipv4Addr, u16),
    /// Outside source.
    pub outside: (Ipv4Addr, u16),
    /// Destination.
    pub to: Ipv4Addr,
    /// How often it was made anew.
    pub times: u64,
}

/// A billboard at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Billboard {
    /// When.
    pub time: Time,
    /// Whose.
    pub host: HostId,
    /// In ntpq's layout.
    pub text: String,
}

/// The site when a chapter of the story was told.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Index of the chapter.
    pub chapter: usize,
    /// When.
    pub time: Time,
    /// The host that its trigger was about.
    pub about: Option<HostId>,
    /// Billboards of the hosts that the chapter shows.
    pub billboards: Vec<Billboard>,
    /// Alarms that stood: rule, client, server, since when.
    pub standing: Vec<(usize, HostId, Ipv4Addr, Time)>,
    /// Requests so far, by client and server.
    pub tallies: BTreeMap<(HostId, Ipv4Addr), Tally>,
}

/// Everything kept of a run.
#[derive(Debug, Default)]
pub struct Record {
    /// Frames.
    pub captures: Captures,
    /// What happened, in order.
    pub happenings: Vec<(Time, Happening)>,
    /// Requests that ended, in that order (see [`Wanted::every_request`]).
    pub requests: Vec<Ended>,
    /// All requests by client and server.
    pub tallies: BTreeMap<(HostId, Ipv4Addr), Tally>,
    /// Rewritten ports, in order of their first time.
    pub translations: Vec<Translation>,
    /// Billboards that were asked for.
    pub billboards: Vec<Billboard>,
    /// The site at each chapter, in order.
    pub snapshots: Vec<Snapshot>,
    /// Causes of failure.
    pub causes: Vec<Cause>,
    /// Packets that services sent.
    pub packets: u64,
}

/// The observer.
#[derive(Debug)]
struct Recorder {
    wanted: Wanted,
    record: Record,
    /// The last translation of an inside source to a server, by its index.
    latest: BTreeMap<(HostId, Ipv4Addr, u16, Ipv4Addr), usize>,
    next_billboard: usize,
}

/// Runs a scenario with a seed and keeps what is wanted.
#[must_use]
pub fn run(scenario: &Scenario, seed: u64, wanted: &Wanted) -> Record {
    let mut wanted = wanted.clone();
    wanted.billboards.sort_by_key(|(host, time)| (*time, *host));
    let recorder = Recorder { wanted, record: Record::default(), latest: BTreeMap::new(), next_billboard: 0 };
    let (recorder, state) = World::new(scenario, seed, recorder).run();
    let mut record = recorder.record;
    record.causes = state.ledger.causes().to_vec();
    record.packets = state.packets_sent;
    record
}

/// `ntpq -pn` of a host now; of each NTP client on it.
#[must_use]
pub fn billboard(state: &State<'_>, host: HostId, now: Time) -> String {
    let boards = state.ntp_clients(host).map(|client| unanswered_ntp::render(&client.billboard(now)));
    boards.collect()
}

impl Recorder {
    fn snapshot(&self, state: &State<'_>, now: Time, chapter: usize, about: Option<HostId>) -> Snapshot {
        let mut billboards = Vec::new();
        for show in &state.scenario.chapters[chapter].show {
            let Show::Billboard(hosts) = show else { continue };
            let hosts = if hosts.is_empty() { about.as_slice() } else { hosts.as_slice() };
            for host in hosts {
                billboards.push(Billboard { time: now, host: *host, text: billboard(state, *host, now) });
            }
        }
        Snapshot {
            chapter,
            time: now,
            about,
            billboards,
            standing: state.standing.clone(),
            tallies: self.record.tallies.clone(),
        }
    }
}

impl Observer for Recorder {
    fn frame(&mut self, state: &State<'_>, sighting: &Sighting<'_>) {
        if self.wanted.captures {
            self.record.captures.keep(state.scenario, sighting);
        }
    }

    fn request(&mut self, _state: &State<'_>, request: &Request, outcome: Outcome) {
        if let Some(tuple) = request.inside {
            let key = (request.client, tuple.destination.address);
            self.record.tallies.entry(key).or_default().by_outcome[outcome as usize] += 1;
        }
        if outcome.failed() || self.wanted.every_request {
            self.record.requests.push(Ended { request: *request, outcome });
        }
    }

    fn rewritten(&mut self, _state: &State<'_>, rewritten: &Rewritten) {
        let (inside, outside) = (rewritten.inside.source, rewritten.outside.source);
        let to = rewritten.outside.destination.address;
        let key = (rewritten.nat, inside.address, inside.port, to);
        let outside = (outside.address, outside.port);
        if let Some(known) = self.latest.get(&key).and_then(|index| self.record.translations.get_mut(*index))
            && known.outside == outside
        {
            known.last = rewritten.time;
            known.times += 1;
            return;
        }
        self.latest.insert(key, self.record.translations.len());
        self.record.translations.push(Translation {
            nat: rewritten.nat,
            first: rewritten.time,
            last: rewritten.time,
            inside: (inside.address, inside.port),
            outside,
            to,
            times: 1,
        });
    }

    fn happened(&mut self, state: &mut State<'_>, now: Time, what: &Happening) {
        self.record.happenings.push((now, what.clone()));
        if let Happening::Chapter(chapter, about) = what {
            let snapshot = self.snapshot(state, now, *chapter, *about);
            self.record.snapshots.push(snapshot);
        }
    }

    fn wakes(&self) -> Option<Time> {
        self.wanted.billboards.get(self.next_billboard).map(|(_, time)| *time)
    }

    fn woken(&mut self, state: &mut State<'_>, now: Time) {
        while let Some((host, time)) = self.wanted.billboards.get(self.next_billboard).copied()
            && time <= now
        {
            let text = billboard(state, host, now);
            self.record.billboards.push(Billboard { time: now, host, text });
            self.next_billboard += 1;
        }
    }
}
