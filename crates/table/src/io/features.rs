//! Columns that are declared features: a table that this program wrote is read back as the features it held.

use super::TableSpec;
use super::cells::CellColumn;
use super::write::TIME;
use crate::{Column, Viewpoint};
use unanswered_registry::{Feature, Subject};

/// Makes declared features of all columns, or of none.
///
/// One column with the name of a feature may be a coincidence (`protocol`, `flow`). Where every column has one, the
/// table came from captures.
pub(super) fn recognise(columns: &mut [Column], declared: &[&'static Feature]) {
    let named = |column: &Column| named(column.subject.name(), declared);
    let Some(found) = columns.iter().map(named).collect::<Option<Vec<_>>>() else { return };
    for (column, (feature, at)) in columns.iter_mut().zip(found) {
        column.subject = Subject::Feature(feature);
        column.at = at;
    }
}

/// The time column of such a table, which needs no name then. Taken out of the columns.
pub(super) fn time(columns: &mut Vec<CellColumn>, spec: &TableSpec) -> Option<CellColumn> {
    let is_time = |column: &CellColumn| column.name == TIME && !spec.types.contains_key(TIME);
    let index = columns.iter().position(is_time)?;
    let mut others = columns.iter().filter(|column| !is_time(column)).peekable();
    others.peek()?;
    let ours = others.all(|column| named(&column.name, &spec.features).is_some());
    ours.then(|| columns.remove(index))
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
    }

    fn column(name: &str) -> Column {
        let subject = Subject::Column(name.to_owned());
        Column { subject, at: Viewpoint::Client, values: Values::Numbers(vec![1.0]) }
    }

    #[test]
    fn a_table_of_features_has_features_and_any_other_has_columns() {
        let mut all = [column("udp.srcport"), column("udp.srcport@after NAT")];
        recognise(&mut all, ALL);
        assert!(all.iter().all(|c| c.subject == Subject::Feature(&PORT)));
        assert_eq!(all.map(|c| c.at), [Viewpoint::Client, Viewpoint::BeyondNat]);
        let mut some = [column("udp.srcport"), column("url")];
        recognise(&mut some, ALL);
        assert!(some.iter().all(|c| c.subject.feature().is_none()));
    }
}
