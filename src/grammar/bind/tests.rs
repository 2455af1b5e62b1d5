//! The binder on small grammars.

use super::bind;
use crate::grammar::Access;
use crate::grammar::testing::{arguments, grammar, shown, text};

fn check(toml: &str, line: &str, expected: &[&str]) {
    let grammar = grammar(toml);
    assert_eq!(shown(&bind(&grammar, b"prog", &arguments(line))), expected, "{line}");
}

const CP: &str = r#"
names = ["cp"]
flags = "-v --verbose -p --preserve[=LIST] -S=SUF --suffix=SUF --sparse=WHEN --strip"
operands = [{ name = "SOURCE", arity = "some", access = ["read"] }, { name = "DEST", access = ["write"] }]
[options]
"-t, --target-directory=DIR" = { access = ["write-tree"] }
"-n, --no-clobber" = { }
[[forms]]
when = ["-t"]
operands = [{ name = "SOURCE", arity = "some", access = ["read"] }]
[[forms]]
when = ["-n"]
operands = [{ name = "SOURCE", arity = "some", access = ["read"] }, { name = "DEST", access = ["create"] }]
"#;

#[test]
fn gnu_options_permute_bundle_and_abbreviate() {
    check(CP, "a b -v c", &["Read a", "Read b", "Write c"]);
    check(CP, "a -vn c", &["Read a", "Create c"]);
    check(CP, "a --no-cl c", &["Read a", "Create c"]);
    check(CP, "-vtdir a", &["WriteTree dir", "Read a"]);
    check(CP, "-vt dir a b", &["WriteTree dir", "Read a", "Read b"]);
    check(CP, "--target-directory=dir a", &["WriteTree dir", "Read a"]);
    check(CP, "--targ dir a", &["WriteTree dir", "Read a"]);
    check(CP, "-S -n a b", &["Read a", "Write b"]);
    check(CP, "--preserve all b c", &["Read all", "Read b", "Write c"]);
}

#[test]
fn what_is_not_listed_is_a_doubt() {
    check(CP, "-Z a b", &["Read a", "Write b", "! -Z"]);
    check(CP, "--s x a b", &["Read x", "Read a", "Write b", "! --s"]);
    check(CP, "--bogus a b", &["Read a", "Write b", "! --bogus"]);
    check(CP, "--verbose=yes a b", &["Read a", "Write b", "! yes"]);
}

#[test]
fn help_does_nothing_unless_it_is_an_operand() {
    check(CP, "a b --help", &[]);
    check(CP, "--bogus --help a b", &["Read a", "Write b", "! --bogus", "! --help"]);
    check(CP, "-- a b --help", &["Read a", "Read b", "Write --help"]);
}

#[test]
fn double_dash_ends_options() {
    check(CP, "-- -n b", &["Read -n", "Write b"]);
    check(CP, "-v -- ? b", &["Read …", "Write b"]);
}

#[test]
fn an_unknown_word_is_a_doubt_where_options_matter() {
    check(CP, "? b", &["Read …", "Write b", "! …"]);
    check(CP, "a?  b", &["Read a…", "Write b"]);
    check(CP, "-t? a", &["WriteTree …", "Read a"]);
    check(CP, "--target-directory=x? a", &["WriteTree x…", "Read a"]);
    let cat = "names = ['cat']\nflags = '-n'\noperands = [{ name = 'FILE', arity = 'any', access = ['read'] }]";
    check(cat, "? -n ?*", &["Read …", "Read …"]);
    check(cat, "-n?", &[]);
}

#[test]
fn many_words_reach_every_operand_they_could_be() {
    check(CP, "-- a ?* z", &["Read a", "Read …", "Write z"]);
    let two = "names = ['p']\noperands = [{ name = 'A', access = ['read'] }, { name = 'B', access = ['write'] }]";
    check(two, "?*", &["Read …?", "Write …?"]);
    check(two, "a ?*", &["Read a", "Write …"]);
    check(two, "?* z", &["Read …", "Write z"]);
}

const GIT: &str = r#"
names = ["git"]
parsing = "posix"
flags = "--no-pager"
[options]
"-C=PATH" = { access = ["chdir"] }
[sub.status]
[sub.push]
parsing = "gnu"
names = ["shove"]
flags = "-q"
operands = [{ name = "REMOTE", arity = "optional" }, { name = "REF", arity = "any" }]
effects = [{ access = "push", kind = "git-remote", target = "REMOTE", facts = { ref = "REF" } }]
[sub.push.options]
"-n, --dry-run" = { }
"-f, --force" = { tags = ["force"] }
[[sub.push.forms]]
when = ["-n"]
[sub.remote.sub.add]
operands = [{ name = "NAME" }, { name = "URL" }]
effects = [{ access = "git-config" }]
"#;

#[test]
fn subcommands_nest_and_have_aliases() {
    check(GIT, "-C x status --anything at all", &[]);
    check(GIT, "push", &["Push "]);
    check(GIT, "push origin main", &["Push origin"]);
    check(GIT, "shove origin -n", &[]);
    check(GIT, "remote add a b", &["GitConfig "]);
    check(GIT, "remote bogus", &["! bogus"]);
    check(GIT, "bogus push origin", &["! bogus"]);
    check(GIT, "help push", &[]);
    check(GIT, "? origin", &["! …"]);
    let invocation = bind(&grammar(GIT), b"git", &arguments("-C d push -f o a b"));
    assert_eq!(invocation.subcommand, ["push"]);
    assert_eq!(invocation.tags, ["force"]);
    assert_eq!(text(&invocation.deeds[0].base[0]), "d");
    assert_eq!(invocation.deeds[0].facts.iter().map(|(_, value)| text(value)).collect::<Vec<_>>(), ["a b"]);
}

#[test]
fn a_wrapper_hands_on_the_rest() {
    let timeout = r#"
names = ["timeout"]
parsing = "posix"
flags = "-k=DURATION --preserve-status"
operands = [{ name = "DURATION" }, { name = "COMMAND", arity = "some", kind = "command", access = ["command"] }]
"#;
    check(timeout, "-k 5 10 rm -rf x --help", &["Command rm -rf x --help"]);
    check(timeout, "--help", &[]);
    let env = r#"
names = ["env"]
operands = [{ name = "NAME=VALUE", arity = "any", kind = "variable" }, { name = "COMMAND", arity = "any", kind = "command", access = ["command"] }]
"#;
    check(env, "A=1 B=2 make C=3 -j4", &["Command make C=3 -j4"]);
    let invocation = bind(&grammar(env), b"env", &arguments("A=1 make B=2"));
    assert_eq!(invocation.variables.iter().map(text).collect::<Vec<_>>(), ["A=1"]);
}

#[test]
fn numbers_names_and_single_dashes() {
    let kill = "names = ['kill']\nflags = '-NAME -NUM'\noperands = [{ name = 'PID', arity = 'some', access = ['signal'], kind = 'process' }]";
    check(kill, "-9 12 13", &["Signal 12", "Signal 13"]);
    check(kill, "-KILL 12", &["Signal 12"]);
    check(kill, "-kill 12", &["Signal 12", "! -kill"]);
    let java = "names = ['java']\nparsing = 'single-dash'\nflags = '-Xmx* -D=DEF'\n[options]\n'-jar=FILE' = { access = ['execute'], last = true }\n'-version' = { stops = true }";
    check(java, "-Xmx1g -Da=b -jar x.jar", &["Execute x.jar"]);
    check(java, "-version", &[]);
    let exact = "names = ['k']\nparsing = 'exact'\n[options]\n'-f, --force' = { tags = ['force'] }\n'--dry-run[=HOW]' = {}\n[[forms]]\nwhen = ['--dry-run=|client|server']\n[[forms]]\nwhen = ['!--dry-run=client|server']\neffects = [{ access = 'delete-resource' }]";
    check(exact, "--dry-run", &[]);
    check(exact, "--dry-run=none", &["DeleteResource "]);
    check(exact, "--force=false --dry-run=CLIENT", &[]);
    check(exact, "--forc", &["DeleteResource ", "! --forc"]);
}

#[test]
fn conditions_that_cannot_be_told_make_both_readings_possible() {
    let curl = r#"
names = ["curl"]
operands = [{ name = "URL", arity = "any" }]
effects = [{ access = "send", kind = "url", target = "URL" }]
[options]
"-X, --request=METHOD" = { }
[[forms]]
when = ["-X=GET|HEAD"]
effects = [{ access = "fetch", kind = "url", target = "URL" }]
"#;
    check(curl, "-X get u", &["Fetch u"]);
    check(curl, "-X GET -X POST u", &["Send u"]);
    check(curl, "-X ? u", &["Fetch u?", "Send u?"]);
    check(curl, "-XP? u", &["Send u"]);
}

#[test]
fn streams_are_no_files() {
    check(CP, "- b", &["Write b"]);
    let rm = "names = ['rm']\noperands = [{ name = 'FILE', arity = 'some', access = ['delete'] }]";
    check(rm, "-", &["Delete -"]);
    let psql = "names = ['psql']\neffects = [{ access = 'code', kind = 'path', target = '=-', language = 'sql' }]";
    check(psql, "", &["Code -"]);
}

#[test]
fn flag_traps_of_the_same_letter() {
    let commit = "names = ['c']\nflags = '-m=MSG'\neffects = [{ access = 'git-refs' }]\n[options]\n'-n, --no-verify' = { tags = ['no-verify'] }";
    let invocation = bind(&grammar(commit), b"c", &arguments("-nm msg"));
    assert_eq!(invocation.deeds[0].access, Access::GitRefs);
    assert_eq!(invocation.tags, ["no-verify"]);
}

#[test]
fn the_dashes_part_operands() {
    let exec = "names = ['x']\nparsing = 'posix'\nflags = '-q'\noperands = [{ name = 'PROFILE' }, { name = '--' }, { name = 'COMMAND', arity = 'any', kind = 'command', access = ['command'] }]";
    check(exec, "-q dev -- rm -rf x", &["Command rm -rf x"]);
    check(&exec.replace("posix", "exact"), "dev -q -- rm -rf x", &["Command rm -rf x"]);
}

#[test]
fn shell_words_are_joined() {
    let watch = "names = ['watch']\nparsing = 'posix'\noperands = [{ name = 'COMMAND', arity = 'some', kind = 'shell', access = ['shell'] }]";
    check(watch, "ls -l '; rm x'", &["Shell ls -l ; rm x"]);
    check(watch, "rm ? x", &["Shell rm…"]);
}

const CHECKOUT: &str = r#"
names = ["checkout"]
operands = [{ name = "TREE", arity = "optional" }, { name = "--" }, { name = "PATH", arity = "any", access = ["write"] }]
[[forms]]
when = ["!--", "operands<2"]
operands = [{ name = "BRANCH", arity = "optional" }]
"#;

#[test]
fn what_stands_around_two_dashes_goes_to_its_own_operands() {
    check(CHECKOUT, "-- a b", &["Write a", "Write b"]);
    check(CHECKOUT, "HEAD -- a", &["Write a"]);
    check(CHECKOUT, "HEAD main -- a", &["Write a", "! main"]);
    check(CHECKOUT, "main", &[]);
}

const SYNC: &str = r#"
names = ["sync"]
parsing = "exact"
any-options = true
short-help = true
flags = "-v --verbose"
operands = [{ name = "NAME", kind = "resource", access = ["deploy"] }]
[options]
"-n, --dry-run" = { }
"--prune" = { effects = [{ access = "delete-resource", kind = "resource", target = "NAME" }] }
[[forms]]
when = ["-n"]
operands = [{ name = "NAME", kind = "resource", access = ["query"] }]
"#;

#[test]
fn of_a_switch_and_its_opposite_the_last_one_counts() {
    check(SYNC, "web --dry-run", &["Query web"]);
    check(SYNC, "web -n --no-dry-run", &["Deploy web"]);
    check(SYNC, "web --dry-run --dry-run=false", &["Deploy web"]);
    check(SYNC, "web --dry-run=false --dry-run", &["Query web"]);
    check(SYNC, "web --no-dry-run --dry-run", &["Query web"]);
    check(SYNC, "web --prune --no-prune", &["Deploy web", "DeleteResource web"]);
}

#[test]
fn what_may_be_the_argument_of_an_unlisted_option_lowers_nothing() {
    check(SYNC, "web --verbose --dry-run", &["Query web"]);
    check(SYNC, "web --revision=r --dry-run", &["Query web"]);
    check(SYNC, "web --revision --dry-run", &["Query web?", "Deploy web?"]);
    check(SYNC, "web --revision --help", &["Deploy web"]);
    check(SYNC, "web --revision r --help", &[]);
    let undashed = SYNC.replace("any-options", "undashed-arguments = true\nany-options");
    check(&undashed, "web --revision --dry-run", &["Query web"]);
}
