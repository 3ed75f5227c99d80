//! Ways to refuse.
//!
//! Each is declared where it is decoded: a protocol's own next to the protocol, ICMP's errors next to
//! ICMP. What consumers need (who says so, whether it means "too often") is in the declaration.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// Who sends a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusedBy {
    /// The service, which does not take the request: a message of its protocol.
    Service,
    /// The service, which took the request and failed at it.
    FailedService,
    /// In the end the client: the answer says of itself that it must not be used.
    Client,
    /// The kernel of the server's host, on its behalf.
    Host,
    /// A router on the path.
    Router,
    /// A router on the path, or the server's host if the message comes from its address.
    RouterOrHost,
}

/// The declaration of a way to say no.
#[derive(Debug)]
pub struct RefusalKind {
    /// Stable name for programs: `icmp.port_unreachable`, `ntp.kiss.rate`.
    pub code: &'static str,
    /// In words, without an article: `ICMP port unreachable`. Where it is [`numbered`](Self::numbered),
    /// the numbers follow.
    pub words: &'static str,
    /// Who says so.
    pub by: RefusedBy,
    /// It is an answer of the protocol that says that the request could not be served: the outcome is an error, not a
    /// refusal.
    pub error: bool,
    /// It tells the client what it did not know, and the client asks again with that: where it does, this is a step of the
    /// protocol and no failure (RFC 3414 section 4).
    pub step: bool,
    /// It says that the packet's time to live ended on its path: what traceroute asks routers to say.
    pub expired: bool,
    /// It says that its receiver sends too many requests.
    pub too_often: bool,
    /// It means something even without the request that it answers. A TCP reset does not: those of
    /// established connections look the same.
    pub alone: bool,
    /// Words that precede each of the numbers of a kind for all codes without a name of their own
    /// (`type`, `code`); empty for a kind with a name.
    pub numbered: &'static [&'static str],
}

impl PartialEq for RefusalKind {
    /// Kinds are equal when they are one declaration.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for RefusalKind {}

impl RefusalKind {
    /// A refusal with a name.
    #[must_use]
    pub const fn new(code: &'static str, words: &'static str, by: RefusedBy) -> Self {
        Self {
            code,
            words,
            by,
            error: false,
            step: false,
            expired: false,
            too_often: false,
            alone: true,
            numbered: &[],
        }
    }

    /// It is an answer that says that the request could not be served.
    #[must_use]
    pub const fn error(mut self) -> Self {
        self.error = true;
        self
    }

    /// It tells the client what it needs to ask rightly.
    #[must_use]
    pub const fn step(mut self) -> Self {
        self.step = true;
        self
    }

    /// It says that the packet's time to live ended.
    #[must_use]
    pub const fn expired(mut self) -> Self {
        self.expired = true;
        self
    }

    /// It says that its receiver sends too many requests.
    #[must_use]
    pub const fn too_often(mut self) -> Self {
        self.too_often = true;
        self
    }

    /// It means nothing without its request.
    #[must_use]
    pub const fn not_alone(mut self) -> Self {
        self.alone = false;
        self
    }

    /// It stands for all codes without a name, each number after its word (at most two).
    #[must_use]
    pub const fn numbered(mut self, words: &'static [&'static str]) -> Self {
        self.numbered = words;
        self
    }
}

/// One refusal: its kind and, for kinds that stand for many codes, the numbers.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    kind: &'static RefusalKind,
    numbers: [u16; 2],
}

impl Refusal {
    /// A refusal of a kind with a name.
    #[must_use]
    pub const fn of(kind: &'static RefusalKind) -> Self {
        Self { kind, numbers: [0; 2] }
    }

    /// A refusal of a kind that stands for many codes.
    #[must_use]
    pub const fn with_numbers(kind: &'static RefusalKind, numbers: [u16; 2]) -> Self {
        Self { kind, numbers }
    }

    /// Its declaration.
    #[must_use]
    pub const fn kind(self) -> &'static RefusalKind {
        self.kind
    }

    /// The numbers with the words before them, for a kind that stands for many codes.
    pub fn numbers(self) -> impl Iterator<Item = (&'static str, u16)> {
        self.kind.numbered.iter().copied().zip(self.numbers)
    }
}

impl PartialEq for Refusal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Refusal {}

impl PartialOrd for Refusal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Refusal {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.kind.code, self.numbers).cmp(&(other.kind.code, other.numbers))
    }
}

impl Hash for Refusal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.kind.code, self.numbers).hash(state);
    }
}
