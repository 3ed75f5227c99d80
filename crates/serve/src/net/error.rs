//! Why nothing can be served, as its user reads it: what is wrong, and separately what to do.

use nix::errno::Errno;
use std::net::{IpAddr, SocketAddr};
use unanswered_live::CaptureError;

/// Why nothing can be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The kernel did not allow it.
    #[error("cannot listen on {0}: permission denied")]
    NoRight(SocketAddr),
    /// Another socket has the port.
    #[error("cannot listen on {0}: another program has this port")]
    InUse(SocketAddr),
    /// No interface has the address.
    #[error("cannot listen on {0}: this host has no such address")]
    NoAddress(SocketAddr),
    /// No interface has the address that answers are to come from.
    #[error("cannot answer from {0}: this host has no such address")]
    NoSource(IpAddr),
    /// Nothing listens on an address of this family.
    #[error("cannot answer from {0}: nothing listens on an address of its kind")]
    NoListener(IpAddr),
    /// Finding out who continues, or giving up rights.
    #[error(transparent)]
    Rights(#[from] CaptureError),
    /// Anything else that the kernel refused.
    #[error("cannot {what}: {}", errno.desc())]
    System {
        /// What was being done.
        what: String,
        /// The kernel's reason.
        errno: Errno,
    },
}

impl ServeError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoRight(at) if at.port() < 1024 => {
                "run as root, or choose a port from 1024 on: --listen ADDR:PORT"
            }
            Self::InUse(at) => {
                let port = at.port();
                return Some(format!(
                    "\"ss -ulpn sport = :{port}\" shows which one; stop it, or choose another port: --listen ADDR:PORT"
                ));
            }
            Self::NoAddress(_) => "\"ip address\" shows those it has; 0.0.0.0 and :: stand for all of them",
            Self::NoSource(_) => "\"ip address\" shows those it has",
            Self::NoListener(_) => "give an IPv4 address for IPv4 listeners, an IPv6 address for IPv6 ones",
            Self::Rights(error) => return error.hint(),
            Self::NoRight(_) | Self::System { .. } => return None,
        };
        Some(hint.to_owned())
    }

    /// Why an address cannot be listened on.
    pub(super) fn listening(at: SocketAddr, errno: Errno) -> Self {
        if matches!(errno, Errno::EACCES | Errno::EPERM) {
            return Self::NoRight(at);
        }
        if errno == Errno::EADDRINUSE {
            return Self::InUse(at);
        }
        if errno == Errno::EADDRNOTAVAIL {
            return Self::NoAddress(at);
        }
        Self::system(format!("listen on {at}"), errno)
    }

    /// An error of the kernel while doing `what`.
    pub(super) fn system(what: impl Into<String>, errno: Errno) -> Self {
        Self::System { what: what.into(), errno }
    }
}
