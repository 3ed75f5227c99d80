//! Columns that are declared features: a table that this program wrote is read back as the features it held.

use super::TableSpec;
use super::cells::CellColumn;
use super::write::TIME;
use crate::{Column, Viewpoint};
use unanswered_registry::{Feature, Subject};

/// Fewest columns that are no coincidence: a stranger's log may well have `protocol` and `flow`, and nothing else.
const COLUMNS_MIN: usize = 5;

/// Makes declared features of all columns, or of none.
///
/// Where every one of several columns has the name of a feature, the table came from captures.
pub(super) fn recognise(columns: &mut [Column], declared: &[&'static Feature]) {
    let named = |column: &Column| named(column.subject.name(), declared);
    let found = columns.iter().map(named).collect::<Option<Vec<_>>>();
    let Some(found) = found.filter(|found| found.len() >= COLUMNS_MIN) else { return };
    for (column, (feature, at)) in columns.iter_mut().zip(found) {
        column.subject = Subject::Feature(feature);
        column.at = at;
    }
}

/// The time column of such a table, which needs no name then. Taken out of the columns.
pub(super) fn time(columns: &mut Vec<CellColumn>, spec: &TableSpec) -> Option<CellColumn> {
    let is_time = |column: &CellColumn| column.name == TIME && !spec.types.contains_key(TIME);
    let index = columns.iter().position(is_time)?;
    let is_feature = |column: &&CellColumn| named(&column.name, &spec.features).is_some();
    let features = columns.iter().filter(|column| !is_time(column)).filter(is_feature).count();
    (features >= COLUMNS_MIN && features + 1 == columns.len()).then(|| columns.remove(index))
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
    use crate::Values;
    use unanswered_registry::features;

    features! {
        PORT = amount("udp.srcport", "source port");
        TTL = amount("ip.ttl", "time to live");
        LENGTH = amount("ip.len", "IP length");
        PROTOCOL = code("protocol", "protocol");
    }

    fn columns(names: &[&str]) -> Vec<Column> {
        let column = |name: &&str| {
            let subject = Subject::Column((*name).to_owned());
            Column { subject, at: Viewpoint::Client, values: Values::Numbers(vec![1.0]) }
        };
        let mut columns = names.iter().map(column).collect::<Vec<_>>();
        recognise(&mut columns, ALL);
        columns
    }

    #[test]
    fn a_table_of_features_has_features_and_any_other_has_columns() {
        let all = columns(&["udp.srcport", "udp.srcport@after NAT", "ip.ttl", "ip.len", "protocol"]);
        assert!(all.iter().all(|c| c.subject.feature().is_some()));
        assert_eq!(all[1].at, Viewpoint::BeyondNat);
        for foreign in [
            &["protocol"][..],
            &["udp.srcport", "url"],
            &["udp.srcport", "ip.ttl", "ip.len", "protocol", "url", "a"],
        ] {
            assert!(columns(foreign).iter().all(|c| c.subject.feature().is_none()), "{foreign:?}");
        }
    }

    /// A log whose `time` is a duration and whose `protocol` is a column.
    #[test]
    fn a_stranger_s_log_keeps_its_time_as_a_column() {
        let spec = TableSpec {
            outcome: "bad".to_owned(),
            failed: vec!["1".to_owned()],
            features: ALL.to_vec(),
            ..TableSpec::default()
        };
        let log = "time,protocol,bad\n12,tcp,0\n7,udp,1\n";
        let table = crate::io::read_table(log.as_bytes(), None, &spec).expect("a table").table;
        let names: Vec<&str> = table.columns.iter().map(|c| c.subject.name()).collect();
        assert_eq!((names, table.times), (vec!["time", "protocol"], Vec::new()));
    }
}
