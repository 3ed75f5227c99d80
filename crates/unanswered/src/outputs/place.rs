//! Which file a name means, by whatever path and links.
//!
//! An existing file is identified by its device and its inode number. One that does not exist yet is identified by where it
//! would be created: the directory with all links followed, and the name in it; a link that leads nowhere stands for its target.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// Maximum number of links followed from one name (as in Linux, `MAXSYMLINKS`).
const LINKS_MAX: usize = 40;

/// What two names have in common when they mean the same file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// Standard output, under whatever name.
    Standard,
    /// An existing file: device and number.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix numbers its files"))]
    Number(u64, u64),
    /// A file that does not exist yet, or has no number.
    Name(PathBuf),
}

/// What there is at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing yet.
    Nothing,
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A pipe: the output of two writers would be mixed.
    Pipe,
    /// A disk: it is written directly and keeps what is written.
    Disk,
    /// A terminal, `/dev/null`, a socket: they keep nothing.
    Device,
}

/// What a name means.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) key: Key,
    pub(super) kind: Kind,
    /// The path without any link; `None` for an open file that has none.
    pub(super) real: Option<PathBuf>,
    /// The system's information about it, if something is there.
    pub(super) metadata: Option<Metadata>,
}

impl Place {
    /// What is at a path, or would be if a file were created there.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            // A link to an open pipe, or to a file that was removed after it was opened, has no path.
            Ok(metadata) => Ok(Self::there(metadata, fs::canonicalize(path).ok())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::nothing(end_of_links(path)?)),
            Err(error) => Err(error),
        }
    }

    /// A directory that may have to be created, with its parents; anything else that is there.
    pub(super) fn of_directory(path: &Path) -> io::Result<Self> {
        if let Ok(metadata) = fs::metadata(path) {
            return Ok(Self::there(metadata, fs::canonicalize(path).ok()));
        }
        let mut missing = Vec::new();
        for ancestor in path.ancestors() {
            match fs::canonicalize(in_words(ancestor)) {
                Ok(mut real) => {
                    real.extend(missing.iter().rev());
                    return Ok(Self::nothing(real));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    missing.push(ancestor.file_name().ok_or(error)?);
                }
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }

    /// A file with that name in a directory from [`Self::of_directory`].
    pub(super) fn within(directory: &Self, path: &Path) -> io::Result<Self> {
        match (&directory.real, directory.kind, path.file_name()) {
            (Some(real), Kind::Nothing, Some(name)) => Ok(Self::nothing(real.join(name))),
            _ => Self::of(path),
        }
    }

    /// An open file, such as standard output.
    #[cfg(unix)]
    pub(super) fn of_open(file: &impl std::os::fd::AsFd) -> io::Result<Self> {
        let file = fs::File::from(file.as_fd().try_clone_to_owned()?);
        Ok(Self::there(file.metadata()?, None))
    }

    fn there(metadata: Metadata, real: Option<PathBuf>) -> Self {
        let key = key(&metadata, real.as_deref());
        Self { key, kind: kind(&metadata), real, metadata: Some(metadata) }
    }

    fn nothing(real: PathBuf) -> Self {
        Self { key: Key::Name(real.clone()), kind: Kind::Nothing, real: Some(real), metadata: None }
    }
}

/// Where a file that does not exist yet would be created: links that lead nowhere are followed.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_owned();
        let directory = fs::canonicalize(in_words(path.parent().unwrap_or(Path::new(""))))?;
        let real = directory.join(name);
        match fs::read_link(&real) {
            Ok(target) => path = directory.join(target),
            Err(_) => return Ok(real),
        }
    }
    Err(io::Error::other("too many links"))
}

/// The empty path is the directory in which the program was started.
pub(super) fn in_words(directory: &Path) -> &Path {
    if directory.as_os_str().is_empty() { Path::new(".") } else { directory }
}

#[cfg(unix)]
fn key(metadata: &Metadata, _: Option<&Path>) -> Key {
    use std::os::unix::fs::MetadataExt as _;
    Key::Number(metadata.dev(), metadata.ino())
}

/// On other systems a hard link cannot be distinguished from another file.
#[cfg(not(unix))]
fn key(_: &Metadata, real: Option<&Path>) -> Key {
    Key::Name(real.map(Path::to_owned).unwrap_or_default())
}

#[cfg(unix)]
fn kind(metadata: &Metadata) -> Kind {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = metadata.file_type();
    if kind.is_file() {
        Kind::File
    } else if kind.is_dir() {
        Kind::Directory
    } else if kind.is_fifo() {
        Kind::Pipe
    } else if kind.is_block_device() {
        Kind::Disk
    } else {
        Kind::Device
    }
}

#[cfg(not(unix))]
fn kind(metadata: &Metadata) -> Kind {
    if metadata.is_file() {
        Kind::File
    } else if metadata.is_dir() {
        Kind::Directory
    } else {
        Kind::Device
    }
}
