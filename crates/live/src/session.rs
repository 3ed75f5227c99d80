//! The capture itself: opening, the loop, the end.
//!
//! One thread does everything: it waits for any ring, a signal or the reader of a pipe going away, takes what is there
//! out of all rings, and writes what nothing can precede any more. At the end all places stop receiving, and it keeps
//! reading for as long as the kernel may still hold back packets from before. Which packets count is up to
//! [`crate::span`].

use crate::clock::{monotonic, real};
use crate::filter::Filter;
use crate::kernel::BLOCK;
use crate::output::{Counts, Heading, Output, Rotation, Target};
use crate::places::opening::{Opened, Settings, each_at_once, open};
use crate::places::{ListedPlace, Place, Selection, chosen};
use crate::privileges::{Owner, successor};
use crate::queue::Queue;
use crate::source::Source;
use crate::span::Span;
use crate::{CaptureError, Notice, PlaceSummary, Summary};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, Instant};
use unanswered_wire::Time;

/// What is to be captured, and where to.
#[derive(Clone, Debug)]
pub struct Job {
    /// Where.
    pub places: Selection,
    /// What.
    pub filter: Filter,
    /// Bytes of the ring of each place; `None` is 16 MiB, and less where places are many.
    pub ring: Option<usize>,
    /// Snapshot length: bytes to keep of each packet.
    pub snap: u32,
    /// Whether interfaces accept frames to other hosts too.
    pub promiscuous: bool,
    /// Where to write.
    pub target: Target,
    /// When to begin the next file.
    pub rotation: Option<Rotation>,
    /// Ends after this many packets.
    pub count: Option<u64>,
    /// Ends after this time.
    pub time: Option<Duration>,
    /// Who continues once everything is open.
    pub owner: Owner,
}

/// Default ring of each place: an NTP packet takes 176 bytes of it, so 50,000 a second fit for
/// more than 1.5 seconds (measured; the process may be kept from running for a second).
const RING: usize = 16 << 20;

/// Default size of the rings of all places together: the memory cannot be swapped, and the host has other
/// work to do. Judgement.
const RINGS_TOGETHER: usize = 1 << 30;

/// Minimum size of a ring: eight blocks.
const RING_LEAST: usize = BLOCK * 8;

/// After a turn that found little, the next one waits this long: it finds more, for less work. The rings hold
/// hundreds of times as much. Judgement.
const PAUSE: Duration = Duration::from_millis(5);

/// How many blocks count as little.
const LITTLE: usize = 8;

/// How often waiting packets and buffered output are looked after.
const SOON: Duration = Duration::from_millis(50);

/// The longest wait where nothing else is due.
const IDLE: Duration = Duration::from_secs(1);

/// The places that a selection means, for display.
///
/// # Errors
/// Names that do not exist, and missing permissions.
pub fn list(places: &Selection) -> Result<Vec<ListedPlace>, CaptureError> {
    Ok(chosen(places, &host())?.listed())
}

/// Captures until a signal (INT, TERM, HUP), the count or the time ends it, or the pipe is closed.
///
/// # Errors
/// Whatever concerns more than one place: permissions, names, the output.
pub fn run(job: Job, tell: &mut dyn FnMut(Notice)) -> Result<Summary, CaptureError> {
    let successor = successor(&job.owner, job.rotation.is_some())?;
    // Threads inherit the mask, so it is set before the first one begins.
    let signals = signals()?;
    raise_limit();
    let host = host();
    let chosen = chosen(&job.places, &host)?;
    let ring = ring_size(&job, chosen.places.len(), tell);
    let settings = Settings { filter: &job.filter, snap: job.snap, ring, promiscuous: job.promiscuous };
    let (places, opened): (Vec<Place>, Vec<Opened>) = open(&chosen, settings, tell)?.into_iter().unzip();
    let heading = Heading::new(&chosen, &places, &host, job.filter.to_string(), job.snap);
    let pipe = match job.target {
        Target::Standard => io::stdout().as_fd().try_clone_to_owned().ok(),
        Target::File(_) => None,
    };
    // Opening a pipe may wait for its reader, so no place receives before.
    let mut output = Output::open(job.target, job.rotation, heading, &successor, (monotonic(), real()))?;
    let sources = places.into_iter().zip(opened).map(|(place, opened)| Source::new(place, opened));
    let mut sources: Vec<Source> = sources.collect();
    Source::start(&mut sources)?.into_iter().for_each(&mut *tell);
    tell(Notice::Privileges(successor.succeed()?));
    let begun = (monotonic(), real());
    output.begin(begun);
    let ring = sources.first().map_or(ring, Source::ring);
    tell(Notice::Ready { places: sources.len(), ring, filter: job.filter.to_string() });
    let limits = Limits { count: job.count, deadline: job.time.map(|time| begun.0 + time), snap: job.snap };
    let (span, reached) = (Span::new(begun.0, begun.1), begun.1);
    let (queue, released) = (Queue::default(), begun.0);
    Session { sources, signals, pipe, output, queue, limits, released, span, reached }.run(begun.0, tell)
}

/// The name of this host.
fn host() -> String {
    nix::unistd::gethostname().map_or_else(|_| "host".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// From now on the signals that end a session (INT, TERM, HUP) are read from this descriptor, which does not block. Threads
/// inherit that, so call it before the first one begins.
///
/// # Errors
/// When the kernel gives no descriptor.
pub fn signals() -> Result<SignalFd, CaptureError> {
    let set: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect();
    let opened = set
        .thread_block()
        .and_then(|()| SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK));
    opened.map_err(|errno| CaptureError::system("listen for signals", errno))
}

/// Two files per place exceed a shell's limit where there are many places; the hard limit is meant for that.
fn raise_limit() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // If that is not allowed, opening reports it.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

fn ring_size(job: &Job, places: usize, tell: &mut dyn FnMut(Notice)) -> usize {
    job.ring.unwrap_or_else(|| {
        let ring = RING.min(RINGS_TOGETHER / places.max(1)).max(RING_LEAST);
        if ring < RING {
            tell(Notice::SmallRings { ring });
        }
        ring
    })
}

/// When to stop.
struct Limits {
    count: Option<u64>,
    deadline: Option<Instant>,
    snap: u32,
}

struct Session {
    sources: Vec<Source>,
    signals: SignalFd,
    /// Standard output, if that is the output.
    pipe: Option<OwnedFd>,
    output: Output,
    queue: Queue,
    limits: Limits,
    /// When packets were last released.
    released: Instant,
    span: Span,
    /// The time of the last packet written.
    reached: Time,
}

/// How a wait ended.
#[derive(Default)]
struct Awake {
    signal: bool,
    closed: bool,
    troubled: Vec<usize>,
}

impl Session {
    fn run(mut self, begun: Instant, tell: &mut dyn FnMut(Notice)) -> Result<Summary, CaptureError> {
        let finished = self.turns(tell);
        for source in &mut self.sources {
            source.count();
        }
        match finished {
            // The reader of the pipe has had enough, so the capture up to then is summed up.
            Ok(()) => match self.output.end(&self.counts(), self.ended()) {
                Ok(()) | Err(CaptureError::ClosedPipe) => {}
                Err(error) => return Err(error),
            },
            Err(CaptureError::ClosedPipe) => {}
            Err(error) => return Err(error),
        }
        let took = monotonic().duration_since(begun);
        let files = self.output.files();
        let places: Vec<PlaceSummary> = self.sources.iter().map(Source::summary).collect();
        each_at_once(self.sources, drop);
        let sum = |of: fn(&PlaceSummary) -> u64| places.iter().map(of).sum::<u64>();
        let (packets, early, late) = (sum(|one| one.written), sum(|one| one.early), sum(|one| one.late));
        if early + late > 0 {
            tell(Notice::Outside { early, late });
        }
        Ok(Summary { places, packets, took, files })
    }

    /// Turn after turn until the end.
    fn turns(&mut self, tell: &mut dyn FnMut(Notice)) -> Result<(), CaptureError> {
        let mut little = false;
        loop {
            let awake = self.wait(little)?;
            if awake.closed {
                return Err(CaptureError::ClosedPipe);
            }
            let now = monotonic();
            let look = now.duration_since(self.released) >= SOON;
            for (index, source) in self.sources.iter_mut().enumerate().filter(|(_, source)| !source.gone) {
                if awake.troubled.contains(&index) || (look && source.down) {
                    source.troubled().into_iter().for_each(&mut *tell);
                }
            }
            let blocks = self.read(now);
            little = blocks > 0 && blocks < LITTLE;
            if self.output.due().is_some_and(|due| now >= due) {
                let boundary = self.queue.earliest().unwrap_or_else(real);
                self.rotate(now, boundary)?;
            }
            if look {
                self.released = now;
                if self.write(now)? {
                    return Ok(());
                }
                self.output.flush()?;
            }
            if self.sources.iter().all(|source| source.gone) && self.span.last().is_none() {
                tell(Notice::NoneLeft);
                self.end(now);
            }
            if awake.signal || self.limits.deadline.is_some_and(|deadline| now >= deadline) {
                self.end(now);
            }
            if self.span.over().is_some_and(|over| now >= over) {
                return self.write_all();
            }
        }
    }

    /// From now on only what the kernel still holds back matters.
    fn end(&mut self, now: Instant) {
        if self.span.last().is_none() {
            // The time comes first: all places still receive at that moment.
            self.span.end(now, real());
            Source::stop(&self.sources);
        }
    }

    /// Until when packets of all places are in the file.
    fn ended(&self) -> Time {
        // After the packet that completed the count, none was written.
        let counted = (self.limits.count == Some(0)).then_some(self.reached);
        counted.or(self.span.last()).unwrap_or_else(real)
    }

    /// Waits for something to do. After a turn that found `little`, rings are given time to fill.
    fn wait(&self, little: bool) -> Result<Awake, CaptureError> {
        let now = monotonic();
        let mut longest = if self.queue.is_empty() { IDLE } else { SOON };
        let due = [self.limits.deadline, self.output.due(), self.span.over()];
        for due in due.into_iter().flatten() {
            // Past ones are handled in this turn; the deadline stays past once the end has begun.
            if due > now {
                longest = longest.min(due - now);
            }
        }
        if self.span.last().is_some() {
            longest = longest.min(SOON);
        }
        if little {
            longest = longest.min(PAUSE);
        }
        let mut handles = vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        // Only errors: that the reader is gone.
        handles.extend(self.pipe.iter().map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::empty())));
        let first = handles.len();
        let waited: Vec<usize> = self.open_sources(little);
        let sockets = waited.iter().filter_map(|index| self.sources.get(*index));
        handles.extend(sockets.map(|source| PollFd::new(source.handle(), PollFlags::POLLIN)));
        // Rounded up: a wait of zero would be a busy loop.
        let milliseconds = longest.as_micros().div_ceil(1000);
        let timeout = PollTimeout::try_from(milliseconds).unwrap_or(PollTimeout::MAX);
        match poll(&mut handles, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(CaptureError::system("wait for packets", errno)),
        }
        let happened = |at: usize, flags: PollFlags| {
            handles.get(at).and_then(PollFd::revents).is_some_and(|events| events.intersects(flags))
        };
        let broken = PollFlags::POLLERR | PollFlags::POLLHUP | PollFlags::POLLNVAL;
        let signal = happened(0, PollFlags::POLLIN) && matches!(self.signals.read_signal(), Ok(Some(_)));
        let closed = self.pipe.is_some() && happened(1, broken);
        let numbered = (first..).zip(waited);
        let troubled = numbered.filter(|(at, _)| happened(*at, broken)).map(|(_, index)| index).collect();
        Ok(Awake { signal, closed, troubled })
    }

    /// The places to wait for: none while rings are given time to fill.
    fn open_sources(&self, little: bool) -> Vec<usize> {
        let numbered = self.sources.iter().enumerate().filter(|(_, source)| !source.gone && !little);
        numbered.map(|(index, _)| index).collect()
    }

    /// Takes out of each ring what is there, but no more than it holds; returns the number of blocks.
    fn read(&mut self, now: Instant) -> usize {
        let snap = usize::try_from(self.limits.snap).unwrap_or(usize::MAX);
        let mut blocks = 0;
        self.queue.begin(now);
        for (number, source) in self.sources.iter_mut().enumerate() {
            blocks += source.read(number, &self.span, snap, &mut self.queue);
        }
        self.span.read(now);
        blocks
    }

    /// Writes what nothing can precede any more; returns whether that was enough.
    fn write(&mut self, now: Instant) -> Result<bool, CaptureError> {
        let mut queue = std::mem::take(&mut self.queue);
        let done = queue.release(now, |packet| self.write_one(&packet, now));
        self.queue = queue;
        enough(done)
    }

    fn write_all(&mut self) -> Result<(), CaptureError> {
        let now = monotonic();
        let mut queue = std::mem::take(&mut self.queue);
        let done = queue.release_all(|packet| self.write_one(&packet, now));
        enough(done).map(|_| ())
    }

    fn write_one(&mut self, packet: &crate::queue::Packet<'_>, now: Instant) -> Result<(), Stop> {
        if self.limits.count == Some(0) {
            return Err(Stop::Enough);
        }
        if self.output.is_full() {
            self.rotate(now, packet.time).map_err(Stop::Failed)?;
        }
        self.output.write(packet).map_err(Stop::Failed)?;
        self.reached = packet.time;
        if let Some(source) = self.sources.get_mut(packet.place) {
            source.written += 1;
        }
        if let Some(left) = &mut self.limits.count {
            *left -= 1;
            if *left == 0 {
                return Err(Stop::Enough);
            }
        }
        Ok(())
    }

    /// Begins the next file, which has the packets from `boundary` on.
    fn rotate(&mut self, now: Instant, boundary: Time) -> Result<(), CaptureError> {
        for source in &mut self.sources {
            source.count();
        }
        let counts = self.counts();
        self.output.rotate(&counts, now, boundary)
    }

    fn counts(&self) -> Vec<Counts> {
        self.sources.iter().map(Source::counts).collect()
    }
}

/// Why no more packets are written.
enum Stop {
    Enough,
    Failed(CaptureError),
}

/// Whether the count is reached.
fn enough(done: Result<(), Stop>) -> Result<bool, CaptureError> {
    match done {
        Ok(()) => Ok(false),
        Err(Stop::Enough) => Ok(true),
        Err(Stop::Failed(error)) => Err(error),
    }
}
