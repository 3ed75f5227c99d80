//! tshark and capinfos open the capture of every scenario: nothing malformed, no bad checksum, no
//! expert item of severity "error", and as many frames and interfaces as were written.

#[path = "scenarios/library.rs"]
#[expect(dead_code, reason = "what a fault strikes is asked by the other test")]
mod library;

use library::{REHEARSALS, played, scenario};
use std::path::{Path, PathBuf};
use std::process::Command;
use unanswered_lab::record::RunRecord;
use unanswered_scenario::model::{Scenario, ServiceKind};

/// tshark verifies these checksums only when an option says so.
const CHECKED: [&str; 6] =
    ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"];

/// Every sort of complaint: 0 is a bad checksum; expert information of severity "error" (`PI_ERROR`
/// in Wireshark's `epan/proto.h`). A warning may be about what is rehearsed: a retransmission, a
/// reply that no request asked for.
const COMPLAINTS: &str = "_ws.malformed || _ws.short || ip.checksum.status == 0 || udp.checksum.status == 0 \
    || tcp.checksum.status == 0 || icmp.checksum.status == 0 || _ws.expert.severity >= 0x800000";

#[test]
fn tshark_has_no_complaint_about_the_capture_of_any_scenario() {
    if missing("tshark") {
        eprintln!("skipped: tshark is not installed, so no capture is shown to it");
        return;
    }
    let complaints: Vec<String> = for_each(|name, file, scenario, _| {
        let arguments = [CHECKED.as_slice(), spoken(scenario), &["-Y", COMPLAINTS]].concat();
        let printed = output("tshark", &["-2", "-n"], file, &arguments);
        printed.lines().take(3).map(|line| format!("{name}: {line}")).collect()
    });
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn capinfos_counts_the_frames_and_interfaces_that_were_written() {
    if missing("capinfos") {
        eprintln!("skipped: capinfos is not installed, so no capture is shown to it");
        return;
    }
    let wrong: Vec<String> = for_each(|name, file, scenario, record| {
        let printed = output("capinfos", &["-M", "-c", "-I"], file, &[]);
        let said = |what: &str| {
            let line = printed.lines().find_map(|line| line.strip_prefix(what));
            line.and_then(|value| value.trim().parse::<usize>().ok())
        };
        let said = (said("Number of packets:"), said("Number of interfaces in file:"));
        let right = (Some(record.captures.len()), Some(scenario.vantages.len()));
        if said == right { Vec::new() } else { vec![format!("{name}: {said:?}, not {right:?}")] }
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn tshark_complains_about_a_byte_that_is_not_right() {
    if missing("tshark") {
        eprintln!("skipped: tshark is not installed, so no capture is shown to it");
        return;
    }
    let scenario = scenario("overlay-mtu-black-hole");
    let record = played(&scenario, scenario.seed);
    let mut bytes = written(&scenario, &record);
    // The last frame's data, which a checksum covers: before the statistics of the interfaces.
    let last = bytes.windows(4).rposition(|four| four == [52, 53, 54, 55]).expect("echo data counts up");
    bytes[last] ^= 0x55;
    let file = Temporary::new("damaged", &bytes);
    let arguments = [CHECKED.as_slice(), &["-Y", COMPLAINTS]].concat();
    assert_eq!(output("tshark", &["-2", "-n"], &file.0, &arguments).lines().count(), 1);
}

/// Runs every scenario and passes its capture file to a function, with two threads.
fn for_each(judge: impl Fn(&str, &Path, &Scenario, &RunRecord) -> Vec<String> + Sync) -> Vec<String> {
    let one = |name: &str| {
        let scenario = scenario(name);
        let record = played(&scenario, scenario.seed);
        assert_eq!(record.captures.not_emitted(), 0, "{name}: packets that cannot be written");
        let file = Temporary::new(name, &written(&scenario, &record));
        judge(name, &file.0, &scenario, &record)
    };
    let all = |half: usize| -> Vec<String> {
        REHEARSALS.iter().skip(half).step_by(2).flat_map(|rehearsal| one(rehearsal.name)).collect()
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| all(1));
        let mut said = all(0);
        said.extend(other.join().expect("the other thread does not panic"));
        said
    })
}

/// tshark takes a datagram from port 53 or 67 for DNS or BOOTP, whatever it is; a translation or a
/// careless client uses such ports. Where only one protocol is used, tshark is run with it preset.
fn spoken(scenario: &Scenario) -> &'static [&'static str] {
    let mut kinds = scenario.hosts.iter().flat_map(|host| &host.services).map(|service| &service.kind);
    let dns = kinds.clone().any(|kind| matches!(kind, ServiceKind::DnsServer(_)));
    let ntp = kinds.any(|kind| matches!(kind, ServiceKind::NtpServer(_)));
    match (dns, ntp) {
        (true, false) => &["-d", "udp.port==1-1023,dns"],
        (false, true) => &["-d", "udp.port==1-1023,ntp"],
        _ => &[],
    }
}

fn written(scenario: &Scenario, record: &RunRecord) -> Vec<u8> {
    record.captures.write(scenario, &[], None, Vec::new()).expect("memory takes bytes")
}

fn missing(tool: &str) -> bool {
    let missing = Command::new(tool).arg("--version").output().is_err();
    let required = std::env::var_os("UNANSWERED_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!(missing && required), "{tool} is required (UNANSWERED_REQUIRE_TOOLS=1) and not installed");
    missing
}

/// What a tool prints about a file; tshark wants `-r` before its name, capinfos does not.
fn output(tool: &str, before: &[&str], file: &Path, after: &[&str]) -> String {
    let mut command = Command::new(tool);
    command.args(before);
    if tool == "tshark" {
        command.arg("-r");
    }
    let output = command.arg(file).args(after).output().expect("the tool runs");
    assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the tool prints UTF-8")
}

/// A capture file that is removed afterwards.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, bytes: &[u8]) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static FILES: AtomicU32 = AtomicU32::new(0);
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        let file = format!("unanswered-lab-{}-{number}-{name}.pcapng", std::process::id());
        let path = std::env::temp_dir().join(file);
        std::fs::write(&path, bytes).expect("the temporary folder takes files");
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // A file left behind in the temporary folder harms nobody.
        let _ = std::fs::remove_file(&self.0);
    }
}
