//! Ends and questions as the ladders write them.

use std::net::IpAddr;
use unanswered_exchange::follow::End;
use unanswered_exchange::{Exchange, Exchanges, Meaning, Sighting, StoredFeature};
use unanswered_wire::ProtocolId;

/// An address with its port; an echo's identifier is no port.
pub(super) fn end(exchanges: &Exchanges, protocol: ProtocolId, (address, port): End) -> String {
    let address = exchanges.addresses().get(address.0 as usize);
    match (address, protocol == ProtocolId::ICMP) {
        (None, _) => format!("?:{port}"),
        (Some(address), true) => address.to_string(),
        (Some(IpAddr::V6(address)), false) => format!("[{address}]:{port}"),
        (Some(IpAddr::V4(address)), false) => format!("{address}:{port}"),
    }
}

/// Common DNS query types by name, others as RFC 3597 section 5 writes them.
fn query_type(number: i64) -> String {
    let known = [
        (1, "A"),
        (2, "NS"),
        (5, "CNAME"),
        (6, "SOA"),
        (12, "PTR"),
        (15, "MX"),
        (16, "TXT"),
        (28, "AAAA"),
        (33, "SRV"),
        (43, "DS"),
        (48, "DNSKEY"),
        (65, "HTTPS"),
        (255, "ANY"),
    ];
    let name = known.iter().find(|(n, _)| *n == number).map(|(_, name)| (*name).to_owned());
    name.unwrap_or_else(|| format!("TYPE{number}"))
}

/// What requests ask, where the captures tell.
pub(super) struct Questions {
    features: Vec<StoredFeature>,
}

impl Questions {
    pub(super) fn of(exchanges: &Exchanges) -> Self {
        let wanted = ["dns.qry.name", "dns.qry.type", "tcp.len"];
        let features = exchanges.features();
        Self { features: features.into_iter().filter(|f| wanted.contains(&f.feature.name)).collect() }
    }

    fn value(&self, sighting: &Sighting<'_>, protocol: ProtocolId, name: &str) -> Option<i64> {
        let feature = self.features.iter().find(|f| f.protocol == protocol && f.feature.name == name)?;
        sighting.value(feature)
    }

    /// The name that a DNS request asks for.
    pub(super) fn name<'a>(&self, exchanges: &'a Exchanges, exchange: &Exchange<'_>) -> Option<&'a str> {
        let protocol = exchange.protocol();
        let feature = self.features.iter().find(|f| f.protocol == protocol && f.meaning == Meaning::Text)?;
        let number = exchange.nearest().value(feature)?;
        exchanges.texts().get(usize::try_from(number).ok()?).map(String::as_str)
    }

    /// The question in words.
    pub(super) fn asked(&self, exchanges: &Exchanges, exchange: &Exchange<'_>) -> Option<String> {
        let (protocol, nearest) = (exchange.protocol(), exchange.nearest());
        match protocol {
            ProtocolId::DNS => {
                let name = self.name(exchanges, exchange)?;
                let name = if name.is_empty() { "." } else { name };
                let kind = self.value(&nearest, protocol, "dns.qry.type").map(query_type);
                Some(kind.map_or_else(|| name.to_owned(), |kind| format!("{name} {kind}")))
            }
            ProtocolId::ICMP => Some(format!("identifier {}", nearest.client().1)),
            ProtocolId::TCP_DATA => {
                self.value(&nearest, protocol, "tcp.len").map(|length| format!("{length} bytes"))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_types_without_a_name_are_written_with_their_number() {
        assert_eq!((query_type(28).as_str(), query_type(4242).as_str()), ("AAAA", "TYPE4242"));
    }
}
