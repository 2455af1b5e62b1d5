//! Compiler drivers (`gcc`, `clang`): the table, and what they write beside the file they are asked for. All of it begins
//! like that file does without its ending (`-MD`, `-save-temps`, `--coverage`, dumps of the compiler).

use super::{deed, file};
use crate::grammar::bind::{Scan, from_scan};
use crate::grammar::{Access, Argument, Deed, Grammar, Invocation, Kind, Known};

/// Options that leave something beside the output, or begin such options.
const ASIDE: [&[u8]; 11] = [
    b"-save-temps",
    b"--save-temps",
    b"--coverage",
    b"-coverage",
    b"-ftest-coverage",
    b"-gsplit-dwarf",
    b"-fstack-usage",
    b"-fcallgraph-info",
    b"-fsave-optimization-record",
    b"-ftime-trace",
    b"-fdump-",
];

/// What an output is called that nobody names.
const UNNAMED: &[u8] = b"a.out";

/// Reads the arguments of a compiler driver, an assembler or a linker.
pub(super) fn read(grammar: &Grammar, called: &[u8], args: &[Argument]) -> Invocation {
    let scan = Scan::of(grammar, args);
    let mut invocation = from_scan(&scan, called);
    let words = || args.iter().filter_map(|argument| Some((argument, argument.literal()?)));
    for (argument, word) in words() {
        for name in named_in(word) {
            file(
                &mut invocation,
                Access::Write,
                &Argument { value: Known::Exactly(name.to_vec()), ..argument.clone() },
            );
        }
    }
    let is = |option: &'static str| scan.all(option).next().is_some();
    let written = !(called.starts_with(b"as") || called.starts_with(b"ld") || scan.stopped);
    let aside = words().find(|(_, word)| leaves_something(word, is("-MF")));
    let Some((option, word)) = aside.filter(|_| written) else { return invocation };
    // These say what the names begin with.
    if words().any(|(_, word)| word.starts_with(b"-dumpbase") || word.starts_with(b"-dumpdir")) {
        let anything = Argument { value: Known::Nothing, ..option.clone() };
        invocation.deeds.push(deed(Access::Write, Kind::Path, vec![anything]));
        return invocation;
    }
    let output = scan.all("-o").next_back().and_then(|given| given.argument.clone());
    let mut outputs: Vec<Argument> = output.iter().cloned().collect();
    let temporaries = word.ends_with(b"save-temps") || word.ends_with(b"=cwd");
    if temporaries {
        outputs.extend(output.iter().map(here));
    }
    if output.is_none() || temporaries {
        outputs.extend(scan.operands.iter().map(here));
    }
    if output.is_none() && !["-c", "-S", "-E"].into_iter().any(is) {
        outputs.push(Argument::exactly(UNNAMED, option.span));
    }
    for output in outputs {
        let value = match &output.value {
            Known::Exactly(path) => Known::Exactly(stem(path).to_vec()),
            Known::Begins(path) => Known::Begins(stem(path).to_vec()),
            Known::Nothing => Known::Nothing,
        };
        let beginning = Argument { value, ..output };
        let facts = vec![("more".to_owned(), Argument::exactly(b"ending", option.span))];
        let names = vec!["names".to_owned()];
        let aside = deed(Access::Write, Kind::Path, vec![beginning]);
        invocation.deeds.push(Deed { facts, tags: names, possible: true, ..aside });
    }
    invocation
}

/// True for a word that has something written beside the output; `named`: `-MF` names the file of dependencies.
fn leaves_something(word: &[u8], named: bool) -> bool {
    match word {
        b"-MD" | b"-MMD" => !named,
        // `-da`, `-dr`: dumps; the others change what is printed or what a name is made of.
        [b'-', b'd', letter] => !b"MDNIU".contains(letter),
        word => {
            ASIDE.iter().any(|option| word.starts_with(option))
                && !(word.starts_with(b"-fdump-") && word.contains(&b'='))
        }
    }
}

/// Files that are named inside of a word: in what is handed on to the preprocessor, the assembler or the linker, and where a
/// report goes.
fn named_in(word: &[u8]) -> Vec<&[u8]> {
    let report = [b"-fdump-".as_slice(), b"-fopt-info", b"-fprofile-note", b"-ftime-trace"];
    let value = |word: &'_ [u8]| word.iter().position(|byte| *byte == b'=').map(|at| at + 1);
    if report.iter().any(|option| word.starts_with(option)) {
        let name = value(word).map(|at| &word[at..]);
        return name.filter(|name| !matches!(*name, b"stderr" | b"stdout" | b"-")).into_iter().collect();
    }
    let parts = match word {
        [b'-', b'W', b'a' | b'l' | b'p', b',', rest @ ..] => rest.split(|byte| *byte == b','),
        _ => return Vec::new(),
    };
    let mut names = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let listing = part.starts_with(b"-a") && !part.starts_with(b"-as");
        match part {
            b"-MD" | b"-MMD" | b"--MD" | b"-MF" | b"-Map" | b"--Map" | b"-o" => names.extend(parts.next()),
            part if listing
                || [b"-Map=".as_slice(), b"--Map=", b"--dependency-file="].iter().any(|it| part.starts_with(it)) =>
            {
                names.extend(value(part).map(|at| &part[at..]));
            }
            _ => {}
        }
    }
    names
}

/// The file of this name in the working directory.
fn here(argument: &Argument) -> Argument {
    let value = match &argument.value {
        Known::Exactly(path) => Known::Exactly(path[name_at(path)..].to_vec()),
        _ => Known::Begins(b"./".to_vec()),
    };
    Argument { value, ..argument.clone() }
}

fn name_at(path: &[u8]) -> usize {
    path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1)
}

/// A path without the last ending of its name; of a name that is nothing else, the dot.
fn stem(path: &[u8]) -> &[u8] {
    let name = name_at(path);
    match path[name..].iter().rposition(|byte| *byte == b'.') {
        Some(0) => &path[..=name],
        Some(dot) => &path[..name + dot],
        None => path,
    }
}
