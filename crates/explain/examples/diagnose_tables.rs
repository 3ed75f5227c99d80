//! Explains the tables given as arguments, one JSON line each: what `bench/` looks at between runs of
//! the whole program. `cargo run --release --example diagnose_tables -- a.csv b.csv`
#![expect(clippy::print_stdout, reason = "an example prints")]
use std::fmt::Write as _;
use std::path::PathBuf;
use unanswered_explain::{Clause, Condition, Options, Value, explain};
use unanswered_logs::{How, open};
use unanswered_table::io::{TableSpec, table_of};

fn main() {
    for path in std::env::args().skip(1) {
        let spec = TableSpec {
            outcome: Some("unanswered".into()),
            failed: vec!["1".into()],
            time: Some("t".into()),
            ..TableSpec::default()
        };
        let read = open(&[PathBuf::from(&path)], &How::default())
            .map_err(|error| error.to_string())
            .and_then(|log| table_of(log, &spec).map_err(|error| error.to_string()));
        let table = match read {
            Ok(read) => read.table,
            Err(e) => {
                println!("{{\"path\":\"{path}\",\"error\":\"{e}\"}}");
                continue;
            }
        };
        let diagnosis = explain(&table, &Options::default());
        let mut line =
            format!("{{\"path\":\"{path}\",\"verdict\":\"{}\",\"findings\":[", diagnosis.verdict.word());
        for (i, f) in diagnosis.findings.iter().enumerate() {
            let clauses: Vec<String> = f.clauses.iter().map(clause).collect();
            let _ = write!(
                line,
                "{}{{\"kind\":\"{}\",\"score\":{:.2},\"p\":{:e},\"standing\":\"{:?}\",\"rivals\":{},\"clauses\":[{}]",
                if i > 0 { "," } else { "" },
                f.kind.word(),
                f.score,
                f.significance.as_ref().map_or(1.0, |s| s.p_value),
                f.standing,
                f.rivals.len(),
                clauses.join(",")
            );
            if let Some(from) = f.from {
                let _ = write!(line, ",\"from\":{from}");
            }
            if let Some(to) = f.to {
                let _ = write!(line, ",\"to\":{to}");
            }
            line.push('}');
        }
        println!("{line}]}}");
    }
}

fn clause(c: &Clause) -> String {
    let list = |v: &[Value]| {
        let items: Vec<String> = v
            .iter()
            .map(|x| match x {
                Value::Number(n) => n.to_string(),
                Value::Text(t) => format!("\"{t}\""),
            })
            .collect();
        items.join(",")
    };
    let condition = match &c.condition {
        Condition::In(v) => format!("\"in\":[{}]", list(v)),
        Condition::NotIn(v) => format!("\"not_in\":[{}]", list(v)),
        Condition::Range { at_least, at_most } => {
            let mut parts = Vec::new();
            if let Some(b) = at_least {
                parts.push(format!("\"at_least\":{b}"));
            }
            if let Some(b) = at_most {
                parts.push(format!("\"at_most\":{b}"));
            }
            parts.join(",")
        }
        Condition::Modulus { modulus, remainders } => {
            format!("\"modulus\":{modulus},\"in\":[{}]", remainders[0])
        }
    };
    format!("{{\"feature\":\"{}\",{condition}}}", c.subject.name())
}
