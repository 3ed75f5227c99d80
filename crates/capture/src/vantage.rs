//! Where frames were captured, and what those places are called.

use crate::VantageId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use unanswered_wire::LinkType;

/// A place of capture: a file, or one interface of a pcapng file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vantage {
    /// The name for people: `NAME=` as given, else the interface's name, else the file's without its
    /// extensions. Unique among the places of one run.
    pub name: String,
    /// The file it was first seen in; `-` for standard input.
    pub file: PathBuf,
    /// The interface, if the file names it.
    pub interface: Option<String>,
    /// The interface's description, if the file has one.
    pub description: Option<String>,
    /// The program that wrote the file's section, if the file says so. All interfaces of one file of
    /// `unanswered capture` were captured on one host, and so by one clock.
    pub application: Option<String>,
    /// The link layer of its frames.
    pub link_type: LinkType,
    /// Packets that the capture lost here, if the file says so.
    pub dropped: Option<u64>,
    /// Frames read. Complete when the readers have reached their ends.
    pub frames: u64,
}

/// The places of one run, shared by its readers; [`VantageId`] is the index.
///
/// Files given the same `NAME=` are one place (a rotated capture, say), and so are the equally
/// named interfaces of the sections of one file.
#[derive(Clone, Debug, Default)]
pub struct Vantages(Arc<Mutex<Vec<Entry>>>);

/// What a file says about a place.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) given: Option<String>,
    pub(crate) file: PathBuf,
    pub(crate) interface: Option<String>,
    /// Number of the interface within its section.
    pub(crate) index: u32,
    pub(crate) description: Option<String>,
    pub(crate) application: Option<String>,
    pub(crate) link_type: LinkType,
    pub(crate) dropped: Option<u64>,
    pub(crate) frames: u64,
}

impl Vantages {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The places known so far.
    #[must_use]
    pub fn list(&self) -> Vec<Vantage> {
        let entries = self.entries();
        let names = names(&entries);
        let vantage = |(entry, name): (&Entry, String)| Vantage {
            name,
            file: entry.file.clone(),
            interface: entry.interface.clone(),
            description: entry.description.clone(),
            application: entry.application.clone(),
            link_type: entry.link_type,
            dropped: entry.dropped,
            frames: entry.frames,
        };
        entries.iter().zip(names).map(vantage).collect()
    }

    /// Number of places known so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether no place is known yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id of a place, which is new or one that is known.
    pub(crate) fn register(&self, entry: Entry) -> VantageId {
        let mut entries = self.entries();
        let same = |known: &Entry| {
            let place = match &entry.given {
                Some(_) => known.given == entry.given,
                None => known.given.is_none() && known.file == entry.file,
            };
            place
                && known.interface == entry.interface
                && (entry.interface.is_some() || known.index == entry.index)
        };
        let index = entries.iter().position(same).unwrap_or_else(|| {
            entries.push(entry.clone());
            entries.len() - 1
        });
        // More places than 65,536 share the last id.
        VantageId(u16::try_from(index).unwrap_or(u16::MAX))
    }

    /// Adds what a reader counted since it last did so.
    pub(crate) fn add(&self, id: VantageId, frames: u64, dropped: Option<u64>) {
        if let Some(entry) = self.entries().get_mut(usize::from(id.0)) {
            entry.frames += frames;
            if let Some(dropped) = dropped {
                entry.dropped = Some(entry.dropped.unwrap_or(0) + dropped);
            }
        }
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file's name without the extensions that captures have.
pub(crate) fn stem(path: &Path) -> String {
    if path.as_os_str() == "-" {
        return "stdin".to_owned();
    }
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let mut stem: &str = &name;
    for ending in [".gz", ".zst", ".zstd", ".pcap", ".pcapng", ".ntar", ".cap", ".dmp"] {
        stem = stem.strip_suffix(ending).filter(|rest| !rest.is_empty()).unwrap_or(stem);
    }
    stem.to_owned()
}

/// Names of all places: the shortest that tell them apart.
fn names(entries: &[Entry]) -> Vec<String> {
    let unique = |names: &[String], name: &String| names.iter().filter(|n| *n == name).count() == 1;
    let mut names: Vec<String> = entries.iter().map(|entry| short_name(entry, entries)).collect();
    let shortened = names.clone();
    for (name, entry) in names.iter_mut().zip(entries) {
        if !unique(&shortened, name) {
            *name = match &entry.interface {
                Some(interface) => format!("{}:{interface}", stem(&entry.file)),
                None => name.clone(),
            };
        }
    }
    let prefixed = names.clone();
    for (name, entry) in names.iter_mut().zip(entries) {
        if !unique(&prefixed, name) {
            let file = entry.file.with_file_name(stem(&entry.file));
            *name = match &entry.interface {
                Some(interface) => format!("{}:{interface}", file.display()),
                None => file.display().to_string(),
            };
        }
    }
    let mut seen = BTreeMap::new();
    for name in &mut names {
        let count: &mut u32 = seen.entry(name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            *name = format!("{name}#{count}");
        }
    }
    names
}

fn short_name(entry: &Entry, entries: &[Entry]) -> String {
    let siblings = entries.iter().filter(|e| e.file == entry.file && e.given == entry.given).count();
    let own = entry.interface.clone().unwrap_or_else(|| entry.index.to_string());
    match (&entry.given, &entry.interface) {
        (Some(given), _) if siblings > 1 => format!("{given}:{own}"),
        (Some(given), _) => given.clone(),
        (None, Some(interface)) => interface.clone(),
        (None, None) if siblings > 1 => format!("{}:{own}", stem(&entry.file)),
        (None, None) => stem(&entry.file),
    }
}
