//! Reads captures and counts what their packets mean: `cargo run --example frames FILE...`
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::collections::BTreeMap;
use unanswered_capture::{InputSpec, Merged, Vantages, open};
use unanswered_wire::{decode, recognise};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let vantages = Vantages::new();
    let inputs = std::env::args().skip(1).map(|argument| InputSpec::parse(&argument));
    let readers = inputs.map(|input| open(&input, &vantages)).collect::<Result<_, _>>()?;
    let mut frames = Merged::new(readers, vantages);
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    while let Some(frame) = frames.next_frame() {
        let what = match decode(frame.link_type, frame.bytes, frame.length) {
            Err(reason) => reason.to_string(),
            Ok(packet) => match recognise(&packet) {
                None => "no message".to_owned(),
                Some((id, message)) => {
                    let kind = match (message.asks, message.answers) {
                        (Some(_), Some(_)) => "asks and answers",
                        (Some(_), None) => "asks",
                        (None, Some(_)) => "answers",
                        (None, None) => "neither",
                    };
                    format!("{} {kind}", id.declaration().name)
                }
            },
        };
        *counts.entry(what).or_default() += 1;
    }
    for vantage in frames.vantages().list() {
        println!("{}: {} frames", vantage.name, vantage.frames);
    }
    for (what, count) in counts {
        println!("  {count:8} {what}");
    }
    for warning in frames.summaries().iter().flat_map(|summary| &summary.warnings) {
        println!("{warning}");
    }
    Ok(())
}
