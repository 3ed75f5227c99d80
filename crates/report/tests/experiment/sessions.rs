//! Sessions with simulated servers, each with one known fault: what is said of it is the fault, and the page and the document
//! hold for what real questions come to.

use crate::examples::{PORT, TTL, explanations, set, story};
use crate::simulated::servers::{Bucket, Fork, OpenLimit, Path, Pauses, by_port, silence};
use crate::simulated::{ask, cases, losing, usual, with_budget};
use crate::{published, schema};
use serde_json::Value;
use unanswered_probe::{
    About, Again, Comparison, ComparisonSpec, Limits, LimitsSpec, Manners, Members, MembersSpec, Rivals,
    Sets, SetsSpec, Tally, Threshold, Wait, WaitSpec, Where, WhereSpec,
};
use unanswered_report::experiment::{CameTo, Experiment, json, text};
use unanswered_report::text::width;
use unanswered_time::Span;

/// The first sentence, without how sure it is; the page and the document are checked.
fn first(came_to: CameTo, tally: Tally, budget: u32) -> String {
    let manners = Manners { budget, ..Manners::default() };
    let of = Experiment { came_to, tally, manners, control: vec![], varied: vec![], ..story() };
    let page = text(&of, 80);
    assert!(page.lines().all(|line| width(line) <= 80), "{page}");
    let document: Value = serde_json::from_str(&json(&of)).expect("JSON that reads back");
    assert_eq!(schema::problems(&published(), &document), Vec::<String>::new(), "{document:#}");
    let summary = document["summary"].as_str().unwrap_or_default();
    summary.split(": found").next().unwrap_or_default().to_owned()
}

#[test]
fn a_boundary_silence_and_a_small_budget_are_said_for_what_they_are() {
    let below = || by_port(|port| port < 123, 1.0);
    let (came, tally) = ask(usual(Threshold::over_ports(PORT)), &mut below(), losing(0.0, 1));
    assert_eq!(first(CameTo::Threshold(came, PORT), tally, 200), "Source port 122 or lower fails, 123 works");
    let (came, tally) = ask(usual(Threshold::over_ports(PORT)), &mut silence(), losing(0.0, 1));
    assert_eq!(
        first(CameTo::Threshold(came, PORT), tally, 200),
        "Cannot tell from which source port on requests fail, because not one request was answered, not even those that are known to work."
    );
    let (came, tally) = ask(with_budget(Threshold::over_ports(PORT), 5), &mut below(), losing(0.0, 1));
    assert_eq!(
        first(CameTo::Threshold(came, PORT), tally, 5),
        "Cannot tell from which source port on requests fail, because all of the 5 requests that may be sent were sent."
    );
}

#[test]
fn a_difference_and_a_set_are_said() {
    let spec = ComparisonSpec::of(vec![vec![set(PORT, 50_000)], vec![set(PORT, 123)]]);
    let mut server = by_port(|port| port == 123, 1.0);
    let (came, tally) = ask(usual(Comparison::new(spec.clone(), 4)), &mut server, losing(0.0, 2));
    let said = first(CameTo::Comparison(came, spec), tally, 200);
    assert!(
        said.starts_with(
            "Requests with source port 123 fail more often than those with source port 50000, by "
        ),
        "{said}"
    );
    let spec = SetsSpec { field: PORT, low: 1024, high: 65_535, values: vec![] };
    let mut server = by_port(|port| port % 2 == 1, 1.0);
    let (came, tally) = ask(usual(Sets::new(spec, 4)), &mut server, losing(0.0, 3));
    assert_eq!(
        first(CameTo::Sets(came, PORT), tally, 200),
        "Odd values of the source port fail, even ones work"
    );
}

#[test]
fn a_bucket_what_can_be_open_and_an_idle_time_out_are_said() {
    let asked =
        |about| Limits::new(LimitsSpec { about, largest_burst: 64, spacing: Span::from_milliseconds(5) });
    let mut bucket = Bucket::new(3.0, 10.0, false);
    let (came, tally) = ask(with_budget(asked(About::Pace), 400), &mut bucket, losing(0.0, 4));
    let said = first(CameTo::Limits(came, About::Pace), tally, 400);
    assert!(said.starts_with("A token bucket limits requests: 2."), "{said}");
    let mut limit = OpenLimit::new(20);
    let (came, tally) = ask(with_budget(asked(About::Open), 400), &mut limit, losing(0.0, 5));
    assert_eq!(
        first(CameTo::Limits(came, About::Open), tally, 400),
        "At most 20 requests can be open at once"
    );
    let spec = WaitSpec {
        again: Again::NextRequest,
        shortest: Span::from_seconds(1),
        longest: Span::from_seconds(300),
    };
    let (came, tally) = ask(usual(Wait::new(spec)), &mut Pauses::new(20.0, false), losing(0.0, 6));
    // Pauses grow by a tenth from 1 s on: 20 s lies between the 31st and the 32nd power of 1.1.
    assert_eq!(
        first(CameTo::Wait(came, Again::NextRequest), tally, 200),
        "The next request of a flow passes after a pause of 19.2 s and fails after 21.1 s"
    );
}

#[test]
fn places_on_the_path_and_dead_ways_are_said() {
    let asked = || Where::new(WhereSpec { ttl: TTL, settings: vec![], most_hops: 30 });
    let path = |lossy, drop| Path { silent: vec![false; 4], lossy, drop };
    let (came, tally) = ask(usual(asked()), &mut path(3, 1.0), losing(0.0, 7));
    let said = first(CameTo::Where(came), tally, 200);
    assert!(
        said.ends_with(" of the requests are lost behind hop 2 (10.0.1.0), and nothing behind it answers"),
        "{said}"
    );
    let (came, tally) = ask(usual(asked()), &mut path(5, 0.5), losing(0.0, 8));
    let said = first(CameTo::Where(came), tally, 200);
    assert!(
        said.ends_with(" of the requests are lost between hop 4 (10.0.3.0) and the target (hop 5)"),
        "{said}"
    );
    let spec = MembersSpec { ttl: TTL, at: 4, flow: PORT, low: 33_000, high: 60_000 };
    let mut fork = Fork { members: 4, dead: 1, seed: 5 };
    let (came, tally) = ask(usual(Members::new(spec, 3)), &mut fork, losing(0.0, 9));
    assert_eq!(first(CameTo::Members(came), tally, 200), "4 ways lie behind the hop, and 1 of them is dead");
}

#[test]
fn that_no_explanation_holds_any_more_is_said() {
    let (rivals, settable) = cases::rivals();
    let mut server = by_port(|_| false, 1.0);
    let (conclusion, tally) = ask(usual(Rivals::new(rivals, &settable)), &mut server, losing(0.0, 10));
    let came_to = CameTo::Rivals { conclusion, words: explanations() };
    assert_eq!(first(came_to, tally, 200), "No request fails now, and none of the explanations holds");
}
