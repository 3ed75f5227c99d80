//! A scenario file that is changed and written back means what it should.

use unanswered_scenario::model::{Scenario, ServiceKind};
use unanswered_scenario::{DiagnosisNames, Document, EditError, Setting, parse};
use unanswered_wire::Span;

const STORY: &str = include_str!("files/story.toml");
const EXAMPLES: &str = include_str!("../../../docs/scenario.md");

fn story() -> Document {
    Document::parse(STORY, "story.toml", DiagnosisNames::default()).expect("the story is TOML")
}

/// What the document means, before and after it is written.
fn meaning(document: &Document) -> Scenario {
    let scenario = document.scenario().unwrap_or_else(|problems| panic!("{problems}"));
    let text = document.to_toml();
    let again = parse(&text, "story.toml", DiagnosisNames::default())
        .unwrap_or_else(|problems| panic!("{problems}\nin\n{text}"));
    assert_eq!(scenario, again, "{text}");
    scenario
}

#[test]
fn what_is_written_back_means_the_same() {
    meaning(&story());
    for block in EXAMPLES.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        let head = if block.contains("version = 1") { "" } else { "version = 1\nduration = \"1h\"\n" };
        meaning(
            &Document::parse(&format!("{head}{block}"), "story.toml", DiagnosisNames::default()).unwrap(),
        );
    }
}

#[test]
fn written_text_is_pleasant() {
    insta::assert_snapshot!(story().to_toml());
}

#[test]
fn strings_survive_being_written() {
    let mut document = story();
    let awkward = "a \"quote\", a \\, a tab\t, {brace}, \u{7f}\u{1b}[1m\nand a 'line' \"\"\" more";
    document.set("about", awkward).unwrap();
    assert_eq!(meaning(&document).about, awkward);
}

#[test]
fn values_are_set_by_path() {
    let mut document = story();
    document.set("seed", Setting::Integer(99)).unwrap();
    document.set("template.cluster.host.hv.count", Setting::Integer(4)).unwrap();
    document.set("event.power-cycle.reboot.down", "7min").unwrap();
    document.set("host.ntp-a.service.ntpd.limit.kod", Setting::Bool(true)).unwrap();
    let scenario = meaning(&document);
    assert_eq!(scenario.seed, 99);
    assert_eq!(scenario.hosts.len(), 12);
    let ServiceKind::NtpServer(server) = &scenario.hosts[0].services[0].kind else { panic!("a server") };
    assert!(server.limit.unwrap().kod);
}

#[test]
fn a_path_that_leads_nowhere_is_an_error() {
    let mut document = story();
    for path in ["", "a..b", "event.nothing.at", "seed.x", "\"open"] {
        assert!(matches!(document.set(path, Setting::Bool(true)), Err(EditError::Path { .. })), "{path}");
    }
    assert!(document.remove("event.nothing").is_err());
    assert_eq!(document.to_toml(), story().to_toml());
}

#[test]
fn a_host_of_a_template_is_removed_and_the_others_keep_their_addresses() {
    let mut document = story();
    let before = meaning(&document);
    document.remove_host("osa-hv1").unwrap();
    let after = meaning(&document);
    assert_eq!(after.hosts.len(), before.hosts.len() - 1);
    for host in &after.hosts {
        let same = before.hosts.iter().find(|other| other.name == host.name).unwrap();
        assert_eq!(host.interfaces, same.interfaces, "{}", host.name);
    }
    let router = after.hosts.iter().find(|host| host.name == "osa-vrouter").unwrap();
    assert_eq!(router.on, None, "what it lived on is not there");
    assert_eq!(after.alarms[0].hosts.len(), 3);
}

#[test]
fn a_host_that_stands_alone_and_is_named_nowhere_leaves_the_text() {
    let mut document = Document::parse(
        &format!("{STORY}\n[host.bystander]\nnetwork = \"oam\"\naddress = \"10.9.9.200\"\n"),
        "story.toml",
        DiagnosisNames::default(),
    )
    .unwrap();
    document.remove_host("bystander").unwrap();
    assert_eq!(document.to_toml(), story().to_toml());
    document.remove_host("ntp-b").unwrap();
    assert!(document.to_toml().contains("without = [\"ntp-b\"]"), "clients name it");
    meaning(&document);
}

#[test]
fn groups_events_and_time_are_taken_away() {
    let mut document = story();
    document.remove_group("osb").unwrap();
    document.remove_event("power-cycle").unwrap();
    document.set_duration(Span::from_seconds(5400));
    document.remove_variants();
    let scenario = meaning(&document);
    assert_eq!(document.event_names(), ["upgrade"]);
    assert_eq!(scenario.duration, Span::from_seconds(5400));
    assert!(scenario.hosts.iter().all(|host| host.group != "osb"));
    assert!(scenario.variants.is_empty());
    assert!(document.to_toml().contains("duration = \"90min\""));
    assert_eq!(document.group_names().into_iter().collect::<Vec<_>>(), ["osa"]);
    assert!(document.remove_group("osb").is_err());
    assert!(document.remove_host("osb-hv1").is_err());
    assert!(document.remove_event("power-cycle").is_err());
}
