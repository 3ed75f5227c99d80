//! The scenario files, how they are run, and what is known of each without looking at a run: which
//! fault strikes, at which step, and which requests.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use unanswered_lab::diagnosis::names;
use unanswered_lab::record::{Ended, RunRecord, Wanted, run};
use unanswered_scenario::model::{Scenario, Transport};
use unanswered_scenario::read_file;

/// A scenario file and what its truth must say.
pub(crate) struct Rehearsal {
    /// Stem of the file.
    pub(crate) name: &'static str,
    /// The fault, as the truth calls it; `None` where nothing but chance may strike.
    pub(crate) fault: Option<&'static str>,
    /// The step at which its requests fail; `None` where it loses requests and replies.
    pub(crate) step: Option<&'static str>,
    /// Which requests.
    pub(crate) strikes: Strikes,
}

/// Which requests a fault strikes.
pub(crate) enum Strikes {
    /// Only these.
    Among(fn(&Asked<'_>) -> bool),
    /// These, and all of them.
    Exactly(fn(&Asked<'_>) -> bool),
    /// Some flows with all their requests, and the others never.
    WholeFlows,
}

/// A request, as the conditions of [`Strikes`] see it.
pub(crate) struct Asked<'a> {
    /// Name of the client.
    pub(crate) client: &'a str,
    pub(crate) protocol: Transport,
    /// As it was sent.
    pub(crate) port: u16,
    pub(crate) to: Ipv4Addr,
    /// Source port after the last translation; the one as sent where there is none.
    pub(crate) outside_port: u16,
    /// Since the start of the run.
    pub(crate) minutes: f64,
}

impl Asked<'_> {
    /// `None` for a request that never left.
    pub(crate) fn of<'a>(scenario: &'a Scenario, ended: &Ended) -> Option<Asked<'a>> {
        let request = &ended.request;
        let inside = request.inside?;
        Some(Asked {
            client: &scenario.host(request.client).name,
            protocol: inside.protocol,
            port: inside.source.port,
            to: inside.destination.address,
            outside_port: request.outside.unwrap_or(inside).source.port,
            minutes: (request.time - scenario.start).seconds() / 60.0,
        })
    }

    fn is(&self, client: &str) -> bool {
        self.client.starts_with(client)
    }

    fn goes_to(&self, address: [u8; 4]) -> bool {
        self.to == Ipv4Addr::from(address)
    }
}

const FOR: Option<&str> = Some("DELIVER_REQUEST");
const CHECK: Option<&str> = Some("VALIDATE_REQUEST");
const BACK: Option<&str> = Some("DELIVER_REPLY");
const TAKE: Option<&str> = Some("VALIDATE_REPLY");

/// All of them, in the order of their names.
pub(crate) const REHEARSALS: &[Rehearsal] = &[
    rehearsal("accept-queue-full", "busy:web", CHECK, Strikes::Among(|_| true)),
    rehearsal(
        "asymmetric-invalid",
        "asymmetric-path-invalid-drop",
        BACK,
        Strikes::Exactly(|asked| asked.is("desk-b") && asked.protocol == Transport::Tcp),
    ),
    rehearsal("bursty-loss", "link-loss:cable", None, Strikes::Among(|_| true)),
    rehearsal(
        "chrony-ratelimit-nat",
        "chrony-ratelimit-nat-sum",
        CHECK,
        Strikes::Among(|asked| asked.is("branch")),
    ),
    rehearsal("cloud-resolver-limit", "aws-linklocal-1024pps", FOR, Strikes::Among(|_| true)),
    rehearsal(
        "conntrack-full",
        "conntrack-table-full",
        FOR,
        // The ping and ntpd have flows of their own.
        Strikes::Among(|asked| asked.protocol == Transport::Tcp),
    ),
    rehearsal(
        "dns-a-aaaa-race",
        "dns-conntrack-a-aaaa-race",
        FOR,
        Strikes::Among(|asked| asked.is("orders")),
    ),
    rehearsal(
        "dns-aaaa-ignored",
        "dns-aaaa-unanswered",
        CHECK,
        Strikes::Among(|asked| asked.goes_to([10, 70, 1, 53])),
    ),
    rehearsal(
        "dns-edns-ignored",
        "dns-edns-unanswered",
        CHECK,
        Strikes::Exactly(|asked| asked.is("resolver-new") && asked.goes_to([203, 0, 113, 53])),
    ),
    rehearsal(
        "dns-large-answers",
        "dns-large-answer-fragment-loss",
        BACK,
        Strikes::Among(|asked| asked.is("validator")),
    ),
    rehearsal("dns-low-source-ports", "dns-low-srcport", FOR, Strikes::Exactly(|asked| asked.port < 1024)),
    rehearsal("dnsmasq-full", "busy:dnsmasq", CHECK, Strikes::Among(|_| true)),
    rehearsal("ecn-syn-dropped", "ecn-setup-syn-dropped", FOR, Strikes::Among(|asked| asked.is("app-new"))),
    rehearsal(
        "isp-filter-123",
        "isp-filter-port-123",
        BACK,
        Strikes::Exactly(|asked| asked.outside_port == 123 && asked.minutes >= 30.0),
    ),
    rehearsal("lag-dead-member", "lag-or-ecmp-dead-member", None, Strikes::WholeFlows),
    rehearsal("nat-port-class-ntpd", "ntpd-lowport-lt123", CHECK, Strikes::Exactly(below_123_to_the_old_one)),
    rehearsal("nat-port-rover-ntpd", "ntpd-lowport-lt123", CHECK, Strikes::Exactly(below_123_to_the_old_one)),
    Rehearsal { name: "nothing-wrong", fault: None, step: None, strikes: Strikes::Among(|_| true) },
    rehearsal("ntpd-guard-time-nat", "ntpd-guard-time", CHECK, Strikes::Among(|asked| asked.is("desk"))),
    rehearsal(
        "ntpd-reserved-port",
        "ntpd-pre412-reserved-port",
        CHECK,
        Strikes::Exactly(|asked| asked.outside_port < 1024 && asked.outside_port != 123),
    ),
    rehearsal("overlay-ecmp-dead-member", "lag-or-ecmp-dead-member", None, Strikes::WholeFlows),
    rehearsal("overlay-mtu-black-hole", "overlay-mtu-blackhole", FOR, Strikes::Among(|_| true)),
    rehearsal(
        "ping-id-collision",
        "nat-port-taken:node",
        FOR,
        Strikes::Among(|asked| asked.port == 1 && !asked.is("prober-c")),
    ),
    rehearsal("random-loss", "link-loss:radio", None, Strikes::Among(|_| true)),
    rehearsal(
        "reboot-outage",
        "host-down:dns",
        FOR,
        // Down for three minutes; its service needs at most 4 s more.
        Strikes::Among(|asked| (35.0..38.0).contains(&asked.minutes)),
    ),
    rehearsal(
        "reply-from-other-address",
        "multihomed-reply-source",
        TAKE,
        Strikes::Exactly(|asked| asked.goes_to([10, 95, 0, 53])),
    ),
    rehearsal(
        "rp-filter",
        "rp-filter-strict",
        CHECK,
        Strikes::Exactly(|asked| asked.is("branch") && asked.goes_to([10, 2, 0, 53])),
    ),
    rehearsal(
        "snat-ports-exhausted",
        "cloud-snat-port-exhaustion",
        FOR,
        Strikes::Among(|asked| asked.goes_to([198, 51, 100, 80])),
    ),
    rehearsal(
        "stale-dnat",
        // The dead pod's host loses the packets; the stale translation only sends them there.
        "host-down:dns-old",
        FOR,
        Strikes::Exactly(|asked| asked.is("forwarder") && asked.minutes >= 20.0),
    ),
    rehearsal("ttl-too-small", "ttl-expires-on-the-way", FOR, Strikes::Exactly(|asked| asked.is("meter"))),
];

const fn rehearsal(
    name: &'static str,
    fault: &'static str,
    step: Option<&'static str>,
    strikes: Strikes,
) -> Rehearsal {
    Rehearsal { name, fault: Some(fault), step, strikes }
}

fn below_123_to_the_old_one(asked: &Asked<'_>) -> bool {
    asked.outside_port < 123 && asked.goes_to([172, 20, 1, 10])
}

/// The folder of scenario files.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

/// A scenario of that folder.
pub(crate) fn scenario(name: &str) -> Scenario {
    read_file(&folder().join(format!("{name}.toml")), names()).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs a scenario with captures and every request.
pub(crate) fn played(scenario: &Scenario, seed: u64) -> RunRecord {
    run(scenario, seed, &Wanted { captures: true, every_request: true, ..Wanted::default() })
}
