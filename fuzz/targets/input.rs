//! Arguments that are read as text: `NAME=FILE`, `--only`, `--since`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unanswered_capture::InputSpec;
use unanswered_narrow::CaptureFilter;
use unanswered_time::{Time, dates};

fuzz_target!(|argument: &str| {
    let _ = InputSpec::parse(argument).is_stdin();
    let _ = dates::moment(argument).map(|moment| moment.after(Time::from_nanoseconds(i64::MIN)));
    if let Ok(filter) = CaptureFilter::parse(argument) {
        assert_eq!(CaptureFilter::parse(&filter.to_string()), Ok(filter));
    }
});
