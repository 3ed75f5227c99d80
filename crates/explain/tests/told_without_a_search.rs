//! What is told without a search takes nothing from what has to be searched for, and makes no finding of healthy traffic.

use std::borrow::Cow;
use unanswered_explain::{
    Captured, Class, Finding, HopLoss, Kind, Observed, Options, Repeats, Source, Standing, StepFinding,
    Units, Verdict, WhyNow, explain,
};
use unanswered_registry::{PROTOCOL, Subject};
use unanswered_table::{Column, Outcome, Reason, Table, Values, Viewpoint};

fn column(subject: Subject, codes: Vec<u32>, labels: Vec<String>) -> Column {
    Column { subject, at: Viewpoint::Client, values: Values::Codes { codes, labels } }
}

/// Seven protocols: six answer nothing, the last one all but one of its clients.
fn silent_services() -> Table {
    let rows = || (0..7_u32).flat_map(|protocol| (0..60_u32).map(move |number| (protocol, number % 6)));
    let outcome = |(protocol, client)| match protocol == 6 && client != 2 {
        true => Outcome::Answered,
        false => Outcome::Unanswered,
    };
    let names = |prefix: &str, count: u32| (0..count).map(|n| format!("{prefix}{n}")).collect();
    Table {
        outcomes: rows().map(outcome).collect(),
        columns: vec![
            column(Subject::Feature(&PROTOCOL), rows().map(|row| row.0).collect(), names("protocol ", 7)),
            column(Subject::Column("client".into()), rows().map(|row| row.1).collect(), names("c", 6)),
        ],
        ..Table::default()
    }
}

#[test]
fn many_silent_services_leave_room_for_a_telltale() {
    let options = Options::default();
    let diagnosis = explain(&silent_services(), &options);
    let of = |kind: Kind| diagnosis.findings.iter().filter(|finding| finding.kind == kind).count();
    assert!(of(Kind::Service) > options.findings, "{:#?}", diagnosis.findings);
    let telltale = diagnosis.findings.iter().find(|finding| finding.kind == Kind::Telltale);
    let telltale = telltale.expect("the client that one service does not answer");
    assert_eq!(telltale.clauses[0].subject.name(), "client");
    assert_eq!((telltale.inside.failed, telltale.inside.requests), (10, 10));
}

/// Of 240 requests so many fail, evenly spread, and nothing tells which.
fn scattered(failed: u32) -> Table {
    let fails = |row: &u32| (row * 7) % 240 < failed;
    let outcome = |row: u32| if fails(&row) { Outcome::Unanswered } else { Outcome::Answered };
    Table {
        outcomes: (0..240).map(outcome).collect(),
        columns: vec![column(
            Subject::Column("client".into()),
            (0..240).map(|row| (row / 3) % 4).collect(),
            (0..4).map(|n| format!("c{n}")).collect(),
        )],
        ..Table::default()
    }
}

#[test]
fn chance_takes_some_of_what_works_and_not_most_of_it() {
    let verdict = |failed| explain(&scattered(failed), &Options::default()).verdict;
    assert_eq!(verdict(40), Verdict::RandomLoss);
    assert_eq!(verdict(230), Verdict::NotEnoughData);
}

#[test]
fn a_silent_service_is_only_likely_to_be_the_cause() {
    let diagnosis = explain(&silent_services(), &Options::default());
    let silent = diagnosis.findings.iter().filter(|finding| finding.kind == Kind::Service);
    assert!(silent.map(|finding| finding.standing).all(|standing| standing == Standing::Likely));
}

/// A table whose failed rows say that they were refused an error answer.
struct Said(Table);

impl Source for Said {
    fn rows(&self) -> usize {
        self.0.rows()
    }
    fn outcomes(&self) -> Cow<'_, [Outcome]> {
        Source::outcomes(&self.0)
    }
    fn times(&self) -> Cow<'_, [f64]> {
        Source::times(&self.0)
    }
    fn units(&self) -> Units<'_> {
        Source::units(&self.0)
    }
    fn sample(&self, rows: &[u32]) -> Table {
        self.0.sample(rows)
    }
    fn column(&self, subject: &Subject, at: Viewpoint) -> Option<Cow<'_, Column>> {
        Source::column(&self.0, subject, at)
    }
    fn captured(&self) -> Option<&dyn Captured> {
        Some(self)
    }
}

impl Captured for Said {
    fn step(&self, _: &[u32]) -> StepFinding {
        StepFinding { step: None, shown: Vec::new(), funnel: Vec::new(), followed: 0, behind: None }
    }
    fn why_now(&self, _: &Finding, _: &[u32]) -> Vec<WhyNow> {
        Vec::new()
    }
    fn repeats(&self, _: &[u32]) -> Repeats {
        Repeats::default()
    }
    fn hop_losses(&self) -> Vec<HopLoss> {
        Vec::new()
    }
    fn observed(&self, _: &[u32]) -> Observed {
        Observed::default()
    }
    fn classes(&self, failed: &[u32]) -> Vec<(Class, Vec<u32>)> {
        let class = Class {
            protocol: "dns".to_owned(),
            outcome: Outcome::Unanswered,
            reason: Reason::Acknowledged,
            by: None,
        };
        vec![(class, failed.to_vec())]
    }
}

fn said(failed: usize, of: usize) -> Verdict {
    let outcomes = (0..of).map(|row| if row < failed { Outcome::Unanswered } else { Outcome::Answered });
    let table = Table { outcomes: outcomes.collect(), ..Table::default() };
    explain(&Said(table), &Options::default()).verdict
}

#[test]
fn one_failure_among_many_is_what_healthy_traffic_has_whatever_its_packets_say() {
    assert_eq!(said(1, 200), Verdict::NothingWrong);
    assert_eq!(said(4, 20), Verdict::Findings);
}

/// Eight of 21 failures that nothing tells apart may have a cause that so few do not show.
#[test]
fn few_requests_are_no_random_loss() {
    let all = scattered(80);
    let verdict = |rows: usize| {
        let table =
            Table { columns: Vec::new(), outcomes: all.outcomes[..rows].to_vec(), ..Table::default() };
        let failed = table.outcomes.iter().filter(|outcome| outcome.failed()).count();
        (failed, explain(&table, &Options::default()).verdict)
    };
    let enough = all.outcomes.len();
    assert_eq!(verdict(enough).1, Verdict::RandomLoss);
    let few = (20..60)
        .map(verdict)
        .find(|(failed, _)| (8..20).contains(failed))
        .expect("a beginning with a few failures");
    assert_eq!(few.1, Verdict::NotEnoughData, "{few:?}");
}
