//! From a file's tables to a scenario: templates, then addresses, then everything that refers to them.

use super::diagnosis_names::DiagnosisNames;
use super::expand::expand;
use super::model::Scenario;
use super::placed_site::{Incomplete, PlacedSite};
use super::sections::ROOT;
use super::toml_values::Fields;
use super::units::{date, length, text, whole, within};
use super::{addressing, cross_checks, file, routes};
use std::path::Path;
use unanswered_toml_text::{Node, ProblemSink, TomlTable};
use unanswered_wire::{Span, Time};

/// 2026-01-01T00:00:00Z.
const START: Time = Time::from_nanoseconds(1_767_225_600_000_000_000);

/// Reads everything but variants; `None` when the file is too wrong for that.
pub(super) fn resolve(
    sink: &ProblemSink,
    table: &TomlTable,
    file_name: &str,
    names: DiagnosisNames,
) -> Option<Scenario> {
    let root = Fields::of_table(sink, table, 0, &ROOT);
    root.required("version", version)?;
    let drafts = expand(&root);
    let (networks, ids) = file::networks(sink, &drafts.networks);
    cross_checks::names(sink, &drafts.hosts);
    let hosts_incomplete = !sink.is_empty();
    let without = addressing::without(&root, &drafts.hosts);
    let placed = addressing::assign(sink, &networks, &ids, drafts.hosts, &without);
    let incomplete = Incomplete { hosts: hosts_incomplete, interfaces: !sink.is_empty() };
    let site = PlacedSite::new(sink, networks, ids, placed, incomplete);
    let mut hosts = file::hosts(&site);
    let mut waiting = Vec::new();
    let timeline = file::events(&site, &hosts, &root, &mut waiting);
    let vantages = file::vantages(&site, &root, &mut waiting);
    let alarms = file::alarms(&site, &root);
    let chapters = file::chapters(&site, &root, &mut waiting);
    let expect = file::expectations(&root, &vantages, names);
    cross_checks::waiting(&root, &alarms, &waiting);
    cross_checks::affected(&root);
    cross_checks::nesting(&site, &hosts);
    cross_checks::tunnels(&site, &drafts.networks);
    routes::fill(&site, &mut hosts);
    if sink.is_empty() {
        routes::check(&site, &hosts);
    }
    let stem = Path::new(file_name).file_stem().and_then(|stem| stem.to_str()).unwrap_or("scenario");
    let name = root.read("name", text).unwrap_or_else(|| stem.to_owned());
    Some(Scenario {
        title: root.read("title", text).unwrap_or_else(|| name.clone()),
        name,
        about: root.read("about", text).unwrap_or_default(),
        start: root.read("start", date).unwrap_or(START),
        duration: root.required("duration", duration).unwrap_or_default(),
        seed: root.read("seed", whole).unwrap_or(1),
        networks: site.networks,
        hosts,
        timeline,
        vantages,
        alarms,
        chapters,
        expect,
        variants: Vec::new(),
    })
}

fn version(node: &Node) -> Result<(), String> {
    match within(1_u8, 1)(node) {
        Ok(_) => Ok(()),
        Err(_) => Err("this program reads version = 1".to_owned()),
    }
}

fn duration(node: &Node) -> Result<Span, String> {
    let read = length(node)?;
    if read > Span::default() { Ok(read) } else { Err("a run takes some time, as \"1d\"".to_owned()) }
}
