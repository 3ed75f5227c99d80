//! Whom failures struck and when, read off the rows that the search has seen: all failed ones, unless they are very many.
//!
//! Failures began (or ended) within the recording when answered requests of the same kind lie before the first (behind the
//! last) of them, so many that chance would have struck one of them.

use super::context::Context;
use crate::population::Sample;
use crate::{Affected, Course, Filter, Memory, Named, Region, Value};
use std::collections::BTreeMap;
use unanswered_registry::{FeatureKind, Role};
use unanswered_table::{Column, MISSING, Outcome, Table, Values, Viewpoint};

/// Values that are kept of each kind: more than a sentence names, so that programs have some.
const KEPT: usize = 12;

/// Natural logarithm of the probability below which answered requests before the first failure are no chance:
/// one in a thousand (judgement).
const NO_CHANCE: f64 = -6.9;

/// Rows in order of time, with the number of each among all requests.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    table: &'a Table,
    numbers: &'a [u32],
}

impl<'a> Rows<'a> {
    pub(super) fn of(context: &'a Context) -> Self {
        Self { table: &context.table, numbers: &context.rows }
    }

    pub(super) fn sampled(sample: &'a Sample) -> Self {
        Self { table: &sample.table, numbers: &sample.rows }
    }

    /// All rows of a table that is not a sample.
    #[cfg(test)]
    pub(super) const fn of_table(table: &'a Table) -> Self {
        Self { table, numbers: &[] }
    }

    /// The columns of the rows.
    pub(super) fn columns(&self) -> impl Iterator<Item = &'a Column> + use<'a> {
        self.table.columns.iter()
    }

    /// Rows that count for or against anything.
    pub(super) fn judged(&self) -> impl Iterator<Item = usize> + use<'a> {
        let outcomes = self.table.outcomes.iter().enumerate();
        outcomes.filter(|(_, outcome)| outcome.judged()).map(|(row, _)| row)
    }

    /// Rows that failed so.
    pub(super) fn failed(&self, failing: &[Outcome]) -> Vec<usize> {
        let outcomes = self.table.outcomes.iter().enumerate();
        outcomes.filter(|(_, outcome)| failing.contains(outcome)).map(|(row, _)| row).collect()
    }

    /// Of the requests in the filter's region, those that failed so.
    pub(super) fn affected(&self, filter: &Filter, failing: &[Outcome]) -> Affected {
        let inside = self.selected(filter, &filter.inside);
        let failed = |row: usize| inside[row] && failing.contains(&self.table.outcomes[row]);
        // What a mechanism predicts to fail are failures only: how it lies in time shows beside all others.
        let alike = match &filter.inside.rows {
            Some(_) => self.selected(filter, &Region { rows: None, ..filter.inside.clone() }),
            None => inside.clone(),
        };
        self.of_rows(&failed, &|row| alike[row])
    }

    /// Of the requests with these numbers (ascending), those that failed.
    pub(super) fn affected_numbers(&self, numbers: &[u32]) -> Affected {
        let failed = |row: usize| numbers.binary_search(&self.number(row)).is_ok();
        self.of_rows(&failed, &failed)
    }

    /// Whether each row is in the region, among what the filter compares, and in no region that it leaves out.
    fn selected(&self, filter: &Filter, region: &Region) -> Vec<bool> {
        let memory = Memory::new(self.table);
        let among = Region { clauses: filter.among.clone(), ..Region::default() };
        let mut rows = memory.selects(&among);
        let both = |rows: &mut Vec<bool>, other: Vec<bool>, wanted: bool| {
            rows.iter_mut().zip(other).for_each(|(row, is)| *row &= is == wanted);
        };
        both(&mut rows, self.region(&memory, region), true);
        for explained in &filter.outside {
            both(&mut rows, self.region(&memory, explained), false);
        }
        rows
    }

    /// A region may name rows by their numbers among all requests.
    fn region(&self, memory: &Memory<'_>, region: &Region) -> Vec<bool> {
        let mut rows = memory.selects(&Region { rows: None, ..region.clone() });
        if let Some(named) = &region.rows {
            for (row, inside) in rows.iter_mut().enumerate() {
                *inside &= named.binary_search(&self.number(row)).is_ok();
            }
        }
        rows
    }

    /// The number among all requests; where rows have none, they are all requests.
    fn number(&self, row: usize) -> u32 {
        let own = u32::try_from(row).unwrap_or(u32::MAX);
        if self.numbers.is_empty() { own } else { self.numbers.get(row).copied().unwrap_or(u32::MAX) }
    }

    fn of_rows(&self, failed: &dyn Fn(usize) -> bool, alike: &dyn Fn(usize) -> bool) -> Affected {
        let rows: Vec<usize> = (0..self.table.rows()).filter(|row| failed(*row)).collect();
        let of = |role: Role| named(self.table, role, &rows);
        let mut affected = Affected {
            protocols: of(Role::Service),
            clients: of(Role::Client),
            servers: of(Role::Server),
            ..Affected::default()
        };
        let times = &self.table.times;
        if let (Some(first), Some(last)) = (rows.first(), rows.last())
            && times.len() == self.table.rows()
        {
            (affected.from, affected.to) = (Some(times[*first]), Some(times[*last]));
            let all: Vec<usize> = (0..times.len()).filter(|row| alike(*row)).collect();
            affected.course = course(&all, (*first, *last), rows.len());
        }
        affected
    }
}

/// How `failed` failures from the first to the last lie among all requests of their kind.
fn course(alike: &[usize], (first, last): (usize, usize), failed: usize) -> Course {
    let before = alike.iter().filter(|row| **row < first).count() as f64;
    let behind = alike.iter().filter(|row| **row > last).count() as f64;
    let within = alike.iter().filter(|row| (first..=last).contains(*row)).count().max(failed);
    // One more answered than was seen: a rate of one would forbid a single answered request.
    let answered = (1.0 - failed as f64 / (within + 1) as f64).ln();
    match (before * answered < NO_CHANCE, behind * answered < NO_CHANCE) {
        (false, false) => Course::Throughout,
        (true, false) => Course::Since,
        (false, true) => Course::Until,
        (true, true) => Course::Between,
    }
}

/// The values of a role that the rows have: protocols have their own column, and neighbours other addresses than hosts.
fn named(table: &Table, role: Role, rows: &[usize]) -> Named {
    let tells = |column: &&Column| {
        column.subject.role() == role
            && column.at == Viewpoint::Client
            && column.subject.feature().is_some_and(|feature| feature.kind == FeatureKind::Code)
    };
    let columns: Vec<&Column> = table.columns.iter().filter(tells).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        if let Some(label) = columns.iter().find_map(|column| label(column, *row)) {
            *counts.entry(label).or_default() += 1;
        }
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let values = counts.iter().take(KEPT).map(|(label, _)| Value::Text((*label).to_owned())).collect();
    Named { values, all: counts.len() }
}

/// The name that a row has in a column.
pub(super) fn label(column: &Column, row: usize) -> Option<&str> {
    match &column.values {
        Values::Codes { codes, labels } => {
            let code = codes.get(row).filter(|code| **code != MISSING)?;
            labels.get(*code as usize).map(String::as_str)
        }
        Values::Numbers(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use unanswered_registry::{Feature, Subject};

    static CLIENT: Feature = Feature::code("ip.src", "source address").tells(Role::Client);
    static PORT: Feature = Feature::amount("udp.dstport", "destination port").tells(Role::Service);

    /// One request a second, of clients a and b in turn; `x` fails.
    fn table(outcomes: &str) -> Table {
        let outcome = |c| if c == 'x' { Outcome::Unanswered } else { Outcome::Answered };
        let rows = outcomes.len();
        let column =
            |feature, values| Column { subject: Subject::Feature(feature), at: Viewpoint::Client, values };
        Table {
            outcomes: outcomes.chars().map(outcome).collect(),
            times: (0..rows).map(|row| row as f64).collect(),
            columns: vec![
                column(
                    &CLIENT,
                    Values::Codes {
                        codes: (0..2).cycle().take(rows).collect(),
                        labels: vec!["a".to_owned(), "b".to_owned()],
                    },
                ),
                column(&PORT, Values::Numbers(vec![53.0; rows])),
            ],
            ..Table::default()
        }
    }

    fn affected(table: &Table, region: Region) -> Affected {
        let numbers: Vec<u32> = (0..).take(table.rows()).collect();
        let rows = Rows { table, numbers: &numbers };
        rows.affected(&Filter { inside: region, ..Filter::default() }, &[Outcome::Unanswered])
    }

    #[test]
    fn who_failed_is_named_with_the_first_and_the_last_failure() {
        let of = affected(&table("..x.x.x..."), Region::default());
        assert_eq!(of.clients, Named { values: vec![Value::Text("a".to_owned())], all: 1 });
        assert_eq!(of.protocols, Named::default(), "a port is no name of a protocol");
        assert_eq!((of.from, of.to), (Some(2.0), Some(6.0)));
    }

    #[test]
    fn failures_began_only_where_chance_would_have_struck_before() {
        let course = |outcomes: &str| affected(&table(outcomes), Region::default()).course;
        assert_eq!(course("..........xxxxxxxxxxxx"), Course::Since);
        assert_eq!(course("xxxxxxxxxxxx.........."), Course::Until);
        assert_eq!(course(".........xxxxxxxxxxxx.........."), Course::Between);
        assert_eq!(course("..x...x....x...x...x.."), Course::Throughout);
        assert_eq!(course(".xxxxxxxxxxxx"), Course::Throughout, "one answered request is no time before");
    }

    #[test]
    fn what_a_mechanism_predicts_is_seen_beside_all_requests_of_its_kind() {
        let failing: Vec<u32> = (20..40).collect();
        let table = table(&["....................", "xxxxxxxxxxxxxxxxxxxx"].concat());
        let of = affected(&table, Region { rows: Some(Arc::new(failing)), ..Region::default() });
        assert_eq!((of.course, of.from), (Course::Since, Some(20.0)));
    }

    #[test]
    fn requests_chosen_by_their_numbers_are_those_of_all_requests() {
        let table = table("xxxx");
        let numbers = [3, 5, 7, 9];
        let rows = Rows { table: &table, numbers: &numbers };
        let of = rows.affected_numbers(&[5, 9]);
        assert_eq!((of.from, of.to), (Some(1.0), Some(3.0)));
        assert_eq!(of.clients.values, [Value::Text("b".to_owned())]);
    }
}
