//! Why a capture is not possible, as its user reads it: what is wrong, and separately what to do.

use crate::filter::TooLong;
use nix::errno::Errno;
use std::io;
use std::path::{Path, PathBuf};

/// Why nothing can be captured.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The kernel did not allow it.
    #[error("permission denied: cannot {0}")]
    NoRight(&'static str),
    /// The kernel was built without `CONFIG_PACKET`, or its module is missing.
    #[error("this kernel has no packet sockets")]
    NoPacketSockets,
    /// No namespace of this name.
    #[error("no network namespace {name:?}{}", near_words(near))]
    NoNamespace {
        /// As asked for.
        name: String,
        /// Similar names.
        near: Vec<String>,
    },
    /// No interface of this name in any of the namespaces asked for.
    #[error("no interface {name:?}{}", near_words(near))]
    NoInterface {
        /// As asked for.
        name: String,
        /// Similar names.
        near: Vec<String>,
    },
    /// A pattern that matches nothing.
    #[error("{option} {pattern:?} matches nothing")]
    NothingMatches {
        /// The option.
        option: &'static str,
        /// As typed.
        pattern: String,
        /// What it was compared with.
        known: Vec<String>,
    },
    /// No place is left to capture at.
    #[error("there is no interface to capture on")]
    NoPlace,
    /// The kernel had no room for a ring.
    #[error("no memory for a ring of {mib} MiB at {place}")]
    NoMemory {
        /// The place.
        place: String,
        /// The ring's size in MiB.
        mib: usize,
    },
    /// The filter is too long.
    #[error(transparent)]
    Filter(#[from] TooLong),
    /// The kernel has no room for the filter (`net.core.optmem_max` limits what a socket's options may use).
    #[error("the kernel has no room for a filter of {0} instructions")]
    FilterMemory(usize),
    /// No user of this name.
    #[error("no user {0:?}")]
    NoUser(String),
    /// The output cannot be opened, or writing failed.
    #[error("cannot write {}: {error}", shown(path))]
    Output {
        /// The file; `-` is standard output.
        path: PathBuf,
        /// What the system reported.
        error: io::Error,
    },
    /// The reader of standard output went away.
    #[error("the pipe was closed")]
    ClosedPipe,
    /// Anything else that the kernel refused.
    #[error("cannot {what}: {}", errno.desc())]
    System {
        /// What was being done.
        what: String,
        /// The kernel's reason.
        errno: Errno,
    },
}

impl CaptureError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoRight(_) => "run as root, or give the binary cap_net_raw,cap_sys_admin",
            Self::NoPacketSockets => "load the module af_packet, or use a kernel with CONFIG_PACKET",
            Self::NoNamespace { .. } => "\"ip netns\" shows them",
            Self::NoInterface { .. } => "--list shows them",
            Self::NothingMatches { known, .. } => return Some(format!("there are {}", some_of(known))),
            Self::NoPlace => "--list shows what there is, --on takes names of interfaces",
            Self::NoMemory { .. } => "use a smaller --ring or fewer places",
            Self::Filter(error) => return error.hint(),
            Self::FilterMemory(_) => "use fewer --host, or raise net.core.optmem_max",
            Self::NoUser(_) => "--user takes a name that the system knows",
            Self::Output { error, .. } if error.kind() == io::ErrorKind::StorageFull => {
                "what was written before is complete up to the last flush"
            }
            Self::Output { .. } | Self::ClosedPipe | Self::System { .. } => return None,
        };
        Some(hint.to_owned())
    }

    /// An error of the kernel while doing `what`.
    pub(crate) fn system(what: impl Into<String>, errno: Errno) -> Self {
        Self::System { what: what.into(), errno }
    }

    /// Whether a namespace no longer existed: with a pattern, the others are captured all the same.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::System { errno: Errno::ENOENT, .. })
    }

    /// A write error; a closed pipe has its own error.
    pub(crate) fn output(path: impl Into<PathBuf>, error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ClosedPipe;
        }
        Self::Output { path: path.into(), error }
    }
}

fn near_words(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!(" (there is {})", some_of(near)) }
}

/// The first few of a list.
fn some_of(list: &[String]) -> String {
    const SHOWN: usize = 6;
    let mut words = list.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if list.is_empty() {
        words.push_str("none");
    }
    if let Some(more) = list.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        words.push_str(&format!(" and {more} more"));
    }
    words
}

fn shown(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard output".to_owned() } else { path.display().to_string() }
}
