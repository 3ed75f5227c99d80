//! Exchanges as the engine needs them: columns of features known when each request was sent.
//!
//! Header features come from the sighting nearest to the client; where a NAT
//! changes something on the path, a second set comes from its far side
//! (`at` = "after NAT"). What a request's past says (gaps, rates, open
//! connections) is computed from earlier requests only; replies count only for
//! features named after them. A column is made when it is asked for, for a
//! sample of the rows or for all of them.

mod backlog;
mod dense;
mod end;
pub mod features;
mod hash;
mod header;
mod history;
mod measure;
mod network;
mod open;
mod path;
mod reply;
mod request;
mod sides;
mod spec;
mod translation;
mod unit;

use history::History;
use path::Branches;
use sides::Sides;
use spec::{Spec, What};
use std::sync::OnceLock;
use unanswered_exchange::Exchanges;
use unanswered_registry::{Feature, FeatureKind, Subject};
use unanswered_table::{Column, Table, Unit, Values, Viewpoint};

/// The columns that some exchanges have, made when they are asked for.
#[derive(Debug)]
pub(crate) struct Columns<'a> {
    exchanges: &'a Exchanges,
    sides: Sides,
    specs: Vec<Spec>,
    times: Vec<f64>,
    history: OnceLock<History>,
    units: OnceLock<(Vec<u32>, Unit)>,
    branches: OnceLock<Branches>,
}

impl<'a> Columns<'a> {
    /// Looks through the exchanges for the features they have.
    pub(crate) fn of(exchanges: &'a Exchanges) -> Self {
        let sides = Sides::of(exchanges);
        let specs = spec::all(exchanges, &sides);
        let times = exchanges.iter().map(|e| e.time().seconds()).collect();
        Self {
            exchanges,
            sides,
            specs,
            times,
            history: OnceLock::new(),
            units: OnceLock::new(),
            branches: OnceLock::new(),
        }
    }

    /// Time of each request in seconds since the epoch.
    pub(crate) fn times(&self) -> &[f64] {
        &self.times
    }

    /// Unit of evidence of each request (empty: each is its own), and what a unit is called.
    pub(crate) fn units(&self) -> (&[u32], &Unit) {
        let (units, unit) = self.units.get_or_init(|| unit::units(self.exchanges, &self.sides));
        (units, unit)
    }

    /// All columns that tell any two of the rows (ascending) apart.
    pub(crate) fn sample(&self, rows: &[u32]) -> Table {
        let measures: Vec<_> = self.specs.iter().filter_map(Spec::measure).collect();
        let mut measured = self.history().measure(self.exchanges, &measures, rows).into_iter();
        let mut columns = Vec::with_capacity(self.specs.len());
        for spec in &self.specs {
            let values = match spec.measure() {
                Some(_) => measured.next().unwrap_or(Values::Numbers(Vec::new())),
                None => self.values(spec, rows),
            };
            // Who asked whom for what is named also where it is the same for all.
            let named = spec.feature.role.names() && spec.at == Viewpoint::Client;
            if named
                || header::says_something(self.exchanges, rows, &values)
                    && (!spec.tells_by_values() || header::distinct(&values) > 1)
            {
                columns.push(Self::finish(spec, values));
            }
        }
        let (units, unit) = self.units();
        let (until, replied) = open::until_and_replied(self.exchanges, rows);
        Table {
            until,
            replied,
            columns,
            outcomes: rows.iter().map(|&r| self.exchanges.outcomes()[r as usize]).collect(),
            times: rows.iter().map(|&r| self.times[r as usize]).collect(),
            units: rows.iter().filter_map(|&r| units.get(r as usize).copied()).collect(),
            unit: unit.clone(),
        }
    }

    /// One column, of all rows.
    pub(crate) fn column(&self, subject: &Subject, at: Viewpoint) -> Option<Column> {
        let feature = subject.feature()?;
        let spec = self.specs.iter().find(|s| s.feature.is(feature) && s.at == at)?;
        let rows: Vec<u32> = (0u32..).take(self.exchanges.len()).collect();
        Some(Self::finish(spec, self.values(spec, &rows)))
    }

    fn history(&self) -> &History {
        self.history.get_or_init(|| History::of(self.exchanges, &self.sides))
    }

    fn values(&self, spec: &Spec, rows: &[u32]) -> Values {
        let (exchanges, sides) = (self.exchanges, &self.sides);
        match &spec.what {
            What::Protocol => header::protocols(exchanges, rows),
            What::Stored { features, side } => {
                let amount = spec.feature.kind == FeatureKind::Amount;
                header::stored(exchanges, sides, features, *side, amount, rows)
            }
            What::Address { end, side } => header::addresses(exchanges, sides, *end, *side, rows),
            What::Prefix { end } => network::prefixes(exchanges, *end, rows),
            What::Port { end, side, transport } => {
                header::ports(exchanges, sides, *end, *side, *transport, rows)
            }
            What::Ttl(side) => header::ttls(exchanges, sides, *side, rows),
            What::IpId => header::ip_ids(exchanges, rows),
            What::Flow => header::flows(exchanges, sides, rows),
            What::Pair => header::pairs(exchanges, rows),
            What::Translated => sides.translated_column(exchanges, rows),
            What::Rewritten => sides.rewritten_column(exchanges, rows),
            What::ClientsBehind => sides.clients_behind_column(exchanges, rows),
            What::From => path::from_column(exchanges, rows),
            What::Via => self.branches.get_or_init(|| Branches::of(exchanges)).via_column(exchanges, rows),
            What::ReplyLength => reply::lengths(exchanges, rows),
            What::ReplyTime => reply::times(exchanges, rows),
            What::Hash(bucket) => bucket.column(exchanges, sides, rows),
            What::Measure(measure) => {
                let mut all = self.history().measure(exchanges, &[*measure], rows);
                all.pop().unwrap_or(Values::Numbers(Vec::new()))
            }
        }
    }

    fn finish(spec: &Spec, values: Values) -> Column {
        Column { subject: Subject::Feature(spec.feature), at: spec.at, values }
    }
}

/// Whether the feature is a hash over a flow's ends.
pub(crate) fn is_flow_hash(feature: &Feature) -> bool {
    hash::Bucket::all().any(|bucket| bucket.feature().is(feature))
}
