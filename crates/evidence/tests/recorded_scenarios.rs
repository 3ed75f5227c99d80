//! Every recorded scenario gets a verdict that `testdata/expected.json` accepts, from all its places
//! together; what each place alone can show is a snapshot, to be read when it changes.

use serde_json::Value as Json;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::{PairerConfig, read_captures};
use unanswered_explain::{
    Clause, Condition, Diagnosis, Finding, Options, Remark, Source as _, Value, explain,
};
use unanswered_table::Viewpoint;
use unanswered_wire::features::{DESTINATION, NEIGHBOUR_TARGET, SOURCE, UDP_SOURCE};

/// Features that the first finding must name, one of each group (what `telltale` in expected.json
/// says in prose).
type Named = &'static [&'static [&'static str]];

macro_rules! scenarios {
    ($($name:ident: $folder:literal, $named:expr;)*) => {
        $(#[test]
        fn $name() {
            check($folder, $named);
        })*
    };
}

scenarios! {
    story_of_both_clusters: "captures/story-osa", &[&["ip.dst"], &["udp.srcport"]];
    story_of_the_unharmed_cluster: "captures/story-osb", &[];
    fixed_server: "captures/fixed", &[];
    onset: "captures/onset", &[&["udp.srcport"]];
    random_loss: "captures/loss", &[];
    rate_limit: "captures/ratelimit", &[&["ip.src", "gap.client", "rate.client.requests_last_10s"]];
    outage: "captures/outage", &[];
    replies_lost_behind_the_nat: "captures/asym", &[&["ip.src"]];
    dns_port_block: "captures/dns", &[&["udp.srcport"]];
    nothing_wrong: "battery/nothing-wrong", &[];
    bursty_random_loss: "battery/bursty-random-loss", &[];
    rising_loss: "battery/rising-loss", &[];
    periodic_outage: "battery/periodic-outage", &[&["ip.dst"]];
    forwarder_full: "battery/dnsmasq-forward-max", &[&["dns.qry.zone", "dns.qry.name"]];
    snat_ports_used_up: "battery/snat-port-exhaustion", &[&["in_flight.open_connections"]];
    dead_hash_bucket: "battery/hash-bucket-dead-dns", &[&["flow"]];
    service_on_ipv4_only: "battery/ntp-server-only-v4", &[&["ip.dst", "ip.version"], &["udp.dstport", "protocol"]];
    fragments_dropped: "battery/dns-fragments-dropped", &[&["dns.qry.name", "dns.qry.name.len", "reply.len"], &["dns.rr.udp_payload_size", "reply.len"]];
    edns_unanswered: "battery/dns-edns-unanswered", &[&["ip.dst"], &["dns.count.add_rr", "dns.edns"]];
    second_of_two_lost: "battery/dns-parallel-second-lost", &[&["gap.flow", "reuse.port"]];
    ecn_setup_dropped: "battery/ecn-syn-dropped", &[&["ip.dst"], &["tcp.flags.ece", "tcp.flags.cwr"]];
    ttl_too_low: "battery/ttl-too-low", &[&["ip.ttl"]];
    mtu_black_hole: "battery/mtu-blackhole", &[&["ip.len", "frame.len"], &["ip.flags.df"]];
    reverse_path_filter: "battery/rp-filter-strict", &[&["ip.dst"], &["ip.src"]];
    nat_idle_timeout: "battery/nat-idle-timeout", &[&["gap.flow", "reuse.port"]];
    reply_from_another_address: "battery/multihomed-reply-source", &[&["ip.dst"]];
    overlay_with_nothing_wrong: "nested/n1", &[];
    overlay_with_the_storys_fault: "nested/n2", &[&["ip.dst"], &["udp.srcport"]];
    overlay_losing_odd_outer_ports: "nested/n3", &[&["tunnel.udp.srcport"], &["tunnel.ip.src", "ip.src", "tunnel.ip.dst"]];
    overlay_losing_replies: "nested/n5", &[&["ip.src"]];
    overlay_with_a_stale_destination: "nested/n6", &[];
    overlay_with_random_loss: "nested/n12", &[];
}

fn check(folder: &str, named: Named) {
    let expected = expected(folder);
    let diagnosis = diagnose(&all_places(folder));
    let verdict = diagnosis.verdict.word();
    assert!(accepts(&expected["verdict"], verdict), "{folder}: verdict {verdict}\n{diagnosis:#?}");
    // Of a machine that is gone, its neighbours' questions are a finding of their own (`neighbour_fault`).
    let routed = |f: &&Finding| !f.clauses.iter().any(|c| c.subject.is(&NEIGHBOUR_TARGET));
    let step = match diagnosis.findings.iter().find(routed) {
        Some(first) => {
            assert!(accepts(&expected["kind"], first.kind.word()), "{folder}: kind {:?}", first.kind);
            for outcome in &first.failed {
                assert!(accepts(&expected["failed"], outcome.word()), "{folder}: explains {outcome}");
            }
            // A mechanism says itself what its telltale only looks like.
            for group in named.iter().filter(|_| first.at_work.is_none()) {
                let says = first.region().clauses.iter().any(|c| group.contains(&c.subject.reported_name()));
                assert!(says, "{folder}: none of {group:?} in {:?}", first.clauses);
            }
            first.step.as_ref()
        }
        None => {
            assert!(named.is_empty(), "{folder}: no finding");
            diagnosis.step.as_ref()
        }
    };
    if !expected["step"].is_null() {
        let step = step.and_then(|s| s.step).map_or("none", |s| s.name());
        assert!(accepts(&expected["step"], step), "{folder}: step {step}");
    }
}

/// The story in full, beyond what expected.json can say.
#[test]
fn the_story_is_told_with_its_limits() {
    let diagnosis = diagnose(&all_places("captures/story-osa"));
    let finding = &diagnosis.findings[0];
    let port = finding.clauses.iter().find(|c| c.subject.is(&UDP_SOURCE)).expect("a port");
    assert_eq!(port.at, Viewpoint::BeyondNat);
    let bracket = port.bracket_high.expect("an upper bracket");
    assert_eq!((bracket.failing, bracket.working), (11.0, Some(123.0)));
    assert_eq!(finding.standing, unanswered_explain::Standing::Likely);
    assert_eq!(finding.inside.units, 1, "one mapping is one unit of evidence");
    let rival = |r: &unanswered_explain::Rival| {
        r.same_requests
            && r.clauses.iter().any(|c| c.subject.is(&SOURCE))
            && r.clauses.iter().any(|c| c.subject.is(&DESTINATION))
    };
    assert!(finding.rivals.iter().any(rival), "client and server are a rival: {:?}", finding.rivals);
    assert_eq!(finding.known[0].id, "ntpd-lowport-lt123");
    let preferred = |r: &Remark| matches!(r, Remark::KnownMechanism { id, .. } if id == "ntpd-lowport-lt123");
    assert!(finding.remarks.iter().any(preferred), "the preference is said: {:?}", finding.remarks);
    let other_cluster = |r: &unanswered_explain::Refutation| {
        r.clauses
            .iter()
            .any(|c| matches!(&c.condition, Condition::NotIn(v) if v.contains(&Value::Number(123.0))))
            && r.answered == 171
    };
    assert!(finding.refuted.iter().any(other_cluster), "not 123 died: {:?}", finding.refuted);
}

/// What every place alone shows. Reviewed line by line when it changes: a drop before a place makes
/// that place see nothing wrong, and rightly so.
#[test]
fn single_places_show_what_they_can() {
    let mut lines = String::new();
    for group in ["captures", "battery"] {
        for folder in folders(group) {
            let _ = writeln!(lines, "{folder}");
            for file in captures(&folder) {
                let place =
                    file.file_name().and_then(|n| n.to_str()).expect("a name").replace(".pcap.zst", "");
                let _ = writeln!(lines, "  {place:<12} {}", summary(&diagnose(&[file])));
            }
        }
    }
    insta::assert_snapshot!(lines);
}

fn summary(diagnosis: &Diagnosis) -> String {
    let mut text = diagnosis.verdict.word().to_owned();
    for finding in diagnosis.findings.iter().take(2) {
        let mut clauses: Vec<String> = finding.clauses.iter().map(words).collect();
        clauses.extend(finding.at_work.iter().map(|at_work| at_work.mechanism.code().to_owned()));
        let window = if finding.from.is_some() { " in a window" } else { "" };
        let period = if finding.period.is_some() { " periodically" } else { "" };
        let step = finding.step.as_ref().and_then(|s| s.step).map_or("-", |s| s.name());
        let _ = write!(
            text,
            "; {} [{}]{window}{period} {}/{} {step}",
            finding.kind.word(),
            clauses.join(" & "),
            finding.inside.failed,
            finding.inside.requests
        );
        if let Some(known) = finding.known.first() {
            let _ = write!(text, " {}", known.id);
        }
    }
    text
}

fn words(clause: &Clause) -> String {
    let name = clause.subject.reported_name();
    let name = clause.at.word().map_or_else(|| name.to_owned(), |at| format!("{name}@{at}"));
    let value = |v: &Value| match v {
        Value::Number(n) => n.to_string(),
        Value::Text(t) => t.clone(),
    };
    let set = |v: &[Value]| {
        if v.len() > 3 {
            format!("{} values", v.len())
        } else {
            v.iter().map(value).collect::<Vec<_>>().join(", ")
        }
    };
    match &clause.condition {
        Condition::In(v) => format!("{name} in {}", set(v)),
        Condition::NotIn(v) => format!("{name} not in {}", set(v)),
        Condition::Range { at_least, at_most } => {
            let low = at_least.map_or(String::new(), |b| format!("{b} <= "));
            let high = at_most.map_or(String::new(), |b| format!(" <= {b}"));
            format!("{low}{name}{high}")
        }
        Condition::Modulus { modulus, remainders } => format!("{name} % {modulus} in {remainders:?}"),
    }
}

fn accepts(list: &Json, word: &str) -> bool {
    list.as_array().is_none_or(|l| l.iter().any(|w| w == word))
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

fn expected(folder: &str) -> Json {
    let text = std::fs::read_to_string(testdata().join("expected.json")).expect("expected.json is there");
    let all: Json = serde_json::from_str(&text).expect("expected.json is JSON");
    let (group, name) = folder.split_once('/').expect("group/name");
    all[group][name].clone()
}

fn folders(group: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(testdata().join(group))
        .expect("the group is there")
        .map(|e| format!("{group}/{}", e.expect("an entry").file_name().to_string_lossy()))
        .filter(|folder| testdata().join(folder).is_dir())
        .collect();
    names.sort();
    names
}

fn captures(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(testdata().join(folder))
        .expect("the scenario is there")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.to_string_lossy().contains(".pcap"))
        .collect();
    files.sort();
    files
}

/// All places of a scenario. The story's two clusters belong together; the servers' files hold both
/// clusters' traffic, so the unharmed cluster is judged by its own places. `any` captures repeat what
/// the single interfaces show.
fn all_places(folder: &str) -> Vec<PathBuf> {
    let name = |p: &PathBuf| p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut files = captures(folder);
    if folder.ends_with("story-osa") {
        files.extend(captures("captures/story-osb").into_iter().filter(|p| !name(p).starts_with("ntp-")));
    }
    if folder.ends_with("story-osb") {
        files.retain(|p| !name(p).starts_with("ntp-"));
    }
    files.retain(|p| !name(p).contains("-any"));
    files
}

fn diagnose(files: &[PathBuf]) -> Diagnosis {
    let story = files.iter().any(|f| f.to_string_lossy().contains("story-osa")) && files.len() > 1;
    let inputs: Vec<InputSpec> = files
        .iter()
        .map(|f| {
            let (folder, name) = (f.parent().and_then(Path::file_name), f.file_name());
            let text =
                |n: Option<&std::ffi::OsStr>| n.map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            // Both clusters have a cpn1.
            let named = format!("{}-{}={}", text(folder), text(name), f.display());
            if story { InputSpec::parse(&named) } else { InputSpec::parse(&f.display().to_string()) }
        })
        .collect();
    let exchanges =
        read_captures(&inputs, &PairerConfig::default(), &mut |_| {}).expect("the captures are readable");
    let source = ExchangeSource::new(&exchanges);
    let totals = exchanges.totals();
    assert_eq!(totals.outcomes.requests(), exchanges.len() as u64, "each request has one outcome");
    assert_eq!(source.rows() as u64, totals.outcomes.requests());
    explain(&source, &Options::default())
}
