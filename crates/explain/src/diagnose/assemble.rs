//! A finding made from what the search accepted: exact counts, brackets, rivals, refutations, significance, known
//! faults, the experiment.

use super::Options;
use super::context::Context;
use super::counts::{self, Gathered};
use super::covered::{Beyond, Covered};
use super::names::Weighed;
use super::whom::Rows;
use super::{convert, experiment, naming, replay, rivals, significance, signs};
use crate::catalogue::{Catalogue, Preference};
use crate::load::follows_load;
use crate::mechanism::Fit;
use crate::population::{Population, PopulationError};
use crate::search::Rule;
use crate::time::ramp::Ramp;
use crate::time::serial;
use crate::{
    AtWork, Baseline, Clause, Condition, Counts, Filter, Finding, Kind, Memory, Observed, Region, Remark,
    Rival, Significance, Standing, Value,
};
use std::sync::Arc;
use unanswered_registry::Role;
use unanswered_table::{Column, MISSING, Outcome, Values, Viewpoint};

/// A telltale is not put before one that says more than this many nats more: a long list that happens to select the same.
const PLAIN_NATS: f64 = 15.0;

/// One failure in this many must be refused for the refusals to decide the kind of finding.
const REFUSED_SHARE: u64 = 20;

/// Fewer than one failure in this many of an outcome are no part of what a finding explains.
const EXPLAINED_SHARE: u64 = 20;

/// The same for late replies: who asks again gets one through many a fault.
const LATE_SHARE: u64 = 5;

/// More servers of a service that answers nothing are not named one by one.
const SERVERS_MAX: usize = 5;

/// What a finding is made from.
pub(super) struct Assembly<'a> {
    pub(super) population: &'a dyn Population,
    pub(super) context: &'a Context,
    pub(super) covered: &'a Covered,
    /// What earlier findings explain.
    pub(super) explained: &'a [Region],
}

impl Assembly<'_> {
    /// The finding of a rule, and the requests that it explains.
    pub(super) fn of_rule(
        &self,
        rule: &Rule,
        runners_up: &[Rule],
        options: &Options,
    ) -> Result<(Finding, Region), PopulationError> {
        let (context, covered) = (self.context, self.covered);
        let mut remarks = Vec::new();
        let mut rule = rule.clone();
        if let Some(timeless) = mostly_failing_without_time(context, covered, &rule) {
            remarks.push(window_remark(context, &convert::region(context, &rule)));
            rule = timeless;
        }
        let mut rivals = rivals::rivals(context, covered, &rule, runners_up);
        let in_time = rule.clauses.iter().any(|clause| context.in_time(clause.feature));
        if let Some(plainer) = plainest(context, &rule, &rivals).filter(|_| !in_time) {
            rule = plainer;
            rivals = rivals::rivals(context, covered, &rule, runners_up);
        }
        let (mut finding, mut gathered) = self.counted(&rule, &rivals)?;
        let captured = self.population.captured();
        let known = captured.map(|c| c.observed(&gathered.failed_rows)).unwrap_or_default();
        if let Some(preference) = preferred(&finding, &options.catalogue, &known) {
            remarks.push(Remark::KnownMechanism {
                others: same_requests(&rivals).count() as u64,
                id: preference.id.clone(),
                title: preference.title.clone(),
            });
            if preference.index > 0 {
                let chosen = same_requests(&rivals).nth(preference.index - 1).expect("a candidate offered");
                rule = rivals[chosen].0.clone();
                rivals = rivals::rivals(context, covered, &rule, runners_up);
                (finding, gathered) = self.counted(&rule, &rivals)?;
            }
        }
        remarks.extend(limited(&mut finding, &known));
        let (significance, standing) = significance::judge(context, covered, &rule, options);
        remarks.insert(0, stands_on(standing, finding.inside.units_failed, &significance));
        if covered.inflation > serial::BURSTS {
            remarks.push(Remark::OthersInBursts);
        }
        if covered.beyond == Beyond::MayBeStanding {
            remarks.push(Remark::MayBeStanding);
        }
        if covered.beyond == Beyond::AsBefore {
            remarks.push(Remark::AsBefore);
        }
        finding.refuted = rivals::refuted(context, covered, &rule);
        finding.significance = Some(significance);
        finding.standing = standing;
        finding.remarks = remarks;
        finding.known = options.catalogue.known(&finding, &known);
        finding.compatible = options.catalogue.compatible(&finding, &known);
        finding.experiment = experiment::propose(&finding.clauses, &finding.rivals);
        finding.why_now = captured.map(|c| c.why_now(&finding, &gathered.failed_rows)).unwrap_or_default();
        Ok((finding, self.explained(gathered.region)))
    }

    /// The finding of a mechanism, and the requests that it predicts to fail.
    pub(super) fn of_mechanism(
        &self,
        fit: &Fit,
        looks_like: Option<&Rule>,
        options: &Options,
    ) -> Result<(Finding, Region), PopulationError> {
        let predicted = replay::predicted(self.context, fit, &self.covered.services);
        let rows: Vec<u32> = predicted.into_iter().map(|row| self.context.rows[row as usize]).collect();
        let rows = Arc::new(rows);
        let gathered = self.gather(Region { rows: Some(Arc::clone(&rows)), ..Region::default() })?;
        let kind = if fit.mechanism.is_overload() { Kind::Overload } else { Kind::Telltale };
        let mut finding = self.finding(kind, &gathered, self.covered.score);
        // An old translation is why flows keep an old decision: what it goes to is told where it was seen.
        let captured = self.population.captured();
        finding.why_now = captured.map(|c| c.why_now(&finding, &gathered.failed_rows)).unwrap_or_default();
        finding.standing = Standing::Established;
        finding.remarks = vec![Remark::SeenAtWork { episodes: fit.episodes as u64 }];
        if let Some(rule) = looks_like {
            let clauses = convert::region(self.context, rule).clauses;
            // Known faults are known by what they look like.
            let known = captured.map(|c| c.observed(&gathered.failed_rows)).unwrap_or_default();
            let mut as_rule = Finding { clauses: clauses.clone(), ..finding.clone() };
            as_rule.known = options.catalogue.known(&as_rule, &known);
            finding.compatible = options.catalogue.compatible(&as_rule, &known);
            finding.known = as_rule.known;
            finding.rivals.push(Rival {
                clauses,
                score_difference: rule.score() - self.covered.score,
                same_requests: false,
            });
        }
        let (mechanism, twins, episodes) = (fit.mechanism.clone(), fit.twins.clone(), fit.episodes);
        finding.at_work = Some(AtWork { mechanism, twins, episodes, rows });
        Ok((finding, self.explained(gathered.region)))
    }

    /// The finding of a service that answers nothing.
    pub(super) fn of_service(&self) -> Result<(Finding, Region), PopulationError> {
        let clauses = self.servers().into_iter().collect();
        let mut region = self.explained(Region { clauses, ..Region::default() });
        let all = counts::gather(
            self.population,
            region.clone(),
            (&[], self.explained),
            &self.covered.outcomes,
            self.context.reach(),
        )?;
        let among = self.among();
        let mut finding = self.finding(Kind::Service, &all, 0.0);
        finding.clauses = region.clauses.split_off(among.len());
        // Mere silence may also be that of replies which take another way, or that a filter has left out.
        finding.standing = if finding.class.is_some() { Standing::Seen } else { Standing::Likely };
        finding.remarks = vec![Remark::NothingToCompare];
        let told = Region { clauses: finding.clauses.clone(), ..Region::default() };
        finding.before = self.before(&told, &finding.failed)?;
        if finding.before.is_some_and(|before| before.requests > 0 && before.failed == before.requests) {
            finding.remarks.push(Remark::AsBefore);
        }
        Ok((finding, all.region))
    }

    /// The servers of the service, where they are few.
    fn servers(&self) -> Option<Clause> {
        let table = &self.context.table;
        let tells =
            |column: &&Column| column.subject.role() == Role::Server && column.at == Viewpoint::Client;
        let known = |column: &&Column| match &column.values {
            Values::Codes { codes, .. } => {
                self.covered.rows.iter().all(|&row| codes[row as usize] != MISSING)
            }
            Values::Numbers(_) => false,
        };
        let column = table.columns.iter().filter(tells).find(known)?;
        let Values::Codes { codes, labels } = &column.values else { return None };
        let mut asked: Vec<u32> = self.covered.rows.iter().map(|&row| codes[row as usize]).collect();
        asked.sort_unstable();
        asked.dedup();
        let asked: Option<Vec<Value>> =
            asked.into_iter().map(|code| Some(Value::Text(labels.get(code as usize)?.clone()))).collect();
        let services = &self.covered.services;
        let of_service =
            |row: &u32| services.is_empty() || services.contains(&self.context.services.at(*row));
        let all = u32::try_from(table.rows()).unwrap_or(u32::MAX);
        let everything = (0..all).filter(of_service).count() == self.covered.rows.len();
        let asked = asked.filter(|asked| asked.len() <= SERVERS_MAX || !everything)?;
        Some(Clause {
            subject: column.subject.clone(),
            at: column.at,
            condition: Condition::In(asked),
            bracket_low: None,
            bracket_high: None,
        })
    }

    /// The finding of rising loss, and the requests that it explains.
    pub(super) fn of_ramp(&self, ramp: &Ramp) -> Result<(Finding, Region), PopulationError> {
        let region = Region { from: Some(ramp.from), ..Region::default() };
        let gathered = self.gather(region)?;
        let mut finding = self.finding(Kind::Degradation, &gathered, self.covered.score);
        finding.from = Some(ramp.from);
        finding.significance = Some(Significance {
            p_value: (-self.covered.score).exp().clamp(1e-12, 1.0),
            permuted: None,
            permutations: 0,
        });
        finding.standing = Standing::Established;
        finding.remarks = vec![Remark::RateRises { from: ramp.before, to: ramp.end }];
        Ok((finding, gathered.region))
    }

    /// Which requests are compared.
    fn among(&self) -> Vec<Clause> {
        let services = &self.covered.services;
        if services.is_empty() { None } else { self.context.services.clauses(services) }.unwrap_or_default()
    }

    fn gather(&self, region: Region) -> Result<Gathered, PopulationError> {
        let (reach, among) = (self.context.reach(), self.among());
        counts::gather(self.population, region, (&among, self.explained), &self.covered.outcomes, reach)
    }

    /// What is explained: also which requests were compared.
    fn explained(&self, mut region: Region) -> Region {
        region.clauses.splice(0..0, self.among());
        region
    }

    /// The finding of a rule with its exact counts.
    fn counted(&self, rule: &Rule, rivals: &[(Rule, Rival)]) -> Result<(Finding, Gathered), PopulationError> {
        let (context, covered) = (self.context, self.covered);
        let mut gathered = self.gather(convert::region(context, rule))?;
        let most = explained(&gathered.split.inside, &covered.outcomes);
        if most != covered.outcomes {
            let (reach, among) = (context.reach(), self.among());
            gathered =
                counts::gather(self.population, gathered.region, (&among, self.explained), &most, reach)?;
        }
        let region = &gathered.region;
        let kind = kind_of(region);
        let windowed = kind == Kind::Outage && region.period.is_none();
        let mut finding = self.finding(kind, &gathered, rule.ratio / covered.inflation - rule.price);
        finding.before = self.before(region, &finding.failed)?;
        finding.from = region.from.filter(|_| windowed);
        finding.to = region.to.filter(|_| windowed);
        finding.period = region.period;
        // The brackets of rivals come from the rows searched: they are hints for the next experiment.
        let searched = crate::Source::sample(&context.table, &covered.searched);
        let searched = Memory::new(&searched);
        for (rule, rival) in rivals {
            let its = convert::region(context, rule);
            let its = counts::gather(&searched, its, (&[], &[]), &covered.outcomes, context.reach())?;
            finding.rivals.push(Rival { clauses: its.region.clauses, ..rival.clone() });
        }
        Ok((finding, gathered))
    }

    /// What became of such requests when all was well.
    fn before(&self, region: &Region, failed: &[Outcome]) -> Result<Option<Baseline>, PopulationError> {
        let Some(baseline) = self.population.baseline() else { return Ok(None) };
        let inside = Region { clauses: region.clauses.clone(), ..Region::default() };
        let then =
            baseline.tally(&Filter { inside, outside: Vec::new(), among: self.among() }, failed)?.inside;
        Ok(Some(Baseline { requests: then.requests, failed: then.failed }))
    }

    fn finding(&self, kind: Kind, gathered: &Gathered, score: f64) -> Finding {
        let failed = explained(&gathered.split.inside, &self.covered.outcomes);
        let filter =
            Filter { inside: gathered.region.clone(), outside: self.explained.to_vec(), among: self.among() };
        Finding {
            affected: Rows::of(self.context).affected(&filter, &failed),
            kind,
            from: None,
            to: None,
            period: None,
            clauses: gathered.region.clauses.clone(),
            among: self.among(),
            failed,
            step: self.population.captured().map(|c| c.step(&gathered.failed_rows)),
            why_now: Vec::new(),
            inside: gathered.split.inside.clone(),
            outside: gathered.split.outside.clone(),
            score,
            significance: None,
            standing: Standing::Likely,
            remarks: Vec::new(),
            known: Vec::new(),
            compatible: Vec::new(),
            rivals: Vec::new(),
            refuted: Vec::new(),
            experiment: None,
            at_work: None,
            before: None,
            class: signs::class_of(self.population, &gathered.failed_rows),
        }
    }
}

/// The rival with the same requests that is named more plainly than the rule, if there is one that says nearly as much.
fn plainest(context: &Context, rule: &Rule, rivals: &[(Rule, Rival)]) -> Option<Rule> {
    let own = naming::oddness(context, rule);
    let twins =
        rivals.iter().filter(|(_, rival)| rival.same_requests && rival.score_difference >= -PLAIN_NATS);
    let odd = twins.map(|(twin, _)| (naming::oddness(context, twin), twin));
    odd.min_by_key(|(oddness, _)| *oddness)
        .filter(|(oddness, _)| *oddness < own)
        .map(|(_, twin)| twin.clone())
}

/// Where enough of the failures are refusals that say "too often", the finding is an overload.
fn limited(finding: &mut Finding, known: &Observed) -> Option<Remark> {
    let refusal = known.refusals.iter().map(|r| r.kind()).find(|kind| kind.too_often)?;
    // A server may drop what is too much and say so now and then; an error answers each request that it is about.
    let (said_as, share) = match refusal.error {
        true if known.refusals.len() > 1 => return None,
        true => (Outcome::Error, 2),
        false => (Outcome::Refused, REFUSED_SHARE),
    };
    if finding.inside.outcomes.of(said_as) * share < finding.inside.failed
        || finding.kind == Kind::Degradation
    {
        return None;
    }
    finding.kind = Kind::Overload;
    (finding.from, finding.to, finding.period) = (None, None, None);
    Some(Remark::SaysTooOften { refusal })
}

/// Why the finding stands as it does.
fn stands_on(standing: Standing, failed: u64, significance: &Significance) -> Remark {
    let unit = significance.permuted.clone().unwrap_or_default();
    match (standing, failed) {
        (Standing::Established | Standing::Seen, _) => {
            Remark::BeyondChance { permuted: unit, permutations: significance.permutations }
        }
        (Standing::Likely, 1) => Remark::OneUnit { unit },
        (Standing::Likely, _) => Remark::FewUnits { failed, unit },
    }
}

/// Indexes of the rivals that select the same requests.
fn same_requests(rivals: &[(Rule, Rival)]) -> impl Iterator<Item = usize> {
    rivals.iter().enumerate().filter(|(_, (_, r))| r.same_requests).map(|(i, _)| i)
}

/// The telltale that a known mechanism would make, among the finding and its rivals with the same requests.
fn preferred(finding: &Finding, catalogue: &Catalogue, context: &Observed) -> Option<Preference> {
    let mut candidates: Vec<&[Clause]> = vec![&finding.clauses];
    candidates.extend(finding.rivals.iter().filter(|r| r.same_requests).map(|r| r.clauses.as_slice()));
    if candidates.len() == 1 { None } else { catalogue.prefer(finding, &candidates, context) }
}

/// A rule with a window in time whose other clauses fail mostly anyway: the clauses are the cause, and
/// the window says when it started or ended. Returns the rule without time.
fn mostly_failing_without_time(context: &Context, covered: &Covered, rule: &Rule) -> Option<Rule> {
    if !rule.clauses.iter().any(|c| context.in_time(c.feature)) {
        return None;
    }
    let timeless: Vec<_> = rule.clauses.iter().filter(|c| !context.in_time(c.feature)).cloned().collect();
    if timeless.is_empty() {
        return None;
    }
    let failed: Vec<bool> = context.table.outcomes.iter().map(|o| covered.outcomes.contains(o)).collect();
    let usable = |_: usize| true;
    let search = crate::search::Search::new(
        &context.features,
        &failed,
        &covered.searched,
        &usable,
        crate::search::Limits::default(),
    );
    let evaluated = search.evaluated(timeless);
    let mut timeless = Weighed::default();
    let select = |row: &&u32| crate::search::holds(&context.features, &evaluated.clauses, **row);
    covered.rows.iter().filter(select).for_each(|&row| timeless.add(context, row, &failed));
    (2.0 * timeless.failed > timeless.requests
        && 2.0 * evaluated.ratio > search.evaluated(rule.clauses.clone()).ratio)
        .then_some(evaluated)
}

fn window_remark(context: &Context, region: &Region) -> Remark {
    let times = &context.table.times;
    let (start, end) = (times.first().copied().unwrap_or(0.0), times.last().copied());
    match (region.from, region.to.filter(|t| Some(*t) != end)) {
        (_, Some(to)) => Remark::FailedUntil { after: to - start },
        (Some(from), None) => Remark::FailedSince { after: from - start },
        (None, None) => Remark::FailedAtTimes,
    }
}

fn kind_of(region: &Region) -> Kind {
    if region.in_time() {
        Kind::Outage
    } else if region.clauses.iter().any(follows_load) {
        Kind::Overload
    } else {
        Kind::Telltale
    }
}

/// The outcomes that a finding explains: those of its notion of failure that occur inside, and not by the way.
fn explained(inside: &Counts, outcomes: &[Outcome]) -> Vec<Outcome> {
    let share = |outcome: Outcome| {
        let one_in = if outcome == Outcome::Late { LATE_SHARE } else { EXPLAINED_SHARE };
        inside.outcomes.of(outcome) * one_in
    };
    let most: Vec<Outcome> = outcomes.iter().copied().filter(|o| share(*o) >= inside.failed).collect();
    let some = |o: &Outcome| inside.outcomes.of(*o) > 0;
    if most.iter().any(some) {
        most.into_iter().filter(some).collect()
    } else {
        outcomes.iter().copied().filter(some).collect()
    }
}
