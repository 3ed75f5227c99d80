//! Prints the diagnosis of some captures in its raw form: `why FILE...`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::{PairerConfig, read_captures};
use unanswered_explain::{Clause, Options, explain};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let inputs: Vec<_> = std::env::args().skip(1).map(|a| InputSpec::parse(&a)).collect();
    let exchanges = read_captures(&inputs, &PairerConfig::default(), &mut |_| {})?;
    let source = ExchangeSource::new(&exchanges);
    let diagnosis = explain(&source, &Options::default());
    println!("{:?} {:?} {:?}", diagnosis.verdict, exchanges.totals().outcomes, diagnosis.because);
    for finding in &diagnosis.findings {
        println!(
            "  {:?} {} inside {:?} outside {:?} score {:.1} {:?} {}-{}",
            finding.kind,
            all(&finding.clauses),
            (finding.inside.requests, finding.inside.failed),
            (finding.outside.requests, finding.outside.failed),
            finding.score,
            finding.standing,
            finding.from.unwrap_or(0.0),
            finding.to.unwrap_or(0.0),
        );
        if let Some(step) = &finding.step {
            println!("    step {:?}: {:?}", step.step, step.shown);
        }
        for rival in finding.rivals.iter().take(4) {
            println!("    rival {:.1} {}", rival.score_difference, all(&rival.clauses));
        }
    }
    if let Some(step) = &diagnosis.step {
        println!("  step {:?}: {:?}", step.step, step.shown);
    }
    for caveat in exchanges.caveats() {
        println!("  caveat {caveat:?}");
    }
    Ok(())
}

fn all(clauses: &[Clause]) -> String {
    let one = |c: &Clause| {
        let at = c.at.word().map_or_else(String::new, |place| format!(" ({place})"));
        format!("{}{at} {:?}", c.subject.name(), c.condition)
    };
    clauses.iter().map(one).collect::<Vec<_>>().join(" AND ")
}
