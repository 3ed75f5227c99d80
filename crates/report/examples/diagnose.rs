//! From captures to a finding: `cargo run -p unanswered-report --example diagnose -- FILE...`

use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::{PairerConfig, read_captures};
use unanswered_explain::{Options, explain};
use unanswered_report::{Report, terminal};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<InputSpec> = std::env::args().skip(1).map(|file| InputSpec::parse(&file)).collect();
    let exchanges = read_captures(&files, &PairerConfig::default(), &mut |_| {})?;
    let source = ExchangeSource::new(&exchanges);
    let diagnosis = explain(&source, &Options::default());
    let report = Report::on_captures(&diagnosis, &source);
    let page = terminal::render(&report, terminal::Options::default());
    std::io::Write::write_all(&mut std::io::stdout(), page.as_bytes())?;
    Ok(())
}
