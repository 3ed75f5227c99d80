//! Reads the repository's own files, for the house rules in `tests/`.

pub mod circles;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A text file of the repository.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Path from the repository's root, with slashes.
    pub path: String,
    /// Its content.
    pub text: String,
}

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All files of the repository with one of the endings, in the order of their paths. Build
/// directories and hidden ones (except `.ci`) are left out, and so is what is not UTF-8.
///
/// # Errors
/// When a directory cannot be read.
pub fn files(endings: &[&str]) -> io::Result<Vec<SourceFile>> {
    let mut found = Vec::new();
    walk(&root(), "", endings, &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(directory: &Path, prefix: &str, endings: &[&str], found: &mut Vec<SourceFile>) -> io::Result<()> {
    for item in fs::read_dir(directory)? {
        let item = item?;
        let name = item.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if item.file_type()?.is_dir() {
            let skipped = name == "target" || path == "fuzz/corpus" || name.starts_with('.') && name != ".ci";
            if !skipped {
                walk(&item.path(), &format!("{path}/"), endings, found)?;
            }
        } else if endings.iter().any(|ending| name.ends_with(ending))
            && let Ok(text) = fs::read_to_string(item.path())
        {
            found.push(SourceFile { path, text });
        }
    }
    Ok(())
}
