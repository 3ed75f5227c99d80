use super::{Catalogue, Test, Vocabulary, check, schema};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_file_of_the_directory_is_embedded_and_right() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
    let problems: Vec<String> = check(&directory, &anything()).iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let there: BTreeSet<String> = fs::read_dir(&directory)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    let embedded: BTreeSet<String> =
        Catalogue::embedded().entries().iter().map(|entry| format!("{}.toml", entry.id)).collect();
    assert_eq!(embedded, there);
}

#[test]
fn an_own_directory_adds_and_replaces() {
    let directory = Scratch::new("adds");
    directory.write("my-own.toml", &minimal("my-own"));
    directory.write("ntpd-lowport-lt123.toml", &minimal("ntpd-lowport-lt123"));
    directory.write("notes.txt", "not read");
    let catalogue = Catalogue::with_dir(&directory.0, &anything()).unwrap();
    assert_eq!(catalogue.entries().len(), Catalogue::embedded().entries().len() + 1);
    assert_eq!(catalogue.get("ntpd-lowport-lt123").unwrap().title, "a title");
    let pattern = &catalogue.get("my-own").unwrap().symptom.clauses[0];
    assert_eq!(pattern.test, Test::Below { from: 123.0, to: 123.0 });
    assert!(catalogue.get("no-such").is_none());
}

#[test]
fn a_directory_without_entries_is_a_problem() {
    let directory = Scratch::new("empty");
    assert!(check(&directory.0, &anything())[0].to_string().ends_with("no *.toml file in this directory"));
    assert!(check(&directory.0.join("missing"), &anything())[0].to_string().contains("cannot be read"));
    assert!(Catalogue::with_dir(&directory.0, &anything()).is_err());
}

#[test]
fn problems_name_line_and_column() {
    for (from, to, said) in [
        ("below = 123", "below = \"x\"", "15:9: below must be a number or [smallest, largest]"),
        ("below = 123", "below = [9, 3]", "15:9: below must be"),
        ("below = 123", "below = 123\nside = \"low\"", "15:9: below together with side"),
        ("below = 123\n", "", "13:1: one of any, side, below"),
        ("grade = \"A\"", "grade = \"D\"", "4:9: grade cannot be D; expected one of A, B, C"),
        (
            "step = [\"VALIDATE_REQUEST\"]",
            "step = [\"VALIDATE\"]",
            "5:9: step cannot be VALIDATE; expected one of POST_REQUEST",
        ),
        ("title = \"a title\"", "titel = \"a title\"", "2:1: unknown key titel"),
        ("title = \"a title\"", "", "1:1: title is missing"),
        ("title = \"a title\"", "title = 5", "2:9: title must be text"),
        ("title = \"a title\"", "title = \" \"", "2:9: title is empty"),
        ("id = \"x\"", "id = \"y\"", "1:6: id must be x, as the file's name says"),
        ("protocol = [\"ntp\"]", "protocol = \"ntp\"", "3:12: protocol must be a list of texts"),
        ("remedy = \"r\"", "remedy = ", "8:"),
        ("[symptom]", "[sympton]", "11:2: unknown key sympton"),
        ("feature = [\"udp.srcport\"]\n", "", "13:1: feature (a list of names) is missing"),
    ] {
        let text = minimal("x").replacen(from, to, 1);
        let problems = schema::read(Path::new("x.toml"), &text, &anything()).unwrap_err();
        let messages: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(messages.iter().any(|m| m.contains(&format!("x.toml:{said}"))), "{to}: {messages:#?}");
    }
}

#[test]
fn an_entry_that_would_fit_anything_is_refused() {
    let text = minimal("x").replacen("below = 123", "below = 123\nrole = \"supports\"", 1);
    let problems = schema::read(Path::new("x.toml"), &text, &anything()).unwrap_err();
    assert!(problems[0].message.contains("the entry would fit anything"), "{problems:?}");
}

#[test]
fn every_cut_of_a_file_is_read_without_panic() {
    let text = minimal("x");
    for (end, _) in text.char_indices() {
        let _ = schema::read(Path::new("x.toml"), text.get(..end).unwrap(), &anything());
    }
}

fn minimal(id: &str) -> String {
    format!(
        "id = \"{id}\"\ntitle = \"a title\"\nprotocol = [\"ntp\"]\ngrade = \"A\"\nstep = [\"VALIDATE_REQUEST\"]\ncause = \"c\"\n\
         latent = \"l\"\nremedy = \"r\"\nexperiment = \"e\"\nreferences = [\"a\"]\n[symptom]\nwords = \"w\"\n\
         [[symptom.clause]]\nfeature = [\"udp.srcport\"]\nbelow = 123\nwords = \"low ports\"\n"
    )
}

/// A directory that is removed when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let directory =
            std::env::temp_dir().join(format!("unanswered-catalogue-{}-{name}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// No names are checked.
fn anything() -> Vocabulary {
    Vocabulary::default()
}
