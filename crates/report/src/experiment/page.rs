//! An experiment for a terminal: the answer first, then what was done, what it rests on, what it cannot show, what to do next.

use super::{Experiment, evidence, headline, limits, reasons, units};
use crate::text_table::{TextColumn, render};
use crate::{number, text};
use unanswered_probe::{Because, Verdict};

/// The experiment as text of at most `width` columns (at least 40).
#[must_use]
pub fn text(of: &Experiment, width: usize) -> String {
    let mut page = Page::new(width);
    page.paragraph(&headline::answer(of));
    page.paragraph(&format!(
        "Asked: {}. {}.",
        headline::whom(&of.server, of.address, of.port),
        units::capital(&headline::sent(of))
    ));
    if let Some(varied) = headline::varied(of) {
        page.paragraph(&format!("Varied: {varied}."));
    }
    if let Some(control) = headline::control(of) {
        page.paragraph(&format!("Control: {control}."));
    }
    if let Some(shown) = evidence::columns(of) {
        page.gap();
        page.table(&shown.columns);
        if shown.left_out > 0 {
            page.paragraph(&format!("{}: see --json.", number::count(shown.left_out as u64, "more row")));
        }
    }
    for words in evidence_notes(of) {
        page.gap();
        page.paragraph(&words);
    }
    if narrowed(of) {
        let remaining = evidence::remaining(of);
        if remaining.iter().any(|column| column.rows() > 0) {
            page.gap();
            page.table(&remaining);
        }
    }
    let cannot = cannot_show(of);
    if !cannot.is_empty() {
        page.gap();
        page.paragraph("What this cannot show:");
        cannot.iter().for_each(|words| page.item(&units::capital(words)));
    }
    if let Some(next) = reasons::next(of) {
        page.gap();
        page.paragraph(&format!("Next: {next}."));
    }
    if let Some(written) = &of.written {
        page.gap();
        page.paragraph(&format!("Packets: {}", headline::name(written)));
    }
    page.out
}

/// Whether what is still possible says anything: not where nothing was ever answered.
fn narrowed(of: &Experiment) -> bool {
    match of.came_to.verdict() {
        Verdict::Found(_) | Verdict::CannotTell(Because::SilentFromTheStart | Because::NoSetup) => false,
        Verdict::CannotTell(
            Because::NotYet
            | Because::Outage
            | Because::BudgetSpent
            | Because::TurnedAway
            | Because::NotSeparable
            | Because::KnownFailingAnswered
            | Because::KnownWorkingFails
            | Because::NothingFits
            | Because::DroppedRequestsPay,
        ) => true,
    }
}

/// What stands below the table.
fn evidence_notes(of: &Experiment) -> Vec<String> {
    let share = evidence::share(of).map(|words| format!("Evidence: {words}."));
    share.into_iter().chain(evidence::effort(of).map(|words| format!("Effort: {words}."))).collect()
}

/// All that the outcomes cannot show.
pub(super) fn cannot_show(of: &Experiment) -> Vec<String> {
    let limits = of.came_to.limits().iter().map(|limit| limits::limit(limit, of));
    let assumed = limits::assumptions(&of.came_to).into_iter().map(|a| limits::assumption(a).to_owned());
    let fixed = of.fixed.iter().map(|fixed| format!("not varied: {fixed}"));
    limits.chain(assumed).chain(fixed).collect()
}

/// A page under way: all that is put on it is made safe and wrapped.
pub(super) struct Page {
    pub(super) out: String,
    width: usize,
}

impl Page {
    pub(super) fn new(width: usize) -> Self {
        Self { out: String::new(), width: width.clamp(40, 200) }
    }

    pub(super) fn gap(&mut self) {
        self.out.push('\n');
    }

    pub(super) fn paragraph(&mut self, words: &str) {
        self.lines(words, "", "");
    }

    pub(super) fn item(&mut self, words: &str) {
        self.lines(words, "  - ", "    ");
    }

    pub(super) fn table(&mut self, columns: &[TextColumn]) {
        self.out.push_str(&render(columns, self.width));
    }

    fn lines(&mut self, words: &str, first: &str, others: &str) {
        for (number, line) in text::wrap(&text::safe(words), self.width - first.len()).iter().enumerate() {
            self.out.push_str(if number == 0 { first } else { others });
            self.out.push_str(line);
            self.out.push('\n');
        }
    }
}
