//! A request as a question sees it: which fields have which values, and when it is sent.

use unanswered_time::Span;

/// A field that the sender can set, such as the source port. The number is the caller's own name for it: an index into
/// the caller's list of settable features. This crate knows no protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field(pub u16);

/// One field and the value that it gets. Fields that are not named keep the value of the control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Setting {
    /// The field.
    pub field: Field,
    /// Its value, in the field's own unit.
    pub value: u64,
}

/// Why a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is known to work. When it fails, what fails is not what is asked about.
    Control,
    /// It prepares what follows: it opens a mapping, or takes tokens. Only whether it passed counts.
    Setup,
    /// Its fate is what the question is about.
    Trial,
}

/// Which conversation (the pair of addresses and ports) a request belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Whatever the settings say, else one that was not used before.
    Any,
    /// The same as the request before it in the plan.
    SameAsBefore,
    /// One of its own that stays open until the plan ends.
    HeldOpen,
    /// That of the request before it in the plan; but the client only listens: the server sends, at this time, a reply to that
    /// request which it has held back.
    ReplyOfBefore,
}

/// One request of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    /// When, after the beginning of the plan.
    pub at: Span,
    /// What for.
    pub role: Role,
    /// In which flow.
    pub flow: Flow,
    /// The values to set, beside those of the control.
    pub settings: Vec<Setting>,
}

/// Requests that belong together. Most plans have one; bursts and waiting have more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In order of time. Outcomes are handed back in this order, one for each.
    pub sends: Vec<Send>,
}

impl Plan {
    /// A plan of one request, sent at once.
    #[must_use]
    pub fn one(role: Role, settings: Vec<Setting>) -> Self {
        Self { sends: vec![Send { at: Span::from_nanoseconds(0), role, flow: Flow::Any, settings }] }
    }

    /// How many requests it sends.
    #[must_use]
    pub fn requests(&self) -> u32 {
        u32::try_from(self.sends.len()).unwrap_or(u32::MAX)
    }

    /// From its beginning to its last request.
    #[must_use]
    pub fn duration(&self) -> Span {
        self.sends.last().map_or(Span::from_nanoseconds(0), |send| send.at)
    }
}
