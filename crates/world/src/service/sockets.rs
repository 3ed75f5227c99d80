//! Which service listens on which port of a host.

use crate::streams::Stream;
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;
use std::ops::RangeInclusive;
use unanswered_scenario::model::Transport;

/// Tries to find a free port; judgement.
const TRIES: usize = 64;

#[derive(Clone, Copy, Debug)]
struct Bound {
    transport: Transport,
    port: u16,
    service: u16,
}

/// The ports of a host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sockets {
    bound: Vec<Bound>,
    fresh: FxHashMap<(Transport, u16), u16>,
}

impl Sockets {
    /// The services that listen on a port, in the order of binding.
    pub(crate) fn listeners(&self, transport: Transport, port: u16) -> impl Iterator<Item = u16> + '_ {
        let fresh = self.fresh.get(&(transport, port)).copied();
        let bound = self.bound.iter().filter(move |b| b.transport == transport && b.port == port);
        bound.map(|bound| bound.service).chain(fresh)
    }

    /// A service listens on a port.
    pub(crate) fn bind(&mut self, transport: Transport, port: u16, service: u16) {
        self.bound.push(Bound { transport, port, service });
    }

    /// A service listens on a random free port of the range; `None` when no try finds one.
    pub(crate) fn bind_fresh(
        &mut self,
        transport: Transport,
        ports: &RangeInclusive<u16>,
        service: u16,
        random: &mut Stream,
    ) -> Option<u16> {
        let count = u64::from(*ports.end()).saturating_sub(u64::from(*ports.start())) + 1;
        for _ in 0..TRIES {
            let port = u16::try_from(u64::from(*ports.start()) + random.below(count)).ok()?;
            if let Entry::Vacant(free) = self.fresh.entry((transport, port)) {
                free.insert(service);
                return Some(port);
            }
        }
        None
    }

    /// Returns a port from [`Self::bind_fresh`].
    pub(crate) fn unbind(&mut self, transport: Transport, port: u16) {
        self.fresh.remove(&(transport, port));
    }

    /// Takes all ports from a service.
    pub(crate) fn release(&mut self, service: u16) {
        self.bound.retain(|bound| bound.service != service);
        self.fresh.retain(|_, owner| *owner != service);
    }
}
