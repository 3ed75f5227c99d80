//! What the commands that read captures have in common: naming them, time-outs, reading with progress
//! and warnings on standard error.

use crate::cmd::narrow;
use crate::failure::Failure;
use crate::interrupt;
use crate::outputs::{Claims, Trouble};
use crate::progress::Progress;
use crate::shell;
use unanswered_capture::{InputSpec, OpenError, Reader, Vantages, open, open_stream};
use unanswered_exchange::{Exchanges, PairerConfig, read_narrowed};
use unanswered_narrow::Narrowing;
use unanswered_report::annotate::AnnotateError;
use unanswered_time::{Span, spans};
use unanswered_wire::ProtocolId;

/// An input as typed: `NAME=FILE`, or a file.
pub(crate) fn input(argument: std::ffi::OsString) -> InputSpec {
    match argument.to_str() {
        Some(text) => InputSpec::parse(text),
        // A name that is not valid text cannot contain an intended NAME=.
        None => InputSpec::new(argument),
    }
}

/// The help of `--timeout`.
pub(crate) fn timeout_help() -> String {
    format!(
        "Seconds that clients wait for a reply, for all protocols or one ({})",
        ProtocolId::names().join(", ")
    )
}

/// The help of a capture's `--protocol`.
pub(crate) fn protocol_help() -> String {
    let names = ProtocolId::names().join(", ");
    format!("Only these protocols: {names}; ICMP errors are always captured, too")
}

/// The protocols' own time-outs, changed as given; later ones win.
pub(crate) fn timeouts(arguments: &[String]) -> Result<PairerConfig, Failure> {
    let mut config = PairerConfig::default();
    for argument in arguments {
        let wrong = |cause: String| {
            Failure::new(format!("--timeout {argument}"), cause)
                .hint("for example --timeout 3 or --timeout dns=2.5")
        };
        let (protocols, seconds) = match argument.split_once('=') {
            None => (ProtocolId::all().collect(), argument.as_str()),
            Some((name, seconds)) => {
                let known = ProtocolId::names();
                let protocol = ProtocolId::by_name(name);
                let protocol = protocol
                    .ok_or_else(|| wrong(format!("no protocol {name:?}; known: {}", known.join(", "))))?;
                (vec![protocol], seconds)
            }
        };
        let span = timeout(seconds)
            .ok_or_else(|| wrong("expected seconds, more than 0 and at most 3600".to_owned()))?;
        for protocol in protocols {
            config.set_timeout(protocol, span);
        }
    }
    Ok(config)
}

/// A time-out in seconds, as typed: more than zero, an hour at most.
fn timeout(seconds: &str) -> Option<Span> {
    spans::seconds(seconds)
        .filter(|span| (Span::from_nanoseconds(1)..=Span::from_seconds(3600)).contains(span))
}

/// Places in order, as typed: separated by commas. A comma followed by a space belongs to a name
/// (`any, interface 2`).
pub(crate) fn path(arguments: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for argument in arguments {
        for (index, part) in argument.split(',').enumerate() {
            match names.last_mut() {
                Some(name) if index > 0 && part.starts_with(' ') => {
                    name.push(',');
                    name.push_str(part);
                }
                _ => names.push(part.to_owned()),
            }
        }
    }
    names
}

/// Claims the captures; also known by now: whether they can be read a second time, where that is needed.
pub(crate) fn claim(claims: &mut Claims, inputs: &[InputSpec], annotated: bool) -> Result<(), Failure> {
    if annotated && inputs.iter().any(InputSpec::is_stdin) {
        return Err(Failure::of(AnnotateError::StandardInput));
    }
    inputs.iter().try_for_each(|input| claims.reads("CAPTURE", &input.path))
}

/// Why an annotated capture could not be written.
pub(crate) fn not_annotated(error: AnnotateError) -> Trouble {
    match error {
        AnnotateError::Write(error) => Trouble::Writing(error),
        AnnotateError::StandardInput | AnnotateError::Open(_) => Trouble::Other(Failure::of(error)),
    }
}

/// Reads everything that is wanted, and reports what was odd.
pub(crate) fn read(
    inputs: &[InputSpec],
    pairing: &PairerConfig,
    narrowing: &Narrowing,
    quiet: bool,
) -> Result<Exchanges, Failure> {
    let vantages = Vantages::new();
    let readers = inputs.iter().map(|input| opened(input, &vantages)).collect::<Result<Vec<_>, _>>();
    let readers = readers.map_err(Failure::of)?;
    let mut bar = Progress::new(quiet);
    let exchanges =
        read_narrowed(readers, vantages, pairing, narrowing, &mut |p| bar.update(p.read, p.total));
    drop(bar);
    let exchanges = exchanges.map_err(narrow::backwards)?;
    for input in exchanges.inputs().iter().filter(|_| !quiet) {
        for warning in &input.warnings {
            shell::warn(warning);
        }
    }
    Ok(exchanges)
}

/// Standard input ends at Ctrl-C.
fn opened(input: &InputSpec, vantages: &Vantages) -> Result<Reader, OpenError> {
    if input.is_stdin() {
        return open_stream(input, interrupt::standard_input(), None, vantages);
    }
    open(input, vantages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_outs_are_read_exactly() {
        assert_eq!(timeout("2.5"), Some(Span::from_milliseconds(2500)));
        assert_eq!(timeout(".001"), Some(Span::from_milliseconds(1)));
        assert_eq!(timeout("5"), Some(Span::from_seconds(5)));
        for wrong in ["", ".", "0", "-1", "1e3", "3601", "1.0000000001", "٣"] {
            assert_eq!(timeout(wrong), None, "{wrong}");
        }
        let config = timeouts(&["3".to_owned(), "dns=2.5".to_owned()]).unwrap();
        assert_eq!(config.timeout(ProtocolId::NTP), Span::from_seconds(3));
        assert_eq!(config.timeout(ProtocolId::DNS), Span::from_milliseconds(2500));
        assert!(timeouts(&["quic=1".to_owned()]).is_err());
    }

    #[test]
    fn a_comma_with_a_blank_behind_it_belongs_to_the_name() {
        let typed = ["a,any, interface 2,b".to_owned(), "c".to_owned()];
        assert_eq!(path(&typed), ["a", "any, interface 2", "b", "c"]);
    }
}
