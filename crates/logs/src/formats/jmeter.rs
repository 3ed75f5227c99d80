//! Results of JMeter as CSV (JTL). <https://jmeter.apache.org/usermanual/listeners.html#csvlogformat>

use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::rows::Rows;
use crate::separated::{self, Separator, Shape};

/// Results with a header.
pub(super) struct WithHeader;
/// Results of JMeter's default fields without header.
pub(super) struct WithoutHeader;

static HEADER: Declaration = Declaration {
    name: "results of JMeter",
    recognised_by: "a header with timeStamp, elapsed, label and success",
    rules: &[Rule::new("success", &["false"])],
    time: &["timeStamp"],
    answer: &[
        "elapsed",
        "responseCode",
        "responseMessage",
        "failureMessage",
        "bytes",
        "sentBytes",
        "dataType",
        "Latency",
        "IdleTime",
        "Connect",
        "ErrorCount",
    ],
    idle: &["SampleCount"],
};
static NO_HEADER: Declaration =
    Declaration { recognised_by: "17 fields, the first a time in ms, the eighth true or false", ..HEADER };
const NAMES: [&str; 17] = [
    "timeStamp",
    "elapsed",
    "label",
    "responseCode",
    "responseMessage",
    "threadName",
    "dataType",
    "success",
    "failureMessage",
    "bytes",
    "sentBytes",
    "grpThreads",
    "allThreads",
    "URL",
    "Latency",
    "IdleTime",
    "Connect",
];
const COMMA: Separator = Separator::Byte(b',');
const SUCCESS: usize = 7;

impl Format for WithHeader {
    fn declaration(&self) -> &'static Declaration {
        &HEADER
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        beginning.header_has(b',', &["timeStamp", "elapsed", "label", "success"]).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        separated::read(lines, rows, &Shape::of(COMMA))
    }
}

impl Format for WithoutHeader {
    fn declaration(&self) -> &'static Declaration {
        &NO_HEADER
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        let fits = |line: &[u8]| {
            let time = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let success = line.split(|&byte| byte == b',').skip(SUCCESS);
            // Quoted messages before it may have commas of their own.
            let says = success.take(3).any(|cell| cell == b"true" || cell == b"false");
            time == 13 && says && separated::width(line, COMMA) == NAMES.len()
        };
        beginning.most(fits).then_some(Sureness::Shape)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        separated::read(lines, rows, &Shape { names: Some(&NAMES), ..Shape::of(COMMA) })
    }
}
