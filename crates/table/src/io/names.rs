//! What a column's name says about when its values are known.

/// When the values of a column are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Before the request is sent: who asks whom for what, and how.
    Before,
    /// When it has ended: how long it took, how long the answer was, what it said.
    After,
    /// The name does not say.
    NotSaid,
}

/// Parts of names of what exists before a request is sent.
const BEFORE: &[&str] = &[
    "account",
    "address",
    "addr",
    "age",
    "agent",
    "app",
    "application",
    "asn",
    "attempt",
    "backend",
    "branch",
    "browser",
    "bucket",
    "cdn",
    "cell",
    "channel",
    "city",
    "client",
    "clientip",
    "cluster",
    "config",
    "country",
    "customer",
    "datacenter",
    "dc",
    "destination",
    "device",
    "domain",
    "dst",
    "dstaddr",
    "dstip",
    "dstport",
    "endpoint",
    "env",
    "feature",
    "flag",
    "from",
    "gateway",
    "geo",
    "group",
    "host",
    "hostname",
    "id",
    "idle",
    "interface",
    "interval",
    "ip",
    "isp",
    "kernel",
    "lang",
    "locale",
    "location",
    "method",
    "model",
    "mtu",
    "nat",
    "network",
    "node",
    "nonce",
    "operation",
    "operator",
    "origin",
    "os",
    "path",
    "peer",
    "platform",
    "pod",
    "policy",
    "pool",
    "port",
    "prb",
    "probe",
    "proto",
    "protocol",
    "provider",
    "proxy",
    "qname",
    "qtype",
    "query",
    "queue",
    "rack",
    "region",
    "release",
    "req",
    "request",
    "resolver",
    "role",
    "route",
    "sec",
    "security",
    "sensor",
    "seq",
    "server",
    "service",
    "shard",
    "since",
    "site",
    "sni",
    "source",
    "src",
    "srcaddr",
    "srcip",
    "srcport",
    "subnet",
    "target",
    "tenant",
    "thread",
    "tier",
    "to",
    "transport",
    "tunnel",
    "type",
    "uptime",
    "uri",
    "url",
    "user",
    "useragent",
    "variant",
    "vendor",
    "version",
    "via",
    "vip",
    "vlan",
    "vm",
    "vni",
    "vrf",
    "worker",
    "zone",
];

/// Parts of names of what is known only when a request has ended.
const AFTER: &[&str] = &[
    "answer",
    "answers",
    "closed",
    "completed",
    "duration",
    "elapsed",
    "err",
    "errno",
    "error",
    "errors",
    "exception",
    "exit",
    "failed",
    "failure",
    "finished",
    "outcome",
    "rejected",
    "reply",
    "replies",
    "resp",
    "response",
    "result",
    "retries",
    "retry",
    "retransmissions",
    "retransmits",
    "rsp",
    "rt",
    "rtt",
    "status",
    "success",
    "taken",
    "termination",
    "took",
    "ttfb",
    "verdict",
    "latency",
    "rcode",
    "waited",
];

/// Whole names, without separators, that go against their parts: `request_time` is how long it took.
const AFTER_WHOLE: &[&str] = &[
    // Flags of a DNS answer (RFC 1035 section 4.1.1), and how Zeek and tshark call what a connection came to.
    "ra",
    "aa",
    "recavail",
    "authoritative",
    "connstate",
    "history",
    // How long it took, without a word for it.
    "ms",
    "msec",
    "milliseconds",
    "usec",
    "seconds",
    "requesttime",
    "requestduration",
    "requestlatency",
    "upstreamresponsetime",
    "upstreamconnecttime",
    "upstreamheadertime",
    "upstreamstatus",
    "serverstatus",
    "timetaken",
    "responsetime",
    "totaltime",
    "timetotal",
    "timeconnect",
    "timestarttransfer",
    "bodybytessent",
    "bytessent",
    "responseflags",
    "terminationstate",
    "closedby",
    "backendstatus",
    "targetstatus",
    "targetstatuscode",
    "elbstatuscode",
    "requestprocessingtime",
    "targetprocessingtime",
    "responseprocessingtime",
    "originstatus",
    "serverreply",
    "endtime",
    "clientstatus",
    "respbytes",
    "resppkts",
    "origintime",
    "proxyerror",
    "upstreamerror",
];

/// Whole names that go against their parts: Zeek's ends of a connection, `id.resp_p` is the port that was asked.
const BEFORE_WHOLE: &[&str] = &["origh", "origp", "resph", "respp"];

/// Whose status there is before anybody asks.
const HOLDERS: &[&str] = &[
    "account",
    "customer",
    "device",
    "host",
    "interface",
    "link",
    "node",
    "peer",
    "subscription",
    "tenant",
    "user",
    "vm",
];

/// Parts of names of what is counted while a request is under way, and is nothing where it never began.
const TRAFFIC: &[&str] = &["bytes", "octets", "packets", "pkts"];

/// Whether the name is that of traffic.
pub(super) fn is_traffic(name: &str) -> bool {
    parts(name).iter().any(|part| TRAFFIC.contains(&part.as_str()))
}

/// What the name says; its parts are the words between signs and capitals.
pub(super) fn standing(name: &str) -> Standing {
    let parts = parts(name);
    let whole: String = parts.concat();
    let last: String = {
        let tail = name.rsplit('.').next().unwrap_or(name);
        self::parts(tail).concat()
    };
    if AFTER_WHOLE.contains(&whole.as_str()) || AFTER_WHOLE.contains(&last.as_str()) {
        return Standing::After;
    }
    if BEFORE_WHOLE.contains(&last.as_str()) {
        return Standing::Before;
    }
    if last == "status" || parts.last().is_some_and(|part| part == "status") {
        let held = parts.iter().any(|part| HOLDERS.contains(&part.as_str()));
        return if held { Standing::Before } else { Standing::After };
    }
    let any = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    // `request.error`, `server_response_ms`: what is measured of it counts; `error_type` too is the answer's.
    if any(AFTER) {
        return Standing::After;
    }
    if any(BEFORE) { Standing::Before } else { Standing::NotSaid }
}

fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut small = false;
    for c in name.chars() {
        let begins = !c.is_alphanumeric() || (c.is_uppercase() && small);
        if begins && parts.last().is_some_and(|part| !part.is_empty()) {
            parts.push(String::new());
        }
        small = c.is_lowercase() || c.is_ascii_digit();
        if c.is_alphanumeric()
            && let Some(part) = parts.last_mut()
        {
            part.extend(c.to_lowercase());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_connection_are_known_before_it() {
        for name in ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "resp_p"] {
            assert_eq!(standing(name), Standing::Before, "{name}");
        }
        for name in ["resp_bytes", "resp_pkts", "resp_ip_bytes"] {
            assert_eq!(standing(name), Standing::After, "{name}");
        }
    }

    #[test]
    fn names_say_when_their_values_are_known() {
        for name in [
            "backend",
            "src_port",
            "account_status",
            "timeout_policy",
            "clientAddr",
            "http.request.method",
            "user_agent",
            "dst_addr",
            "zone",
            "request_bytes",
            "idle_ms",
        ] {
            assert_eq!(standing(name), Standing::Before, "{name}");
        }
        for name in [
            "duration_ms",
            "request_time",
            "upstream_status",
            "closed_by",
            "result.rt",
            "server_response_ms",
            "responseTime",
            "error.timeout",
        ] {
            assert_eq!(standing(name), Standing::After, "{name}");
        }
        for name in ["bytes", "color", "x", ""] {
            assert_eq!(standing(name), Standing::NotSaid, "{name}");
        }
    }
}
