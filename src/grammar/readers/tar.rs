//! tar(1): the old bundle without a dash, one operation, and directories that hold for what follows them.

use super::{deed, file, shell_code};
use crate::grammar::bind::Scan;
use crate::grammar::{Access, Argument, Deed, Doubt, Grammar, Invocation, Kind, Known};

/// Letters of the old bundle that take one of the following words, in order.
const TAKES_WORD: &[u8] = b"bCfFgHIKLNTVX";

/// Reads `tar`'s arguments.
pub(super) fn read(grammar: &Grammar, _called: &[u8], args: &[Argument]) -> Invocation {
    let args = unbundled(args);
    let scan = Scan::of(grammar, &args);
    let mut invocation = super::blank(grammar);
    invocation.doubts.clone_from(&scan.doubts);
    if !scan.stopped {
        Reading { scan: &scan, invocation: &mut invocation }.all();
    }
    invocation
}

/// The arguments with an old bundle (`xzf a.tgz`) spelled with dashes.
fn unbundled(args: &[Argument]) -> Vec<Argument> {
    let [first, rest @ ..] = args else { return args.to_vec() };
    let Some(letters) = first.literal().filter(|bytes| !bytes.is_empty() && bytes[0] != b'-') else {
        return args.to_vec();
    };
    let mut words = Vec::new();
    let mut left = rest.iter();
    for letter in letters {
        words.push(Argument::exactly(&[b'-', *letter], first.span));
        if TAKES_WORD.contains(letter) {
            words.extend(left.next().cloned());
        }
    }
    words.extend(left.cloned());
    words
}

struct Reading<'a, 'g> {
    scan: &'a Scan<'g>,
    invocation: &'a mut Invocation,
}

impl Reading<'_, '_> {
    fn has(&self, option: &str) -> bool {
        self.scan.all(option).next().is_some()
    }

    fn last(&self, option: &str) -> Option<Argument> {
        self.scan.all(option).next_back().and_then(|given| given.argument.clone())
    }

    /// Directories in force for the operand with that number.
    fn base(&self, operand: usize) -> Vec<Argument> {
        let before = self.scan.all("-C").filter(|given| given.after <= operand);
        before.filter_map(|given| given.argument.clone()).collect()
    }

    fn all(&mut self) {
        let archive = self.last("-f");
        let on_archive = |access: Access, reading: &mut Self| {
            if let Some(archive) = &archive {
                reading.archive(access, archive);
            }
        };
        if self.has("-x") {
            on_archive(Access::Read, self);
            self.extract();
        } else if self.has("-c") {
            on_archive(Access::Write, self);
            self.members();
        } else if self.has("-r") || self.has("-u") || self.has("-A") {
            on_archive(Access::Modify, self);
            self.members();
        } else if self.has("--delete") {
            on_archive(Access::Modify, self);
        } else if self.has("-t") || self.has("-d") || self.has("--test-label") {
            on_archive(Access::Read, self);
        }
        self.helpers();
    }

    /// The archive; `host:file` is on another machine unless `--force-local`.
    fn archive(&mut self, access: Access, archive: &Argument) {
        let name = super::known(&archive.value);
        let colon = name.iter().position(|byte| *byte == b':');
        let slash = name.iter().position(|byte| *byte == b'/').unwrap_or(name.len());
        if colon.is_some_and(|colon| colon < slash) && !self.has("--force-local") {
            let outward = if access == Access::Read { Access::Connect } else { Access::Send };
            self.invocation.deeds.push(deed(outward, Kind::RemotePath, vec![archive.clone()]));
        } else {
            file(self.invocation, access, archive);
        }
    }

    /// What goes into an archive, and perhaps away with it.
    fn members(&mut self) {
        let removed = self.has("--remove-files");
        for (number, operand) in self.scan.operands.iter().enumerate() {
            let base = self.base(number);
            let accesses: &[Access] = if removed { &[Access::List, Access::DeleteTree] } else { &[Access::List] };
            for access in accesses {
                self.invocation
                    .deeds
                    .push(Deed { base: base.clone(), ..deed(*access, Kind::Path, vec![operand.clone()]) });
            }
        }
        if removed && self.has("-T") {
            self.invocation.deeds.push(deed(Access::DeleteTree, Kind::Path, Vec::new()));
        }
    }

    /// What comes out of an archive.
    fn extract(&mut self) {
        if self.has("-O") || self.has("--to-command") {
            return;
        }
        let mut base = self.base(usize::MAX);
        let mut target = base.pop().unwrap_or_else(|| Argument::exactly(b".", Default::default()));
        if let Some(below) = self.last("--one-top-level") {
            base.push(std::mem::replace(&mut target, below));
        }
        let access = if self.has("--recursive-unlink") { Access::SyncTree } else { Access::WriteTree };
        if self.has("--overwrite") {
            self.invocation.tags.push("in-place".to_owned());
        }
        self.invocation.deeds.push(Deed { base, ..deed(access, Kind::Path, vec![target]) });
        if self.has("-P") {
            let root = Argument::exactly(b"/", Default::default());
            self.invocation.deeds.push(Deed { possible: true, ..deed(access, Kind::Path, vec![root]) });
        }
    }

    /// Programs that tar runs and files it keeps beside the archive.
    fn helpers(&mut self) {
        for option in ["-I", "--to-command", "-F", "--rsh-command", "--rmt-command"] {
            let codes: Vec<Deed> = self
                .scan
                .all(option)
                .filter_map(|given| given.argument.as_ref())
                .map(|code| shell_code(code.value.clone(), code.span))
                .collect();
            self.invocation.deeds.extend(codes);
        }
        for action in self.scan.all("--checkpoint-action").filter_map(|given| given.argument.as_ref()) {
            match &action.value {
                Known::Exactly(text) if text.starts_with(b"exec=") => {
                    self.invocation.deeds.push(shell_code(Known::Exactly(text[5..].to_vec()), action.span));
                }
                Known::Exactly(_) => {}
                Known::Begins(_) | Known::Nothing => {
                    let reason = "it may run a command".to_owned();
                    self.invocation.doubts.push(Doubt { argument: Some(action.clone()), reason });
                }
            }
        }
        for (option, access) in [
            ("-T", Access::Read),
            ("-X", Access::Read),
            ("--index-file", Access::Write),
            ("-g", Access::Modify),
            ("--volno-file", Access::Write),
        ] {
            for named in self.scan.all(option).filter_map(|given| given.argument.clone()) {
                file(self.invocation, access, &named);
            }
        }
    }
}
