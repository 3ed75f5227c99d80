//! A world of network namespaces that a test creates and removes again, and programs that capture in it.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::allow_attributes, reason = "whether dead_code fires differs between test binaries")]

use nix::sched::{CloneFlags, setns};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use unanswered_capture::{InputSpec, Vantage, Vantages, open_stream};
use unanswered_wire::{Direction, Time};

/// How long anything may take before a test gives up; normally far less.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Whether the kernel's world can be used: as root, with these tools. If not, that is reported, and in the gate it is a
/// failure.
pub(crate) fn possible(tools: &[&str]) -> bool {
    let missing = tools.iter().find(|tool| {
        !Command::new("which").arg(tool).stdout(Stdio::null()).status().is_ok_and(|status| status.success())
    });
    let why = match missing {
        _ if !geteuid().is_root() => "it needs root".to_owned(),
        Some(tool) => format!("it needs {tool}"),
        None => return true,
    };
    skipped(&why);
    // Without root all other tests can still run; the gate must not.
    let variable = if geteuid().is_root() { "UNANSWERED_REQUIRE_TOOLS" } else { "UNANSWERED_REQUIRE_ROOT" };
    let required = std::env::var_os(variable).is_some_and(|value| value == "1");
    assert!(!required, "{variable} is set, and the test cannot run: {why}");
    false
}

#[expect(clippy::print_stdout, reason = "that a test was left out must not be silent")]
fn skipped(why: &str) {
    println!("SKIPPED: {why}");
}

/// Network namespaces with names of their own; removed by name at the end, even after a failed test.
pub(crate) struct World {
    pub(crate) prefix: String,
    names: Vec<String>,
}

impl World {
    /// Namespaces `PREFIX-NAME` without IPv6's own packets, loopback up.
    pub(crate) fn new(kind: &str, names: &[&str]) -> Self {
        let prefix = format!("un{kind}{}", std::process::id());
        let mut world = Self { prefix, names: Vec::new() };
        for name in names {
            let full = world.name(name);
            ip(&["netns", "add", &full]);
            world.names.push(full);
            world.within(name, || {
                for (path, value) in [
                    ("ipv6/conf/all/disable_ipv6", "1"),
                    ("ipv6/conf/default/disable_ipv6", "1"),
                    ("ipv4/ip_forward", "1"),
                    // Neighbours are not queried again until long after the test.
                    ("ipv4/neigh/default/delay_first_probe_time", "600"),
                ] {
                    // A kernel without IPv6 has nothing to switch off.
                    let _ = fs::write(format!("/proc/sys/net/{path}"), value);
                }
            });
            world.ip(name, "link set lo up");
        }
        world
    }

    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    /// `ip` in a namespace.
    pub(crate) fn ip(&self, name: &str, arguments: &str) {
        assert!(self.try_ip(name, arguments), "ip {arguments} in {name}");
    }

    pub(crate) fn try_ip(&self, name: &str, arguments: &str) -> bool {
        let full = self.name(name);
        let words = ["-n", &full].into_iter().chain(arguments.split(' '));
        Command::new("ip").args(words).status().is_ok_and(|status| status.success())
    }

    /// Two interfaces and a cable between them; up, with an address where one is given.
    pub(crate) fn cable(&self, ends: [(&str, &str, &str); 2]) {
        let [(one, device, _), (other, far, _)] = ends;
        let (one, other) = (self.name(one), self.name(other));
        ip(&["link", "add", device, "netns", &one, "type", "veth", "peer", "name", far, "netns", &other]);
        for (name, device, address) in ends {
            if !address.is_empty() {
                self.ip(name, &format!("addr add {address} dev {device}"));
            }
            self.ip(name, &format!("link set {device} up"));
        }
    }

    /// Does something in a namespace, in a thread of its own.
    pub(crate) fn within<T: Send>(&self, name: &str, work: impl FnOnce() -> T + Send) -> T {
        let handle = File::open(format!("/run/netns/{}", self.name(name))).expect("a namespace");
        std::thread::scope(|scope| {
            let there = scope.spawn(|| {
                setns(&handle, CloneFlags::CLONE_NEWNET).expect("root may enter");
                work()
            });
            there.join().expect("what is done in a namespace succeeds")
        })
    }

    /// A program in a namespace.
    pub(crate) fn command(&self, name: &str, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name(name), program]);
        command
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for name in &self.names {
            // What is already gone need not be removed.
            let _ = Command::new("ip").args(["netns", "del", name]).status();
        }
    }
}

fn ip(arguments: &[&str]) {
    let done = Command::new("ip").args(arguments).status().expect("ip runs");
    assert!(done.success(), "ip {arguments:?}");
}

/// A program that captures; it is ended with the test.
pub(crate) struct Running {
    pub(crate) child: Child,
    lines: Receiver<String>,
    heard: Vec<String>,
}

impl Running {
    /// Starts it and waits until it reports that it captures.
    pub(crate) fn start(command: &mut Command, ready: &str) -> Self {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let errors = BufReader::new(child.stderr.take().expect("a pipe"));
        let (send, lines) = channel();
        std::thread::spawn(move || errors.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let mut running = Self { child, lines, heard: Vec::new() };
        running.hear(ready);
        running
    }

    /// Waits until it prints this.
    pub(crate) fn hear(&mut self, words: &str) {
        while !self.heard.iter().any(|line| line.contains(words)) {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.heard.push(line),
                Err(_) => panic!("never said {words:?}, but {:?}", self.heard),
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let number = i32::try_from(self.child.id()).expect("a process number");
        kill(Pid::from_raw(number), signal).expect("our own child");
    }

    /// Waits for its end; returns how it ended and all its output.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("our own child");
        let mut heard = std::mem::take(&mut self.heard);
        heard.extend(self.lines.iter());
        (status, heard.join("\n"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `unanswered capture`.
pub(crate) fn capture(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unanswered"));
    command.arg("capture").args(arguments);
    for name in ["SUDO_UID", "SUDO_GID"] {
        command.env_remove(name);
    }
    command
}

/// A frame of a capture, with its place by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) place: usize,
    pub(crate) time: Time,
    pub(crate) direction: Option<Direction>,
    pub(crate) length: u32,
    pub(crate) bytes: Vec<u8>,
}

/// Reads a whole capture, passing on each frame as it comes.
pub(crate) fn read(source: impl Read + Send + 'static, mut each: impl FnMut(Seen)) -> Vec<Vantage> {
    let vantages = Vantages::new();
    let spec = InputSpec::new("test.pcapng");
    let mut reader = open_stream(&spec, Box::new(source), None, &vantages).expect("a capture");
    while let Some(frame) = reader.next_frame() {
        each(Seen {
            place: usize::from(frame.vantage.0),
            time: frame.time,
            direction: frame.direction,
            length: frame.length,
            bytes: frame.bytes.to_vec(),
        });
    }
    assert_eq!(reader.warnings(), []);
    vantages.list()
}

/// Whether the frame carries these bytes anywhere.
pub(crate) fn carries(frame: &[u8], mark: &[u8]) -> bool {
    frame.windows(mark.len()).any(|window| window == mark)
}

/// A folder for capture files: the user that the capture changes to may write there.
pub(crate) fn folder(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("unanswered-{name}-{}", std::process::id()));
    fs::create_dir_all(&path).expect("a folder");
    path
}
