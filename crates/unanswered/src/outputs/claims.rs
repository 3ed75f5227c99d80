//! What a command reads and writes, declared before any of it is opened, each file once.
//!
//! Every claim is compared with all earlier ones, so their order does not matter. Standard output is claimed from the
//! start where the command prints to it, and standard error where it is a file.

use super::destination::{Destination, Folder, InPlace};
use super::place::{Key, Kind, Place};
use crate::failure::Failure;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

/// The files of a command.
#[derive(Debug)]
pub(crate) struct Claims {
    claims: BTreeMap<Key, Vec<Claim>>,
    /// What standard output is, to recognise it under another name.
    standard_output: Option<Key>,
    prints: bool,
}

/// One file, as the user named it.
#[derive(Clone, Debug)]
struct Claim {
    argument: &'static str,
    path: PathBuf,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Input,
    Output,
    /// Standard output or standard error; `argument` names it.
    Stream,
}

const STANDARD_OUTPUT: &str = "standard output";
const STANDARD_ERROR: &str = "standard error";

impl Claims {
    /// The claims of a command; `true` if it prints data to standard output.
    pub(crate) fn new(prints: bool) -> Self {
        let mut new = Self { claims: BTreeMap::new(), standard_output: None, prints };
        let (output, error) = streams();
        new.standard_output = output.map(|place| place.key);
        let stream = |argument| Claim { argument, path: PathBuf::new(), role: Role::Stream };
        if prints {
            new.insert(Key::Standard, stream(STANDARD_OUTPUT));
        }
        if let Some(error) = error.filter(|place| place.kind == Kind::File) {
            let key = new.key(&error);
            new.insert(key, stream(STANDARD_ERROR));
        }
        new
    }

    /// An input; `-` is standard input.
    pub(crate) fn reads(&mut self, argument: &'static str, path: &Path) -> Result<(), Failure> {
        let place = if is_dash(path) { standard_input() } else { Place::of(path).ok() };
        self.input(argument, path, place)
    }

    /// An input that is a file, even if it is called `-`.
    pub(crate) fn reads_file(&mut self, argument: &'static str, path: &Path) -> Result<(), Failure> {
        self.input(argument, path, Place::of(path).ok())
    }

    /// The files of a directory whose names end so.
    pub(crate) fn reads_directory(
        &mut self,
        argument: &'static str,
        directory: &Path,
        ending: &str,
    ) -> Result<(), Failure> {
        // If the directory cannot be read, the code that reads it reports that.
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|own| own == ending) {
                self.reads_file(argument, &path)?;
            }
        }
        Ok(())
    }

    /// A file to write; `-` is standard output. `None` when it was not asked for.
    pub(crate) fn writes(
        &mut self,
        argument: &'static str,
        path: Option<&Path>,
    ) -> Result<Option<Destination>, Failure> {
        let Some(path) = path else { return Ok(None) };
        if is_dash(path) {
            self.claim(Key::Standard, Kind::Pipe, Claim::output(argument, path))?;
            return Ok(Some(Destination::standard(path)));
        }
        let place = Place::of(path).map_err(|error| cannot(path, &error))?;
        self.destination(argument, path, place)?.tried().map(Some)
    }

    /// A directory, created if necessary, with files to write in it.
    pub(crate) fn writes_folder<const N: usize>(
        &mut self,
        argument: &'static str,
        directory: Option<&Path>,
        names: [&'static str; N],
    ) -> Result<Option<Folder<N>>, Failure> {
        let Some(directory) = directory else { return Ok(None) };
        let wrong = |error: &io::Error| {
            Failure::new(format!("cannot make the directory {}", directory.display()), error)
        };
        let place = Place::of_directory(directory).map_err(|error| wrong(&error))?;
        if !matches!(place.kind, Kind::Directory | Kind::Nothing) {
            let failure = wrong(&io::ErrorKind::NotADirectory.into());
            return Err(failure.hint(format!("{argument} takes the name of a directory")));
        }
        let mut files = Vec::with_capacity(N);
        for name in names {
            let path = directory.join(name);
            let place = Place::within(&place, &path).map_err(|error| cannot(&path, &error))?;
            files.push(self.destination(argument, &path, place)?.tried()?);
        }
        let files = files.try_into().expect("one destination was made for each of N names");
        Ok(Some(Folder::new(directory, files)))
    }

    /// A file that a library writes in place.
    pub(crate) fn writes_in_place(
        &mut self,
        argument: &'static str,
        path: Option<&Path>,
    ) -> Result<Option<InPlace>, Failure> {
        let Some(path) = path else { return Ok(None) };
        let place = Place::of(path).map_err(|error| cannot(path, &error))?;
        self.destination(argument, path, place)?;
        Ok(Some(InPlace::new(path)))
    }

    fn input(&mut self, argument: &'static str, path: &Path, place: Option<Place>) -> Result<(), Failure> {
        // What does not exist cannot be lost, and the code that reads it reports that.
        match place.filter(|place| place.kind != Kind::Nothing) {
            Some(place) => {
                let claim = Claim { argument, path: path.to_owned(), role: Role::Input };
                self.claim(self.key(&place), place.kind, claim)
            }
            None => Ok(()),
        }
    }

    fn destination(
        &mut self,
        argument: &'static str,
        path: &Path,
        place: Place,
    ) -> Result<Destination, Failure> {
        let key = self.key(&place);
        self.claim(key.clone(), place.kind, Claim::output(argument, path))?;
        if key == Key::Standard { Ok(Destination::standard(path)) } else { Destination::new(path, place) }
    }

    /// Standard output is itself under all its names (`/dev/stdout`, the file that the shell opened).
    fn key(&self, place: &Place) -> Key {
        if self.standard_output.as_ref() == Some(&place.key) { Key::Standard } else { place.key.clone() }
    }

    fn claim(&mut self, key: Key, kind: Kind, claim: Claim) -> Result<(), Failure> {
        let earlier = self.claims.get(&key).into_iter().flatten();
        if let Some(other) = earlier.into_iter().find(|other| collide(kind, other.role, claim.role)) {
            return Err(self.refused(&claim, other));
        }
        self.insert(key, claim);
        Ok(())
    }

    fn insert(&mut self, key: Key, claim: Claim) {
        self.claims.entry(key).or_default().push(claim);
    }

    fn refused(&self, new: &Claim, old: &Claim) -> Failure {
        let input = [new, old].into_iter().find(|claim| claim.role == Role::Input);
        let output = [new, old].into_iter().find(|claim| claim.role == Role::Output);
        let stream = [new, old].into_iter().find(|claim| claim.role == Role::Stream);
        let cause = match (input, output, stream) {
            (Some(input), Some(writer), _) | (Some(input), None, Some(writer)) => {
                format!("{writer} would overwrite {input}: they are the same file")
            }
            _ => format!("{old} and {new} are the same file"),
        };
        let argument = output.map(|claim| claim.argument);
        let hint = match (argument, stream.map(|claim| claim.argument)) {
            (Some(argument), Some(STANDARD_OUTPUT)) if self.prints && input.is_none() => {
                format!("name another file for {argument}, or print nothing else with -q")
            }
            (None, Some(stream)) => format!("send {stream} to another file"),
            (Some(argument), _) => format!("name another file for {argument}"),
            (None, None) => "name another file".to_owned(),
        };
        Failure::new("", cause).hint(hint + "; nothing was read or written")
    }
}

/// Whether one of the two would be lost, or both mixed.
fn collide(kind: Kind, one: Role, other: Role) -> bool {
    let reads = one == Role::Input || other == Role::Input;
    let writes = one != Role::Input || other != Role::Input;
    match kind {
        Kind::Nothing | Kind::File | Kind::Disk => writes,
        Kind::Pipe => !reads,
        Kind::Directory | Kind::Device => false,
    }
}

impl Claim {
    fn output(argument: &'static str, path: &Path) -> Self {
        Self { argument, path: path.to_owned(), role: Role::Output }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.argument)?;
        match self.role {
            Role::Stream => Ok(()),
            Role::Input | Role::Output => write!(f, " {}", self.path.display()),
        }
    }
}

fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn cannot(path: &Path, error: &io::Error) -> Failure {
    super::destination::cannot_write(path, error)
}

/// Standard output and standard error.
#[cfg(unix)]
fn streams() -> (Option<Place>, Option<Place>) {
    (Place::of_open(&io::stdout()).ok(), Place::of_open(&io::stderr()).ok())
}

#[cfg(not(unix))]
fn streams() -> (Option<Place>, Option<Place>) {
    (None, None)
}

#[cfg(unix)]
fn standard_input() -> Option<Place> {
    Place::of_open(&io::stdin()).ok()
}

#[cfg(not(unix))]
fn standard_input() -> Option<Place> {
    None
}
