//! House rules, each as a test that names the files that break it.

use unanswered_tidy::circles::circles;
use unanswered_tidy::{SourceFile, files};

/// Crates whose decisions must be the same on every machine and at every time.
const CORE: [&str; 17] = [
    "time",
    "registry",
    "table",
    "wire",
    "inflate",
    "capture",
    "narrow",
    "exchange",
    "explain",
    "evidence",
    "ntp",
    "clients",
    "toml-text",
    "scenario",
    "world",
    "forecast",
    "probe",
];

#[test]
fn files_are_no_longer_than_800_lines() {
    none(&rust(), |file| {
        let lines = file.text.lines().count();
        (lines > 800).then(|| format!("{lines} lines: split it"))
    });
}

#[test]
fn files_say_what_they_are_for() {
    // A module of unit tests is explained by the module it tests.
    let modules = rust().into_iter().filter(|file| !file.path.ends_with("/tests.rs")).collect::<Vec<_>>();
    none(&modules, |file| {
        let first = file.text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#!["));
        (!first.is_some_and(|line| line.starts_with("//!")))
            .then(|| "begins without a //! comment".to_owned())
    });
}

#[test]
fn core_crates_touch_no_network_no_runtime_and_no_arguments() {
    let banned = ["tokio", "async-std", "mio", "socket2", "clap", "anyhow", "rand", "serde"];
    let manifests: Vec<SourceFile> = CORE
        .iter()
        .flat_map(|name| {
            files(&["Cargo.toml"])
                .unwrap()
                .into_iter()
                .filter(move |f| f.path == format!("crates/{name}/Cargo.toml"))
        })
        .collect();
    assert_eq!(manifests.len(), CORE.len(), "every core crate has a manifest");
    none(&manifests, |file| {
        let used = file.text.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
        used.into_iter().find(|name| banned.contains(name)).map(|name| format!("depends on {name}"))
    });
}

#[test]
fn every_crate_has_the_house_s_lints() {
    let manifests: Vec<SourceFile> =
        files(&["Cargo.toml"]).unwrap().into_iter().filter(|file| file.path.starts_with("crates/")).collect();
    assert!(manifests.len() > 5);
    none(&manifests, |file| {
        (!file.text.contains("[lints]\nworkspace = true"))
            .then(|| "lacks [lints] workspace = true".to_owned())
    });
}

#[test]
fn nothing_is_left_to_do_in_code() {
    let marks = ["todo!", "unimplemented!", "FIXME", "XXX", "#[ignore"];
    none(&rust(), |file| {
        if file.path.starts_with("crates/tidy/") {
            return None;
        }
        marks.iter().find(|mark| file.text.contains(**mark)).map(|mark| format!("has {mark}"))
    });
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let all = files(&[".rs", ".toml", ".md", ".sh", ".py", "test", "run", ".json", ".yml"]).unwrap();
    none(&all, |file| {
        if file.path.starts_with("crates/tidy/") || file.path.starts_with("testdata/") {
            return None;
        }
        ["/tmp/", "/work/", "/root/", "/home/"].iter().find(|path| file.text.contains(**path)).map(|path| {
            let line = file.text.lines().position(|line| line.contains(path)).map_or(0, |index| index + 1);
            format!("line {line} names {path}")
        })
    });
}

#[test]
fn test_names_are_sentences() {
    none(&rust(), |file| {
        if file.path.starts_with("crates/tidy/") {
            return None;
        }
        file.text.contains("fn test_").then(|| "has a test whose name begins with test_".to_owned())
    });
}

#[test]
fn siblings_form_no_circle() {
    let found = circles(&rust());
    assert!(found.is_empty(), "{} circles:\n{}", found.len(), found.join("\n"));
}

fn rust() -> Vec<SourceFile> {
    let found = files(&[".rs"]).expect("the repository can be read");
    assert!(found.len() > 20, "the repository has Rust files");
    found
}

fn none(files: &[SourceFile], complaint: impl Fn(&SourceFile) -> Option<String>) {
    let complaints: Vec<String> = files
        .iter()
        .filter_map(|file| complaint(file).map(|said| format!("{}: {said}", file.path)))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
