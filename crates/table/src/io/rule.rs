//! What failed, as `--failed` and `--ok` say it: a list of rules about cells.
//!
//! | rule | a cell that it holds for |
//! | --- | --- |
//! | `timeout`, `504` | this text in either case, or this number |
//! | `missing` | empty, `-`, `null` or the like, or not there at all |
//! | `5xx` | a number of three digits that begins so |
//! | `>=500`, `<200`, `!=0` | a number for which this is true |
//! | `~ REGEX`, `!~ REGEX` | text in which the pattern occurs, or does not |
//! | `!RULE` | a cell that the rule does not hold for |
//! | `COLUMN:RULE` | the same of another column |

use super::{ColumnRole, RuleText, TableError, number};
use regex::bytes::Regex;
use std::fmt;

/// One rule.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// The column that it is about, if it names one.
    pub(super) column: Option<String>,
    pub(super) test: Test,
    negated: bool,
    /// As it was written, without its column.
    text: String,
}

/// What a rule asks of a cell.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Value,
    Missing,
    /// The first of three digits.
    Class(u32),
    Compare(Comparison, f64),
    Matches(Regex),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Comparison {
    Below,
    AtMost,
    Above,
    AtLeast,
    Equal,
    Differs,
}

impl Comparison {
    /// Longer signs first.
    const SIGNS: [(&'static str, Self); 8] = [
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("!=", Self::Differs),
        ("==", Self::Equal),
        ("<>", Self::Differs),
        ("<", Self::Below),
        (">", Self::Above),
        ("=", Self::Equal),
    ];

    fn holds(self, cell: f64, bound: f64) -> bool {
        match self {
            Self::Below => cell < bound,
            Self::AtMost => cell <= bound,
            Self::Above => cell > bound,
            Self::AtLeast => cell >= bound,
            Self::Equal => cell.total_cmp(&bound).is_eq(),
            Self::Differs => cell.total_cmp(&bound).is_ne(),
        }
    }
}

impl Rule {
    /// Reads one rule; a column is one only if the table has it.
    pub(super) fn read(text: &str, columns: &[String]) -> Result<Self, TableError> {
        let text = text.trim();
        let named = columns.iter().filter(|name| {
            text.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name))
                && text.get(name.len()..).is_some_and(|tail| tail.starts_with(':'))
        });
        let column = named.max_by_key(|name| name.len());
        let rest = column.and_then(|name| text.get(name.len() + 1..)).unwrap_or(text).trim();
        let rule = Self::of_cell(rest)?;
        // `satus:5xx`: what follows can hardly be a value.
        if let (None, Test::Value, Some((name, rest))) = (column, &rule.test, text.split_once(':'))
            && !matches!(Self::of_cell(rest)?.test, Test::Value)
        {
            return Err(TableError::no_such_column(ColumnRole::Outcome, name.trim(), columns.to_vec()));
        }
        Ok(Self { column: column.cloned(), ..rule })
    }

    fn of_cell(text: &str) -> Result<Self, TableError> {
        let text = text.trim();
        let made = |test, negated| Self { column: None, test, negated, text: text.to_owned() };
        let sign = |text: &'_ str| {
            Comparison::SIGNS
                .into_iter()
                .find_map(|(sign, c)| Some((c, text.strip_prefix(sign)?.trim().to_owned())))
        };
        if let Some((comparison, bound)) = sign(text) {
            return match number::any(bound.as_bytes()) {
                Some(number) => Ok(made(Test::Compare(comparison, number), false)),
                None if matches!(comparison, Comparison::Equal) => Self::of_cell(&bound),
                None if matches!(comparison, Comparison::Differs) => Self::of_cell(&format!("!{bound}")),
                None => Err(TableError::NoBound { rule: text.to_owned() }),
            };
        }
        let (negated, rest) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest.trim()));
        if let Some(pattern) = rest.strip_prefix('~') {
            let pattern = pattern.trim();
            let read = Regex::new(pattern).map_err(|error| TableError::Pattern {
                pattern: pattern.to_owned(),
                // The parser draws a picture; its last line says what is wrong.
                error: error
                    .to_string()
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ")
                    .to_owned(),
            })?;
            return Ok(made(Test::Matches(read), negated));
        }
        if ["missing", "empty", "(empty)"].iter().any(|word| rest.eq_ignore_ascii_case(word)) {
            return Ok(made(Test::Missing, negated));
        }
        if let [digit @ b'1'..=b'9', b'x' | b'X', b'x' | b'X'] = rest.as_bytes() {
            return Ok(made(Test::Class(u32::from(digit - b'0')), negated));
        }
        Ok(Self { text: rest.to_owned(), ..made(Test::Value, negated) })
    }

    /// Whether it holds for a cell.
    pub(super) fn holds(&self, cell: &[u8]) -> bool {
        let plain = match &self.test {
            Test::Value => same(cell, &self.text),
            Test::Missing => number::absent(cell) || cell.eq_ignore_ascii_case(b"missing"),
            Test::Class(digit) => {
                number::any(cell).is_some_and(|n| (n / 100.0).floor().total_cmp(&f64::from(*digit)).is_eq())
            }
            Test::Compare(comparison, bound) => {
                number::any(cell).is_some_and(|n| comparison.holds(n, *bound))
            }
            Test::Matches(pattern) => pattern.is_match(cell),
        };
        plain != self.negated
    }

    /// It speaks of numbers only, so that it says nothing about other cells.
    pub(super) const fn of_numbers(&self) -> bool {
        matches!(self.test, Test::Class(_) | Test::Compare(..)) && !self.negated
    }

    /// It says what a cell without a value means, one way or the other.
    pub(super) const fn speaks_of_empty(&self) -> bool {
        self.negated || matches!(self.test, Test::Missing)
    }

    /// It lists one value, so that a table without that value may show a typing error.
    pub(super) fn value(&self) -> Option<&str> {
        (matches!(self.test, Test::Value) && !self.negated).then_some(self.text.as_str())
    }

    /// As it was written.
    pub(super) fn text(&self) -> RuleText {
        let sign = if self.negated && matches!(self.test, Test::Value) { "!" } else { "" };
        RuleText { column: self.column.clone(), rule: format!("{sign}{}", self.text) }
    }

    /// It is about values of the cell's text, which a user may misspell.
    pub(super) const fn of_text(&self) -> bool {
        matches!(self.test, Test::Value | Test::Matches(_))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

/// The same text whatever its case, or the same number (`1`, `1.0`).
fn same(cell: &[u8], wanted: &str) -> bool {
    let wanted = wanted.as_bytes();
    cell.eq_ignore_ascii_case(wanted)
        || number::any(cell)
            .is_some_and(|number| number::any(wanted).is_some_and(|other| number.total_cmp(&other).is_eq()))
}

/// The rules of a list separated by commas, as an argument has them. A pattern goes on to the end: it may contain commas.
#[must_use]
pub fn split_rules(list: &str) -> Vec<String> {
    let mut rules = Vec::new();
    let mut rest = list;
    while !rest.trim().is_empty() {
        let (head, tail) = rest.split_once(',').unwrap_or((rest, ""));
        let of_column = head.split_once(':').map_or("", |(_, rule)| rule);
        let is_pattern = [head, of_column].iter().any(|text| {
            let text = text.trim_start();
            text.strip_prefix('!').unwrap_or(text).trim_start().starts_with('~')
        });
        if is_pattern {
            rules.push(rest.trim().to_owned());
            break;
        }
        if !head.trim().is_empty() {
            rules.push(head.trim().to_owned());
        }
        rest = tail;
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(rule: &str, cell: &str) -> bool {
        Rule::read(rule, &["status".to_owned(), "error".to_owned()]).unwrap().holds(cell.as_bytes())
    }

    #[test]
    fn each_kind_of_rule_holds_for_its_cells_only() {
        for (rule, yes, no) in [
            ("504", &["504", "504.0", " 504".trim()][..], &["503", "5040", "", "x"][..]),
            ("Timeout", &["timeout", "TIMEOUT"], &["timeouts", ""]),
            ("missing", &["", "-", "null", "NaN"], &["0", "x"]),
            ("empty", &[""], &["0"]),
            ("!missing", &["0", "x"], &["", "-"]),
            ("5xx", &["500", "599", "504.0"], &["600", "499", "5", "50", "", "-1", "5xy"]),
            ("!5xx", &["200", "", "x"], &["500"]),
            (">=500", &["500", "1e3"], &["499.5", "", "x"]),
            ("< 200", &["199", "-1"], &["200", ""]),
            ("!=0", &["1", "-1"], &["0", "0.0", "", "x"]),
            ("=0", &["0"], &["1"]),
            ("~ ^(50[0-4]|t)", &["503", "t x"], &["505", "xt", ""]),
            ("!~ ^2", &["500", "", "x2"], &["200", "2"]),
            ("!ok", &["bad", ""], &["OK"]),
            ("!=ok", &["bad"], &["ok"]),
        ] {
            for cell in yes {
                assert!(holds(rule, cell), "{rule} holds for {cell:?}");
            }
            for cell in no {
                assert!(!holds(rule, cell), "{rule} does not hold for {cell:?}");
            }
        }
    }

    #[test]
    fn a_rule_may_name_another_column_and_a_value_may_have_a_colon() {
        let columns = ["status".to_owned(), "error".to_owned()];
        let named = Rule::read("Error:!missing", &columns).unwrap();
        assert_eq!((named.column.as_deref(), named.to_string().as_str()), (Some("error"), "error:!missing"));
        let value = Rule::read("connect:refused", &columns).unwrap();
        assert_eq!((value.column.as_deref(), value.value()), (None, Some("connect:refused")));
        let misspelt = Rule::read("satus:5xx", &columns).unwrap_err().to_string();
        assert!(
            misspelt.contains("no column satus") && misspelt.contains("did you mean status?"),
            "{misspelt}"
        );
    }

    #[test]
    fn what_is_no_rule_says_so() {
        let wrong = |text: &str| Rule::read(text, &[]).unwrap_err();
        assert!(matches!(wrong(">= many"), TableError::NoBound { .. }));
        assert!(matches!(wrong("~ ["), TableError::Pattern { .. }));
    }

    #[test]
    fn lists_are_split_at_commas_but_patterns_are_not() {
        assert_eq!(split_rules("504, timeout,,5xx"), ["504", "timeout", "5xx"]);
        assert_eq!(split_rules("missing,status:!~ ^2.{1,2}$"), ["missing", "status:!~ ^2.{1,2}$"]);
        assert_eq!(split_rules("~ a,b"), ["~ a,b"]);
        assert_eq!(split_rules("a~b,c:d~,e"), ["a~b", "c:d~", "e"], "signs within values");
        assert!(split_rules(" , ").is_empty());
    }
}
