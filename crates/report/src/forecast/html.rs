//! A forecast as one self-contained page: no scripts, nothing fetched, readable in light and dark.

use super::{pictures, sentences, words};
use crate::page::{POLICY, STYLE};
use crate::plot::escape;
use crate::text_table::{TextColumn, to_html};
use std::fmt::Write as _;
use unanswered_forecast::Forecast;

/// What a forecast's page needs beyond the report's style.
const OWN_STYLE: &str = include_str!("html.css");

/// The forecast as an HTML page.
#[must_use]
pub fn render_html(forecast: &Forecast) -> String {
    let mut page = Page { out: String::new() };
    page.head(forecast);
    for (index, fault) in forecast.faults.iter().enumerate().filter(|(_, fault)| fault.known) {
        page.section(&format!("{}: {}", fault.id, fault.what));
        let curve = pictures::shown_by(forecast, index);
        page.figure(&curve.svg(), &pictures::shown_by_caption(forecast));
        page.table(&sentences::fault_columns(forecast, index));
        let bars = pictures::groups(forecast, index);
        page.figure(&bars.svg(), &pictures::groups_caption(forecast));
        page.end();
    }
    if let Some(words) = sentences::rolls(forecast) {
        page.section("Rolled source ports");
        page.paragraph(&words);
        page.end();
    }
    for case in forecast.cases.iter().filter(|case| !case.reboots.is_empty()) {
        page.section(&format!("What a reboot does ({})", words::case(case)));
        page.table(&sentences::reboot_columns(forecast, &case.reboots));
        page.paragraph(&sentences::reboot_words(forecast, &case.reboots));
        page.end();
    }
    let others = sentences::others(forecast);
    if !others.is_empty() {
        page.section("Other causes of failed requests");
        page.table(&sentences::other_columns(forecast, &others));
        page.end();
    }
    page.section("What the numbers do not say");
    page.out.push_str("<ul>");
    for limit in sentences::limits(forecast) {
        let _ = write!(page.out, "<li>{}</li>", escape(&limit));
    }
    page.out.push_str("</ul>");
    page.end();
    page.out.push_str("<footer>Made by <code>unanswered lab sweep --html</code>.</footer></body></html>\n");
    page.out
}

struct Page {
    out: String,
}

impl Page {
    fn head(&mut self, forecast: &Forecast) {
        let title = escape(&forecast.title);
        let _ = write!(
            self.out,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\
             <title>Forecast: {title}</title><style>\n{STYLE}{OWN_STYLE}</style></head><body>\
             <header><h1>Forecast: {title}</h1>"
        );
        self.paragraph(&sentences::answer(forecast));
        self.out.push_str("</header>\n");
        let described = forecast.cases.iter().filter(|case| case.name.is_some());
        let items: String = described
            .map(|case| format!("<dt>{}</dt><dd>{}</dd>", escape(words::case(case)), escape(&case.title)))
            .collect();
        if !items.is_empty() {
            let _ = writeln!(self.out, "<section><h2>Variants</h2><dl>{items}</dl></section>");
        }
    }

    fn section(&mut self, heading: &str) {
        let _ = write!(self.out, "<section><h2>{}</h2>", escape(heading));
    }

    fn end(&mut self) {
        self.out.push_str("</section>\n");
    }

    fn paragraph(&mut self, words: &str) {
        let _ = write!(self.out, "<p>{}</p>", escape(words));
    }

    fn table(&mut self, columns: &[TextColumn]) {
        let _ = write!(self.out, "<div class=\"wide\">{}</div>", to_html(columns));
    }

    fn figure(&mut self, svg: &str, caption: &str) {
        let _ = write!(self.out, "<figure>{svg}<figcaption>{}</figcaption></figure>", escape(caption));
    }
}
