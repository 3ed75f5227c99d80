//! One thread: waits for requests at its listeners, asks the server that all threads share, sends replies.

use super::error::ServeError;
use super::listener::{Arrived, BATCH, Batches, Listener};
use super::pending::{Pending, Reply};
use crate::decision::Decision;
use crate::request::Request;
use crate::server::MisbehavingServer;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use std::io::{PipeReader, PipeWriter, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use unanswered_live::{monotonic, real};
use unanswered_wire::{Span, Time};

/// What all threads share.
pub(super) struct Shared {
    pub(super) server: Mutex<Counted>,
    /// Whether it is to end.
    pub(super) over: AtomicBool,
    /// When it began: the beginning of the server's time.
    pub(super) begun: Instant,
}

/// A server, and how many more requests it takes.
pub(super) struct Counted {
    pub(super) server: MisbehavingServer,
    pub(super) left: Option<u64>,
    pub(super) unsent: u64,
}

impl Shared {
    fn now(&self) -> Time {
        let since = monotonic().duration_since(self.begun);
        Time::from_nanoseconds(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
    }

    fn unsent(&self, count: usize) {
        if count > 0 {
            // A panic of another thread leaves a count that is at most one too low.
            let mut counted = self.server.lock().unwrap_or_else(PoisonError::into_inner);
            counted.unsent += u64::try_from(count).unwrap_or(u64::MAX);
        }
    }
}

/// One thread's part.
pub(super) struct Worker<'a> {
    pub(super) listeners: Vec<Listener>,
    pub(super) shared: &'a Shared,
    /// Closed at the other end when it is to end.
    pub(super) stop: PipeReader,
    /// Tells that the count is reached, or that this thread cannot continue.
    pub(super) done: PipeWriter,
}

/// What a batch leads to; kept between batches, so that nothing is allocated.
struct Outgoing {
    replies: Vec<Vec<u8>>,
    /// Number, to whom, from which address.
    to: Vec<(usize, SocketAddr, Option<IpAddr>)>,
}

impl Worker<'_> {
    /// Serves until the end.
    pub(super) fn run(mut self) -> Result<(), ServeError> {
        let served = self.turns();
        // Whoever waits may already be gone.
        let _ = self.done.write_all(b".");
        served
    }

    fn turns(&mut self) -> Result<(), ServeError> {
        let mut batches = Batches::new(&self.listeners);
        let mut outgoing = Outgoing { replies: vec![Vec::new(); BATCH], to: Vec::with_capacity(BATCH) };
        let mut pending = Pending::default();
        let mut full = false;
        while !self.shared.over.load(Ordering::Relaxed) {
            // With one listener and nothing due, reading can wait by itself, which saves a call for each request.
            let waits = !full && self.listeners.len() == 1 && pending.len() == 0;
            if !full && !waits {
                self.wait(&pending)?;
            }
            self.send_due(&mut batches, &mut pending);
            full = false;
            for place in 0..self.listeners.len() {
                full |= self.serve(place, waits, &mut batches, &mut outgoing, &mut pending)?;
            }
        }
        self.shared.unsent(pending.len());
        Ok(())
    }

    /// Waits until something has come, a reply is due or it is to end.
    fn wait(&self, pending: &Pending) -> Result<(), ServeError> {
        let wait = pending.due().map(|due| {
            let nanoseconds = (due - self.shared.now()).nanoseconds().max(0);
            TimeSpec::from(Duration::from_nanos(nanoseconds.unsigned_abs()))
        });
        let mut handles = vec![PollFd::new(self.stop.as_fd(), PollFlags::POLLIN)];
        handles.extend(self.listeners.iter().map(|one| PollFd::new(one.handle(), PollFlags::POLLIN)));
        match ppoll(&mut handles, wait, None) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(errno) => Err(ServeError::system("wait for requests", errno)),
        }
    }

    fn send_due(&self, batches: &mut Batches, pending: &mut Pending) {
        if pending.len() == 0 {
            return;
        }
        let now = self.shared.now();
        while let Some(reply) = pending.pop(now) {
            let sent = self.listeners[reply.listener].send(
                reply.listener,
                batches,
                &[(reply.to, &reply.payload)],
                reply.from,
            );
            self.shared.unsent(1 - sent);
        }
    }

    /// Serves one batch of a listener; returns whether there may be more.
    fn serve(
        &self,
        place: usize,
        waits: bool,
        batches: &mut Batches,
        outgoing: &mut Outgoing,
        pending: &mut Pending,
    ) -> Result<bool, ServeError> {
        let listener = &self.listeners[place];
        let port = listener.address.port();
        outgoing.to.clear();
        // Locked and timed with the first datagram of the batch, so that none was read before its time.
        let mut locked = None;
        let count = listener.read(
            place,
            batches,
            waits,
            || self.shared.over.load(Ordering::Relaxed),
            |number, arrived| {
                let (counted, now, clock) = locked.get_or_insert_with(|| {
                    let counted = self.shared.server.lock().unwrap_or_else(PoisonError::into_inner);
                    (counted, self.shared.now(), real())
                });
                if counted.left == Some(0) {
                    return;
                }
                let Arrived { from, source, payload } = arrived;
                let request = Request { now: *now, clock: *clock, from, port, payload };
                let reply = &mut outgoing.replies[number];
                let decision = counted.server.handle_request(&request, reply);
                if let Some(left) = &mut counted.left {
                    *left -= 1;
                    if *left == 0 {
                        self.shared.over.store(true, Ordering::Relaxed);
                    }
                }
                match decision {
                    Decision::Drop(_) => {}
                    Decision::Answer(after) | Decision::Refuse(after) if after > Span::default() => {
                        let payload = std::mem::take(reply);
                        pending
                            .push(*now + after, Reply { listener: place, to: from, from: source, payload });
                    }
                    Decision::Answer(_) | Decision::Refuse(_) => outgoing.to.push((number, from, source)),
                }
            },
        )?;
        drop(locked);
        self.send(place, batches, outgoing);
        Ok(count == BATCH)
    }

    /// Sends the replies of a batch, those with the same source together.
    fn send(&self, place: usize, batches: &mut Batches, outgoing: &Outgoing) {
        for group in outgoing.to.chunk_by(|one, other| one.2 == other.2) {
            let replies: Vec<(SocketAddr, &[u8])> =
                group.iter().map(|(number, to, _)| (*to, outgoing.replies[*number].as_slice())).collect();
            let source = group.first().and_then(|(_, _, source)| *source);
            let sent = self.listeners[place].send(place, batches, &replies, source);
            self.shared.unsent(replies.len() - sent);
        }
    }
}
