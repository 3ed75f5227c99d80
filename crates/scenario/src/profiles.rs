//! Which behaviour profiles there are.

use unanswered_ntp::{ClientProfile, ServerProfile};

/// Names that a server's `profile` may have, such as `ntpd-4.2.7p273`, `chrony`, `windows`.
pub(super) fn known_server_profile(name: &str) -> bool {
    ServerProfile::by_name(name).is_some()
}

/// Names that a client's `profile` may have.
pub(super) fn known_client_profile(name: &str) -> bool {
    ClientProfile::by_name(name).is_some()
}
