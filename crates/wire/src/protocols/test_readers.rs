//! What the tests of several protocols read with.

use crate::{Answer, FeatureSink, Opening};
use std::collections::BTreeMap;
use std::net::IpAddr;
use unanswered_registry::Feature;

/// The features of a request by name, as text.
#[derive(Default)]
pub(super) struct Kept(pub(super) BTreeMap<&'static str, String>);

impl FeatureSink for Kept {
    fn number(&mut self, feature: &'static Feature, value: i64) {
        self.0.insert(feature.name, value.to_string());
    }
    fn text(&mut self, feature: &'static Feature, value: &str) {
        self.0.insert(feature.name, value.to_owned());
    }
    fn address(&mut self, feature: &'static Feature, value: IpAddr) {
        self.0.insert(feature.name, value.to_string());
    }
}

/// What an answer that refuses says.
pub(super) fn refusal_words(opening: &Opening) -> Option<&'static str> {
    match opening {
        Opening::Answer(Answer::Refused(refusal)) => Some(refusal.kind().words),
        Opening::Answer(_) | Opening::Interim(_) | Opening::Unread => None,
    }
}
