//! The end of a stream that somebody wanted.

use std::io;

/// What a stream's `read` fails with when nobody wants more of it, such as after Ctrl-C. The capture then ends there: a
/// packet that is only half there is no damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("reading was stopped")]
pub struct Stopped;

impl Stopped {
    /// Whether that is why a read failed.
    pub(crate) fn is_in(error: &io::Error) -> bool {
        error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Self>)
    }
}

impl From<Stopped> for io::Error {
    fn from(stopped: Stopped) -> Self {
        Self::other(stopped)
    }
}
