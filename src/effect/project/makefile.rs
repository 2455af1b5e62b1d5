//! Makefiles: the recipes of a target and of what it needs, as far as they are written out (GNU make manual, chapters 4
//! to 6). Conditionals are taken both ways, includes and functions are not followed.

use std::collections::{HashMap, HashSet};

/// Deepest chain of prerequisites that is followed.
const DEEPEST: usize = 12;
/// Most lines of recipes that are handed out.
const MOST_LINES: usize = 200;
/// Deepest nesting of variables.
const DEEPEST_VARIABLE: usize = 10;

/// A makefile.
#[derive(Debug, Default)]
pub(crate) struct Makefile {
    rules: Vec<Rule>,
    variables: HashMap<String, Option<String>>,
    default: Option<String>,
}

#[derive(Debug)]
struct Rule {
    targets: Vec<String>,
    needs: Vec<String>,
    recipe: Vec<String>,
}

/// A line of a recipe for the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expanded {
    /// The target it belongs to.
    pub(crate) target: String,
    /// The line; `${__make}` stands for what cannot be told.
    pub(crate) line: String,
}

impl Makefile {
    /// Reads a makefile.
    pub(crate) fn read(text: &str) -> Self {
        let mut file = Self::default();
        let mut current: Vec<usize> = Vec::new();
        let mut define = false;
        for line in logical_lines(text) {
            if define {
                define = line.trim() != "endef";
                continue;
            }
            if let Some(command) = line.strip_prefix('\t') {
                for rule in &current {
                    file.rules[*rule].recipe.push(command.to_owned());
                }
                continue;
            }
            let bare = without_comment(&line);
            let trimmed = bare.trim();
            if trimmed.is_empty() {
                continue;
            }
            if trimmed.starts_with("define ") {
                define = true;
                continue;
            }
            let first = trimmed.split_whitespace().next().unwrap_or_default();
            if matches!(
                first,
                "ifeq"
                    | "ifneq"
                    | "ifdef"
                    | "ifndef"
                    | "else"
                    | "endif"
                    | "include"
                    | "-include"
                    | "vpath"
                    | "unexport"
                    | "undefine"
            ) {
                continue;
            }
            let trimmed =
                ["export ", "override "].iter().fold(trimmed, |rest, word| rest.strip_prefix(word).unwrap_or(rest));
            if file.assigned(trimmed) {
                current.clear();
                continue;
            }
            current = file.rule(trimmed);
        }
        file
    }

    /// `NAME = value` and its like; false when the line is none.
    fn assigned(&mut self, line: &str) -> bool {
        let Some(equals) = line.find('=') else { return false };
        let operators = [":::=", "::=", ":=", "?=", "+=", "!="];
        let operator = operators.iter().find(|operator| line[..=equals].ends_with(**operator)).copied().unwrap_or("=");
        let name = line[..=equals].strip_suffix(operator).unwrap_or_default().trim();
        let valid = !name.is_empty() && !name.contains([':', ' ', '\t', '$', '%']);
        if !valid {
            return false;
        }
        let value = line[equals + 1..].trim().to_owned();
        let known = self.variables.get(name).cloned();
        let value = match (operator, known) {
            ("!=", _) => None,
            ("?=", Some(known)) => known,
            ("+=", Some(Some(known))) => Some(format!("{known} {value}")),
            ("+=", Some(None)) => None,
            // Set twice, perhaps in two branches: which holds is not known.
            (_, Some(Some(known))) if known != value => None,
            _ => Some(value),
        };
        if name == ".DEFAULT_GOAL" {
            self.default.clone_from(&value);
        }
        self.variables.insert(name.to_owned(), value);
        true
    }

    /// `targets: needs ; recipe`; the rules that recipe lines behind it belong to.
    fn rule(&mut self, line: &str) -> Vec<usize> {
        let Some(colon) = line.find(':') else { return Vec::new() };
        let (targets, rest) = (&line[..colon], line[colon + 1..].trim_start_matches(':'));
        let (needs, recipe) = match rest.split_once(';') {
            Some((needs, recipe)) => (needs, vec![recipe.trim().to_owned()]),
            None => (rest, Vec::new()),
        };
        // A variable of the target's own.
        if needs.contains('=') {
            return Vec::new();
        }
        let words =
            |text: &str| self.expanded(text, &HashMap::new(), 0).split_whitespace().map(str::to_owned).collect();
        let rule = Rule { targets: words(targets), needs: words(needs), recipe };
        self.rules.push(rule);
        vec![self.rules.len() - 1]
    }

    /// What making `targets` runs, the default goal when there are none; `given` are variables of the command line.
    pub(crate) fn recipes(&self, targets: &[String], given: &HashMap<String, String>) -> Vec<Expanded> {
        let named = |rule: &&Rule| {
            rule.targets
                .first()
                .is_some_and(|name| (!name.starts_with('.') || name.contains('/')) && !name.contains('%'))
        };
        let default = self.default.clone().or_else(|| self.rules.iter().find(named)?.targets.first().cloned());
        let goals: Vec<String> = if targets.is_empty() { default.into_iter().collect() } else { targets.to_vec() };
        let (mut out, mut done) = (Vec::new(), HashSet::new());
        for goal in &goals {
            self.make(goal, given, &mut done, &mut out, 0);
        }
        out
    }

    fn make(
        &self,
        target: &str,
        given: &HashMap<String, String>,
        done: &mut HashSet<String>,
        out: &mut Vec<Expanded>,
        depth: usize,
    ) {
        if depth > DEEPEST || !done.insert(target.to_owned()) {
            return;
        }
        let rules: Vec<&Rule> =
            self.rules.iter().filter(|rule| rule.targets.iter().any(|name| name == target)).collect();
        let needs: Vec<&String> = rules.iter().flat_map(|rule| &rule.needs).filter(|need| *need != "|").collect();
        for need in &needs {
            self.make(need, given, done, out, depth + 1);
        }
        let mut given = given.clone();
        given.insert("@".to_owned(), target.to_owned());
        given.insert("<".to_owned(), needs.first().map(|need| (*need).clone()).unwrap_or_default());
        let all: Vec<&str> = needs.iter().map(|need| need.as_str()).collect();
        given.insert("^".to_owned(), all.join(" "));
        given.insert("+".to_owned(), all.join(" "));
        for line in rules.iter().flat_map(|rule| &rule.recipe) {
            let line = self.expanded(line.trim_start(), &given, 0);
            let line = line.trim_start_matches(['@', '-', '+', ' ', '\t']).to_owned();
            if !line.is_empty() && out.len() < MOST_LINES {
                out.push(Expanded { target: target.to_owned(), line });
            }
        }
    }

    /// Text with variables replaced; `$$` becomes `$`.
    fn expanded(&self, text: &str, given: &HashMap<String, String>, depth: usize) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let Some(first) = rest.chars().next() else { break };
            if first == '$' {
                out.push('$');
                rest = &rest[1..];
                continue;
            }
            let (name, behind) = match first {
                '(' | '{' => match bracketed(rest, first) {
                    Some(found) => found,
                    None => break,
                },
                other => rest.split_at(other.len_utf8()),
            };
            rest = behind;
            match self.value(name, given, depth) {
                Some(value) => out.push_str(&value),
                None => out.push_str("${__make}"),
            }
        }
        out.push_str(rest);
        out
    }

    fn value(&self, name: &str, given: &HashMap<String, String>, depth: usize) -> Option<String> {
        if depth > DEEPEST_VARIABLE {
            return None;
        }
        if let Some(value) = given.get(name) {
            return Some(value.clone());
        }
        match self.variables.get(name) {
            Some(Some(value)) => Some(self.expanded(value, given, depth + 1)),
            Some(None) => None,
            None => match name {
                "MAKE" => Some("make".to_owned()),
                "RM" => Some("rm -f".to_owned()),
                "CC" => Some("cc".to_owned()),
                "CXX" => Some("g++".to_owned()),
                "CURDIR" => Some(".".to_owned()),
                // From the environment, or nothing: the shell knows.
                _ if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') => {
                    Some(format!("${{{name}}}"))
                }
                _ => None,
            },
        }
    }
}

/// What stands in the bracket at the beginning, and behind it.
fn bracketed(text: &str, open: char) -> Option<(&str, &str)> {
    let close = if open == '(' { ')' } else { '}' };
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        if letter == open {
            depth += 1;
        } else if letter == close {
            depth -= 1;
            if depth == 0 {
                return Some((&text[1..at], &text[at + 1..]));
            }
        }
    }
    None
}

/// Lines with continuations joined. In recipes the backslash and the newline stay, for the shell.
fn logical_lines(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        let goes_on = line.ends_with('\\') && !line.ends_with("\\\\");
        let mut whole = match open.take() {
            Some(before) if before.starts_with('\t') => {
                format!("{before}\\\n{}", line.strip_prefix('\t').unwrap_or(line))
            }
            Some(before) => format!("{before} {}", line.trim_start()),
            None => line.to_owned(),
        };
        if goes_on {
            whole.pop();
            open = Some(whole);
        } else {
            all.push(whole);
        }
    }
    all.extend(open);
    all
}

fn without_comment(line: &str) -> String {
    match line.find('#') {
        Some(at) if !line[..at].ends_with('\\') => line[..at].to_owned(),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Makefile;
    use std::collections::HashMap;

    fn lines(text: &str, targets: &[&str]) -> Vec<String> {
        let targets: Vec<String> = targets.iter().map(|name| (*name).to_owned()).collect();
        Makefile::read(text).recipes(&targets, &HashMap::new()).into_iter().map(|each| each.line).collect()
    }

    #[test]
    fn recipes_of_a_target_and_its_prerequisites() {
        let text = "OUT := build\nall: lib # c\n\t@echo $(OUT) $@ $<\nlib:\n\t-rm -rf $(OUT)\n\tfor f in a; do \\\n\t  echo $$f; done\n";
        assert_eq!(lines(text, &[]), ["rm -rf build", "for f in a; do \\\n  echo $f; done", "echo build all lib"]);
        assert_eq!(lines(text, &["nothing"]), Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_told_is_marked() {
        let text = "A = 1\nifdef X\nA = 2\nendif\nB != date\nt:\n\techo $(A) $(B) $(shell x) $(HOME)\n";
        assert_eq!(lines(text, &["t"]), ["echo ${__make} ${__make} ${__make} ${HOME}"]);
    }
}
