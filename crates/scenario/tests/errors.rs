//! Files that are wrong: each problem with its line and column, and what to do.

use std::sync::OnceLock;
use unanswered_scenario::{DiagnosisNames, parse};

const STORY: &str = include_str!("files/story.toml");
const HEAD: &str = "version = 1\nduration = \"1h\"\nnetwork.lan.subnet = \"10.0.0.0/24\"\n";

/// A diagnosis with two verdicts and two known faults.
fn names() -> DiagnosisNames {
    static FAULTS: OnceLock<Vec<String>> = OnceLock::new();
    let faults = || {
        let ids = || ["conntrack-table-full", "ntpd-lowport-lt123"].map(str::to_owned).to_vec();
        FAULTS.get_or_init(ids).as_slice()
    };
    DiagnosisNames { verdicts: &["findings", "outage"], faults }
}

fn problems(text: &str) -> String {
    match parse(text, "x.toml", names()) {
        Ok(_) => panic!("nothing wrong with\n{text}"),
        Err(problems) => problems.with_hints(),
    }
}

/// Problems of a file with a network `lan` and these lines, of which the first is line 4.
fn wrong(lines: &str) -> String {
    problems(&format!("{HEAD}{lines}"))
}

/// Problems of `story.toml` with a text replaced.
fn story(old: &str, new: &str) -> String {
    assert!(STORY.contains(old));
    problems(&STORY.replacen(old, new, 1))
}

#[test]
fn what_is_no_toml_is_said_with_its_place() {
    insta::assert_snapshot!(problems("version = 1\nduration = \"1h\n[host\n"));
}

#[test]
fn an_empty_file_lacks_its_version() {
    insta::assert_snapshot!(problems(""));
    insta::assert_snapshot!(problems("version = 2\nduration = \"1h\""));
    insta::assert_snapshot!(problems("version = 1\n"));
}

#[test]
fn unknown_keys_suggest_the_nearest() {
    insta::assert_snapshot!(wrong(
        "tittle = \"x\"\n[host.a]\nnetwork = \"lan\"\nadress = \"10.0.0.5\"\n[host.a.service.ping]\nto = \"a\"\nzzz = 1\n"
    ));
}

#[test]
fn unknown_names_suggest_the_nearest() {
    insta::assert_snapshot!(story("servers = [\"ntp-a\", \"ntp-b\"]", "servers = [\"ntp-x\", \"npt-b\"]"));
    insta::assert_snapshot!(story("masquerade = \"oam\"", "masquerade = \"oma\""));
    insta::assert_snapshot!(story("network = \"inside\"\nservice", "network = \"insid\"\nservice"));
    insta::assert_snapshot!(story("on = \"hv1\"", "on = \"hv3\""));
    insta::assert_snapshot!(story("template = \"cluster\"", "template = \"clutser\""));
    insta::assert_snapshot!(story("service = \"ntpd\", to", "service = \"ntp\", to"));
    insta::assert_snapshot!(story("ntpd-lowport-lt123", "ntpd-lowport"));
}

#[test]
fn wrong_units_say_what_is_accepted() {
    insta::assert_snapshot!(wrong(
        r#"
[network.a]
subnet = "10.1.0.1/24"
delay = 5
jitter = "5 parsecs"
loss = "half"
mtu = 20
rate = "fast"
queue = "9GiB"
vlan = [1, 2, 5000]
reorder = 1.5
[host.h]
network = "lan"
address = "10.0.0.300"
ttl = 0
kernel = "new"
rp_filter = "stict"
clock = { frequency_ppm = -1 }
conntrack = { table_size = 0 }
nat = [{ masquerade = "lan", policy = "sticki", ports = "9-1", mapping = "x" }]
"#
    ));
}

#[test]
fn firewall_rules_are_read_strictly() {
    insta::assert_snapshot!(wrong(
        r#"
[host.h]
network = "lan"
firewall = [
  { chain = "inptu", action = "drop" },
  { chain = "ingress:eth1", action = "drop" },
  { chain = "input", action = "dorp" },
  { chain = "input", when = { "udp.scrport" = 1, "udp.srcport" = "low", "ip.dst" = 5, "udp.dstport%0" = 1 }, action = "drop" },
  { chain = "input", action = { limit = { rate = "often" } } },
  { name = "a", chain = "input", action = "drop" },
  { name = "a", chain = "input", action = "drop" },
]
"#
    ));
}

#[test]
fn services_are_read_strictly() {
    insta::assert_snapshot!(wrong(
        r#"
[host.h]
network = "lan"
service.a = {}
service.b = { kind = "ntp-sever" }
service.ntp-server = { profile = "ntpd", stratum = 16, reference = "too long" }
service.ntp-client = { minpoll = 9, maxpoll = 8 }
service.tcp-client = { to = "h", interval = { uniform = ["2s", "1s"] } }
service.dns-client = { server = "nobody", types = ["A", "AAAAA"], interval = "soon" }
service.c = 3
"#
    ));
}

#[test]
fn addresses_are_in_their_subnet_and_given_once() {
    insta::assert_snapshot!(wrong(
        r#"
[host.a]
network = "lan"
address = "10.0.0.5"
[host.b]
network = "lan"
address = "10.0.0.5"
[host.c]
network = "lan"
address = "10.0.1.5"
[host.d]
network = "lan"
address = "10.0.0.255"
[host.e]
[host.f]
address = "10.0.0.6"
[host.g]
network = "lan"
via = "10.9.9.9"
[network.tiny]
subnet = "10.2.0.0/30"
[host.t]
count = 3
network = "tiny"
"#
    ));
}

#[test]
fn names_that_a_template_makes_twice_are_found() {
    insta::assert_snapshot!(story("[group.sites]", "[host.osa-hv2]\nnetwork = \"oam\"\n\n[group.sites]"));
    insta::assert_snapshot!(story("names = [\"osa\", \"osb\"]", "names = [\"osa\", \"osa\"]"));
    insta::assert_snapshot!(story("10.9.9.{i+100}", "10.9.9.101"));
    insta::assert_snapshot!(story("10.9.9.{i+100}", "10.9.9.{x}"));
    insta::assert_snapshot!(story("names = [\"osa\", \"osb\"]", "names = [\"os/a\"]"));
}

#[test]
fn waiting_for_nobody_or_for_oneself_is_found() {
    let events =
        "[[event]]\nname = \"a\"\nafter = \"b\"\n[[event]]\nname = \"b\"\nafter = { event = \"a\" }\n";
    insta::assert_snapshot!(wrong(events));
    insta::assert_snapshot!(wrong("[[event]]\nname = \"a\"\nafter = \"a\"\n"));
    insta::assert_snapshot!(story(
        "alarm_raised = \"NTP Upstream Server Failure\"",
        "alarm_raised = \"NTP\""
    ));
    insta::assert_snapshot!(story("wait = \"14d\"", "event = \"power-cycle\""));
}

#[test]
fn events_do_one_thing_at_some_time() {
    insta::assert_snapshot!(wrong(
        r#"
[host.h]
network = "lan"
[[event]]
name = "never"
off = "h"
[[event]]
name = "twice"
at = "1s"
every = { period = "1s" }
[[event]]
name = "two"
at = "1s"
off = "h"
on = "h"
[[event]]
name = "nobody"
at = "1s"
off = "x*"
[[event]]
name = "affected"
at = "1s"
reboot = { hosts = "h", pick = "affected" }
[[event]]
name = "bundle"
at = "1s"
bundle_bad = { network = "lan", bad = [1] }
[[event]]
name = "two"
every = { period = "0s" }
"#
    ));
}

#[test]
fn vantage_points_stand_on_interfaces() {
    insta::assert_snapshot!(story("at = \"*-vrouter:*\"", "at = \"*-vrouter:eth0\""));
    insta::assert_snapshot!(story("at = \"*-vrouter:*\"", "at = \"osa-vrouter\""));
    insta::assert_snapshot!(story("at = \"*-vrouter:*\"", "at = \"osa-router:out\""));
    insta::assert_snapshot!(story("at = \"*-vrouter:*\"", "name = \"v\"\nat = \"*-vrouter:out\""));
    insta::assert_snapshot!(story("at = \"*-vrouter:*\"", "affected_only = true\nat = \"*-vrouter:out\""));
}

#[test]
fn circles_and_depth_are_found() {
    insta::assert_snapshot!(wrong(
        r#"
network.a = { subnet = "10.1.0.0/24", tunnel = { kind = "vxlan", over = "b" } }
network.b = { subnet = "10.2.0.0/24", tunnel = { kind = "gre", over = "a" } }
network.t1 = { subnet = "10.3.0.0/24", tunnel = { kind = "vxlan", over = "lan" } }
network.t2 = { subnet = "10.4.0.0/24", tunnel = { kind = "vxlan", over = "t1" } }
network.t3 = { subnet = "10.5.0.0/24", tunnel = { kind = "vxlan", over = "t2" } }
network.t4 = { subnet = "10.6.0.0/24", tunnel = { kind = "vxlan", over = "t3" } }
[host.x]
network = "lan"
on = "y"
[host.y]
network = "lan"
on = "x"
"#
    ));
}

#[test]
fn limits_are_kept() {
    insta::assert_snapshot!(wrong("[host.h]\nnetwork = \"lan\"\ncount = 0\n"));
    insta::assert_snapshot!(wrong("[host.h]\nnetwork = \"lan\"\ncount = 100001\n"));
    insta::assert_snapshot!(wrong(
        "[host.h]\nnetwork = \"lan\"\ncount = 60000\n[host.i]\nnetwork = \"lan\"\ncount = 60000\n"
    ));
}

#[test]
fn a_request_without_a_way_is_found() {
    let lines = "[network.far]\nsubnet = \"10.5.0.0/24\"\n[host.s]\nnetwork = \"far\"\n[host.a]\nnetwork = \"lan\"\nservice.ping = { to = \"s\" }\n";
    insta::assert_snapshot!(wrong(lines));
    let router = "[host.r]\ncount = 2\nforward = true\ninterface = { a = \"lan\", b = \"far\" }\n";
    insta::assert_snapshot!(wrong(&format!("{lines}{router}")));
    let chain = "[network.mid]\nsubnet = \"10.6.0.0/24\"\n[host.r]\nforward = true\ninterface = { a = \"lan\", b = \"mid\" }\n";
    insta::assert_snapshot!(wrong(&format!("{lines}{chain}")));
}

#[test]
fn problems_of_a_variant_name_it() {
    insta::assert_snapshot!(story(".profile\" = \"chrony\"", ".profile\" = \"crony\""));
    insta::assert_snapshot!(story(
        "\"template.cluster.host.hv.service.ntpd.profile\"",
        "\"event.nothing.at\""
    ));
    insta::assert_snapshot!(story("set = {", "remove = \"event.nothing\"\nset = {"));
}

#[test]
fn expectations_name_what_a_diagnosis_can_come_to() {
    let lines =
        "[[expect]]\nverdicts = [\"outage\", \"outrage\", 5]\nfault = \"conntrack-full\"\nstep = \"POST\"\n";
    let found = wrong(lines);
    let expected = [
        "x.toml:5:23: verdicts cannot be the text \"outrage\"; did you mean outage?",
        "x.toml:5:34: verdicts cannot be the number 5; write one of findings, outage",
        "x.toml:6:9: fault cannot be the text \"conntrack-full\"; the catalogue has no such entry; known are \
         conntrack-table-full, ntpd-lowport-lt123",
        "x.toml:7:8: step cannot be the text \"POST\"; did you mean POST_REPLY?",
    ];
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
    let text = format!("{HEAD}{}", "[[expect]]\nverdicts = \"any\"\nfault = \"any\"\n");
    assert!(parse(&text, "x.toml", DiagnosisNames::default()).is_ok(), "whoever knows no names takes all");
}

#[test]
fn no_more_than_twenty_problems_are_shown() {
    let many: String = (0..30).map(|i| format!("x{i} = 1\n")).collect();
    let shown = wrong(&many);
    assert_eq!(shown.lines().count(), 21);
    assert!(shown.ends_with("... and 10 more"), "{shown}");
}

#[test]
fn advice_is_apart_from_what_is_wrong_whatever_names_stand_in_it() {
    let text = format!("{HEAD}[host.a]\nnetwork = \"lan; wan\"\n");
    let problems = parse(&text, "my; site.toml", names()).unwrap_err();
    let [problem] = problems.problems.as_slice() else { panic!("{problems}") };
    assert_eq!(
        (problem.message.as_str(), problem.hint.as_deref()),
        ("no network lan; wan", Some("known are lan"))
    );
    assert_eq!(problems.to_string(), "my; site.toml:5:11: no network lan; wan");
    assert_eq!(problems.with_hints(), "my; site.toml:5:11: no network lan; wan; known are lan");
}
