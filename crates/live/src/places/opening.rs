//! Opening all places before the first packet counts, starting and stopping them at once, and closing them.
//!
//! Places are compared with each other, so that one that begins to listen later than another would look as if packets
//! had been lost on the way to it. What takes time therefore happens while no place receives:
//!
//! 1. [`open`] goes through the namespaces and makes a socket for each place, with its filter and its interface but with
//!    protocol 0, which receives nothing.
//! 2. All of them get their rings in parallel. The kernel waits for every processor to have passed a quiet point
//!    (`synchronize_net`) before it gives a socket its ring: 16 ms for each place where this was measured, more on a busy
//!    host, and they add up when one place waits after the other.
//! 3. [`Opened::receive`] is called for all of them in one loop, microseconds apart.
//!
//! At the end [`Opened::refuse`] replaces every filter by one that takes nothing, again in one loop; and
//! [`each_at_once`] closes the rings in parallel, since closing waits for the same reason, twice.
//!
//! From when to when packets count is decided by their time: see [`crate::span`].

use super::{Chosen, Place};
use crate::filter::{Begins, Filter, Instruction};
use crate::kernel::{Kind, Ring, attach, ignore_outgoing, packet_socket, point, promiscuous, receive};
use crate::{CaptureError, Notice};
use nix::errno::Errno;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, scope};
use unanswered_wire::LinkType;

/// What a socket is opened with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings<'a> {
    pub(crate) filter: &'a Filter,
    pub(crate) snap: u32,
    /// Bytes of the ring.
    pub(crate) ring: usize,
    pub(crate) promiscuous: bool,
}

/// A place with all that it needs to be captured. It receives nothing before [`Opened::receive`].
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) socket: OwnedFd,
    pub(crate) ring: Ring,
    interface: i32,
}

/// How long a block may stay with the kernel, in milliseconds: the delay of a live stream, and how often a block
/// costs a wake-up. Judgement.
pub(crate) const BLOCK_TIMEOUT_MS: u32 = 100;

/// Why a place that was there a moment ago is skipped.
const GONE: &str = "it is gone";

/// How many places are worked on at the same time, at most. They wait for the kernel, hardly for a processor.
const THREADS_MAX: usize = 32;

/// The filter that takes nothing (`BPF_RET | BPF_K` with 0).
const NOTHING: Instruction = Instruction { code: 0x06, yes: 0, no: 0, value: 0 };

/// Opens all places, each in its namespace; those that cannot be captured are reported and left out.
pub(crate) fn open(
    chosen: &Chosen,
    settings: Settings<'_>,
    tell: &mut dyn FnMut(Notice),
) -> Result<Vec<(Place, Opened)>, CaptureError> {
    let mut sockets = Vec::new();
    for (index, namespace) in chosen.namespaces.iter().enumerate() {
        let here: Vec<&Place> = chosen.places.iter().filter(|place| place.namespace == index).collect();
        let done = namespace.within(|| {
            here.iter().map(|place| place.socket(settings)).collect::<Result<Vec<_>, CaptureError>>()
        });
        let done = match done {
            Err(error) if error.is_gone() => here.iter().map(|_| Err(GONE.to_owned())).collect(),
            done => done??,
        };
        for (place, socket) in here.into_iter().zip(done) {
            match socket {
                Ok(socket) => sockets.push((place, socket)),
                Err(why) => tell(Notice::Skipped { place: place.name.clone(), why }),
            }
        }
    }
    if sockets.is_empty() {
        return Err(CaptureError::NoPlace);
    }
    // A socket stays in the namespace where it was made, so that any thread can do the rest.
    let opened =
        each_at_once(sockets, |(place, socket)| Ok((place.clone(), place.complete(socket, settings)?)));
    opened.into_iter().collect()
}

impl Place {
    /// Makes its socket, or says why only this one is skipped.
    fn socket(&self, settings: Settings<'_>) -> Result<Result<OwnedFd, String>, CaptureError> {
        let Some((link_type, kind)) = self.interface.link() else {
            let hardware = self.interface.hardware;
            return Ok(Err(format!("its link type (hardware type {hardware}) is not supported")));
        };
        let begins = if link_type == LinkType::Ethernet { Begins::Ethernet } else { Begins::Ip };
        let program = settings.filter.program(begins, settings.snap)?;
        let socket = packet_socket(kind).map_err(|errno| self.failed("open a socket at", errno, settings))?;
        attach(&socket, &program).map_err(|errno| match errno == Errno::ENOMEM {
            true => CaptureError::FilterMemory(program.len()),
            false => self.failed("set the filter at", errno, settings),
        })?;
        match point(&socket, self.interface.index) {
            Ok(()) => Ok(Ok(socket)),
            Err(Errno::ENODEV | Errno::ENXIO) => Ok(Err(GONE.to_owned())),
            Err(errno) => Err(self.failed("listen at", errno, settings)),
        }
    }

    /// Adds what takes time.
    fn complete(&self, socket: OwnedFd, settings: Settings<'_>) -> Result<Opened, CaptureError> {
        let ring = Ring::new(&socket, settings.ring, BLOCK_TIMEOUT_MS);
        let ring = ring.map_err(|errno| self.failed("set up a ring at", errno, settings))?;
        let whole = matches!(self.interface.link(), Some((_, Kind::Link)));
        if self.interface.is_loopback() {
            // Where the kernel is too old for that, outgoing frames are left out on reading.
            let _ = ignore_outgoing(&socket);
        } else if settings.promiscuous && whole {
            // An interface that cannot do it still shows what it accepts.
            let _ = promiscuous(&socket, self.interface.index);
        }
        Ok(Opened { socket, ring, interface: self.interface.index })
    }

    fn failed(&self, what: &str, errno: Errno, settings: Settings<'_>) -> CaptureError {
        if matches!(errno, Errno::EPERM | Errno::EACCES) {
            CaptureError::NoRight("capture")
        } else if errno == Errno::EAFNOSUPPORT {
            CaptureError::NoPacketSockets
        } else if errno == Errno::ENOMEM {
            CaptureError::NoMemory { place: self.name.clone(), mib: settings.ring >> 20 }
        } else {
            CaptureError::system(format!("{what} {}", self.name), errno)
        }
    }
}

impl Opened {
    /// Lets it receive; returns whether its interface still exists.
    pub(crate) fn receive(&self) -> Result<bool, Errno> {
        match receive(&self.socket, self.interface) {
            Ok(()) => Ok(true),
            Err(Errno::ENODEV | Errno::ENXIO) => Ok(false),
            Err(errno) => Err(errno),
        }
    }

    /// Lets nothing more in. What has come stays in the ring, and the interface can still be watched.
    pub(crate) fn refuse(&self) {
        // Without room for another filter frames still come, and are left out by their time.
        let _ = attach(&self.socket, &[NOTHING]);
    }
}

/// Does `work` with each of them, in several threads at once; returns the results in the same order.
pub(crate) fn each_at_once<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = items.len().min(THREADS_MAX);
    let left = Mutex::new(items.into_iter().enumerate());
    let some = || {
        let mut done = Vec::new();
        loop {
            // A statement of its own: the lock is not held during the work.
            let next = left.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((number, item)) = next else { return done };
            done.push((number, work(item)));
        }
    };
    let mut done: Vec<(usize, R)> = scope(|scope| {
        // Where no further thread is allowed, those that there are do it all.
        let others = (1..threads).map_while(|_| Builder::new().spawn_scoped(scope, some).ok());
        let others: Vec<_> = others.collect();
        let mut done = some();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn many_are_worked_on_at_once_and_results_stay_in_order() {
        // Nobody passes the barrier before all have come to it.
        let barrier = Barrier::new(THREADS_MAX);
        let items: Vec<usize> = (0..THREADS_MAX * 4).collect();
        let doubled = each_at_once(items.clone(), |item| {
            barrier.wait();
            item * 2
        });
        assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        assert_eq!(each_at_once(Vec::<u8>::new(), |item| item), []);
    }

    #[test]
    fn the_filter_that_takes_nothing_lets_nothing_in() {
        const EVERYTHING: Instruction = Instruction { value: u32::MAX, ..NOTHING };
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let itself = socket.local_addr().unwrap();
        for (filter, words) in [(NOTHING, b"refused"), (EVERYTHING, b"allowed")] {
            attach(&socket, &[filter]).unwrap();
            socket.send_to(words, itself).unwrap();
        }
        let mut first = [0; 7];
        socket.recv(&mut first).unwrap();
        assert_eq!(&first, b"allowed");
    }
}
