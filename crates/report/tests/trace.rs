//! Requests followed over recorded captures: the page for a terminal, and what users can ask for.

#[path = "common/followed.rs"]
mod followed;

use followed::{Captured, nested, single, story};
use unanswered_report::terminal::Options;
use unanswered_report::text::width;
use unanswered_report::trace::{Filter, Gap, Selection, Trace, TraceError, check_path, terminal};

fn page(trace: &Trace, columns: usize) -> String {
    terminal::render(trace, Options { columns, ..Options::default() })
}

fn filters(texts: &[&str]) -> Selection {
    let filters = texts.iter().map(|text| Filter::parse(text).expect("a sound filter")).collect();
    Selection { filters, ..Selection::default() }
}

/// Numbers of the requests that the filters select.
fn selected(captured: &Captured, texts: &[&str]) -> Vec<u64> {
    let selection = Selection { list: true, ..filters(texts) };
    let list = captured.trace(&selection).expect("a sound selection").list.expect("a list");
    list.iter().map(|row| row.number).collect()
}

#[test]
fn recorded_captures_have_their_page() {
    for (name, captured) in
        [("story_osa", story()), ("n3", nested("n3")), ("n6", nested("n6")), ("single_place", single())]
    {
        let trace = captured.trace(&Selection::default()).expect("no selection");
        insta::assert_snapshot!(name, page(&trace, 80));
    }
}

#[test]
fn no_line_is_wider_than_the_terminal_whatever_its_width() {
    for captured in [story(), nested("n3"), nested("n5"), followed::hostile()] {
        let trace = captured.trace(&Selection::default()).expect("no selection");
        for (columns, verbose) in [(40, false), (57, true), (80, true), (100, false)] {
            let page =
                terminal::render(&trace, Options { columns, verbose, color: false, ..Options::default() });
            for line in page.lines() {
                assert!(width(line) <= columns, "{line:?} is wider than {columns}");
                assert_eq!(line, line.trim_end());
                assert!(!line.chars().any(|c| c.is_control() || c == '\u{202e}'), "{line:?}");
            }
        }
    }
}

#[test]
fn two_ladders_stand_side_by_side_only_where_there_is_room() {
    let trace = nested("n3").trace(&Selection::default()).expect("no selection");
    let [a, b] = &trace.ladders[..] else { panic!("{} ladders", trace.ladders.len()) };
    let together = |columns| {
        let heads = [format!("#{} ", a.number), format!("#{} ", b.number)];
        page(&trace, columns).lines().any(|line| heads.iter().all(|head| line.contains(head.as_str())))
    };
    assert!(together(80));
    assert!(!together(60));
}

#[test]
fn the_answered_request_beside_a_failed_one_is_of_the_same_client_and_server() {
    let trace = nested("n3").trace(&Selection::default()).expect("no selection");
    let [answered, failed] = &trace.ladders[..] else { panic!("{} ladders", trace.ladders.len()) };
    let host = |end: &str| end.rsplit_once(':').map_or("", |e| e.0).to_owned();
    assert_eq!((answered.outcome.failed(), failed.outcome.failed()), (false, true));
    assert_eq!(host(&answered.client), host(&failed.client));
    assert_eq!((answered.protocol, &answered.server), (failed.protocol, &failed.server));
    let stopped = failed.rungs.iter().find(|rung| rung.gap.is_some()).expect("a gap");
    assert_eq!((stopped.place.as_str(), stopped.gap), ("nn-und", Some(Gap::Request)));
    assert!(answered.rungs.iter().any(|rung| rung.place == "nn-und" && rung.request.is_some()));
}

#[test]
fn what_a_layer_changes_is_said_in_its_own_words() {
    let trace = nested("n3").trace(&Selection::default()).expect("no selection");
    let answered = &trace.ladders[0];
    let changes = |place: &str| {
        answered.rungs.iter().find(|rung| rung.place == place).expect("a place").changes.clone()
    };
    assert!(changes("vm3").is_empty() && changes("hv2-tap3").is_empty());
    assert_eq!(changes("hv2-brint"), ["+VLAN 101"]);
    let [tag, tunnel] = &changes("hv2-und")[..] else { panic!("{:?}", changes("hv2-und")) };
    assert_eq!(tag, "-VLAN 101");
    assert!(tunnel.starts_with("in VXLAN 5001, 172.16.0.2 > 172.16.0.10, outer port "), "{tunnel}");
    assert_eq!(changes("qr-in"), ["out of VXLAN 5001"]);
    assert!(changes("qr-out").contains(&"TTL 64 -> 63".to_owned()));
    assert!(changes("qr-out").contains(&"source 10.20.0.13 -> 198.51.100.10".to_owned()));
}

#[test]
fn the_translation_table_shows_the_rewritten_port_and_who_held_it() {
    let trace = story().trace(&Selection::default()).expect("no selection");
    let rows: Vec<_> = trace.nat.notable().collect();
    let row = rows.iter().find(|row| row.inside == "10.1.2.2:123").expect("the mapping of the story");
    assert_eq!((row.outside.as_str(), row.kept, row.rerolled), ("10.9.9.1:11", false, 0));
    assert_eq!(row.holder.as_deref(), Some("10.1.1.2:123"));
    assert_eq!(row.server_words(), ["10.9.9.21:123", "10.9.9.22:123"]);
    assert_eq!((row.requests, row.failed), (114, 56));
    let virtual_address = nested("n6").trace(&Selection::default()).expect("no selection");
    let row = virtual_address.nat.notable().find(|row| row.destination_translated()).expect("a DNAT");
    assert_eq!(row.server_words(), ["198.51.100.153:53 -> 198.51.100.53:53"]);
}

#[test]
fn failures_and_hops_count_all_requests() {
    for captured in [story(), nested("n3"), nested("n6")] {
        let trace = captured.trace(&Selection::default()).expect("no selection");
        let failed = captured.exchanges.outcomes().iter().filter(|o| o.failed()).count() as u64;
        assert_eq!(trace.failures.iter().map(|f| f.requests).sum::<u64>(), failed);
        assert!(trace.failures.is_sorted_by_key(|f| std::cmp::Reverse(f.requests)));
        for direction in trace.hops.iter().flat_map(|hop| [hop.requests, hop.replies]) {
            assert_eq!(direction.sent, direction.arrived + direction.lost + direction.unsure);
        }
    }
}

#[test]
fn answered_requests_are_never_lost() {
    // Only one of two servers was captured: what went to the other is missing there and was answered.
    let captured = followed::story_at(&["cpn1", "vrouter-out", "ntp-a"]);
    let trace = captured.trace(&Selection::default()).expect("no selection");
    let lost: u64 = trace.hops.iter().map(|hop| hop.requests.lost).sum();
    assert_eq!(lost, 0, "{:#?}", trace.hops);
}

#[test]
fn filters_choose_requests_and_all_must_hold() {
    let captured = nested("n3");
    let all = selected(&captured, &[]);
    assert_eq!(all.len(), captured.exchanges.len());
    let failed = selected(&captured, &["outcome=failed"]);
    let outcomes = captured.exchanges.outcomes();
    assert_eq!(failed.len(), outcomes.iter().filter(|o| o.failed()).count());
    let fine = selected(&captured, &["outcome!=failed"]);
    assert_eq!(fine.len() + failed.len(), all.len());
    let lost = selected(&captured, &["lost=nn-und", "protocol=ntp"]);
    assert!(!lost.is_empty() && lost.iter().all(|number| failed.contains(number)));
    // The address that the translation chose is found as well as the client's own.
    let inside = selected(&captured, &["client=10.20.0.13", "place=qr-out"]);
    let outside = selected(&captured, &["client=198.51.100.10"]);
    assert!(!inside.is_empty() && inside.iter().all(|number| outside.contains(number)));
    assert_eq!(selected(&captured, &["port=123", "port>122", "port<124"]).len(), {
        selected(&captured, &["protocol=ntp"]).len()
    });
    let names = selected(&captured, &["name~VM3-"]);
    assert!(!names.is_empty() && names.len() < selected(&captured, &["protocol=dns"]).len());
    let early = selected(&captured, &["time<2026-11-23T08:01:10"]);
    assert_eq!(early, selected(&captured, &["time<08:01:10"]));
    assert!(!early.is_empty() && early.len() < all.len());
    assert_eq!(selected(&captured, &["step=deliver_reply"]).len(), 3);
}

#[test]
fn requests_asked_for_by_number_are_shown_and_no_others() {
    let captured = nested("n3");
    let selection = Selection { requests: vec![3, 8], ..Selection::default() };
    let trace = captured.trace(&selection).expect("numbers that are there");
    assert_eq!(trace.ladders.iter().map(|l| l.number).collect::<Vec<_>>(), [3, 8]);
    assert!(!page(&trace, 80).contains("Hops"));
    let selection = Selection { requests: vec![459], ..Selection::default() };
    let error = captured.trace(&selection).expect_err("one too many");
    assert_eq!(error, TraceError::NoSuchRequest { number: 459, requests: 458 });
}

#[test]
fn the_page_says_how_many_more_match() {
    let captured = nested("n3");
    let trace = captured.trace(&Selection { count: Some(3), ..filters(&["outcome=late"]) }).expect("filters");
    assert_eq!((trace.ladders.len(), trace.matching), (3, 12));
    assert!(page(&trace, 80).ends_with("9 more match (--count N shows more, --list all)\n"));
    let none = captured.trace(&filters(&["port=1"])).expect("a filter that matches nothing");
    assert_eq!(page(&none, 80), "No request matches.\n");
}

#[test]
fn the_list_has_one_line_for_each_request() {
    let captured = nested("n3");
    let trace = captured.trace(&Selection { list: true, ..filters(&["outcome=failed"]) }).expect("a filter");
    let page = page(&trace, 80);
    assert_eq!(page.lines().filter(|line| line.starts_with('#')).count(), 148);
    let lost = page.lines().find(|line| line.starts_with("#9 ")).expect("the ninth");
    assert!(lost.contains("unanswered; DELIVER_REQUEST, last seen at hv2-und"), "{lost}");
}

#[test]
fn places_that_are_not_there_are_refused_with_those_that_are() {
    let captured = story();
    let refused = check_path(&captured.exchanges, &["cpn1".to_owned(), "cpn9".to_owned()]);
    let refused = refused.expect_err("no such place");
    assert_eq!(refused.to_string(), "there is no place \"cpn9\"");
    assert!(refused.hint().starts_with("there are "), "{}", refused.hint());
    let error = captured.trace(&filters(&["place=cpn9"])).expect_err("no such place");
    assert!(matches!(error, TraceError::NoSuchPlace { .. }), "{error}");
    assert!(captured.trace(&filters(&["place~cpn"])).is_ok());
}

#[test]
fn a_capture_without_requests_says_so() {
    let captured = Captured::of(Vec::new());
    let trace = captured.trace(&Selection::default()).expect("no selection");
    assert_eq!(page(&trace, 80), "0 requests at 0 places\n\nNo request was found in the captures.\n");
}

#[test]
fn colour_changes_nothing_but_escape_sequences() {
    let trace = nested("n3").trace(&Selection::default()).expect("no selection");
    let colored = terminal::render(&trace, Options { color: true, ..Options::default() });
    assert!(colored.contains("\x1b[1;31m"));
    let parts = colored.split("\x1b[").enumerate();
    let plain = parts.map(|(index, part)| if index == 0 { part } else { part.split_once('m').unwrap().1 });
    let trimmed = |page: &str| page.lines().map(|l| l.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(trimmed(&plain.collect::<String>()), trimmed(&page(&trace, 80)));
}
