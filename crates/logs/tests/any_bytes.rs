//! Any bytes, and samples of every format with some bytes changed: rows or an error, never a panic, and columns that are
//! equally long.

mod common;

use common::path;
use proptest::prelude::*;
use unanswered_logs::{How, LogError, read};
use unanswered_table::log::Log;

/// Every log of the folder.
fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = std::fs::read_dir(path("")).expect("the folder");
    let mut files: Vec<_> = folder.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files.retain(|file| file.extension().is_some_and(|end| end != "py" && end != "md"));
    let name = |file: &std::path::Path| file.file_name().expect("a name").to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), std::fs::read(file).expect("a file"))).collect()
}

fn sound(log: Result<Log, LogError>) {
    match log {
        Ok(log) => {
            for column in &log.cells.columns {
                assert_eq!(column.rows(), log.cells.rows, "{}", column.name);
                assert_eq!(column.cells().count(), log.cells.rows, "{}", column.name);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn hows() -> [How; 3] {
    let log_format = Some("%h %l %u %t \"%r\" %>s %b".to_owned());
    let pattern = Some("(?P<first>\\S+) (?P<number>\\d+)?".to_owned());
    [How::default(), How { log_format, ..How::default() }, How { pattern, ..How::default() }]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_rows_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        for how in hows() {
            sound(read(&bytes[..], &how));
        }
    }

    #[test]
    fn changed_samples_are_rows_or_an_error(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..40),
    ) {
        let samples = samples();
        let (name, text) = which.get(&samples);
        let mut bytes = text.clone();
        for (place, byte, kind) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, b"\"[]{}\n,\t =\\"[usize::from(byte) % 11]),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        for how in hows() {
            let log = read(&bytes[..], &how);
            prop_assert!(log.as_ref().map_or(true, |log| log.cells.rows <= bytes.len() + 40_000), "{name}");
            sound(log);
        }
    }
}

#[test]
fn every_format_has_a_sample() {
    let mut formats: Vec<String> = samples()
        .iter()
        .filter_map(|(_, text)| Some(read(&text[..], &How::default()).ok()?.format))
        .map(|format| format.replace(" (in lines of syslog)", "").replace(" (tabs)", " (tabs or |)"))
        .collect();
    formats.sort();
    for declared in unanswered_logs::declarations().take(unanswered_logs::declarations().count() - 2) {
        assert!(formats.iter().any(|format| format == declared.name), "no sample of {}", declared.name);
    }
}
