//! A feature's declaration.
//!
//! Declarations are made with `const` builders, so that a line says only what is special:
//! [`Feature::amount`], [`Feature::code`] or [`Feature::flag`] starts one, the methods add to it.

use crate::filter::{Bytes, CaptureTerm, DisplayTerm, Shifted};

/// How the search may cut a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeatureKind {
    /// An amount: intervals make sense (lengths, time to live, ports, ...).
    Amount,
    /// A code without order (addresses, names, types): sets make sense.
    Code,
    /// Yes or no: a bit, an option that is present.
    Flag,
}

/// What an amount measures: which thresholds people write into code and configuration for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// Nothing in particular.
    Other,
    /// A UDP or TCP port.
    Port,
    /// A length in bytes.
    Length,
    /// Seconds since something last happened; a missing value means longer ago than any.
    Pause,
    /// How much goes on at once: large values mean overload.
    Load,
}

/// Where the property comes from: the layer whose header has it, or what is known besides headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The link's header, the frame.
    Link,
    /// The headers of an encapsulation.
    Tunnel,
    /// IP.
    Network,
    /// UDP, TCP, ICMP.
    Transport,
    /// The protocol that asks and answers.
    Application,
    /// What an address translation on the path makes of the request.
    Translation,
    /// The places that the request passed.
    Path,
    /// Earlier requests.
    History,
}

/// What it costs to name the feature as a cause, above any other: fewer causes act on it, or another
/// feature says the same more plainly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Price {
    /// A field that people route, filter and match by.
    Plain,
    /// Hardly less plain: expresses another feature in a slightly different form.
    Near,
    /// Derived from other fields; few causes act on it.
    Derived,
    /// A number that identifies: a counter or a random value, which few devices look at.
    Identifier,
    /// Several features in one name.
    Pair,
    /// A whole flow in one name.
    Flow,
}

/// How a flag is put into words for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlagWords {
    /// It is set or not set: `don't-fragment flag is set`.
    Bit,
    /// Something is present or not, and the feature's words name it: `with EDNS`, `without EDNS`.
    Presence,
    /// In words of its own: `source port was rewritten`.
    Said {
        /// When it is set.
        so: &'static str,
        /// When it is not set.
        not: &'static str,
    },
}

/// Whether a feature says where a request went, or what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aspect {
    /// From or to where: a known fault that does not mention it may fit nevertheless.
    Where,
    /// What the request is like.
    What,
}

/// Which part of "who asked whom for what" a feature tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// None of it.
    Other,
    /// What is asked for, as far as protocol and port tell: requests of one service are compared with each other.
    Service,
    /// Who is asked.
    Server,
    /// Who asks.
    Client,
    /// From which network.
    ClientNetwork,
    /// How much a request takes of a link: its length on the network.
    Size,
}

impl Role {
    /// Whether it says who asked whom for what.
    #[must_use]
    pub const fn names(self) -> bool {
        match self {
            Self::Service | Self::Server | Self::Client => true,
            Self::ClientNetwork | Self::Size | Self::Other => false,
        }
    }
}

/// A property of a request known when it was sent. See the module's documentation.
#[derive(Debug)]
pub struct Feature {
    /// Wireshark's field name where Wireshark has the field, else a name of the same form.
    pub name: &'static str,
    /// The same in plain words, fitting "the ... is 5": `source port`.
    pub words: &'static str,
    /// How it may be cut.
    pub kind: FeatureKind,
    /// What an amount measures.
    pub quantity: Quantity,
    /// Where it comes from.
    pub layer: Layer,
    /// What naming it costs.
    pub price: Price,
    /// Whether it says where or what.
    pub aspect: Aspect,
    /// Every hop rewrites it, so that a difference between places says nothing about a translation.
    pub per_hop: bool,
    /// How Wireshark's display filters express it.
    pub display: DisplayTerm,
    /// How tcpdump's filters (pcap-filter(7)) express it.
    pub capture: CaptureTerm,
    /// Names of values: query type 28 is `AAAA`.
    pub values: &'static [(i64, &'static str)],
    /// Prefix of the name of a value that has none of its own: `TYPE` for RFC 3597's `TYPE4242`.
    pub unnamed: &'static str,
    /// How a flag is put into words.
    pub flag_words: FlagWords,
    /// The feature that a report names instead: a prefix is a value of the address.
    pub shown_as: Option<&'static Self>,
    /// A probe can send a request with a value of its choice.
    pub settable: bool,
    /// Which part of "who asked whom for what" it tells.
    pub role: Role,
    /// It is a property of the reply, as seen at the place nearest to the server: known only of requests whose reply was seen
    /// somewhere, and a cause only where that reply was lost afterwards.
    pub of_reply: bool,
}

impl Feature {
    const fn new(name: &'static str, words: &'static str, kind: FeatureKind) -> Self {
        Self {
            name,
            words,
            kind,
            quantity: Quantity::Other,
            layer: Layer::Application,
            price: Price::Derived,
            aspect: Aspect::What,
            per_hop: false,
            display: DisplayTerm::None,
            capture: CaptureTerm::None,
            values: &[],
            unnamed: "",
            flag_words: FlagWords::Bit,
            shown_as: None,
            settable: false,
            role: Role::Other,
            of_reply: false,
        }
    }

    /// Starts the declaration of an amount.
    #[must_use]
    pub const fn amount(name: &'static str, words: &'static str) -> Self {
        Self::new(name, words, FeatureKind::Amount)
    }

    /// Starts the declaration of a code.
    #[must_use]
    pub const fn code(name: &'static str, words: &'static str) -> Self {
        Self::new(name, words, FeatureKind::Code)
    }

    /// Starts the declaration of a flag.
    #[must_use]
    pub const fn flag(name: &'static str, words: &'static str) -> Self {
        Self::new(name, words, FeatureKind::Flag)
    }

    /// What the amount measures.
    #[must_use]
    pub const fn measures(mut self, quantity: Quantity) -> Self {
        self.quantity = quantity;
        self
    }

    /// Which header has it.
    #[must_use]
    pub const fn layer(mut self, layer: Layer) -> Self {
        self.layer = layer;
        self
    }

    /// What naming it costs.
    #[must_use]
    pub const fn price(mut self, price: Price) -> Self {
        self.price = price;
        self
    }

    /// It says where a request went, not what it was.
    #[must_use]
    pub const fn says_where(mut self) -> Self {
        self.aspect = Aspect::Where;
        self
    }

    /// It is a property of the reply.
    #[must_use]
    pub const fn of_reply(mut self) -> Self {
        self.of_reply = true;
        self
    }

    /// Which part of "who asked whom for what" it tells.
    #[must_use]
    pub const fn tells(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// Every hop rewrites it.
    #[must_use]
    pub const fn per_hop(mut self) -> Self {
        self.per_hop = true;
        self
    }

    /// Wireshark has the field under the feature's name: a plain header field.
    #[must_use]
    pub const fn wireshark(self) -> Self {
        let field = self.name;
        self.displayed(DisplayTerm::Number { field, v6: None })
    }

    /// The same, and IPv6 has it under another name, with values smaller by `shift`.
    #[must_use]
    pub const fn wireshark_v6(self, v6: &'static str, shift: i64) -> Self {
        let field = self.name;
        self.displayed(DisplayTerm::Number { field, v6: Some(Shifted { term: v6, shift }) })
    }

    /// Wireshark has the field under the feature's name, with texts for values.
    #[must_use]
    pub const fn wireshark_text(self) -> Self {
        let field = self.name;
        self.displayed(DisplayTerm::Text { field })
    }

    /// How Wireshark expresses it; a Wireshark field is a plain feature unless a price is given after this.
    #[must_use]
    pub const fn displayed(mut self, display: DisplayTerm) -> Self {
        self.display = display;
        self.price = Price::Plain;
        self
    }

    /// How tcpdump expresses it.
    #[must_use]
    pub const fn captured(mut self, capture: CaptureTerm) -> Self {
        self.capture = capture;
        self
    }

    /// tcpdump expresses it by these bytes of an IPv4 packet.
    #[must_use]
    pub const fn tcpdump(self, v4: &'static str) -> Self {
        self.captured(CaptureTerm::Bytes(Bytes { v4, v6: None }))
    }

    /// tcpdump expresses it by these bytes of an IPv4 packet, and by those of an IPv6 packet, where values are smaller
    /// by `shift`.
    #[must_use]
    pub const fn tcpdump_v6(self, v4: &'static str, v6: &'static str, shift: i64) -> Self {
        self.captured(CaptureTerm::Bytes(Bytes { v4, v6: Some(Shifted { term: v6, shift }) }))
    }

    /// Names of values.
    #[must_use]
    pub const fn named(mut self, values: &'static [(i64, &'static str)]) -> Self {
        self.values = values;
        self
    }

    /// Prefix of the name of a value that has none.
    #[must_use]
    pub const fn unnamed(mut self, prefix: &'static str) -> Self {
        self.unnamed = prefix;
        self
    }

    /// The flag in words: when it is set, and when it is not.
    #[must_use]
    pub const fn says(mut self, so: &'static str, not: &'static str) -> Self {
        self.flag_words = FlagWords::Said { so, not };
        self
    }

    /// The flag says whether something is present, which the feature's words name.
    #[must_use]
    pub const fn presence(mut self) -> Self {
        self.flag_words = FlagWords::Presence;
        self
    }

    /// Reports name that feature instead.
    #[must_use]
    pub const fn shown_as(mut self, other: &'static Self) -> Self {
        self.shown_as = Some(other);
        self
    }

    /// A probe can send a request with a value of its choice.
    #[must_use]
    pub const fn settable(mut self) -> Self {
        self.settable = true;
        self
    }

    /// The declared name of a value, if it has one.
    #[must_use]
    pub fn value_name(&self, value: i64) -> Option<&'static str> {
        self.values.iter().find(|(number, _)| *number == value).map(|(_, name)| *name)
    }

    /// Whether both are one declaration.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl PartialEq for Feature {
    /// Declarations are equal when they are the same one: names are declared once (a test).
    fn eq(&self, other: &Self) -> bool {
        self.is(other)
    }
}

impl Eq for Feature {}

/// Declares features and lists them: `features! { TTL = amount("ip.ttl", "time to live").wireshark(); }`
/// makes a documented static of each and `ALL`, the list that tests go through.
#[macro_export]
macro_rules! features {
    ($($id:ident = $begin:ident($name:literal, $words:literal)$(.$method:ident($($argument:expr),*))*;)*) => {
        $(
            #[doc = concat!("`", $name, "`: the ", $words, ".")]
            pub static $id: $crate::Feature = $crate::Feature::$begin($name, $words)$(.$method($($argument),*))*;
        )*
        /// The features declared here.
        pub static ALL: &[&$crate::Feature] = &[$(&$id),*];
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(unreachable_pub, reason = "the macro declares for other crates")]
    mod declared {
        features! {
            TYPE = code("dns.qry.type", "query type").wireshark().named(&[(28, "AAAA")]).unnamed("TYPE");
            OTHER = code("dns.qry.type", "query type");
        }
    }
    use declared::{ALL, OTHER, TYPE};

    #[test]
    fn a_declaration_says_what_is_special_and_is_only_itself() {
        assert_eq!(TYPE.value_name(28), Some("AAAA"));
        assert_eq!(TYPE.value_name(29), None);
        assert_eq!((TYPE.price, OTHER.price), (Price::Plain, Price::Derived));
        assert_eq!(&TYPE, ALL[0]);
        assert_ne!(&TYPE, &OTHER);
    }
}
