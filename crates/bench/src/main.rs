//! Speed, side by side: `unanswered explain` on a large NTP capture beside tshark, which pairs
//! requests and replies too, and tcpdump, which only copies. A benchmark compares; it asserts nothing.
//!
//! ```text
//! unanswered-bench generate FILE [PACKETS]      writes the capture (2,000,000 packets)
//! unanswered-bench run [FILE] [--bin PATH]      times the programs on it
//! ```
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for people; its table is its purpose"
)]

mod generate;
mod programs;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

const PACKETS: u64 = 2_000_000;
/// tshark keeps every packet and is slow; a slice is enough for its rate.
const SLICE: u64 = 200_000;
const RUNS: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["generate", file] => generate(Path::new(file), PACKETS),
        ["generate", file, packets] => match packets.parse() {
            Ok(packets) => generate(Path::new(file), packets),
            Err(_) => Err(io::Error::other(format!("{packets}: expected a number of packets"))),
        },
        ["run"] => run(None, None),
        ["run", "--bin", binary] => run(None, Some(binary.into())),
        ["run", file] => run(Some(file.into()), None),
        ["run", file, "--bin", binary] => run(Some(file.into()), Some(binary.into())),
        _ => {
            Err(io::Error::other("usage: unanswered-bench generate FILE [PACKETS] | run [FILE] [--bin PATH]"))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("unanswered-bench: {error}");
            ExitCode::from(2)
        }
    }
}

fn generate(path: &Path, packets: u64) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let written = generate::write(packets, &mut file)?;
    file.flush()?;
    println!(
        "{}: {} packets, {} requests, {} of them unanswered",
        path.display(),
        written.packets,
        written.requests,
        written.unanswered
    );
    Ok(())
}

fn run(file: Option<PathBuf>, binary: Option<PathBuf>) -> io::Result<()> {
    let binary = programs::unanswered(binary)?;
    let beside = binary.parent().unwrap_or(Path::new(".")).to_owned();
    let file = match file {
        Some(file) => file,
        None => {
            let file = beside.join("bench-2m.pcap");
            if !file.is_file() {
                generate(&file, PACKETS)?;
            }
            file
        }
    };
    let packets = packets_in(&file)?;
    println!("{}: {packets} packets, {} MB", file.display(), file.metadata()?.len() / 1_000_000);
    println!("{:<34} {:>9} {:>9} {:>12} {:>9}", "program", "best s", "median s", "packets/s", "ratio");

    let explain = [programs::argument(&binary), "explain", "--json", programs::argument(&file)];
    let ours = programs::time(RUNS, &explain)?;
    // Asked before the others run: the system remembers the largest of all.
    let memory = programs::peak_memory()?;
    let own_rate = rate(packets, ours.best);
    line("unanswered explain --json", &ours, own_rate, own_rate);

    let copy = ["tcpdump", "-r", programs::argument(&file), "-w", "/dev/null"];
    match programs::time(RUNS, &copy) {
        Ok(timed) => line("tcpdump -w /dev/null", &timed, rate(packets, timed.best), own_rate),
        Err(error) => println!("tcpdump: not compared: {error}"),
    }
    let slice = beside.join("bench-slice.pcap");
    let mut cut = BufWriter::new(File::create(&slice)?);
    generate::write(SLICE, &mut cut)?;
    cut.flush()?;
    let pairs = ["tshark", "-2", "-r", programs::argument(&slice), "-T", "fields", "-e", "ntp.response_in"];
    match programs::time(1, &pairs) {
        Ok(timed) => {
            line(&format!("tshark ntp.response_in ({SLICE})"), &timed, rate(SLICE, timed.best), own_rate);
        }
        Err(error) => println!("tshark: not compared: {error}"),
    }
    println!("unanswered's peak memory: {} MB", memory / 1_000_000);
    Ok(())
}

fn line(name: &str, timed: &programs::Timed, per_second: f64, own: f64) {
    println!(
        "{name:<34} {:>9.3} {:>9.3} {per_second:>12.0} {:>9.2}",
        timed.best.as_secs_f64(),
        timed.median.as_secs_f64(),
        own / per_second
    );
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rate(packets: u64, time: Duration) -> f64 {
    packets as f64 / time.as_secs_f64().max(1e-9)
}

/// Packets of a pcap file with records of the generator's size.
fn packets_in(file: &Path) -> io::Result<u64> {
    const RECORD: u64 = 16 + 90;
    let length = file.metadata()?.len();
    if length < 24 || !(length - 24).is_multiple_of(RECORD) {
        return Err(io::Error::other(format!(
            "{}: not written by unanswered-bench generate",
            file.display()
        )));
    }
    Ok((length - 24) / RECORD)
}
