//! What a layer did to a request: its headers at one place compared with those at the place before.

use super::questions::address;
use unanswered_exchange::{Exchanges, Meaning, Sighting, StoredFeature};
use unanswered_registry::{Feature, Layer};
use unanswered_wire::protocols::icmp::IDENTIFIER;
use unanswered_wire::{Carrier, ProtocolId, features};

/// Tags of a frame, outermost first.
static TAGS: [&Feature; 2] = [&features::VLAN, &features::VLAN_INNER];

/// Whether a feature is reported in other words here (ends, tags, tunnels), or says nothing about the path:
/// what every link rewrites.
fn left_out(feature: &Feature) -> bool {
    match feature.layer {
        Layer::Link => true,
        Layer::Tunnel => !feature.is(&features::OUTER_DSCP),
        Layer::Network
        | Layer::Transport
        | Layer::Application
        | Layer::Translation
        | Layer::Path
        | Layer::History => feature.is(&IDENTIFIER) || feature.is(&features::UDP_NO_CHECKSUM),
    }
}

/// Compares sightings.
pub(super) struct Changes<'a> {
    exchanges: &'a Exchanges,
    /// By protocol.
    features: Vec<Vec<StoredFeature>>,
}

impl<'a> Changes<'a> {
    pub(super) fn of(exchanges: &'a Exchanges) -> Self {
        let mut features: Vec<Vec<StoredFeature>> = Vec::new();
        for feature in exchanges.features() {
            let index = usize::from(feature.protocol.0);
            if features.len() <= index {
                features.resize_with(index + 1, Vec::new);
            }
            features[index].push(feature);
        }
        Self { exchanges, features }
    }

    /// All headers that are known of the sighting, as text, by Wireshark's names.
    pub(super) fn values(
        &self,
        protocol: ProtocolId,
        sighting: &Sighting<'_>,
    ) -> Vec<(&'static str, String)> {
        let (source, destination) = match protocol.carrier() {
            Carrier::TcpConnect | Carrier::TcpBytes => {
                (&features::TCP_SOURCE, Some(&features::TCP_DESTINATION))
            }
            Carrier::Udp(_) | Carrier::OtherUdp => (&features::UDP_SOURCE, Some(&features::UDP_DESTINATION)),
            Carrier::Echo => (&IDENTIFIER, None),
            Carrier::Neighbour => return self.stored_values(protocol, sighting),
        };
        let mut all = vec![
            (features::SOURCE.name, address(self.exchanges, sighting.client())),
            (features::DESTINATION.name, address(self.exchanges, sighting.server())),
            (features::TTL.name, sighting.ttl().to_string()),
            (source.name, sighting.client().port.to_string()),
        ];
        all.extend(destination.map(|feature| (feature.name, sighting.server().port.to_string())));
        all.extend(sighting.ip_id().map(|id| (features::IP_ID.name, id.to_string())));
        let stored = self.stored_values(protocol, sighting).into_iter();
        all.extend(stored.filter(|(name, _)| *name != source.name));
        all
    }

    fn stored_values(&self, protocol: ProtocolId, sighting: &Sighting<'_>) -> Vec<(&'static str, String)> {
        let of = |f: &StoredFeature| Some((f.feature.name, self.text(f, sighting)?));
        self.stored(protocol).iter().filter_map(of).collect()
    }

    /// What differs at `to` from `from`; at the first place, the tags and tunnel there.
    pub(super) fn between(
        &self,
        protocol: ProtocolId,
        from: Option<&Sighting<'_>>,
        to: &Sighting<'_>,
    ) -> Vec<String> {
        let mut out = Vec::new();
        if let Some(from) = from {
            self.ends(protocol, from, to, &mut out);
            if from.ttl() != to.ttl() {
                out.push(format!("TTL {} -> {}", from.ttl(), to.ttl()));
            }
            if let (Some(old), Some(new)) = (from.ip_id(), to.ip_id())
                && old != new
            {
                out.push(format!("IP identification {old} -> {new}"));
            }
        }
        self.tags(protocol, from, to, &mut out);
        self.tunnel(protocol, from, to, &mut out);
        if let Some(from) = from {
            self.others(protocol, from, to, &mut out);
        }
        out
    }

    fn stored(&self, protocol: ProtocolId) -> &[StoredFeature] {
        self.features.get(usize::from(protocol.0)).map_or(&[], Vec::as_slice)
    }

    fn ends(&self, protocol: ProtocolId, from: &Sighting<'_>, to: &Sighting<'_>, out: &mut Vec<String>) {
        let sides = [("source", from.client(), to.client()), ("destination", from.server(), to.server())];
        for (side, old, new) in sides {
            if old.address != new.address {
                let (old, new) = (address(self.exchanges, old), address(self.exchanges, new));
                out.push(format!("{side} {old} -> {new}"));
            }
            if old.port != new.port {
                let what = if protocol.carrier().has_ports() {
                    format!("{side} port")
                } else {
                    "identifier".to_owned()
                };
                out.push(format!("{what} {} -> {}", old.port, new.port));
            }
        }
    }

    fn tags(
        &self,
        protocol: ProtocolId,
        from: Option<&Sighting<'_>>,
        to: &Sighting<'_>,
        out: &mut Vec<String>,
    ) {
        let of = |s: &Sighting<'_>| TAGS.map(|tag| self.value(protocol, tag, s));
        let (old, new) = (from.map_or([None, None], of), of(to));
        if from.is_some() && old.iter().flatten().count() == new.iter().flatten().count() {
            let changed = old.iter().flatten().zip(new.iter().flatten()).filter(|(a, b)| a != b);
            out.extend(changed.map(|(a, b)| format!("VLAN {a} -> {b}")));
            return;
        }
        let gone = |tag: &&String| !new.iter().flatten().any(|t| t == *tag);
        let come = |tag: &&String| !old.iter().flatten().any(|t| t == *tag);
        out.extend(old.iter().flatten().filter(gone).map(|tag| format!("-VLAN {tag}")));
        out.extend(new.iter().flatten().filter(come).map(|tag| format!("+VLAN {tag}")));
    }

    fn tunnel(
        &self,
        protocol: ProtocolId,
        from: Option<&Sighting<'_>>,
        to: &Sighting<'_>,
        out: &mut Vec<String>,
    ) {
        let of = |s: &Sighting<'_>| Tunnel {
            network: self.network(protocol, s),
            ends: self.value(protocol, &features::OUTER_SOURCE, s).zip(self.value(
                protocol,
                &features::OUTER_DESTINATION,
                s,
            )),
            port: self.value(protocol, &features::OUTER_PORT, s),
        };
        let (old, new) = (from.map(of).unwrap_or_default(), of(to));
        match (old.network.as_ref(), new.network.as_ref()) {
            (_, Some(network)) if old != new => {
                let mut words = if old.network == new.network && old.ends == new.ends {
                    // Another copy in the same tunnel: only its port is new.
                    format!("in {network}")
                } else {
                    format!("in {network}{}", new.ends_words())
                };
                if let Some(port) = &new.port {
                    words.push_str(&format!(", outer port {port}"));
                }
                out.push(words);
            }
            (Some(network), None) => out.push(format!("out of {network}")),
            _ => {}
        }
    }

    /// The tunnel with its network: `VXLAN 5001`, or only its kind if it has no network.
    fn network(&self, protocol: ProtocolId, sighting: &Sighting<'_>) -> Option<String> {
        let kind = self.value(protocol, &features::TUNNEL, sighting)?;
        let ids = features::TUNNEL_NETWORKS.iter().filter_map(|(feature, words)| {
            self.value(protocol, feature, sighting).map(|id| format!("{words} {id}"))
        });
        let ids: Vec<String> = ids.collect();
        if ids.is_empty() { Some(kind) } else { Some(ids.join(" in ")) }
    }

    /// Any other field that both places show and that differs.
    fn others(&self, protocol: ProtocolId, from: &Sighting<'_>, to: &Sighting<'_>, out: &mut Vec<String>) {
        for feature in self.stored(protocol) {
            if left_out(feature.feature) {
                continue;
            }
            let (Some(old), Some(new)) = (from.value(feature), to.value(feature)) else { continue };
            if old != new {
                let text = |s| self.text(feature, s).unwrap_or_default();
                out.push(format!("{} {} -> {}", feature.feature.words, text(from), text(to)));
            }
        }
    }

    fn value(&self, protocol: ProtocolId, feature: &Feature, sighting: &Sighting<'_>) -> Option<String> {
        let feature = self.stored(protocol).iter().find(|f| f.feature.is(feature))?;
        self.text(feature, sighting)
    }

    fn text(&self, feature: &StoredFeature, sighting: &Sighting<'_>) -> Option<String> {
        let value = sighting.value(feature)?;
        let index = usize::try_from(value);
        Some(match feature.meaning {
            Meaning::Number => value.to_string(),
            Meaning::Text => self.exchanges.texts().get(index.ok()?)?.clone(),
            Meaning::Address => self.exchanges.addresses().get(index.ok()?)?.to_string(),
            Meaning::Hardware => {
                let [_, _, bytes @ ..] = value.to_be_bytes();
                bytes.map(|b| format!("{b:02x}")).join(":")
            }
        })
    }
}

/// The outermost tunnel with the network inside.
#[derive(Default, PartialEq, Eq)]
struct Tunnel {
    network: Option<String>,
    ends: Option<(String, String)>,
    port: Option<String>,
}

impl Tunnel {
    fn ends_words(&self) -> String {
        self.ends.as_ref().map_or_else(String::new, |(from, to)| format!(", {from} > {to}"))
    }
}
