//! AWS VPC flow logs. <https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html>

use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::rows::Rows;
use crate::separated::{self, Keep, Separator, Shape};

/// A flow log with its header.
pub(super) struct WithHeader;
/// A flow log of version 2 without header.
pub(super) struct WithoutHeader;

static HEADER: Declaration = Declaration {
    name: "an AWS VPC flow log",
    recognised_by: "a header with srcaddr, dstaddr and action",
    rules: &[Rule::new("action", &["REJECT"])],
    time: &["start"],
    answer: &["packets", "bytes", "end", "tcp-flags", "reject-reason"],
    idle: &["version", "account-id", "log-status"],
};
static NO_HEADER: Declaration = Declaration {
    recognised_by: "14 fields: version 2, an interface, addresses, ports, ..., ACCEPT or REJECT, OK or NODATA",
    ..HEADER
};
const NAMES: [&str; 14] = [
    "version",
    "account-id",
    "interface-id",
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "action",
    "log-status",
];
const SHAPE: Shape = Shape {
    none: b"-",
    keep: Some(Keep {
        column: "log-status",
        values: &["NODATA", "SKIPDATA"],
        kept: false,
        others: "records without data (NODATA, SKIPDATA)",
    }),
    ..Shape::of(Separator::Blanks)
};

impl Format for WithHeader {
    fn declaration(&self) -> &'static Declaration {
        &HEADER
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        beginning.header_has(b' ', &["srcaddr", "dstaddr", "action"]).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        separated::read(lines, rows, &SHAPE)
    }
}

impl Format for WithoutHeader {
    fn declaration(&self) -> &'static Declaration {
        &NO_HEADER
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        let fits = |line: &[u8]| {
            let cells: Vec<&[u8]> =
                line.split(u8::is_ascii_whitespace).filter(|cell| !cell.is_empty()).collect();
            let known = |cell: Option<&&[u8]>, words: &[&str]| {
                cell.is_some_and(|cell| words.iter().any(|word| word.as_bytes() == *cell))
            };
            cells.len() == NAMES.len()
                && known(cells.first(), &["2"])
                && known(cells.get(12), &["ACCEPT", "REJECT", "-"])
                && known(cells.get(13), &["OK", "NODATA", "SKIPDATA"])
        };
        beginning.most(fits).then_some(Sureness::Shape)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        separated::read(lines, rows, &Shape { names: Some(&NAMES), ..SHAPE })
    }
}
