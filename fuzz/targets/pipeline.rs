//! From a capture's bytes to exchanges: reading, decoding, pairing, joining; and what is said of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use unanswered_capture::{InputSpec, Vantages, open_stream};
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::{PairerConfig, read_all};
use unanswered_explain::Captured as _;
use unanswered_report::words;

fuzz_target!(|data: &[u8]| {
    let total = u64::try_from(data.len()).ok();
    let vantages = Vantages::new();
    let source = Box::new(Cursor::new(data.to_vec()));
    let Ok(reader) = open_stream(&InputSpec::parse("fuzz.pcap"), source, total, &vantages) else { return };
    let exchanges = read_all(vec![reader], vantages, &PairerConfig::default(), &mut |_| {});
    assert_eq!(exchanges.outcomes().len(), exchanges.len(), "each request has exactly one outcome");
    let mut failed = Vec::new();
    for exchange in exchanges.iter() {
        assert!(exchange.sightings().len() > 0, "a request was seen somewhere");
        for sighting in exchange.sightings() {
            let _ = (words::reason(sighting.reason()), exchanges.place_name(sighting.place()));
        }
        if exchange.outcome().failed() {
            failed.push(exchange.row());
        }
        for feature in exchanges.features() {
            let _ = exchanges.value(exchange.row(), &feature);
        }
    }
    let _ = (exchanges.totals(), exchanges.tally());
    for caveat in exchanges.caveats() {
        assert!(!words::caveat(&caveat).is_empty());
    }
    let source = ExchangeSource::new(&exchanges);
    assert!(!words::step_because(&source.step(&failed)).is_empty());
    let _ = source.observed(&failed);
});
