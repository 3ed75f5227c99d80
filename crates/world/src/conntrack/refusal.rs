//! Why a flow is not opened.

use unanswered_scenario::model::Endpoint;

/// Why a flow was not opened. On Linux the packet is dropped, except for `Invalid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FlowRefusal {
    /// The table is full.
    #[error("the conntrack table is full; it takes more with a larger `table_size`")]
    TableFull,
    /// No port was found free.
    #[error("no free port in the range; give the translation more ports or addresses")]
    NoPort,
    /// The flow's own port, or the flow itself, already exists.
    #[error("port {} is held by {}; another policy would choose another port", holder.port, holder.address)]
    PortTaken {
        /// Inside endpoint of the flow that has it.
        holder: Endpoint,
    },
    /// A TCP segment that belongs to no flow and does not begin one. Linux does not track it, and lets
    /// it pass untranslated unless a rule on state `INVALID` drops it.
    #[error("the segment belongs to no known connection; only a SYN begins one")]
    Invalid,
}
