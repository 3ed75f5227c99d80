//! How a capture begins and ends: files, counts, privileges, pipes, places that disappear.
#![cfg(target_os = "linux")]

mod world;

use nix::sys::signal::Signal;
use std::fs::{self, File};
use std::io;
use std::net::UdpSocket;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use unanswered_capture::{InputSpec, Vantages, open_stream};
use world::{Running, World, capture, folder, possible, read};

/// Two namespaces and a cable, packets across it, and a folder.
struct Lab {
    world: World,
    folder: PathBuf,
    client: UdpSocket,
    server: UdpSocket,
}

impl Lab {
    fn new(kind: &str) -> Self {
        let world = World::new(kind, &["a", "b"]);
        world.cable([("a", "east", "192.0.2.1/24"), ("b", "west", "192.0.2.2/24")]);
        let client =
            world.within("a", || UdpSocket::bind("192.0.2.1:1123").expect("the world does as it is told"));
        let server =
            world.within("b", || UdpSocket::bind("192.0.2.2:123").expect("the world does as it is told"));
        client.connect("192.0.2.2:123").expect("the world does as it is told");
        server.connect("192.0.2.1:1123").expect("the world does as it is told");
        server.set_read_timeout(Some(world::PATIENCE)).expect("the world does as it is told");
        // The capture, which will run as nobody, creates files in it.
        let folder = folder(kind);
        Self { world, folder, client, server }
    }

    /// `unanswered capture` of NTP in both namespaces, with a file of the folder as output.
    fn capture(&self, file: &str, more: &[&str]) -> Command {
        let places = format!("{}*", self.world.prefix);
        let mut command = capture(&["--netns", &places, "--on", "east,west", "--protocol", "ntp", "-o"]);
        command.arg(if file == "-" { PathBuf::from("-") } else { self.folder.join(file) }).args(more);
        command
    }

    fn started(&self, file: &str, more: &[&str]) -> Running {
        Running::start(&mut self.capture(file, more), "capturing protocol ntp at 2 places")
    }

    /// This many NTP requests, each of which has arrived when this returns.
    fn ask(&self, count: usize) {
        let mut request = [0; 48];
        request[0] = 0x23;
        for number in 0..count {
            request[40..].copy_from_slice(
                &u64::try_from(number + 1).expect("the world does as it is told").to_be_bytes(),
            );
            self.client.send(&request).expect("the world does as it is told");
            self.server.recv(&mut [0; 64]).expect("the world does as it is told");
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> = fs::read_dir(&self.folder)
            .expect("the world does as it is told")
            .map(|entry| entry.expect("the world does as it is told").path())
            .collect();
        files.sort();
        files
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // A folder that is left behind does no harm.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Frames of a complete file, which must end with the counts of both places.
fn whole(file: &Path) -> usize {
    let mut frames = 0;
    let vantages = read(File::open(file).expect("the world does as it is told"), |_| frames += 1);
    assert_eq!(vantages.len(), 2);
    assert!(vantages.iter().all(|vantage| vantage.dropped == Some(0)), "{vantages:?}");
    assert!(
        vantages.iter().all(|vantage| vantage
            .application
            .as_deref()
            .unwrap_or("")
            .starts_with("unanswered capture "))
    );
    frames
}

#[test]
fn each_signal_ends_a_capture_with_a_complete_file() {
    if !possible(&["ip"]) {
        return;
    }
    let lab = Lab::new("sig");
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let capture = lab.started("all.pcapng", &[]);
        lab.ask(20);
        capture.signal(signal);
        let (status, said) = capture.end();
        assert_eq!(status.code(), Some(0), "{said}");
        assert!(said.contains("captured 40 packets at 2 places"), "{said}");
        assert_eq!(whole(&lab.files()[0]), 40);
    }
}

#[test]
fn a_count_or_a_time_ends_a_capture_with_a_complete_file() {
    if !possible(&["ip"]) {
        return;
    }
    let lab = Lab::new("cnt");
    let capture = lab.started("all.pcapng", &["--count", "25"]);
    lab.ask(100);
    let (status, said) = capture.end();
    assert!(status.success() && said.contains("captured 25 packets"), "{said}");
    assert_eq!(whole(&lab.files()[0]), 25);
    let capture = lab.started("all.pcapng", &["--seconds", "1"]);
    lab.ask(10);
    let (status, said) = capture.end();
    assert!(status.success() && said.contains("captured 20 packets"), "{said}");
    assert_eq!(whole(&lab.files()[0]), 20);
}

#[test]
fn a_capture_that_cannot_be_written_further_says_so_and_what_was_written_is_read() {
    if !possible(&["ip"]) {
        return;
    }
    let lab = Lab::new("lim");
    let places = format!("{}*", lab.world.prefix);
    let mut command = Command::new("sh");
    // In blocks of 512 or 1024 bytes, as the shell counts.
    command.args(["-c", "ulimit -f 8; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_unanswered"), "capture"]);
    command.args(["--netns", &places, "--on", "east,west", "--protocol", "ntp", "-o"]);
    command.arg(lab.folder.join("all.pcapng"));
    let capture = Running::start(&mut command, "capturing protocol ntp at 2 places");
    // Three times as much as a file may contain.
    lab.ask(100);
    let (status, said) = capture.end();
    assert_eq!(status.code(), Some(2), "{said}");
    assert!(said.contains("all.pcapng: File too large"), "{said}");
    let mut frames = 0;
    let spec = InputSpec::new("all.pcapng");
    let (bytes, vantages) = (fs::read(&lab.files()[0]).expect("the capture"), Vantages::new());
    let mut reader =
        open_stream(&spec, Box::new(io::Cursor::new(bytes)), None, &vantages).expect("a capture");
    while reader.next_frame().is_some() {
        frames += 1;
    }
    assert!((1..200).contains(&frames), "{frames} frames");
}

#[test]
fn of_a_ring_of_files_the_newest_are_kept_and_each_is_complete() {
    if !possible(&["ip"]) {
        return;
    }
    let lab = Lab::new("rot");
    let capture = lab.started("all.pcapng", &["--rotate-size", "1", "--keep", "2"]);
    // 140 bytes each in the file, at both places: 2.8 MB.
    lab.ask(10_000);
    capture.signal(Signal::SIGINT);
    let (status, said) = capture.end();
    assert!(
        status.success() && said.contains("captured 20000 packets") && said.contains("3 files"),
        "{said}"
    );
    let names: Vec<_> =
        lab.files().iter().map(|f| f.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["all-00002.pcapng", "all-00003.pcapng"]);
    let sizes = lab.files().iter().map(|file| fs::metadata(file).unwrap().len()).collect::<Vec<_>>();
    assert!((1_000_000..1_001_000).contains(&sizes[0]), "{sizes:?}");
    let frames: usize = lab.files().iter().map(|file| whole(file)).sum();
    assert!((11_000..15_000).contains(&frames), "{frames}");
}

/// Complete packet blocks of a file that may still be growing.
fn packets(bytes: &[u8]) -> usize {
    const ENHANCED_PACKET_BLOCK: u32 = 6;
    let (mut rest, mut count) = (bytes, 0);
    while let [a, b, c, d, e, f, g, h, ..] = *rest {
        let length = u32::from_le_bytes([e, f, g, h]) as usize;
        let Some(behind) = rest.get(length..).filter(|_| length > 0) else { break };
        count += usize::from(u32::from_le_bytes([a, b, c, d]) == ENHANCED_PACKET_BLOCK);
        rest = behind;
    }
    count
}

#[test]
fn a_killed_capture_leaves_what_was_flushed() {
    if !possible(&["ip"]) {
        return;
    }
    let lab = Lab::new("kill");
    let mut capture = lab.started("all.pcapng", &[]);
    lab.ask(50);
    let file = lab.folder.join("all.pcapng");
    // In one flush or in several: the second place's packets may be released later.
    while packets(&fs::read(&file).unwrap()) < 100 {
        std::thread::yield_now();
    }
    capture.child.kill().unwrap();
    capture.end();
    let mut frames = 0;
    read(File::open(&file).unwrap(), |_| frames += 1);
    assert_eq!(frames, 100);
}

#[test]
fn a_running_capture_has_no_rights() {
    if !possible(&["ip"]) {
        return;
    }
    let lab = Lab::new("caps");
    let status = |capture: &Running, field: &str| {
        let text = fs::read_to_string(format!("/proc/{}/status", capture.child.id())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(field)).unwrap();
        line.split_whitespace().next().unwrap().to_owned()
    };
    for (more, user) in [(&["-v"][..], "65534"), (&["-v", "--rotate-seconds", "60"], "0")] {
        let mut capture = lab.started("all.pcapng", more);
        capture.hear("dropped all capabilities; running as ");
        for field in ["CapEff:", "CapPrm:", "CapInh:", "CapAmb:"] {
            assert_eq!(u64::from_str_radix(&status(&capture, field), 16), Ok(0), "{field}");
        }
        assert_eq!(status(&capture, "NoNewPrivs:"), "1");
        assert_eq!(status(&capture, "Uid:"), user);
    }
    let mut command = lab.capture("mine.pcapng", &[]);
    command.env("SUDO_UID", "1234").env("SUDO_GID", "4321");
    let capture = Running::start(&mut command, "capturing");
    assert_eq!((status(&capture, "Uid:"), status(&capture, "Gid:")), ("1234".to_owned(), "4321".to_owned()));
    let file = fs::metadata(lab.folder.join("mine.pcapng")).unwrap();
    assert_eq!((file.uid(), file.gid()), (1234, 4321));
}

#[test]
fn without_rights_it_says_what_to_do() {
    if !possible(&["ip", "setpriv"]) {
        return;
    }
    // It must not be in a folder of root's, because nobody has to run it.
    let folder = folder("rights");
    let program = folder.join("unanswered");
    fs::copy(env!("CARGO_BIN_EXE_unanswered"), &program).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(&program);
    let done = command.args(["capture", "--on", "lo", "-o", "-"]).output().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(done.status.code(), Some(2));
    let words = "unanswered: permission denied: cannot capture\nhint: run as root, or give the binary cap_net_raw,cap_sys_admin\n";
    assert_eq!((String::from_utf8_lossy(&done.stderr).as_ref(), done.stdout.as_slice()), (words, &b""[..]));
}

#[test]
fn a_stream_goes_straight_into_explain() {
    if !possible(&["ip"]) {
        return;
    }
    let lab = Lab::new("pipe");
    let mut command = lab.capture("-", &[]);
    let mut capture = Running::start(command.stdout(Stdio::piped()), "capturing");
    let stream = capture.child.stdout.take().unwrap();
    let mut explain = Command::new(env!("CARGO_BIN_EXE_unanswered"));
    explain.args(["explain", "-", "--json"]).stdin(stream).stdout(Stdio::piped()).stderr(Stdio::null());
    let explain = explain.spawn().unwrap();
    lab.ask(30);
    capture.signal(Signal::SIGINT);
    let (status, said) = capture.end();
    assert!(status.success(), "{said}");
    let out = explain.wait_with_output().unwrap();
    let out = String::from_utf8(out.stdout).unwrap();
    assert!(out.contains("\"requests\": 30"), "{out}");
}

#[test]
fn a_reader_that_goes_away_ends_the_capture_quietly() {
    if !possible(&["ip"]) {
        return;
    }
    let lab = Lab::new("gone");
    let mut command = lab.capture("-", &[]);
    let mut capture = Running::start(command.stdout(Stdio::piped()), "capturing");
    // No packet arrives: that alone must not keep it waiting.
    drop(capture.child.stdout.take());
    let (status, said) = capture.end();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(!said.contains("unanswered:"), "{said}");
}

#[test]
fn a_place_that_goes_away_is_told_once_and_the_others_go_on() {
    if !possible(&["ip"]) {
        return;
    }
    let lab = Lab::new("away");
    lab.world.ip("a", "link add extra type veth peer name other");
    for device in ["extra", "other"] {
        lab.world.ip("a", &format!("link set {device} up"));
    }
    let places = format!("{}*", lab.world.prefix);
    let mut command = capture(&["--netns", &places, "--on", "east,west,extra", "-o"]);
    let mut capture = Running::start(command.arg(lab.folder.join("all.pcapng")), "at 3 places");
    lab.world.ip("a", "link set extra down");
    capture.hear("-a/extra went down; its capture resumes when it comes up again");
    lab.world.ip("a", "link del extra");
    capture.hear("-a/extra is gone; the capture continues at the other places");
    lab.ask(5);
    capture.signal(Signal::SIGINT);
    let (status, said) = capture.end();
    assert!(status.success() && said.contains("at 3 places"), "{said}");
    assert_eq!(said.matches("is gone").count(), 1, "{said}");
}

#[test]
fn what_is_lost_is_told_with_its_place_and_stands_in_the_file() {
    if !possible(&["ip"]) {
        return;
    }
    let lab = Lab::new("loss");
    // The smallest possible ring, and a capture that is kept from running.
    let capture = lab.started("all.pcapng", &["--ring", "1"]);
    capture.signal(Signal::SIGSTOP);
    for _ in 0..40_000 {
        lab.client.send(&[0x23; 48]).unwrap();
    }
    capture.signal(Signal::SIGCONT);
    capture.signal(Signal::SIGINT);
    let (status, said) = capture.end();
    assert!(status.success() && said.contains("the kernel dropped "), "{said}");
    assert!(said.contains("-b/west: ") && said.contains("hint: a bigger --ring"), "{said}");
    let mut counts = [0_u64; 2];
    let vantages = read(File::open(&lab.files()[0]).unwrap(), |seen| counts[seen.place] += 1);
    for (vantage, count) in vantages.iter().zip(counts) {
        assert_eq!(vantage.dropped.unwrap() + count, 40_000, "{vantage:?}");
    }
}

#[test]
fn a_capture_that_is_kept_from_running_for_a_second_at_full_rate_loses_nothing() {
    if !possible(&["ip"]) {
        return;
    }
    let lab = Lab::new("stop");
    let capture = lab.started("all.pcapng", &[]);
    capture.signal(Signal::SIGSTOP);
    for _ in 0..50_000 {
        lab.client.send(&[0x23; 48]).unwrap();
    }
    capture.signal(Signal::SIGCONT);
    capture.signal(Signal::SIGINT);
    let (status, said) = capture.end();
    assert!(status.success() && said.contains("captured 100000 packets"), "{said}");
    assert!(said.contains("the kernel dropped none"), "{said}");
}

#[test]
fn places_are_listed_with_their_state_and_their_link() {
    if !possible(&["ip"]) {
        return;
    }
    let world = World::new("list", &["a"]);
    world.ip("a", "link add one type veth peer name two");
    // A kernel without it has one line less.
    let tunnel = world.try_ip("a", "tuntap add tun0 mode tun");
    let list = |on: &str| {
        let done = capture(&["--list", "--netns", &world.name("a"), "--on", on]).output().unwrap();
        assert_eq!((done.status.code(), done.stderr.as_slice()), (Some(0), &b""[..]));
        String::from_utf8(done.stdout).unwrap()
    };
    let (name, wide) = (world.name("a"), world.name("a").len());
    let heading = format!("{:wide$}  interface  state  link type\n", "namespace");
    assert_eq!(list("any"), format!("{heading}{name}  lo         up     Ethernet\n"));
    assert!(list("o*").ends_with(&format!("{name}  one        down   Ethernet\n")));
    if tunnel {
        assert!(list("tun?").ends_with(&format!("{name}  tun0       down   IP\n")));
    }
}

#[test]
fn wireshark_reads_the_file_without_complaint() {
    if !possible(&["ip", "tshark", "capinfos"]) {
        return;
    }
    let lab = Lab::new("shark");
    let capture = lab.started("all.pcapng", &[]);
    lab.ask(7);
    capture.signal(Signal::SIGINT);
    assert!(capture.end().0.success());
    let file = lab.folder.join("all.pcapng");
    let run = |program: &str, arguments: &[&str]| {
        let done = Command::new(program).args(arguments).arg(&file).output().unwrap();
        let errors = String::from_utf8(done.stderr).unwrap();
        // tshark says this whenever it runs as root.
        let complaints: Vec<_> = errors.lines().filter(|line| !line.contains("Running as user")).collect();
        assert!(done.status.success() && complaints.is_empty(), "{errors}");
        String::from_utf8(done.stdout).unwrap()
    };
    let fields = [
        "-T",
        "fields",
        "-e",
        "frame.interface_name",
        "-e",
        "frame.packet_flags_direction",
        "-e",
        "ntp.flags",
        "-r",
    ];
    let mut lines: Vec<String> = run("tshark", &fields).lines().map(str::to_owned).collect();
    lines.sort();
    let (out, into) = (lab.world.name("a/east"), lab.world.name("b/west"));
    let expected = |place: &str, way: u8| vec![format!("{place}\t0x0000000{way}\t0x23"); 7];
    assert_eq!(lines, [expected(&out, 2), expected(&into, 1)].concat());
    let about = run("capinfos", &[]);
    for words in [
        "unanswered capture ",
        &format!("Name = {into}"),
        "Number of stat entries = 1",
        "Number of packets = 7",
        "Filter string = protocol ntp",
    ] {
        assert!(about.contains(words), "{words}: {about}");
    }
}
