//! The edge to the terminal: what is written where, and in which colours.

use crate::failure::Failure;
use clap::ValueEnum;
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use unanswered_report::text;

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// When standard output is a terminal and NO_COLOR is not set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Whether standard output gets colours (<https://no-color.org>).
    pub(crate) fn wanted(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && io::stdout().is_terminal()
            }
        }
    }
}

/// Columns of the terminal, at least 40 and at most 100, since longer lines are hard to read; 80
/// where standard output is not a terminal.
pub(crate) fn columns() -> usize {
    let size = terminal_size::terminal_size_of(io::stdout());
    size.map_or(80, |(width, _)| usize::from(width.0)).clamp(40, 100)
}

/// Data, to standard output.
pub(crate) fn print(data: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(data.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Failure::writing("standard output", &error))
}

/// Something that the user must know, to standard error.
pub(crate) fn warn(message: impl Display) {
    say(&format!("unanswered: warning: {message}"));
}

/// Something worth knowing in addition to the data, to standard error.
pub(crate) fn tell(message: impl Display) {
    say(&message.to_string());
}

/// The reason why nothing can be done.
pub(crate) fn complain(failure: &Failure) {
    say(&format!("unanswered: {failure}"));
}

/// If standard error is gone as well, there is nobody left to inform.
fn say(message: &str) {
    let mut err = io::stderr().lock();
    for line in message.lines() {
        let _ = writeln!(err, "{}", text::safe(line));
    }
}

/// What the parser of arguments says, in this program's form.
pub(crate) fn usage(error: &clap::Error) {
    let words = error.render().to_string();
    say(&format!("unanswered: {}", words.strip_prefix("error: ").unwrap_or(&words).trim_end()));
}
