//! Names in the catalogue's files are names of something declared: a typing error would make an entry that
//! never fits.

#[path = "common/declared.rs"]
mod declared;

use std::fs;
use std::path::PathBuf;
use unanswered_explain::catalogue::{Catalogue, check};
use unanswered_wire::ProtocolId;

/// What entries name that is not declared.
fn unknown(names: impl Fn(&unanswered_explain::catalogue::Entry) -> Vec<String>) -> Vec<String> {
    let catalogue = Catalogue::embedded();
    let of = |entry| names(entry).into_iter().map(|name| format!("{}: {name}", entry.id)).collect::<Vec<_>>();
    catalogue.entries().iter().flat_map(of).collect()
}

#[test]
fn patterns_name_declared_features() {
    let declared: Vec<&str> = declared::features().iter().map(|feature| feature.name).collect();
    let is_declared = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => declared.iter().any(|name| name.starts_with(start)),
        None => declared.contains(&pattern),
    };
    let unknown = unknown(|entry| {
        let all = entry.symptom.clauses.iter().flat_map(|clause| &clause.features);
        all.filter(|pattern| !is_declared(pattern)).cloned().collect()
    });
    assert_eq!(unknown, [""; 0]);
}

#[test]
fn entries_name_declared_protocols() {
    let declared = ProtocolId::names();
    let unknown = unknown(|entry| {
        entry.protocols.iter().filter(|name| !declared.contains(&name.as_str())).cloned().collect()
    });
    assert_eq!(unknown, [""; 0]);
}

#[test]
fn symptoms_name_declared_refusals() {
    let declared: Vec<&str> = declared::refusals().iter().map(|kind| kind.code).collect();
    let unknown = unknown(|entry| {
        let all = entry.symptom.refusals.iter();
        all.filter(|code| !declared.contains(&code.as_str())).cloned().collect()
    });
    assert_eq!(unknown, [""; 0]);
}

/// A directory that goes when the test ends.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind in the temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn an_entry_may_name_every_protocol_there_is_and_no_other() {
    let name = format!("unanswered-catalogue-names-{}", std::process::id());
    let directory = Scratch(std::env::temp_dir().join(name));
    fs::create_dir_all(&directory.0).unwrap();
    let problems = |protocols: &[&str]| {
        let entry = format!(
            "id = \"x\"\ntitle = \"t\"\nprotocol = {protocols:?}\ngrade = \"A\"\nstep = [\"VALIDATE_REQUEST\"]\n\
             cause = \"c\"\nlatent = \"l\"\nremedy = \"r\"\nexperiment = \"e\"\nreferences = [\"a\"]\n[symptom]\n\
             words = \"w\"\n[[symptom.clause]]\nfeature = [\"ip.ttl\"]\nany = true\nwords = \"some\"\n"
        );
        fs::write(directory.0.join("x.toml"), entry).unwrap();
        check(&directory.0).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(problems(&ProtocolId::names()), [""; 0]);
    assert_eq!(problems(&["no-such"]).len(), 1);
}
