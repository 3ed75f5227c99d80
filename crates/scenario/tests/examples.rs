//! Files that are sound: the document's examples, `files/story.toml`, and everything in `scenarios/`.

use serde_json::{Map, Value};
use std::net::Ipv4Addr;
use std::path::Path;
use toml::de::{DeTable, DeValue};
use unanswered_scenario::model::{NatRule, PortPolicy, Scenario, ServiceKind};
use unanswered_scenario::{DiagnosisNames, parse, read_file, schema};

#[path = "../../report/tests/json/schema.rs"]
mod json_schema;

const STORY: &str = include_str!("files/story.toml");
const DOCUMENT: &str = include_str!("../../../docs/scenario.md");

fn read(text: &str) -> Scenario {
    parse(text, "story.toml", DiagnosisNames::default()).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The TOML blocks of the document, completed.
fn examples() -> Vec<String> {
    let blocks = DOCUMENT.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let whole = |block: &str| {
        if block.contains("version = 1") {
            block.to_owned()
        } else {
            format!("version = 1\nduration = \"1h\"\n{block}")
        }
    };
    blocks.map(whole).collect()
}

/// The TOML files of the repository's own scenarios.
fn shipped() -> Vec<std::path::PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let files = std::fs::read_dir(directory).into_iter().flatten().filter_map(|item| Some(item.ok()?.path()));
    files.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect()
}

fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).expect("a number").into()
        }
        DeValue::Float(float) => float.as_str().parse::<f64>().expect("a number").into(),
        DeValue::Boolean(truth) => (*truth).into(),
        DeValue::Datetime(date) => date.to_string().into(),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => json_table(table),
    }
}

fn json_table(table: &DeTable<'_>) -> Value {
    let entries = table.iter().map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref())));
    Value::Object(entries.collect::<Map<_, _>>())
}

fn schema_problems(text: &str) -> Vec<String> {
    let schema: Value = serde_json::from_str(schema()).expect("the schema is JSON");
    let table = DeTable::parse(text).expect("TOML");
    json_schema::problems(&schema, &json_table(table.get_ref()))
}

#[test]
fn the_document_s_examples_are_right() {
    let examples = examples();
    assert!(examples.len() >= 5);
    for example in examples {
        let scenario = parse(&example, "example.toml", DiagnosisNames::default())
            .unwrap_or_else(|p| panic!("{p}\nin\n{example}"));
        assert!(!scenario.hosts.is_empty());
        assert_eq!(schema_problems(&example), Vec::<String>::new(), "{example}");
    }
}

#[test]
fn shipped_scenarios_are_right_and_fit_the_schema() {
    for path in shipped() {
        let text = std::fs::read_to_string(&path).unwrap();
        read_file(&path, DiagnosisNames::default()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(schema_problems(&text), Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn the_schema_refuses_what_it_does_not_know() {
    let text = format!("{STORY}\n[host.x]\nadress = \"10.9.9.9\"\n");
    assert_eq!(schema_problems(&text), ["/host/x/adress: not in the schema"]);
}

#[test]
fn groups_are_made_from_a_template_with_names_and_addresses() {
    let scenario = read(STORY);
    let names: Vec<&str> = scenario.hosts.iter().map(|host| host.name.as_str()).collect();
    assert_eq!(
        names,
        ["ntp-a", "ntp-b", "osa-hv1", "osa-hv2", "osa-vrouter", "osb-hv1", "osb-hv2", "osb-vrouter"]
    );
    let address = |host: usize, interface: usize| scenario.hosts[host].interfaces[interface].address;
    assert_eq!(address(5, 0), Ipv4Addr::new(192, 168, 0, 2), ".1 is the router's");
    assert_eq!(address(7, 1), Ipv4Addr::new(10, 9, 9, 102));
    assert_eq!(scenario.hosts[7].group, "osb");
    assert_eq!(scenario.hosts[7].on.map(|id| id.0), Some(5), "hv1 of its own group");
}

#[test]
fn a_masquerade_forwards_and_tracks_connections() {
    let scenario = read(STORY);
    let router = &scenario.hosts[4];
    assert!(router.forward && router.conntrack.is_some());
    let NatRule::Source(rule) = &router.nat[0] else { panic!("a masquerade") };
    assert_eq!((rule.out, rule.policy), (1, PortPolicy::Sticky));
    assert_eq!(rule.address, Ipv4Addr::new(10, 9, 9, 101));
}

#[test]
fn the_only_router_is_the_default_route() {
    let scenario = read(STORY);
    assert_eq!(scenario.hosts[2].routes[0].via, Ipv4Addr::new(192, 168, 0, 1));
    assert!(scenario.hosts[0].routes.is_empty(), "two routers are on the operations network");
}

#[test]
fn a_variant_is_a_whole_scenario_with_the_change() {
    let scenario = read(STORY);
    let profile = |scenario: &Scenario| {
        let ServiceKind::NtpClient(client) = &scenario.hosts[2].services[0].kind else { panic!("a client") };
        client.profile.clone()
    };
    assert_eq!(profile(&scenario), "ntpd-4.2.8");
    assert_eq!(profile(&scenario.variants[0].scenario), "chrony");
    assert_eq!(scenario.variants[0].scenario.timeline, scenario.timeline);
}

#[test]
fn a_glob_makes_a_vantage_point_for_each_interface() {
    let scenario = read(STORY);
    let names: Vec<&str> = scenario.vantages.iter().map(|vantage| vantage.name.as_str()).collect();
    assert_eq!(names, ["osa-vrouter-in", "osa-vrouter-out", "osb-vrouter-in", "osb-vrouter-out"]);
    assert_eq!(scenario.expect[0].vantages, ["osa-vrouter-out", "osb-vrouter-out"]);
}
