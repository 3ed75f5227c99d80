//! A file next to its target that gets the target's name once it is complete.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Bytes of the target's name in the temporary one: file systems allow 255, and the rest of the name needs some.
const NAME_MAX: usize = 200;

/// Names that are tried; more than one is needed only where runs were interrupted before.
const TRIES: u32 = 100;

/// A file under a name of its own. It is removed unless it was renamed.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    renamed: bool,
}

impl Temporary {
    /// Creates an empty file next to `target`, with the permissions and owner of `old`.
    pub(super) fn beside(target: &Path, old: Option<&Metadata>) -> io::Result<(Self, File)> {
        for number in 0..TRIES {
            let path = target.with_file_name(name(target, number));
            let mut options = OpenOptions::new();
            // A link planted under this name is not followed.
            options.write(true).create_new(true);
            like(&mut options, old);
            match options.open(&path) {
                Ok(file) => {
                    let temporary = Self { path, renamed: false };
                    belong(&file, old)?;
                    return Ok((temporary, file));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Gives it the target's name; whatever had that name is gone.
    pub(super) fn rename(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.renamed = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.renamed {
            // What cannot be removed can be recognised by its name.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// `.report.html.unanswered-4711`, with `-1` and so on at the end for further ones of the same process.
fn name(target: &Path, number: u32) -> String {
    let mut name = ".".to_owned();
    for character in target.file_name().unwrap_or_default().to_string_lossy().chars() {
        if name.len() + character.len_utf8() > NAME_MAX {
            break;
        }
        name.push(character);
    }
    name.push_str(&format!(".unanswered-{}", std::process::id()));
    if number > 0 {
        name.push_str(&format!("-{number}"));
    }
    name
}

/// A file that others may not read is never open to them, not even briefly. A new one follows the umask.
#[cfg(unix)]
fn like(options: &mut OpenOptions, old: Option<&Metadata>) {
    use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
    if let Some(old) = old {
        options.mode(old.mode() & 0o700);
    }
}

#[cfg(not(unix))]
fn like(_: &mut OpenOptions, _: Option<&Metadata>) {}

/// Owner, group and mode of the old file. Without permission to change the owner it belongs to whoever runs the program; a
/// group that the user no longer belongs to then gets no more permissions than everybody.
#[cfg(unix)]
fn belong(file: &File, old: Option<&Metadata>) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let Some(old) = old else { return Ok(()) };
    let new = file.metadata()?;
    let mut mode = old.mode() & 0o777;
    if new.uid() != old.uid() {
        // Only root may; without it the file is just as good.
        let _ = fchown(file, Some(old.uid()), None);
    }
    if new.gid() != old.gid() && fchown(file, None, Some(old.gid())).is_err() {
        mode = (mode & 0o707) | ((mode & 0o007) << 3);
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn belong(_: &File, _: Option<&Metadata>) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_name_says_whose_it_is_and_fits_every_file_system() {
        let process = std::process::id();
        assert_eq!(name(Path::new("a/report.html"), 0), format!(".report.html.unanswered-{process}"));
        assert_eq!(name(Path::new("x"), 3), format!(".x.unanswered-{process}-3"));
        let long = "\u{e4}".repeat(127);
        let made = name(Path::new(&long), TRIES);
        assert!(made.len() < 250 && made.starts_with(".\u{e4}") && made.contains(".unanswered-"), "{made}");
    }
}
