//! What few failures have in common: who asked whom for what. Few failures prove nothing, so this is no finding.

use super::whom::{Rows, label};
use crate::population::{Population, PopulationError};
use crate::{Clause, Condition, Filter, Region, Value, VerdictReason};
use unanswered_registry::{FeatureKind, Layer, Price, Role};
use unanswered_table::{Column, Outcome, Viewpoint};

/// Names and codes that are said beside who asked whom: a sentence with more of them is a list (judgement).
const NAMES_MAX: usize = 2;

/// What all failed requests have in common and not all requests have; `None` where there is nothing, and for a single
/// failure without clauses that others share.
pub(super) fn in_common(
    population: &dyn Population,
    rows: Rows<'_>,
    failing: &[Outcome],
) -> Result<Option<VerdictReason>, PopulationError> {
    let failed = rows.failed(failing);
    let affected = rows.affected(&Filter::default(), failing);
    let mut clauses: Vec<Clause> = Vec::new();
    let mut names = 0;
    for column in rows.columns().filter(says_who_or_what) {
        let Some(value) = shared(column, &failed) else { continue };
        let everybody = rows.judged().all(|row| label(column, row) == Some(value));
        let name = column.subject.role() == Role::Other;
        // A property that all requests have says nothing; a third name would only repeat the others.
        if everybody || (name && names == NAMES_MAX) {
            continue;
        }
        names += usize::from(name);
        clauses.push(Clause {
            subject: column.subject.clone(),
            at: column.at,
            condition: Condition::In(vec![Value::Text(value.to_owned())]),
            bracket_low: None,
            bracket_high: None,
        });
    }
    let region = Region { clauses: clauses.clone(), ..Region::default() };
    let such = population.tally(&Filter { inside: region, ..Filter::default() }, failing)?.inside;
    let (failed, requests) = (such.failed, such.requests);
    let said = !clauses.is_empty() || affected.from.is_some();
    Ok(said.then_some(VerdictReason::InCommon {
        clauses,
        failed,
        requests,
        from: affected.from,
        to: affected.to,
    }))
}

/// Who asked whom by which protocol, and names and codes of what was asked.
fn says_who_or_what(column: &&Column) -> bool {
    let Some(feature) = column.subject.feature() else { return false };
    let named = feature.layer == Layer::Application && matches!(feature.price, Price::Plain | Price::Derived);
    column.at == Viewpoint::Client
        && feature.kind == FeatureKind::Code
        && !feature.of_reply
        && (named || feature.role != Role::Other)
}

/// The value that all of the rows have.
fn shared<'c>(column: &'c Column, rows: &[usize]) -> Option<&'c str> {
    let (first, others) = rows.split_first()?;
    let value = label(column, *first)?;
    others.iter().all(|row| label(column, *row) == Some(value)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;
    use unanswered_registry::{Feature, Subject};
    use unanswered_table::{Table, Values};

    static CLIENT: Feature = Feature::code("ip.src", "source address").tells(Role::Client);
    static SERVER: Feature = Feature::code("ip.dst", "destination address").tells(Role::Server);
    static NAME: Feature = Feature::code("dns.qry.name", "queried name");

    fn table() -> Table {
        let codes = |feature, codes: &[u32]| Column {
            subject: Subject::Feature(feature),
            at: Viewpoint::Client,
            values: Values::Codes {
                codes: codes.to_vec(),
                labels: ["one", "two", "three"].map(str::to_owned).to_vec(),
            },
        };
        let mut outcomes = vec![Outcome::Answered; 8];
        (outcomes[2], outcomes[5]) = (Outcome::Unanswered, Outcome::Unanswered);
        Table {
            outcomes,
            times: (0..8).map(f64::from).collect(),
            columns: vec![
                codes(&CLIENT, &[0, 1, 2, 0, 1, 2, 0, 2]),
                codes(&SERVER, &[0; 8]),
                codes(&NAME, &[0, 0, 1, 0, 0, 2, 0, 0]),
            ],
            ..Table::default()
        }
    }

    #[test]
    fn what_all_failures_share_and_not_all_requests_is_said_with_how_many_have_it() {
        let table = table();
        let rows = Rows::of_table(&table);
        let said = in_common(&Memory::new(&table), rows, &[Outcome::Unanswered]).unwrap();
        let Some(VerdictReason::InCommon { clauses, failed, requests, from, to }) = said else {
            panic!("{said:?}")
        };
        let subjects: Vec<&str> = clauses.iter().map(|clause| clause.subject.name()).collect();
        assert_eq!(subjects, ["ip.src"], "all ask one server, and the names differ");
        assert_eq!((failed, requests), (2, 3));
        assert_eq!((from, to), (Some(2.0), Some(5.0)));
    }

    #[test]
    fn nothing_is_said_where_nothing_is_known() {
        let mut table = Table { columns: Vec::new(), times: Vec::new(), ..table() };
        table.outcomes[7] = Outcome::Unanswered;
        let rows = Rows::of_table(&table);
        assert_eq!(in_common(&Memory::new(&table), rows, &[Outcome::Unanswered]).unwrap(), None);
    }
}
