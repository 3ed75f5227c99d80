//! Services: which kind, and all kinds but NTP's.

use super::firewall::dns_type;
use super::ntp;
use super::service_table::ServiceTable;
use crate::model::{
    AnswerSize, DnsClientSpec, DnsServerSpec, Duration, EchoClientSpec, EchoServerSpec, PingSpec, Service,
    ServiceKind, TcpClientSpec, TcpServerSpec,
};
use crate::placed_site::{Placed, PlacedSite};
use crate::sections::{
    DNS_CLIENT, DNS_SERVER, ECHO_CLIENT, ECHO_SERVER, NTP_CLIENT, NTP_SERVER, PING, TCP_CLIENT, TCP_SERVER,
};
use crate::toml_values::{Fields, Section};
use crate::units::{above_zero, flag, length, text, whole, within};
use unanswered_toml_text::{Node, TomlKey, advised, unknown};
use unanswered_wire::Span;

static KINDS: [&Section; 9] = [
    &NTP_SERVER,
    &NTP_CLIENT,
    &DNS_SERVER,
    &DNS_CLIENT,
    &TCP_SERVER,
    &TCP_CLIENT,
    &PING,
    &ECHO_SERVER,
    &ECHO_CLIENT,
];
/// The echo protocol's port (RFC 862).
const ECHO_PORT: u16 = 7;

/// The services of a host.
pub(super) fn services(site: &PlacedSite<'_>, placed: &Placed, host: &Fields<'_>) -> Vec<Service> {
    host.named("service").iter().filter_map(|(key, node)| service(site, placed, key, node)).collect()
}

fn service(site: &PlacedSite<'_>, placed: &Placed, key: &TomlKey, node: &Node) -> Option<Service> {
    let Some(table) = node.as_table() else {
        let message = format!("the service {} must be a table, not {}", key.name, node.what());
        site.sink.problem(node.start, message);
        return None;
    };
    let written = table.get("kind");
    let kind = written.map_or(Some(key.name.as_str()), Node::as_text).unwrap_or_default();
    let Some(section) = KINDS.iter().find(|section| section.name == kind) else {
        let known = KINDS.iter().map(|section| section.name);
        let said = match written {
            Some(_) => unknown(format!("no kind of service {kind}"), kind, known),
            None => advised(
                format!("the service {kind} needs a kind"),
                format!("add kind = one of {}", known.collect::<Vec<_>>().join(", ")),
            ),
        };
        site.sink.problem(written.map_or(key.start, |node| node.start), said);
        return None;
    };
    let fields = Fields::of(site.sink, node, section)?;
    let context = ServiceTable { site, placed, fields };
    let kind = match section.name {
        "ntp-server" => ServiceKind::NtpServer(ntp::server(&context)),
        "ntp-client" => ServiceKind::NtpClient(ntp::client(&context)),
        "dns-server" => ServiceKind::DnsServer(dns_server(&context)),
        "dns-client" => ServiceKind::DnsClient(dns_client(&context)?),
        "tcp-server" => ServiceKind::TcpServer(tcp_server(&context)?),
        "tcp-client" => ServiceKind::TcpClient(tcp_client(&context)?),
        "ping" => ServiceKind::Ping(ping(&context)?),
        "echo-server" => ServiceKind::EchoServer(echo_server(&context)),
        _ => ServiceKind::EchoClient(echo_client(&context)?),
    };
    Some(Service { name: key.name.clone(), enabled: fields.read("enabled", flag).unwrap_or(true), kind })
}

fn dns_server(context: &ServiceTable<'_, '_>) -> DnsServerSpec {
    let fields = &context.fields;
    let answer_size = fields.named("answer_size").iter().filter_map(|(key, node)| {
        let kind = dns_type(&key.name).or_else(|| key.name.parse().ok());
        let read = kind.ok_or_else(|| "write a query type as A, AAAA or its number".to_owned());
        match read.and_then(|kind| within(12_u16, 65_000)(node).map(|bytes| AnswerSize { kind, bytes })) {
            Ok(size) => Some(size),
            Err(expected) => {
                fields.sink.problem(node.start, advised(format!("answer_size of {}", key.name), expected));
                None
            }
        }
    });
    DnsServerSpec {
        service_time: context.duration("service_time", Duration::Exponential(Span::from_milliseconds(1))),
        in_flight: fields.read("in_flight", above_zero),
        refuse: fields.read("refuse", flag).unwrap_or(false),
        edns: fields.read("edns", flag).unwrap_or(true),
        ignores: fields.list("ignores", query_type).unwrap_or_default(),
        answer_size: answer_size.collect(),
        reply_from: fields.has("reply_from").then(|| context.server("reply_from")).flatten(),
    }
}

fn query_type(node: &Node) -> Result<u16, String> {
    let named = node.as_text().and_then(dns_type);
    named
        .map_or_else(|| whole(node).map_err(|_| "write a query type as A, AAAA or its number".to_owned()), Ok)
}

/// A domain name in letters, digits, hyphens and underscores (RFC 1035, section 2.3.4 for lengths).
fn domain(node: &Node) -> Result<String, String> {
    let name = text(node)?;
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let bare = name.strip_suffix('.').unwrap_or(&name);
    if bare.len() <= 253 && bare.split('.').all(label) {
        Ok(bare.to_owned())
    } else {
        Err("write a domain name as \"www.example.com\"".to_owned())
    }
}

fn dns_client(context: &ServiceTable<'_, '_>) -> Option<DnsClientSpec> {
    let fields = &context.fields;
    let server = context.server("server");
    Some(DnsClientSpec {
        names: fields.list("names", domain).unwrap_or_else(|| vec!["example.com".to_owned()]),
        types: fields.list("types", query_type).unwrap_or_else(|| vec![1, 28]),
        interval: context.duration("interval", Duration::Exponential(Span::from_seconds(1))),
        // resolv.conf(5): timeout 5 s, attempts 2.
        timeout: fields.read("timeout", length).unwrap_or(Span::from_seconds(5)),
        attempts: fields.read("attempts", above_zero).unwrap_or(2),
        source_ports: context.source_ports(),
        edns: fields.read("edns", within(512, 65_535)),
        in_flight: fields.read("in_flight", above_zero).unwrap_or(1000),
        // Last, so that everything else is read as well.
        server: server?,
    })
}

fn tcp_server(context: &ServiceTable<'_, '_>) -> Option<TcpServerSpec> {
    let fields = &context.fields;
    Some(TcpServerSpec {
        port: fields.required("port", above_zero)?,
        // The long-standing value of net.core.somaxconn.
        backlog: fields.read("backlog", whole).unwrap_or(128),
        service_time: context.duration("service_time", Duration::Exponential(Span::from_milliseconds(1))),
        workers: fields.read("workers", above_zero).unwrap_or(8),
    })
}

fn tcp_client(context: &ServiceTable<'_, '_>) -> Option<TcpClientSpec> {
    let fields = &context.fields;
    let to = context.endpoint(None);
    Some(TcpClientSpec {
        interval: context.duration("interval", Duration::Exponential(Span::from_seconds(1))),
        source_ports: context.source_ports(),
        // net.ipv4.tcp_syn_retries; more than 20 doublings take longer than a year.
        syn_retries: fields.read("syn_retries", within(0, 20)).unwrap_or(6),
        ecn: fields.read("ecn", flag).unwrap_or(false),
        // Last, so that everything else is read as well.
        to: to?,
    })
}

fn ping(context: &ServiceTable<'_, '_>) -> Option<PingSpec> {
    let fields = &context.fields;
    let to = context.server("to");
    Some(PingSpec {
        interval: context.duration("interval", Duration::Fixed(Span::from_seconds(1))),
        identifier: fields.read("identifier", whole),
        sizes: fields.list("sizes", within(0, 65_000)).unwrap_or_else(|| vec![56]),
        dont_fragment: fields.read("dont_fragment", flag).unwrap_or(false),
        ttl: fields.read("ttl", above_zero),
        // Last, so that everything else is read as well.
        to: to?,
    })
}

fn echo_server(context: &ServiceTable<'_, '_>) -> EchoServerSpec {
    let fields = &context.fields;
    EchoServerSpec {
        port: fields.read("port", above_zero).unwrap_or(ECHO_PORT),
        service_time: context.duration("service_time", Duration::Exponential(Span::from_milliseconds(1))),
        workers: fields.read("workers", above_zero).unwrap_or(8),
        queue: fields.read("queue", whole).unwrap_or(128),
        size: fields.read("size", within(0, 65_000)).unwrap_or(64),
    }
}

fn echo_client(context: &ServiceTable<'_, '_>) -> Option<EchoClientSpec> {
    let fields = &context.fields;
    let to = context.endpoint(Some(ECHO_PORT));
    Some(EchoClientSpec {
        interval: context.duration("interval", Duration::Exponential(Span::from_seconds(1))),
        timeout: fields.read("timeout", length).unwrap_or(Span::from_seconds(5)),
        source_ports: context.source_ports(),
        sizes: fields.list("sizes", within(0, 65_000)).unwrap_or_else(|| vec![64]),
        // Last, so that everything else is read as well.
        to: to?,
    })
}
