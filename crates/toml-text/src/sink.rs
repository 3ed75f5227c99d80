//! Collects problems while a file is read.

use crate::complaint::Complaint;
use crate::problem::Problem;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

/// Problems by their byte offset.
///
/// A reader never stops at the first problem: it adds each one with its position and continues with a
/// default, so that a user sees everything at once. By default a sink keeps every problem.
#[derive(Debug, Default)]
pub struct ProblemSink {
    once: bool,
    found: RefCell<BTreeMap<usize, Vec<Complaint>>>,
}

impl ProblemSink {
    /// Keeps only the first problem at each position: a template that is used twenty times is wrong once.
    /// Problems without a position (byte 0: about the file as a whole, or set since it was read) are kept
    /// once each, in alphabetical order.
    #[must_use]
    pub fn one_a_place() -> Self {
        Self { once: true, found: RefCell::default() }
    }

    /// Notes a problem.
    pub fn problem(&self, offset: usize, complaint: impl Into<Complaint>) {
        let mut found = self.found.borrow_mut();
        let here = found.entry(offset).or_default();
        if !self.once {
            here.push(complaint.into());
        } else if offset > 0 {
            if here.is_empty() {
                here.push(complaint.into());
            }
        } else if let complaint = complaint.into()
            && let Err(place) = here.binary_search_by_key(&complaint.to_string(), Complaint::to_string)
        {
            here.insert(place, complaint);
        }
    }

    /// Whether there is already a problem: then another one need not be put into words.
    #[must_use]
    pub fn noted(&self, offset: usize) -> bool {
        self.found.borrow().contains_key(&offset)
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// Passes everything on to another sink, with words before it.
    pub fn pass_on(self, to: &Self, before: &str) {
        for (offset, complaints) in self.found.into_inner() {
            for Complaint { message, hint } in complaints {
                to.problem(offset, Complaint { message: format!("{before}{message}"), hint });
            }
        }
    }

    /// What was found, in the order of lines.
    #[must_use]
    pub fn problems(&self, text: &str, file: &Path) -> Vec<Problem> {
        let found = self.found.borrow();
        let all = found.iter().flat_map(|(offset, here)| here.iter().map(move |one| (*offset, one)));
        all.map(|(offset, complaint)| Problem::at(file, text, offset, complaint.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(sink: &ProblemSink) -> Vec<String> {
        sink.problem(4, "first");
        sink.problem(4, "second");
        sink.problem(0, "whole");
        sink.problem(0, "a file");
        sink.problem(0, "whole");
        sink.problems("x\ny = 1", Path::new("f")).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn all_is_kept_in_the_order_of_places_and_of_saying() {
        let expected = ["f:1:1: whole", "f:1:1: a file", "f:1:1: whole", "f:2:3: first", "f:2:3: second"];
        assert_eq!(said(&ProblemSink::default()), expected);
    }

    #[test]
    fn one_place_says_one_thing_where_that_is_wanted() {
        assert_eq!(said(&ProblemSink::one_a_place()), ["f:1:1: a file", "f:1:1: whole", "f:2:3: first"]);
    }
}
