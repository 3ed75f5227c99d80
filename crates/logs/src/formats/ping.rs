//! Output of `ping` (iputils), best with `-D` and `-O`: a row for each sequence number, also for those that never came
//! back.

use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::rows::Rows;

/// Output of ping.
pub(super) struct Ping;

static PING: Declaration = Declaration {
    name: "output of ping",
    recognised_by: "PING ... bytes of data, or icmp_seq= in most lines",
    rules: &[Rule::new("rtt_ms", &["missing"])],
    time: &["time"],
    answer: &["ttl", "said", "from", "bytes"],
    idle: &[],
};

/// Sequence numbers have these bits.
const NUMBERS: u64 = 0xffff;

/// Numbers that can be missing in a row: sequence numbers have 16 bits, and a larger step cannot be told from a smaller.
const GAP_MAX: u64 = 1 << 15;

/// Missing numbers in all that become rows.
const MISSING_MAX: u64 = 1_000_000;

impl Format for Ping {
    fn declaration(&self) -> &'static Declaration {
        &PING
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        let first = beginning.first();
        let header = first.starts_with(b"PING ") && memchr::memmem::find(first, b"bytes").is_some();
        let lines = beginning.most(|line| sequence(line).is_some());
        (header || lines).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        let mut run = Run::default();
        while let Some(line) = lines.next()? {
            let text = line.text;
            if let Some(rest) = text.strip_prefix(b"PING ") {
                run.finish(rows);
                let target = rest.split(|&byte| byte == b' ' || byte == b'(').next().unwrap_or_default();
                run.target = target.to_vec();
            } else if let Some(number) = sequence(text) {
                run.line(number, text, rows);
            } else if !is_summary(text) {
                rows.odd(&line, "a line of ping's output");
            }
        }
        run.finish(rows);
        Ok(())
    }
}

/// The blank line, the title, counts and times at the end.
fn is_summary(text: &[u8]) -> bool {
    let summary: [&[u8]; 4] = [b"---", b"rtt ", b"round-trip", b"pipe "];
    text.trim_ascii().is_empty()
        || summary.iter().any(|start| text.starts_with(start))
        || memchr::memmem::find(text, b"packets transmitted").is_some()
}

/// The number behind `icmp_seq=`.
fn sequence(text: &[u8]) -> Option<u64> {
    number(behind(text, b"icmp_seq=")?)
}

fn behind<'l>(text: &'l [u8], key: &[u8]) -> Option<&'l [u8]> {
    text.get(memchr::memmem::find(text, key)? + key.len()..)
}

fn digits(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.').unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits(text)).ok()?.parse().ok()
}

/// What is known of one number.
#[derive(Default)]
struct Probe {
    number: u64,
    time: Vec<u8>,
    rtt: Vec<u8>,
    ttl: Vec<u8>,
    from: Vec<u8>,
    said: Vec<u8>,
}

/// One call of ping: a probe for each number, in order.
#[derive(Default)]
struct Run {
    target: Vec<u8>,
    probes: Vec<Probe>,
    missing: u64,
}

impl Run {
    fn line(&mut self, number: u64, text: &[u8], rows: &mut Rows) {
        let probe = Probe::of(number, text);
        let Some(last) = self.probes.last_mut() else {
            self.probes.push(probe);
            return;
        };
        let step = number.wrapping_sub(last.number) & NUMBERS;
        if step == 0 {
            // "no answer yet", and then an answer or an error.
            last.add(probe);
        } else if step < GAP_MAX {
            self.missing_before(&probe, step);
            self.probes.push(probe);
        } else {
            self.late(probe, rows);
        }
    }

    /// One probe for each number that is missing before the next one.
    fn missing_before(&mut self, next: &Probe, step: u64) {
        let Some(last) = self.probes.last() else { return };
        let seconds = |probe: &Probe| std::str::from_utf8(&probe.time).ok()?.parse::<f64>().ok();
        let (number, ends) = (last.number, seconds(last).zip(seconds(next)));
        for index in 1..step {
            if self.missing >= MISSING_MAX {
                return;
            }
            self.missing += 1;
            // They were sent at even distances.
            #[expect(clippy::cast_precision_loss, reason = "below 2^16")]
            let part = index as f64 / step as f64;
            let time = ends.map(|(from, to)| format!("{:.6}", from + (to - from) * part)).unwrap_or_default();
            let number = (number + index) & NUMBERS;
            self.probes.push(Probe { number, time: time.into_bytes(), ..Probe::default() });
        }
    }

    /// An answer that comes after later ones belongs to its own number.
    fn late(&mut self, late: Probe, rows: &mut Rows) {
        let back = self.probes.last().map(|last| last.number.wrapping_sub(late.number) & NUMBERS);
        let index = back.and_then(|back| self.probes.len().checked_sub(usize::try_from(back).ok()? + 1));
        match index.and_then(|index| self.probes.get_mut(index)).filter(|probe| probe.number == late.number) {
            Some(probe) => probe.add(late),
            None => rows.no_request("answers to numbers before the first"),
        }
    }

    fn finish(&mut self, rows: &mut Rows) {
        for probe in self.probes.drain(..) {
            for (name, cell) in [
                ("time", &probe.time),
                ("target", &self.target),
                ("icmp_seq", &probe.number.to_string().into_bytes()),
                ("rtt_ms", &probe.rtt),
                ("ttl", &probe.ttl),
                ("from", &probe.from),
                ("said", &probe.said),
            ] {
                rows.named(name, cell);
            }
            rows.end();
        }
    }
}

impl Probe {
    fn of(number: u64, text: &[u8]) -> Self {
        let time = text.strip_prefix(b"[").map(digits).unwrap_or_default().to_vec();
        let rtt = behind(text, b"time=").map(digits).unwrap_or_default().to_vec();
        let ttl = behind(text, b"ttl=").map(digits).unwrap_or_default().to_vec();
        let from = behind(text, b"rom ").unwrap_or_default();
        let end = memchr::memchr(b' ', from).unwrap_or(from.len());
        let from = from.get(..end).unwrap_or_default();
        let from = from.strip_suffix(b":").unwrap_or(from).to_vec();
        let said = if rtt.is_empty() {
            let rest = behind(text, b"icmp_seq=").unwrap_or_default();
            rest.get(digits(rest).len()..).unwrap_or_default().trim_ascii().to_vec()
        } else {
            Vec::new()
        };
        Self { number, time, rtt, ttl, from, said }
    }

    fn add(&mut self, later: Self) {
        for (mine, theirs) in [
            (&mut self.rtt, later.rtt),
            (&mut self.ttl, later.ttl),
            (&mut self.from, later.from),
            (&mut self.said, later.said),
        ] {
            if mine.is_empty() {
                *mine = theirs;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{How, read};

    /// What two pings wrote while a cable was out: answers that waited came after "no answer yet" of later numbers.
    #[test]
    fn a_late_answer_is_an_answer_to_its_own_number() {
        let text = "PING 2001:db8::2(2001:db8::2) 56 data bytes\n\
            [100.0] 64 bytes from 2001:db8::2: icmp_seq=65535 ttl=64 time=0.05 ms\n\
            [101.0] no answer yet for icmp_seq=0\n\
            [102.0] no answer yet for icmp_seq=1\n\
            [102.5] 64 bytes from 2001:db8::2: icmp_seq=0 ttl=64 time=1500 ms\n\
            [104.5] 64 bytes from 2001:db8::2: icmp_seq=3 ttl=64 time=0.06 ms\n\
            [104.6] 64 bytes from 2001:db8::2: icmp_seq=65000 ttl=64 time=0.06 ms\n";
        let log = read(text.as_bytes(), &How::default()).unwrap();
        let column = |name: &str| -> Vec<String> {
            let column = log.cells.columns.iter().find(|column| column.name == name).unwrap();
            column.cells().map(|cell| String::from_utf8(cell.to_vec()).unwrap()).collect()
        };
        assert_eq!(column("icmp_seq"), ["65535", "0", "1", "2", "3"]);
        assert_eq!(column("rtt_ms"), ["0.05", "1500", "", "", "0.06"]);
        assert_eq!(column("time"), ["100.0", "101.0", "102.0", "103.250000", "104.5"]);
        assert_eq!(column("from")[0], "2001:db8::2");
        assert_eq!(column("target")[0], "2001:db8::2");
        assert_eq!(log.cells.warnings.len(), 1, "the number before the first is counted");
    }
}
