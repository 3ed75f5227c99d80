//! What a catalogue entry needs before it is named, rule by rule, and the names that recorded cases forbid.

#[path = "common/telltales.rs"]
mod telltales;

use std::path::Path;
use telltales::{finding, low, many, numbers, port, server, text};
use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_evidence::features::{
    GAP_FLOW, HELD_120, IN_FLIGHT_SERVER, OPEN, RATE_CLIENT_1, RATE_SERVER_1,
};
use unanswered_exchange::{PairerConfig, read_captures};
use unanswered_explain::catalogue::{Catalogue, Entry, Vocabulary};
use unanswered_explain::{Bracket, Circumstance, Clause, Condition, Diagnosis, Fact, Finding, Observed};
use unanswered_explain::{Options, Rival, Value, explain};
use unanswered_registry::{Feature, Refusal, RefusalKind};
use unanswered_table::{Outcome, Step};
use unanswered_wire::features::{DSCP, IP_LENGTH, SOURCE, TCP_DESTINATION, UDP_LENGTH};
use unanswered_wire::protocols::{dns, tcp};
use unanswered_wire::{ProtocolId, errors};

#[test]
fn what_must_be_seen_and_does_not_hold_rules_an_entry_out() {
    let telltale = finding(vec![high(&GAP_FLOW, 11.0, 12.6)], None);
    assert!(names(&telltale, &seen("dns", &[Fact::BehindTranslation])).contains(&"nat-idle-timeout".into()));
    assert_eq!(names(&telltale, &seen("dns", &[])), NONE);
    assert_eq!(compatible(&telltale, &seen("dns", &[])), NONE);
}

#[test]
fn what_captures_of_one_place_cannot_show_leaves_an_entry_compatible() {
    let telltale = finding(vec![high(&GAP_FLOW, 11.0, 12.6)], None);
    let one_place = Observed { hidden: vec![Fact::BehindTranslation], ..seen("dns", &[]) };
    assert_eq!(names(&telltale, &one_place), NONE);
    let found = Catalogue::embedded().compatible(&telltale, &one_place);
    assert_eq!(found[0].id, "nat-idle-timeout");
    assert_eq!(found[0].because.unseen, [Circumstance::Fact(Fact::BehindTranslation)]);
}

#[test]
fn the_telltale_alone_names_nothing_where_nothing_else_is_known() {
    // A table of the user's: no exchanges, no facts.
    let telltale = finding(vec![high(&GAP_FLOW, 11.0, 12.6)], None);
    assert_eq!(names(&telltale, &Observed::default()), NONE);
}

#[test]
fn an_excluded_fact_rules_an_entry_out() {
    let telltale = finding(vec![high(&IP_LENGTH, 1400.0, 1428.0)], None);
    let fragile = [Fact::DontFragment];
    assert_eq!(names(&telltale, &seen("icmp", &fragile)), ["overlay-mtu-blackhole"]);
    assert_eq!(names(&telltale, &seen("tcp", &[Fact::DontFragment, Fact::Acknowledged])), NONE);
}

#[test]
fn one_service_behind_a_limit_of_size_is_no_link() {
    let telltale =
        finding(vec![numbers(&TCP_DESTINATION, &[8443.0]), high(&IP_LENGTH, 1400.0, 1480.0)], None);
    assert_eq!(names(&telltale, &seen("tcp", &[Fact::DontFragment])), NONE);
}

#[test]
fn a_limit_is_shown_by_a_value_close_below_it() {
    let telltale = finding(vec![high(&IP_LENGTH, 60.0, 1480.0)], None);
    assert_eq!(
        names(&telltale, &seen("tcp", &[Fact::DontFragment])),
        NONE,
        "anything above 60 bytes may fail"
    );
}

#[test]
fn a_filter_of_sizes_lets_none_of_that_size_pass() {
    let mut telltale = finding(vec![high(&UDP_LENGTH, 56.0, 76.0)], Some(Step::DeliverRequest));
    telltale.inside.requests = 66;
    telltale.inside.failed = 66;
    let entry = "ntp-size-filter".to_owned();
    assert!(names(&telltale, &seen("ntp", &[])).contains(&entry));
    telltale.inside.failed = 47;
    assert!(!names(&telltale, &seen("ntp", &[])).contains(&entry), "19 of that length were answered");
    telltale.inside.failed = 66;
    telltale.step = None;
    assert!(!names(&telltale, &seen("ntp", &[])).contains(&entry), "the server may have them");
    assert!(compatible(&telltale, &seen("ntp", &[])).contains(&entry));
}

#[test]
fn a_clause_that_the_mechanism_does_not_predict_rules_it_out() {
    let ports = port(Condition::Range { at_least: None, at_most: Some(11.0) }, 11.0, Some(123.0));
    let alone = finding(vec![ports.clone()], None);
    assert_eq!(names(&alone, &seen("ntp", &[]))[0], "ntpd-lowport-lt123");
    let with_length = finding(vec![ports, high(&IP_LENGTH, 76.0, 96.0)], None);
    assert_eq!(names(&with_length, &seen("ntp", &[])), NONE);
}

#[test]
fn another_protocol_that_fails_alike_rules_a_daemon_out() {
    let ports = port(Condition::Range { at_least: None, at_most: Some(11.0) }, 11.0, Some(123.0));
    let both = Observed { protocols: vec!["dns".into(), "ntp".into()], ..Observed::default() };
    assert_eq!(names(&finding(vec![ports], None), &both), NONE);
}

#[test]
fn a_measure_of_the_past_is_not_put_before_a_plain_field() {
    let fields = vec![text(&SOURCE, "10.1.2.2")];
    let past = vec![high(&GAP_FLOW, 11.0, 12.6)];
    let telltale = finding(fields.clone(), None);
    let context = seen("dns", &[Fact::BehindTranslation]);
    let catalogue = Catalogue::embedded();
    assert_eq!(catalogue.prefer(&telltale, &[&fields, &past], &context), None);
    let slow = vec![high(&RATE_CLIENT_1, 5.0, 6.0)];
    let preferred = catalogue.prefer(&telltale, &[&slow, &past], &context).expect("both are of the past");
    assert_eq!((preferred.index, preferred.id.as_str()), (1, "nat-idle-timeout"));
}

#[test]
fn a_rival_that_singles_out_more_names_nothing() {
    let ports = finding(
        vec![port(Condition::Range { at_least: None, at_most: Some(8000.0) }, 8000.0, Some(9100.0))],
        None,
    );
    let flows = vec![many(&unanswered_evidence::features::FLOW, 12)];
    let whole = seen("radius", &[Fact::WholeFlows]);
    assert_eq!(Catalogue::embedded().prefer(&ports, &[&ports.clauses, &flows], &whole), None);
    let rivals = vec![Rival { clauses: flows, score_difference: 0.0, same_requests: true }];
    assert_eq!(names(&Finding { rivals, ..ports }, &whole), NONE);
}

#[test]
fn a_rate_names_no_limit_but_its_own() {
    for feature in [&RATE_CLIENT_1, &RATE_SERVER_1] {
        let busy = |working, failing| finding(vec![high(feature, working, failing)], None);
        let link_local = seen("dns", &[Fact::LinkLocalServer]);
        assert_eq!(names(&busy(5.0, 6.0), &link_local), NONE, "6 a second are no 1024");
        assert_eq!(names(&busy(1020.0, 1030.0), &seen("dns", &[])), NONE, "any server");
        assert_eq!(names(&busy(1020.0, 1030.0), &link_local), ["aws-linklocal-1024pps"]);
    }
}

#[test]
fn connections_of_one_client_fill_no_table_and_no_translation() {
    let telltale = finding(vec![high(&OPEN, 7.0, 8.0)], None);
    assert_eq!(names(&telltale, &seen("tcp", &[Fact::NewFlow])), NONE);
    let translated = seen("tcp", &[Fact::BehindTranslation, Fact::NewFlow]);
    assert_eq!(names(&telltale, &translated), ["cloud-snat-port-exhaustion"]);
    let everybody = seen("tcp", &[Fact::NewFlow, Fact::OpenFlowsAnswered, Fact::SeveralClients]);
    assert_eq!(names(&telltale, &everybody), NONE, "8 flows are no full table");
    let held = |working, failing| finding(vec![high(&HELD_120, working, failing)], None);
    assert_eq!(names(&held(1023.0, 1024.0), &everybody), ["conntrack-table-full"]);
    assert_eq!(names(&held(7.0, 8.0), &everybody), NONE);
    assert_eq!(names(&held(1023.0, 1024.0), &seen("tcp", &[Fact::NewFlow])), NONE);
}

#[test]
fn names_that_fail_are_no_full_forwarder() {
    let refused = seen("dns", &[]);
    let mut telltale = finding(vec![high(&IN_FLIGHT_SERVER, 19.0, 20.0)], Some(Step::UpdateServerState));
    telltale.failed = vec![Outcome::Refused];
    assert_eq!(names(&telltale, &refused), NONE);
    let zone = finding(vec![text(&dns::ZONE, "corp.test")], Some(Step::UpdateServerState));
    assert_eq!(names(&zone, &seen("dns", &[Fact::OthersOpen])), NONE);
    let kind = dns_refused();
    let context = Observed { refusals: vec![Refusal::of(kind)], ..seen("dns", &[Fact::OthersOpen]) };
    assert_eq!(names(&telltale, &context), ["dns-dnsmasq-150-in-flight"]);
    telltale.clauses = vec![text(&SOURCE, "10.1.2.2")];
    assert_eq!(names(&telltale, &context), NONE, "an access list refuses a client");
}

#[test]
fn a_share_of_addresses_is_no_dead_member() {
    let telltale = finding(vec![many(&unanswered_evidence::features::FLOW, 12)], None);
    assert_eq!(names(&telltale, &seen("dns", &[])), NONE);
    assert_eq!(names(&telltale, &seen("dns", &[Fact::WholeFlows])), ["lag-or-ecmp-dead-member"]);
}

#[test]
fn replies_that_were_seen_show_no_asymmetric_way() {
    let telltale = finding(vec![text(&SOURCE, "10.71.1.11")], Some(Step::DeliverReply));
    assert_eq!(names(&telltale, &seen("tcp", &[Fact::ReplySeen])), NONE);
    let two_ways = seen("tcp", &[Fact::ReplySeen, Fact::WaysDiffer]);
    assert_eq!(names(&telltale, &two_ways), ["asymmetric-path-invalid-drop"]);
}

#[test]
fn a_host_without_the_service_lacks_more_than_ipv6() {
    let mut telltale = finding(vec![server("fd00::11")], Some(Step::ValidateRequest));
    telltale.failed = vec![Outcome::Refused];
    let refusals = vec![errors::refusal(true, 1, 4).expect("port unreachable (RFC 4443 section 3.1)")];
    let silent = Observed { refusals, ..seen("ntp", &[]) };
    assert_eq!(names(&telltale, &silent), NONE);
    let answers = Observed { facts: vec![Fact::Ipv4Answered], ..silent };
    assert_eq!(names(&telltale, &answers), ["service-not-on-ipv6"]);
}

#[test]
fn a_mark_of_zero_is_no_mark() {
    let marked = |value| finding(vec![numbers(&DSCP, &[value])], None);
    assert_eq!(names(&marked(46.0), &seen("icmp", &[])), ["dscp-marked-dropped"]);
    assert_eq!(names(&marked(0.0), &seen("icmp", &[])), NONE);
}

#[test]
fn data_after_the_handshake_is_no_fast_open() {
    let telltale = finding(vec![high(&tcp::LENGTH, 0.0, 12.0)], None);
    assert_eq!(names(&telltale, &seen("tcp", &[])), NONE);
    assert_eq!(names(&telltale, &seen("tcp", &[Fact::NewFlow])), ["tfo-syn-data-dropped"]);
}

#[test]
fn large_answers_are_told_by_the_buffer_that_is_offered() {
    let entry = ["dns-large-answer-fragment-loss"];
    let by_name = finding(vec![text(&dns::NAME, "slow-42.test")], Some(Step::DeliverReply));
    assert_eq!(names(&by_name, &seen("dns", &[Fact::ReplySeen])), NONE);
    let contrast = seen("dns", &[Fact::SmallerBufferAnswered]);
    assert_eq!(names(&by_name, &contrast), entry);
    let by_buffer = |step| finding(vec![high(&dns::PAYLOAD_SIZE, 1232.0, 4096.0)], step);
    assert_eq!(names(&by_buffer(Some(Step::DeliverReply)), &contrast), entry);
    assert_eq!(names(&by_buffer(Some(Step::DeliverReply)), &seen("dns", &[])), NONE);
    assert_eq!(names(&by_buffer(None), &contrast), NONE, "the question itself may be lost");
    assert_eq!(compatible(&by_buffer(None), &contrast), entry);
}

#[test]
fn lengths_that_are_no_multiple_are_told_by_their_remainder() {
    let telltale = |condition| finding(vec![Clause { condition, ..numbers(&UDP_LENGTH, &[]) }], None);
    let remainder = |modulus, remainders: &[u32]| {
        let condition = Condition::Modulus { modulus, remainders: remainders.to_vec() };
        names(&telltale(condition), &seen("ntp", &[])).contains(&"ntp-length-not-multiple-of-4".into())
    };
    assert!(remainder(4, &[1, 2, 3]));
    assert!(remainder(2, &[1]));
    assert!(!remainder(4, &[0]));
    assert!(!remainder(3, &[1]));
    let set = |values: &[f64]| {
        let values = values.iter().copied().map(Value::Number).collect();
        names(&telltale(Condition::In(values)), &seen("ntp", &[]))
    };
    assert_eq!(set(&[57.0, 58.0]), ["ntp-length-not-multiple-of-4"]);
    assert_eq!(set(&[57.0, 60.0]), NONE);
}

#[test]
fn an_entry_of_the_user_s_can_say_what_it_needs() {
    let text = "id = \"mine\"\ntitle = \"t\"\ngrade = \"C\"\nstep = [\"DELIVER_REQUEST\"]\ncause = \"c\"\n\
        latent = \"l\"\nremedy = \"r\"\npredicts = \"p\"\nexperiment = \"e\"\nreferences = [\"a\"]\n[symptom]\n\
        words = \"w\"\nrequired_fact = [\"syn_data\"]\nexcluded_fact = [\"acknowledged\"]\nalways = true\n\
        step_seen = true\nnot_seen = [\"the moon is full\"]\n\
        [[symptom.clause]]\nfeature = [\"dns.qry.name\"]\nall_but = true\nwords = \"all but some\"\n";
    let read = |text: &str| Entry::read(Path::new("mine.toml"), text, &Vocabulary::default());
    let entry = read(text).expect("a valid file");
    assert_eq!(entry.predicts, "p");
    assert_eq!(entry.symptom.required_facts, [Fact::SynData]);
    assert_eq!(entry.symptom.excluded_facts, [Fact::Acknowledged]);
    assert!(entry.symptom.always && entry.symptom.step_seen);
    assert_eq!(entry.symptom.not_seen, ["the moon is full"]);
    for (from, to, said) in [
        ("always = true", "always = 1", "always must be true"),
        ("always = true", "alwys = true", "unknown key alwys"),
        ("syn_data", "syn_dat", "required_fact cannot be syn_dat"),
        ("all_but = true", "limit = \"x\"", "limit must be a number"),
        ("all_but = true", "not_multiple_of = 1", "not_multiple_of must be a whole number from 2 on"),
    ] {
        let problems = read(&text.replacen(from, to, 1)).expect_err(said);
        assert!(problems.iter().any(|problem| problem.message.contains(said)), "{problems:?}");
    }
}

#[test]
fn each_entry_of_the_program_says_what_it_predicts() {
    for entry in Catalogue::embedded().entries() {
        assert!(!entry.predicts.is_empty(), "{}", entry.id);
    }
}

/// The cases of public reports, and which names their README forbids: all, as none of these faults is in the
/// catalogue.
#[test]
fn cases_of_public_reports_get_no_name() {
    let cases: &[&[&str]] = &[
        &["all_servers_up.pcap"],
        &["any_sll1.pcap"],
        &["arp_cl.pcap"],
        &["big_replies_dropped.pcapng.gz"],
        &["chal_cl.pcap", "chal_sv.pcap"],
        &["chal_cl.pcap"],
        &["chal_sv.pcap"],
        &["clock_q_cl.pcap", "clock_q_sv.pcap"],
        &["dpi_cl.pcap", "dpi_sv.pcap"],
        &["dpi_cl.pcap"],
        &["hung_cl.pcap"],
        &["mac_srv.pcap"],
        &["mtr_cl.pcap"],
        &["one_service_dead.pcap"],
        &["rate_limit_server.pcap.gz"],
        &["rej2_cl.pcap"],
        &["servfail_zone.pcap"],
        &["snmp_only.pcap"],
        &["synack_sv.pcap"],
        &["tc_cl.pcap"],
        &["tcp_sll1.pcap"],
        &["unsync_srv.pcap"],
    ];
    for files in cases {
        assert_eq!(named(&diagnose("cases", files)), NONE, "{files:?}");
    }
}

/// A single place of the story must not name what all places together refute.
#[test]
fn a_single_place_of_the_story_names_the_story_s_fault_or_nothing() {
    for place in ["cpn1", "cpn2", "cpn3", "vrouter-in1", "vrouter-in2", "vrouter-in3", "vrouter-out", "ntp-a"]
    {
        let file = format!("{place}.pcap.zst");
        let names = named(&diagnose("captures/story-osa", &[&file]));
        assert!(names.iter().all(|name| name == "ntpd-lowport-lt123"), "{place}: {names:?}");
    }
}

/// REFUSED, as DNS declares it.
fn dns_refused() -> &'static RefusalKind {
    let dns = ProtocolId::by_name("dns").expect("DNS is paired").declaration();
    dns.refusals.iter().copied().find(|kind| kind.code == "dns.refused").expect("DNS declares REFUSED")
}

const NONE: [&str; 0] = [];

fn seen(protocol: &str, facts: &[Fact]) -> Observed {
    Observed { protocols: vec![protocol.to_owned()], facts: facts.to_vec(), ..Observed::default() }
}

fn names(finding: &Finding, context: &Observed) -> Vec<String> {
    Catalogue::embedded().known(finding, context).into_iter().map(|known| known.id).collect()
}

fn compatible(finding: &Finding, context: &Observed) -> Vec<String> {
    Catalogue::embedded().compatible(finding, context).into_iter().map(|known| known.id).collect()
}

/// Values from `failing` on fail, and `working` works.
fn high(feature: &'static Feature, working: f64, failing: f64) -> Clause {
    Clause {
        condition: Condition::Range { at_least: Some(failing), at_most: None },
        bracket_low: Some(Bracket { failing, working: Some(working) }),
        bracket_high: None,
        ..low(feature, failing, working)
    }
}

fn named(diagnosis: &Diagnosis) -> Vec<String> {
    diagnosis.findings.iter().flat_map(|finding| &finding.known).map(|known| known.id.clone()).collect()
}

fn diagnose(folder: &str, files: &[&str]) -> Diagnosis {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(folder);
    let inputs: Vec<InputSpec> = files.iter().map(|file| InputSpec::new(folder.join(file))).collect();
    let exchanges = read_captures(&inputs, &PairerConfig::default(), &mut |_| {})
        .expect("the captures are in the repository");
    explain(&ExchangeSource::new(&exchanges), &Options::default())
}
