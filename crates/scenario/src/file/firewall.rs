//! Firewall rules and conditions on header fields.

use crate::model::{
    Action, Chain, FirewallRule, HeaderCondition, HeaderField, HeaderTest, Interface, Probability,
};
use crate::sections::{FIREWALL, LIMIT};
use crate::toml_values::Fields;
use crate::units::{above_zero, address_text, flag, number, ports_text, probability, subnet_text, text};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use unanswered_toml_text::{Complaint, Node, NodeKind, ProblemSink, TomlTable, advised, unknown};

const FIELDS: [(&str, HeaderField); 24] = [
    ("ip.src", HeaderField::IpSource),
    ("ip.dst", HeaderField::IpDestination),
    ("ip.ttl", HeaderField::IpTtl),
    ("ip.dsfield.dscp", HeaderField::IpDscp),
    ("ip.dsfield.ecn", HeaderField::IpEcn),
    ("ip.len", HeaderField::IpLength),
    ("ip.proto", HeaderField::IpProtocol),
    ("ip.id", HeaderField::IpId),
    ("ip.fragmented", HeaderField::IpFragmented),
    ("udp.srcport", HeaderField::UdpSourcePort),
    ("udp.dstport", HeaderField::UdpDestinationPort),
    ("udp.length", HeaderField::UdpLength),
    ("tcp.srcport", HeaderField::TcpSourcePort),
    ("tcp.dstport", HeaderField::TcpDestinationPort),
    ("tcp.flags", HeaderField::TcpFlags),
    ("icmp.type", HeaderField::IcmpType),
    ("icmp.ident", HeaderField::IcmpId),
    ("icmp.seq", HeaderField::IcmpSequence),
    ("ntp.flags.vn", HeaderField::NtpVersion),
    ("ntp.flags.mode", HeaderField::NtpMode),
    ("dns.qry.type", HeaderField::DnsType),
    ("dns.id", HeaderField::DnsId),
    ("dns.edns", HeaderField::DnsEdns),
    ("dns.flags.response", HeaderField::DnsResponse),
];
const TESTS: &str =
    "write a number or an address, a list of them, \"53000-53999\", \"< 123\", \"10.0.0.0/8\" or \"not 2\"";

/// A header field by its name.
pub(crate) fn field(node: &Node) -> Result<HeaderField, String> {
    let name = node.as_text().ok_or_else(|| "write the name of a header field".to_owned())?;
    field_text(name).map_err(|said| said.to_string())
}

fn field_text(name: &str) -> Result<HeaderField, Complaint> {
    let found = FIELDS.iter().find(|(known, _)| *known == name).map(|(_, field)| *field);
    found.ok_or_else(|| unknown(format!("no field {name}"), name, FIELDS.iter().map(|(known, _)| *known)))
}

/// The rules of a host.
pub(super) fn rules(host: &Fields<'_>, interfaces: &[Interface]) -> Vec<FirewallRule> {
    let mut names = BTreeSet::new();
    let tables = host.tables("firewall", &FIREWALL);
    let rules = tables.iter().enumerate().filter_map(|(index, table)| {
        let name = table.read("name", text).unwrap_or_else(|| format!("rule-{}", index + 1));
        if !names.insert(name.clone()) {
            let message = format!("two rules are called {name}");
            table.problem("name", advised(message, "each needs a name of its own"));
        }
        let conditions = when(table);
        Some(FirewallRule {
            name,
            chain: table.required("chain", |node| chain(node, interfaces))?,
            when: conditions,
            probability: table.read("probability", probability).unwrap_or(Probability(1.0)),
            action: action(table)?,
            enabled: table.read("enabled", flag).unwrap_or(true),
            fault: table.read("fault", text),
        })
    });
    rules.collect()
}

fn chain(node: &Node, interfaces: &[Interface]) -> Result<Chain, String> {
    let wrong = "write input, output, forward, \"ingress:eth0\" or \"egress:eth0\"";
    let index = |name: &str| {
        let known = || interfaces.iter().map(|interface| interface.name.as_str());
        (0_u16..)
            .zip(interfaces)
            .find(|(_, interface)| interface.name == name)
            .map(|(index, _)| index)
            .ok_or_else(|| unknown(format!("no interface {name}"), name, known()).to_string())
    };
    match node.as_text().map(|text| text.split_once(':').unwrap_or((text, ""))) {
        Some(("input", "")) => Ok(Chain::Input),
        Some(("output", "")) => Ok(Chain::Output),
        Some(("forward", "")) => Ok(Chain::Forward),
        Some(("ingress", name)) if !name.is_empty() => index(name).map(Chain::Ingress),
        Some(("egress", name)) if !name.is_empty() => index(name).map(Chain::Egress),
        Some(_) | None => Err(wrong.to_owned()),
    }
}

fn action(table: &Fields<'_>) -> Option<Action> {
    let node = table.get("action");
    match node.and_then(Node::as_table).and_then(|inner| inner.get("limit")) {
        None => table.required("action", |node| match node.as_text() {
            Some("accept") => Ok(Action::Accept),
            Some("drop") => Ok(Action::Drop),
            Some("reject") => Ok(Action::Reject),
            Some(_) | None => {
                Err("write accept, drop, reject or { limit = { rate = \"100/s\", burst = 5 } }".to_owned())
            }
        }),
        Some(limit) => {
            let fields = Fields::of(table.sink, limit, &LIMIT)?;
            let rate = fields.required("rate", per_second)?;
            // iptables' own default burst.
            Some(Action::Limit { rate, burst: fields.read("burst", above_zero).unwrap_or(5) })
        }
    }
}

/// Packets per second: 1024, "1024/s", "60/min".
fn per_second(node: &Node) -> Result<f64, String> {
    let wrong = "write packets a second as \"1024/s\", or \"60/min\"";
    let rate = match node.as_text().and_then(|text| text.split_once('/')) {
        Some((count, unit)) => {
            let count: f64 = count.trim().parse().map_err(|_| wrong)?;
            let seconds = match unit.trim() {
                "s" => 1.0,
                "min" => 60.0,
                "h" => 3600.0,
                _ => return Err(wrong.to_owned()),
            };
            count / seconds
        }
        None => number(node).map_err(|_| wrong)?,
    };
    if rate > 0.0 && rate.is_finite() { Ok(rate) } else { Err(wrong.to_owned()) }
}

fn when(rule: &Fields<'_>) -> Vec<HeaderCondition> {
    let mut found = Vec::new();
    let Some(node) = rule.get("when") else { return found };
    match node.as_table() {
        Some(table) => conditions(rule.sink, table, "", &mut found),
        None => rule.problem("when", "when must be a table of fields, as { \"udp.srcport\" = \"0-122\" }"),
    }
    found
}

/// `"udp.srcport" = 1` and `udp.srcport = 1` are the same.
fn conditions(sink: &ProblemSink, table: &TomlTable, prefix: &str, out: &mut Vec<HeaderCondition>) {
    for (key, node) in &table.entries {
        let name = if prefix.is_empty() { key.name.clone() } else { format!("{prefix}.{}", key.name) };
        if let Some(inner) = node.as_table() {
            conditions(sink, inner, &name, out);
            continue;
        }
        let (name, divisor) = match name.split_once('%') {
            Some((name, divisor)) => (name.trim(), Some(divisor.trim())),
            None => (name.as_str(), None),
        };
        let field = match field_text(name) {
            Ok(field) => field,
            Err(said) => {
                sink.problem(key.start, said);
                continue;
            }
        };
        let read = match divisor.map(str::parse) {
            None => test(field, node),
            Some(Ok(divisor)) if divisor > 0 => {
                values(field, node).map(|remainders| HeaderTest::Modulus { divisor, remainders })
            }
            Some(_) => Err("write the divisor as in \"udp.srcport%2\"".to_owned()),
        };
        match read {
            Ok(test) => out.push(HeaderCondition { field, test }),
            Err(expected) => {
                sink.problem(node.start, advised(format!("{name} cannot be {}", node.what()), expected));
            }
        }
    }
}

fn test(field: HeaderField, node: &Node) -> Result<HeaderTest, String> {
    let Some(text) = node.as_text().map(str::trim) else { return values(field, node).map(HeaderTest::In) };
    if let Some(rest) = text.strip_prefix("not ") {
        let parts: Option<Vec<u64>> = rest.split(',').map(|part| value_text(field, part.trim())).collect();
        return parts.map(HeaderTest::NotIn).ok_or_else(|| TESTS.to_owned());
    }
    let below = |rest: &str| value_text(field, rest.trim()).ok_or(TESTS);
    if let Some(rest) = text.strip_prefix("<=") {
        return Ok(HeaderTest::Range { low: 0, high: below(rest)? });
    }
    if let Some(rest) = text.strip_prefix('<') {
        return Ok(HeaderTest::Range {
            low: 0,
            high: below(rest)?.checked_sub(1).ok_or("nothing is below 0")?,
        });
    }
    if let Some(rest) = text.strip_prefix(">=") {
        return Ok(HeaderTest::Range { low: below(rest)?, high: u64::from(u32::MAX) });
    }
    if let Some(rest) = text.strip_prefix('>') {
        return Ok(HeaderTest::Range { low: below(rest)?.saturating_add(1), high: u64::from(u32::MAX) });
    }
    if is_address(field) && text.contains('/') {
        return subnet_text(text).map(HeaderTest::Subnet).ok_or_else(|| TESTS.to_owned());
    }
    if let Some(value) = value_text(field, text) {
        return Ok(HeaderTest::In(vec![value]));
    }
    let range = ports_text(text).filter(|_| !is_address(field));
    let test =
        |r: RangeInclusive<u16>| HeaderTest::Range { low: (*r.start()).into(), high: (*r.end()).into() };
    range.map(test).ok_or_else(|| TESTS.to_owned())
}

fn values(field: HeaderField, node: &Node) -> Result<Vec<u64>, String> {
    let read = |item: &Node| match &item.kind {
        NodeKind::Integer(integer) if !is_address(field) => u64::try_from(*integer).ok(),
        NodeKind::Bool(truth) if !is_address(field) => Some(u64::from(*truth)),
        NodeKind::Text(text) => value_text(field, text.trim()),
        NodeKind::Integer(_)
        | NodeKind::Bool(_)
        | NodeKind::Float(_)
        | NodeKind::Date(_)
        | NodeKind::List(_)
        | NodeKind::Table(_) => None,
    };
    let read: Option<Vec<u64>> = node.items().iter().map(read).collect();
    read.filter(|values| !values.is_empty()).ok_or_else(|| TESTS.to_owned())
}

fn value_text(field: HeaderField, text: &str) -> Option<u64> {
    if is_address(field) {
        return address_text(text).map(|address| u64::from(u32::from(address)));
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok();
    }
    match (field, text) {
        (HeaderField::IpProtocol, "icmp") => Some(1),
        (HeaderField::IpProtocol, "tcp") => Some(6),
        (HeaderField::IpProtocol, "udp") => Some(17),
        (HeaderField::DnsType, name) => dns_type(name).map(u64::from).or_else(|| name.parse().ok()),
        _ => text.parse().ok(),
    }
}

/// Query types by name (IANA's registry) that a scenario may well ask for.
pub(super) fn dns_type(name: &str) -> Option<u16> {
    Some(match name {
        "A" => 1,
        "NS" => 2,
        "CNAME" => 5,
        "SOA" => 6,
        "PTR" => 12,
        "MX" => 15,
        "TXT" => 16,
        "AAAA" => 28,
        "SRV" => 33,
        "DNSKEY" => 48,
        "HTTPS" => 65,
        "ANY" => 255,
        _ => return None,
    })
}

fn is_address(field: HeaderField) -> bool {
    matches!(field, HeaderField::IpSource | HeaderField::IpDestination)
}
