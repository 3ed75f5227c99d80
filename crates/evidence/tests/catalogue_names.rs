//! Names in the catalogue's files are declared names: a typing error would make an entry that never
//! fits.

#[path = "common/declared.rs"]
mod declared;

use std::fs;
use std::path::PathBuf;
use unanswered_evidence::vocabulary;
use unanswered_explain::catalogue::{Catalogue, Problem, check};
use unanswered_wire::ProtocolId;

/// Names in entries that are not declared.
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

/// A directory that is removed when the test ends.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover in the temporary folder does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn an_entry_may_name_what_is_declared_and_nothing_else() {
    let name = format!("unanswered-catalogue-names-{}", std::process::id());
    let directory = Scratch(std::env::temp_dir().join(name));
    fs::create_dir_all(&directory.0).unwrap();
    let problems = |protocols: &[&str], refusals: &[&str]| {
        let entry = format!(
            "id = \"x\"\ntitle = \"t\"\nprotocol = {protocols:?}\ngrade = \"A\"\nstep = [\"VALIDATE_REQUEST\"]\n\
             cause = \"c\"\nlatent = \"l\"\nremedy = \"r\"\nexperiment = \"e\"\nreferences = [\"a\"]\n[symptom]\n\
             words = \"w\"\nrefusal = {refusals:?}\n[[symptom.clause]]\nfeature = [\"ip.ttl\"]\nany = true\n\
             words = \"some\"\n"
        );
        fs::write(directory.0.join("x.toml"), entry).unwrap();
        check(&directory.0, &vocabulary()).iter().map(Problem::with_hint).collect::<Vec<_>>()
    };
    let codes: Vec<&str> = declared::refusals().iter().map(|kind| kind.code).collect();
    assert_eq!(problems(&ProtocolId::names(), &codes), [""; 0]);
    assert_eq!(problems(&["no-such"], &[]).len(), 1);
    let near = problems(&["ntp"], &["dns.refussed"]);
    assert_eq!(near.len(), 1);
    assert!(near[0].ends_with("refusal cannot be dns.refussed; did you mean dns.refused?"), "{}", near[0]);
}
