//! Columns that are declared features: a table that this program wrote is read back as the features it held.

use super::request_columns::{Ends, RequestColumn, features_of};
use super::{TableSpec, UNIT_PREFIX};
use crate::cells::CellColumn;
use crate::{Column, MISSING, Values, Viewpoint};
use unanswered_registry::{Feature, Subject};

/// Fewest columns that are no coincidence: a stranger's log may well have `protocol` and `flow`, and nothing else.
const COLUMNS_MIN: usize = 5;

/// Whether a table with these columns was written here.
///
/// It has all columns that are always written (and perhaps some that its user added), or nothing but features, and
/// several of them.
pub(super) fn written_here(columns: &[CellColumn], declared: &[&'static Feature]) -> bool {
    if declared.is_empty() {
        return false;
    }
    let has = |wanted: RequestColumn| columns.iter().any(|column| column.name == wanted.name());
    if RequestColumn::ALL.into_iter().all(has) {
        return true;
    }
    let feature = |column: &&CellColumn| named(&column.name, declared).is_some();
    let other = |column: &&CellColumn| {
        RequestColumn::named(&column.name).is_some() || column.name.starts_with(UNIT_PREFIX)
    };
    let features = columns.iter().filter(feature).count();
    features >= COLUMNS_MIN && columns.iter().all(|column| feature(&column) || other(&column))
}

/// Makes declared features of the columns that have the name of one.
pub(super) fn recognise(columns: &mut [Column], declared: &[&'static Feature]) {
    for column in columns {
        if let (None, Some((feature, at))) =
            (column.subject.feature(), named(column.subject.name(), declared))
        {
            column.subject = Subject::Feature(feature);
            column.at = at;
        }
    }
}

/// Makes features of the columns of ends again: which features they are depends on the protocol of each row.
///
/// One that all rows have in common says nothing, and is left out as it was when the table was written.
pub(super) fn restore_ends(columns: &mut Vec<Column>, ends: &[Ends]) {
    let position = |columns: &[Column], wanted: RequestColumn| {
        columns.iter().position(|column| column.subject.name() == wanted.name())
    };
    let Some(protocol) = position(columns, RequestColumn::Protocol) else { return };
    let Values::Codes { codes, labels } = &columns[protocol].values else { return };
    let of_label = |label: &String| ends.iter().find(|ends| ends.protocol == label.as_str());
    let known: Vec<Option<&Ends>> = labels.iter().map(of_label).collect();
    let rows: Vec<Option<&Ends>> =
        codes.iter().map(|&code| known.get(code as usize).copied().flatten()).collect();
    for wanted in RequestColumn::ALL {
        let features = features_of(ends, wanted);
        let Some(index) = position(columns, wanted).filter(|_| !features.is_empty()) else { continue };
        let column = columns.remove(index);
        let is = |row: usize, feature: &Feature| {
            rows.get(row)
                .copied()
                .flatten()
                .and_then(|ends| ends.feature(wanted))
                .is_some_and(|f| f.is(feature))
        };
        let made = features.into_iter().map(|feature| Column {
            subject: Subject::Feature(feature),
            at: Viewpoint::Client,
            values: only(&column.values, |row| is(row, feature)),
        });
        let made: Vec<Column> = made.filter(|column| differ(&column.values)).collect();
        columns.splice(index..index, made);
    }
}

/// The values of some rows; those of the others are missing.
fn only(values: &Values, wanted: impl Fn(usize) -> bool) -> Values {
    match values {
        Values::Numbers(numbers) => {
            let kept = numbers.iter().enumerate();
            Values::Numbers(kept.map(|(row, n)| if wanted(row) { *n } else { f64::NAN }).collect())
        }
        Values::Codes { codes, labels } => {
            let kept = codes.iter().enumerate();
            Values::Codes {
                codes: kept.map(|(row, code)| if wanted(row) { *code } else { MISSING }).collect(),
                labels: labels.clone(),
            }
        }
    }
}

/// Whether there are two different values.
fn differ(values: &Values) -> bool {
    match values {
        Values::Numbers(numbers) => {
            let mut present = numbers.iter().filter(|n| !n.is_nan());
            present.next().is_some_and(|first| present.any(|n| n.total_cmp(first).is_ne()))
        }
        Values::Codes { codes, .. } => {
            let mut present = codes.iter().filter(|code| **code != MISSING);
            present.next().is_some_and(|first| present.any(|code| code != first))
        }
    }
}

/// The time column of such a table, which needs no name then. Taken out of the columns.
pub(super) fn time(columns: &mut Vec<CellColumn>, spec: &TableSpec) -> Option<CellColumn> {
    let name = RequestColumn::Time.name();
    let index = columns.iter().position(|column| column.name == name && !spec.types.contains_key(name))?;
    Some(columns.remove(index))
}

fn named(column: &str, declared: &[&'static Feature]) -> Option<(&'static Feature, Viewpoint)> {
    let (name, at) = parted(column);
    declared.iter().find(|feature| feature.name == name).map(|feature| (*feature, at))
}

/// `feature@place`, as [`write_table`](super::write_table) writes it.
fn parted(name: &str) -> (&str, Viewpoint) {
    let beyond = Viewpoint::BeyondNat;
    let name_of = |place| name.strip_suffix(place)?.strip_suffix('@');
    beyond.word().and_then(name_of).map_or((name, Viewpoint::Client), |name| (name, beyond))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::Cells;
    use crate::log::Log;
    use unanswered_registry::features;

    features! {
        PORT = amount("udp.srcport", "source port");
        TTL = amount("ip.ttl", "time to live");
        LENGTH = amount("ip.len", "IP length");
        PROTOCOL = code("protocol", "protocol");
    }

    fn read(header: &str, row: &str) -> crate::Table {
        let spec = TableSpec {
            outcome: Some("outcome".to_owned()),
            failed: vec!["unanswered".to_owned()],
            features: ALL.to_vec(),
            ends: vec![ENDS],
            ..TableSpec::default()
        };
        table(&format!("{header}\n{row}\n"), &spec)
    }

    /// A table of lines whose cells are between commas.
    fn table(text: &str, spec: &TableSpec) -> crate::Table {
        let mut lines = text.lines();
        let names = lines.next().expect("a header").split(',');
        let mut columns: Vec<CellColumn> = names.map(|name| CellColumn::named(name.to_owned())).collect();
        for line in lines {
            columns.iter_mut().zip(line.split(',')).for_each(|(column, cell)| column.push(cell.as_bytes()));
        }
        let cells = Cells { rows: columns[0].rows(), columns, ..Cells::default() };
        let log = Log { cells, ..Log::default() };
        crate::io::table_of(log, spec).expect("a table").table
    }

    const ENDS: Ends =
        Ends { protocol: "dns", client: None, client_port: Some(&PORT), server: None, server_port: None };

    #[test]
    fn a_table_of_features_has_features_and_any_other_has_columns() {
        let all =
            read("udp.srcport,udp.srcport@after NAT,ip.ttl,ip.len,protocol,outcome", "1,2,3,4,dns,answered");
        assert!(all.columns.iter().all(|c| c.subject.feature().is_some()));
        assert_eq!(all.columns[1].at, Viewpoint::BeyondNat);
        for (header, row) in [
            ("protocol,outcome", "dns,answered"),
            ("udp.srcport,url,outcome", "1,/,answered"),
            ("udp.srcport,ip.ttl,ip.len,protocol,url,a,outcome", "1,2,3,dns,/,5,answered"),
        ] {
            let foreign = read(header, row);
            assert!(foreign.columns.iter().all(|c| c.subject.feature().is_none()), "{header}");
        }
    }

    /// What is known afterwards would give the outcome away.
    #[test]
    fn a_table_of_requests_has_the_features_of_its_ends_and_nothing_that_is_known_afterwards() {
        let names: Vec<&str> = RequestColumn::ALL.into_iter().map(RequestColumn::name).collect();
        let header = format!("{},ip.ttl,mine", names.join(","));
        let rows = "1,dns,a,1000,s,53,answered,,0.5,1,p,,64,x\n2,dns,a,1001,s,53,unanswered,reply_lost,,2,p,DELIVER_REPLY,63,y";
        let table = read(&header, rows);
        let found: Vec<&str> = table.columns.iter().map(|c| c.subject.name()).collect();
        // No feature is declared for the addresses and the server's port: they stay columns.
        assert_eq!(found, ["protocol", "client", "udp.srcport", "server", "server_port", "ip.ttl", "mine"]);
        assert_eq!(table.times, [1.0, 2.0]);
        assert_eq!(table.columns[2].values, Values::Numbers(vec![1000.0, 1001.0]));
    }

    #[test]
    fn a_stranger_s_reason_is_a_column() {
        let table = read("protocol,client,reason,outcome", "dns,a,late,answered");
        assert_eq!(table.columns.len(), 3);
    }

    /// A log whose `time` is a duration and whose `protocol` is a column.
    #[test]
    fn a_stranger_s_log_keeps_its_time_as_a_column() {
        let spec = TableSpec {
            outcome: Some("bad".to_owned()),
            failed: vec!["1".to_owned()],
            features: ALL.to_vec(),
            ..TableSpec::default()
        };
        let log = "time,protocol,bad\n12,tcp,0\n7,udp,1\n";
        let table = table(log, &spec);
        let names: Vec<&str> = table.columns.iter().map(|c| c.subject.name()).collect();
        assert_eq!((names, table.times), (vec!["time", "protocol"], Vec::new()));
    }
}
