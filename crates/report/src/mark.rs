//! A frame that gets a comment.

/// One commented frame: which request it belongs to, and as what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub(crate) input: usize,
    pub(crate) frame: u64,
    pub(crate) row: u32,
    /// Which of the request's places.
    pub(crate) sighting: u16,
    pub(crate) reply: bool,
}
