//! `agentshctl doctor`: is everything in place?

use super::super::args::Args;
use super::super::failure::Result;
use super::super::features::features;
use super::super::judging::Bench;
use super::super::paper::Paper;
use super::super::registry::Verb;
use super::super::{places, reach, store};
use crate::agents::AGENTS;
use crate::exec::{Called, RealShell};
use crate::guard::{Watching, probe};
use crate::host::Places;
use crate::policy::Watch;
use crate::sys::{ProgramKind, program_kind};
use crate::ui::{bytes_text, visible};
use nix::unistd::{AccessFlags, access};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

pub(super) static VERB: Verb = Verb {
    name: "doctor",
    summary: "check that agentsh is in place and works",
    usage: "",
    about: &[
        "Whether the shell's names are in place, which real shell they become, what the kernel offers, whether the journal's chain holds, how large the store is, and what is wrong with the files of rules, settings and grammars. For each agent on PATH the shell it would start is found as the agent finds it and given a line: whether agentsh judged that line is what is said.",
    ],
    flags: &[],
    words: &[],
    statuses: &[(1, "something is wrong")],
    run,
};

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Grade {
    Good,
    Wary,
    Bad,
}

struct Sheet<'a> {
    paper: &'a mut Paper,
    worst: Grade,
}

impl Sheet<'_> {
    fn add(&mut self, grade: Grade, name: &str, text: &str) {
        let style = self.paper.style;
        let mark = match grade {
            Grade::Good => style.good("ok  "),
            Grade::Wary => style.wary("note"),
            Grade::Bad => style.bad("BAD "),
        };
        self.paper.line(&format!("{mark}  {name:<16} {}", visible(text)));
        if grade > self.worst {
            self.worst = grade;
        }
    }
}

fn run(args: &Args, paper: &mut Paper) -> Result {
    args.none(&VERB)?;
    let mut sheet = Sheet { paper, worst: Grade::Good };
    shims(&mut sheet);
    kernel(&mut sheet);
    state(&mut sheet);
    agents(&mut sheet);
    files(&mut sheet)?;
    Ok(if sheet.worst == Grade::Bad { 1 } else { 0 })
}

/// The names agents find the shell by.
fn shims(sheet: &mut Sheet<'_>) {
    let own = std::env::current_exe().ok();
    let beside = own.as_deref().and_then(Path::parent).map(Path::to_path_buf).unwrap_or_default();
    let program = beside.join("agentsh");
    if !is_agentsh(&program) {
        sheet.add(Grade::Bad, "agentsh", &format!("not found beside agentshctl, at {}", program.display()));
    } else {
        sheet.add(Grade::Good, "agentsh", &program.display().to_string());
    }
    let settings = Bench::new(None).ok().map(|bench| bench.here().loaded().policy.settings().clone());
    let configured = settings.and_then(|settings| settings.shell);
    let path = std::env::var_os("PATH");
    let real_of =
        |shim: &Path| RealShell::find(&Called::new(shim.as_os_str(), shim), path.as_deref(), configured.as_deref());
    let library = beside.parent().map(|prefix| prefix.join("lib/agentsh")).unwrap_or_default();
    for name in ["bash", "sh", "zsh"] {
        let shim = library.join(name);
        if is_agentsh(&shim) {
            match real_of(&shim) {
                Ok(real) => {
                    sheet.add(Grade::Good, name, &format!("{} becomes {}", shim.display(), real.path().display()))
                }
                Err(error) => sheet.add(wary_unless(name), name, &format!("{} cannot {error}", shim.display())),
            }
        } else {
            sheet.add(
                Grade::Wary,
                name,
                &format!("no shim at {}: agents that look for this name do not find agentsh", shim.display()),
            );
        }
    }
    if is_agentsh(&program) {
        let by = if configured.is_some() { " (by 'shell' in the configuration)" } else { "" };
        match real_of(&program) {
            Ok(real) => sheet.add(Grade::Good, "real shell", &format!("{}{by}", real.path().display())),
            Err(error) => sheet.add(Grade::Bad, "real shell", &format!("agentsh cannot {error}")),
        }
    }
    let shell = std::env::var_os("SHELL").map(PathBuf::from).unwrap_or_default();
    if is_agentsh(&shell) {
        sheet.add(Grade::Good, "SHELL", &shell.display().to_string());
    } else {
        let shell = if shell.as_os_str().is_empty() { "not set; it".into() } else { shell.display().to_string() };
        let text = format!("{shell} is not agentsh: only agents that are pointed at it elsewhere use it");
        sheet.add(Grade::Wary, "SHELL", &text);
    }
    let path = path.unwrap_or_default();
    let first = std::env::split_paths(&path).map(|directory| directory.join("bash")).find(|file| file.is_file());
    match first {
        Some(file) if is_agentsh(&file) => sheet.add(Grade::Good, "bash on PATH", &file.display().to_string()),
        Some(file) => {
            sheet.add(
                Grade::Wary,
                "bash on PATH",
                &format!("{} is not agentsh: agents that start 'bash' pass it by", file.display()),
            );
        }
        None => sheet.add(Grade::Wary, "bash on PATH", "there is none"),
    }
}

/// A machine may well have no zsh.
fn wary_unless(name: &str) -> Grade {
    if name == "zsh" { Grade::Wary } else { Grade::Bad }
}

fn is_agentsh(file: &Path) -> bool {
    File::open(file).and_then(|file| program_kind(&file)).is_ok_and(|kind| kind == ProgramKind::Agentsh)
}

/// Whether the lines of the agents that are installed come to agentsh.
fn agents(sheet: &mut Sheet<'_>) {
    let Some(home) = Places::find().home else { return };
    for agent in AGENTS {
        if let Some(found) = reach::look(agent, &home) {
            let grade = if found.passes || found.hooked { Grade::Good } else { Grade::Wary };
            sheet.add(grade, agent.name, &format!("{}: {}", found.program.display(), found.text(agent)));
        }
    }
}

fn kernel(sheet: &mut Sheet<'_>) {
    for feature in features() {
        match feature.found {
            Some(found) => sheet.add(Grade::Good, feature.name, &format!("{found}: {}", feature.purpose)),
            None => {
                let grade = if feature.needed { Grade::Bad } else { Grade::Wary };
                sheet.add(grade, feature.name, &format!("missing: {}", feature.purpose));
            }
        }
    }
    guard(sheet);
}

/// What of the guard works here, tried with a process of our own, and whether it is asked for.
fn guard(sheet: &mut Sheet<'_>) {
    let settings = Bench::new(None).ok().map(|bench| bench.here().loaded().policy.settings().clone());
    let wanted = settings.and_then(|settings| settings.guard).unwrap_or_default();
    let setting = match wanted {
        Watch::Off => "off",
        Watch::Auto => "auto",
        Watch::On => "on",
    };
    match probe(&Places::find()) {
        Watching::Full => sheet.add(Grade::Good, "guard", &format!("works here; the setting is \"{setting}\"")),
        Watching::Joined | Watching::OfAgent => {
            sheet.add(Grade::Good, "guard", "one above this process watches already")
        }
        Watching::None(why) => {
            let text = format!("does not work here ({why}); the setting is \"{setting}\": lines run unwatched");
            let asked = format!("does not work here ({why}): lines that run code they do not show are asked about");
            sheet.add(Grade::Wary, "guard", if wanted == Watch::On { &asked } else { &text });
        }
    }
}

/// The journal, the store and what waits.
fn state(sheet: &mut Sheet<'_>) {
    let state = places::state();
    match fs::symlink_metadata(&state) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // What is missing is made with the first step, if the nearest directory above allows it.
            let above = state.ancestors().skip(1).find(|above| above.is_dir()).unwrap_or(Path::new("/"));
            let text = state.display();
            match makeable(above) {
                true => sheet.add(Grade::Good, "state", &format!("{text} (nothing recorded yet)")),
                false => {
                    let why =
                        "cannot be made: lines that change something are asked about, because nothing can be kept";
                    sheet.add(Grade::Bad, "state", &format!("{text} {why}"));
                }
            }
            return;
        }
        Err(error) => {
            sheet.add(Grade::Bad, "state", &format!("{}: {error}", state.display()));
            return;
        }
        Ok(found) => {
            let open = found.permissions().mode() & 0o077 != 0;
            let foreign = found.uid() != nix::unistd::getuid().as_raw();
            let text = state.display().to_string();
            if open || foreign || !found.is_dir() {
                let why =
                    if foreign { "belongs to somebody else" } else { "is not a directory for this user alone (0700)" };
                sheet.add(Grade::Bad, "state", &format!("{text} {why}"));
            } else if !makeable(&state) {
                let why = "is not writable: lines that change something are asked about, because nothing can be kept";
                sheet.add(Grade::Bad, "state", &format!("{text} {why}"));
            } else {
                sheet.add(Grade::Good, "state", &text);
            }
        }
    }
    let journal = places::journal();
    match journal.verify() {
        Err(error) => sheet.add(Grade::Bad, "journal", &error.to_string()),
        Ok(health) => {
            let text = format!("{} entries, {}", health.entries, bytes_text(journal.size()));
            match health.breach {
                Some(breach) => sheet.add(Grade::Bad, "journal", &format!("the chain is broken: {breach}")),
                None if health.torn > 0 || health.torn_tail => {
                    let cut = health.torn + u64::from(health.torn_tail);
                    sheet.add(
                        Grade::Wary,
                        "journal",
                        &format!("{text}; the chain holds; {cut} writes were cut short by a crash"),
                    );
                }
                None => sheet.add(Grade::Good, "journal", &format!("{text}; the chain holds")),
            }
        }
    }
    match store::open().map(|store| store.map(|store| store.steps())) {
        Ok(Some(Ok(steps))) => {
            unfinished(sheet, &steps);
            let text = format!("{} steps, {}", steps.len(), bytes_text(super::gc::size(&state.join("sessions"))));
            sheet.add(Grade::Good, "store", &text);
        }
        Ok(Some(Err(error))) => sheet.add(Grade::Bad, "store", &format!("cannot {error}")),
        Ok(None) => {}
        Err(failure) => sheet.add(Grade::Bad, "store", &failure.message),
    }
    match places::requests().all() {
        Ok(requests) => {
            let text = match requests.len() {
                0 => "nothing waits for approval".to_owned(),
                1 => "1 request waits".to_owned(),
                many => format!("{many} requests wait"),
            };
            sheet.add(Grade::Good, "pending", &text);
        }
        Err(error) => sheet.add(Grade::Bad, "pending", &error.to_string()),
    }
}

/// True when files can be made in a directory: access(2) allows it and it lies on no file system of the kernel's own.
fn makeable(directory: &Path) -> bool {
    access(directory, AccessFlags::W_OK | AccessFlags::X_OK).is_ok() && !directory.starts_with("/proc")
}

/// Undos that began and did not end.
fn unfinished(sheet: &mut Sheet<'_>, steps: &[(String, String)]) {
    let Ok(Some(store)) = store::open() else { return };
    let sessions: BTreeSet<&String> = steps.iter().map(|(session, _)| session).collect();
    let undos: Vec<String> =
        sessions.into_iter().flat_map(|session| store.unfinished_undos(session).unwrap_or_default()).collect();
    if !undos.is_empty() {
        let text = format!("{} did not end; the next 'agentshctl undo' completes it first", undos.join(", "));
        sheet.add(Grade::Wary, "undo", &text);
    }
}

/// The files of rules, settings and grammars.
fn files(sheet: &mut Sheet<'_>) -> Result<()> {
    let configuration = Places::find().configuration;
    let bench = Bench::new(None)?;
    let complaints = bench.complaints();
    if complaints.is_empty() {
        let there = if configuration.is_dir() { "" } else { " (not there: the shipped rules and settings hold)" };
        sheet.add(Grade::Good, "configuration", &format!("{}{there}", configuration.display()));
    }
    for complaint in complaints {
        sheet.add(Grade::Bad, "configuration", &complaint);
    }
    Ok(())
}
