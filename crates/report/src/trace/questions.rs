//! Ends and questions as the ladders write them.

use std::net::IpAddr;
use unanswered_exchange::Endpoint;
use unanswered_exchange::{Exchange, Exchanges, Meaning, StoredFeature};
use unanswered_registry::Feature;
use unanswered_wire::{Part, ProtocolId};

/// An address alone.
pub(super) fn address(exchanges: &Exchanges, of: Endpoint) -> String {
    let Endpoint { address, port } = of;
    let address = exchanges.addresses().get(address.0 as usize);
    address.map_or_else(|| format!("?:{port}"), IpAddr::to_string)
}

/// An address with its port; an echo's identifier is not a port.
pub(super) fn end(exchanges: &Exchanges, protocol: ProtocolId, of: Endpoint) -> String {
    let Endpoint { address, port } = of;
    let address = exchanges.addresses().get(address.0 as usize);
    match (address, !protocol.carrier().has_ports()) {
        (None, _) => format!("?:{port}"),
        (Some(address), true) => address.to_string(),
        (Some(IpAddr::V6(address)), false) => format!("[{address}]:{port}"),
        (Some(IpAddr::V4(address)), false) => format!("{address}:{port}"),
    }
}

/// What requests ask, as their protocols describe it, if the captures show it.
pub(super) struct Questions {
    features: Vec<StoredFeature>,
}

impl Questions {
    pub(super) fn of(exchanges: &Exchanges) -> Self {
        Self { features: exchanges.features() }
    }

    fn stored(&self, protocol: ProtocolId, feature: &Feature) -> Option<&StoredFeature> {
        self.features.iter().find(|f| f.protocol == protocol && f.feature.is(feature))
    }

    /// The name that the request asks for, if its protocol has one.
    pub(super) fn name<'a>(&self, exchanges: &'a Exchanges, exchange: &Exchange<'_>) -> Option<&'a str> {
        let protocol = exchange.protocol();
        let stored = self.stored(protocol, protocol.declaration().asks_for?)?;
        let number = exchange.nearest().value(stored)?;
        exchanges.texts().get(usize::try_from(number).ok()?).map(String::as_str)
    }

    /// The question in words.
    pub(super) fn asked(&self, exchanges: &Exchanges, exchange: &Exchange<'_>) -> Option<String> {
        let protocol = exchange.protocol();
        let mut words = String::new();
        for part in protocol.declaration().describes {
            match part {
                Part::Text(text) => words.push_str(text),
                Part::ClientPort => words.push_str(&exchange.nearest().client().port.to_string()),
                Part::Value(feature) => words.push_str(&self.value(exchanges, exchange, feature)?),
                Part::AlsoValue(feature) => {
                    if let Some(value) = self.value(exchanges, exchange, feature) {
                        words.push(' ');
                        words.push_str(&value);
                    }
                }
            }
        }
        (!words.is_empty()).then_some(words)
    }

    /// A value by its name if it has one, texts as they are (the root of all names as a dot).
    fn value(&self, exchanges: &Exchanges, exchange: &Exchange<'_>, feature: &Feature) -> Option<String> {
        let stored = self.stored(exchange.protocol(), feature)?;
        let value = exchange.nearest().value(stored)?;
        match stored.meaning {
            Meaning::Text => {
                let text = exchanges.texts().get(usize::try_from(value).ok()?)?;
                Some(if text.is_empty() { ".".to_owned() } else { text.clone() })
            }
            Meaning::Number | Meaning::Address | Meaning::Hardware => Some(value_name(feature, value)),
        }
    }
}

/// The declared name of a value, or its number after the prefix of the other names.
fn value_name(feature: &Feature, value: i64) -> String {
    feature.value_name(value).map_or_else(|| format!("{}{value}", feature.unnamed), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_types_without_a_name_are_written_with_their_number() {
        use unanswered_wire::protocols::dns::TYPE;
        assert_eq!((value_name(&TYPE, 28), value_name(&TYPE, 4242)), ("AAAA".into(), "TYPE4242".into()));
    }
}
