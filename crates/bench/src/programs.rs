//! The programs that read the capture, and how long they take.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One program on one file.
#[derive(Debug)]
pub(crate) struct Timed {
    /// The quickest of the runs.
    pub(crate) best: Duration,
    /// The middle one.
    pub(crate) median: Duration,
}

/// Runs a command several times with its output thrown away.
///
/// # Errors
/// When it is not installed or fails.
pub(crate) fn time(runs: usize, command: &[&str]) -> io::Result<Timed> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(io::Error::other("no program"));
    };
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let start = now();
        let status = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        times.push(start.elapsed());
        if !status.success() {
            return Err(io::Error::other(format!("{program} failed: {status}")));
        }
    }
    times.sort();
    let (Some(&best), Some(&median)) = (times.first(), times.get(times.len() / 2)) else {
        return Err(io::Error::other("no run"));
    };
    Ok(Timed { best, median })
}

/// Largest resident set of any program run so far, in bytes.
pub(crate) fn peak_memory() -> io::Result<u64> {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN)?;
    Ok(u64::try_from(usage.max_rss()).unwrap_or(0) * 1024)
}

/// The release binary beside this one, unless another is named.
pub(crate) fn unanswered(named: Option<PathBuf>) -> io::Result<PathBuf> {
    let path = match named {
        Some(path) => path,
        None => std::env::current_exe()?.with_file_name("unanswered"),
    };
    if path.is_file() {
        return Ok(path);
    }
    let hint = "build it with cargo build --release, or name it with --bin";
    Err(io::Error::new(io::ErrorKind::NotFound, format!("{}: not there; {hint}", path.display())))
}

/// The path as an argument.
pub(crate) fn argument(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures wall-clock time")]
fn now() -> Instant {
    Instant::now()
}
