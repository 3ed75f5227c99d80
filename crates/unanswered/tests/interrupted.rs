//! Ctrl-C ends standard input and not the answer.
#![cfg(target_os = "linux")]

mod common;

use common::{Folder, capture};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Output, Stdio};
use std::thread;
use unanswered_capture::{InputSpec, PcapWriter, Vantages, open};

/// A bundled capture as a plain pcap: longer than a pipe holds, so that who has written all of it knows that the program
/// is reading.
fn plain() -> Vec<u8> {
    let mut reader =
        open(&InputSpec::new(capture("nested/n2/nn-und.pcap.zst")), &Vantages::new()).expect("test data");
    let mut writer: Option<PcapWriter<Vec<u8>>> = None;
    while let Some(frame) = reader.next_frame() {
        let new = || PcapWriter::new(Vec::new(), frame.link_type, 262_144).expect("memory takes it");
        writer.get_or_insert_with(new).write(frame.time, frame.length, frame.bytes).expect("memory takes it");
    }
    let bytes = writer.expect("there are frames").finish().expect("memory takes it");
    assert!(bytes.len() > 2 << 16, "a pipe holds 65,536 bytes: {}", bytes.len());
    bytes
}

fn started(folder: &Folder, arguments: &[&str]) -> Child {
    let mut command = folder.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program")
}

fn send(child: &Child, signal: Signal) {
    let id = i32::try_from(child.id()).expect("a process id");
    kill(Pid::from_raw(id), signal).expect("the program runs");
}

/// What the program did after it had read the bytes and then got the signal, the pipe still open.
fn interrupted(arguments: &[&str], bytes: &[u8], signal: Signal) -> Output {
    let folder = Folder::new();
    let mut child = started(&folder, arguments);
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(bytes).expect("the program reads");
    send(&child, signal);
    let output = child.wait_with_output().expect("the program ends");
    drop(stdin);
    output
}

#[test]
fn a_signal_ends_the_input_as_if_its_writer_had_closed_it() {
    let bytes = plain();
    for command in ["explain", "trace"] {
        let closed = Folder::new().run_with(&[command, "-"], &bytes);
        assert_eq!((closed.code, closed.err.as_str()), (Some(0), ""));
        for signal in [Signal::SIGINT, Signal::SIGTERM] {
            let output = interrupted(&[command, "-"], &bytes, signal);
            assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{command} {signal}");
            assert_eq!(output.status.code(), Some(0), "{command} {signal}");
            assert_eq!(String::from_utf8_lossy(&output.stdout), closed.out, "{command} {signal}");
        }
    }
}

#[test]
fn a_packet_that_is_only_half_there_is_no_damage_after_a_signal() {
    let bytes = plain();
    let output = interrupted(&["explain", "-"], &bytes[..bytes.len() - 7], Signal::SIGINT);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("standard input: "));
}

#[test]
fn a_writer_that_goes_on_does_not_keep_the_program_from_its_report() {
    let bytes = plain();
    let folder = Folder::new();
    let mut child = started(&folder, &["explain", "-"]);
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(&bytes).expect("the program reads");
    send(&child, Signal::SIGINT);
    // The same packets over and over, until nobody reads them.
    let writer = thread::spawn(move || while stdin.write_all(&bytes[24..]).is_ok() {});
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the writer ends when nobody reads");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    assert!(String::from_utf8_lossy(&output.stdout).contains("standard input: "));
}

#[test]
fn a_second_signal_ends_the_program() {
    let folder = Folder::new();
    let fifo = folder.0.join("fifo.pcap");
    mkfifo(&fifo, Mode::S_IRUSR | Mode::S_IWUSR).expect("a named pipe");
    let mut child = started(&folder, &["explain", "-", "fifo.pcap"]);
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(&plain()[..1000]).expect("there is room");
    // This returns when the program opens it, which it does after it has begun with standard input. It then waits for a
    // header that never comes.
    let other = OpenOptions::new().write(true).open(&fifo).expect("the program opens it");
    send(&child, Signal::SIGINT);
    // Another one, since two of a kind may become one.
    send(&child, Signal::SIGTERM);
    let status = child.wait().expect("the program ends");
    assert!(matches!(status.signal(), Some(2 | 15)), "{status}");
    drop((stdin, other));
}
