//! What a sweep runs: the scenario and its variants, each known by its hash.

use unanswered_scenario::model::Scenario;

/// The scenario itself or one of its variants.
pub(super) struct SweptCase<'s> {
    /// Name of the variant.
    pub(super) name: Option<&'s str>,
    pub(super) scenario: &'s Scenario,
    /// Its hash, by which its results are found.
    pub(super) hash: String,
}

/// The scenario itself and all its variants.
pub(super) fn cases(scenario: &Scenario) -> Vec<SweptCase<'_>> {
    let base = SweptCase { name: None, scenario, hash: scenario_hash(scenario) };
    let variants = scenario.variants.iter().map(|variant| SweptCase {
        name: Some(&variant.name),
        scenario: &variant.scenario,
        hash: scenario_hash(&variant.scenario),
    });
    std::iter::once(base).chain(variants).collect()
}

/// A hash of everything in a scenario that a run depends on: not its prose, nor its variants. FNV-1a
/// with 64 bits over the resolved scenario's text: against mistakes, not against attacks.
pub(super) fn scenario_hash(scenario: &Scenario) -> String {
    let mut bare = Scenario { variants: Vec::new(), expect: Vec::new(), ..scenario.clone() };
    bare.title.clear();
    bare.about.clear();
    for chapter in &mut bare.chapters {
        chapter.title.clear();
        chapter.text.clear();
    }
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in format!("{bare:?}").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}
