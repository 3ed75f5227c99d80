//! A file that may be written, and how: through a temporary file that is renamed, or directly.

use super::place::{Kind, Place, in_words};
use super::temporary::Temporary;
use crate::failure::Failure;
use std::fmt::Display;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that nothing else in the command reads or writes; made only by [`Claims`](super::Claims).
#[derive(Debug)]
pub(crate) struct Destination {
    /// As the user named it.
    shown: PathBuf,
    way: RequestPath,
}

#[derive(Debug)]
enum RequestPath {
    /// To standard output.
    Standard,
    /// To what is there, in place.
    Straight(PathBuf),
    /// To a temporary file that gets this name, which contains no link.
    Beside { target: PathBuf, old: Option<Metadata> },
}

/// Why writing ended early.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The file could not be written.
    Writing(io::Error),
    /// The content to write could not be obtained.
    Other(Failure),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Writing(error)
    }
}

/// What was written, not yet under its name. If it is dropped, it never existed.
#[derive(Debug)]
#[must_use = "what is not kept is removed"]
pub(crate) struct Prepared<'d> {
    shown: &'d Path,
    /// The file and the name that it will get; `None` where it was written directly.
    waiting: Option<(Temporary, &'d Path)>,
}

impl Destination {
    pub(super) fn standard(path: &Path) -> Self {
        Self { shown: path.to_owned(), way: RequestPath::Standard }
    }

    /// Refuses what is known not to be writable before hours are spent on producing the content.
    pub(super) fn new(path: &Path, place: Place) -> Result<Self, Failure> {
        let shown = path.to_owned();
        let cannot = |kind: io::ErrorKind| cannot_write(path, &kind.into());
        let way = match (place.kind, place.real) {
            (Kind::Directory, _) => return Err(cannot(io::ErrorKind::IsADirectory)),
            (Kind::Nothing, Some(target)) => {
                if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
                    return Err(cannot(io::ErrorKind::IsADirectory));
                }
                RequestPath::Beside { target, old: None }
            }
            (Kind::File, Some(target)) => {
                // A file that must not be written is not replaced either.
                let opened = OpenOptions::new().write(true).open(&target);
                opened.map_err(|error| cannot_write(path, &error))?;
                RequestPath::Beside { target, old: place.metadata }
            }
            (_, _) => RequestPath::Straight(path.to_owned()),
        };
        Ok(Self { shown, way })
    }

    /// Tests whether a file can be created next to the target.
    pub(super) fn tried(self) -> Result<Self, Failure> {
        if let RequestPath::Beside { target, .. } = &self.way
            // A folder that is yet to be created has room in it.
            && target.parent().is_some_and(Path::is_dir)
        {
            Temporary::beside(target, None).map_err(|error| self.not_beside(target, &error))?;
        }
        Ok(self)
    }

    /// Writes it: all of it, or nothing that anybody can see.
    pub(crate) fn write(
        &self,
        write: impl FnOnce(&mut dyn Write) -> Result<(), Trouble>,
    ) -> Result<(), Failure> {
        self.prepare(write)?.keep()
    }

    /// Writes a text.
    pub(crate) fn write_text(&self, text: &str) -> Result<(), Failure> {
        self.prepare_text(text)?.keep()
    }

    /// Writes a text under its temporary name.
    pub(crate) fn prepare_text(&self, text: &str) -> Result<Prepared<'_>, Failure> {
        self.prepare(|to| Ok(to.write_all(text.as_bytes())?))
    }

    /// Writes it under its temporary name.
    pub(crate) fn prepare(
        &self,
        write: impl FnOnce(&mut dyn Write) -> Result<(), Trouble>,
    ) -> Result<Prepared<'_>, Failure> {
        let (waiting, written) = match &self.way {
            RequestPath::Standard => (None, all_of(io::stdout().lock(), write)),
            RequestPath::Straight(path) => {
                let opened = OpenOptions::new().write(true).truncate(true).open(path);
                (None, opened.map_err(Trouble::Writing).and_then(|file| all_of(file, write)))
            }
            RequestPath::Beside { target, old } => {
                let made = Temporary::beside(target, old.as_ref());
                let (temporary, file) = made.map_err(|error| self.not_beside(target, &error))?;
                (Some((temporary, target.as_path())), all_of(file, write))
            }
        };
        match written {
            Ok(()) => Ok(Prepared { shown: &self.shown, waiting }),
            Err(Trouble::Writing(error)) => Err(self.not_complete(&error)),
            Err(Trouble::Other(failure)) => Err(failure),
        }
    }

    fn not_complete(&self, error: &io::Error) -> Failure {
        let failure = cannot_write(&self.shown, error);
        match &self.way {
            RequestPath::Beside { old: Some(_), .. } => {
                failure.hint(format!("{} is as it was before", self.shown.display()))
            }
            RequestPath::Beside { old: None, .. } | RequestPath::Standard | RequestPath::Straight(_) => {
                failure
            }
        }
    }

    fn not_beside(&self, target: &Path, error: &io::Error) -> Failure {
        let directory = target.parent().unwrap_or(target).display();
        let words = format!("no file can be made in {directory}: {error}");
        Failure::new(format!("cannot write {}", self.shown.display()), words)
            .hint("a file is written beside its name first; name one in a directory that can be written")
    }
}

impl Prepared<'_> {
    /// Gives the file its name.
    pub(crate) fn keep(self) -> Result<(), Failure> {
        match self.waiting {
            Some((temporary, target)) => {
                temporary.rename(target).map_err(|error| cannot_write(self.shown, &error))
            }
            None => Ok(()),
        }
    }
}

/// Keeps files that belong together, now that all of them are complete.
pub(crate) fn keep(prepared: Vec<Prepared<'_>>) -> Result<(), Failure> {
    prepared.into_iter().try_for_each(Prepared::keep)
}

/// Everything, or the error that came with the last bytes. When the reader of a pipe goes away, it has had enough: that is
/// not an error, and the command has more to do.
fn all_of(to: impl Write, write: impl FnOnce(&mut dyn Write) -> Result<(), Trouble>) -> Result<(), Trouble> {
    let mut to = Watched { to, closed: false };
    let mut buffered = BufWriter::new(&mut to);
    let written = write(&mut buffered).and_then(|()| Ok(buffered.flush()?));
    drop(buffered);
    if to.closed { Ok(()) } else { written }
}

/// Remembers that the reader went away: format writers wrap that in errors of their own.
struct Watched<W> {
    to: W,
    closed: bool,
}

impl<W: Write> Write for Watched<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes);
        self.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.to.flush();
        self.note(flushed)
    }
}

impl<W> Watched<W> {
    fn note<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        self.closed |= done.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        done
    }
}

/// Why a file cannot be written, and what to do where that is known.
pub(super) fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    let failure = |cause: &dyn Display| Failure::new(format!("cannot write {}", path.display()), cause);
    let directory = in_words(path.parent().unwrap_or(Path::new("")));
    if error.kind() == io::ErrorKind::IsADirectory {
        failure(&"it is a directory").hint("name a file in it")
    } else if error.kind() == io::ErrorKind::NotFound && !directory.exists() {
        failure(error).hint(format!("there is no directory {}; make it first", directory.display()))
    } else {
        failure(error)
    }
}

/// A directory with files that are kept together.
#[derive(Debug)]
pub(crate) struct Folder<const N: usize> {
    path: PathBuf,
    files: [Destination; N],
}

impl<const N: usize> Folder<N> {
    pub(super) fn new(path: &Path, files: [Destination; N]) -> Self {
        Self { path: path.to_owned(), files }
    }

    /// Creates the directory if it does not exist yet.
    pub(crate) fn make(&self) -> Result<(), Failure> {
        fs::create_dir_all(&self.path).map_err(|error| {
            Failure::new(format!("cannot make the directory {}", self.path.display()), error)
        })
    }

    /// As the user named it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its files, in the order in which they were claimed.
    pub(crate) const fn files(&self) -> &[Destination; N] {
        &self.files
    }
}

/// A file that a library writes in place.
#[derive(Debug)]
pub(crate) struct InPlace(PathBuf);

impl InPlace {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Creates it: for a command that gives up the right to do so before it has anything to write.
    #[cfg(target_os = "linux")]
    pub(crate) fn create(&self) -> Result<fs::File, Failure> {
        fs::File::create(&self.0).map_err(|error| cannot_write(&self.0, &error))
    }
}
