//! All formats, one file each; the list is here and nowhere else.

mod access;
mod atlas;
mod azure;
mod cloud;
mod delimited;
mod dnsperf;
mod envoy;
mod haproxy;
mod hubble;
mod jmeter;
mod k6;
mod logfmt;
pub(crate) mod pattern;
mod ping;
mod plain_json;
mod syslog;
pub(crate) mod template;
mod traces;
mod tshark;
mod vpc;
mod w3c;
mod zeek;

use crate::format::Format;

pub(crate) use syslog::{NO_INSIDE, unwrap as unwrap_syslog};

/// Every format. Of two that recognise an input equally surely, the first here is taken.
pub(crate) const ALL: [&dyn Format; 29] = [
    &zeek::Tsv,
    &zeek::Json,
    &w3c::W3c,
    &haproxy::Haproxy,
    &envoy::Envoy,
    &access::Access,
    &vpc::WithHeader,
    &vpc::WithoutHeader,
    &cloud::Gcp,
    &azure::Nsg,
    &tshark::Fields,
    &tshark::Ek,
    &tshark::Json,
    &hubble::Hubble,
    &jmeter::WithHeader,
    &jmeter::WithoutHeader,
    &k6::Json,
    &k6::Csv,
    &ping::Ping,
    &dnsperf::Dnsperf,
    &atlas::Atlas,
    &traces::Jaeger,
    &traces::Otlp,
    &logfmt::Logfmt,
    &plain_json::Json,
    &delimited::Csv,
    &delimited::Semicolons,
    &delimited::Others,
    &delimited::Blanks,
];
