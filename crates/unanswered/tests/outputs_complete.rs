//! Files are complete or as they were before: failed and interrupted writes, links, modes, pipes, devices.
#![cfg(target_os = "linux")]

mod common;

use common::{Done, Folder, SITE, rows};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::Duration;

/// A command with `OUT` in place of what it writes to, and what such a file begins with.
struct Case {
    command: &'static [&'static str],
    begins: &'static [u8],
}

const PCAPNG: &[u8] = &[0x0a, 0x0d, 0x0d, 0x0a];
const PAGE: &[u8] = b"<!doctype html>";

const CASES: [Case; 10] = [
    case(
        &["explain", "--table", "rows.csv", "--outcome=result", "--failed=timeout", "-q", "--html", "OUT"],
        PAGE,
    ),
    case(
        &[
            "explain",
            "--table",
            "rows.csv",
            "--outcome=result",
            "--failed=timeout",
            "-q",
            "--exchanges",
            "OUT",
        ],
        b"when,",
    ),
    case(&["explain", "in.pcap", "-q", "--html", "OUT"], PAGE),
    case(&["explain", "in.pcap", "-q", "--exchanges", "OUT"], b"time,"),
    case(&["explain", "in.pcap", "-q", "--annotate", "OUT"], PCAPNG),
    case(&["trace", "in.pcap", "-q", "--html", "OUT"], PAGE),
    case(&["trace", "in.pcap", "-q", "--annotate", "OUT"], PCAPNG),
    case(&["lab", "sweep", "site.toml", "-q", "--seeds", "2", "--explain", "0", "--html", "OUT"], PAGE),
    case(&["lab", "shrink", "site.toml", "-q", "--runs", "20", "--out", "OUT"], b"version = 1"),
    case(&["lab", "shrink", "site.toml", "-q", "--runs", "20", "-o", "OUT"], b"version = 1"),
];

const fn case(command: &'static [&'static str], begins: &'static [u8]) -> Case {
    Case { command, begins }
}

fn inputs() -> Folder {
    let folder = Folder::new();
    folder.write("rows.csv", rows());
    folder.write("site.toml", SITE);
    folder.copy("captures/story-osa/vrouter-out.pcap.zst", "in.pcap");
    folder
}

fn with<'a>(command: &[&'a str], output: &'a str) -> Vec<&'a str> {
    command.iter().map(|word| if *word == "OUT" { output } else { word }).collect()
}

#[track_caller]
fn clean(done: &Done) {
    assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (Some(0), "", ""));
}

fn bytes(folder: &Folder, name: &str) -> Vec<u8> {
    fs::read(folder.0.join(name)).expect("a file that was written")
}

/// The pipe, once the program has opened its other end.
fn opened(folder: &Folder, options: &OpenOptions) -> File {
    /// How long anything may take before a test gives up; normally far less.
    const PATIENCE: Duration = Duration::from_secs(30);
    let (path, options) = (folder.0.join("pipe"), options.clone());
    let (send, pipe) = channel();
    std::thread::spawn(move || send.send(options.open(path)));
    pipe.recv_timeout(PATIENCE).expect("the program opens the pipe").expect("a pipe")
}

#[test]
fn a_failed_write_says_so_and_leaves_what_was_there() {
    for case in &CASES {
        let folder = inputs();
        folder.write("old", "old");
        symlink("old", folder.0.join("link")).expect("a link");
        let before = folder.names();
        // Nothing at all can be written, or one block: the first bytes fit.
        for (limit, name) in [(0, "old"), (0, "link"), (0, "new"), (1, "old"), (1, "new")] {
            let command = with(case.command, name);
            let done = folder.run_in_shell(&format!("ulimit -f {limit}; exec"), &command);
            if limit == 1 && done.code == Some(0) {
                // A small file.
                assert!(bytes(&folder, name).len() <= 1024, "{command:?}");
                folder.write("old", "old");
                let _ = fs::remove_file(folder.0.join("new"));
                continue;
            }
            let said = format!("unanswered: cannot write {name}: File too large (os error 27)\n");
            let hint =
                if name == "new" { String::new() } else { format!("hint: {name} is as it was before\n") };
            assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{command:?}: {}", done.err);
            assert_eq!(done.err, said + &hint, "{command:?}");
            assert_eq!(folder.read("old"), "old", "{command:?}");
            assert_eq!(folder.names(), before, "{command:?}");
        }
    }
}

#[test]
fn a_full_device_behind_a_link_is_said_and_the_link_stays() {
    for case in &CASES {
        let folder = inputs();
        symlink("/dev/full", folder.0.join("full")).expect("a link");
        let done = folder.run(&with(case.command, "full"));
        let said = "unanswered: cannot write full: No space left on device (os error 28)\n";
        assert_eq!((done.code, done.err.as_str()), (Some(2), said), "{:?}", case.command);
        let kind = fs::metadata(folder.0.join("full")).expect("the device").file_type();
        assert!(kind.is_char_device() && fs::read_link(folder.0.join("full")).is_ok(), "{:?}", case.command);
    }
}

#[test]
fn a_file_is_written_under_its_own_name_or_behind_its_link_and_nothing_is_left_beside_it() {
    for case in &CASES {
        let folder = inputs();
        fs::create_dir(folder.0.join("far")).expect("a folder");
        folder.write("far/old", "old");
        symlink("far/old", folder.0.join("to-old")).expect("a link");
        symlink("far/new", folder.0.join("to-new")).expect("a link");
        for (name, file) in [("plain", "plain"), ("to-old", "far/old"), ("to-new", "far/new")] {
            clean(&folder.run(&with(case.command, name)));
            let written = bytes(&folder, file);
            assert!(written.starts_with(case.begins), "{:?}", case.command);
            assert_eq!(written, bytes(&folder, "plain"), "{:?}", case.command);
        }
        assert_eq!(
            fs::read_link(folder.0.join("to-old")).expect("still a link"),
            std::path::Path::new("far/old")
        );
        let names = ["far", "in.pcap", "plain", "rows.csv", "site.toml", "to-new", "to-old"];
        assert_eq!(folder.names(), names);
        assert_eq!(fs::read_dir(folder.0.join("far")).expect("a folder").count(), 2);
    }
}

#[test]
fn a_replaced_file_keeps_its_mode_and_a_new_one_follows_the_umask() {
    for case in &CASES {
        let folder = inputs();
        folder.write("old", "old");
        let mode =
            |name: &str| fs::metadata(folder.0.join(name)).expect("a file").permissions().mode() & 0o7777;
        for kept in [0o600, 0o664, 0o444] {
            fs::set_permissions(folder.0.join("old"), fs::Permissions::from_mode(kept))
                .expect("our own file");
            // Without permission to write to it, it is not replaced: the test covers root and others.
            let done = folder.run_in_shell("umask 027; exec", &with(case.command, "old"));
            let refused = kept == 0o444 && !nix::unistd::geteuid().is_root();
            assert_eq!(done.code, Some(if refused { 2 } else { 0 }), "{}", done.err);
            assert_eq!(mode("old"), kept, "{:?}", case.command);
            assert!(bytes(&folder, "old").starts_with(case.begins), "{:?}", case.command);
        }
        clean(&folder.run_in_shell("umask 027; exec", &with(case.command, "new")));
        assert_eq!(mode("new"), 0o640, "{:?}", case.command);
    }
}

#[test]
fn root_leaves_a_file_to_its_owner_and_others_are_not_let_in() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let folder = inputs();
    folder.write("old", "old");
    std::os::unix::fs::chown(folder.0.join("old"), Some(65_534), Some(65_533)).expect("root may");
    fs::set_permissions(folder.0.join("old"), fs::Permissions::from_mode(0o640)).expect("root may");
    for case in &CASES {
        clean(&folder.run(&with(case.command, "old")));
        let new = fs::metadata(folder.0.join("old")).expect("a file");
        assert_eq!(
            (new.uid(), new.gid(), new.mode() & 0o7777),
            (65_534, 65_533, 0o640),
            "{:?}",
            case.command
        );
    }
}

#[test]
fn the_other_name_of_a_file_keeps_the_old_content() {
    let folder = inputs();
    folder.write("old", "old");
    fs::hard_link(folder.0.join("old"), folder.0.join("other")).expect("a link");
    clean(&folder.run(&with(CASES[0].command, "old")));
    assert_eq!(folder.read("other"), "old");
    assert!(folder.read("old").starts_with("<!doctype html>"));
}

#[test]
fn a_dash_and_the_names_of_standard_output_print_the_file_and_nothing_else() {
    for case in &CASES {
        let folder = inputs();
        clean(&folder.run(&with(case.command, "plain")));
        let whole = bytes(&folder, "plain");
        let before = folder.names();
        for name in ["-", "/dev/stdout", "out"] {
            let done = folder.run_in_shell("exec >out; exec", &with(case.command, name));
            clean(&done);
            assert_eq!(bytes(&folder, "out"), whole, "{name}: {:?}", case.command);
            fs::remove_file(folder.0.join("out")).expect("a file");
        }
        assert_eq!(folder.names(), before);
    }
}

#[test]
fn a_pipe_with_a_name_is_written_straight_and_a_reader_that_leaves_costs_nothing_else() {
    let folder = inputs();
    mkfifo(&folder.0.join("pipe"), Mode::S_IRWXU).expect("a pipe");
    let words = with(&["explain", "in.pcap", "-q", "--exchanges", "OUT", "--html", "page.html"], "pipe");
    let child = folder.command(&words).stderr(Stdio::piped()).spawn().expect("the program");
    // The rows are more than the pipe holds, and nobody reads them.
    drop(opened(&folder, File::options().read(true)));
    let output = child.wait_with_output().expect("our own child");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    assert!(folder.read("page.html").ends_with("</html>\n"));
    let child = folder.command(&words).spawn().expect("the program");
    let mut read = Vec::new();
    opened(&folder, File::options().read(true)).read_to_end(&mut read).expect("a pipe");
    assert!(child.wait_with_output().expect("our own child").status.success());
    clean(&folder.run(&["explain", "in.pcap", "-q", "--exchanges", "plain"]));
    assert_eq!(read, bytes(&folder, "plain"));
    assert!(fs::metadata(folder.0.join("pipe")).expect("still there").file_type().is_fifo());
}

#[test]
fn an_interrupted_run_leaves_what_was_there_and_a_file_whose_name_says_what_it_is() {
    for command in ["explain", "trace"] {
        let folder = inputs();
        folder.write("old.pcapng", "old");
        for name in ["pipe", "second"] {
            mkfifo(&folder.0.join(name), Mode::S_IRWXU).expect("a pipe");
        }
        let mut program = folder.command(&[command, "pipe", "-q", "--annotate", "old.pcapng"]);
        let child = program.stderr(Stdio::null()).spawn().expect("the program");
        let mut first = opened(&folder, File::options().write(true));
        fs::rename(folder.0.join("second"), folder.0.join("pipe")).expect("our own pipes");
        first.write_all(&bytes(&folder, "in.pcap")).expect("the first reading");
        drop(first);
        // By the second read the new file has begun, and cannot continue.
        let open = opened(&folder, File::options().write(true));
        let number = i32::try_from(child.id()).expect("a process number");
        kill(Pid::from_raw(number), Signal::SIGINT).expect("our own child");
        let output = child.wait_with_output().expect("our own child");
        drop(open);
        assert_eq!(output.status.code(), None, "{command} was ended by the signal");
        assert_eq!(folder.read("old.pcapng"), "old");
        let left = format!(".old.pcapng.unanswered-{number}");
        assert_eq!(folder.names(), [&left, "in.pcap", "old.pcapng", "pipe", "rows.csv", "site.toml"]);
        // It is in nobody's way.
        let done = folder.run(&[command, "in.pcap", "-q", "--annotate", "old.pcapng"]);
        clean(&done);
        assert!(bytes(&folder, "old.pcapng").starts_with(PCAPNG));
    }
}

#[test]
fn a_directory_in_which_no_file_can_be_made_is_said() {
    let folder = inputs();
    // Not even root can create a file there.
    for name in ["/proc/self/page.html", "/sys/page.html"] {
        // Before anything is read: the input is not a table.
        let done = folder.run(&["explain", "--table", "in.pcap", "--html", name]);
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""));
        let said = format!("unanswered: cannot write {name}: no file can be made in /");
        assert!(done.err.starts_with(&said), "{}", done.err);
        assert!(
            done.err.contains("\nhint: a file is written beside its name first; name one in "),
            "{}",
            done.err
        );
    }
}

#[test]
fn a_reader_who_leaves_early_does_not_cost_the_files() {
    for words in [
        &["explain", "in.pcap", "--annotate", "a.pcapng"][..],
        &["trace", "in.pcap", "--list", "--annotate", "a.pcapng"],
    ] {
        let folder = inputs();
        let mut child = folder.command(words).stdout(Stdio::piped()).spawn().expect("the program");
        drop(child.stdout.take());
        assert!(child.wait().expect("our own child").success(), "{words:?}");
        assert!(bytes(&folder, "a.pcapng").starts_with(PCAPNG), "{words:?}");
    }
}

#[test]
fn a_second_reading_that_is_not_possible_is_said_before_the_first() {
    for command in ["explain", "trace"] {
        let folder = inputs();
        let done = folder.run_with(&[command, "-", "--annotate", "a.pcapng"], b"dear diary");
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""));
        let said = "unanswered: standard input cannot be read a second time\nhint: save it to a file first\n";
        assert_eq!(done.err, said);
    }
}
