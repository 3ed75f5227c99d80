//! Prints the diagnosis of some captures in its raw form: `why FILE...`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::{PairerConfig, read_captures};
use unanswered_explain::{Options, Source, explain};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let inputs: Vec<_> = std::env::args().skip(1).map(|a| InputSpec::parse(&a)).collect();
    let exchanges = read_captures(&inputs, &PairerConfig::default(), &mut |_| {})?;
    let source = ExchangeSource::new(&exchanges);
    let diagnosis = explain(&source, &Options::default());
    println!("{:?} {:?} {:?}", diagnosis.verdict, exchanges.totals().by_outcome, diagnosis.because);
    for finding in &diagnosis.findings {
        let clauses: Vec<String> = finding
            .clauses
            .iter()
            .map(|c| {
                format!(
                    "{}{} {:?}",
                    c.feature,
                    c.at.as_deref().map_or(String::new(), |a| format!(" ({a})")),
                    c.condition
                )
            })
            .collect();
        println!(
            "  {:?} {} inside {:?} outside {:?} score {:.1} {:?} {}-{}",
            finding.kind,
            clauses.join(" AND "),
            (finding.inside.requests, finding.inside.failed),
            (finding.outside.requests, finding.outside.failed),
            finding.score,
            finding.standing,
            finding.from.unwrap_or(0.0),
            finding.to.unwrap_or(0.0),
        );
        if let Some(step) = &finding.step {
            println!("    step {:?}: {}", step.step, step.because);
        }
        for rival in finding.rivals.iter().take(4) {
            let clauses: Vec<String> =
                rival.clauses.iter().map(|c| format!("{} {:?}", c.feature, c.condition)).collect();
            println!("    rival {:.1} {}", rival.score_difference, clauses.join(" AND "));
        }
    }
    if let Some(step) = &diagnosis.step {
        println!("  step {:?}: {}", step.step, step.because);
    }
    for caveat in source.caveats() {
        println!("  caveat: {caveat}");
    }
    Ok(())
}
