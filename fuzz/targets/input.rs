//! `NAME=FILE` arguments.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unanswered_capture::InputSpec;

fuzz_target!(|argument: &str| {
    let _ = InputSpec::parse(argument).is_stdin();
});
