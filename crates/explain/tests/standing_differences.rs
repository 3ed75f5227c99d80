//! Tables of names in which something fails everywhere now and then, and devices and networks differ at all times.

use unanswered_explain::{
    Baseline, Condition, Diagnosis, Options, Recounted, Remark, Value, Verdict, explain, explain_against,
};
use unanswered_registry::Subject;
use unanswered_table::{Column, Outcome, Table, Unit, Values, Viewpoint};

/// Numbers that look drawn and are always the same (Knuth's linear congruential generator, MMIX).
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Requests with a device, a network and a site. Device 0 hardly ever fails, device 1 twice as often as others, network 0 rarely;
/// `cause` says how many times as often a request fails.
fn table(seed: u64, cause: fn(device: u64, network: u64, site: u64) -> u64) -> Table {
    let mut draw = Draw(seed);
    let mut rows = Vec::new();
    for _ in 0..30_000 {
        let (device, network, site) = (draw.below(6), draw.below(8), draw.below(10));
        let of_device = [1, 40, 20, 18, 22, 20][usize::try_from(device).expect("small")];
        let of_network = if network == 0 { 3 } else { 10 };
        let per_100_000 = (of_device * of_network * 5 * cause(device, network, site)).min(95_000);
        rows.push(([device, network, site], draw.below(100_000) < per_100_000));
    }
    let column = |index: usize, name: &str, values: u32| Column {
        subject: Subject::Column(name.to_owned()),
        at: Viewpoint::Client,
        values: Values::Codes {
            codes: rows.iter().map(|(row, _)| u32::try_from(row[index]).expect("small")).collect(),
            labels: (0..values).map(|value| format!("{name} {value}")).collect(),
        },
    };
    Table {
        columns: vec![column(0, "device", 6), column(1, "network", 8), column(2, "site", 10)],
        outcomes: rows
            .iter()
            .map(|(_, failed)| if *failed { Outcome::Unanswered } else { Outcome::Answered })
            .collect(),
        unit: Unit::Row,
        ..Table::default()
    }
}

/// The first finding's clauses, in words.
fn first(table: &Table) -> Vec<String> {
    first_of(&explain(table, &Options::default()))
}

fn first_of(diagnosis: &Diagnosis) -> Vec<String> {
    let clauses = diagnosis.findings.first().map(|finding| finding.clauses.clone()).unwrap_or_default();
    let mut words: Vec<String> = clauses
        .iter()
        .map(|clause| match &clause.condition {
            Condition::In(values) => values
                .iter()
                .map(|value| match value {
                    Value::Text(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                })
                .collect::<Vec<_>>()
                .join("|"),
            other @ (Condition::NotIn(_) | Condition::Range { .. } | Condition::Modulus { .. }) => {
                format!("{other:?}")
            }
        })
        .collect();
    words.sort();
    words
}

#[test]
fn what_multiplies_failures_is_named_without_the_devices_that_hardly_fail_anywhere() {
    for seed in 1..=5 {
        let site = table(seed, |_, _, site| if site == 3 { 6 } else { 1 });
        assert_eq!(first(&site), ["site 3"], "seed {seed}");
        let both = table(seed, |_, network, site| if site == 3 && network == 4 { 15 } else { 1 });
        assert_eq!(first(&both), ["network 4", "site 3"], "seed {seed}");
    }
}

/// What suffers most from a cause is not the cause; where it bounds what fails, it is part of it.
#[test]
fn a_cause_that_strikes_unevenly_is_named_without_what_suffers_most() {
    for seed in 1..=5 {
        let uneven = table(seed, |_, network, site| match (site, network) {
            (3, 4..) => 20,
            (3, _) => 7,
            _ => 1,
        });
        assert_eq!(first(&uneven), ["site 3"], "seed {seed}");
        let by_device = table(seed, |device, _, site| match (site, device) {
            (3, 2) => 20,
            (3, 3 | 4) => 8,
            _ => 1,
        });
        let words = first(&by_device);
        assert!(words.contains(&"site 3".to_owned()), "seed {seed}: {words:?}");
        let normal = table(seed + 50, |_, _, _| 1);
        let beside = explain_against(&uneven, &normal, &Options::default());
        assert_eq!(first_of(&beside), ["site 3"], "seed {seed}");
    }
}

/// A cause in half of all requests must not pass for what is usual.
#[test]
fn a_cause_in_half_of_the_requests_is_named_alone() {
    for seed in 1..=5 {
        let half = table(seed, |_, network, site| match (network, site) {
            (4.., 9) => 12,
            (4.., _) => 20,
            _ => 1,
        });
        let words = first(&half);
        assert!(
            !words.is_empty() && words.iter().all(|word| word.contains("network")),
            "seed {seed}: {words:?}"
        );
    }
}

/// What is usual is an estimate from few failures: chance differences between names are no cause.
#[test]
fn chance_among_names_is_no_cause() {
    for seed in 1..=20 {
        let mut table = table(seed, |_, _, _| 1);
        let mut draw = Draw(seed + 1000);
        for outcome in &mut table.outcomes {
            *outcome = if draw.below(1000) < 2 { Outcome::Unanswered } else { Outcome::Answered };
        }
        assert_eq!(first(&table), Vec::<String>::new(), "seed {seed}");
    }
}

#[test]
fn standing_differences_alone_are_no_list_of_exclusions() {
    for seed in 1..=5 {
        let words = first(&table(seed, |_, _, _| 1));
        // A device that fails twice as often as its siblings may be named as what it is.
        assert!(words.iter().all(|one| one == "device 1"), "seed {seed}: {words:?}");
    }
}

/// The rows of one table after those of another, a second apart.
fn one_after_the_other(before: &Table, now: &Table) -> Table {
    let columns = before.columns.iter().zip(&now.columns).map(|(then, now)| Column {
        values: then.values.joined(Some(&now.values), now.values.len()),
        ..then.clone()
    });
    let outcomes = [before.outcomes.as_slice(), &now.outcomes].concat();
    let times = (0..outcomes.len()).map(|row| f64::from(u32::try_from(row).expect("small")) / 20.0).collect();
    Table { columns: columns.collect(), outcomes, times, unit: Unit::Row, ..Table::default() }
}

/// What was so before is no cause of what is new, however much it tells.
#[test]
fn beside_a_time_when_all_was_well_only_what_is_new_is_a_cause() {
    for seed in 1..=5 {
        let normal = table(seed, |_, _, _| 1);
        let trouble = table(seed + 100, |device, _, site| if device == 2 && site == 3 { 15 } else { 1 });
        let diagnosis = explain_against(&trouble, &normal, &Options::default());
        assert_eq!(first_of(&diagnosis), ["device 2", "site 3"], "seed {seed}");
        let failed = normal.outcomes.iter().filter(|outcome| outcome.failed()).count() as u64;
        assert_eq!(diagnosis.baseline, Some(Baseline { requests: 30_000, failed }), "seed {seed}");
        let before =
            diagnosis.findings.first().and_then(|finding| finding.before).expect("there is a baseline");
        assert!((300..700).contains(&before.requests), "seed {seed}: {before:?}");
    }
}

#[test]
fn what_fails_as_often_as_it_did_is_no_finding() {
    for seed in 1..=5 {
        let diagnosis =
            explain_against(&table(seed + 100, |_, _, _| 1), &table(seed, |_, _, _| 1), &Options::default());
        assert_eq!((diagnosis.verdict, diagnosis.findings.len()), (Verdict::RandomLoss, 0), "seed {seed}");
    }
}

/// The second half of a table is compared with the first, which is the same as two tables.
#[test]
fn a_part_of_a_table_is_a_baseline_too() {
    let normal = table(1, |_, _, _| 1);
    let both = one_after_the_other(&normal, &table(101, |_, _, site| if site == 3 { 6 } else { 1 }));
    let before: Vec<bool> = (0..both.rows()).map(|row| row < normal.rows()).collect();
    let after: Vec<bool> = before.iter().map(|before| !before).collect();
    let now = Recounted::part(&both, &after);
    let diagnosis = explain_against(&now, &Recounted::part(&both, &before), &Options::default());
    assert_eq!((first_of(&diagnosis), diagnosis.judged), (vec!["site 3".to_owned()], 30_000));
}

/// Nobody says when it began: the table shows it.
#[test]
fn what_began_is_named_before_what_was_always_so() {
    for seed in 1..=5 {
        let normal = table(seed, |_, _, _| 1);
        let trouble = table(seed + 100, |device, _, site| if device == 2 && site == 3 { 15 } else { 1 });
        let diagnosis = explain(&one_after_the_other(&normal, &trouble), &Options::default());
        assert_eq!(first_of(&diagnosis), ["device 2", "site 3"], "seed {seed}");
        let from = diagnosis.findings.first().and_then(|finding| finding.from).expect("it began");
        assert!((1450.0..1600.0).contains(&from), "seed {seed}: began at 1500, not at {from}");
    }
}

/// Without a time to compare with, the device that fails twice as often is what it is.
#[test]
fn what_may_be_so_at_all_times_is_said_with_that_remark() {
    let diagnosis = explain(&table(2, |_, _, _| 1), &Options::default());
    for finding in &diagnosis.findings {
        assert!(finding.remarks.contains(&Remark::MayBeStanding), "{:?}", finding.clauses);
    }
    assert_eq!(first_of(&diagnosis), ["device 1"]);
}

/// All fail for a while and nothing before: every name of that time fails more often than it did, and none is the cause.
#[test]
fn an_outage_is_not_one_of_its_clients() {
    for failing in [600.0..660.0, 1500.0..1700.0, 0.0..60.0] {
        let mut table = one_after_the_other(&table(1, |_, _, _| 0), &table(2, |_, _, _| 0));
        for (outcome, time) in table.outcomes.iter_mut().zip(&table.times) {
            if failing.contains(&time.floor()) {
                *outcome = Outcome::Unanswered;
            }
        }
        let diagnosis = explain(&table, &Options::default());
        assert_eq!(diagnosis.verdict, Verdict::Outage, "{failing:?}");
        assert_eq!(first_of(&diagnosis), Vec::<String>::new(), "{failing:?}");
        assert_eq!(diagnosis.findings.len(), 1, "{failing:?}");
    }
}

/// Chance makes stretches of time in which more fail, and names that fail more in them.
#[test]
fn what_chance_makes_of_a_stretch_of_time_did_not_begin() {
    for seed in 1..=12 {
        let table = one_after_the_other(&table(seed, |_, _, _| 1), &table(seed + 50, |_, _, _| 1));
        let words = first(&table);
        assert!(words.iter().all(|one| one == "device 1"), "seed {seed}: {words:?}");
        let diagnosis = explain(&table, &Options::default());
        assert!(diagnosis.findings.iter().all(|finding| finding.from.is_none()), "seed {seed}");
    }
}
