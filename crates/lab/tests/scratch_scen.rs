//! scratch
use std::path::Path;
use std::time::Instant;
use unanswered_lab::diagnosis::{check, diagnose, exchanges};
use unanswered_lab::record::{Wanted, run, truth};

#[test]
fn scratch() {
    let Ok(list) = std::env::var("SCEN") else { return };
    let verbose = std::env::var("V").is_ok();
    let seeds: Vec<u64> = std::env::var("SEEDS").ok().map(|s| s.split(',').map(|x| x.parse().unwrap()).collect()).unwrap_or_default();
    for name in list.split(',') {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(format!("{name}.toml"));
        let scenario = match unanswered_lab::scenario::load(&path) { Ok(s) => s, Err(e) => { println!("== {name}: {e}"); continue } };
        let seeds = if seeds.is_empty() { vec![scenario.seed] } else { seeds.clone() };
        for seed in seeds {
            let t = Instant::now();
            let record = run(&scenario, seed, &Wanted { captures: true, every_request: true, ..Wanted::default() });
            let ran = t.elapsed().as_secs_f64();
            let tr = truth(&scenario, seed, &record);
            println!("== {name} seed {seed}: run {ran:.2}s, {} packets, {} frames, outcomes {:?}", record.packets, record.captures.len(), tr.outcomes);
            for f in &tr.faults { println!("   truth {} x{} ({} packets) clients {} at {}", f.id, f.requests, f.packets, f.clients.len(), f.place); }
            for f in tr.failed.iter().take(if verbose {5} else {0}) { println!("     {:?}", f); }
            for e in &scenario.expect {
                let t = Instant::now();
                let ex = match exchanges(&scenario, &record.captures, &e.vantages, None) { Ok(x) => x, Err(e) => { println!("   ERR {e}"); continue } };
                let d = diagnose(&ex);
                let c = check(e, &d);
                println!("   {:?} -> {} [{} findings, failed {}/{}] {:.2}s: {}", e.vantages, d.verdict.word(), d.findings.len(), d.failed, d.judged, t.elapsed().as_secs_f64(),
                    match (&c, &e.not_yet) { (Ok(()), None) => "FOUND".into(), (Ok(()), Some(_)) => "FOUND BUT not_yet".into(), (Err(m), None) => format!("MISSED: {m}"), (Err(m), Some(_)) => format!("not yet: {m}") });
                if verbose { for b in &d.because { println!("      because {b}"); } println!("      step {:?}", d.step); }
                for f in &d.findings {
                    let words: Vec<String> = f.clauses.iter().map(|c| format!("{}{}: {}", c.feature, c.at.as_deref().map(|a| format!("@{a}")).unwrap_or_default(), c.words)).collect();
                    println!("      {} {:?} inside {}/{} outside {}/{} step {:?} known {:?}", f.kind.word(), words, f.inside.failed, f.inside.requests, f.outside.failed, f.outside.requests,
                        f.step.as_ref().map(|s| (s.step.map(|s| s.name()), if verbose {s.because.clone()} else {String::new()})), f.known.iter().map(|k| (k.id.as_str(), (k.fit*100.0).round()/100.0)).collect::<Vec<_>>());
                    if verbose { for r in &f.rivals { println!("         rival same={} {:?}", r.same_requests, r.clauses.iter().map(|c| c.words.clone()).collect::<Vec<_>>()); } }
                }
            }
        }
    }
}
