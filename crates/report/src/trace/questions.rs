//! Ends, durations, times and questions as the ladders write them.

use std::net::IpAddr;
use unanswered_exchange::follow::End;
use unanswered_exchange::{Exchange, Exchanges, Meaning, StoredFeature};
use unanswered_registry::Feature;
use unanswered_wire::{Part, ProtocolId, Span};

/// An address alone.
pub(super) fn address(exchanges: &Exchanges, (address, port): End) -> String {
    let address = exchanges.addresses().get(address.0 as usize);
    address.map_or_else(|| format!("?:{port}"), IpAddr::to_string)
}

/// An address with its port; an echo's identifier is no port.
pub(super) fn end(exchanges: &Exchanges, protocol: ProtocolId, of: End) -> String {
    let (address, port) = of;
    let address = exchanges.addresses().get(address.0 as usize);
    match (address, !protocol.carrier().has_ports()) {
        (None, _) => format!("?:{port}"),
        (Some(address), true) => address.to_string(),
        (Some(IpAddr::V6(address)), false) => format!("[{address}]:{port}"),
        (Some(IpAddr::V4(address)), false) => format!("{address}:{port}"),
    }
}

/// A length of time in the unit that fits, three digits of it: `8.2 us`, `1.21 ms`, `12.3 s`.
#[must_use]
pub(super) fn duration(span: Span) -> String {
    let nanoseconds = span.nanoseconds();
    let (sign, size) = (if nanoseconds < 0 { "-" } else { "" }, nanoseconds.unsigned_abs());
    let (unit, per) = match size {
        ..999_500 => ("us", 1e3),
        999_500..999_500_000 => ("ms", 1e6),
        _ => ("s", 1e9),
    };
    let value = size as f64 / per;
    let decimals = match value {
        v if v < 9.995 && unit != "us" => 2,
        v if v < 99.95 && unit != "us" || v < 9.95 => 1,
        _ => 0,
    };
    let text = format!("{value:.decimals$}");
    // What is nothing to all its decimals is nothing.
    let text = if size == 0 { "0".to_owned() } else { text };
    format!("{sign}{text} {unit}")
}

/// What requests ask, as their protocols describe it and where the captures tell.
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

    /// The name that the request asks for, if its protocol has such.
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
                Part::ClientPort => words.push_str(&exchange.nearest().client().1.to_string()),
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

    /// A value by its name where it has one, texts as they are (the root of all names as a dot).
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

/// The declared name of a value, or its number behind what begins the names of others.
fn value_name(feature: &Feature, value: i64) -> String {
    feature.value_name(value).map_or_else(|| format!("{}{value}", feature.unnamed), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_and_the_unit_that_fits() {
        for (nanoseconds, text) in [
            (0, "0 us"),
            (430, "0.4 us"),
            (8_240, "8.2 us"),
            (9_999, "10 us"),
            (999_499, "999 us"),
            (999_500, "1.00 ms"),
            (1_214_000, "1.21 ms"),
            (99_960_000, "100 ms"),
            (-40_300_000, "-40.3 ms"),
            (12_300_000_000, "12.3 s"),
        ] {
            assert_eq!(duration(Span::from_nanoseconds(nanoseconds)), text, "{nanoseconds} ns");
        }
    }

    #[test]
    fn query_types_without_a_name_are_written_with_their_number() {
        use unanswered_wire::protocols::dns::TYPE;
        assert_eq!((value_name(&TYPE, 28), value_name(&TYPE, 4242)), ("AAAA".into(), "TYPE4242".into()));
    }
}
