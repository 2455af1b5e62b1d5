//! Chapter: the settings, rule files and scope that `host::load` finds.

use agentsh::effect::{EntryKind, World};
use agentsh::host::{Disk, Loaded, Places, load};
use agentsh::policy::{Layer, Opaque};
use std::fs;
use std::path::{Path, PathBuf};

/// A home directory with a checkout in it, and nothing of the real machine's settings.
struct Machine {
    _folder: tempfile::TempDir,
    home: PathBuf,
    project: PathBuf,
    places: Places,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let base = folder.path().canonicalize().expect("it exists");
        let home = base.join("home");
        let project = home.join("p");
        fs::create_dir_all(project.join(".git")).expect("can be made");
        fs::create_dir_all(project.join("src/deep")).expect("can be made");
        fs::write(project.join(".git/HEAD"), "ref: refs/heads/main\n").expect("can be written");
        let places = Places {
            home: Some(home.clone()),
            state: home.join(".local/state/agentsh"),
            configuration: home.join(".config/agentsh"),
            system: base.join("etc/agentsh"),
        };
        Self { _folder: folder, home, project, places }
    }

    fn write(&self, path: &Path, text: &str) {
        fs::create_dir_all(path.parent().expect("has one")).expect("can be made");
        fs::write(path, text).expect("can be written");
    }

    fn load(&self) -> Loaded {
        load(&self.places, &self.project.join("src/deep"))
    }
}

const ALLOW: &str = "[[rule]]\nid = \"mine\"\nwhy = \"w\"\nverdict = \"allow\"\neffect = { path = [\"/opt/**\"] }\n";

#[test]
fn without_any_files_there_are_the_shipped_rules_and_the_checkout_is_the_scope() {
    let machine = Machine::new();
    let loaded = machine.load();
    assert!(loaded.complaints.is_empty() && loaded.policy.degraded().is_none());
    assert_eq!(loaded.scope.root.as_deref(), Some(machine.project.as_path()));
    assert_eq!(loaded.scope.git, [machine.project.join(".git")]);
    assert_eq!(loaded.scope.home.first(), Some(&machine.home));
    assert!(loaded.scope.own.contains(&machine.places.state));
    assert!(loaded.policy.rules().all(|(layer, ..)| matches!(layer, Layer::Floor | Layer::Shipped)));
}

#[test]
fn outside_a_checkout_the_directory_itself_is_the_scope() {
    let machine = Machine::new();
    let plain = machine.home.join("plain");
    fs::create_dir(&plain).expect("can be made");
    assert_eq!(load(&machine.places, &plain).scope.root, Some(plain));
    assert_eq!(load(&machine.places, Path::new("/")).scope.root, None);
    let above = machine.home.parent().expect("has one");
    assert_eq!(load(&machine.places, above).scope.root, None, "above the home directory");
}

#[test]
fn a_link_to_the_checkout_is_the_checkout() {
    let machine = Machine::new();
    let link = machine.home.join("link");
    std::os::unix::fs::symlink(&machine.project, &link).expect("can be made");
    assert_eq!(load(&machine.places, &link).scope.root.as_deref(), Some(machine.project.as_path()));
}

#[test]
fn files_of_all_layers_are_read() {
    let machine = Machine::new();
    machine.write(&machine.places.system.join("config.toml"), "hold = 7\nopaque = \"ask\"\n");
    machine.write(&machine.places.configuration.join("config.toml"), "opaque = \"allow\"\nscope = \"~/p/src\"\n");
    machine.write(&machine.places.configuration.join("rules/10-mine.toml"), ALLOW);
    machine.write(&machine.places.configuration.join("rules/notes.txt"), "not a rule");
    machine.write(&machine.places.configuration.join("grammars/x.toml"), "names = [\"x\"]\n");
    machine
        .write(&machine.project.join(".agentsh/rules/a.toml"), &ALLOW.replace("allow", "ask").replace("mine", "ours"));
    let loaded = machine.load();
    assert!(loaded.complaints.is_empty(), "{:?}", loaded.complaints);
    let settings = loaded.policy.settings();
    assert_eq!((settings.hold, settings.opaque), (Some(7), Some(Opaque::Allow)));
    assert_eq!(loaded.scope.root, Some(machine.project.join("src")));
    let own: Vec<_> = loaded.policy.rules().filter(|(layer, ..)| *layer > Layer::Shipped).collect();
    let own: Vec<_> = own.iter().map(|(layer, _, rule)| (*layer, rule.id.as_str())).collect();
    assert_eq!(own, [(Layer::User, "mine"), (Layer::Checkout, "ours")]);
    assert_eq!(loaded.grammars.len(), 1);
}

#[test]
fn a_broken_file_is_named_and_the_rest_is_used() {
    let machine = Machine::new();
    let broken = machine.places.configuration.join("config.toml");
    machine.write(&broken, "hold = 7\n\nwritable = [\"src/**\"]\n");
    machine.write(&machine.places.configuration.join("rules/a.toml"), ALLOW);
    let loaded = machine.load();
    let complaint = loaded.policy.degraded().expect("the settings are broken");
    assert_eq!((complaint.file.as_str(), complaint.line), (broken.to_str().unwrap_or_default(), 3));
    assert_eq!(complaint.key, "writable");
    assert!(complaint.expected.contains("write"), "{complaint}");
    assert!(loaded.policy.rules().any(|(_, _, rule)| rule.id == "mine"));
}

#[test]
fn what_cannot_be_read_is_a_complaint_and_never_waited_for() {
    let machine = Machine::new();
    let path = machine.places.configuration.join("config.toml");
    fs::create_dir_all(&path).expect("can be made");
    let fifo = machine.places.configuration.join("rules/x.toml");
    fs::create_dir_all(fifo.parent().expect("has one")).expect("can be made");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).expect("can be made");
    machine.write(&machine.project.join(".agentsh/rules/b.toml"), "id = \"\u{e9}\"\n");
    fs::write(machine.project.join(".agentsh/rules/c.toml"), b"id = \"\xff\"\n").expect("can be written");
    let loaded = machine.load();
    assert_eq!(loaded.complaints.len(), 4, "{:?}", loaded.complaints);
    assert!(loaded.policy.degraded().is_some());
}

#[test]
fn the_state_directory_is_made_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let machine = Machine::new();
    let made = machine.places.make_state().expect("can be made");
    let mode = fs::metadata(made).expect("is there").permissions().mode() & 0o777;
    assert_eq!(mode, 0o700);
    machine.places.make_state().expect("a second time changes nothing");
}

#[test]
fn the_disk_answers_as_it_is() {
    let machine = Machine::new();
    let disk = Disk::new(machine.project.clone());
    assert_eq!(disk.working_directory(), machine.project);
    let link = machine.project.join("link");
    std::os::unix::fs::symlink("src", &link).expect("can be made");
    assert_eq!(disk.inspect(&link).map(|entry| entry.kind), Some(EntryKind::Link));
    assert_eq!(disk.link_target(&link), Some(PathBuf::from("src")));
    assert_eq!(disk.inspect(&machine.project.join("none")), None);
    let mut names = disk.names(&machine.project).expect("can be listed");
    names.sort();
    assert_eq!(names, [b".git".to_vec(), b"link".to_vec(), b"src".to_vec()]);
    let head = machine.project.join(".git/HEAD");
    assert_eq!(disk.contents(&head, 100).map(|bytes| bytes.len()), Some(21));
    assert_eq!(disk.contents(&head, 10), None, "larger than asked for");
    assert_eq!(disk.contents(&machine.project, 100), None, "a directory");
    assert!(!disk.executable(&head) && disk.executable(Path::new("/bin/sh")));
    assert_eq!(disk.variable(b"AGENTSH=X"), None);
}
