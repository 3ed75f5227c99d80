//! The whole: everything is opened, rights are dropped, threads serve, and a summary comes of it.

use super::error::ServeError;
use super::listen::Listen;
use super::listener::Listener;
use super::summary::Summary;
use super::worker::{Counted, Shared, Worker};
use crate::behaviour::Behaviour;
use crate::server::MisbehavingServer;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signalfd::SignalFd;
use std::io::{self, PipeReader, pipe};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use unanswered_live::{Owner, monotonic, signals, successor};
use unanswered_wire::Time;

/// What is to be served, and where.
#[derive(Clone, Debug)]
pub struct Job {
    /// What the server does.
    pub behaviour: Behaviour,
    /// Where its chance comes from.
    pub seed: u64,
    /// Where it listens.
    pub listen: Vec<Listen>,
    /// Addresses of this host that answers come from instead of the one that was asked, one of a family.
    pub answer_from: Vec<IpAddr>,
    /// How many threads serve, at least one.
    pub threads: usize,
    /// Ends after this many requests.
    pub count: Option<u64>,
    /// Ends after this time.
    pub time: Option<Duration>,
    /// Who continues once everything is open.
    pub owner: Owner,
}

/// A server that listens, without rights.
#[derive(Debug)]
pub struct Serving {
    job: Job,
    /// For each thread, its listeners.
    listeners: Vec<Vec<Listener>>,
    signals: SignalFd,
    rights: String,
}

impl Serving {
    /// Opens everything, then drops rights. From then on requests are kept by the kernel, and the signals that end it
    /// (INT, TERM, HUP) wait for [`Serving::run`].
    ///
    /// # Errors
    /// Ports that others have, addresses that this host has not, missing rights.
    pub fn open(job: Job) -> Result<Self, ServeError> {
        let successor = successor(&job.owner, false)?;
        let port = job.behaviour.service.port();
        let mut places: Vec<SocketAddr> = Vec::new();
        for place in job.listen.iter().map(|listen| listen.with_default(port)) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        for source in &job.answer_from {
            if UdpSocket::bind((*source, 0)).is_err() {
                return Err(ServeError::NoSource(*source));
            }
            if !places.iter().any(|place| place.is_ipv4() == source.is_ipv4()) {
                return Err(ServeError::NoListener(*source));
            }
        }
        let threads = job.threads.max(1);
        let mut listeners: Vec<Vec<Listener>> = (0..threads).map(|_| Vec::new()).collect();
        for place in places {
            let source = job.answer_from.iter().find(|source| source.is_ipv4() == place.is_ipv4());
            for (mine, one) in listeners.iter_mut().zip(Listener::open(place, source.copied(), threads)?) {
                mine.push(one);
            }
        }
        let signals = signals()?;
        let rights = successor.succeed()?;
        Ok(Self { job, listeners, signals, rights })
    }

    /// Where it listens, with the ports that the kernel chose.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.listeners.iter().take(1).flatten().map(|listener| listener.address)
    }

    /// What became of the rights, in words.
    #[must_use]
    pub fn rights(&self) -> &str {
        &self.rights
    }

    /// Serves until a signal, the count or the time ends it.
    ///
    /// # Errors
    /// When the kernel lets it neither wait nor read.
    pub fn run(self) -> Result<Summary, ServeError> {
        let Self { job, listeners, signals, .. } = self;
        let begun = monotonic();
        let server = MisbehavingServer::new(job.behaviour, job.seed, Time::default());
        let server = Mutex::new(Counted { server, left: job.count, unsent: 0 });
        let shared = Shared { server, over: AtomicBool::new(job.count == Some(0)), begun };
        let piped = |error: io::Error| {
            ServeError::system("make a pipe", Errno::from_raw(error.raw_os_error().unwrap_or(0)))
        };
        let (stop, stopped) = pipe().map_err(piped)?;
        let (done, tell) = pipe().map_err(piped)?;
        let ends = listeners.iter().flatten().map(Listener::again).collect::<Result<Vec<_>, _>>()?;
        // All of it before the first thread begins: from then on nothing can fail that would leave one waiting.
        let mut workers = Vec::new();
        for listeners in listeners {
            let (stop, done) = (stop.try_clone().map_err(piped)?, tell.try_clone().map_err(piped)?);
            workers.push(Worker { listeners, shared: &shared, stop, done });
        }
        std::thread::scope(|scope| {
            let workers: Vec<_> = workers.into_iter().map(|worker| scope.spawn(|| worker.run())).collect();
            let waited = wait(&signals, &done, job.time.map(|time| begun + time));
            shared.over.store(true, Ordering::SeqCst);
            drop(stopped);
            ends.iter().for_each(Listener::end);
            for worker in workers {
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            }
            waited
        })?;
        let took = monotonic().duration_since(begun);
        let Counted { server, unsent, .. } =
            shared.server.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Summary { tally: server.tally().clone(), unsent, took })
    }
}

/// Waits for a signal, a thread that is done, or the time to end.
fn wait(signals: &SignalFd, done: &PipeReader, deadline: Option<Instant>) -> Result<(), ServeError> {
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(monotonic()));
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(());
        }
        // Rounded up: a wait of zero would be a busy loop. What is longer than poll can wait is waited for again.
        let timeout = left.map_or(PollTimeout::NONE, |left| {
            PollTimeout::try_from(left.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::MAX)
        });
        let mut handles =
            [signals.as_fd(), done.as_fd()].map(|handle| PollFd::new(handle, PollFlags::POLLIN));
        match poll(&mut handles, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(ServeError::system("wait for the end", errno)),
        }
        let [signal, finished] = handles.map(|handle| handle.any() != Some(false));
        if finished || (signal && matches!(signals.read_signal(), Ok(Some(_)))) {
            return Ok(());
        }
    }
}
