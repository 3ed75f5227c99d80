//! The files that a capture with rotation writes, one after the other.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Minimum number of digits of a file's number (as `unanswered-live` writes it).
const DIGITS_MIN: usize = 5;

/// The first file, and the existing ones under names that the capture may reach: two of them may be one file through
/// a link, and the later one would empty the earlier.
pub(super) fn files(path: &Path) -> Vec<PathBuf> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map_or_else(|| "pcapng".into(), OsStr::to_string_lossy);
    let first = path.with_file_name(format!("{stem}-{:0DIGITS_MIN$}.{ending}", 1));
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let entries = fs::read_dir(directory.unwrap_or(Path::new(".")));
    let names = entries.into_iter().flatten().flatten().map(|entry| entry.file_name());
    let own = names.filter(|name| name.to_str().is_some_and(|name| is_numbered(name, &stem, &ending)));
    let mut files: Vec<PathBuf> = own.map(|name| path.with_file_name(name)).collect();
    files.push(first);
    files.sort();
    files.dedup();
    files
}

fn is_numbered(name: &str, stem: &str, ending: &str) -> bool {
    let middle = name.strip_prefix(stem).and_then(|rest| rest.strip_prefix('-'));
    let digits = middle.and_then(|rest| rest.strip_suffix(ending)).and_then(|rest| rest.strip_suffix('.'));
    digits
        .is_some_and(|digits| digits.len() >= DIGITS_MIN && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_ring_are_told_from_others_by_their_number() {
        for name in ["all-00001.pcapng", "all-123456.pcapng"] {
            assert!(is_numbered(name, "all", "pcapng"), "{name}");
        }
        for name in ["all.pcapng", "all-1.pcapng", "all-00001.pcap", "tall-00001.pcapng", "all-0000x.pcapng"]
        {
            assert!(!is_numbered(name, "all", "pcapng"), "{name}");
        }
    }

    #[test]
    fn the_first_file_is_among_them_when_nothing_is_there() {
        assert_eq!(files(Path::new("no/such/all.pcap")), [Path::new("no/such/all-00001.pcap")]);
        assert_eq!(files(Path::new("no/such/all")), [Path::new("no/such/all-00001.pcapng")]);
    }
}
