//! The network namespaces of this host, and working in one of them.
//!
//! A namespace belongs to a thread (setns(2)): work in another namespace is done in a short-lived
//! thread of its own, and only what it opened comes back. A socket stays in the namespace where it was made.

use crate::CaptureError;
use crate::pattern::{is_pattern, matches, near};
use nix::errno::Errno;
use nix::sched::{CloneFlags, setns};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Where `ip netns add` puts them (ip-netns(8)).
const NAMED: &str = "/run/netns";

/// A network namespace.
#[derive(Debug)]
pub(crate) struct Namespace {
    /// Its name: as `ip netns` has it, `pid-N` for one without a name, the host's for the one that this process is in.
    pub(crate) name: String,
    /// Where it can be opened; `None` is the current one.
    path: Option<PathBuf>,
}

impl Namespace {
    /// Whether this process is in it.
    pub(crate) const fn is_current(&self) -> bool {
        self.path.is_none()
    }

    /// Does `work` in it.
    pub(crate) fn within<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, CaptureError> {
        let Some(path) = &self.path else { return Ok(work()) };
        let handle = File::open(path).map_err(|error| self.not_entered(&error))?;
        let done = std::thread::scope(|scope| {
            let there = scope.spawn(|| setns(&handle, CloneFlags::CLONE_NEWNET).map(|()| work()));
            there.join()
        });
        match done {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(errno)) => Err(self.not_entered(&errno.into())),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    fn not_entered(&self, error: &io::Error) -> CaptureError {
        if error.kind() == io::ErrorKind::PermissionDenied {
            return CaptureError::NoRight("enter network namespaces");
        }
        let errno = Errno::from_raw(error.raw_os_error().unwrap_or(0));
        CaptureError::system(format!("enter the network namespace {}", self.name), errno)
    }
}

/// The namespaces asked for, in this order, each once; by default the current one.
pub(crate) fn chosen(patterns: &[String], host: &str) -> Result<Vec<Namespace>, CaptureError> {
    let current = || Namespace { name: host.to_owned(), path: None };
    let own = identity(Path::new("/proc/self/ns/net"));
    let (mut chosen, mut seen) = (Vec::new(), Vec::new());
    let mut take = |namespace: Namespace| {
        let is = namespace.path.as_deref().map_or(own, identity);
        // A file in the folder of named namespaces that is not a namespace (any more) is skipped.
        if is.is_some() && !seen.contains(&is) {
            seen.push(is);
            // Under whatever name, the one that this process is in need not be entered.
            chosen.push(if is == own { current() } else { namespace });
        }
    };
    if patterns.is_empty() {
        take(current());
    }
    let named = named();
    for pattern in patterns {
        match pattern.as_str() {
            "all" => {
                take(current());
                named.iter().for_each(|name| take(by_name(name)));
                anonymous().into_iter().for_each(&mut take);
            }
            pattern if is_pattern(pattern) => {
                let mut found = named.iter().filter(|name| matches(pattern, name)).peekable();
                if found.peek().is_none() {
                    let (option, pattern) = ("--netns", pattern.to_owned());
                    return Err(CaptureError::NothingMatches { option, pattern, known: named });
                }
                found.for_each(|name| take(by_name(name)));
            }
            name if named.iter().any(|known| known == name) => take(by_name(name)),
            name if name == host => take(current()),
            name => match by_process(name) {
                Some(namespace) => take(namespace),
                None => {
                    let near = near(name, named.into_iter().chain([host.to_owned()]));
                    return Err(CaptureError::NoNamespace { name: name.to_owned(), near });
                }
            },
        }
    }
    Ok(chosen)
}

/// What makes two files the same namespace (namespaces(7)).
fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|about| (about.dev(), about.ino()))
}

fn by_name(name: &str) -> Namespace {
    Namespace { name: name.to_owned(), path: Some(Path::new(NAMED).join(name)) }
}

/// `pid-N`: the one that a process is in.
fn by_process(name: &str) -> Option<Namespace> {
    let number: u32 = name.strip_prefix("pid-")?.parse().ok()?;
    let path = PathBuf::from(format!("/proc/{number}/ns/net"));
    identity(&path)?;
    Some(Namespace { name: name.to_owned(), path: Some(path) })
}

/// Names of the named ones, in order.
fn named() -> Vec<String> {
    let entries = fs::read_dir(NAMED).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The namespaces of all processes, each by its lowest process number. Processes that cannot be inspected are
/// skipped: they belong to others.
fn anonymous() -> Vec<Namespace> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut numbers: Vec<u32> =
        entries.filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse().ok())).collect();
    numbers.sort_unstable();
    numbers.into_iter().filter_map(|number| by_process(&format!("pid-{number}"))).collect()
}
