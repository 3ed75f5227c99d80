//! The only place where files are written: no output costs anything that was there.
//!
//! In its plan, a command claims every file that it reads or writes, before any of them is opened ([`Claims`]). A claim is
//! refused when it is for the same file as an input or another output, whatever names and links lead there ([`place`]). What
//! may be written comes back as a [`Destination`], the only thing in this program that writes a file: under a temporary
//! name next to the target, `.NAME.unanswered-NUMBER`, renamed when it is complete ([`temporary`]). So a run that fails or
//! is interrupted leaves the old files. [`Folder`] is a directory whose files are renamed together, once all are complete.
//!
//! What is not a regular file (a device, a named pipe, `/dev/stdout`, `-`) is written directly: nothing can be renamed onto it,
//! and it holds nothing that could be lost.
//!
//! Two files are written by a library, in place, but are claimed here too ([`InPlace`]): the state of a sweep, which
//! only grows, and a live capture, which others read while it is made, and which would be lost with the temporary name if
//! the host went down.

mod claims;
mod destination;
mod place;
mod temporary;

pub(crate) use claims::Claims;
pub(crate) use destination::{Destination, Folder, InPlace, Trouble, keep};

/// A file that grows beyond what the shell allows (`ulimit -f`) becomes a write error like that of a full disk. By
/// default the system ends a program there with a signal (SIGXFSZ), without a message.
pub(crate) fn limit_is_an_error() {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::signal::{SigSet, Signal};
        // Blocked and not ignored: that needs no unsafe code. If it is refused, the signal leaves the old files as well.
        let _ = SigSet::from(Signal::SIGXFSZ).thread_block();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Calls that create or truncate a file.
    const WRITERS: [&str; 8] = [
        "File::create",
        "fs::write(",
        "OpenOptions",
        "fs::rename",
        "fs::copy",
        "create_dir",
        "remove_file",
        "remove_dir",
    ];

    #[test]
    fn nothing_outside_of_this_room_writes_files() {
        let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let (mut seen, mut found) = (0, Vec::new());
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.ends_with("outputs") {
                    continue;
                }
                if path.is_dir() {
                    open.push(path);
                    continue;
                }
                seen += 1;
                let text = fs::read_to_string(&path).unwrap();
                let calls = WRITERS.iter().filter(|call| text.contains(**call));
                found.extend(calls.map(|call| format!("{} has {call}", path.display())));
            }
        }
        assert!(seen > 15, "the sources were not found");
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}
