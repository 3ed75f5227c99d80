//! Findings that need no statistics: what the packets of failed requests say of themselves.

use super::counts::failing;
use super::whom::Rows;
use crate::population::{Population, PopulationError};
use crate::{Class, Clause, Condition, Counts, Filter, Finding, Kind, Region, Remark, Standing, Value};
use std::collections::BTreeSet;
use unanswered_registry::{PROTOCOL, Subject};
use unanswered_table::Viewpoint;

/// Most such findings; the classes with the most requests come first.
const SIGNS_MAX: usize = 4;

/// A class is that of a finding when it has this share of its failures: nine of ten.
const NEARLY_ALL: usize = 10;

/// Findings of the classes among the failed requests that no other finding explains, most requests first.
pub(super) fn signs(
    population: &dyn Population,
    seen: Rows<'_>,
    explained: &[Region],
) -> Result<Vec<Finding>, PopulationError> {
    let Some(captured) = population.captured() else { return Ok(Vec::new()) };
    let left = Filter { outside: explained.to_vec(), ..Filter::default() };
    let rows = population.failed_rows(&left, &failing())?;
    let mut findings = Vec::new();
    for (class, rows) in captured.classes(&rows).into_iter().take(SIGNS_MAX) {
        let among = vec![Clause {
            subject: Subject::Feature(&PROTOCOL),
            at: Viewpoint::Client,
            condition: Condition::In(vec![Value::Text(class.protocol.clone())]),
            bracket_low: None,
            bracket_high: None,
        }];
        let all = Filter { inside: Region { clauses: among.clone(), ..Region::default() }, ..left.clone() };
        let all = population.tally(&all, &[class.outcome])?.inside;
        let failed = rows.len() as u64;
        // Where the protocol is that of all requests, there may be no column for it.
        let all = if all.requests == 0 { population.tally(&left, &[class.outcome])?.inside } else { all };
        findings.push(Finding {
            kind: Kind::Sign,
            among,
            clauses: Vec::new(),
            from: None,
            to: None,
            period: None,
            failed: vec![class.outcome],
            inside: Counts { failed, ..all },
            outside: Counts::default(),
            score: 0.0,
            significance: None,
            standing: Standing::Seen,
            remarks: vec![if failed == all.requests {
                Remark::NothingToCompare
            } else {
                Remark::NothingTells
            }],
            step: Some(captured.step(&rows)),
            affected: seen.affected_numbers(&rows),
            why_now: Vec::new(),
            known: Vec::new(),
            compatible: Vec::new(),
            rivals: Vec::new(),
            refuted: Vec::new(),
            experiment: None,
            class: Some(class),
            at_work: None,
            before: None,
        });
    }
    Ok(findings)
}

/// The class of a finding's failed requests, if nearly all are of one; whose address it is only where all agree.
pub(super) fn class_of(population: &dyn Population, failed: &[u32]) -> Option<Class> {
    let classes = population.captured()?.classes(failed);
    let (first, _) = classes.first()?;
    let alike: Vec<&(Class, Vec<u32>)> = classes
        .iter()
        .filter(|(class, _)| (class.outcome, class.reason) == (first.outcome, first.reason))
        .collect();
    let rows: usize = alike.iter().map(|(_, rows)| rows.len()).sum();
    if rows * NEARLY_ALL < failed.len() * (NEARLY_ALL - 1) {
        return None;
    }
    let by: BTreeSet<Option<&String>> = alike.iter().map(|(class, _)| class.by.as_ref()).collect();
    Some(Class { by: if by.len() == 1 { first.by.clone() } else { None }, ..first.clone() })
}
