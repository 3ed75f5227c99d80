//! The folder of a run and the state of a sweep: nothing that was there is lost.
#![cfg(target_os = "linux")]

mod common;

use common::{Folder, SITE};
use std::fs;
use std::os::unix::fs::symlink;

const FILES: [&str; 6] =
    ["captures.pcapng", "requests.csv", "story.txt", "timeline.jsonl", "translations.csv", "truth.json"];

fn site() -> Folder {
    let folder = Folder::new();
    folder.write("site.toml", SITE);
    folder
}

fn names(folder: &Folder, under: &str) -> Vec<String> {
    let entries = fs::read_dir(folder.0.join(under)).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn contents(folder: &Folder) -> Vec<Vec<u8>> {
    FILES.iter().map(|name| fs::read(folder.0.join("run").join(name)).expect("a file of the run")).collect()
}

fn run(folder: &Folder, seed: &str) {
    let done = folder.run(&["lab", "run", "site.toml", "--seed", seed, "--out", "run", "-q"]);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
}

#[test]
fn a_run_in_a_folder_with_other_files_touches_none_of_them() {
    let folder = site();
    fs::create_dir_all(folder.0.join("run/notes")).expect("a folder");
    folder.write("run/diary.txt", "dear diary");
    folder.write("run/captures.pcap", "another one");
    folder.write("far.json", "old");
    symlink("../far.json", folder.0.join("run/truth.json")).expect("a link");
    run(&folder, "3");
    let mut all: Vec<&str> = FILES.to_vec();
    all.extend(["captures.pcap", "diary.txt", "notes"]);
    all.sort_unstable();
    assert_eq!(names(&folder, "run"), all);
    assert_eq!(folder.read("run/diary.txt"), "dear diary");
    assert_eq!(folder.read("run/captures.pcap"), "another one");
    // The link stays, and its target is the truth now.
    assert!(fs::read_link(folder.0.join("run/truth.json")).is_ok());
    assert!(folder.read("far.json").starts_with('{'));
}

#[test]
fn a_run_that_cannot_be_written_leaves_all_files_of_the_run_before() {
    let folder = site();
    run(&folder, "3");
    let before = contents(&folder);
    // From nothing at all to some files that fit: the captures are the largest.
    for limit in [0, 1, 8, 64] {
        let words = ["lab", "run", "site.toml", "--seed", "4", "--out", "run", "-q"];
        let done = folder.run_in_shell(&format!("ulimit -f {limit}; exec"), &words);
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{limit}: {}", done.err);
        assert!(done.err.starts_with("unanswered: cannot write run/"), "{}", done.err);
        assert!(done.err.contains(": File too large"), "{}", done.err);
        assert_eq!(contents(&folder), before, "{limit}");
        assert_eq!(names(&folder, "run"), FILES, "{limit}");
    }
    run(&folder, "4");
    assert_ne!(contents(&folder)[0], before[0], "another seed has other captures");
}

#[test]
fn the_last_file_of_a_run_that_cannot_be_written_keeps_the_first_from_being_replaced() {
    let folder = site();
    run(&folder, "3");
    let before = contents(&folder);
    fs::remove_file(folder.0.join("run/story.txt")).expect("a file");
    symlink("/dev/full", folder.0.join("run/story.txt")).expect("a link");
    let done = folder.run(&["lab", "run", "site.toml", "--seed", "4", "--out", "run", "-q"]);
    let said = "unanswered: cannot write run/story.txt: No space left on device (os error 28)\n";
    assert_eq!((done.code, done.err.as_str()), (Some(2), said));
    fs::remove_file(folder.0.join("run/story.txt")).expect("a link");
    folder.write("run/story.txt", &before[2]);
    assert_eq!(contents(&folder), before);
    assert_eq!(names(&folder, "run"), FILES);
}

#[test]
fn a_state_that_cannot_grow_keeps_what_it_has_and_the_sweep_goes_on_from_there() {
    let folder = site();
    let sweep = |seeds: &'static str| {
        ["lab", "sweep", "site.toml", "--seeds", seeds, "--explain", "0", "--threads", "1", "--state", "s"]
    };
    assert_eq!(folder.run(&sweep("2")).code, Some(0));
    let before = folder.read("s");
    let done = folder.run_in_shell("ulimit -f 0; exec", &sweep("6"));
    assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{}", done.err);
    let said = "unanswered: s: File too large (os error 27)\nhint: name a file that can be written\n";
    assert_eq!(done.err, said);
    assert_eq!(folder.read("s"), before);
    let resumed = folder.run(&sweep("6"));
    assert_eq!(resumed.code, Some(0), "{}", resumed.err);
    assert!(folder.read("s").starts_with(&before));
    assert_eq!(resumed.out, folder.run(&sweep("6")[..9]).out);
}
