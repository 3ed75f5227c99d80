//! Which column says what became of a request, and which of its values mean that it failed, where nobody says so.
//!
//! A name alone decides nothing, nor do values alone: the column must be called as such columns are, and its values must be of a
//! kind whose meaning is known: HTTP statuses, response codes, yes and no, words for success and failure, an error's text that
//! is there or not. Whatever is not known is asked.

use super::number;
use crate::Outcome;
use crate::cells::{CellColumn, Cells};
use std::collections::BTreeMap;

/// More different values than this are texts, not codes.
const VALUES_MAX: usize = 400;

/// What "yes", or a value that is there, means in a column of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sense {
    /// It went well.
    Good,
    /// It failed.
    Bad,
    /// A code whose values say it.
    Code,
    /// A measurement of the answer: without a value, there was none.
    Measured,
}

/// Names of such columns, without separators and in lower case; what is looked at first stands first.
const NAMES: &[(&str, Sense)] = &[
    ("outcome", Sense::Code),
    ("result", Sense::Code),
    ("verdict", Sense::Code),
    ("rcode", Sense::Code),
    ("rcodename", Sense::Code),
    ("httpstatus", Sense::Code),
    ("httpstatuscode", Sense::Code),
    ("responsecode", Sense::Code),
    ("responsestatus", Sense::Code),
    ("statuscode", Sense::Code),
    ("scstatus", Sense::Code),
    ("status", Sense::Code),
    ("grpcstatus", Sense::Code),
    ("success", Sense::Good),
    ("succeeded", Sense::Good),
    ("successful", Sense::Good),
    ("issuccess", Sense::Good),
    ("ok", Sense::Good),
    ("passed", Sense::Good),
    ("answered", Sense::Good),
    ("replied", Sense::Good),
    ("reachable", Sense::Good),
    ("alive", Sense::Good),
    ("failed", Sense::Bad),
    ("failure", Sense::Bad),
    ("fail", Sense::Bad),
    ("unanswered", Sense::Bad),
    ("timedout", Sense::Bad),
    ("timeout", Sense::Bad),
    ("lost", Sense::Bad),
    ("dropped", Sense::Bad),
    ("error", Sense::Bad),
    ("iserror", Sense::Bad),
    ("err", Sense::Bad),
    ("errors", Sense::Bad),
    ("exception", Sense::Bad),
    ("errormessage", Sense::Bad),
    ("errorcode", Sense::Bad),
    ("code", Sense::Code),
    ("action", Sense::Code),
    ("disposition", Sense::Code),
    ("decision", Sense::Code),
    ("response", Sense::Code),
    ("reply", Sense::Code),
    ("state", Sense::Code),
    ("rtt", Sense::Measured),
    ("rt", Sense::Measured),
    ("latency", Sense::Measured),
    ("responsetime", Sense::Measured),
    ("roundtriptime", Sense::Measured),
];

const YES: [&str; 4] = ["true", "yes", "t", "y"];
const NO: [&str; 4] = ["false", "no", "f", "n"];

/// Beginnings of words that say that something failed; those of fewer than five letters are whole words.
const FAILING: [&str; 43] = [
    "fail",
    "faile",
    "failu",
    "timeout",
    "timedout",
    "timed",
    "refus",
    "rejec",
    "deny",
    "denie",
    "drop",
    "dropp",
    "reset",
    "unreach",
    "unavail",
    "abort",
    "cancel",
    "exceed",
    "exhaust",
    "servfail",
    "formerr",
    "notimp",
    "lost",
    "loss",
    "nok",
    "unanswer",
    "noanswer",
    "noreply",
    "noresponse",
    "error",
    "err",
    "exception",
    "block",
    "late",
    "expired",
    "disconnect",
    "crash",
    "overload",
    "down",
    "bad",
    "broken",
    "ko",
    "lame",
];

/// Words that say that it went well.
const GOOD: [&str; 26] = [
    "ok",
    "success",
    "successful",
    "succeeded",
    "succeed",
    "pass",
    "passed",
    "answered",
    "accept",
    "accepted",
    "allow",
    "allowed",
    "permit",
    "permitted",
    "forwarded",
    "completed",
    "complete",
    "up",
    "good",
    "noerror",
    "nxdomain",
    "nodata",
    "hit",
    "done",
    "replied",
    "normal",
];

/// What cells mean that speak of failure in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Good,
    Failed,
    NotKnown,
}

/// What a word, or a few of them, say.
pub(super) fn meaning(cell: &[u8]) -> Meaning {
    let text = String::from_utf8_lossy(cell).to_lowercase();
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() || words.len() > 8 {
        return Meaning::NotKnown;
    }
    let joined: String = words.concat();
    let failing = |word: &str| {
        FAILING.iter().any(|begin| word.starts_with(begin) && (begin.len() > 4 || word == *begin))
    };
    let negated = words.iter().any(|word| ["no", "not", "non", "un"].contains(word));
    if words.iter().any(|word| failing(word)) || failing(&joined) {
        return if negated && words.iter().any(|word| word.starts_with("err") || word.starts_with("fail")) {
            Meaning::Good
        } else {
            Meaning::Failed
        };
    }
    if words.iter().any(|word| GOOD.contains(word)) {
        return if negated { Meaning::Failed } else { Meaning::Good };
    }
    Meaning::NotKnown
}

/// A value that nobody would call a failure: a status below 400, a word for success, our own words, no value.
pub(super) fn harmless(cell: &[u8]) -> bool {
    number::absent(cell)
        || Outcome::ALL.iter().any(|outcome| outcome.word().as_bytes() == cell && !outcome.failed())
        || number::any(cell).is_some_and(|n| (100.0..400.0).contains(&n) || n.abs() < f64::MIN_POSITIVE)
        || meaning(cell) == Meaning::Good
}

/// Values of a column, each once.
struct Values<'a> {
    known: BTreeMap<&'a [u8], usize>,
    missing: usize,
    /// More than [`VALUES_MAX`].
    many: bool,
}

impl<'a> Values<'a> {
    fn of(cells: &'a CellColumn) -> Self {
        let mut values = Self { known: BTreeMap::new(), missing: 0, many: false };
        match cells.coded() {
            Some(coded) => {
                coded.values.values().zip(coded.counts()).for_each(|(cell, rows)| values.add(cell, rows));
            }
            None => cells.cells().for_each(|cell| values.add(cell, 1)),
        }
        values
    }

    /// Adds rows with this value.
    fn add(&mut self, cell: &'a [u8], rows: usize) {
        if number::absent(cell) {
            self.missing += rows;
        } else if let Some(count) = self.known.get_mut(cell) {
            *count += rows;
        } else if self.known.len() < VALUES_MAX {
            self.known.insert(cell, rows);
        } else {
            self.many = true;
        }
    }

    fn all(&self, holds: impl Fn(&[u8]) -> bool) -> bool {
        !self.many && !self.known.is_empty() && self.known.keys().all(|cell| holds(cell))
    }

    fn words(&self, holds: impl Fn(&[u8]) -> bool) -> Vec<String> {
        let text = |cell: &&[u8]| String::from_utf8_lossy(cell).into_owned();
        self.known.keys().filter(|cell| holds(cell)).map(text).collect()
    }
}

fn whole(cell: &[u8]) -> Option<i64> {
    std::str::from_utf8(cell).ok()?.parse().ok()
}

/// The name without separators, in lower case, from its last dot on.
fn plain(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a name says, and how early such columns are looked at.
fn named(name: &str) -> Option<(usize, Sense)> {
    let whole = plain(name);
    if let Some(rank) = NAMES.iter().position(|(known, _)| *known == whole) {
        return NAMES.get(rank).map(|(_, sense)| (rank, *sense));
    }
    // `http.response.status_code`, `error.timeout_ms`, `resp_status`: a part of it, which is a weaker hint.
    let lower = name.to_lowercase();
    let parts: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let rank = NAMES.iter().position(|(known, sense)| *sense != Sense::Measured && parts.contains(known))?;
    NAMES.get(rank).map(|(_, sense)| (NAMES.len() + rank, *sense))
}

/// What failed in this column, as `--failed` takes it; `None` where its values do not say.
pub(super) fn rules(cells: &CellColumn) -> Option<Vec<String>> {
    let sense = named(&cells.name).map_or(Sense::Code, |(_, sense)| sense);
    let values = Values::of(cells);
    let ours = |cell: &[u8]| Outcome::ALL.iter().any(|outcome| outcome.word().as_bytes() == cell);
    if values.all(ours) {
        let failing = Outcome::ALL.into_iter().filter(|outcome| outcome.failed());
        return Some(failing.map(|outcome| outcome.word().to_owned()).collect());
    }
    if sense == Sense::Measured {
        let numbers = values.known.keys().all(|cell| number::any(cell).is_some());
        return (numbers && !values.known.is_empty() && values.missing > 0)
            .then(|| vec!["missing".to_owned()]);
    }
    codes(&cells.name, &values, sense)
        .or_else(|| flags(&values, sense))
        .or_else(|| words(&values, sense))
        .or_else(|| {
            let text = sense == Sense::Bad && values.missing > 0 && !values.known.is_empty();
            text.then(|| vec!["!missing".to_owned()])
        })
}

/// Numbers with a meaning: HTTP statuses (RFC 9110 section 15), response codes of DNS (RFC 1035 section 4.1.1) and gRPC.
fn codes(name: &str, values: &Values<'_>, sense: Sense) -> Option<Vec<String>> {
    if sense != Sense::Code || !values.all(|cell| whole(cell).is_some()) {
        return None;
    }
    let name = plain(name);
    let missing = (values.missing > 0).then(|| "missing".to_owned());
    let any = |range: std::ops::Range<i64>| {
        values.known.keys().any(|cell| whole(cell).is_some_and(|n| range.contains(&n)))
    };
    if any(200..400)
        && values.all(|cell| whole(cell).is_some_and(|n| (100..600).contains(&n) || n == 0 || n == -1))
    {
        // Programs write 0, 000 or -1 where there was no answer.
        let none = values.words(|cell| whole(cell).is_some_and(|n| n <= 0));
        return Some(std::iter::once("5xx".to_owned()).chain(none).chain(missing).collect());
    }
    if name.starts_with("rcode") && values.all(|cell| whole(cell).is_some_and(|n| (0..24).contains(&n))) {
        // Format error, server failure, not implemented, refused; that a name does not exist is an answer.
        let failing = [1, 2, 4, 5].map(|code: i64| code.to_string());
        return Some(failing.into_iter().chain(missing).collect());
    }
    (name.starts_with("grpc") && any(0..1))
        .then(|| std::iter::once("!=0".to_owned()).chain(missing).collect())
}

/// Yes and no, in a column whose name says which of them is bad.
fn flags(values: &Values<'_>, sense: Sense) -> Option<Vec<String>> {
    let is = |list: &[&str], digit: &str, cell: &[u8]| {
        list.iter().any(|word| cell.eq_ignore_ascii_case(word.as_bytes())) || cell == digit.as_bytes()
    };
    if !values.all(|cell| is(&YES, "1", cell) || is(&NO, "0", cell)) {
        // Numbers of errors, and errno.
        let numbered = sense == Sense::Bad && values.known.contains_key(b"0".as_slice());
        return (numbered && values.all(|cell| whole(cell).is_some())).then(|| vec!["!=0".to_owned()]);
    }
    match sense {
        Sense::Good => Some(values.words(|cell| is(&NO, "0", cell))).map(|no| or(no, &["false", "no", "0"])),
        // Only the flag's presence says it where it is never "no".
        Sense::Bad if values.missing > 0 && !values.known.keys().any(|cell| is(&NO, "0", cell)) => None,
        Sense::Bad => {
            Some(values.words(|cell| is(&YES, "1", cell))).map(|yes| or(yes, &["true", "yes", "1"]))
        }
        Sense::Code | Sense::Measured => None,
    }
}

/// Words for success and failure; one that is not known makes the column a question.
fn words(values: &Values<'_>, sense: Sense) -> Option<Vec<String>> {
    let read = |cell: &[u8]| match whole(cell) {
        // A status among words, as in `504` beside `timeout`.
        Some(100..=499) => Meaning::Good,
        Some(500..=599) => Meaning::Failed,
        Some(0) if sense == Sense::Bad => Meaning::Good,
        Some(_) => Meaning::NotKnown,
        None => meaning(cell),
    };
    if !values.all(|cell| read(cell) != Meaning::NotKnown)
        || !values.known.keys().any(|cell| read(cell) == Meaning::Good)
    {
        return None;
    }
    let failed = values.words(|cell| read(cell) == Meaning::Failed);
    if failed.is_empty() && values.missing > 0 && sense == Sense::Code {
        return Some(vec!["missing".to_owned()]);
    }
    Some(or(failed, &["failed", "error", "timeout"]))
}

/// The values found, or what they would be.
fn or(found: Vec<String>, usual: &[&str]) -> Vec<String> {
    if found.is_empty() { usual.iter().map(|word| (*word).to_owned()).collect() } else { found }
}

/// The column that says it: the first by its name of those in which something failed and something did not; else the first
/// whose values can be read.
pub(super) fn outcome(cells: &Cells) -> Option<String> {
    let mut named: Vec<(usize, &CellColumn)> =
        cells.columns.iter().filter_map(|column| Some((named(&column.name)?.0, column))).collect();
    named.sort_by_key(|(rank, _)| *rank);
    let mut second = None;
    for (_, column) in named {
        let Some(failed) = rules(column) else { continue };
        let columns = [column.name.clone()];
        let read: Vec<super::rule::Rule> =
            failed.iter().filter_map(|rule| super::rule::Rule::read(rule, &columns).ok()).collect();
        let holds = |cell: &[u8]| read.iter().any(|rule| rule.holds(cell));
        if column.values().any(holds) && column.values().any(|cell| !holds(cell)) {
            return Some(column.name.clone());
        }
        second.get_or_insert_with(|| column.name.clone());
    }
    second
}

/// Columns that may say it, with their values, for a question: those with such a name, else those with few values.
pub(super) fn candidates(cells: &Cells) -> Vec<(String, Vec<(String, usize)>)> {
    const SHOWN: usize = 3;
    let listed = |column: &CellColumn| {
        let values = Values::of(column);
        let mut seen: Vec<(String, usize)> = values
            .known
            .iter()
            .map(|(cell, count)| (String::from_utf8_lossy(cell).into_owned(), *count))
            .chain((values.missing > 0).then(|| ("(empty)".to_owned(), values.missing)))
            .collect();
        seen.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        (column.name.clone(), seen)
    };
    let mut with_name: Vec<(usize, &CellColumn)> =
        cells.columns.iter().filter_map(|column| Some((named(&column.name)?.0, column))).collect();
    with_name.sort_by_key(|(rank, _)| *rank);
    if !with_name.is_empty() {
        return with_name.into_iter().take(SHOWN).map(|(_, column)| listed(column)).collect();
    }
    let all = cells.columns.iter().map(listed);
    all.filter(|(_, seen)| (2..=8).contains(&seen.len())).take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, cells: &[&str]) -> CellColumn {
        let mut column = CellColumn::named(name.to_owned());
        cells.iter().for_each(|cell| column.push(cell.as_bytes()));
        column
    }

    fn found(name: &str, cells: &[&str]) -> Option<Vec<String>> {
        rules(&column(name, cells))
    }

    #[test]
    fn what_failed_follows_from_the_name_and_the_values_together() {
        for (name, cells, expected) in [
            ("status", &["200", "504", "404"][..], &["5xx"][..]),
            ("status", &["200", "000", ""], &["5xx", "000", "missing"]),
            ("http.response.status_code", &["200", "301"], &["5xx"]),
            ("rcode", &["0", "3", "2"], &["1", "2", "4", "5"]),
            ("rcode_name", &["NOERROR", "NXDOMAIN", ""], &["missing"]),
            ("rcode_name", &["NOERROR", "SERVFAIL"], &["SERVFAIL"]),
            ("success", &["true", "false"], &["false"]),
            ("failed", &["0", "1"], &["1"]),
            ("result", &["ok", "timeout", "connection reset"], &["connection reset", "timeout"]),
            ("action", &["ACCEPT", "REJECT"], &["REJECT"]),
            ("error.timeout", &["", "5000"], &["!missing"]),
            ("error", &["", "no route to host"], &["!missing"]),
            ("errors", &["0", "3", "1"], &["!=0"]),
            ("result.rt", &["12.5", ""], &["missing"]),
            ("outcome", &["answered", "late"], &["refused", "error", "late", "rejected", "unanswered"]),
            ("status", &["OK", "DEADLINE_EXCEEDED", "UNAVAILABLE"], &["DEADLINE_EXCEEDED", "UNAVAILABLE"]),
        ] {
            let mut found = found(name, cells).unwrap_or_else(|| panic!("{name} {cells:?}"));
            let mut expected: Vec<String> = expected.iter().map(|rule| (*rule).to_owned()).collect();
            found.sort();
            expected.sort();
            assert_eq!(found, expected, "{name} {cells:?}");
        }
    }

    #[test]
    fn values_whose_meaning_is_not_known_are_a_question() {
        for (name, cells) in [
            ("status", &["0", "1"][..]),
            ("status", &["PENDING", "OK"]),
            ("result", &["red", "blue"]),
            ("status", &["timeout", "refused"]),
            ("code", &["17", "4"]),
            ("status", &["yes", "no"]),
            ("rtt", &["12", "13"]),
            ("status", &["", ""]),
        ] {
            assert_eq!(found(name, cells), None, "{name} {cells:?}");
        }
    }

    #[test]
    fn words_are_read_with_their_negations() {
        for (word, expected) in [
            ("no error", Meaning::Good),
            ("NOERROR", Meaning::Good),
            ("not ok", Meaning::Failed),
            ("no reply", Meaning::Failed),
            ("no-answer", Meaning::Failed),
            ("Connection refused", Meaning::Failed),
            ("broken pipe", Meaning::Failed),
            ("badger", Meaning::NotKnown),
            ("kosher", Meaning::NotKnown),
            ("downtown", Meaning::NotKnown),
            ("blue", Meaning::NotKnown),
        ] {
            assert_eq!(meaning(word.as_bytes()), expected, "{word}");
        }
    }

    #[test]
    fn the_column_with_failures_and_answers_wins_over_one_with_neither() {
        let cells = Cells {
            columns: vec![
                column("status", &["200", "200"]),
                column("color", &["red", "blue"]),
                column("error", &["", "timeout"]),
            ],
            rows: 2,
            ..Cells::default()
        };
        assert_eq!(outcome(&cells).as_deref(), Some("error"));
    }
}
