//! Answers a second over loopback, side by side: this server, chronyd and a loop that only sends back what it gets.
//! `cargo bench -p unanswered-serve --bench answers`; chronyd is measured where it is installed (`-x`: it never touches the
//! clock; as root, as it insists).
//!
//! One client keeps so many requests in flight, reads and sends them in batches, and counts answers for some seconds. The
//! programs take turns, so that other work of the machine strikes all of them. Processor time is that of the answering
//! process, kernel included; it tells programs apart also where the client is the slower side.

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod linux {
    #![expect(clippy::print_stdout, reason = "a benchmark prints")]
    #![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

    use nix::sys::signal::{Signal, kill};
    use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg};
    use nix::unistd::Pid;
    use std::io::{IoSlice, IoSliceMut, Write as _};
    use std::net::UdpSocket;
    use std::os::fd::AsRawFd as _;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};
    use unanswered_live::Owner;
    use unanswered_serve::{Job, Serving};

    /// How long each program is asked, each time.
    const TURN: Duration = Duration::from_secs(2);
    /// How often.
    const TURNS: usize = 5;
    /// Requests in flight.
    const IN_FLIGHT: [usize; 3] = [1, 8, 64];
    /// An answer that is not there by then was lost.
    const PATIENCE: Duration = Duration::from_millis(200);
    const PORTS: [u16; 3] = [11_231, 11_232, 11_233];

    pub(super) fn main() {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["serve", behaviour] => return serve(behaviour),
            ["echo"] => return echo(),
            _ => {}
        }
        let ours = std::env::current_exe().expect("this program");
        let ours = ours.to_str().expect("a path in UTF-8");
        let [first, second, third] = PORTS.map(|port| port.to_string());
        // In a place of its own: chronyd removes the file at the end, whatever it is.
        let pid = format!("pidfile {}", std::env::temp_dir().join("unanswered-answers.pid").display());
        let chrony = [
            "chronyd",
            "-x",
            "-d",
            "-u",
            "root",
            "local stratum 8",
            "allow",
            "bindaddress 127.0.0.1",
            "cmdport 0",
            pid.as_str(),
        ];
        let port = format!("port {second}");
        let programs = [
            ("lab serve", first.as_str(), vec![ours, "serve", "ntpd-4.2.7p273"]),
            ("chronyd -x", second.as_str(), [&chrony[..], &[port.as_str()]].concat()),
            ("bare echo", third.as_str(), vec![ours, "echo"]),
        ];
        let started = programs.map(|(name, port, command)| (name, port.to_owned(), Program::start(&command)));
        println!("in flight  program     answers/s (median of {TURNS})  processor/answer  lost");
        for in_flight in IN_FLIGHT {
            let mut results = started.each_ref().map(|_| Vec::new());
            for _ in 0..TURNS {
                for ((_, port, program), results) in started.iter().zip(&mut results) {
                    results.extend(program.as_ref().and_then(|program| measure(port, in_flight, program)));
                }
            }
            for ((name, ..), mut results) in started.iter().zip(results) {
                results.sort_by(|one, other| one.rate.total_cmp(&other.rate));
                let Some(middle) = results.get(results.len() / 2) else {
                    println!("{in_flight:9}  {name:10}  not there");
                    continue;
                };
                let lost: u64 = results.iter().map(|one| one.lost).sum();
                let (rate, cost) = (middle.rate, middle.cost);
                println!("{in_flight:9}  {name:10}  {rate:23.0}  {cost:13.2} us  {lost:4}");
            }
        }
    }

    fn serve(behaviour: &str) {
        let [port, ..] = PORTS;
        let job = Job {
            behaviour: behaviour.parse().expect("a behaviour"),
            seed: 1,
            listen: vec![format!("127.0.0.1:{port}").parse().expect("an address")],
            answer_from: Vec::new(),
            threads: 1,
            count: None,
            time: None,
            owner: Owner::default(),
        };
        println!("{}", Serving::open(job).expect("a free port").run().expect("it serves"));
    }

    /// The least that can be done.
    fn echo() {
        let [.., port] = PORTS;
        let socket = UdpSocket::bind(("127.0.0.1", port)).expect("a free port");
        let mut room = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut room) {
            // One that went away is no reason to stop.
            let _ = socket.send_to(&room[..length], from);
        }
    }

    struct Program(Child);

    impl Program {
        fn start(command: &[&str]) -> Option<Self> {
            let (program, arguments) = command.split_first()?;
            let mut command = Command::new(program);
            command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn().ok().map(Self)
        }

        /// Processor time so far, in seconds (proc(5): utime and stime in hundredths).
        fn processor(&self) -> f64 {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap_or_default();
            let behind = stat.rsplit_once(')').map_or("", |(_, behind)| behind);
            let ticks =
                behind.split_whitespace().skip(11).take(2).filter_map(|word| word.parse::<f64>().ok());
            ticks.sum::<f64>() / 100.0
        }
    }

    impl Drop for Program {
        fn drop(&mut self) {
            if let Ok(number) = i32::try_from(self.0.id()) {
                let _ = kill(Pid::from_raw(number), Signal::SIGTERM);
            }
            let _ = self.0.wait();
        }
    }

    struct Measured {
        rate: f64,
        /// Microseconds of processor time an answer.
        cost: f64,
        lost: u64,
    }

    /// Asks for a turn; `None` if nothing answers.
    fn measure(port: &str, in_flight: usize, program: &Program) -> Option<Measured> {
        let socket = UdpSocket::bind("127.0.0.1:0").ok()?;
        socket.connect(format!("127.0.0.1:{port}")).ok()?;
        socket.set_read_timeout(Some(PATIENCE)).ok()?;
        let mut request = [0; 48];
        request[0] = 0x23;
        // It may still be starting.
        let begins = (0..50).any(|_| socket.send(&request).is_ok() && socket.recv(&mut [0; 64]).is_ok());
        if !begins {
            return None;
        }
        let (begun, processor) = (Instant::now(), program.processor());
        let (mut answers, mut lost) = (0_u64, 0_u64);
        let mut sending = MultiHeaders::<SockaddrStorage>::preallocate(in_flight, None);
        let mut receiving = MultiHeaders::<SockaddrStorage>::preallocate(in_flight, None);
        let mut free = in_flight;
        while begun.elapsed() < TURN {
            let out = vec![[IoSlice::new(&request)]; free];
            sendmmsg(socket.as_raw_fd(), &mut sending, &out, vec![None; free], [], MsgFlags::empty()).ok()?;
            let mut rooms = vec![[0; 64]; in_flight];
            let mut slices: Vec<[IoSliceMut<'_>; 1]> =
                rooms.iter_mut().map(|room| [IoSliceMut::new(room)]).collect();
            let flags = MsgFlags::MSG_WAITFORONE;
            free = match recvmmsg(socket.as_raw_fd(), &mut receiving, slices.iter_mut(), flags, None) {
                Ok(got) => got.count(),
                Err(_) => {
                    lost += u64::try_from(in_flight).unwrap_or(0);
                    in_flight
                }
            };
            answers += u64::try_from(free).unwrap_or(0);
        }
        let took = begun.elapsed().as_secs_f64();
        let processor = program.processor() - processor;
        let _ = std::io::stdout().flush();
        Some(Measured { rate: answers as f64 / took, cost: processor * 1e6 / answers.max(1) as f64, lost })
    }
}
