//! Prints, for every question and a loss of 0, 1 and 5 %, how often the conclusion is right, wrong or open, and how many requests it took.
//!
//! `cargo run --release -p unanswered-probe --example table [SEEDS [WORD IN THE NAME]]`

#[path = "../tests/common/mod.rs"]
mod common;

use common::cases::{CASES, Came, Run};

#[expect(clippy::print_stdout, reason = "an example prints")]
fn main() {
    let seeds: u64 = std::env::args().nth(1).and_then(|seeds| seeds.parse().ok()).unwrap_or(100);
    let word = std::env::args().nth(2).unwrap_or_default();
    println!(
        "{:<48} {:>5} {:>6} {:>6} {:>5} {:>8} {:>5} {:>8} {:>5}",
        "case", "loss", "right", "wrong", "open", "requests", "most", "with ctl", "most"
    );
    for case in CASES.iter().filter(|case| case.name.contains(&word)) {
        for loss in [0.0, 0.01, 0.05] {
            let runs: Vec<Run> = (0..seeds).map(|seed| (case.run)(loss, seed)).collect();
            let share =
                |came| 100.0 * runs.iter().filter(|run| run.came == came).count() as f64 / runs.len() as f64;
            let mean =
                |of: fn(&Run) -> u32| runs.iter().map(of).map(f64::from).sum::<f64>() / runs.len() as f64;
            let most = |of: fn(&Run) -> u32| runs.iter().map(of).max().unwrap_or(0);
            println!(
                "{:<48} {:>4}% {:>5.1}% {:>5.1}% {:>4.0}% {:>8.1} {:>5} {:>8.1} {:>5}",
                case.name,
                loss * 100.0,
                share(Came::Right),
                share(Came::Wrong),
                share(Came::Undecided),
                mean(|run| run.requests),
                most(|run| run.requests),
                mean(|run| run.sent),
                most(|run| run.sent),
            );
        }
    }
}
