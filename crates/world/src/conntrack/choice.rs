//! From a rule to an outside endpoint: what may be reused, what is taken and by whom.
//!
//! The kernel (`get_unique_tuple`, `nf_nat_core.c`) first tries the outside source of the newest
//! living flow with the same inside source, then the inside's own port, then searches. RFC 4787 section 4.1
//! demands more where the mapping is endpoint-independent or address-dependent: the outside port of
//! such a flow must be reused, so nobody else may have it towards the peers that it is for.

use super::flow_table::{FlowChain, FlowTable};
use super::ports::{Ports, SourceMapping, Wish};
use super::refusal::FlowRefusal;
use super::tuple::{FlowDirection, Tuple};
use unanswered_scenario::model::{Endpoint, NatBehaviour, PortPolicy, SourceNat};
use unanswered_wire::Time;

/// Whether a rule's outside endpoints have to be searched separately, which Linux does not do.
pub(super) fn beyond_the_tuple(rule: &SourceNat) -> bool {
    let linux = NatBehaviour::AddressAndPortDependent;
    rule.mapping != linux || rule.filtering != linux
}

/// The outside endpoint of a flow that a rule translates; `wanted` is the flow after DNAT.
pub(super) fn translated(
    ports: &mut Ports,
    table: &FlowTable,
    now: Time,
    wanted: &Tuple,
    rule: &SourceNat,
) -> Result<(Endpoint, SourceMapping), FlowRefusal> {
    let outside = |port| Endpoint { address: rule.address, port };
    let holder = |port| {
        let candidate = wanted.with_source(outside(port));
        holder_of(table, now, &candidate.inverted()).or_else(|| rival(table, &candidate, wanted, rule))
    };
    if let Some(port) = reusable(table, wanted, rule)
        && holder(port).is_none()
    {
        let kept = port == wanted.source.port;
        return Ok((outside(port), if kept { SourceMapping::Kept } else { SourceMapping::Reused }));
    }
    let wish = Wish { tuple: *wanted, policy: rule.policy, range: rule.ports.as_ref() };
    ports.choose(&wish, holder).map(|(port, mapping)| (outside(port), mapping))
}

/// The source of a flow that no rule translates: its own, unless that reply tuple is taken.
pub(super) fn untranslated(
    ports: &mut Ports,
    table: &FlowTable,
    now: Time,
    wanted: &Tuple,
) -> Result<(Endpoint, SourceMapping), FlowRefusal> {
    let outside = |port| Endpoint { address: wanted.source.address, port };
    let holder = |port| holder_of(table, now, &wanted.with_source(outside(port)).inverted());
    let wish = Wish { tuple: *wanted, policy: PortPolicy::Linux, range: None };
    let (port, mapping) = ports.choose(&wish, holder)?;
    Ok((outside(port), if mapping == SourceMapping::Kept { SourceMapping::Untranslated } else { mapping }))
}

/// Who is behind the destination of a tuple that a living flow has, in either direction.
fn holder_of(table: &FlowTable, now: Time, tuple: &Tuple) -> Option<Endpoint> {
    let (slot, direction) = table.find(now, tuple)?;
    let entry = table.entry(slot)?;
    Some(match direction {
        FlowDirection::Reply => entry.original.source,
        FlowDirection::Original => entry.reply.source,
    })
}

/// The port of a living flow that the new one is to share. Only the newest candidate is considered, as in
/// the kernel (`find_appropriate_src`).
fn reusable(table: &FlowTable, wanted: &Tuple, rule: &SourceNat) -> Option<u16> {
    let linux = matches!(rule.policy, PortPolicy::Linux | PortPolicy::LinuxRover);
    let same_peer = match rule.mapping {
        NatBehaviour::EndpointIndependent => false,
        NatBehaviour::AddressDependent => true,
        NatBehaviour::AddressAndPortDependent if linux => false,
        NatBehaviour::AddressAndPortDependent => return None,
    };
    let in_range = |port| rule.ports.as_ref().is_none_or(|range| range.contains(&port));
    table
        .chain(FlowChain::Source, wanted.protocol, wanted.source)
        .map(|(_, entry)| (entry.reply.destination, entry.reply.source))
        .filter(|(outside, _)| outside.address == rule.address && in_range(outside.port))
        .find(|(_, peer)| !same_peer || peer.address == wanted.destination.address)
        .map(|(outside, _)| outside.port)
}

/// Another inside endpoint whose mapping to the candidate's outside endpoint the rule's behaviours do
/// not allow to be shared: a packet from some peer could then be for either.
fn rival(table: &FlowTable, candidate: &Tuple, wanted: &Tuple, rule: &SourceNat) -> Option<Endpoint> {
    let behaviours = [rule.mapping, rule.filtering];
    let any_peer = behaviours.contains(&NatBehaviour::EndpointIndependent);
    if !beyond_the_tuple(rule) {
        return None;
    }
    table
        .chain(FlowChain::Outside, candidate.protocol, candidate.source)
        .filter(|(_, entry)| any_peer || entry.reply.source.address == candidate.destination.address)
        .map(|(_, entry)| entry.original.source)
        .find(|inside| *inside != wanted.source)
}
