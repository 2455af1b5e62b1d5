//! awk(1): the table, and what the program text writes or runs.

mod program;

use super::{deed, doubt, shell_code};
use crate::grammar::bind::{Scan, is_variable};
use crate::grammar::{Access, Argument, Deed, Grammar, Invocation, Kind, Known};
use program::Action;

/// Reads `awk`'s arguments: the first operand is the program unless `-f`, `-e` or `-E` gives one.
pub(super) fn read(grammar: &Grammar, _called: &[u8], args: &[Argument]) -> Invocation {
    let scan = Scan::of(grammar, args);
    let mut invocation = super::blank(grammar);
    invocation.doubts.clone_from(&scan.doubts);
    if scan.stopped {
        return invocation;
    }
    let given = |option: &'static str| scan.all(option).filter_map(|given| given.argument.clone()).collect::<Vec<_>>();
    let mut programs = given("-e");
    for source in given("-f").into_iter().chain(given("-E")).chain(given("-l")) {
        invocation.deeds.push(code(source));
    }
    let mut inplace = false;
    for included in given("-i") {
        match included.literal() {
            Some(b"inplace") => inplace = true,
            _ => invocation.deeds.push(code(included)),
        }
    }
    for (option, name) in [("-o", "awkprof.out"), ("-p", "awkprof.out"), ("-d", "awkvars.out")] {
        for written in scan.all(option) {
            let named =
                written.argument.clone().unwrap_or_else(|| Argument::exactly(name.as_bytes(), Default::default()));
            super::file(&mut invocation, Access::Write, &named);
        }
    }
    let mut files = scan.operands.as_slice();
    let elsewhere = ["-f", "-E", "-e"].into_iter().any(|option| scan.all(option).next().is_some());
    if !elsewhere && let [program, rest @ ..] = files {
        programs.push(program.clone());
        files = rest;
    }
    let inputs: Vec<Argument> = files.iter().filter(|argument| !is_variable(argument)).cloned().collect();
    for input in &inputs {
        super::file(&mut invocation, if inplace { Access::Modify } else { Access::Read }, input);
    }
    if inplace && let Some(suffix) = given("-v").iter().chain(files).filter_map(suffix).next_back() {
        super::backups(&mut invocation, &suffix, &inputs);
    }
    if scan.all("-S").next().is_some() {
        return invocation;
    }
    for program in &programs {
        let actions = program.literal().map(program::actions);
        match actions {
            None => doubt(&mut invocation, program, "what the program does cannot be told"),
            Some(None) => doubt(&mut invocation, program, "the program is not understood"),
            Some(Some(actions)) => invocation.deeds.extend(actions.into_iter().map(|action| done(action, program))),
        }
    }
    invocation
}

/// What the assignment of `inplace` gives the copies of files it edits.
fn suffix(assigned: &Argument) -> Option<Argument> {
    let names: [&[u8]; 2] = [b"inplace::suffix=", b"INPLACE_SUFFIX="];
    let named = names.into_iter().find(|name| super::known(&assigned.value).starts_with(name))?;
    Some(Argument { value: super::behind(&assigned.value, named.len()), many: false, span: assigned.span })
}

fn code(source: Argument) -> Deed {
    Deed { language: "awk".into(), ..deed(Access::Code, Kind::Path, vec![source]) }
}

fn done(action: Action, program: &Argument) -> Deed {
    let (access, target) = match action {
        Action::Run(code) => return Deed { possible: true, ..shell_code(code, program.span) },
        Action::Connect(address) => {
            let address = Argument { value: address, many: false, span: program.span };
            return Deed { possible: true, ..deed(Access::Connect, Kind::Host, vec![address]) };
        }
        Action::Write(target) => (Access::Write, target),
        Action::Append(target) => (Access::Append, target),
        Action::Read(target) => (Access::Read, target),
    };
    let certain = matches!(target, Known::Exactly(_));
    let target = Argument { value: target, many: !certain, span: program.span };
    Deed { possible: true, ..deed(access, Kind::Path, vec![target]) }
}
