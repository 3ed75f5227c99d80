//! The HTML page: self-contained, escaped, and with the pictures that its diagnosis needs.

mod common;
#[path = "common/tables.rs"]
mod tables;

use common::Case;
use unanswered_report::html::render;
use unanswered_table::{Outcome, Table};

fn pages() -> Vec<(Case, Table)> {
    let outage = |t: f64, _| (1_795_417_000.25..=1_795_417_119.5).contains(&t).then_some(Outcome::Refused);
    let periodic = |t: f64, row: u32| {
        ((25.0..35.0).contains(&(t % 60.0)) && (row / 3).is_multiple_of(2)).then_some(Outcome::Unanswered)
    };
    let rising = |t: f64, row: u32| {
        (f64::from(row * 37 % 100) < (t - 1_795_416_800.0) / 16.0).then_some(Outcome::Unanswered)
    };
    let random =
        |_, row: u32| (row.wrapping_mul(2_654_435_761) >> 7).is_multiple_of(10).then_some(Outcome::Late);
    vec![
        (common::story(), tables::story()),
        (common::outage(), tables::in_time(290, outage)),
        (common::periodic(), tables::in_time(727, periodic)),
        (common::degradation(), tables::in_time(1128, rising)),
        (common::random_loss(), tables::in_time(559, random)),
        (common::nothing_wrong(), tables::in_time(342, |_, _| None)),
        (common::hostile(), tables::hostile()),
        (common::three_clauses(), tables::lengths()),
        (common::modulus(), tables::ports(9_000)),
        (common::nothing_at_all(), Table::default()),
        (common::table(), Table { times: Vec::new(), ..tables::ports(50) }),
    ]
}

/// Pages are written to the folder that `UNANSWERED_PAGES` names, to be looked at.
fn keep(name: &str, page: &str) {
    if let Some(folder) = std::env::var_os("UNANSWERED_PAGES") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.html")), page).expect("a folder");
    }
}

#[test]
fn pages_load_and_run_nothing() {
    for (case, table) in pages() {
        let page = render(&case.report(), &table);
        keep(case.name, &page);
        let lower = page.to_lowercase();
        for forbidden in
            ["<script", "<img", "<link", "<iframe", "src=\"", "url(", "@import", "http://", "https://"]
        {
            assert!(!lower.contains(forbidden), "{}: {forbidden}", case.name);
        }
        assert!(!page.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'));
    }
}

#[test]
fn every_element_that_is_opened_is_closed() {
    for (case, table) in pages() {
        let page = render(&case.report(), &table);
        let mut open: Vec<&str> = Vec::new();
        let body = page.split_once("</style>").expect("a style sheet").1;
        for tag in body.split('<').skip(1).map(|t| t.split_once('>').expect("a closed tag").0) {
            let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
            match (tag.starts_with('/'), tag.ends_with('/') || ["br", "meta"].contains(&name)) {
                // The head was opened before the style sheet.
                (true, _) if ["head", "html"].contains(&name) => {}
                (true, _) => assert_eq!(open.pop(), Some(name), "{}", case.name),
                (false, true) => {}
                (false, false) => open.push(name),
            }
        }
        assert!(open.is_empty(), "{}: {open:?}", case.name);
    }
}

/// Elements and classes in order, without texts and coordinates.
fn skeleton(page: &str) -> String {
    let body = page.split_once("</style>").map_or("", |p| p.1);
    let mut out = String::new();
    for tag in body.split('<').skip(1).filter(|t| !t.starts_with('/')) {
        let name = tag.split([' ', '>', '/']).next().unwrap_or_default();
        let class = tag.split_once("class=\"").and_then(|c| c.1.split_once('"')).map_or("", |c| c.0);
        if ["h1", "h2", "h3", "svg", "path", "dt", "section"].contains(&name) && class != "grid" {
            let words = tag.split_once('>').map_or("", |t| t.1).trim();
            out.push_str(&format!("{name} {class} {words}").trim().replace("  ", " "));
            out.push('\n');
        }
    }
    out
}

#[test]
fn pages_are_built_of_the_expected_parts() {
    for (case, table) in pages().into_iter().take(3) {
        insta::assert_snapshot!(case.name, skeleton(&render(&case.report(), &table)));
    }
}

#[test]
fn every_failure_is_drawn_and_large_pictures_say_that_they_are_thinned() {
    let crosses = |page: &str| page.matches("l7 7m0-7l-7 7").count();
    let (case, table) = (common::modulus(), tables::ports(9_000));
    let failed = table.outcomes.iter().filter(|o| o.failed()).count();
    let page = render(&case.report(), &table);
    // One more cross for each entry of the legend.
    assert!((failed..=failed + 2).contains(&crosses(&page)), "{} of {failed}", crosses(&page));
    assert!(page.contains("Thinned out evenly"));
    assert!(page.matches("h0").count() < 6_000);
    let many = render(&case.report(), &tables::ports(40_000));
    assert!((2_900..=3_002).contains(&crosses(&many)), "{}", crosses(&many));
    let story = render(&common::story().report(), &tables::story());
    assert_eq!(crosses(&story), 57 + 1);
    assert!(!story.contains("Thinned out evenly"));
}

#[test]
fn the_boundary_is_drawn_between_what_failed_and_what_worked() {
    let story = render(&common::story().report(), &tables::story());
    assert!(story.contains("failing up to 11, working from 123"));
    assert!(story.contains("class=\"rule\""));
}

#[test]
fn requests_that_say_nothing_about_loss_have_marks_of_their_own() {
    let mut table = tables::story();
    let rows = table.rows();
    let says_nothing = [Outcome::Superseded, Outcome::NoneDue, Outcome::Unknown];
    for (outcome, index) in table.outcomes.iter_mut().rev().zip(0..9_usize) {
        *outcome = says_nothing[index % 3];
    }
    let case = common::story();
    let before = render(&case.report(), &tables::story());
    let page = render(&case.report(), &table);
    assert!(!before.contains("class=\"open muted\"") && !before.contains("class=\"bar-muted\""));
    for label in [">superseded</text>", ">no reply due</text>", ">unknown</text>"] {
        assert!(page.contains(label) && !before.contains(label), "{label}");
    }
    assert!(page.contains("class=\"open muted\"") || page.contains("class=\"open faint-muted\""));
    assert!(page.contains("class=\"bar-muted\""));
    assert_eq!(table.rows(), rows);
}
