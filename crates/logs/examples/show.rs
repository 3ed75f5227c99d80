//! How logs are read: `cargo run -p unanswered-logs --example show -- FILE...` says format, hints, warnings, first cells.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::path::PathBuf;
use unanswered_logs::{How, open};

fn main() {
    for path in std::env::args().skip(1).map(PathBuf::from) {
        let log = match open(std::slice::from_ref(&path), &How::default()) {
            Ok(log) => log,
            Err(error) => {
                println!("{error}\nhint: {}", error.hint().unwrap_or_default());
                continue;
            }
        };
        println!("{}: {}, {} rows, {:?}", path.display(), log.format, log.cells.rows, log.hints);
        log.cells.warnings.iter().for_each(|warning| println!("  warning: {warning}"));
        for column in &log.cells.columns {
            let first: Vec<String> =
                column.cells().take(3).map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
            println!("  {}: {}", column.name, first.join(" | "));
        }
    }
}
