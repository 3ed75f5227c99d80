//! From words to a tree.
//!
//! The one thing to know: a value without qualifiers takes those of the value before it (`port 53 or 67`), so each term
//! returns the qualifiers that the next one may use.

use super::error::{FilterError, FilterProblem};
use super::tree::{Carrier, Chain, Direction, Join, Network, Prefix, Primitive, Term, number};
use super::value;
use super::words::{Placed, Token, tokens};

/// Levels of parentheses and `not`; judgement: nobody writes so many, and the stack holds them.
const LEVELS_MAX: usize = 64;

/// A protocol's name before other qualifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Ether,
    Ip,
    Ip6,
    Arp,
    Tcp,
    Udp,
    Icmp,
    Icmp6,
}

const PROTOCOLS: [(&str, Protocol); 8] = [
    ("ether", Protocol::Ether),
    ("ip", Protocol::Ip),
    ("ip6", Protocol::Ip6),
    ("arp", Protocol::Arp),
    ("tcp", Protocol::Tcp),
    ("udp", Protocol::Udp),
    ("icmp", Protocol::Icmp),
    ("icmp6", Protocol::Icmp6),
];

/// What kind of value follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A host, or a network where there is a prefix.
    Address,
    Host,
    Net,
    Port,
    PortRange,
    Proto,
}

const KINDS: [(&str, Kind); 5] = [
    ("host", Kind::Host),
    ("net", Kind::Net),
    ("port", Kind::Port),
    ("portrange", Kind::PortRange),
    ("proto", Kind::Proto),
];

/// Names that may follow `proto`, as getprotobyname(3) has them.
const TRANSPORTS: [(&str, u8); 9] = [
    ("icmp", number::ICMP),
    ("igmp", 2),
    ("tcp", number::TCP),
    ("udp", number::UDP),
    ("gre", number::GRE),
    ("esp", 50),
    ("ah", 51),
    ("icmp6", number::ICMP6),
    ("sctp", 132),
];

/// Words of pcap-filter(7) that mean something there, and nothing here.
const UNSUPPORTED: [&str; 28] = [
    "broadcast",
    "multicast",
    "gateway",
    "protochain",
    "inbound",
    "outbound",
    "len",
    "mpls",
    "pppoed",
    "pppoes",
    "geneve",
    "vxlan",
    "ifname",
    "on",
    "rnr",
    "rset",
    "rulenum",
    "action",
    "link",
    "fddi",
    "tr",
    "wlan",
    "ppp",
    "slip",
    "rarp",
    "decnet",
    "iso",
    "type",
];

/// What may stand before a value.
#[derive(Clone, Copy, Debug)]
struct Qualifiers {
    protocol: Option<(&'static str, Protocol)>,
    direction: Direction,
    kind: Kind,
}

/// An address alone.
const NONE: Qualifiers = Qualifiers { protocol: None, direction: Direction::Either, kind: Kind::Address };

pub(super) fn parse(text: &str) -> Result<Chain, FilterError> {
    let tokens = tokens(text);
    let mut parser = Parser { tokens: &tokens, end: text.chars().count() + 1 };
    if tokens.is_empty() {
        return Err(parser.problem(FilterProblem::Empty));
    }
    let chain = parser.chain(NONE, 0)?;
    match parser.tokens {
        [] => Ok(chain),
        _ => Err(parser.unexpected("and, or or the end")),
    }
}

/// The tokens that are left.
struct Parser<'a> {
    tokens: &'a [Placed<'a>],
    /// The column behind the last character.
    end: usize,
}

/// A term, and the qualifiers for a value behind it.
type Parsed = Result<(Term, Qualifiers), FilterError>;

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.first().map(|placed| placed.token)
    }

    fn advance(&mut self) {
        self.tokens = self.tokens.get(1..).unwrap_or_default();
    }

    /// Whether the next token is this one, which is then taken.
    fn took(&mut self, token: Token<'_>) -> bool {
        let is = self.peek() == Some(token);
        if is {
            self.advance();
        }
        is
    }

    /// The entry of a table that the next word names, which is then taken.
    fn took_one_of<T: Copy>(&mut self, table: &'static [(&'static str, T)]) -> Option<(&'static str, T)> {
        let Some(Token::Word(word)) = self.peek() else { return None };
        let found = table.iter().find(|(name, _)| *name == word).copied()?;
        self.advance();
        Some(found)
    }

    /// Something is wrong with the next token.
    fn problem(&self, problem: FilterProblem) -> FilterError {
        let column = self.tokens.first().map_or(self.end, |placed| placed.column);
        FilterError { column, problem }
    }

    fn unexpected(&self, expected: &'static str) -> FilterError {
        let found = match self.peek() {
            None => return self.problem(FilterProblem::Missing(expected)),
            Some(Token::Sign(sign)) => {
                let what = format!("an expression over bytes ({sign})");
                return self.problem(FilterProblem::Unsupported(what));
            }
            Some(Token::Word(word)) if UNSUPPORTED.contains(&word) => {
                return self.problem(FilterProblem::Unsupported(format!("{word:?}")));
            }
            Some(Token::Word(word)) => word,
            Some(Token::And) => "and",
            Some(Token::Or) => "or",
            Some(Token::Not) => "not",
            Some(Token::Open) => "(",
            Some(Token::Close) => ")",
        };
        self.problem(FilterProblem::Unexpected { found: found.to_owned(), expected })
    }

    fn chain(&mut self, qualifiers: Qualifiers, level: usize) -> Result<Chain, FilterError> {
        let (first, mut qualifiers) = self.term(qualifiers, level)?;
        let mut rest = Vec::new();
        while let Some(token) = self.peek() {
            let join = match token {
                Token::And => Join::And,
                Token::Or => Join::Or,
                Token::Word(_) | Token::Not | Token::Open | Token::Close | Token::Sign(_) => break,
            };
            self.advance();
            let (term, next) = self.term(qualifiers, level)?;
            rest.push((join, term));
            qualifiers = next;
        }
        Ok(Chain { first, rest })
    }

    fn term(&mut self, qualifiers: Qualifiers, level: usize) -> Parsed {
        match self.peek() {
            Some(Token::Word(word)) if value::is_value(word) => self.value(word, qualifiers),
            Some(Token::Word(_)) => self.keyword(qualifiers, level),
            _ => self.nested(qualifiers, level),
        }
    }

    /// `not` and parentheses.
    fn nested(&mut self, qualifiers: Qualifiers, level: usize) -> Parsed {
        let too_deep = self.problem(FilterProblem::TooDeep(LEVELS_MAX));
        if self.took(Token::Not) {
            if level == LEVELS_MAX {
                return Err(too_deep);
            }
            let (term, qualifiers) = self.term(qualifiers, level + 1)?;
            return Ok((Term::Not(Box::new(term)), qualifiers));
        }
        if self.took(Token::Open) {
            if level == LEVELS_MAX {
                return Err(too_deep);
            }
            let chain = self.chain(qualifiers, level + 1)?;
            if !self.took(Token::Close) {
                return Err(self.unexpected("a closing parenthesis"));
            }
            return Ok((Term::Group(Box::new(chain)), qualifiers));
        }
        Err(self.unexpected("something to match, such as host, net, port or a protocol"))
    }

    /// A term that begins with a word that is no value.
    fn keyword(&mut self, before: Qualifiers, level: usize) -> Parsed {
        if let Some(primitive) = self.length_or_vlan()? {
            return Ok((Term::Is(primitive), NONE));
        }
        // `proto 6 or gre`: a name only where a protocol's name cannot begin a term.
        if before.kind == Kind::Proto
            && let Some(Token::Word(word)) = self.peek()
            && !PROTOCOLS.iter().any(|(name, _)| *name == word)
            && transport(word).is_some()
        {
            return self.value(word, before);
        }
        let protocol = self.took_one_of(&PROTOCOLS);
        let direction = self.direction();
        let kind = self.took_one_of(&KINDS).map(|(_, kind)| kind);
        if direction.is_none() && kind.is_none() {
            return match protocol {
                Some((_, Protocol::Ether)) => Err(self.unexpected("host, src or dst")),
                Some((_, protocol)) => Ok((Term::Is(alone(protocol)), NONE)),
                None => self.nested(before, level),
            };
        }
        let direction = direction.unwrap_or(Direction::Either);
        let qualifiers = Qualifiers { protocol, direction, kind: kind.unwrap_or(Kind::Address) };
        match self.peek() {
            Some(Token::Word(word)) => self.value(word, qualifiers),
            Some(Token::Not | Token::Open) => self.nested(qualifiers, level),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// `less`, `greater` and `vlan`, which take no qualifiers.
    fn length_or_vlan(&mut self) -> Result<Option<Primitive>, FilterError> {
        let primitive = if self.took(Token::Word("less")) {
            Primitive::Less(self.number("a length in bytes", u32::MAX)?)
        } else if self.took(Token::Word("greater")) {
            Primitive::Greater(self.number("a length in bytes", u32::MAX)?)
        } else if self.took(Token::Word("vlan")) {
            let id = matches!(self.peek(), Some(Token::Word(word)) if value::is_value(word));
            let id = if id { Some(self.number("a VLAN's number (0 to 4095)", 4095)?) } else { None };
            Primitive::Vlan(id.and_then(|id| u16::try_from(id).ok()))
        } else {
            return Ok(None);
        };
        Ok(Some(primitive))
    }

    fn number(&mut self, expected: &'static str, most: u32) -> Result<u32, FilterError> {
        let Some(Token::Word(word)) = self.peek() else { return Err(self.unexpected(expected)) };
        let Some(number) = value::number(word).filter(|number| *number <= most) else {
            return Err(self.problem(FilterProblem::NotANumber { found: word.to_owned(), expected }));
        };
        self.advance();
        Ok(number)
    }

    /// `src`, `dst`, and both of them with `or` or `and` between.
    fn direction(&mut self) -> Option<Direction> {
        let (one, other) = if self.took(Token::Word("src")) {
            (Direction::Source, "dst")
        } else if self.took(Token::Word("dst")) {
            (Direction::Destination, "src")
        } else {
            return None;
        };
        let [join, second, ..] = self.tokens else { return Some(one) };
        let both = if join.token == Token::Or { Direction::Either } else { Direction::Both };
        if !matches!(join.token, Token::Or | Token::And) || second.token != Token::Word(other) {
            return Some(one);
        }
        self.advance();
        self.advance();
        Some(both)
    }

    /// The next word as the value that the qualifiers say.
    fn value(&mut self, word: &str, qualifiers: Qualifiers) -> Parsed {
        let Qualifiers { protocol, direction, kind } = qualifiers;
        let primitive = match (kind, protocol.map(|(_, protocol)| protocol)) {
            (Kind::Address | Kind::Host, Some(Protocol::Ether)) => {
                let address = value::hardware(word)
                    .ok_or_else(|| self.problem(FilterProblem::NotAnAddress(word.to_owned())))?;
                Primitive::Hardware { direction, address }
            }
            (Kind::Address | Kind::Host | Kind::Net, _) => {
                let network = self.network(qualifiers)?;
                let prefix = self.address(word, kind, network)?;
                Primitive::Address { network, direction, prefix }
            }
            (Kind::Port | Kind::PortRange, protocol) => {
                let carrier = match protocol {
                    None => Carrier::Any,
                    Some(Protocol::Tcp) => Carrier::Tcp,
                    Some(Protocol::Udp) => Carrier::Udp,
                    Some(_) => return Err(self.unfit(qualifiers)),
                };
                let (low, high) = value::ports(word)
                    .filter(|(low, high)| kind == Kind::PortRange || low == high)
                    .ok_or_else(|| self.problem(FilterProblem::NotAPort(word.to_owned())))?;
                Primitive::Port { carrier, direction, low, high }
            }
            (Kind::Proto, Some(Protocol::Ether)) => {
                return Err(self.problem(FilterProblem::Unsupported("\"ether proto\"".to_owned())));
            }
            (Kind::Proto, _) => {
                let network = self.network(qualifiers)?;
                if network == Network::Arp || direction != Direction::Either {
                    return Err(self.unfit(qualifiers));
                }
                let expected = "a protocol's number (0 to 255)";
                let wrong = || self.problem(FilterProblem::NotANumber { found: word.to_owned(), expected });
                Primitive::Protocol { network, number: transport(word).ok_or_else(wrong)? }
            }
        };
        self.advance();
        Ok((Term::Is(primitive), qualifiers))
    }

    fn network(&self, qualifiers: Qualifiers) -> Result<Network, FilterError> {
        match qualifiers.protocol.map(|(_, protocol)| protocol) {
            None => Ok(Network::Any),
            Some(Protocol::Ip) => Ok(Network::V4),
            Some(Protocol::Ip6) => Ok(Network::V6),
            Some(Protocol::Arp) => Ok(Network::Arp),
            Some(Protocol::Ether | Protocol::Tcp | Protocol::Udp | Protocol::Icmp | Protocol::Icmp6) => {
                Err(self.unfit(qualifiers))
            }
        }
    }

    fn unfit(&self, qualifiers: Qualifiers) -> FilterError {
        let protocol = qualifiers.protocol.map_or("src or dst", |(name, _)| name);
        let kind = KINDS.iter().find(|(_, kind)| *kind == qualifiers.kind).map_or("host", |(name, _)| name);
        self.problem(FilterProblem::Unfit { protocol, kind })
    }

    /// The word as an address of that network; with `mask` behind it, the last word of the mask is left to take.
    fn address(&mut self, word: &str, kind: Kind, network: Network) -> Result<Prefix, FilterError> {
        let unknown = || self.problem(FilterProblem::NotAnAddress(word.to_owned()));
        // A number alone is likely a port that lacks its qualifier.
        if kind == Kind::Address && value::number(word).is_some() {
            return Err(self.unexpected("host, net, port or another qualifier before a value"));
        }
        let mut prefix = value::prefix(word).ok_or_else(unknown)?;
        let is_one = word.contains(['.', ':']) && !word.contains('/');
        if kind == Kind::Host && !is_one {
            return Err(self.problem(FilterProblem::NetworkForHost(word.to_owned())));
        }
        let wrong_version = match network {
            Network::V6 => prefix.address.is_ipv4(),
            Network::V4 | Network::Arp => prefix.address.is_ipv6(),
            Network::Any => false,
        };
        if wrong_version {
            return Err(unknown());
        }
        if let [_, Placed { token: Token::Word("mask"), .. }, ..] = self.tokens {
            self.advance();
            self.advance();
            let length = match self.peek() {
                Some(Token::Word(mask)) if prefix.address.is_ipv4() => value::mask(mask),
                _ => None,
            };
            prefix.length = length.ok_or_else(|| self.unexpected("a netmask, such as 255.0.0.0,"))?;
        }
        if !prefix.is_clean() {
            return Err(self.problem(FilterProblem::BitsBehindPrefix(word.to_owned())));
        }
        Ok(prefix)
    }
}

/// A protocol's name without anything behind it.
const fn alone(protocol: Protocol) -> Primitive {
    let (network, number) = match protocol {
        Protocol::Ip => return Primitive::Network(Network::V4),
        Protocol::Ip6 => return Primitive::Network(Network::V6),
        Protocol::Arp => return Primitive::Network(Network::Arp),
        Protocol::Ether => return Primitive::Network(Network::Any),
        Protocol::Tcp => (Network::Any, number::TCP),
        Protocol::Udp => (Network::Any, number::UDP),
        Protocol::Icmp => (Network::V4, number::ICMP),
        Protocol::Icmp6 => (Network::V6, number::ICMP6),
    };
    Primitive::Protocol { network, number }
}

/// The number of a transport, given as such or by its name; a shell's or libpcap's backslash may stand before a name.
fn transport(word: &str) -> Option<u8> {
    let name = word.strip_prefix('\\').unwrap_or(word);
    let named = TRANSPORTS.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
    named.or_else(|| value::number(word).and_then(|number| u8::try_from(number).ok()))
}
