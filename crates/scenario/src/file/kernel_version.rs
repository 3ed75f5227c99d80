//! Kernels whose connection tracking and port choice differ.

use unanswered_toml_text::Node;

/// Kernels whose connection tracking and port choice differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernel {
    /// Linux 5.0 and later.
    Since5,
    /// Before: streams live 180 s from their first reply, ports are chosen by a rover.
    Before5,
}

/// The version that `kernel` names.
pub(super) fn kernel(node: &Node) -> Result<Kernel, String> {
    let wrong = || "write a kernel version as \"4.19\"".to_owned();
    let text = node.as_text().ok_or_else(wrong)?;
    let mut parts = text.split('.');
    let major: u32 = parts.next().and_then(|part| part.parse().ok()).ok_or_else(wrong)?;
    Ok(if major >= 5 { Kernel::Since5 } else { Kernel::Before5 })
}
