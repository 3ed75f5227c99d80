//! A place while it is captured: its socket and ring, what was counted, and whether its interface still exists.

use crate::kernel::{Ring, Tally, bound, statistics};
use crate::output::Counts;
use crate::places::{Opened, Place};
use crate::{Notice, PlaceSummary};
use nix::sys::socket::{getsockopt, sockopt};
use std::os::fd::OwnedFd;
use unanswered_wire::LinkType;

/// A place while it is captured.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) socket: OwnedFd,
    pub(crate) ring: Ring,
    /// Outgoing frames are left out.
    pub(crate) loopback: bool,
    /// Its frames have room for a VLAN tag.
    pub(crate) tagged: bool,
    /// It went down, and may disappear without further notice.
    pub(crate) down: bool,
    pub(crate) gone: bool,
    pub(crate) counts: Counts,
}

impl Source {
    pub(crate) fn new(place: Place, opened: Opened) -> Self {
        let Opened { socket, ring } = opened;
        let loopback = place.interface.is_loopback();
        let tagged = matches!(place.interface.link(), Some((LinkType::Ethernet, _)));
        // An interface that is already down says so at the first look; that is not news.
        let down = getsockopt(&socket, sockopt::SocketError).is_ok_and(|error| error != 0);
        let (gone, counts) = (false, Counts::default());
        Self { name: place.name, socket, ring, loopback, tagged, down, gone, counts }
    }

    /// Adds what the kernel counted since the last time.
    pub(crate) fn count(&mut self) {
        // An open socket can be asked; otherwise there would be nothing to add.
        let Tally { received, dropped } = statistics(&self.socket).unwrap_or_default();
        self.counts.received += received;
        self.counts.dropped += dropped;
    }

    /// What an error at the socket means, or that its interface is down.
    pub(crate) fn troubled(&mut self) -> Option<Notice> {
        let error = getsockopt(&self.socket, sockopt::SocketError).unwrap_or(0);
        self.down |= error != 0;
        // The kernel sets the index to -1 when the interface is unregistered.
        if !bound(&self.socket).is_ok_and(|index| index > 0) {
            self.gone = true;
            return Some(Notice::Gone(self.name.clone()));
        }
        (error != 0).then(|| Notice::Down(self.name.clone()))
    }

    /// What there is to report of it in the end.
    pub(crate) fn summary(self) -> PlaceSummary {
        let Counts { received, dropped, written } = self.counts;
        PlaceSummary { name: self.name, received, dropped, written }
    }
}
