//! The catalogue of known faults for a terminal.

use crate::{text, words};
use std::fmt::Write as _;
use unanswered_explain::Fact;
use unanswered_explain::catalogue::{Entry, Role};

/// Columns of a label on an entry's page.
const LABEL: usize = 13;

/// All entries, one line each: id, title.
#[must_use]
pub fn list(entries: &[Entry], columns: usize) -> String {
    let room = entries.iter().map(|e| text::width(&text::safe(&e.id))).max().unwrap_or(0).min(columns / 2);
    let mut out = String::new();
    for entry in entries {
        let id = text::safe(&entry.id);
        let title = text::safe(&entry.title);
        let title = text::shorten(&title, columns.saturating_sub(room + 2));
        let _ = writeln!(out, "{id:room$}  {title}");
    }
    out
}

/// One entry in full.
#[must_use]
pub fn entry(entry: &Entry, columns: usize) -> String {
    let mut out = String::new();
    let names = |list: &[String]| list.join(", ");
    let steps: Vec<&str> = entry.steps.iter().map(|s| s.name()).collect();
    let protocols = if entry.protocols.is_empty() { "any".to_owned() } else { names(&entry.protocols) };
    for line in text::wrap(&text::safe(&format!("{}: {}", entry.id, entry.title)), columns) {
        out.push_str(&line);
        out.push('\n');
    }
    out.push('\n');
    row(&mut out, columns, "protocols", &protocols);
    row(&mut out, columns, "step", &steps.join(", "));
    row(&mut out, columns, "looks like", &entry.symptom.words);
    for pattern in entry.symptom.clauses.iter().filter(|pattern| pattern.role != Role::Contradicts) {
        row(&mut out, columns, "", &format!("- {}", pattern.words));
    }
    mechanism(&mut out, entry, columns);
    row(&mut out, columns, "cause", &entry.cause);
    several(&mut out, columns, "affected", &entry.affected);
    several(&mut out, columns, "fixed", &entry.fixed);
    row(&mut out, columns, "why hidden", &entry.latent);
    row(&mut out, columns, "what to do", &entry.remedy);
    row(&mut out, columns, "predicts", &entry.predicts);
    row(&mut out, columns, "confirm", &entry.experiment);
    several(&mut out, columns, "check", &entry.check);
    several(&mut out, columns, "references", &entry.references);
    row(&mut out, columns, "documented", &format!("grade {:?}", entry.grade));
    out
}

/// What must be seen before the entry is named, what rules it out, and what packets never show.
fn mechanism(out: &mut String, entry: &Entry, columns: usize) {
    let symptom = &entry.symptom;
    let facts = |list: &[Fact]| list.iter().map(|f| words::fact(*f).to_owned()).collect::<Vec<String>>();
    let mut needs = facts(&symptom.required_facts);
    needs.extend(symptom.always.then(|| "nearly all such requests fail".to_owned()));
    needs.extend(symptom.step_seen.then(|| "the step at which they failed is known".to_owned()));
    let mut ruled_out = facts(&symptom.excluded_facts);
    let against = symptom.clauses.iter().filter(|pattern| pattern.role == Role::Contradicts);
    ruled_out.extend(against.map(|pattern| pattern.words.clone()));
    several(out, columns, "needs", &needs);
    several(out, columns, "ruled out", &ruled_out);
    several(out, columns, "never seen", &symptom.not_seen);
}

fn several(out: &mut String, columns: usize, label: &str, lines: &[String]) {
    for (index, line) in lines.iter().enumerate() {
        row(out, columns, if index == 0 { label } else { "" }, line);
    }
}

fn row(out: &mut String, columns: usize, label: &str, words: &str) {
    let words = text::safe(words.trim());
    if words.is_empty() {
        return;
    }
    for (index, line) in text::wrap(&words, columns.saturating_sub(LABEL)).iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        let _ = writeln!(out, "{label:LABEL$}{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_explain::catalogue::Catalogue;

    #[test]
    fn every_entry_fits_the_terminal() {
        let catalogue = Catalogue::embedded();
        let pages = catalogue.entries().iter().map(|e| entry(e, 80)).chain([list(catalogue.entries(), 80)]);
        for page in pages {
            for line in page.lines() {
                assert!(text::width(line) <= 80, "{line}");
            }
        }
    }
}
