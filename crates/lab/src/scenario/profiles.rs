//! Which behaviour profiles there are.

/// Names that a server's `profile` may have, as `ntpd-4.2.7p273`, `chrony`, `windows`.
pub(super) fn known_server_profile(name: &str) -> bool {
    known(name)
}

/// Names that a client's `profile` may have.
pub(super) fn known_client_profile(name: &str) -> bool {
    known(name)
}

fn known(name: &str) -> bool {
    let versioned = |family: &str| {
        name.strip_prefix(family).is_some_and(|version| {
            version.is_empty()
                || version.strip_prefix('-').is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit()))
        })
    };
    ["chrony", "windows", "sntp", "ntpsec"].into_iter().any(versioned)
        || (name != "ntpd" && versioned("ntpd"))
}
