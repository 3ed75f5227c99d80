//! Waiting for one of several sockets.

use super::LinkError;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// Which of the sockets have something, after at most so long. A signal ends the wait with none.
pub(super) fn readable(sockets: &[BorrowedFd<'_>], patience: Duration) -> Result<Vec<bool>, LinkError> {
    let mut polled: Vec<PollFd<'_>> =
        sockets.iter().map(|socket| PollFd::new(*socket, PollFlags::POLLIN)).collect();
    // Rounded up, so that a wait does not end just before its time and begin again.
    let milliseconds = patience.as_micros().div_ceil(1000).min(60_000);
    let timeout = PollTimeout::from(u16::try_from(milliseconds).unwrap_or(u16::MAX));
    match poll(&mut polled, timeout) {
        Ok(_) | Err(Errno::EINTR) => {}
        Err(errno) => return Err(LinkError::System { doing: "waiting for replies", source: errno.into() }),
    }
    let some = |polled: &PollFd<'_>| polled.revents().is_some_and(|events| !events.is_empty());
    Ok(polled.iter().map(some).collect())
}
