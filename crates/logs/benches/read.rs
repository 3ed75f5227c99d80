//! Reading logs into cells: `cargo bench -p unanswered-logs`. With file names, reads those instead.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;
use unanswered_logs::{How, open};

const ROWS: u32 = 1_000_000;

/// One line of a kind of log.
type Line = fn(&mut String, u32);

fn main() {
    let files: Vec<PathBuf> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).map(PathBuf::from).collect();
    for file in &files {
        measure(&file.display().to_string(), file);
    }
    if !files.is_empty() {
        return;
    }
    let kinds: [(&str, &str, Line); 4] = [
        ("csv", "time,client,backend,path,status,ms,bytes\n", |text, i| {
            let _ = writeln!(
                text,
                "{},192.0.2.{},be-{},/api/{},200,{},{}",
                1_715_940_300 + i,
                i % 250,
                i % 7,
                i % 40,
                i % 900,
                i % 9000
            );
        }),
        ("json", "", |text, i| {
            let _ = writeln!(
                text,
                "{{\"time\":{},\"net\":{{\"client\":\"192.0.2.{}\",\"backend\":\"be-{}\"}},\"path\":\"/api/{}\",\"status\":200,\"ms\":{}}}",
                1_715_940_300 + i,
                i % 250,
                i % 7,
                i % 40,
                i % 900
            );
        }),
        ("combined", "", |text, i| {
            let _ = writeln!(
                text,
                "192.0.2.{} - - [17/May/2024:10:05:00 +0000] \"GET /api/{} HTTP/1.1\" 200 {} \"-\" \"curl/8.5.0\"",
                i % 250,
                i % 40,
                i % 9000
            );
        }),
        (
            "zeek",
            "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.resp_h\tquery\trcode_name\n",
            |text, i| {
                let _ = writeln!(
                    text,
                    "{}.5\tC{i}\t192.0.2.{}\t192.0.2.53\tw{}.example\t-",
                    1_715_940_300 + i,
                    i % 250,
                    i % 99
                );
            },
        ),
    ];
    for (name, header, line) in kinds {
        let mut text = header.to_owned();
        (0..ROWS).for_each(|i| line(&mut text, i));
        let path = std::env::temp_dir().join(format!("unanswered-bench-{}-{name}", std::process::id()));
        std::fs::write(&path, text).expect("a file can be written");
        measure(name, &path);
        std::fs::remove_file(&path).expect("the file is there");
    }
}

/// Seconds of this thread's own processor time where Linux reports it, so that a busy machine does not
/// matter; otherwise wall-clock time. Columns are made compact beside it, in another thread.
struct Stopwatch(Instant, Option<f64>);

impl Stopwatch {
    fn start() -> Self {
        Self(Instant::now(), Self::processor())
    }

    fn seconds(&self) -> f64 {
        self.1.zip(Self::processor()).map_or_else(|| self.clock(), |(from, to)| to - from)
    }

    fn clock(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }

    fn processor() -> Option<f64> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse::<f64>().ok().map(|nanoseconds| nanoseconds / 1e9)
    }
}

fn measure(name: &str, path: &PathBuf) {
    let from = Stopwatch::start();
    let log = open(std::slice::from_ref(path), &How::default()).expect("a log");
    let (seconds, clock) = (from.seconds(), from.clock());
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let (megabytes, rows) = (bytes as f64 / 1e6, log.cells.rows as f64 / 1e6);
    println!(
        "{name}: {}, {rows:.2} million rows, {megabytes:.0} MB in {seconds:.2} s ({clock:.2} s by the clock): {:.0} MB/s; \
         peak memory {} MB",
        log.format,
        megabytes / seconds,
        peak_memory() / 1000
    );
}

/// Largest resident memory so far, in kB; 0 where Linux's proc file system is missing.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}
