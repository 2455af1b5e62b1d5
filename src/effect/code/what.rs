//! What calls of known names do.

use super::call::{Call, Constants, at_home, calls, constants, split, text};
use super::token::{Language, Token, tokens};
use crate::effect::value::Text;
use crate::grammar::Access;

/// Most hints of one text.
const MOST: usize = 64;

/// Something code may do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hint {
    /// What.
    pub(crate) wanted: Wanted,
    /// The call, as a person knows it (`shutil.rmtree`).
    pub(crate) call: String,
    /// It stands in no function, branch or loop.
    pub(crate) outermost: bool,
}

/// What a call is for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wanted {
    /// Does this to a file.
    File(Access, Target),
    /// Gives this text to a shell.
    Shell(Option<Text>),
    /// Runs a program: its words, `None` for those that are not known.
    Program(Vec<Option<Text>>),
    /// Sends something to an address.
    Send(Option<Text>),
    /// Does something else that cannot be taken back, of which no more is known.
    Grave,
}

/// Which file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// This name.
    Named(Text),
    /// This below the home directory.
    Home(Vec<u8>),
    /// Not known.
    Unknown,
}

/// What code in `language` may do; nothing for a language that is not looked at.
pub(crate) fn hints(language: &str, code: &[u8]) -> Vec<Hint> {
    if let Some(found) = super::command::hints(language, code, &hints) {
        return found;
    }
    let Some(language) = Language::named(language) else { return Vec::new() };
    let tokens = tokens(language, code);
    let constants = constants(&tokens);
    let imports = |module: &[u8]| code.windows(module.len()).any(|part| part == module);
    let moves = imports(b"chdir") || imports(b"Dir.cd");
    let mut found: Vec<Hint> = Vec::new();
    for (token, depth) in &tokens {
        if let Token::Command(text) = token {
            let wanted = Wanted::Shell(Some(text.clone()));
            found.push(Hint { wanted, call: "backquotes".to_owned(), outermost: *depth == 0 });
        }
    }
    for call in calls(language, &tokens) {
        let wanted = match language {
            Language::Python => python(&call, &constants, &imports),
            Language::Javascript => javascript(&call, &constants, &imports),
            Language::Ruby => ruby(&call, &constants),
            Language::Perl => perl(&call, &constants),
            Language::Php => php(&call, &constants),
            Language::Lua => lua(&call, &constants),
            Language::R => r(&call, &constants),
            Language::Julia => julia(&call, &constants),
        };
        let Some(mut wanted) = wanted else { continue };
        // Relative names mean something else from another directory.
        let elsewhere = moves
            || call
                .arguments
                .iter()
                .flat_map(|argument| argument.iter())
                .any(|(token, _)| matches!(token, Token::Name(name) if name.ends_with(b"dir_fd")));
        if let Wanted::File(_, target) = &mut wanted
            && matches!(target, Target::Named(text) if elsewhere && text.prefix().first() != Some(&b'/'))
        {
            *target = Target::Unknown;
        }
        let dot = if call.owner.is_empty() { "" } else { "." };
        let (owner, name) = (String::from_utf8_lossy(call.owner), String::from_utf8_lossy(call.name));
        found.push(Hint { wanted, call: format!("{owner}{dot}{name}"), outermost: call.depth == 0 });
        if found.len() >= MOST {
            break;
        }
    }
    found
}

type Argument<'t> = Option<&'t &'t [(Token, usize)]>;

fn target(argument: Argument<'_>, constants: &Constants) -> Target {
    let Some(argument) = argument else { return Target::Unknown };
    match (text(argument, constants), at_home(argument)) {
        (Some(text), _) => Target::Named(text),
        (None, Some(rest)) => Target::Home(rest),
        (None, None) => Target::Unknown,
    }
}

/// A command given as a list, or as a text.
fn command(argument: Argument<'_>, constants: &Constants) -> Wanted {
    let Some(argument) = argument else { return Wanted::Shell(None) };
    match list(argument, constants) {
        Some(words) => Wanted::Program(words),
        None => Wanted::Shell(text(argument, constants)),
    }
}

/// The elements of `[…]`.
fn list(argument: &[(Token, usize)], constants: &Constants) -> Option<Vec<Option<Text>>> {
    let open = argument.iter().position(|(token, _)| *token != Token::Line)?;
    let (Token::Sign(b'['), _) = argument[open] else { return None };
    let close = argument.iter().rposition(|(token, _)| *token == Token::Sign(b']'))?;
    let inside = argument.get(open + 1..close)?;
    let words: Vec<Option<Text>> = split(inside).into_iter().map(|word| text(word, constants)).collect();
    (!words.is_empty()).then_some(words)
}

fn has_name(call: &Call<'_>, name: &[u8]) -> bool {
    call.arguments
        .iter()
        .any(|argument| argument.iter().any(|(token, _)| matches!(token, Token::Name(each) if each == name)))
}

fn writes(mode: Argument<'_>) -> bool {
    let mode = mode.and_then(|mode| {
        mode.iter().find_map(|(token, _)| match token {
            Token::Text(text) => text.exact(),
            _ => None,
        })
    });
    mode.is_some_and(|mode| mode.iter().any(|letter| matches!(letter, b'w' | b'a' | b'x' | b'+' | b'>')))
}

fn python(call: &Call<'_>, constants: &Constants, imports: &dyn Fn(&[u8]) -> bool) -> Option<Wanted> {
    let first = call.arguments.first();
    let file = |access| Some(Wanted::File(access, target(first, constants)));
    let method = |access| call.receiver.clone().map(|text| Wanted::File(access, Target::Named(text)));
    match (call.owner, call.name) {
        (_, b"rmtree") => file(Access::DeleteTree),
        (b"os", b"remove" | b"unlink" | b"rmdir" | b"removedirs") => file(Access::Delete),
        (b"Path", b"unlink" | b"rmdir") => method(Access::Delete),
        (b"Path", b"write_text" | b"write_bytes") => method(Access::Write),
        (b"os" | b"shutil", b"rename" | b"replace" | b"renames" | b"move") => file(Access::Move),
        (b"os", b"truncate") => file(Access::Write),
        (b"os", b"system" | b"popen") => Some(Wanted::Shell(first.and_then(|text_of| text(text_of, constants)))),
        (b"", b"system") if imports(b"from os import") => {
            Some(Wanted::Shell(first.and_then(|text_of| text(text_of, constants))))
        }
        (b"subprocess" | b"sp", b"run" | b"call" | b"check_call" | b"check_output" | b"Popen" | b"getoutput")
        | (b"", b"check_call" | b"check_output" | b"Popen")
        | (b"asyncio", b"create_subprocess_shell") => Some(command(first, constants)),
        (b"", b"run" | b"call") if imports(b"from subprocess import") => Some(command(first, constants)),
        (b"os", b"execvp" | b"execv" | b"execlp" | b"execl" | b"spawnlp") => {
            Some(command(call.arguments.get(1), constants))
        }
        (b"", b"open") if writes(call.arguments.get(1)) => match target(first, constants) {
            Target::Unknown => None,
            named => Some(Wanted::File(Access::Write, named)),
        },
        (b"requests" | b"httpx" | b"session", b"post" | b"put" | b"patch" | b"delete") => {
            Some(Wanted::Send(first.and_then(|url| text(url, constants))))
        }
        (_, b"urlopen") if has_name(call, b"data") => Some(Wanted::Send(first.and_then(|url| text(url, constants)))),
        (b"smtplib", b"SMTP" | b"SMTP_SSL") => Some(Wanted::Send(first.and_then(|host| text(host, constants)))),
        (_, b"execute" | b"executescript") if drops(first, constants) => Some(Wanted::Grave),
        (_, b"drop_all" | b"drop_database" | b"delete_many" | b"flushall" | b"flushdb") => Some(Wanted::Grave),
        _ => None,
    }
}

/// A statement that drops data.
fn drops(argument: Argument<'_>, constants: &Constants) -> bool {
    argument.and_then(|argument| text(argument, constants)).is_some_and(|text| {
        let lower = text.prefix().to_ascii_lowercase();
        let words: Vec<&[u8]> = lower.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
        matches!(words.as_slice(), [b"drop" | b"truncate" | b"delete", ..])
    })
}

fn javascript(call: &Call<'_>, constants: &Constants, imports: &dyn Fn(&[u8]) -> bool) -> Option<Wanted> {
    let first = call.arguments.first();
    let file = |access| Some(Wanted::File(access, target(first, constants)));
    let required =
        call.receiver.as_ref().and_then(Text::exact).map(|module| module.strip_prefix(b"node:").unwrap_or(module));
    let owner = if call.owner == b"require" { required.unwrap_or_default() } else { call.owner };
    let filing = matches!(owner, b"fs" | b"fsp" | b"fse" | b"promises" | b"fsPromises" | b"fs/promises" | b"fs-extra");
    let running =
        matches!(owner, b"child_process" | b"cp" | b"childProcess") || owner.is_empty() && imports(b"child_process");
    let shell = || Some(Wanted::Shell(first.and_then(|line| text(line, constants))));
    let program = || {
        let mut words = vec![first.and_then(|word| text(word, constants))];
        words.extend(call.arguments.get(1).and_then(|argument| list(argument, constants)).unwrap_or_default());
        Some(Wanted::Program(words))
    };
    match call.name {
        b"rmSync" if has_name(call, b"recursive") => file(Access::DeleteTree),
        b"rm" | b"rmdir" if filing && has_name(call, b"recursive") => file(Access::DeleteTree),
        b"rimraf" | b"removeSync" | b"emptyDirSync" => file(Access::DeleteTree),
        b"remove" | b"emptyDir" if filing => file(Access::DeleteTree),
        b"rmSync" | b"unlinkSync" | b"rmdirSync" => file(Access::Delete),
        b"rm" | b"rmdir" | b"unlink" if filing => file(Access::Delete),
        b"renameSync" => file(Access::Move),
        b"rename" if filing => file(Access::Move),
        b"writeFileSync" | b"appendFileSync" | b"truncateSync" | b"outputFileSync" => known(file(Access::Write)),
        b"writeFile" | b"appendFile" | b"truncate" if filing => known(file(Access::Write)),
        b"execSync" => shell(),
        b"exec" if running => shell(),
        b"spawnSync" | b"execFileSync" | b"execFile" => program(),
        b"spawn" if running => program(),
        b"fetch" if owner.is_empty() && mutates(call) => Some(Wanted::Send(first.and_then(|url| text(url, constants)))),
        b"post" | b"put" | b"patch" | b"delete" if matches!(owner, b"axios" | b"got" | b"ky" | b"superagent") => {
            Some(Wanted::Send(first.and_then(|url| text(url, constants))))
        }
        b"query" | b"$executeRawUnsafe" if drops(first, constants) => Some(Wanted::Grave),
        b"deleteMany" | b"dropDatabase" | b"dropCollection" | b"flushall" => Some(Wanted::Grave),
        _ => None,
    }
}

/// Writing to a file nobody can name is no news.
fn known(wanted: Option<Wanted>) -> Option<Wanted> {
    wanted.filter(|wanted| !matches!(wanted, Wanted::File(_, Target::Unknown)))
}

/// `fetch` with a method that changes something.
fn mutates(call: &Call<'_>) -> bool {
    has_name(call, b"method")
        && call.arguments.iter().flat_map(|argument| argument.iter()).any(|(token, _)| match token {
            Token::Text(text) => text.exact().is_some_and(|method| {
                matches!(method.to_ascii_uppercase().as_slice(), b"POST" | b"PUT" | b"PATCH" | b"DELETE")
            }),
            _ => false,
        })
}

/// `system("git push")` and `system("git", "push")`.
fn system(call: &Call<'_>, constants: &Constants) -> Wanted {
    match call.arguments.as_slice() {
        [only] => Wanted::Shell(text(only, constants)),
        many => Wanted::Program(many.iter().map(|word| text(word, constants)).collect()),
    }
}

fn ruby(call: &Call<'_>, constants: &Constants) -> Option<Wanted> {
    let first = call.arguments.first();
    let file = |access| Some(Wanted::File(access, target(first, constants)));
    match (call.owner, call.name) {
        (b"FileUtils" | b"", b"rm_rf" | b"rm_r" | b"remove_dir" | b"remove_entry") => file(Access::DeleteTree),
        (b"FileUtils", b"rm" | b"rm_f" | b"rmdir")
        | (b"File", b"delete" | b"unlink")
        | (b"Dir", b"rmdir" | b"delete") => file(Access::Delete),
        (b"FileUtils", b"mv" | b"move") | (b"File", b"rename") => file(Access::Move),
        (b"File" | b"IO", b"write") => known(file(Access::Write)),
        (b"" | b"Kernel", b"system" | b"exec" | b"spawn") | (b"IO", b"popen") => Some(system(call, constants)),
        (b"Open3", _) if call.name.starts_with(b"capture") || call.name.starts_with(b"popen") => {
            Some(system(call, constants))
        }
        (_, b"delete_all" | b"destroy_all" | b"drop_table") => Some(Wanted::Grave),
        _ => None,
    }
}

fn one_word(target: Target) -> Target {
    match target {
        Target::Named(text) if text.prefix().iter().any(u8::is_ascii_whitespace) => Target::Unknown,
        target => target,
    }
}

fn perl(call: &Call<'_>, constants: &Constants) -> Option<Wanted> {
    let first = call.arguments.first();
    match call.name {
        b"system" | b"exec" => Some(system(call, constants)),
        // `unlink qw(a b)` is a list, which is not taken apart.
        b"unlink" | b"rmdir" => Some(Wanted::File(Access::Delete, one_word(target(first, constants)))),
        b"rmtree" | b"remove_tree" => Some(Wanted::File(Access::DeleteTree, target(first, constants))),
        b"rename" => Some(Wanted::File(Access::Move, target(first, constants))),
        b"open" if call.arguments.len() > 2 && writes(call.arguments.get(1)) => {
            known(Some(Wanted::File(Access::Write, target(call.arguments.get(2), constants))))
        }
        _ => None,
    }
}

fn php(call: &Call<'_>, constants: &Constants) -> Option<Wanted> {
    let first = call.arguments.first();
    if !call.owner.is_empty() {
        return None;
    }
    match call.name {
        b"system" | b"exec" | b"shell_exec" | b"passthru" | b"popen" | b"proc_open" => {
            Some(Wanted::Shell(first.and_then(|line| text(line, constants))))
        }
        b"unlink" | b"rmdir" => Some(Wanted::File(Access::Delete, target(first, constants))),
        b"rename" => Some(Wanted::File(Access::Move, target(first, constants))),
        b"file_put_contents" => known(Some(Wanted::File(Access::Write, target(first, constants)))),
        b"mail" => Some(Wanted::Send(None)),
        _ => None,
    }
}

fn lua(call: &Call<'_>, constants: &Constants) -> Option<Wanted> {
    let first = call.arguments.first();
    match (call.owner, call.name) {
        (b"os", b"execute") | (b"io", b"popen") => Some(Wanted::Shell(first.and_then(|line| text(line, constants)))),
        (b"os", b"remove") => Some(Wanted::File(Access::Delete, target(first, constants))),
        (b"os", b"rename") => Some(Wanted::File(Access::Move, target(first, constants))),
        (b"io", b"open") if writes(call.arguments.get(1)) => {
            known(Some(Wanted::File(Access::Write, target(first, constants))))
        }
        _ => None,
    }
}

fn r(call: &Call<'_>, constants: &Constants) -> Option<Wanted> {
    let first = call.arguments.first();
    match (call.owner, call.name) {
        (b"", b"system" | b"shell") => Some(Wanted::Shell(first.and_then(|line| text(line, constants)))),
        (b"", b"system2") => Some(Wanted::Program(vec![first.and_then(|word| text(word, constants)), None])),
        (b"", b"unlink") if has_name(call, b"recursive") => {
            Some(Wanted::File(Access::DeleteTree, target(first, constants)))
        }
        (b"", b"unlink") | (b"file", b"remove") => Some(Wanted::File(Access::Delete, target(first, constants))),
        (b"file", b"rename") => Some(Wanted::File(Access::Move, target(first, constants))),
        _ => None,
    }
}

fn julia(call: &Call<'_>, constants: &Constants) -> Option<Wanted> {
    let first = call.arguments.first();
    match (call.owner, call.name) {
        (b"" | b"Base", b"rm") if has_name(call, b"recursive") => {
            Some(Wanted::File(Access::DeleteTree, target(first, constants)))
        }
        (b"" | b"Base", b"rm") => Some(Wanted::File(Access::Delete, target(first, constants))),
        (b"" | b"Base", b"mv") => Some(Wanted::File(Access::Move, target(first, constants))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Hint, Target, Wanted, hints};
    use crate::effect::value::Text;
    use crate::grammar::Access;

    fn one(language: &str, code: &str) -> Option<Wanted> {
        match hints(language, code.as_bytes()).as_slice() {
            [Hint { wanted, .. }] => Some(wanted.clone()),
            [] => None,
            many => panic!("{many:?}"),
        }
    }

    fn tree(name: &str) -> Option<Wanted> {
        Some(Wanted::File(Access::DeleteTree, Target::Named(Text::exactly(name))))
    }

    fn shell(line: &str) -> Option<Wanted> {
        Some(Wanted::Shell(Some(Text::exactly(line))))
    }

    #[test]
    fn calls_are_found_with_their_targets() {
        assert_eq!(one("python", "import shutil\nshutil.rmtree('build')"), tree("build"));
        assert_eq!(one("python", "D = \"/\"\nshutil.rmtree(D, ignore_errors=True)"), tree("/"));
        assert_eq!(
            one("python", "shutil.rmtree(os.path.expanduser('~/x'))"),
            Some(Wanted::File(Access::DeleteTree, Target::Home(b"/x".to_vec())))
        );
        assert_eq!(one("python", "subprocess.run('git push', shell=True)"), shell("git push"));
        let words = ["git", "push"].map(|word| Some(Text::exactly(word)));
        assert_eq!(one("python", "subprocess.run(['git', 'push'])"), Some(Wanted::Program(words.to_vec())));
        assert_eq!(
            one("python", "Path('a.txt').unlink()"),
            Some(Wanted::File(Access::Delete, Target::Named(Text::exactly("a.txt"))))
        );
        assert_eq!(one("javascript", "require('fs').rmSync('/x', {recursive: true})"), tree("/x"));
        assert_eq!(one("javascript", "require('child_process').execSync(`git push`)"), shell("git push"));
        assert_eq!(one("ruby", "FileUtils.rm_rf 'x'"), tree("x"));
        assert_eq!(one("ruby", "puts `git push`"), shell("git push"));
        assert_eq!(one("perl", "system(\"git push\") == 0 or die;"), shell("git push"));
        assert_eq!(one("php", "<?php system('git push');"), shell("git push"));
        assert_eq!(one("lua", "-- os.execute('x')\nos.execute('git push')"), shell("git push"));
        assert_eq!(one("r", "system(\"git push\")"), shell("git push"));
        assert_eq!(one("r", "unlink('dist', recursive = TRUE)"), tree("dist"));
        assert_eq!(one("julia", "rm(\"dist\", recursive=true)"), tree("dist"));
        assert_eq!(one("julia", "run(`git push`)"), shell("git push"));
    }

    #[test]
    fn a_relative_name_from_elsewhere_is_unknown() {
        let unknown = Some(Wanted::File(Access::Delete, Target::Unknown));
        assert_eq!(one("python", "os.unlink('a', dir_fd=d)"), unknown);
        assert_eq!(one("python", "os.chdir(d)\nos.remove('a')"), unknown);
        assert_ne!(one("python", "os.chdir(d)\nos.remove('/a')"), unknown);
    }

    #[test]
    fn what_only_looks_like_a_call_is_none() {
        for (language, code) in [
            ("python", "# shutil.rmtree('/')"),
            ("python", "print(\"shutil.rmtree('/')\")"),
            ("python", "'''\nos.system('rm -rf /')\n'''"),
            ("python", "items.remove('x')"),
            ("scheme", "file delete x"),
            ("python", "def rmtree(path): pass"),
            ("python", "open('x').read()"),
            ("javascript", "// fs.rmSync('/')"),
            ("javascript", "/rm/.exec('x')"),
            ("javascript", "re.exec('rm -rf /')"),
            ("ruby", "# system 'x'"),
            ("scheme", "os.execute('rm -rf /')"),
        ] {
            assert_eq!(one(language, code), None, "{code}");
        }
    }
}
