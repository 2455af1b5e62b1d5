//! What must hold of a grammar file beyond its shape. `build.rs` holds the shipped files to it with this very module,
//! and [`super::Catalog`] the user's, so it names only its siblings.

use super::condition::{Atom, Condition};
use super::model::{Access, EffectSpec, Grammar, Kind, OperandSpec, OptionSpec};
use super::spelling::{Takes, in_flags, in_key};

/// Names `reader` may have.
pub const READERS: &[&str] = &[
    "awk", "bwrap", "compiler", "dd", "editor", "env", "find", "git", "package", "parallel", "perl", "sed", "shell",
    "tar", "xargs",
];

/// One fault of a grammar file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line in the file, from 1; 0 when the file as a whole is meant.
    pub line: usize,
    /// The key it is about, with those above it: `sub.push.options.-f`.
    pub key: String,
    /// What is wrong, as a lowercase fragment.
    pub wrong: String,
}

/// Reads and checks a grammar file. A sound grammar has each subcommand's own name first among its `names`.
pub fn read(text: &str) -> Result<Grammar, Vec<Fault>> {
    let mut grammar: Grammar = match toml::from_str(text) {
        Ok(grammar) => grammar,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            let key = text.lines().nth(line - 1).unwrap_or_default();
            let key = key.split(['=', ']']).next().unwrap_or_default().trim().trim_start_matches('[').to_owned();
            return Err(vec![Fault {
                line,
                key,
                wrong: error.message().lines().next().unwrap_or_default().to_owned(),
            }]);
        }
    };
    let mut check = Check { text, faults: Vec::new() };
    check.program(&grammar);
    check.level(&[&grammar], "");
    name_subcommands(&mut grammar);
    if check.faults.is_empty() { Ok(grammar) } else { Err(check.faults) }
}

/// Puts each subcommand's key first among its names.
pub fn name_subcommands(grammar: &mut Grammar) {
    for (name, sub) in &mut grammar.sub {
        sub.names.retain(|alias| alias != name);
        sub.names.insert(0, name.clone());
        name_subcommands(sub);
    }
}

struct Check<'t> {
    text: &'t str,
    faults: Vec<Fault>,
}

impl Check<'_> {
    /// Notes a fault; its line is the first that holds `needle`.
    fn fault(&mut self, needle: &str, key: String, expected: impl Into<String>) {
        let line = self.text.lines().position(|line| line.contains(needle)).map_or(0, |at| at + 1);
        self.faults.push(Fault { line, key, wrong: format!("expected {}", expected.into()) });
    }

    /// What only a program has.
    fn program(&mut self, grammar: &Grammar) {
        if grammar.names.is_empty() || grammar.names.iter().any(|name| name.is_empty() || name.contains('/')) {
            self.fault("names", "names".into(), "at least one name without directory");
        }
        if grammar.source.trim().is_empty() {
            self.fault("source", "source".into(), "the manual and version the facts were read from");
        }
        if grammar.examples.len() < 2 {
            self.fault("examples", "examples".into(), "at least two examples");
        }
        for example in &grammar.examples {
            if !["read-only", "reversible", "opaque", "irreversible"].contains(&example.is.as_str()) {
                let expected = "`read-only`, `reversible`, `opaque` or `irreversible`";
                self.fault(&example.line, format!("examples.is of `{}`", example.line), expected);
            }
        }
    }

    /// One level; `chain` ends in it and begins with the program.
    fn level(&mut self, chain: &[&Grammar], at: &str) {
        let Some(grammar) = chain.last() else { return };
        for (token, spelling) in in_flags(&grammar.flags) {
            if spelling.is_none() {
                self.fault(token, format!("{at}flags"), format!("an option instead of `{token}`"));
            }
        }
        for (key, option) in &grammar.options {
            self.option(chain, key, option, &format!("{at}options.{key}"));
        }
        if let Some(name) = grammar.reader.as_deref()
            && !READERS.contains(&name)
        {
            self.fault(name, format!("{at}reader"), format!("one of {}", READERS.join(", ")));
        }
        self.operands(&grammar.operands, &format!("{at}operands"));
        for effect in &grammar.effects {
            self.effect(chain, &grammar.operands, effect, &format!("{at}effects"));
        }
        for form in &grammar.forms {
            let key = format!("{at}forms");
            if form.when.is_empty() {
                self.fault("[[forms]]", format!("{key}.when"), "at least one condition");
            }
            for atom in &form.when {
                self.condition(chain, atom, &format!("{key}.when"));
            }
            let operands = form.operands.as_ref().unwrap_or(&grammar.operands);
            self.operands(operands, &format!("{key}.operands"));
            for effect in &form.effects {
                self.effect(chain, operands, effect, &format!("{key}.effects"));
            }
        }
        for (name, source) in &grammar.facts {
            let known = |word: &str| word.starts_with(['-', '+']) && listed(chain, word);
            if !source.starts_with('=') && !source.split_ascii_whitespace().all(known) {
                self.fault(source, format!("{at}facts.{name}"), "options of `options`, or `=text`");
            }
        }
        for (name, sub) in &grammar.sub {
            let key = format!("{at}sub.{name}.");
            if !sub.source.is_empty() || !sub.examples.is_empty() {
                self.fault(&format!("sub.{name}"), key.clone(), "`source` and `examples` at the program only");
            }
            if name.is_empty() || name.bytes().any(|byte| byte.is_ascii_whitespace()) {
                self.fault(name, key.clone(), "one word as name; nested ones are `[sub.a.sub.b]`");
            }
            let mut inner = chain.to_vec();
            inner.push(sub);
            self.level(&inner, &key);
        }
    }

    fn option(&mut self, chain: &[&Grammar], key: &str, option: &OptionSpec, at: &str) {
        let mut takes = Takes::Nothing;
        for (token, spelling) in in_key(key) {
            match spelling {
                Some(spelling) => takes = takes.max(spelling.takes),
                None => self.fault(key, at.to_owned(), format!("an option instead of `{token}`")),
            }
        }
        if takes == Takes::Nothing && !option.rest && !(option.access.is_empty() && option.language.is_empty()) {
            let expected = "an option-argument (`=FILE`) for `access` to act on, or `effects` instead of it";
            self.fault(key, at.to_owned(), expected);
        }
        let operands: Vec<OperandSpec> = chain.last().map_or_else(Vec::new, |grammar| every_operand(grammar));
        for effect in &option.effects {
            self.effect(chain, &operands, effect, &format!("{at}.effects"));
        }
    }

    fn operands(&mut self, operands: &[OperandSpec], at: &str) {
        for operand in operands {
            if operand.name != "--" && (operand.name.is_empty() || operand.name.starts_with(['-', '='])) {
                self.fault("operands", format!("{at}.name"), "the operand's name in the manual");
            }
            let code = operand.access.iter().any(|access| matches!(access, Access::Command | Access::Shell));
            if code && !matches!(operand.kind, Kind::Command | Kind::Shell) {
                self.fault(&operand.name, format!("{at}.{}", operand.name), "`kind` \"command\" or \"shell\"");
            }
        }
    }

    fn effect(&mut self, chain: &[&Grammar], operands: &[OperandSpec], effect: &EffectSpec, at: &str) {
        if effect.access == Access::Unknown {
            self.fault("effects", format!("{at}.access"), "what happens");
        }
        let facts = effect.facts.values().map(|fact| ("facts", fact));
        for (which, target) in std::iter::once(("target", &effect.target)).chain(facts) {
            let named = |name: &str| match name.chars().next() {
                Some('-' | '+') => listed(chain, name),
                _ => operands.iter().any(|operand| operand.name == name),
            };
            let known = target.starts_with('=') || target.split_ascii_whitespace().all(named);
            if !known {
                let expected = "the name of an operand, an option of `options` or `=text`";
                self.fault(target, format!("{at}.{which} `{target}`"), expected);
            }
        }
    }

    fn condition(&mut self, chain: &[&Grammar], text: &str, at: &str) {
        match Condition::parse(text) {
            Some(Condition { atom: Atom::Given("--"), .. }) => {}
            None => self.fault(text, format!("{at} `{text}`"), "a condition (see grammars/README.md)"),
            Some(Condition {
                atom: Atom::Given(option) | Atom::GivenWith(option, _) | Atom::OnceWith(option, _),
                ..
            }) if !listed(chain, option) => {
                let expected = format!("`{option}` in `options`, with all its spellings in one key");
                self.fault(text, format!("{at} `{text}`"), expected);
            }
            Some(_) => {}
        }
    }
}

/// True when the spelling is in `options` of the level or of one above it.
fn listed(chain: &[&Grammar], option: &str) -> bool {
    let mut keys = chain.iter().flat_map(|grammar| grammar.options.keys());
    keys.any(|key| in_key(key).any(|(_, spelling)| spelling.is_some_and(|spelling| spelling.text == option)))
}

/// The operands of a level and of its forms.
fn every_operand(grammar: &Grammar) -> Vec<OperandSpec> {
    let forms = grammar.forms.iter().filter_map(|form| form.operands.as_ref()).flatten();
    grammar.operands.iter().chain(forms).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(body: &str) -> Vec<String> {
        let head = "names = [\"p\"]\nsource = \"s\"\nexamples = [{ line = \"p\", is = \"read-only\" }, { line = \"p a\", is = \"opaque\" }]\n";
        let found = read(&format!("{head}{body}")).err().unwrap_or_default();
        found
            .into_iter()
            .map(|fault| format!("{}: {}: {}", fault.line, fault.key, fault.wrong.trim_start_matches("expected ")))
            .collect()
    }

    #[test]
    fn a_sound_file_has_no_faults() {
        assert!(faults("operands = [{ name = \"A\" }]\neffects = [{ access = \"read\", target = \"A\" }]").is_empty());
    }

    #[test]
    fn faults_name_line_key_and_expectation() {
        let cases = [
            ("operands = [{ name = \"A\" }]\neffects = [{ access = \"read\", target = \"B\" }]", "effects.target `B`"),
            ("flags = \"-n\"\n[[forms]]\nwhen = [\"-n\"]", "forms.when `-n`"),
            ("[[forms]]\nwhen = [\"sometimes\"]", "forms.when `sometimes`"),
            ("[options]\n\"-f\" = { access = [\"write\"] }", "options.-f: an option-argument"),
            ("flags = \"-a b\"", "flags: an option instead of `b`"),
            ("reader = \"tea-leaves\"", "reader: one of"),
            ("[sub.a.sub.b]\nsource = \"x\"", "sub.a.sub.b"),
            ("colour = 1", "4: colour: unknown field"),
        ];
        for (body, expected) in cases {
            let found = faults(body);
            assert!(found.iter().any(|fault| fault.contains(expected)), "{body}: {found:?}");
            assert!(!found.iter().any(|fault| fault.starts_with("0:")), "{found:?}");
        }
        assert!(read("names = [\"p\"]\nsource = \"s\"").is_err());
    }
}
