//! Prints the outcome of every request of some captures: `outcomes FILE...`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use unanswered_capture::InputSpec;
use unanswered_exchange::{PairerConfig, read_captures};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let inputs: Vec<_> = std::env::args().skip(1).map(|a| InputSpec::parse(&a)).collect();
    let exchanges = read_captures(&inputs, &PairerConfig::default(), &mut |_| {})?;
    for exchange in exchanges.iter() {
        let at = exchange.nearest();
        let address = |end: unanswered_exchange::Endpoint| {
            format!("{}:{}", exchanges.addresses()[end.address.0 as usize], end.port)
        };
        let path: Vec<String> = exchange
            .sightings()
            .map(|s| {
                let seen = if s.reply_seen() { "+" } else { "" };
                format!("{}#{}{seen}", exchanges.place_name(s.place()), s.frame())
            })
            .collect();
        println!(
            "{:.6} {} {} > {} {} {} {}",
            exchange.time().seconds(),
            exchange.protocol().declaration().name,
            address(at.client()),
            address(at.server()),
            exchange.outcome(),
            format_args!("{:?}", exchange.reason()),
            path.join(" ")
        );
    }
    let totals = exchanges.totals();
    print!("{} requests", totals.outcomes.requests());
    for (outcome, count) in totals.outcomes.present() {
        print!(", {count} {outcome}");
    }
    println!("; {} replies alone; {:?}", totals.orphan_replies, exchanges.tally());
    Ok(())
}
