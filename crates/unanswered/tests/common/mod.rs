//! The program in a folder of its own.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::allow_attributes, reason = "whether dead_code fires differs between test binaries")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// A temporary folder, removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

/// What the program did.
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("unanswered-cli-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.0.join(name), content).expect("a file in a temporary folder");
    }

    /// A copy of a bundled capture.
    pub(crate) fn copy(&self, capture: &str, name: &str) {
        std::fs::copy(self::capture(capture), self.0.join(name)).expect("a bundled capture");
    }

    /// All names in it, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("a temporary folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("a file that the program wrote")
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        self.run_with(arguments, b"")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Done {
        Self::done(&mut self.command(arguments), input)
    }

    /// The program at the end of a shell command line: `ulimit -f 0; exec`.
    pub(crate) fn run_in_shell(&self, line: &str, arguments: &[&str]) -> Done {
        let mut command = self.in_folder("sh");
        command.args(["-c", &format!("{line} \"$0\" \"$@\""), env!("CARGO_BIN_EXE_unanswered")]);
        Self::done(command.args(arguments), b"")
    }

    fn done(command: &mut Command, input: &[u8]) -> Done {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let mut stdin = child.stdin.take().expect("a pipe");
        // The program may have refused its arguments before it reads anything.
        let _ = stdin.write_all(input);
        drop(stdin);
        let output = child.wait_with_output().expect("the program's end");
        Done {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.in_folder(env!("CARGO_BIN_EXE_unanswered"));
        command.args(arguments);
        command
    }

    fn in_folder(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.0).env_remove("NO_COLOR").env_remove("COLUMNS");
        command
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that is left behind does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A bundled capture.
pub(crate) fn capture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(name);
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// Requests of which those from ports below 123 to one server fail.
pub(crate) fn rows() -> String {
    let mut rows = "when,server,port,size,result\n".to_owned();
    for i in 0..400_u32 {
        let port = i * 7 % 1000;
        let server = ["a.test", "b.test"][(i / 2 % 2) as usize];
        let result = if port < 123 && server == "a.test" { "timeout" } else { "ok" };
        rows.push_str(&format!("{i},{server},{port},{},{result}\n", 48 + i % 3));
    }
    rows
}

/// Whether the tool is installed; with `UNANSWERED_REQUIRE_TOOLS=1` it must be.
pub(crate) fn installed(tool: &str) -> bool {
    let here = Command::new(tool).arg("--version").output().is_ok_and(|o| o.status.success());
    let required = std::env::var_os("UNANSWERED_REQUIRE_TOOLS").is_some_and(|v| v == "1");
    assert!(here || !required, "{tool} is required by UNANSWERED_REQUIRE_TOOLS and not installed");
    here
}

/// Two clients behind a masquerade, an old ntpd, six hours.
pub(crate) const SITE: &str = r#"
version = 1
title = "A small site"
about = "Two clients share one address."
start = 2026-03-02T00:00:00Z
duration = "6h"
seed = 3

[network.inside]
subnet = "192.168.0.0/24"
[network.outside]
subnet = "10.9.9.0/24"
delay = "200us"

[host.clock]
network = "outside"
address = "10.9.9.21"
service.ntpd = { kind = "ntp-server", profile = "ntpd-4.2.7p273", stratum = 1 }
[host.router]
interface.in = { network = "inside", address = "192.168.0.1" }
interface.out = { network = "outside", address = "10.9.9.1" }
nat = [{ masquerade = "out", policy = "linux-rover" }]
[host.client]
count = 2
network = "inside"
via = "192.168.0.1"
boot = "5min"
service.ntpd = { kind = "ntp-client", servers = ["clock"], minpoll = 4, maxpoll = 4 }

[[vantage]]
at = "router:*"
[[vantage]]
at = "clock:eth0"

[[chapter]]
name = "end"
at = "5h"
title = "After five hours"
text = "What the clients see."
show = ["billboard:client2", "nat:router", "counts", "packets", "explain"]

[[variant]]
name = "upgraded"
title = "ntpd 4.2.8 on the clock"
set = { "host.clock.service.ntpd.profile" = "ntpd-4.2.8" }
"#;
