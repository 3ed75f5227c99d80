//! Forecasts of a small site: two clusters behind masquerades, half a day (`forecast_files/small.toml`).

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use unanswered_forecast::{Case, Forecast, Showing};
use unanswered_lab::diagnosis::{diagnose, exchanges};
use unanswered_lab::record::{Wanted, run};
use unanswered_lab::shrink::{ShrinkError, ShrinkOptions, Shrunk, shrink};
use unanswered_lab::sweep::{SweepError, SweepOptions, SweepProgress, SweepStage, sweep};
use unanswered_report::forecast::{render_html, render_text, to_json};
use unanswered_scenario::model::Scenario;
use unanswered_scenario::{DiagnosisNames, Document, parse};
use unanswered_wire::Span;

const SMALL: &str = include_str!("forecast_files/small.toml");
const LOW_PORT: &str = "ntpd-lowport-lt123";

fn small() -> Scenario {
    parse(SMALL, "small.toml", DiagnosisNames::default()).expect("the scenario is sound")
}

fn options(seeds: u64) -> SweepOptions {
    SweepOptions {
        seeds,
        threads: 2,
        explained: 3,
        reboot_window: Span::from_seconds(3 * 3600),
        ..SweepOptions::default()
    }
}

fn swept(options: &SweepOptions) -> Forecast {
    sweep(&small(), options, None, &mut |_| {}, &AtomicBool::new(false)).expect("nobody stops it")
}

/// One sweep for all tests that only look at it.
fn forecast() -> &'static Forecast {
    static SWEPT: OnceLock<Forecast> = OnceLock::new();
    SWEPT.get_or_init(|| swept(&options(60)))
}

fn showing<'f>(forecast: &'f Forecast, case: &'f Case) -> &'f Showing {
    let index = forecast.faults.iter().position(|fault| fault.id == LOW_PORT).expect("it shows somewhere");
    &case.showings[index]
}

fn case(variant: Option<&str>) -> &'static Case {
    forecast().cases.iter().find(|case| case.name.as_deref() == variant).expect("a variant of the file")
}

#[test]
fn about_one_roll_in_four_is_low_as_the_arithmetic_says() {
    let rolls = case(None).rolls.unwrap();
    // Two clusters, three clients each, before and after the reboot: each rolls at least once.
    assert!(rolls.low.all >= 60 * 2 * 3 * 2, "{rolls:?}");
    let expected = 122.0 / 510.0;
    let deviation = (expected * (1.0 - expected) / rolls.low.all as f64).sqrt();
    // 4.42 standard errors: fails by chance once in 100 000 changes of the random numbers.
    assert!((rolls.low.value() - expected).abs() < 4.42 * deviation, "{rolls:?}");
}

#[test]
fn a_cluster_is_bad_as_often_as_one_of_its_three_rolls_is_low() {
    let reboot = case(None).reboots.iter().find(|effect| effect.event == "reboot").unwrap();
    let pairs = reboot.struck;
    let all = pairs.both + pairs.first + pairs.second + pairs.neither;
    assert_eq!((reboot.times, all), (60, 120));
    // A low roll shows when its client collides within the three hours; most do, so this is the
    // maximum: 1 - (388/510)^3 = 0.56, and 4.42 standard errors of 0.045 for 120 clusters.
    for bad in [pairs.both + pairs.first, pairs.both + pairs.second] {
        let share = bad as f64 / all as f64;
        assert!((0.36..0.76).contains(&share), "{pairs:?}");
    }
    // A reboot rolls again: it repairs some and breaks others.
    assert!(pairs.first > 0 && pairs.second > 0, "{pairs:?}");
}

#[test]
fn an_upgraded_server_and_random_source_ports_end_the_fault() {
    for variant in ["upgraded", "chrony"] {
        let case = case(Some(variant));
        let showing = showing(forecast(), case);
        assert_eq!((showing.shown.part, showing.shown.all, showing.failed), (0, 60, 0), "{variant}");
        assert!(case.requests > 0, "{variant}");
        assert_eq!(showing.first.quantile(0.5), None);
        let pairs = showing.against_base.unwrap();
        assert_eq!(pairs.second, self::showing(forecast(), self::case(None)).shown.part);
    }
}

#[test]
fn the_alarm_comes_and_explain_names_the_fault() {
    let showing = showing(forecast(), case(None));
    let alarm = showing.alarm.as_ref().unwrap();
    assert_eq!(alarm.happened().all, showing.shown.part);
    // The 1800 s count from the last answer: at most a poll before the first failure, or the three
    // minutes of the reboot and two polls, when the fault first strikes after it.
    let first = alarm.waits.iter().filter(|wait| wait.happened).map(|wait| wait.time).min().unwrap();
    assert!(first > Span::from_seconds(1800 - 180 - 2 * 66), "{first:?}");
    let named = showing.named.as_ref().unwrap();
    assert_eq!(named.happened().all, 3);
    assert!(named.happened().part >= 2, "{named:?}");
}

#[test]
fn the_number_of_threads_does_not_change_the_answer() {
    let with = |threads| {
        let forecast = swept(&SweepOptions { threads, ..options(8) });
        (render_text(&forecast, 100), to_json(&forecast), render_html(&forecast))
    };
    let one = with(1);
    assert_eq!(one, with(3));
    assert_eq!(one, with(16));
}

#[test]
fn the_text_says_the_answer_first_and_its_limits_last() {
    insta::assert_snapshot!(render_text(&swept(&options(12)), 110));
}

#[test]
fn a_scenario_without_a_fault_says_how_rare_one_may_be() {
    let mut scenario = small();
    scenario = *scenario.variants.remove(0).scenario;
    let forecast = sweep(&scenario, &options(6), None, &mut |_| {}, &AtomicBool::new(false)).unwrap();
    let text = render_text(&forecast, 100);
    assert!(text.starts_with("No fault of the catalogue showed itself in 6 runs of 12 h;"), "{text}");
}

#[test]
fn the_page_carries_no_scripts_and_nothing_from_outside() {
    let mut scenario = small();
    scenario.title = "<script>alert(1)</script>".to_owned();
    let forecast = sweep(&scenario, &options(6), None, &mut |_| {}, &AtomicBool::new(false)).unwrap();
    let page = render_html(&forecast);
    assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"));
    for bad in ["<script", "http://", "https://", "NaN", "url(", "<img", "javascript"] {
        assert!(!page.contains(bad), "{bad}");
    }
    assert_eq!(page.matches("<svg").count(), 2);
    for tag in ["section", "figure", "table", "svg", "dl", "ul", "div"] {
        let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
        assert_eq!(page.matches(&open).count(), page.matches(&close).count(), "{tag}");
    }
}

/// A file that is removed with the test.
struct State(PathBuf);

impl State {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("unanswered-forecast-{}-{name}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        Self(path)
    }

    fn sweep(&self, options: &SweepOptions) -> Result<Forecast, SweepError> {
        sweep(&small(), options, Some(&self.0), &mut |_| {}, &AtomicBool::new(false))
    }

    fn stopped_after(&self, stage: SweepStage, runs: usize, options: &SweepOptions) {
        let stop = AtomicBool::new(false);
        let mut progress = |at: SweepProgress| {
            if at.stage == stage && at.done >= runs {
                stop.store(true, Ordering::Relaxed);
            }
        };
        let error = sweep(&small(), options, Some(&self.0), &mut progress, &stop).expect_err("it is stopped");
        assert!(matches!(error, SweepError::Stopped { .. }), "{error}");
    }

    fn lines(&self) -> usize {
        std::fs::read_to_string(&self.0).expect("the sweep made it").lines().count()
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn an_interrupted_sweep_goes_on_and_says_the_same_byte_for_byte() {
    let uninterrupted = swept(&options(8));
    let state = State::new("resumed");
    state.stopped_after(SweepStage::Running, 12, &options(8));
    let half = state.lines();
    assert!((13..20).contains(&half), "{half}");
    state.stopped_after(SweepStage::Explaining, 1, &options(8));
    let resumed = state.sweep(&options(8)).unwrap();
    assert_eq!(render_text(&resumed, 100), render_text(&uninterrupted, 100));
    assert_eq!(to_json(&resumed), to_json(&uninterrupted));
    // One line for the header, one for each of three cases with eight seeds, and three explained.
    assert_eq!(state.lines(), 1 + 3 * 8 + 3);
    let mut told = Vec::new();
    let stop = AtomicBool::new(false);
    sweep(&small(), &options(8), Some(&state.0), &mut |at| told.push((at.done, at.total)), &stop).unwrap();
    assert_eq!(told, [(24, 24), (3, 3)]);
}

#[test]
fn more_seeds_add_to_what_is_there() {
    let state = State::new("more");
    state.sweep(&options(4)).unwrap();
    let more = state.sweep(&options(6)).unwrap();
    assert_eq!(to_json(&more), to_json(&swept(&options(6))));
    assert_eq!(state.lines(), 1 + 3 * 6 + 3);
}

#[test]
fn a_torn_last_line_is_run_again() {
    let state = State::new("torn");
    let whole = to_json(&state.sweep(&options(4)).unwrap());
    let bytes = std::fs::read(&state.0).unwrap();
    for cut in [5, 300, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&state.0, &bytes[..cut]).unwrap();
        assert_eq!(to_json(&state.sweep(&options(4)).unwrap()), whole, "cut at {cut}");
    }
    assert_eq!(state.lines(), 1 + 3 * 4 + 3);
}

#[test]
fn a_file_of_something_else_is_refused_and_left_as_it_is() {
    let state = State::new("other");
    let refused = |scenario: &Scenario, options: &SweepOptions| {
        let before = std::fs::read(&state.0).unwrap();
        let error =
            sweep(scenario, options, Some(&state.0), &mut |_| {}, &AtomicBool::new(false)).unwrap_err();
        assert_eq!(std::fs::read(&state.0).unwrap(), before);
        let cause = error.to_string().replace(&state.0.display().to_string(), "FILE");
        (cause, error.hint().expect("each has advice"))
    };
    let said = |cause: &str, hint: &str| (cause.to_owned(), hint.to_owned());
    state.sweep(&options(1)).unwrap();
    let longer =
        parse(&SMALL.replace("\"12h\"", "\"13h\""), "small.toml", DiagnosisNames::default()).unwrap();
    assert_eq!(
        refused(&longer, &options(1)),
        said(
            "FILE: belongs to another scenario (small), or to this one as it was before a change",
            "name another file, or remove this one to start over"
        )
    );
    assert_eq!(
        refused(&small(), &SweepOptions { frames_max: 5, ..options(1) }),
        said(
            "FILE: was made with other options or by another version",
            "give the same options again, or name another file"
        )
    );
    for text in ["an important letter", "an important letter\n", "{}\n"] {
        std::fs::write(&state.0, text).unwrap();
        assert_eq!(
            refused(&small(), &options(1)),
            said("FILE: line 1 is not a line of a sweep's state", "name another file")
        );
    }
}

#[test]
fn prose_may_change_between_sweeps_and_a_changed_variant_is_run_anew() {
    let state = State::new("prose");
    state.sweep(&options(2)).unwrap();
    let text = SMALL.replace("half a day", "twelve hours").replace("\"chrony\" }", "\"sntp\" }");
    let changed = parse(&text, "small.toml", DiagnosisNames::default()).unwrap();
    let explained_none = SweepOptions { explained: 0, ..options(2) };
    let mut done = Vec::new();
    let stop = AtomicBool::new(false);
    sweep(&changed, &explained_none, Some(&state.0), &mut |at| done.push(at.done), &stop).unwrap();
    assert_eq!(done.first(), Some(&4), "{done:?}");
}

#[test]
fn an_unknown_vantage_point_is_named_with_those_that_there_are() {
    let options = SweepOptions { vantages: vec!["nowhere".to_owned()], ..options(1) };
    let error = sweep(&small(), &options, None, &mut |_| {}, &AtomicBool::new(false)).unwrap_err();
    assert!(error.to_string().contains("\"nowhere\""), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("osa-vrouter")), "{:?}", error.hint());
}

/// The small site with six clusters.
fn six() -> Document {
    let names = r#"names = ["osa", "osb", "osc", "osd", "ose", "osf"]"#;
    let text = SMALL.replace(r#"names = ["osa", "osb"]"#, names);
    assert!(text.contains(names));
    Document::parse(&text, "six.toml", DiagnosisNames::default()).expect("the scenario is sound")
}

fn shrunk(seed: u64, options: &ShrinkOptions) -> Shrunk {
    shrink(&six(), seed, None, options, &mut |_| {}).expect("the fault shows")
}

#[test]
fn six_clusters_shrink_to_one_with_two_hypervisors_and_the_server() {
    for seed in 1..=3 {
        let shrunk = shrunk(seed, &ShrinkOptions::default());
        assert_eq!((shrunk.fault.as_str(), shrunk.exhausted), (LOW_PORT, false));
        let hosts: Vec<String> = shrunk.document.host_names().into_iter().collect();
        let kinds = |part: &str| hosts.iter().filter(|name| name.contains(part)).count();
        assert_eq!(
            (kinds("-cpn"), kinds("-vrouter"), kinds("ntp-a"), hosts.len()),
            (2, 1, 1, 4),
            "{hosts:?}"
        );
        assert!(shrunk.document.event_names().is_empty(), "{}", shrunk.text);
        assert!(!shrunk.text.contains("ntp-b") && !shrunk.text.contains("without"), "{}", shrunk.text);
        assert!(shrunk.failed >= 10 && shrunk.answered >= 10, "{shrunk:?}");
    }
}

#[test]
fn a_shrunk_scenario_shows_the_fault_and_can_be_captured() {
    let shrunk = shrunk(2, &ShrinkOptions::default());
    let scenario = parse(&shrunk.text, "again.toml", DiagnosisNames::default()).unwrap();
    assert_eq!(scenario.seed, 2);
    assert!(scenario.duration < Span::from_seconds(6 * 3600), "{:?}", scenario.duration);
    let record = run(&scenario, 2, &Wanted { captures: true, ..Wanted::default() });
    let captured = exchanges(&scenario, &record.captures, &[], None).unwrap();
    let diagnosis = diagnose(&captured);
    let known: Vec<&str> =
        diagnosis.findings.iter().flat_map(|finding| &finding.known).map(|known| known.id.as_str()).collect();
    assert!(known.contains(&LOW_PORT), "{known:?}");
}

#[test]
fn shrinking_the_same_twice_gives_the_same_text() {
    assert_eq!(shrunk(1, &ShrinkOptions::default()).text, shrunk(1, &ShrinkOptions::default()).text);
}

#[test]
fn shrinking_stops_at_its_number_of_runs_and_keeps_the_fault() {
    let shrunk = shrunk(1, &ShrinkOptions { runs_max: 12, ..ShrinkOptions::default() });
    assert_eq!((shrunk.runs <= 12, shrunk.exhausted), (true, true));
    assert!(shrunk.document.scenario().unwrap().duration < Span::from_seconds(6 * 3600), "{}", shrunk.text);
    assert!(shrunk.failed >= 10, "{shrunk:?}");
}

#[test]
fn a_named_fault_is_kept_and_one_that_does_not_show_is_refused() {
    let host_down = shrink(&six(), 1, Some("host-down"), &ShrinkOptions::default(), &mut |_| {}).unwrap();
    assert_eq!(host_down.document.event_names(), ["reboot"]);
    let error =
        shrink(&six(), 1, Some("overlay-mtu-blackhole"), &ShrinkOptions::default(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, ShrinkError::NotShown { .. }));
    let words = error.to_string();
    assert!(
        words.starts_with("overlay-mtu-blackhole does not show itself with seed 1, but host-down:"),
        "{words}"
    );
}
