//! The table of one service: keys that several kinds of service share.

use super::nat::endpoint;
use crate::model::{Duration, Endpoint};
use crate::placed_site::{Placed, PlacedSite};
use crate::sections::{EXPONENTIAL, UNIFORM};
use crate::toml_values::Fields;
use crate::units::{length, port_range};
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use unanswered_toml_text::Node;

/// Linux' ephemeral ports (`net.ipv4.ip_local_port_range`).
const EPHEMERAL: RangeInclusive<u16> = 32_768..=60_999;

/// The table of one service and what it may refer to.
pub(super) struct ServiceTable<'s, 'a> {
    pub(super) site: &'s PlacedSite<'a>,
    pub(super) placed: &'s Placed,
    pub(super) fields: Fields<'s>,
}

impl ServiceTable<'_, '_> {
    /// A time that is drawn anew each time.
    pub(super) fn duration(&self, key: &str, usual: Duration) -> Duration {
        self.fields.get(key).and_then(|node| duration(&self.fields, key, node)).unwrap_or(usual)
    }

    pub(super) fn source_ports(&self) -> RangeInclusive<u16> {
        self.fields.read("source_ports", port_range).unwrap_or(EPHEMERAL)
    }

    /// The address of a server; the key is required.
    pub(super) fn server(&self, key: &str) -> Option<Ipv4Addr> {
        let read = |node: &Node| {
            let text = node.as_text().ok_or_else(|| "write a host's name or an address".to_owned())?;
            let found = self.site.address(self.placed, text.trim(), node.start);
            // Unknown hosts are already noted, and the first problem at a position stays.
            found.ok_or_else(|| "the host is left out by `without`; keep it".to_owned())
        };
        self.fields.required(key, read)
    }

    pub(super) fn endpoint(&self, usual_port: Option<u16>) -> Option<Endpoint> {
        let read = |node: &Node| {
            endpoint(self.site, self.placed, node, usual_port)?
                .ok_or_else(|| "the host is left out by `without`; keep it".to_owned())
        };
        self.fields.required("to", read)
    }
}

fn duration(fields: &Fields<'_>, key: &str, node: &Node) -> Option<Duration> {
    let Some(table) = node.as_table() else {
        return fields
            .read(key, |node| {
                length(node).map_err(|message| {
                    format!("{message}; or {{ exponential = \"5ms\" }}, {{ uniform = [\"1ms\", \"9ms\"] }}")
                })
            })
            .map(Duration::Fixed);
    };
    if table.get("exponential").is_some() {
        let inner = Fields::of(fields.sink, node, &EXPONENTIAL)?;
        return inner.read("exponential", length).map(Duration::Exponential);
    }
    let inner = Fields::of(fields.sink, node, &UNIFORM)?;
    match inner.list("uniform", length)?[..] {
        [low, high] if low <= high => Some(Duration::Uniform { low, high }),
        _ => {
            inner.problem("uniform", "uniform needs two lengths of time, the smaller one first");
            None
        }
    }
}
