//! Standard input that Ctrl-C ends: the input, not the answer.
//!
//! While standard input is open, the first SIGINT or SIGTERM ends it as if the writer had closed it, so that what was read is
//! reported (`tcpdump -w - | unanswered explain -`). A second one ends the program, as does any once the input has ended.
//!
//! The signals are blocked and read from a descriptor, which needs no handler and no unsafe code (as `live::session` does).
//! A thread waits for them: the one that reads may be busy with other inputs when the second one comes. Where that is not
//! possible, and on other systems than Linux, standard input is read plainly and a signal ends the program.

use std::io::{self, Read};

/// Standard input.
pub(crate) fn standard_input() -> Box<dyn Read + Send> {
    #[cfg(target_os = "linux")]
    if let Ok(input) = linux::Interruptible::new() {
        return Box::new(input);
    }
    Box::new(io::stdin())
}

#[cfg(target_os = "linux")]
mod linux {
    use nix::errno::Errno;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use nix::sys::signal::{SigSet, Signal};
    use nix::sys::signalfd::{SfdFlags, SignalFd};
    use std::fs::File;
    use std::io::{self, PipeReader, PipeWriter, Read};
    use std::os::fd::AsFd as _;
    use std::sync::Arc;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::thread;
    use std::time::Duration;
    use unanswered_capture::Stopped;

    /// After a signal, the input may go on this long: Ctrl-C on a terminal reaches the writer too, and a tcpdump then
    /// writes what it still has and closes the pipe. Judgement: long enough for that, and nobody notices it.
    const GRACE: Duration = Duration::from_millis(150);

    /// Standard input, until it ends or a signal has come.
    pub(super) struct Interruptible {
        input: File,
        signals: Arc<SignalFd>,
        /// Closed at its other end when nobody wants more.
        enough: PipeReader,
        /// Dropped when the input has ended; `None` after that.
        open: Option<Sender<()>>,
    }

    fn signals() -> SigSet {
        [Signal::SIGINT, Signal::SIGTERM].into_iter().collect()
    }

    impl Interruptible {
        pub(super) fn new() -> io::Result<Self> {
            // The descriptor itself: what std::io::Stdin has read ahead, poll could not see.
            let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
            let (enough, close) = io::pipe()?;
            let (open, ended) = channel();
            let set = signals();
            // Before the thread begins, which inherits it.
            set.thread_block()?;
            let watched = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
                .map_err(io::Error::from)
                .map(Arc::new)
                .and_then(|signals| {
                    let theirs = Arc::clone(&signals);
                    thread::Builder::new().spawn(move || watch(&theirs, &ended, close))?;
                    Ok(signals)
                });
            match watched {
                Ok(signals) => Ok(Self { input, signals, enough, open: Some(open) }),
                Err(error) => {
                    set.thread_unblock()?;
                    Err(error)
                }
            }
        }

        /// From now on, signals end the program.
        fn ended(&mut self) {
            if self.open.take().is_some() {
                // One that came just before the end was for the input: whoever closed it got it as well.
                while let Ok(Some(_)) = self.signals.read_signal() {}
                // If that is refused, the thread that waited for the first signal still takes the second.
                let _ = signals().thread_unblock();
            }
        }
    }

    impl Read for Interruptible {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            loop {
                let mut handles =
                    [self.input.as_fd(), self.enough.as_fd()].map(|fd| PollFd::new(fd, PollFlags::POLLIN));
                match poll(&mut handles, PollTimeout::NONE) {
                    Ok(_) => {}
                    Err(Errno::EINTR) => continue,
                    Err(errno) => return Err(errno.into()),
                }
                let [ready, enough] = handles.map(|handle| handle.any() != Some(false));
                if enough {
                    self.ended();
                    return Err(Stopped.into());
                }
                if !ready {
                    continue;
                }
                match self.input.read(room) {
                    // Somebody else who shares the descriptor may have made it so.
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Ok(0) if !room.is_empty() => {
                        self.ended();
                        return Ok(0);
                    }
                    read => return read,
                }
            }
        }
    }

    impl Drop for Interruptible {
        fn drop(&mut self) {
            self.ended();
        }
    }

    /// Waits for the first signal, lets the input end by itself for a moment, then closes the pipe that ends it. From the
    /// first signal on, this thread is the one that a second one finds: then the program ends.
    fn watch(waiting: &SignalFd, ended: &Receiver<()>, close: PipeWriter) {
        loop {
            let mut handles = [PollFd::new(waiting.as_fd(), PollFlags::POLLIN)];
            if poll(&mut handles, PollTimeout::NONE).is_err_and(|errno| errno != Errno::EINTR) {
                return;
            }
            if matches!(waiting.read_signal(), Ok(Some(_))) {
                break;
            }
        }
        let _ = signals().thread_unblock();
        // Whether it ended by itself makes no difference here.
        let _ = ended.recv_timeout(GRACE);
        drop(close);
        loop {
            thread::park();
        }
    }
}
