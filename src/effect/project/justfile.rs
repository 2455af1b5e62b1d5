//! Justfiles: the body of a recipe and of what it depends on, as far as it is written out (just manual, "Recipes").

use std::collections::{HashMap, HashSet};

/// Deepest chain of dependencies that is followed.
const DEEPEST: usize = 12;

/// A justfile.
#[derive(Debug, Default)]
pub(crate) struct Justfile {
    recipes: Vec<Recipe>,
    values: HashMap<String, String>,
    aliases: HashMap<String, String>,
    /// `set shell := …`: the lines are for something else than `sh`.
    pub(crate) other_shell: bool,
}

#[derive(Debug)]
struct Recipe {
    name: String,
    parameters: Vec<String>,
    needs: Vec<String>,
    body: Vec<String>,
}

impl Justfile {
    /// Reads a justfile.
    pub(crate) fn read(text: &str) -> Self {
        let mut file = Self::default();
        let mut inside = false;
        for line in text.lines() {
            if line.starts_with([' ', '\t']) {
                if let (true, Some(recipe)) = (inside, file.recipes.last_mut()) {
                    recipe.body.push(line.trim().to_owned());
                }
                continue;
            }
            let line = line.trim_end();
            if line.is_empty() || line.starts_with(['#', '[']) {
                continue;
            }
            inside = false;
            if let Some((name, value)) = line.split_once(":=") {
                let name = name.trim();
                if let Some(alias) = name.strip_prefix("alias ") {
                    file.aliases.insert(alias.trim().to_owned(), value.trim().to_owned());
                } else if name.starts_with("set ") {
                    file.other_shell |= name == "set shell" || name == "set windows-shell";
                } else {
                    let name = name.strip_prefix("export ").unwrap_or(name);
                    if let Some(text) = plain_string(value.trim()) {
                        file.values.insert(name.to_owned(), text);
                    }
                }
                continue;
            }
            let Some((head, needs)) = line.split_once(':') else { continue };
            let mut words = head.trim_start_matches('@').split_whitespace();
            let Some(name) = words.next() else { continue };
            let parameter =
                |word: &str| word.trim_start_matches(['+', '*', '$']).split('=').next().unwrap_or(word).to_owned();
            let needs = needs.split_whitespace().map(|need| need.trim_matches(['(', ')']).to_owned());
            file.recipes.push(Recipe {
                name: name.to_owned(),
                parameters: words.map(parameter).collect(),
                needs: needs.filter(|need| need != "&&").collect(),
                body: Vec::new(),
            });
            inside = true;
        }
        file
    }

    /// What running `name` (the first recipe when there is none) with `arguments` runs, one text for each recipe;
    /// `${__just}` stands for what cannot be told.
    pub(crate) fn texts(&self, name: Option<&str>, arguments: &[String]) -> Vec<String> {
        let name = match name {
            Some(name) => self.aliases.get(name).map_or(name, String::as_str),
            None => match self.recipes.first() {
                Some(recipe) => recipe.name.as_str(),
                None => return Vec::new(),
            },
        };
        let (mut out, mut done) = (Vec::new(), HashSet::new());
        self.run(name, arguments, &mut done, &mut out, 0);
        out
    }

    fn run<'f>(
        &'f self,
        name: &'f str,
        arguments: &[String],
        done: &mut HashSet<&'f str>,
        out: &mut Vec<String>,
        depth: usize,
    ) {
        let Some(recipe) = self.recipes.iter().find(|recipe| recipe.name == name) else { return };
        if depth > DEEPEST || !done.insert(name) {
            return;
        }
        for need in &recipe.needs {
            self.run(need, &[], done, out, depth + 1);
        }
        let given: HashMap<&str, &String> = recipe.parameters.iter().map(String::as_str).zip(arguments).collect();
        let body: Vec<String> = recipe.body.iter().map(|line| self.filled(line, &given)).collect();
        match body.first() {
            Some(first) if first.starts_with("#!") && !first.contains("sh") => {}
            Some(first) if first.starts_with("#!") => out.push(body[1..].join("\n")),
            // Each line runs in a shell of its own, and the first that fails is the last.
            _ => out.extend(body.iter().map(|line| line.trim_start_matches(['@', '-']).to_owned())),
        }
    }

    /// A line with `{{name}}` replaced.
    fn filled(&self, line: &str, given: &HashMap<&str, &String>) -> String {
        let (mut out, mut rest) = (String::new(), line);
        while let Some((before, behind)) = rest.split_once("{{") {
            out.push_str(before);
            let (name, behind) = behind.split_once("}}").unwrap_or((behind, ""));
            let name = name.trim();
            match given.get(name).copied().or_else(|| self.values.get(name)) {
                Some(value) => out.push_str(value),
                None => out.push_str("${__just}"),
            }
            rest = behind;
        }
        out.push_str(rest);
        out
    }
}

/// A quoted string without escapes.
fn plain_string(value: &str) -> Option<String> {
    let quote = value.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains([quote, '\\'])).then(|| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::Justfile;

    #[test]
    fn bodies_with_what_they_depend_on() {
        let text = "out := \"dist\"\nalias d := deploy\n\n# comment\nbuild:\n    @rm -rf {{out}}\n\ndeploy env: build\n    ./go {{ env }} {{other}}\n";
        let file = Justfile::read(text);
        let staging = ["prod".to_owned()];
        assert_eq!(file.texts(Some("d"), &staging), ["rm -rf dist", "./go prod ${__just}"]);
        assert_eq!(file.texts(None, &[]), ["rm -rf dist"]);
    }
}
