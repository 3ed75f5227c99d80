//! Which file, under which name; and what there is to report about it afterwards.

use crate::Warning;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use unanswered_wire::{LinkType, NotUnderstood, Time};

/// A capture as it is named on a command line: `PATH`, `NAME=PATH`, or `-` for standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputSpec {
    /// The name given to the place of capture.
    pub name: Option<String>,
    /// The file; `-` is standard input.
    pub path: PathBuf,
}

impl InputSpec {
    /// A file without a given name.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { name: None, path: path.into() }
    }

    /// Splits `NAME=PATH` at the first `=`. An argument that is an existing file as it stands, or
    /// whose part before the `=` is empty or has a `/`, is a path.
    #[must_use]
    pub fn parse(argument: &str) -> Self {
        if let Some((name, path)) = argument.split_once('=')
            && !name.is_empty()
            && !name.contains('/')
            && !path.is_empty()
            && !Path::new(argument).exists()
        {
            return Self { name: Some(name.to_owned()), path: path.into() };
        }
        Self::new(argument)
    }

    /// Whether it is standard input.
    #[must_use]
    pub fn is_stdin(&self) -> bool {
        self.path.as_os_str() == "-"
    }
}

/// Frames that were read and, since they were not wanted, not looked at any further.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Captured outside of the window of time.
    pub by_time: u64,
    /// Captured within it, and not matched by the filter.
    pub by_filter: u64,
}

impl LeftOut {
    /// All of them.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.by_time + self.by_filter
    }
}

/// What was read of one input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputSummary {
    /// `NAME=` as given, else the file's name without its extensions.
    pub name: String,
    /// The file; `-` for standard input.
    pub path: PathBuf,
    /// Frames read.
    pub frames: u64,
    /// Bytes read from the file (compressed ones of a compressed file).
    pub bytes_read: u64,
    /// Frames not understood, by reason. Reading leaves it empty; the code that decodes fills it in.
    pub not_understood: BTreeMap<NotUnderstood, u64>,
    /// Frames that were not looked at. Reading leaves it empty; the code that narrows fills it in.
    pub left_out: LeftOut,
    /// Time of the earliest frame.
    pub from: Option<Time>,
    /// Time of the latest frame.
    pub to: Option<Time>,
    /// What was wrong with the file.
    pub warnings: Vec<Warning>,
    /// Link types of its interfaces.
    pub link_types: Vec<LinkType>,
    /// Packets that the capture itself lost, if the file says so.
    pub dropped: Option<u64>,
    /// The smallest snap length that the file announces.
    pub snap_length: Option<u32>,
}
