//! The highest rate that is captured without a loss, and the processor time per packet, compared with tcpdump's for
//! the same traffic: `cargo bench -p unanswered-live`, as root, with ip and tcpdump.
//! The traffic is NTP over a pair of interfaces in two namespaces that are created for it and removed again, at rates
//! that double until the sender cannot keep up. Processor time is that of the capturing process; what the
//! kernel does for it is counted as the sender's time.
//! kernel does for it is done in the sender's time.

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod linux {
    #![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints")]
    #![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

    use nix::sched::{CloneFlags, setns};
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::{Pid, geteuid};
    use std::fs::File;
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::net::UdpSocket;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};
    use unanswered_live::{Filter, Job, Owner, Selection, Target, run};

    /// How long traffic lasts.
    const SECONDS: u32 = 3;

    pub(super) fn main() {
        let mut arguments = std::env::args().skip(1);
        if arguments.next().as_deref() == Some("capture") {
            return capture(&arguments.next().unwrap_or_default());
        }
        if !geteuid().is_root() || Command::new("tcpdump").arg("--version").output().is_err() {
            println!("skipped: this benchmark needs root, ip and tcpdump");
            return;
        }
        let world = World::new();
        let ours = std::env::current_exe().expect("this program");
        let ours = ours.to_str().expect("a path in UTF-8");
        let there = format!("{}-b", world.0);
        let tcpdump = ["tcpdump", "-i", "west", "-n", "-B", "16384", "-w", "-", "udp", "port", "123"];
        println!("packets/s  program     lost     processor/packet  reached");
        for rate in [50_000, 100_000, 200_000, 400_000, 800_000] {
            for (name, ready, command) in [
                ("unanswered", "capturing", &[ours, "capture", "west"][..]),
                ("tcpdump", "listening", &tcpdump),
            ] {
                let mut program = Program::start(&there, command, ready);
                let reached = world.send(rate);
                // Packets in flight arrive.
                std::thread::sleep(Duration::from_millis(1500));
                let (nanoseconds, lost) = program.end();
                let sent = f64::from(rate * SECONDS);
                println!("{rate:9}  {name:10}  {lost:7}  {:13.0} ns  {reached:7.0}", nanoseconds / sent);
            }
        }
    }

    /// As the binary does it, with the output discarded.
    fn capture(place: &str) {
        let job = Job {
            places: Selection { interfaces: vec![place.to_owned()], namespaces: Vec::new() },
            filter: Filter { protocols: vec![unanswered_wire::ProtocolId::NTP], ..Filter::default() },
            ring: None,
            snap: 262_144,
            promiscuous: true,
            target: Target::Standard,
            rotation: None,
            count: None,
            time: None,
            owner: Owner::default(),
        };
        match run(job, &mut |notice| eprintln!("{notice}")) {
            Ok(summary) => eprintln!("{} packets dropped by kernel", summary.dropped()),
            Err(error) => eprintln!("{error}"),
        }
    }

    /// Two namespaces, removed at the end.
    struct World(String);

    impl World {
        fn new() -> Self {
            let world = Self(format!("unbench{}", std::process::id()));
            let (a, b) = (format!("{}-a", world.0), format!("{}-b", world.0));
            for name in [&a, &b] {
                ip(&format!("netns add {name}"));
            }
            ip(&format!("link add east netns {a} type veth peer name west netns {b}"));
            for (name, device, address) in [(&a, "east", "192.0.2.1/24"), (&b, "west", "192.0.2.2/24")] {
                ip(&format!("-n {name} addr add {address} dev {device}"));
                ip(&format!("-n {name} link set {device} up"));
            }
            world
        }

        fn within<T: Send>(&self, name: &str, work: impl FnOnce() -> T + Send) -> T {
            let handle = File::open(format!("/run/netns/{}-{name}", self.0)).expect("a namespace");
            std::thread::scope(|scope| {
                let there = scope.spawn(|| {
                    setns(&handle, CloneFlags::CLONE_NEWNET).expect("root may enter");
                    work()
                });
                there.join().expect("it works there")
            })
        }

        /// Sends for some seconds, in each millisecond as many as are due; returns the rate that was reached.
        fn send(&self, rate: u32) -> f64 {
            let listener = self.within("b", || UdpSocket::bind("192.0.2.2:123").expect("a free port"));
            let socket = self.within("a", || UdpSocket::bind("192.0.2.1:1123").expect("a free port"));
            socket.connect("192.0.2.2:123").expect("a route");
            let begun = Instant::now();
            let mut payload = [0x23; 48];
            for number in 0..rate * SECONDS {
                let due = Duration::from_secs_f64(f64::from(number) / f64::from(rate));
                while number.is_multiple_of(rate / 1000) && begun.elapsed() < due {
                    std::thread::sleep(due.saturating_sub(begun.elapsed()));
                }
                payload[..4].copy_from_slice(&number.to_be_bytes());
                socket.send(&payload).expect("it is sent");
            }
            let reached = f64::from(rate * SECONDS) / begun.elapsed().as_secs_f64();
            drop(listener);
            reached
        }
    }

    impl Drop for World {
        fn drop(&mut self) {
            for name in ["a", "b"] {
                ip(&format!("netns del {}-{name}", self.0));
            }
        }
    }

    fn ip(arguments: &str) {
        let done = Command::new("ip").args(arguments.split(' ')).status().expect("ip runs");
        assert!(done.success(), "ip {arguments}");
    }

    /// A program that captures.
    struct Program {
        child: Child,
        errors: BufReader<std::process::ChildStderr>,
        before: f64,
    }

    impl Program {
        fn start(namespace: &str, command: &[&str], ready: &str) -> Self {
            let mut all = Command::new("ip");
            all.args(["netns", "exec", namespace]).args(command);
            let mut child = all.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
            let mut errors = BufReader::new(child.stderr.take().expect("a pipe"));
            let mut line = String::new();
            while !line.contains(ready) {
                line.clear();
                assert!(errors.read_line(&mut line).expect("a line") > 0, "it says that it is ready");
            }
            let before = processor(child.id());
            Self { child, errors, before }
        }

        /// Nanoseconds of processor time, and how many packets the kernel dropped.
        fn end(&mut self) -> (f64, u64) {
            let used = processor(self.child.id()) - self.before;
            let number = i32::try_from(self.child.id()).expect("a process number");
            kill(Pid::from_raw(number), Signal::SIGINT).expect("our own child");
            let mut said = String::new();
            self.errors.read_to_string(&mut said).expect("text");
            self.child.wait().expect("our own child");
            let lost = said.lines().find_map(|line| line.strip_suffix(" packets dropped by kernel"));
            (used, lost.and_then(|count| count.parse().ok()).expect("it tells"))
        }
    }

    /// Processor time of a process in nanoseconds (proc(5), schedstat).
    fn processor(process: u32) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{process}/schedstat")).expect("it runs");
        text.split(' ').next().and_then(|field| field.parse().ok()).expect("a number")
    }
}
