//! Prints the step at which all failed requests of some captures failed: `steps FILE...`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use unanswered_capture::InputSpec;
use unanswered_evidence::step::step;
use unanswered_exchange::{PairerConfig, read_captures};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let inputs: Vec<_> = std::env::args().skip(1).map(|a| InputSpec::parse(&a)).collect();
    let exchanges = read_captures(&inputs, &PairerConfig::default(), &mut |_| {})?;
    let failed: Vec<u32> = exchanges.iter().filter(|e| e.outcome().failed()).map(|e| e.row()).collect();
    let found = step(&exchanges, &failed);
    println!("{}", found.step.map_or("no step", |s| s.name()));
    for shown in &found.shown {
        println!("  {} of {}: {:?}", shown.requests, found.followed, shown.fate);
    }
    Ok(())
}
