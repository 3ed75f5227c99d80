//! What captures show of failed requests besides their features, for the catalogue.

use unanswered_registry::Refusal;

/// What is known about the requests of a finding besides its clauses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Names of the protocols of the failed requests. Empty when unknown.
    pub protocols: Vec<String>,
    /// How the refused ones were refused, each once.
    pub refusals: Vec<Refusal>,
    /// What else holds.
    pub facts: Vec<Fact>,
    /// What these captures cannot show, whether it holds or not.
    pub hidden: Vec<Fact>,
}

impl Observed {
    /// Whether a fact holds; `None` when the captures cannot show it.
    #[must_use]
    pub fn holds(&self, fact: Fact) -> Option<bool> {
        let holds = self.facts.contains(&fact);
        // Where no requests were captured (a table of the user's), nothing is known beside the clauses.
        let hidden = self.protocols.is_empty() || self.hidden.contains(&fact);
        (holds || !hidden).then_some(holds)
    }
}

/// Something that the exchanges show and no clause says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// Failed requests pass an address translation.
    Translated,
    /// The clients of failed requests stand behind an address translation, as other requests of theirs to the
    /// same servers show.
    BehindTranslation,
    /// All that was sent of failed requests is seen behind the translation.
    PassesTranslation,
    /// A translation gives failed requests another source port.
    PortRewritten,
    /// Several clients share one translated address.
    SharedAddress,
    /// Another client behind the same translated address uses the same port or echo id towards the same server.
    SharedIdentity,
    /// Behind a translation, failed requests go to another server than answered ones to the same address.
    SentElsewhere,
    /// Replies to failed requests are on the wire.
    ReplySeen,
    /// Such replies come from another address or port than the request went to.
    WrongSource,
    /// Such replies do not carry the request's identity or question.
    WrongIdentity,
    /// Replies to failed requests were sent in fragments.
    ReplyFragmented,
    /// Failed requests were answered when retransmitted.
    RetryAnswered,
    /// Failed requests are the first of their flow.
    NewFlow,
    /// Requests on connections that were open already are answered meanwhile, to the same servers.
    OpenFlowsAnswered,
    /// Requests of several clients fail.
    SeveralClients,
    /// Flows fail altogether or not at all, and between the same two machines some do and others do not.
    WholeFlows,
    /// The flows of failed requests were answered before.
    FlowDied,
    /// The same clients are answered by the same servers meanwhile on other flows.
    OtherFlowAnswered,
    /// Replies pass places that their requests do not.
    WaysDiffer,
    /// The same server answered through this hardware address, and later through another one, as the same
    /// place shows.
    TwoHardwareAddresses,
    /// The same service answers over IPv4.
    Ipv4Answered,
    /// The servers have link-local addresses.
    LinkLocalServer,
    /// Failed requests may not be fragmented.
    DontFragment,
    /// Failed SYNs carry data.
    SynData,
    /// The server's host acknowledged failed requests (TCP).
    Acknowledged,
    /// The server answers failed SYNs for an older connection of the same ports (RFC 9293 section 3.10.7.4).
    OldConnection,
    /// The same questions are answered by the same servers where they offer a buffer that needs no fragments (EDNS,
    /// 1232 to 1472 bytes).
    SmallerBufferAnswered,
    /// At the same time many other questions to the same servers are open.
    OthersOpen,
    /// Requests of the same clients are answered where they arrive at another place, and this place answers
    /// others.
    OtherInterface,
    /// The server says that it gets too many requests.
    SaysTooOften,
}

impl Fact {
    /// All of them.
    pub const ALL: [Self; 30] = [
        Self::Translated,
        Self::BehindTranslation,
        Self::PassesTranslation,
        Self::PortRewritten,
        Self::SharedAddress,
        Self::SharedIdentity,
        Self::SentElsewhere,
        Self::ReplySeen,
        Self::WrongSource,
        Self::WrongIdentity,
        Self::ReplyFragmented,
        Self::RetryAnswered,
        Self::NewFlow,
        Self::OpenFlowsAnswered,
        Self::SeveralClients,
        Self::WholeFlows,
        Self::FlowDied,
        Self::OtherFlowAnswered,
        Self::WaysDiffer,
        Self::TwoHardwareAddresses,
        Self::Ipv4Answered,
        Self::LinkLocalServer,
        Self::DontFragment,
        Self::SynData,
        Self::Acknowledged,
        Self::OldConnection,
        Self::SmallerBufferAnswered,
        Self::OthersOpen,
        Self::OtherInterface,
        Self::SaysTooOften,
    ];

    /// The word in catalogue files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Translated => "translated",
            Self::BehindTranslation => "behind_translation",
            Self::PassesTranslation => "passes_translation",
            Self::PortRewritten => "port_rewritten",
            Self::SharedAddress => "shared_address",
            Self::SharedIdentity => "shared_identity",
            Self::SentElsewhere => "sent_elsewhere",
            Self::ReplySeen => "reply_seen",
            Self::WrongSource => "wrong_source",
            Self::WrongIdentity => "wrong_identity",
            Self::ReplyFragmented => "reply_fragmented",
            Self::RetryAnswered => "retry_answered",
            Self::NewFlow => "new_flow",
            Self::OpenFlowsAnswered => "open_flows_answered",
            Self::SeveralClients => "several_clients",
            Self::WholeFlows => "whole_flows",
            Self::FlowDied => "flow_died",
            Self::OtherFlowAnswered => "other_flow_answered",
            Self::WaysDiffer => "ways_differ",
            Self::TwoHardwareAddresses => "two_hardware_addresses",
            Self::Ipv4Answered => "ipv4_answered",
            Self::LinkLocalServer => "link_local_server",
            Self::DontFragment => "dont_fragment",
            Self::SynData => "syn_data",
            Self::Acknowledged => "acknowledged",
            Self::OldConnection => "old_connection",
            Self::SmallerBufferAnswered => "smaller_buffer_answered",
            Self::OthersOpen => "others_open",
            Self::OtherInterface => "other_interface",
            Self::SaysTooOften => "says_too_often",
        }
    }

    /// 0 to 1: how much it says about a cause; new flows and translations are everywhere.
    pub(crate) const fn specific(self) -> f64 {
        match self {
            Self::SharedIdentity
            | Self::SentElsewhere
            | Self::WrongSource
            | Self::WrongIdentity
            | Self::ReplyFragmented
            | Self::WholeFlows
            | Self::WaysDiffer
            | Self::TwoHardwareAddresses
            | Self::SynData
            | Self::Acknowledged
            | Self::OldConnection
            | Self::SaysTooOften
            | Self::OthersOpen
            | Self::SmallerBufferAnswered => 0.9,
            Self::OpenFlowsAnswered | Self::Ipv4Answered | Self::LinkLocalServer | Self::OtherInterface => {
                0.6
            }
            Self::PortRewritten
            | Self::SharedAddress
            | Self::RetryAnswered
            | Self::SeveralClients
            | Self::FlowDied
            | Self::OtherFlowAnswered => 0.4,
            Self::PassesTranslation
            | Self::Translated
            | Self::BehindTranslation
            | Self::ReplySeen
            | Self::NewFlow
            | Self::DontFragment => 0.2,
        }
    }
}
