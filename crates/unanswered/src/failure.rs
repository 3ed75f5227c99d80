//! Why a command failed, as its user reads it.

use std::fmt;
use std::io;

/// A usage or input error: `context: cause`, and on its own line what to do.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The reader of standard output went away; not an error.
    ClosedPipe,
    /// Everything else.
    Said {
        /// What was being done or read.
        context: String,
        /// What is wrong.
        cause: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

impl Failure {
    pub(crate) fn new(context: impl Into<String>, cause: impl fmt::Display) -> Self {
        Self::Said { context: context.into(), cause: cause.to_string(), hint: None }
    }

    /// An error of a library that names its file itself.
    pub(crate) fn of(error: impl Advised) -> Self {
        Self::about("", error)
    }

    /// An error of a library that does not know which file it is about.
    pub(crate) fn about(context: impl Into<String>, error: impl Advised) -> Self {
        let hint = error.advice();
        Self::Said { context: context.into(), cause: error.to_string(), hint }
    }

    /// The failure with a line that says what to do.
    pub(crate) fn hint(self, words: impl Into<String>) -> Self {
        match self {
            Self::Said { context, cause, .. } => Self::Said { context, cause, hint: Some(words.into()) },
            Self::ClosedPipe => self,
        }
    }

    /// A write error; a closed pipe is not one.
    pub(crate) fn writing(context: impl Into<String>, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ClosedPipe;
        }
        Self::new(context, error)
    }
}

/// An error with advice apart from what is wrong: neither is cut out of the other's text.
pub(crate) trait Advised: fmt::Display {
    /// What to do, where that is known.
    fn advice(&self) -> Option<String>;
}

macro_rules! advised {
    ($($error:ty),+ $(,)?) => {
        $(impl Advised for $error {
            fn advice(&self) -> Option<String> {
                self.hint()
            }
        })+
    };
}

advised!(
    unanswered_capture::OpenError,
    unanswered_logs::LogError,
    unanswered_table::io::TableError,
    unanswered_lab::shrink::ShrinkError,
    unanswered_lab::sweep::SweepError,
    unanswered_report::annotate::AnnotateError,
    unanswered_serve::NotABehaviour,
);
#[cfg(target_os = "linux")]
advised!(
    unanswered_live::CaptureError,
    unanswered_live::NotAPrefix,
    unanswered_serve::ListenError,
    unanswered_serve::ServeError,
);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClosedPipe => f.write_str("the pipe was closed"),
            Self::Said { context, cause, hint } => {
                if !context.is_empty() {
                    write!(f, "{context}: ")?;
                }
                f.write_str(cause)?;
                hint.as_ref().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
            }
        }
    }
}
