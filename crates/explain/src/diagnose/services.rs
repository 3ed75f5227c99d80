//! Which requests are compared with each other: those of one service.
//!
//! A service is a protocol and a server port. Requests of another one are no contrast: what tells DNS from NTP (a length, a
//! port) would pass for the cause of whatever fails in one of them. A port with few requests is put together with the others of
//! its protocol.

use crate::{Clause, Condition, Value};
use std::collections::BTreeMap;
use unanswered_registry::{FeatureKind, Role};
use unanswered_table::{Column, MISSING, Table, Values, Viewpoint};

/// Fewer requests to a port are too few to be compared among themselves.
const PORT_MIN: usize = 20;

/// Most services: more are put together by protocol.
const SERVICES_MAX: usize = 64;

/// The services of a table's rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Services {
    of: Vec<u32>,
    list: Vec<Service>,
}

/// One service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Service {
    protocol: Option<Clause>,
    port: Option<Clause>,
}

/// Protocol (its code) and the port in each of the port columns (the bits of the number), where there is one.
type Key = (u32, Vec<Option<u64>>);

impl Services {
    /// One service for all where the table does not say.
    pub(crate) fn of(table: &Table) -> Self {
        let names =
            |column: &&Column| column.subject.role() == Role::Service && column.at == Viewpoint::Client;
        let amount =
            |column: &&Column| column.subject.feature().is_some_and(|f| f.kind == FeatureKind::Amount);
        let (ports, protocols): (Vec<&Column>, Vec<&Column>) =
            table.columns.iter().filter(names).partition(amount);
        let protocol = protocols.first().copied();
        let keys: Vec<Key> = (0..table.rows()).map(|row| key(protocol, &ports, row)).collect();
        let mut counts: BTreeMap<&Key, usize> = BTreeMap::new();
        for key in &keys {
            *counts.entry(key).or_default() += 1;
        }
        let too_many = counts.len() > SERVICES_MAX;
        let alone = |key: &Key| {
            let others = counts.keys().any(|other| other.0 == key.0 && *other != key);
            !others || (counts[key] >= PORT_MIN && !too_many)
        };
        let mut numbers: BTreeMap<(u32, Option<&Key>), u32> = BTreeMap::new();
        let mut list: Vec<Service> = Vec::new();
        for &key in counts.keys() {
            let named = alone(key).then_some(key);
            numbers.entry((key.0, named)).or_insert_with(|| {
                let apart: Vec<&Key> =
                    counts.keys().copied().filter(|other| other.0 == key.0 && alone(other)).collect();
                let alone_in_protocol = !counts.keys().any(|other| other.0 == key.0 && *other != key);
                list.push(Service {
                    protocol: protocol.and_then(|column| protocol_clause(column, key.0)),
                    port: if alone_in_protocol { None } else { port_clause(&ports, named, &apart) },
                });
                u32::try_from(list.len() - 1).unwrap_or(u32::MAX)
            });
        }
        let of = keys.iter().map(|key| numbers[&(key.0, alone(key).then_some(key))]).collect();
        Self { of, list }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The service of a row.
    pub(crate) fn at(&self, row: u32) -> u32 {
        self.of.get(row as usize).copied().unwrap_or(0)
    }

    /// The clauses that select exactly these services; `None` where no conjunction does.
    pub(crate) fn clauses(&self, services: &[u32]) -> Option<Vec<Clause>> {
        let chosen = |service: u32| self.list.get(service as usize);
        if services.len() == self.list.len() {
            return Some(Vec::new());
        }
        if let [one] = services {
            let service = chosen(*one)?;
            return Some(service.protocol.iter().chain(&service.port).cloned().collect());
        }
        // Several services are all those of some protocols, or there are no words for them.
        let labels: Vec<&Value> = services.iter().filter_map(|&s| label(chosen(s)?)).collect();
        let whole = (0u32..).zip(&self.list).all(|(number, service)| {
            services.contains(&number) || label(service).is_none_or(|own| !labels.contains(&own))
        });
        if !whole || labels.len() != services.len() {
            return None;
        }
        let mut values: Vec<Value> = labels.into_iter().cloned().collect();
        values.dedup();
        let first = chosen(*services.first()?)?.protocol.clone()?;
        Some(vec![Clause { condition: Condition::In(values), ..first }])
    }
}

fn label(service: &Service) -> Option<&Value> {
    match &service.protocol.as_ref()?.condition {
        Condition::In(values) => values.first(),
        Condition::NotIn(_) | Condition::Range { .. } | Condition::Modulus { .. } => None,
    }
}

fn key(protocol: Option<&Column>, ports: &[&Column], row: usize) -> Key {
    let code = match protocol.map(|column| &column.values) {
        Some(Values::Codes { codes, .. }) => codes.get(row).copied().unwrap_or(MISSING),
        Some(Values::Numbers(_)) | None => MISSING,
    };
    let port = |column: &&Column| match &column.values {
        Values::Numbers(numbers) => numbers.get(row).filter(|port| !port.is_nan()).map(|port| port.to_bits()),
        Values::Codes { .. } => None,
    };
    (code, ports.iter().map(port).collect())
}

fn clause(column: &Column, condition: Condition) -> Clause {
    Clause {
        subject: column.subject.clone(),
        at: column.at,
        condition,
        bracket_low: None,
        bracket_high: None,
    }
}

fn protocol_clause(column: &Column, code: u32) -> Option<Clause> {
    let Values::Codes { labels, .. } = &column.values else { return None };
    let label = labels.get(code as usize)?;
    Some(clause(column, Condition::In(vec![Value::Text(label.clone())])))
}

/// That port, or none of those that are services of their own.
fn port_clause(ports: &[&Column], named: Option<&Key>, apart: &[&Key]) -> Option<Clause> {
    let number = |bits: u64| Value::Number(f64::from_bits(bits));
    if let Some((_, key)) = named {
        let (column, bits) = ports.iter().zip(key).find_map(|(column, bits)| Some((*column, (*bits)?)))?;
        return Some(clause(column, Condition::In(vec![number(bits)])));
    }
    let (index, column) =
        ports.iter().enumerate().find(|(index, _)| apart.iter().any(|key| key.1[*index].is_some()))?;
    let values = apart.iter().filter_map(|key| key.1[index]).map(number).collect();
    Some(clause(column, Condition::NotIn(values)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_registry::{Feature, PROTOCOL, Quantity, Subject};

    static PORT: Feature =
        Feature::amount("port", "destination port").measures(Quantity::Port).tells(Role::Service);

    fn table(rows: &[(u32, f64)]) -> Table {
        let labels = ["NTP", "DNS", "echo"].map(str::to_owned).to_vec();
        let codes = rows.iter().map(|row| row.0).collect();
        let column =
            |feature, values| Column { subject: Subject::Feature(feature), at: Viewpoint::Client, values };
        Table {
            columns: vec![
                column(&PROTOCOL, Values::Codes { codes, labels }),
                column(&PORT, Values::Numbers(rows.iter().map(|row| row.1).collect())),
            ],
            outcomes: vec![unanswered_table::Outcome::Answered; rows.len()],
            ..Table::default()
        }
    }

    fn words(services: &Services, of: &[u32]) -> Option<Vec<String>> {
        let clauses = services.clauses(of)?;
        Some(clauses.iter().map(|c| format!("{} {:?}", c.subject.name(), c.condition)).collect())
    }

    #[test]
    fn a_service_is_a_protocol_and_where_it_has_several_ports_one_of_them() {
        let mut rows = vec![(0, 123.0); 30];
        rows.extend([(1, 53.0); 30]);
        rows.extend([(1, 5353.0); 30]);
        rows.extend((0..10).map(|n| (1, f64::from(6000 + n))));
        rows.extend([(2, f64::NAN); 30]);
        let services = Services::of(&table(&rows));
        assert_eq!(services.len(), 5);
        let at = |row| services.at(row);
        assert_eq!(words(&services, &[at(0)]), Some(vec![r#"protocol In([Text("NTP")])"#.to_owned()]));
        let dns = r#"protocol In([Text("DNS")])"#.to_owned();
        assert_eq!(
            words(&services, &[at(30)]),
            Some(vec![dns.clone(), "port In([Number(53.0)])".to_owned()])
        );
        let others = "port NotIn([Number(53.0), Number(5353.0)])".to_owned();
        assert_eq!(words(&services, &[at(90)]), Some(vec![dns, others]));
        assert_eq!(words(&services, &[at(100)]), Some(vec![r#"protocol In([Text("echo")])"#.to_owned()]));
        let both = [at(0), at(100)];
        assert_eq!(
            words(&services, &both),
            Some(vec![r#"protocol In([Text("NTP"), Text("echo")])"#.to_owned()])
        );
        assert_eq!(words(&services, &[at(0), at(30)]), None);
    }
}
