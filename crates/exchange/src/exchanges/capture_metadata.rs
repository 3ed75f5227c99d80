//! What is known of places before their packets are joined: from the files, and from the user.

use super::Exchanges;
use crate::PlaceId;
use crate::join::{Carried, During, Known};
use crate::leg::{Leg, Place, Side};
use crate::pairer::Legs;
use unanswered_capture::{Vantage, VantageId};
use unanswered_table::Outcome;
use unanswered_wire::{Span, Time};

/// The writer of a capture of all places of one host, as its section header says.
const OWN_CAPTURES: &str = "unanswered capture ";

/// Missing replies at a place are in doubt when the capture there lost more than one packet in this many
/// (judgement).
const DROPPED_SHARE: u64 = 100;

/// A place has missed a packet only when it had one as short a time before or after (judgement; the longest pause that it had
/// between two frames counts as well): else the capture may have begun later or ended before.
const PAUSE: Span = Span::from_seconds(1);

impl Exchanges {
    /// From when to when the place surely captured, on the clock that the places share. The interfaces of one file were
    /// captured for as long as the file goes on.
    pub(crate) fn captured_at(&self, place: PlaceId) -> Option<(Time, Time)> {
        let vantage = self.legs.places.get(usize::from(place.0))?.vantage;
        let file = |v: usize| self.vantages.get(v).map(|vantage| &vantage.file);
        let mut span: Option<(Time, Time)> = None;
        for (other, times) in self.legs.times.iter().enumerate() {
            let same = other == usize::from(vantage.0)
                || file(other).is_some_and(|f| Some(f) == file(usize::from(vantage.0)));
            let Some((first, last)) = times.filter(|_| same) else { continue };
            let pause = self.legs.quiet.get(other).copied().unwrap_or_default().max(PAUSE);
            let (first, last) = (first - pause, last + pause);
            span = Some(span.map_or((first, last), |(from, to)| (from.min(first), to.max(last))));
        }
        let correct = |time| self.joined.clocks.correct(&self.legs, place, time);
        span.map(|(first, last)| (correct(first), correct(last)))
    }

    /// Recordings that were set aside as another one has their frames: vantage points and inputs of both.
    pub(crate) fn copies(&self) -> impl Iterator<Item = (VantageId, VantageId, (usize, usize))> + '_ {
        self.joined.copies.iter().map(|copy| {
            let inputs = (usize::from(copy.input), usize::from(copy.of_input));
            (VantageId(copy.vantage), VantageId(copy.of_vantage), inputs)
        })
    }
}

/// All of it.
pub(super) fn known(legs: &Legs, vantages: &[Vantage], during: During, carried: &mut Carried) -> Known {
    let lossy = lossy(legs, vantages, during, &mut carried.unanswered);
    Known { hosts: hosts(vantages), ranks: ranks(legs, vantages), lossy }
}

/// Vantage points that are known to share one clock have equal numbers: those that `unanswered capture`
/// wrote on one host. Nothing in other files says that their interfaces were on one machine: they may
/// have been merged.
fn hosts(vantages: &[Vantage]) -> Vec<usize> {
    let host = |v: &Vantage| {
        v.application.as_deref().filter(|a| a.starts_with(OWN_CAPTURES))?;
        let description = v.description.as_deref()?.strip_prefix("host ")?;
        Some(description.split(", namespace ").next().unwrap_or(description).to_owned())
    };
    let hosts: Vec<Option<String>> = vantages.iter().map(host).collect();
    let first_of = |own: &Option<String>| own.as_ref().and_then(|_| hosts.iter().position(|h| h == own));
    hosts.iter().enumerate().map(|(index, own)| first_of(own).unwrap_or(index)).collect()
}

/// Places whose capture lost so many packets that they may be the missing replies. A handful cannot be;
/// they are reported as a caveat.
fn lossy(legs: &Legs, vantages: &[Vantage], during: During, unanswered: &mut Vec<u64>) -> Vec<bool> {
    unanswered.resize(legs.places.len().max(unanswered.len()), 0);
    let missing = |leg: &&Leg| leg.outcome == Outcome::Unanswered && during.contains(leg.time);
    for leg in legs.legs.iter().filter(missing) {
        unanswered[usize::from(leg.place.0)] += 1;
    }
    let dropped = |place: &Place| vantages.get(usize::from(place.vantage.0)).and_then(|v| v.dropped);
    let lossy = legs.places.iter().zip(unanswered.iter());
    lossy.map(|(place, missing)| dropped(place).unwrap_or(0) * DROPPED_SHARE > *missing).collect()
}

/// Each place's position in the path that the user gave, if it is in it.
fn ranks(legs: &Legs, vantages: &[Vantage]) -> Vec<Option<u16>> {
    let position = |place: &Place| {
        let names = [
            name_of(place, &legs.places, vantages),
            vantages.get(usize::from(place.vantage.0))?.name.clone(),
        ];
        let position = legs.config.path().iter().position(|wanted| names.contains(wanted))?;
        u16::try_from(position).ok()
    };
    legs.places.iter().map(position).collect()
}

/// The name of a place: its vantage point's, with the interface index or side in a capture on all interfaces.
pub(super) fn name_of(place: &Place, places: &[Place], vantages: &[Vantage]) -> String {
    let name = vantages.get(usize::from(place.vantage.0)).map_or("", |v| v.name.as_str());
    if let Some(index) = place.interface {
        return format!("{name}, interface {index}");
    }
    // A host with one side needs no name for it.
    let forwards = places.iter().any(|p| p.vantage == place.vantage && p.side != place.side);
    match place.side.filter(|_| forwards) {
        Some(Side::Clients) => format!("{name}, towards the clients"),
        Some(Side::Servers) => format!("{name}, towards the servers"),
        None => name.to_owned(),
    }
}
