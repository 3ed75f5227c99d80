//! From ranks to the clauses that people read.

use super::context::Context;
use crate::network::Network;
use crate::search::cut::Cut;
use crate::search::{self, Rule};
use crate::{Clause, Condition, Period, Region, Value};
use std::net::IpAddr;
use unanswered_table::{Column, MISSING, Values};

/// What a rule selects.
pub(crate) fn region(context: &Context, rule: &Rule) -> Region {
    let mut region = Region::default();
    for clause in &rule.clauses {
        let feature = &context.features[clause.feature];
        if let Some(column) = feature.column {
            region.clauses.push(public(context, &context.table.columns[column], clause));
            continue;
        }
        let Cut::Range { low, high, open_low, open_high } = clause.cut else { continue };
        let (low_value, high_value) = (feature.numbers[low as usize], feature.numbers[high as usize]);
        if let Some((index, folded)) = context.phase
            && index == clause.feature
        {
            region.period = Some(Period {
                every: folded.every,
                offset: (low_value + folded.origin).rem_euclid(folded.every),
                length: high_value - low_value,
            });
        } else {
            region.from = (!open_low).then_some(low_value);
            region.to = (!open_high).then_some(high_value);
            if open_low {
                region.from = context.table.times.first().copied();
            }
        }
    }
    region
}

fn public(context: &Context, column: &Column, clause: &search::Clause) -> Clause {
    let feature = &context.features[clause.feature];
    let value = |rank: u32| -> Value {
        match &column.values {
            Values::Numbers(_) => Value::Number(feature.numbers[rank as usize]),
            Values::Codes { labels, .. } => Value::Text(labels[rank as usize].clone()),
        }
    };
    let condition = match &clause.cut {
        Cut::Range { low, high, open_low, open_high } => Condition::Range {
            at_least: (!open_low).then(|| feature.numbers[*low as usize]),
            at_most: (!open_high).then(|| feature.numbers[*high as usize]),
        },
        Cut::In(ranks) => Condition::In(
            network(column, ranks)
                .map_or_else(|| ranks.iter().map(|&r| value(r)).collect(), |network| vec![network]),
        ),
        Cut::NotIn(ranks) => Condition::NotIn(ranks.iter().map(|&r| value(r)).collect()),
        Cut::Remainder { modulus, remainder } => {
            Condition::Modulus { modulus: *modulus, remainders: vec![*remainder] }
        }
    };
    Clause {
        subject: column.subject.clone(),
        at: column.at,
        condition,
        bracket_low: None,
        bracket_high: None,
    }
}

/// The network that exactly these addresses of the column lie in, and none of its others.
fn network(column: &Column, ranks: &[u32]) -> Option<Value> {
    let Values::Codes { codes, labels } = &column.values else { return None };
    let mut used = vec![false; labels.len()];
    for &code in codes.iter().filter(|code| **code != MISSING) {
        used[code as usize] = true;
    }
    let address = |rank: u32| labels.get(rank as usize)?.parse().ok();
    let inside: Vec<IpAddr> = ranks.iter().map(|&rank| address(rank)).collect::<Option<_>>()?;
    let other = |rank: &u32| used[*rank as usize] && !ranks.contains(rank);
    let all = u32::try_from(labels.len()).ok()?;
    let others: Vec<IpAddr> = (0..all).filter(other).filter_map(address).collect();
    Network::of(&inside, &others).map(|network| Value::Text(network.to_string()))
}
