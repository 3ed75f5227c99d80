//! One self-contained page: no scripts, nothing fetched, readable in light and dark and on paper.

mod pictures;

use crate::first_lines::{first_lines, in_the_gist};
use crate::page::{POLICY, STYLE};
use crate::plot::escape;
use crate::trace::picture::groups;
use crate::trace::{self, Selection, Trace};
use crate::{Input, Report, gist, headline, number, time, words};
use pictures::Picture;
use std::fmt::Write as _;
use unanswered_evidence::step::Steps;
use unanswered_exchange::Exchanges;
use unanswered_exchange::follow::Follow;
use unanswered_explain::{Clause, Finding, KnownFault, Source, StepFinding, Unexplained};
use unanswered_table::{Outcome, Unit};

/// The report as an HTML page with pictures of the requests in `source`.
#[must_use]
pub fn render(report: &Report<'_>, source: &dyn Source) -> String {
    render_with(report, source, None)
}

/// The same with a failed request and an answered one followed from place to place, where captures of
/// several places were read.
#[must_use]
pub fn render_on_captures(report: &Report<'_>, source: &dyn Source, exchanges: &Exchanges) -> String {
    render_with(report, source, followed(exchanges))
}

/// The drawing of the two requests.
fn followed(exchanges: &Exchanges) -> Option<String> {
    if exchanges.places().len() < 2 {
        return None;
    }
    let (follow, steps) = (Follow::new(exchanges), Steps::new(exchanges));
    let trace = Trace::new(&follow, &steps, &Selection::default()).ok()?;
    let figures: Vec<String> =
        groups(&trace.ladders).iter().map(|group| trace::html::figure(group)).collect();
    (!figures.is_empty() && !trace.failures.is_empty()).then(|| figures.concat())
}

fn render_with(report: &Report<'_>, source: &dyn Source, followed: Option<String>) -> String {
    let d = report.diagnosis;
    let mut page = Page { out: String::new() };
    page.head(report);
    for (index, finding) in d.findings.iter().enumerate() {
        page.finding(index + 1, finding, report, source);
    }
    page.rest(report);
    if let Some(figures) = followed {
        let _ = writeln!(page.out, "<section><h2>Followed from place to place</h2>{figures}</section>");
    }
    if let Some(picture) = pictures::loss_over_time(report, source) {
        page.out.push_str("<section><h2>Loss over time</h2>");
        page.picture(&picture);
        page.out.push_str("</section>");
    }
    if let Some(picture) = pictures::pairs(source) {
        page.out.push_str("<section><h2>Who talks to whom</h2>");
        page.picture(&picture);
        page.out.push_str("</section>");
    }
    page.inputs(report);
    page.out.push_str("<footer>Made by <code>unanswered explain --html</code>. Outcomes: ");
    page.out.push_str(GLOSSARY);
    page.out.push_str("</footer></body></html>\n");
    page.out
}

/// Lines of a list that are visible without unfolding it.
const SHOWN_MAX: usize = 4;

const GLOSSARY: &str = "<i>refused</i>: somebody said no (ICMP error, RST, KoD, REFUSED); \
<i>error</i>: the answer says that the service failed (SERVFAIL); \
<i>late</i>: after the client's time-out; <i>rejected</i>: a reply is there but its client cannot accept it. \
Never counted as a failure: <i>superseded</i>: the client took another server's answer; <i>no reply due</i>: it wanted \
none (probes of the path, closing messages); <i>unknown</i>: the capture cannot tell.";

struct Page {
    out: String,
}

impl Page {
    fn head(&mut self, report: &Report<'_>) {
        let d = report.diagnosis;
        let label = headline::label(d);
        let lines = first_lines(report);
        let sentence = escape(&lines.who);
        let _ = write!(
            self.out,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\
             <title>{label}: {sentence}</title><style>\n{STYLE}</style></head><body>\
             <header><h1><span class=\"verdict {}\">{label}:</span> {sentence}</h1>",
            d.verdict.word()
        );
        for (label, line) in [("What", lines.what), ("Next", lines.next)] {
            if let Some(line) = line {
                let _ = write!(self.out, "<p class=\"gist\"><b>{label}:</b> {}</p>", escape(&line));
            }
        }
        for line in headline::totals(report) {
            self.paragraph("soft", &line);
        }
        if let Some(inputs) = headline::inputs(report) {
            self.paragraph("soft", &inputs);
        }
        for reason in d.because.iter().filter(|reason| !in_the_gist(reason, d.verdict)) {
            self.paragraph("soft", &words::verdict_reason(reason, report.clock));
        }
        self.out.push_str("</header>\n");
    }

    fn finding(&mut self, number: usize, finding: &Finding, report: &Report<'_>, source: &dyn Source) {
        let title = escape(&headline::title(finding, report));
        let _ = write!(self.out, "<section class=\"finding\"><h2>{number}. {title}</h2>");
        if let Some(picture) = pictures::telltale(finding, report, source) {
            self.picture(&picture);
        }
        self.out.push_str("<dl>");
        self.code("Wireshark", report.display_filter(finding));
        self.code("tcpdump", report.capture_filter(finding));
        self.evidence(finding, report);
        if finding.splits_cleanly() {
            for clause in &finding.clauses {
                self.bracket(clause);
            }
        }
        let parameters = finding.at_work.iter().flat_map(|at_work| words::parameters(&at_work.mechanism));
        self.item("Parameters", &parameters.collect::<Vec<_>>());
        let refuted = finding.refuted.iter();
        let refuted: Vec<String> =
            refuted.map(|r| format!("{}: {}", words::telltale(&r.clauses), words::answered(r))).collect();
        self.item("Refuted", &refuted);
        let looks_like = if finding.at_work.is_some() { "Looks like" } else { "Or else" };
        self.item(
            looks_like,
            &words::twins(finding).into_iter().chain(words::others(finding)).collect::<Vec<_>>(),
        );
        self.folded("All rivals", &rivals(finding));
        if let Some(step) = &finding.step {
            let name = step.step.map_or("not known", |s| s.name());
            self.item("Step", &[format!("{name}: {}", words::step_because(step))]);
            self.funnel(step);
            self.item("Behind it", &step.behind.iter().map(words::behind).collect::<Vec<_>>());
        }
        let why_now = finding.why_now.iter().map(|why| words::why_now(why, report.clock));
        self.item("Why now", &why_now.collect::<Vec<_>>());
        if let Some(experiment) = &finding.experiment {
            let label = if gist::deciding(finding).is_some() { "To decide" } else { "To confirm" };
            self.item(label, &[words::experiment(finding, experiment, report.protocol)]);
        }
        self.out.push_str("</dl>");
        for (index, known) in finding.known.iter().enumerate() {
            let label = if index == 0 { KnownLabel::Best } else { KnownLabel::Other };
            self.known(known, label, !finding.why_now.is_empty());
        }
        for known in &finding.compatible {
            self.known(known, KnownLabel::Compatible, !finding.why_now.is_empty());
        }
        self.out.push_str("</section>\n");
    }

    /// How many of the failed requests and of their replies each place saw.
    fn funnel(&mut self, step: &StepFinding) {
        if step.funnel.len() < 2 {
            return;
        }
        let _ = write!(
            self.out,
            "<dt>Seen at</dt><dd><table><tr><th>Place</th><th class=\"n\">Requests of {}</th>\
             <th class=\"n\">Replies to them</th></tr>",
            step.followed
        );
        for passed in &step.funnel {
            let _ = write!(
                self.out,
                "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                escape(&passed.place),
                passed.requests,
                passed.replies
            );
        }
        self.out.push_str("</table></dd>");
    }

    fn evidence(&mut self, finding: &Finding, report: &Report<'_>) {
        let (inside, outside) = (&finding.inside, &finding.outside);
        let mut lines = vec![headline::evidence(finding)];
        if !matches!(report.unit, Unit::Request | Unit::Row) {
            lines.push(format!(
                "in {} of {}; {} of {} others",
                inside.units_failed,
                number::count(inside.units, report.unit.word()),
                outside.units_failed,
                outside.units
            ));
        }
        self.item("Evidence", &lines);
        let mut trust = vec![headline::standing(finding).to_owned()];
        trust.extend(finding.remarks.iter().map(words::remark));
        if let Some(s) = &finding.significance {
            trust.push(words::significance(s));
        }
        self.item("Standing", &trust);
    }

    fn bracket(&mut self, clause: &Clause) {
        let sides = [
            (clause.bracket_low, "smallest failing", "largest working"),
            (clause.bracket_high, "largest failing", "smallest working"),
        ];
        let mut lines = Vec::new();
        for (bracket, failing, working) in sides {
            let Some(bracket) = bracket else { continue };
            let beyond = bracket.working.map_or_else(|| "none seen".to_owned(), number::short);
            lines.push(format!(
                "{}: {failing} {}, {working} {beyond}",
                words::feature(clause),
                number::short(bracket.failing)
            ));
        }
        self.item("Bracket", &lines);
    }

    /// The best fit in full, the others folded up; what is only compatible says so.
    fn known(&mut self, known: &KnownFault, label: KnownLabel, told: bool) {
        let (open, close, end) = match label {
            KnownLabel::Best => ("<h3>", "</h3>", "</dl></div>"),
            KnownLabel::Other | KnownLabel::Compatible => {
                ("<details><summary>", "</summary>", "</dl></details></div>")
            }
        };
        let label = label.words();
        let _ = write!(
            self.out,
            "<div class=\"known\">{open}{label}: {} <span class=\"soft\">(<code>{}</code>)</span>{close}",
            escape(&known.title),
            escape(&known.id),
        );
        self.paragraph("", &words::fit(&known.because));
        self.out.push_str("<dl>");
        self.item("Check", &known.to_check);
        self.item(if told { "In general" } else { "Why now" }, std::slice::from_ref(&known.latent));
        self.item("What to do", std::slice::from_ref(&known.remedy));
        if !known.predicts.is_empty() {
            self.item("Predicts", std::slice::from_ref(&known.predicts));
        }
        self.item("Confirm", std::slice::from_ref(&known.experiment));
        self.out.push_str(end);
    }

    fn rest(&mut self, report: &Report<'_>) {
        let d = report.diagnosis;
        let Unexplained { failed, requests } = d.unexplained;
        let unexplained = !d.findings.is_empty() && failed > 0;
        if !unexplained && report.next().next().is_none() && d.step.is_none() {
            return;
        }
        self.out.push_str("<section><h2>What is left</h2>");
        if unexplained {
            let share = number::percent(failed, requests);
            self.paragraph(
                "",
                &format!("Unexplained: {failed} of the {requests} other requests failed ({share})."),
            );
        }
        if let Some(step) = &d.step {
            let name = step.step.map_or("not known", |s| s.name());
            self.paragraph("", &format!("Step: {name}: {}", words::step_because(step)));
        }
        for next in report.next() {
            self.paragraph("", &format!("Next: {}", words::advice(next)));
        }
        self.out.push_str("</section>\n");
    }

    fn inputs(&mut self, report: &Report<'_>) {
        self.out.push_str("<section><h2>Inputs</h2><table><tr><th>Requests</th>");
        for outcome in Outcome::ALL {
            let _ = write!(self.out, "<th class=\"n\">{}</th>", words::outcome(outcome));
        }
        let _ = write!(self.out, "</tr><tr><td>{}</td>", report.totals.requests());
        for outcome in Outcome::ALL {
            let _ = write!(self.out, "<td class=\"n\">{}</td>", report.totals.of(outcome));
        }
        self.out.push_str("</tr></table>");
        if !report.inputs.is_empty() {
            self.out.push_str(
                "<table><tr><th>Input</th><th class=\"n\">Frames</th><th class=\"n\">Not understood</th><th>From, to</th></tr>",
            );
        }
        for input in &report.inputs {
            let span = match (input.from, input.to) {
                (Some(from), Some(to)) => time::range(from, to, report.clock),
                _ => String::new(),
            };
            let reasons: Vec<String> =
                input.not_understood.iter().map(|(reason, n)| format!("{n}: {}", escape(reason))).collect();
            let _ = write!(
                self.out,
                "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
                escape(&input.name),
                frames(input),
                if reasons.is_empty() { "0".to_owned() } else { reasons.join("<br>") },
                escape(&span)
            );
        }
        if !report.inputs.is_empty() {
            self.out.push_str("</table>");
        }
        if let Some(counts) = &report.frames {
            let others = report.not_paired().map_or_else(String::new, |others| format!("; {others}"));
            self.paragraph("soft", &format!("{}{others}", words::frames(counts)));
        }
        self.places(report);
        let damage =
            report.inputs.iter().flat_map(|i| i.warnings.iter().map(move |w| format!("{}: {w}", i.name)));
        for note in report.notes().into_iter().chain(damage) {
            self.paragraph("soft", &format!("Note: {note}"));
        }
        if let Some(sampled) = report.diagnosis.sampled {
            let words = format!("The search looked at a sample of {sampled} requests; the counts are exact.");
            self.paragraph("soft", &words);
        }
        self.out.push_str("</section>\n");
    }

    fn places(&mut self, report: &Report<'_>) {
        if report.places.is_empty() {
            return;
        }
        self.out.push_str(
            "<table><tr><th>Place</th><th class=\"n\">Requests seen</th><th class=\"n\">Replies seen</th><th></th></tr>",
        );
        for place in &report.places {
            let _ = write!(
                self.out,
                "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
                escape(&place.name),
                place.requests,
                place.replies,
                escape(&place.remarks().join("; "))
            );
        }
        self.out.push_str("</table>");
    }

    fn picture(&mut self, picture: &Picture) {
        let caption = escape(&picture.caption);
        let _ = write!(self.out, "<figure>{}<figcaption>{caption}</figcaption></figure>", picture.svg);
    }

    fn paragraph(&mut self, class: &str, words: &str) {
        let _ = write!(self.out, "<p class=\"{class}\">{}</p>", escape(words));
    }

    fn code(&mut self, label: &str, filter: Option<String>) {
        if let Some(filter) = filter {
            let _ = write!(self.out, "<dt>{label}</dt><dd><code>{}</code></dd>", escape(&filter));
        }
    }

    /// A term of a list whose lines are all folded up; nothing when there are no lines.
    fn folded(&mut self, label: &str, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        let count = number::count(lines.len() as u64, "telltale");
        let _ = write!(self.out, "<dt>{label}</dt><dd><details><summary>{count}</summary>");
        for line in lines {
            let _ = write!(self.out, "<p>{}</p>", escape(line));
        }
        self.out.push_str("</details></dd>");
    }

    /// A term of a list with one paragraph for each line; nothing when there are no lines.
    fn item(&mut self, label: &str, lines: &[String]) {
        let lines: Vec<&String> = lines.iter().filter(|l| !l.is_empty()).collect();
        if lines.is_empty() {
            return;
        }
        let _ = write!(self.out, "<dt>{label}</dt><dd>");
        for (index, line) in lines.iter().enumerate() {
            if index == SHOWN_MAX {
                let _ = write!(self.out, "<details><summary>{} more</summary>", lines.len() - SHOWN_MAX);
            }
            let _ = write!(self.out, "<p>{}</p>", escape(line));
        }
        self.out.push_str(if lines.len() > SHOWN_MAX { "</details></dd>" } else { "</dd>" });
    }
}

/// The number of frames, and how many of them were looked at where that is not all.
fn frames(input: &Input) -> String {
    match input.left_out.total() {
        0 => input.frames.to_string(),
        _ => format!("{} ({} looked at)", input.frames, input.looked_at()),
    }
}

fn rivals(finding: &Finding) -> Vec<String> {
    let of = |r: &unanswered_explain::Rival| {
        let note = if r.same_requests {
            "the same requests here".to_owned()
        } else {
            format!("{} nats", number::short(r.score_difference))
        };
        format!("{} ({note})", words::telltale(&r.clauses))
    };
    finding.rivals.iter().map(of).collect()
}

/// How a fault of the catalogue stands beside a finding.
#[derive(Clone, Copy)]
enum KnownLabel {
    /// The best fit.
    Best,
    /// Another one that fits.
    Other,
    /// One whose mechanism needs what was not seen.
    Compatible,
}

impl KnownLabel {
    const fn words(self) -> &'static str {
        match self {
            Self::Best => "Known fault",
            Self::Other => "Or",
            Self::Compatible => "Compatible, not checked",
        }
    }
}
