use super::{Catalogue, Fact, Observed, Test, check, schema};
use crate::{Bracket, Clause, Condition, Counts, Finding, Kind, Rival, Standing, StepFinding, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use unanswered_table::{Outcome, Step};

#[test]
fn every_file_of_the_directory_is_embedded_and_right() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
    let problems: Vec<String> = check(&directory).iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let there: BTreeSet<String> = fs::read_dir(&directory)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    let embedded: BTreeSet<String> =
        Catalogue::embedded().entries().iter().map(|entry| format!("{}.toml", entry.id)).collect();
    assert_eq!(embedded, there);
}

#[test]
fn the_story_s_threshold_is_the_known_fault() {
    let finding = finding(
        vec![
            server("10.9.9.21"),
            port(Condition::Range { at_least: None, at_most: Some(11.0) }, 11.0, Some(123.0)),
        ],
        Some(Step::ValidateRequest),
    );
    let known = Catalogue::embedded().known(&finding, &ntp());
    assert_eq!(known[0].id, "ntpd-lowport-lt123");
    assert!(known[0].fit > 0.9, "{}", known[0].fit);
    assert!(known[0].because.contains("source ports below 123 fail"), "{}", known[0].because);
    assert!(known[0].to_check[0].contains("version"));
    assert!(known.iter().skip(1).all(|other| other.fit < known[0].fit));
}

#[test]
fn a_bracket_that_shuts_the_threshold_out_is_no_match() {
    let catalogue = Catalogue::embedded();
    let fits = |failing: f64, working: Option<f64>| {
        let range = Condition::Range { at_least: None, at_most: Some(failing) };
        let finding = finding(vec![port(range, failing, working)], None);
        catalogue.known(&finding, &ntp()).iter().any(|known| known.id == "ntpd-lowport-lt123")
    };
    assert!(fits(122.0, Some(123.0)));
    assert!(fits(11.0, Some(421.0)));
    assert!(fits(11.0, None));
    assert!(!fits(123.0, Some(124.0)), "123 itself fails");
    assert!(!fits(60.0, Some(100.0)), "100 works");
}

#[test]
fn working_ports_below_the_failing_ones_are_no_match() {
    let range = Condition::Range { at_least: Some(50.0), at_most: Some(60.0) };
    let mut clause = port(range, 60.0, Some(123.0));
    clause.bracket_low = Some(Bracket { failing: 50.0, working: Some(40.0) });
    let known = Catalogue::embedded().known(&finding(vec![clause], None), &ntp());
    assert!(known.iter().all(|known| known.id != "ntpd-lowport-lt123"));
}

#[test]
fn of_equal_telltales_the_one_of_a_known_mechanism_is_preferred() {
    let client = vec![text("ip.src", "10.1.2.2"), server("10.9.9.21")];
    let exact = vec![server("10.9.9.21"), port_is(11.0)];
    let bound = vec![
        server("10.9.9.21"),
        port(Condition::Range { at_least: None, at_most: Some(11.0) }, 11.0, Some(123.0)),
    ];
    let finding = finding(client.clone(), Some(Step::ValidateRequest));
    let candidates: [&[Clause]; 3] = [&client, &exact, &bound];
    let preferred = Catalogue::embedded().prefer(&finding, &candidates, &ntp()).unwrap();
    assert_eq!((preferred.index, preferred.id.as_str()), (2, "ntpd-lowport-lt123"));
    assert_eq!(preferred.because, "source ports below 123 fail and 123 works");
}

#[test]
fn nothing_is_preferred_where_no_mechanism_tells_candidates_apart() {
    let client = vec![text("ip.src", "10.1.2.2")];
    let other = vec![text("ip.dst", "10.9.9.21")];
    let finding = finding(client.clone(), None);
    assert_eq!(Catalogue::embedded().prefer(&finding, &[&client, &other], &ntp()), None);
    let same = vec![port_is(11.0)];
    assert_eq!(
        Catalogue::embedded().prefer(&finding, &[&same, &same], &ntp()),
        None,
        "a tie decides nothing"
    );
}

#[test]
fn a_rival_with_the_same_requests_is_matched_for_less() {
    let mut finding = finding(vec![text("ip.src", "10.1.2.2")], None);
    let bound = port(Condition::Range { at_least: None, at_most: Some(11.0) }, 11.0, Some(123.0));
    finding.rivals = vec![Rival {
        clauses: vec![server("10.9.9.21"), bound],
        score_difference: -1.0,
        same_requests: true,
    }];
    let known = Catalogue::embedded().known(&finding, &ntp());
    let found = known.iter().find(|known| known.id == "ntpd-lowport-lt123").unwrap();
    assert!(found.because.starts_with("in the words of rival 1"), "{}", found.because);
    assert!(found.fit < 0.8);
    finding.rivals[0].same_requests = false;
    let known = Catalogue::embedded().known(&finding, &ntp());
    assert!(known.iter().all(|known| known.id != "ntpd-lowport-lt123"));
}

#[test]
fn another_step_halves_the_fit() {
    let clauses =
        vec![port(Condition::Range { at_least: None, at_most: Some(11.0) }, 11.0, Some(123.0)), server("a")];
    let fit = |step| {
        let known = Catalogue::embedded().known(&finding(clauses.clone(), step), &ntp());
        known.iter().find(|known| known.id == "ntpd-lowport-lt123").map_or(0.0, |known| known.fit)
    };
    assert!(fit(Some(Step::ValidateRequest)) > fit(None));
    assert!(fit(None) > fit(Some(Step::DeliverReply)));
}

#[test]
fn symptoms_of_other_protocols_and_outcomes_do_not_match() {
    let clauses = vec![port(Condition::Range { at_least: None, at_most: Some(11.0) }, 11.0, Some(123.0))];
    let catalogue = Catalogue::embedded();
    let dns = Observed { protocols: vec!["dns".into()], ..Observed::default() };
    let mut finding = finding(clauses, None);
    assert!(catalogue.known(&finding, &dns).iter().all(|known| known.id != "ntpd-lowport-lt123"));
    finding.failed = vec![Outcome::Rejected];
    assert!(catalogue.known(&finding, &ntp()).iter().all(|known| known.id != "ntpd-lowport-lt123"));
}

#[test]
fn recorded_faults_find_their_entries() {
    let protocol = |name: &str| Observed { protocols: vec![name.to_owned()], ..Observed::default() };
    let one = |feature: &str| numbers(feature, &[1.0]);
    let range = |feature: &str, working: f64, failing: f64| Clause {
        condition: Condition::Range { at_least: Some(failing), at_most: None },
        bracket_low: Some(Bracket { failing, working: Some(working) }),
        ..numbers(feature, &[])
    };
    let wrong_source = Observed { facts: vec![Fact::WrongSource, Fact::ReplySeen], ..protocol("dns") };
    let refused = Observed { refusals: vec!["ICMPv6 port unreachable".into()], ..protocol("ntp") };
    let cases: Vec<(&str, Vec<Clause>, Outcome, Observed)> = vec![
        (
            "dns-edns-unanswered",
            vec![server("b"), range("dns.count.add_rr", 0.0, 1.0)],
            Outcome::Unanswered,
            protocol("dns"),
        ),
        ("ecn-setup-syn-dropped", vec![server("b"), one("tcp.flags.ece")], Outcome::Late, protocol("tcp")),
        (
            "overlay-mtu-blackhole",
            vec![range("ip.len", 1400.0, 1428.0), one("ip.flags.df")],
            Outcome::Unanswered,
            protocol("icmp"),
        ),
        ("lag-or-ecmp-dead-member", vec![many("flow", 12)], Outcome::Unanswered, protocol("dns")),
        ("nat-idle-timeout", vec![range("gap.flow", 11.0, 12.6)], Outcome::Unanswered, protocol("dns")),
        (
            "dns-conntrack-a-aaaa-race",
            vec![low("gap.flow", 0.004, 0.3)],
            Outcome::Unanswered,
            protocol("dns"),
        ),
        (
            "rp-filter-strict",
            vec![server("b"), text("ip.src", "10.59.1.11")],
            Outcome::Unanswered,
            protocol("tcp"),
        ),
        ("multihomed-reply-source", vec![server("b")], Outcome::Rejected, wrong_source),
        ("service-not-on-ipv6", vec![server("fd00::11")], Outcome::Refused, refused),
        (
            "ntp-server-only-v4",
            vec![server("b"), numbers("ntp.flags.vn", &[3.0])],
            Outcome::Unanswered,
            protocol("ntp"),
        ),
        ("ttl-expires-on-the-way", vec![low("ip.ttl", 3.0, 64.0)], Outcome::Unanswered, protocol("dns")),
    ];
    for (id, clauses, outcome, context) in cases {
        let mut finding = finding(clauses, None);
        finding.failed = vec![outcome];
        let known = Catalogue::embedded().known(&finding, &context);
        let ids: Vec<&str> = known.iter().map(|known| known.id.as_str()).collect();
        assert!(ids.contains(&id), "{id} is not among {ids:?}");
    }
}

#[test]
fn silence_over_ipv4_is_no_service_that_lacks_ipv6() {
    let ids = |address: &str, refusals: &[&str]| -> Vec<String> {
        let refusals: Vec<String> = refusals.iter().map(|&word| word.to_owned()).collect();
        let mut finding = finding(vec![server(address)], None);
        if !refusals.is_empty() {
            finding.failed = vec![Outcome::Refused];
        }
        let context = Observed { refusals, ..ntp() };
        Catalogue::embedded().known(&finding, &context).into_iter().map(|known| known.id).collect()
    };
    let entry = "service-not-on-ipv6".to_owned();
    assert!(ids("fd00::11", &["ICMPv6 port unreachable"]).contains(&entry));
    assert!(!ids("10.9.9.21", &["ICMP port unreachable"]).contains(&entry));
    assert!(!ids("fd00::11", &[]).contains(&entry));
}

#[test]
fn an_own_directory_adds_and_replaces() {
    let directory = Scratch::new("adds");
    directory.write("my-own.toml", &minimal("my-own"));
    directory.write("ntpd-lowport-lt123.toml", &minimal("ntpd-lowport-lt123"));
    directory.write("notes.txt", "not read");
    let catalogue = Catalogue::with_dir(&directory.0).unwrap();
    assert_eq!(catalogue.entries().len(), Catalogue::embedded().entries().len() + 1);
    assert_eq!(catalogue.get("ntpd-lowport-lt123").unwrap().title, "a title");
    let pattern = &catalogue.get("my-own").unwrap().symptom.clauses[0];
    assert_eq!(pattern.test, Test::Below { from: 123.0, to: 123.0 });
    assert!(catalogue.get("no-such").is_none());
}

#[test]
fn a_directory_without_entries_is_a_problem() {
    let directory = Scratch::new("empty");
    assert!(check(&directory.0)[0].to_string().ends_with("no *.toml file in this directory"));
    assert!(check(&directory.0.join("missing"))[0].to_string().contains("cannot be read"));
    assert!(Catalogue::with_dir(&directory.0).is_err());
}

#[test]
fn problems_name_line_and_column() {
    for (from, to, said) in [
        ("below = 123", "below = \"x\"", "15:9: below must be a number or [smallest, largest]"),
        ("below = 123", "below = [9, 3]", "15:9: below must be"),
        ("below = 123", "below = 123\nside = \"low\"", "15:9: below beside side"),
        ("below = 123\n", "", "13:1: one of any, side, below"),
        ("grade = \"A\"", "grade = \"D\"", "4:9: grade cannot be D; expected one of A, B, C"),
        (
            "step = [\"VALIDATE_REQUEST\"]",
            "step = [\"VALIDATE\"]",
            "5:9: step cannot be VALIDATE; expected one of POST_REQUEST",
        ),
        ("title = \"a title\"", "titel = \"a title\"", "2:1: unknown key titel"),
        ("title = \"a title\"", "", "1:1: title is missing"),
        ("title = \"a title\"", "title = 5", "2:9: title must be text"),
        ("title = \"a title\"", "title = \" \"", "2:9: title is empty"),
        ("id = \"x\"", "id = \"y\"", "1:6: id must be x, as the file's name says"),
        ("protocol = [\"ntp\"]", "protocol = \"ntp\"", "3:12: protocol must be a list of texts"),
        ("remedy = \"r\"", "remedy = ", "8:"),
        ("[symptom]", "[sympton]", "11:2: unknown key sympton"),
        ("feature = [\"udp.srcport\"]\n", "", "13:1: feature (a list of names) is missing"),
    ] {
        let text = minimal("x").replacen(from, to, 1);
        let problems = schema::read(Path::new("x.toml"), &text).unwrap_err();
        let messages: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(messages.iter().any(|m| m.contains(&format!("x.toml:{said}"))), "{to}: {messages:#?}");
    }
}

#[test]
fn an_entry_that_would_fit_anything_is_refused() {
    let text = minimal("x").replacen("below = 123", "below = 123\nrole = \"supports\"", 1);
    let problems = schema::read(Path::new("x.toml"), &text).unwrap_err();
    assert!(problems[0].message.contains("the entry would fit anything"), "{problems:?}");
}

#[test]
fn every_cut_of_a_file_is_read_without_panic() {
    let text = minimal("x");
    for (end, _) in text.char_indices() {
        let _ = schema::read(Path::new("x.toml"), text.get(..end).unwrap());
    }
}

fn minimal(id: &str) -> String {
    format!(
        "id = \"{id}\"\ntitle = \"a title\"\nprotocol = [\"ntp\"]\ngrade = \"A\"\nstep = [\"VALIDATE_REQUEST\"]\ncause = \"c\"\n\
         latent = \"l\"\nremedy = \"r\"\nexperiment = \"e\"\nreferences = [\"a\"]\n[symptom]\nwords = \"w\"\n\
         [[symptom.clause]]\nfeature = [\"udp.srcport\"]\nbelow = 123\nwords = \"low ports\"\n"
    )
}

fn ntp() -> Observed {
    Observed { protocols: vec!["ntp".into()], refusals: Vec::new(), facts: vec![Fact::Translated] }
}

fn numbers(feature: &str, values: &[f64]) -> Clause {
    Clause {
        feature: feature.into(),
        at: None,
        words: feature.into(),
        wireshark: true,
        condition: Condition::In(values.iter().copied().map(Value::Number).collect()),
        bracket_low: None,
        bracket_high: None,
    }
}

fn text(feature: &str, value: &str) -> Clause {
    Clause { condition: Condition::In(vec![Value::Text(value.into())]), ..numbers(feature, &[]) }
}

fn server(address: &str) -> Clause {
    text("ip.dst", address)
}

fn port_is(value: f64) -> Clause {
    numbers("udp.srcport", &[value])
}

fn port(condition: Condition, failing: f64, working: Option<f64>) -> Clause {
    Clause { condition, bracket_high: Some(Bracket { failing, working }), ..port_is(0.0) }
}

fn many(feature: &str, count: usize) -> Clause {
    let values = (0..count).map(|number| Value::Text(format!("value {number}"))).collect();
    Clause { condition: Condition::In(values), ..numbers(feature, &[]) }
}

fn low(feature: &str, failing: f64, working: f64) -> Clause {
    let condition = Condition::Range { at_least: None, at_most: Some(failing) };
    Clause { feature: feature.into(), ..port(condition, failing, Some(working)) }
}

fn finding(clauses: Vec<Clause>, step: Option<Step>) -> Finding {
    Finding {
        kind: Kind::Telltale,
        clauses,
        from: None,
        to: None,
        period: None,
        failed: vec![Outcome::Unanswered],
        inside: Counts::default(),
        outside: Counts::default(),
        score: 0.0,
        significance: None,
        standing: Standing::Likely,
        remarks: Vec::new(),
        step: step.map(|step| StepFinding {
            step: Some(step),
            because: String::new(),
            funnel: Vec::new(),
            followed: 0,
        }),
        why_now: Vec::new(),
        known: Vec::new(),
        rivals: Vec::new(),
        refuted: Vec::new(),
        experiment: None,
    }
}

/// A directory that goes when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let directory =
            std::env::temp_dir().join(format!("unanswered-catalogue-{}-{name}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
