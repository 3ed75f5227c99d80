//! Giving up privileges once everything is open, so that packets from anywhere meet a process that may do nothing.
//!
//! All capabilities are dropped, `no_new_privs` keeps them from coming back, and root becomes another user: the one asked
//! for, else the one who called sudo, else nobody. The process stays root, without any capability, only where more files
//! have to be created and no user was named: it can then write where root owns the folder, and that is all.

use crate::CaptureError;
use crate::kernel::drop_capabilities;
use nix::errno::Errno;
use nix::sys::prctl::set_no_new_privs;
use nix::unistd::{Gid, Uid, User, fchown, geteuid, setgroups, setresgid, setresuid};
use std::os::fd::AsFd;

/// The kernel's number for nobody (`overflowuid`), where the system has no such user.
const NOBODY: u32 = 65_534;

/// Who is to continue once everything is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The user that was asked for.
    pub user: Option<String>,
    /// Who called sudo(8), where it was used.
    pub sudo: Option<SudoCaller>,
}

/// The caller of sudo(8), as it says in the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SudoCaller {
    /// Its user id.
    pub user: u32,
    /// Its group id.
    pub group: u32,
}

impl SudoCaller {
    /// The caller that the variables `SUDO_UID` and `SUDO_GID` name, where sudo was used. The environment is given,
    /// since libraries do not read it.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let number = |name| variable(name)?.parse::<u32>().ok();
        Some(Self { user: number("SUDO_UID")?, group: number("SUDO_GID")? })
    }
}

/// Who it will be.
#[derive(Clone, Debug)]
pub struct Successor {
    /// `None`: the user does not change.
    ids: Option<(Uid, Gid)>,
    words: String,
    /// The file is theirs too.
    owns: bool,
}

/// Finds out who is to continue; before anything is opened, so that a wrong name fails early. With `more_files`, root
/// stays root where no user was named.
///
/// # Errors
/// [`CaptureError::NoUser`] when the named user does not exist.
pub fn successor(owner: &Owner, more_files: bool) -> Result<Successor, CaptureError> {
    let stays = |words: &str| Successor { ids: None, words: words.to_owned(), owns: false };
    if !geteuid().is_root() {
        return Ok(stays("the user it was"));
    }
    let known = |name: &str| User::from_name(name).ok().flatten();
    if let Some(name) = &owner.user {
        let user = known(name).ok_or_else(|| CaptureError::NoUser(name.clone()))?;
        let (words, owns) = (format!("user {name}"), true);
        return Ok(Successor { ids: Some((user.uid, user.gid)), words, owns });
    }
    if let Some(SudoCaller { user, group }) = owner.sudo {
        let (ids, words) =
            (Some((Uid::from_raw(user), Gid::from_raw(group))), format!("user {user}, who called sudo"));
        return Ok(Successor { ids, words, owns: true });
    }
    if more_files {
        return Ok(stays("root, to make further files; --user NAME changes that too"));
    }
    let ids =
        known("nobody").map_or((Uid::from_raw(NOBODY), Gid::from_raw(NOBODY)), |user| (user.uid, user.gid));
    Ok(Successor { ids: Some(ids), words: "user nobody".to_owned(), owns: false })
}

impl Successor {
    /// Gives a file to the user who continues.
    pub(crate) fn take_over(&self, file: &impl AsFd) {
        if let (Some((user, group)), true) = (self.ids, self.owns) {
            // A file system without owners does not prevent a capture.
            let _ = fchown(file, Some(user), Some(group));
        }
    }

    /// Gives up everything; returns what was done, in words. Capabilities are a thread's own: call it before other
    /// threads begin, which then inherit what is left (capabilities(7)).
    ///
    /// # Errors
    /// When the kernel refuses it.
    pub fn succeed(&self) -> Result<String, CaptureError> {
        let failed = |errno| CaptureError::system("drop the privileges of root", errno);
        let mut words = format!("dropped all capabilities; running as {}", self.words);
        if let Some((user, group)) = self.ids {
            let changed = setgroups(&[group])
                .and_then(|()| setresgid(group, group, group))
                .and_then(|()| setresuid(user, user, user));
            match changed {
                Ok(()) => {}
                // A container may not even let its root become another user.
                Err(Errno::EPERM) => {
                    "dropped all capabilities; still root, since changing the user is not permitted here"
                        .clone_into(&mut words);
                }
                Err(errno) => return Err(failed(errno)),
            }
        }
        drop_capabilities().map_err(failed)?;
        set_no_new_privs().map_err(failed)?;
        Ok(words)
    }
}
