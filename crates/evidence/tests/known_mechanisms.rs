//! Which entries of the embedded catalogue fit a telltale on features of captures, and how well.

#[path = "common/telltales.rs"]
mod telltales;

use telltales::{finding, low, many, numbers, port, port_is, server, text};
use unanswered_evidence::features::{FLOW, GAP_FLOW};
use unanswered_explain::catalogue::Catalogue;
use unanswered_explain::{Bracket, Clause, Condition, Rival};
use unanswered_explain::{Circumstance, Fact, Observed};
use unanswered_registry::Refusal;
use unanswered_table::{Outcome, Step};
use unanswered_wire::errors;
use unanswered_wire::features::{DESTINATION, DONT_FRAGMENT, IP_LENGTH, SOURCE, TTL};
use unanswered_wire::protocols::{dns, ntp, tcp};

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
    let pattern = Circumstance::Pattern("source ports below 123 fail and 123 works".to_owned());
    assert!(known[0].because.fits.contains(&pattern), "{:?}", known[0].because);
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
    let client = vec![text(&SOURCE, "10.1.2.2"), server("10.9.9.21")];
    let exact = vec![server("10.9.9.21"), port_is(11.0)];
    let bound = vec![
        server("10.9.9.21"),
        port(Condition::Range { at_least: None, at_most: Some(11.0) }, 11.0, Some(123.0)),
    ];
    let finding = finding(client.clone(), Some(Step::ValidateRequest));
    let candidates: [&[Clause]; 3] = [&client, &exact, &bound];
    let catalogue = Catalogue::embedded();
    let preferred = catalogue.prefer(&finding, &candidates, &ntp()).unwrap();
    assert_eq!((preferred.index, preferred.id.as_str()), (2, "ntpd-lowport-lt123"));
    assert_eq!(preferred.title, catalogue.get("ntpd-lowport-lt123").unwrap().title);
}

#[test]
fn nothing_is_preferred_where_no_mechanism_tells_candidates_apart() {
    let client = vec![text(&SOURCE, "10.1.2.2")];
    let other = vec![text(&DESTINATION, "10.9.9.21")];
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
    let mut finding = finding(vec![text(&SOURCE, "10.1.2.2")], None);
    let bound = port(Condition::Range { at_least: None, at_most: Some(11.0) }, 11.0, Some(123.0));
    finding.rivals = vec![Rival {
        clauses: vec![server("10.9.9.21"), bound],
        score_difference: -1.0,
        same_requests: true,
    }];
    let known = Catalogue::embedded().known(&finding, &ntp());
    let found = known.iter().find(|known| known.id == "ntpd-lowport-lt123").unwrap();
    assert_eq!(found.because.through_rival, Some(0));
    assert!(found.fit < 0.8);
    finding.rivals[0].same_requests = false;
    let known = Catalogue::embedded().known(&finding, &ntp());
    assert!(known.iter().all(|known| known.id != "ntpd-lowport-lt123"));
}

#[test]
fn another_step_rules_it_out() {
    let clauses =
        vec![port(Condition::Range { at_least: None, at_most: Some(11.0) }, 11.0, Some(123.0)), server("a")];
    let fit = |step| {
        let known = Catalogue::embedded().known(&finding(clauses.clone(), step), &ntp());
        known.iter().find(|known| known.id == "ntpd-lowport-lt123").map(|known| known.fit)
    };
    assert!(fit(Some(Step::ValidateRequest)) > fit(None));
    assert!(fit(None).is_some());
    assert_eq!(fit(Some(Step::DeliverReply)), None, "the server answered");
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
    let one = |feature| numbers(feature, &[1.0]);
    let range = |feature, working: f64, failing: f64| Clause {
        condition: Condition::Range { at_least: Some(failing), at_most: None },
        bracket_low: Some(Bracket { failing, working: Some(working) }),
        ..numbers(feature, &[])
    };
    let wrong_source = Observed { facts: vec![Fact::WrongSource, Fact::ReplySeen], ..protocol("dns") };
    let refused = Observed {
        refusals: vec![port_unreachable(true)],
        facts: vec![Fact::Ipv4Answered],
        ..protocol("ntp")
    };
    let with = |name: &str, fact| Observed { facts: vec![fact], ..protocol(name) };
    let cases: Vec<(&str, Vec<Clause>, Outcome, Observed)> = vec![
        (
            "dns-edns-unanswered",
            vec![server("b"), range(&dns::ADDITIONAL, 0.0, 1.0)],
            Outcome::Unanswered,
            protocol("dns"),
        ),
        ("ecn-setup-syn-dropped", vec![server("b"), one(&tcp::ECE)], Outcome::Late, protocol("tcp")),
        (
            "overlay-mtu-blackhole",
            vec![range(&IP_LENGTH, 1400.0, 1428.0), one(&DONT_FRAGMENT)],
            Outcome::Unanswered,
            with("icmp", Fact::DontFragment),
        ),
        (
            "lag-or-ecmp-dead-member",
            vec![many(&FLOW, 12)],
            Outcome::Unanswered,
            with("dns", Fact::WholeFlows),
        ),
        (
            "nat-idle-timeout",
            vec![range(&GAP_FLOW, 11.0, 12.6)],
            Outcome::Unanswered,
            with("dns", Fact::BehindTranslation),
        ),
        ("dns-conntrack-a-aaaa-race", vec![low(&GAP_FLOW, 0.004, 0.3)], Outcome::Unanswered, protocol("dns")),
        ("multihomed-reply-source", vec![server("b")], Outcome::Rejected, wrong_source),
        ("service-not-on-ipv6", vec![server("fd00::11")], Outcome::Refused, refused),
        (
            "ntp-server-only-v4",
            vec![server("b"), numbers(&ntp::VERSION, &[3.0])],
            Outcome::Unanswered,
            protocol("ntp"),
        ),
        ("ttl-expires-on-the-way", vec![low(&TTL, 3.0, 64.0)], Outcome::Unanswered, protocol("dns")),
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
    let ids = |address: &str, refusals: &[Refusal]| -> Vec<String> {
        let mut finding = finding(vec![server(address)], None);
        if !refusals.is_empty() {
            finding.failed = vec![Outcome::Refused];
        }
        let context = Observed { refusals: refusals.to_vec(), facts: vec![Fact::Ipv4Answered], ..ntp() };
        Catalogue::embedded().known(&finding, &context).into_iter().map(|known| known.id).collect()
    };
    let entry = "service-not-on-ipv6".to_owned();
    assert!(ids("fd00::11", &[port_unreachable(true)]).contains(&entry));
    assert!(!ids("10.9.9.21", &[port_unreachable(false)]).contains(&entry));
    assert!(!ids("fd00::11", &[]).contains(&entry));
}

fn ntp() -> Observed {
    Observed { protocols: vec!["ntp".into()], facts: vec![Fact::Translated], ..Observed::default() }
}

/// What a host replies on a port without a listener.
fn port_unreachable(v6: bool) -> Refusal {
    let (kind, code) = if v6 { (1, 4) } else { (3, 3) };
    errors::refusal(v6, kind, code).expect("an error that refuses")
}
