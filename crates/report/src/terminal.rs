//! Findings for a terminal: as short as possible, best finding first.

use crate::first_lines::{first_lines, in_the_gist};
use crate::gist::{self, Gist, NextStep};
use crate::paint::{self, Style};
use crate::{Report, headline, narrowing, number, text, time, words};
use std::fmt::Write as _;
use unanswered_explain::{
    Bracket, Clause, Counts, Finding, KnownFault, Rival, StepFinding, Unexplained, Verdict, VerdictReason,
};
use unanswered_table::Unit;

/// How to render.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Columns of the terminal; lines are wrapped to fit.
    pub columns: usize,
    /// ANSI colours.
    pub color: bool,
    /// Everything: all rivals and refutations, scores, significance, inputs, caveats.
    pub verbose: bool,
    /// The first lines only: whom it strikes, what it is and where, what to do next.
    pub brief: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { columns: 80, color: false, verbose: false, brief: false }
    }
}

/// Rivals and refutations shown without `verbose`.
const LISTED_MAX: usize = 3;
/// Longest filter shown without `verbose`, in bytes.
const FILTER_MAX: usize = 260;
/// Indent of a finding's rows.
const INDENT: usize = 3;
/// Columns of a row's label.
const LABEL: usize = 12;

/// The report as lines of text, each ended by a line feed.
#[must_use]
pub fn render(report: &Report<'_>, options: Options) -> String {
    let mut page = Page { out: String::new(), options };
    page.gist(report);
    if options.brief {
        return page.out;
    }
    page.out.push('\n');
    page.totals(report);
    for (index, finding) in report.diagnosis.findings.iter().enumerate() {
        page.out.push('\n');
        page.finding(index + 1, finding, report);
    }
    page.rest(report);
    if options.verbose {
        page.inputs(report);
    }
    page.understood(report);
    page.notes(report);
    page.deciding(report);
    page.out
}

struct Page {
    out: String,
    options: Options,
}

impl Page {
    /// Whom it strikes, what it is and what to do: the first lines, and all of the short form.
    fn gist(&mut self, report: &Report<'_>) {
        let style = match report.diagnosis.verdict {
            Verdict::NothingWrong => Style::Green,
            Verdict::NotEnoughData | Verdict::RandomLoss => Style::Yellow,
            Verdict::Findings | Verdict::Outage | Verdict::Degradation | Verdict::Overload => Style::Red,
        };
        let lines = first_lines(report);
        self.led(style, headline::label(report.diagnosis), Style::Bold, &lines.who);
        for (label, line) in [("What", &lines.what), ("Next", &lines.next)] {
            if let Some(line) = line {
                self.led(Style::Bold, label, Style::Plain, line);
            }
        }
    }

    /// A sentence behind its label.
    fn led(&mut self, label_style: Style, label: &str, style: Style, sentence: &str) {
        let label = format!("{label}:");
        let line = format!("{label} {}", text::safe(sentence));
        for (index, line) in text::wrap(&line, self.options.columns).into_iter().enumerate() {
            match line.strip_prefix(&label).filter(|_| index == 0) {
                Some(rest) => {
                    self.put(label_style, &label);
                    self.line(style, rest);
                }
                None => self.line(style, &line),
            }
        }
    }

    fn totals(&mut self, report: &Report<'_>) {
        for (index, line) in headline::totals(report).iter().enumerate() {
            self.paragraph(Style::Plain, if index == 0 { 2 } else { 4 }, line);
        }
        if let Some(inputs) = headline::inputs(report) {
            self.paragraph(Style::Dim, 2, &inputs);
        }
        if let Some(baseline) = headline::baseline(report) {
            self.paragraph(Style::Dim, 2, &baseline);
        }
        let d = report.diagnosis;
        let left = d.unexplained.failed.min(d.failed);
        if !d.findings.is_empty() && (left > 0 || d.findings.len() > 1) {
            self.paragraph(Style::Plain, 2, &headline::explained(report));
        }
        if self.reasons_shown(report) {
            // The first lines have said most of it.
            let verbose = self.options.verbose;
            let unsaid = |reason: &&VerdictReason| verbose || !in_the_gist(reason, d.verdict);
            let unsaid = |reason: &&VerdictReason| {
                unsaid(reason)
                    && !matches!(
                        reason,
                        VerdictReason::AllAnswered { .. } | VerdictReason::NoFeatureTells { .. }
                    )
            };
            for reason in d.because.iter().filter(unsaid) {
                self.paragraph(Style::Plain, 2, &words::verdict_reason(reason, report.clock));
            }
        }
    }

    /// A finding speaks for itself; without one the reasons are the answer.
    fn reasons_shown(&self, report: &Report<'_>) -> bool {
        report.diagnosis.findings.is_empty() || self.options.verbose
    }

    fn finding(&mut self, number: usize, finding: &Finding, report: &Report<'_>) {
        let title = format!("{number}. {}", headline::title(finding, report));
        for (index, line) in text::wrap(&title, self.options.columns - INDENT).iter().enumerate() {
            if index > 0 {
                self.put(Style::Plain, &" ".repeat(INDENT));
            }
            self.line(Style::Bold, line);
        }
        self.filters(finding, report);
        self.evidence(finding, report);
        if finding.splits_cleanly() {
            for clause in &finding.clauses {
                self.bracket(clause);
            }
        }
        for (index, at_work) in finding.at_work.iter().enumerate() {
            let parameters = words::parameters(&at_work.mechanism).join("; ");
            self.row(Style::Plain, if index == 0 { "parameters" } else { "" }, &parameters);
            for twin in &at_work.twins {
                self.row(
                    Style::Plain,
                    "or else",
                    &format!("{} (the same requests here)", words::mechanism(twin)),
                );
            }
        }
        self.refuted(finding);
        self.alternatives(finding);
        if let Some(step) = &finding.step {
            let name = step.step.map_or("not known", |s| s.name());
            self.row(Style::Plain, "step", &format!("{name}: {}", words::step_because(step)));
            self.funnel(step);
            if let Some(behind) = &step.behind {
                self.row(Style::Plain, "behind it", &words::behind(behind));
            }
        }
        for (index, why) in finding.why_now.iter().enumerate() {
            let label = if index == 0 { "why now" } else { "" };
            self.row(Style::Plain, label, &words::why_now(why, report.clock));
        }
        self.known(&finding.known, !finding.why_now.is_empty());
        self.compatible(&finding.compatible);
    }

    fn filters(&mut self, finding: &Finding, report: &Report<'_>) {
        self.filter("wireshark", report.display_filter(finding));
        self.filter("tcpdump", report.capture_filter(finding));
    }

    fn filter(&mut self, label: &str, filter: Option<String>) {
        match filter {
            Some(long) if long.len() > FILTER_MAX && !self.options.verbose => {
                let words = format!("({} characters long: see -v or --json)", long.len());
                self.row(Style::Dim, label, &words);
            }
            Some(filter) => self.row(Style::Cyan, label, &filter),
            None => {}
        }
    }

    fn evidence(&mut self, finding: &Finding, report: &Report<'_>) {
        let Finding { inside, outside, .. } = finding;
        self.row(Style::Plain, "evidence", &headline::evidence(finding));
        if let Some(units) = units(inside, outside, &report.unit) {
            self.row(Style::Plain, "", &units);
        }
        let standing = headline::standing(finding);
        let why = match (self.options.verbose, finding.remarks.first()) {
            (false, Some(remark)) => format!("{standing}: {}", words::remark(remark)),
            _ => standing.to_owned(),
        };
        self.row(Style::Plain, "standing", &why);
        if !self.options.verbose {
            // What put one of several equals first is part of the verdict.
            for remark in finding.remarks.iter().skip(1) {
                self.row(Style::Plain, "", &words::remark(remark));
            }
        }
        if self.options.verbose {
            self.row(Style::Plain, "score", &format!("{} nats", number::short(finding.score)));
            if let Some(s) = &finding.significance {
                self.row(Style::Plain, "chance", &words::significance(s));
            }
            for remark in &finding.remarks {
                self.row(Style::Plain, "remark", &words::remark(remark));
            }
        }
    }

    fn bracket(&mut self, clause: &Clause) {
        let name = words::feature(clause);
        let mut parts = Vec::new();
        if let Some(b) = clause.bracket_low {
            parts.push(bracket_words(b, "smallest failing", "largest working"));
        }
        if let Some(b) = clause.bracket_high {
            parts.push(bracket_words(b, "largest failing", "smallest working"));
        }
        if !parts.is_empty() {
            self.row(Style::Plain, "bracket", &format!("{name}: {}", parts.join("; ")));
        }
    }

    fn refuted(&mut self, finding: &Finding) {
        let shown = if self.options.verbose { usize::MAX } else { LISTED_MAX };
        for (index, refutation) in finding.refuted.iter().take(shown).enumerate() {
            let label = if index == 0 { "refuted" } else { "" };
            let line = format!("{}: {}", words::telltale(&refutation.clauses), words::answered(refutation));
            self.row(Style::Plain, label, &line);
        }
        self.more(finding.refuted.len(), shown);
    }

    /// What the data cannot tell from the finding: in short what a person can use, in the long form all rivals.
    fn alternatives(&mut self, finding: &Finding) {
        let label = if finding.at_work.is_some() { "looks like" } else { "or else" };
        if self.options.verbose {
            self.rivals(label, &finding.rivals);
            return;
        }
        let lines = words::twins(finding).into_iter().chain(words::others(finding));
        for (index, line) in lines.enumerate() {
            self.row(Style::Plain, if index == 0 { label } else { "" }, &line);
        }
    }

    fn rivals(&mut self, label: &str, rivals: &[Rival]) {
        for (index, rival) in rivals.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let note = match rival.same_requests {
                true => "the same requests here".to_owned(),
                false => format!("{} nats", number::short(rival.score_difference)),
            };
            self.row(Style::Plain, label, &format!("{} ({note})", words::telltale(&rival.clauses)));
        }
    }

    fn more(&mut self, all: usize, shown: usize) {
        if all > shown {
            self.row(Style::Dim, "", &format!("and {} more (-v)", all - shown));
        }
    }

    /// How many of the failed requests and of their replies each place saw, in the long form.
    fn funnel(&mut self, step: &StepFinding) {
        if !self.options.verbose || step.funnel.len() < 2 {
            return;
        }
        let places: Vec<String> = step
            .funnel
            .iter()
            .map(|p| {
                let replies =
                    if p.replies == 0 { String::new() } else { format!(" (replies: {})", p.replies) };
                format!("{} {}{replies}", p.place, p.requests)
            })
            .collect();
        let seen = format!("of {} seen at: {}", number::count(step.followed, "request"), places.join(", "));
        self.row(Style::Plain, "", &seen);
    }

    /// `told`: why now is already reported for these requests, so the catalogue's words stay general.
    fn known(&mut self, known: &[KnownFault], told: bool) {
        let latent = if told { "in general" } else { "why now" };
        for (index, fault) in known.iter().enumerate() {
            let line = format!("{}: {}", fault.id, fault.title);
            self.row(Style::Yellow, if index == 0 { "known fault" } else { "or" }, &line);
            if index > 0 && !self.options.verbose {
                continue;
            }
            self.row(Style::Plain, "", &words::fit(&fault.because));
            for check in &fault.to_check {
                self.row(Style::Plain, "check", check);
            }
            let rows = [
                (latent, &fault.latent),
                ("what to do", &fault.remedy),
                ("predicts", &fault.predicts),
                ("confirm", &fault.experiment),
            ];
            for (label, words) in rows.into_iter().filter(|(_, words)| !words.is_empty()) {
                self.row(Style::Plain, label, words);
            }
        }
    }

    /// What is only compatible is no answer: it is listed for those who ask for more.
    fn compatible(&mut self, compatible: &[KnownFault]) {
        if self.options.verbose {
            for fault in compatible {
                self.row(Style::Plain, "compatible", &format!("{}: {}", fault.id, fault.title));
                self.row(Style::Plain, "", &words::fit(&fault.because));
            }
        }
    }

    fn rest(&mut self, report: &Report<'_>) {
        let d = report.diagnosis;
        let Unexplained { failed, requests } = d.unexplained;
        if !d.findings.is_empty() && failed > 0 {
            self.out.push('\n');
            let line = format!(
                "Unexplained: {failed} of the {requests} other requests failed ({}).",
                number::percent(failed, requests)
            );
            self.paragraph(Style::Plain, 0, &line);
        }
        if let Some(step) = &d.step
            && (d.findings.is_empty() || failed > 0)
        {
            let name = step.step.map_or("not known", |s| s.name());
            self.paragraph(Style::Plain, 2, &format!("step: {name}: {}", words::step_because(step)));
        }
        let told = Gist::of(report).next.as_ref().is_some_and(|next| matches!(next, NextStep::Capture(_)));
        for (index, next) in report.next().skip(usize::from(told)).enumerate() {
            if index == 0 {
                self.out.push('\n');
            }
            self.paragraph(Style::Plain, 0, &format!("Also: {}", words::advice(next)));
        }
    }

    fn inputs(&mut self, report: &Report<'_>) {
        self.out.push('\n');
        for input in &report.inputs {
            let mut line = format!("{}: {}", input.name, number::count(input.frames, input.record.word()));
            if let Some(looked_at) = narrowing::looked_at(&report.narrowed, [input]) {
                let _ = write!(line, ", {looked_at}");
            }
            if let (Some(from), Some(to)) = (input.from, input.to) {
                let _ = write!(line, ", {}", time::range(from, to, report.clock));
            }
            for (reason, frames) in &input.not_understood {
                let _ = write!(line, ", {frames} not understood ({reason})");
            }
            self.paragraph(Style::Plain, 0, &line);
        }
        if let Some(counts) = &report.frames {
            let others = report.not_paired().map_or_else(String::new, |others| format!("; {others}"));
            self.paragraph(Style::Plain, 0, &format!("{}{others}", words::frames(counts)));
        }
        for line in report.table.iter().flat_map(|table| table.words(true)) {
            self.paragraph(Style::Plain, 0, &line);
        }
        if !report.columns.is_empty() {
            let columns = format!("columns (--type changes them): {}", report.columns.join("; "));
            self.paragraph(Style::Plain, 0, &columns);
        }
        for place in &report.places {
            let seen = format!(
                "{}, {}",
                number::count(place.requests, "request"),
                number::count(place.replies, "reply")
            );
            let remarks: String = place.remarks().iter().map(|remark| format!("; {remark}")).collect();
            self.paragraph(Style::Plain, 0, &format!("at {}: {seen} seen{remarks}", place.name));
        }
        if let Some(sampled) = report.diagnosis.sampled {
            let line = format!("The search looked at a sample of {sampled} requests; the counts are exact.");
            self.paragraph(Style::Plain, 0, &line);
        }
    }

    /// The requests that tell findings from their rivals: the last lines.
    fn deciding(&mut self, report: &Report<'_>) {
        let findings = &report.diagnosis.findings;
        let several = findings.len() > 1;
        let all = findings.iter().enumerate().filter_map(|(index, finding)| {
            let words = words::deciding(finding, gist::deciding(finding)?, report.protocol)?;
            let which = if several { format!(" (finding {})", index + 1) } else { String::new() };
            Some(format!("To decide{which}: {words}."))
        });
        for (index, line) in all.enumerate() {
            if index == 0 {
                self.out.push('\n');
            }
            self.paragraph(Style::Plain, 0, &line);
        }
    }

    /// What a table's columns were taken for without anybody saying so; the long form has it with its inputs.
    fn understood(&mut self, report: &Report<'_>) {
        let lines = report.table.as_ref().map_or_else(Vec::new, |table| table.words(false));
        if self.options.verbose || lines.is_empty() {
            return;
        }
        self.out.push('\n');
        for line in lines {
            self.paragraph(Style::Dim, 0, &line);
        }
    }

    /// Damage goes to standard error as it is found; only the long form repeats it.
    fn notes(&mut self, report: &Report<'_>) {
        let mut notes = report.notes();
        if self.options.verbose {
            let damage = |i: &crate::Input| {
                let name = i.name.clone();
                i.warnings.iter().map(move |w| format!("{name}: {w}")).collect::<Vec<_>>()
            };
            notes.extend(report.inputs.iter().flat_map(damage));
        }
        if !notes.is_empty() {
            self.out.push('\n');
        }
        for note in notes {
            self.paragraph(Style::Yellow, 0, &format!("Note: {note}"));
        }
    }

    /// A labelled row, wrapped under its own text.
    fn row(&mut self, style: Style, label: &str, words: &str) {
        let words = text::safe(words.trim());
        if words.is_empty() {
            return;
        }
        let room = self.options.columns.saturating_sub(INDENT + LABEL);
        for (index, line) in text::wrap(&words, room).iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            self.put(Style::Dim, &format!("{:INDENT$}{label:LABEL$}", ""));
            self.line(style, line);
        }
    }

    fn paragraph(&mut self, style: Style, indent: usize, words: &str) {
        for line in text::wrap(&text::safe(words), self.options.columns - indent) {
            self.put(Style::Plain, &" ".repeat(indent));
            self.line(style, &line);
        }
    }

    fn put(&mut self, style: Style, words: &str) {
        paint::put(&mut self.out, self.options.color, style, words);
    }

    fn line(&mut self, style: Style, words: &str) {
        self.put(style, words);
        self.out.push('\n');
    }
}

fn bracket_words(bracket: Bracket, failing: &str, working: &str) -> String {
    let f = number::short(bracket.failing);
    match bracket.working {
        Some(w) => format!("{failing} {f}, {working} {}", number::short(w)),
        None => format!("{failing} {f}, none beyond it seen working"),
    }
}

/// Units of evidence, where they are not the requests themselves.
fn units(inside: &Counts, outside: &Counts, unit: &Unit) -> Option<String> {
    if inside.units == inside.requests && outside.units == outside.requests {
        return None;
    }
    Some(format!(
        "in {} of {}, {} of {}",
        inside.units_failed,
        number::count(inside.units, unit.word()),
        outside.units_failed,
        if outside.units == 1 { "1 other".to_owned() } else { format!("{} others", outside.units) },
    ))
}
