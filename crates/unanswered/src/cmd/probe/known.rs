//! Known faults as hypotheses: which requests fail if a server, or the path to it, has one.

use crate::failure::Failure;
use unanswered_experiment::{Asking, Declaration, FIELDS, Needs, Settable};
use unanswered_explain::catalogue::{Catalogue, Entry, ProbeClause, ProbeTest};
use unanswered_probe::{Clause, Condition, Rival, Rivals, Settable as Range, Setting};

/// Known faults that are told apart by the same fields.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Their ids.
    pub(super) ids: Vec<String>,
    /// What each does, in the words of its title.
    pub(super) words: Vec<String>,
    rivals: Vec<Rival>,
    fields: Vec<&'static Declaration>,
}

/// A fault strikes nearly always.
const FAILS: f64 = 1.0;
/// Source port of requests that vary something else: one that clients take for themselves.
const USUAL_PORT: u64 = 50_000;

impl Group {
    /// The question which of them it is, if any; `suspected` is how likely that is before anything is asked.
    pub(super) fn question(&self, suspected: f64) -> Rivals {
        let range = |field: &&Declaration| Range {
            field: field.settable.field(),
            low: field.low,
            high: field.high,
            usual: usual(field.settable),
        };
        let settable: Vec<Range> = self.fields.iter().map(range).collect();
        Rivals::new(self.rivals.clone(), &settable).suspected(suspected)
    }

    /// What is varied, in fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'static Declaration> {
        self.fields.iter().copied()
    }

    /// What the control has.
    pub(super) fn control(&self) -> Vec<Setting> {
        let setting =
            |field: &&Declaration| Setting { field: field.settable.field(), value: usual(field.settable) };
        self.fields.iter().map(setting).collect()
    }

    /// Whether it takes raw sockets; ports below 1024 are among those that faults are about.
    pub(super) fn needs_raw(&self) -> bool {
        let raw =
            |field: &&Declaration| field.needs == Needs::RawSocket || field.settable == Settable::SourcePort;
        self.fields.iter().any(raw)
    }
}

/// The value that a usual request has.
const fn usual(settable: Settable) -> u64 {
    match settable {
        Settable::SourcePort => USUAL_PORT,
        Settable::Ttl => 64,
        Settable::Identification | Settable::UdpChecksum | Settable::DnsType | Settable::DnsRecursion => 1,
        Settable::PayloadLength => 48,
        Settable::NtpVersion => 4,
        Settable::NtpMode => 3,
        Settable::NtpPoll => 6,
        Settable::Dscp | Settable::Ecn | Settable::DontFragment | Settable::DnsEdns => 0,
    }
}

/// The known fault of that id, with those that the same fields tell it apart from; it is the first.
pub(super) fn one(catalogue: &Catalogue, id: &str, asking: &Asking) -> Result<Group, Failure> {
    let entries = catalogue.entries();
    let Some(entry) = entries.iter().find(|entry| entry.id == id) else {
        return Err(Failure::new("--for", format!("there is no known fault {id}"))
            .hint("\"unanswered catalogue\" lists them"));
    };
    if entry.probe.is_empty() {
        return Err(Failure::new(
            "--for",
            format!("{id} cannot be confirmed by requests of one client alone"),
        )
        .hint(format!("\"unanswered catalogue {id}\" says how to confirm it")));
    }
    if !is_of(entry, asking) {
        return Err(Failure::new("--for", format!("{id} is no fault of {}", asking.words()))
            .hint(format!("--protocol {}", entry.protocols.join(" or --protocol "))));
    }
    let mut group = grouped(entries.iter().filter(|entry| is_of(entry, asking)), asking)
        .into_iter()
        .find(|group| group.ids.iter().any(|known| known == id))
        .ok_or_else(|| Failure::new("--for", format!("{id} has a field that cannot be set")))?;
    if let Some(place) = group.ids.iter().position(|known| known == id) {
        group.ids.swap(0, place);
        group.words.swap(0, place);
        group.rivals.swap(0, place);
    }
    Ok(group)
}

/// All known faults of a protocol that can be asked about, by the fields that tell them apart.
pub(super) fn all(catalogue: &Catalogue, asking: &Asking) -> Vec<Group> {
    grouped(catalogue.entries().iter().filter(|entry| is_of(entry, asking)), asking)
}

fn is_of(entry: &Entry, asking: &Asking) -> bool {
    let name = asking.words().to_lowercase();
    entry.protocols.is_empty() || entry.protocols.contains(&name)
}

fn grouped<'a>(entries: impl Iterator<Item = &'a Entry>, asking: &Asking) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for entry in entries.filter(|entry| !entry.probe.is_empty()) {
        let Some(fields) = fields(entry, asking) else { continue };
        let rival =
            Rival { clauses: entry.probe.iter().filter_map(clause).collect(), prior: 1.0, fails: FAILS };
        let same = |group: &&mut Group| {
            let codes = |fields: &[&Declaration]| fields.iter().map(|field| field.code).collect::<Vec<_>>();
            codes(&group.fields) == codes(&fields)
        };
        match groups.iter_mut().find(same) {
            // Two entries may predict the same of all requests: no request tells them apart, and the first stands for both.
            Some(group) => match group.rivals.iter().position(|known| known.clauses == rival.clauses) {
                Some(place) => {
                    if let (Some(id), Some(words)) = (group.ids.get_mut(place), group.words.get_mut(place)) {
                        *id = format!("{id} or {}", entry.id);
                        *words = format!("{words} (or: {})", entry.title);
                    }
                }
                None => {
                    group.ids.push(entry.id.clone());
                    group.words.push(entry.title.clone());
                    group.rivals.push(rival);
                }
            },
            None => groups.push(Group {
                ids: vec![entry.id.clone()],
                words: vec![entry.title.clone()],
                rivals: vec![rival],
                fields,
            }),
        }
    }
    groups
}

/// The fields of an entry, each once, in the order of their declarations; `None` where one is unknown or not of the protocol.
fn fields(entry: &Entry, asking: &Asking) -> Option<Vec<&'static Declaration>> {
    let of =
        |clause: &ProbeClause| Settable::by_code(&clause.field).filter(|settable| settable.is_of(asking));
    let named: Option<Vec<Settable>> = entry.probe.iter().map(of).collect();
    let named = named?;
    Some(FIELDS.iter().filter(|field| named.contains(&field.settable)).collect())
}

fn clause(of: &ProbeClause) -> Option<Clause> {
    let condition = match &of.test {
        ProbeTest::Range(low, high) => Condition::Range { low: *low, high: *high },
        ProbeTest::Values(values) => Condition::OneOf(values.clone()),
        ProbeTest::NotMultipleOf(modulus) => {
            Condition::Remainder { modulus: *modulus, remainders: (1..*modulus).collect() }
        }
    };
    Some(Clause { field: Settable::by_code(&of.field)?.field(), condition, holds: !of.not })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_catalogue_can_be_set() {
        for entry in Catalogue::embedded().entries() {
            for clause in &entry.probe {
                let field = Settable::by_code(&clause.field).and_then(Settable::declaration);
                let field = field.unwrap_or_else(|| panic!("{}: no field {}", entry.id, clause.field));
                let inside = |value: &u64| (field.low..=field.high).contains(value);
                let fits = match &clause.test {
                    ProbeTest::Range(low, high) => inside(low) && inside(high),
                    ProbeTest::Values(values) => values.iter().all(inside),
                    ProbeTest::NotMultipleOf(_) => true,
                };
                assert!(fits, "{}: {clause:?}", entry.id);
            }
        }
    }

    #[test]
    fn the_fault_that_is_asked_about_comes_first_beside_those_with_the_same_fields() {
        let group = one(&Catalogue::embedded(), "ntpd-pre412-reserved-port", &Asking::Ntp).expect("known");
        assert_eq!(group.ids[0], "ntpd-pre412-reserved-port");
        assert!(group.ids.iter().any(|id| id == "ntpd-lowport-lt123"), "{:?}", group.ids);
        assert_eq!(group.ids.len(), group.words.len());
        let dns = Asking::Dns { name: ".".to_owned() };
        assert!(one(&Catalogue::embedded(), "ntpd-lowport-lt123", &dns).is_err());
        assert!(one(&Catalogue::embedded(), "no-such-fault", &dns).is_err());
    }
}
