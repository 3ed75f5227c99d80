//! Catalogue files from the program and from directories.

use super::{Catalogue, Entry, Vocabulary, embedded::FILES, schema};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use unanswered_toml_text::Problem;

/// A directory of catalogue files that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", problems.iter().map(Problem::with_hint).collect::<Vec<_>>().join("\n"))]
pub struct CatalogueError {
    /// All problems, in the order of files and lines; at least one.
    pub problems: Vec<Problem>,
}

impl Catalogue {
    /// The embedded entries and those of a directory; an entry of the directory replaces an
    /// embedded one with the same id. Protocols and refusals must be in the vocabulary.
    ///
    /// # Errors
    /// When the directory cannot be read or one of its `*.toml` files is not valid: all problems.
    pub fn with_dir(directory: &Path, vocabulary: &Vocabulary) -> Result<Self, CatalogueError> {
        let (own, problems) = directory_entries(directory, vocabulary);
        if !problems.is_empty() {
            return Err(CatalogueError { problems });
        }
        let mut by_id: BTreeMap<String, Entry> =
            Self::embedded().entries.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
        by_id.extend(own.into_iter().map(|entry| (entry.id.clone(), entry)));
        Ok(Self { entries: by_id.into_values().collect() })
    }
}

impl Entry {
    /// Reads the text of a catalogue file; the file's name must be the entry's id.
    ///
    /// # Errors
    /// Everything that is wrong with the text, in the order of lines.
    pub fn read(file: &Path, text: &str, vocabulary: &Vocabulary) -> Result<Self, Vec<Problem>> {
        schema::read(file, text, vocabulary)
    }
}

/// Everything that is wrong with the `*.toml` files of a directory, in the order of files and lines.
#[must_use]
pub fn check(directory: &Path, vocabulary: &Vocabulary) -> Vec<Problem> {
    directory_entries(directory, vocabulary).1
}

/// The embedded entries in the order of their ids.
pub(super) fn embedded() -> Result<Vec<Entry>, CatalogueError> {
    let mut entries = Vec::with_capacity(FILES.len());
    let mut problems = Vec::new();
    for (name, text) in FILES {
        match schema::read(Path::new(name), text, &Vocabulary::default()) {
            Ok(entry) => entries.push(entry),
            Err(found) => problems.extend(found),
        }
    }
    entries.sort_by(|a, b| a.id.cmp(&b.id));
    if problems.is_empty() { Ok(entries) } else { Err(CatalogueError { problems }) }
}

fn directory_entries(directory: &Path, vocabulary: &Vocabulary) -> (Vec<Entry>, Vec<Problem>) {
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    match toml_files(directory) {
        Err(error) => problems.push(Problem::of_file(directory, format!("cannot be read: {error}"))),
        Ok(files) if files.is_empty() => {
            problems.push(Problem::of_file(directory, "no *.toml file in this directory".to_owned()));
        }
        Ok(files) => {
            for file in files {
                match fs::read_to_string(&file) {
                    Err(error) => problems.push(Problem::of_file(&file, format!("cannot be read: {error}"))),
                    Ok(text) => match schema::read(&file, &text, vocabulary) {
                        Ok(entry) => entries.push(entry),
                        Err(found) => problems.extend(found),
                    },
                }
            }
        }
    }
    (entries, problems)
}

fn toml_files(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for item in fs::read_dir(directory)? {
        let path = item?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
