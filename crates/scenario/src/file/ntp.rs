//! NTP servers and clients.

use super::service_table::ServiceTable;
use crate::model::{NtpClientSpec, NtpLimit, NtpServerSpec};
use crate::profiles::{known_client_profile, known_server_profile};
use crate::sections::NTP_LIMIT;
use crate::toml_values::Fields;
use crate::units::{above_zero, flag, length, text, within};
use unanswered_toml_text::{Node, advised};
use unanswered_wire::Span;

/// An ntpd without the fault.
const PROFILE: &str = "ntpd-4.2.8";
/// Poll exponents of NTP (RFC 5905, section 7.2; ntpd takes 3 to 17).
const POLL: (u8, u8) = (3, 17);

/// A profile's name.
pub(super) fn profile(known: fn(&str) -> bool) -> impl Fn(&Node) -> Result<String, String> {
    move |node| {
        let accepted =
            "write a profile as \"ntpd-4.2.7p273\", \"chrony\", \"windows\", \"sntp\" or \"ntpsec\"";
        node.as_text().filter(|name| known(name)).map(str::to_owned).ok_or_else(|| accepted.to_owned())
    }
}

pub(super) fn server(context: &ServiceTable<'_, '_>) -> NtpServerSpec {
    let fields = &context.fields;
    let stratum = fields.read("stratum", within(1, 15)).unwrap_or(2);
    let usual = if stratum == 1 { "GPS" } else { "192.0.2.1" };
    NtpServerSpec {
        profile: fields.read("profile", profile(known_server_profile)).unwrap_or_else(|| PROFILE.to_owned()),
        stratum,
        reference: fields.read("reference", reference).unwrap_or_else(|| usual.to_owned()),
        limit: fields.table("limit", &NTP_LIMIT).map(|table| limit(&table)),
        service_time: fields.read("service_time", length).unwrap_or(Span::from_nanoseconds(20_000)),
    }
}

/// Four bytes: letters or an address.
fn reference(node: &Node) -> Result<String, String> {
    let text = text(node)?;
    let letters = text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_graphic());
    if letters || crate::units::address_text(&text).is_some() {
        Ok(text)
    } else {
        Err("write up to four letters as \"GPS\", or an address".to_owned())
    }
}

/// ntpd's defaults (`discard average 3 minimum 2`), chrony's burst.
fn limit(table: &Fields<'_>) -> NtpLimit {
    NtpLimit {
        average: table.read("average", within(0, 17)).unwrap_or(3),
        minimum: table.read("minimum", length).unwrap_or(Span::from_seconds(2)),
        burst: table.read("burst", above_zero).unwrap_or(8),
        kod: table.read("kod", flag).unwrap_or(false),
    }
}

pub(super) fn client(context: &ServiceTable<'_, '_>) -> NtpClientSpec {
    let fields = &context.fields;
    let minpoll = fields.read("minpoll", within(POLL.0, POLL.1));
    let maxpoll = fields.read("maxpoll", within(POLL.0, POLL.1));
    // ntp.conf(5): minpoll 6 (64 s), maxpoll 10 (1024 s); if only one is given, it moves the other if need be.
    let low = minpoll.unwrap_or_else(|| maxpoll.map_or(6, |high| high.min(6)));
    let high = maxpoll.unwrap_or(low.max(10));
    if low > high {
        fields.problem("minpoll", advised(format!("minpoll {low} is above maxpoll {high}"), "swap them"));
    }
    let server = |node: &Node| {
        let name = node.as_text().ok_or_else(|| "write names of hosts or addresses".to_owned())?;
        Ok::<_, String>(context.site.address(context.placed, name.trim(), node.start))
    };
    if !fields.has("servers") {
        fields.missing("servers");
    }
    NtpClientSpec {
        profile: fields.read("profile", profile(known_client_profile)).unwrap_or_else(|| PROFILE.to_owned()),
        servers: fields.list("servers", server).unwrap_or_default().into_iter().flatten().collect(),
        minpoll: low,
        maxpoll: high,
        iburst: fields.read("iburst", flag).unwrap_or(false),
        disciplines: fields.read("disciplines", flag).unwrap_or(true),
        source_port: fields.read("source_port", above_zero),
    }
}
