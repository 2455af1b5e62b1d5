//! Programs that run other programs: the inner command line is judged like any.

use super::simple::Reach;
use super::stdin::Handed;
use super::{Evaluator, Flow};
use crate::effect::Effect;
use crate::effect::resolve::{Act, find, severity};
use crate::effect::state::{Input, Place, State};
use crate::effect::value::{Field, Text, Value};
use crate::grammar::{Argument, Deed, Invocation, Kind, Known};
use crate::text::Span;

/// Programs that print what the command they run prints, and nothing else.
pub(super) const PASSING: [&str; 14] = [
    "env", "nice", "nohup", "timeout", "stdbuf", "setsid", "ionice", "taskset", "chrt", "sudo", "doas", "unbuffer",
    "time", "command",
];
/// Most runs of a command that `xargs` splits its words over.
const MOST_RUNS: usize = 16;

/// Programs that do the same to each of their operands, however many they get at once.
const INDEPENDENT: [&[u8]; 12] = [
    b"rm",
    b"rmdir",
    b"unlink",
    b"touch",
    b"chmod",
    b"chown",
    b"gzip",
    b"gunzip",
    b"shred",
    b"truncate",
    b"sed",
    b"perl",
];

/// Programs that run a command with more rights.
const PRIVILEGED: [&str; 6] = ["sudo", "doas", "pkexec", "su", "run0", "sudoedit"];

impl Evaluator<'_> {
    /// Runs the command line a deed names. The names that `find` hands on are looked for only where what is done to
    /// them changes something.
    pub(crate) fn inner_command(
        &mut self,
        state: &mut State,
        invocation: &Invocation,
        deed: &Deed,
        outer: &[Field],
        span: Span,
    ) {
        if deed.arguments.is_empty() {
            return;
        }
        let finding = matches!(invocation.program.as_str(), "find" | "fd");
        if !finding && !deed.appended {
            let fields = deed.arguments.iter().map(Field::from).collect();
            self.inner_run(state, invocation, deed, fields, span);
            return;
        }
        let before = state.clone();
        let (effects, commands) = (self.found.effects.len(), self.found.commands.len());
        for fields in self.inner_runs(state, invocation, deed, outer, span) {
            self.inner_run(state, invocation, deed, fields, span);
        }
        let unresolved = |effect: &Effect| {
            effect.object.kind == Kind::Path
                && !matches!(effect.object.name, Known::Exactly(_))
                && severity::is_file(effect.verb)
                && !severity::reads(effect.verb)
        };
        if !self.found.effects[effects..].iter().any(unresolved) {
            return;
        }
        let runs = match finding {
            true if invocation.program == "find" => self.found_runs(&before, deed, outer),
            true => None,
            false => self.named_runs(&before, deed, outer, span),
        };
        let Some(runs) = runs else { return };
        if runs.is_empty() {
            // There is nothing to do it to now; by the time the line runs there may be.
            for effect in self.found.effects[effects..].iter_mut().filter(|effect| unresolved(effect)) {
                effect.tags.push("none-found".to_owned());
            }
            return;
        }
        self.found.effects.truncate(effects);
        self.found.commands.truncate(commands);
        *state = before;
        for fields in runs {
            self.inner_run(state, invocation, deed, fields, span);
        }
    }

    /// The command lines, with what is known of the names without looking for them.
    fn inner_runs(
        &mut self,
        state: &State,
        invocation: &Invocation,
        deed: &Deed,
        outer: &[Field],
        span: Span,
    ) -> Vec<Vec<Field>> {
        let fields: Vec<Field> = deed.arguments.iter().map(Field::from).collect();
        if matches!(invocation.program.as_str(), "find" | "fd") {
            let mut fields: Vec<Field> =
                fields.iter().map(|field| self.placeholder(invocation, field, outer)).collect();
            if deed.appended {
                fields.push(Field { text: self.found_prefix(invocation, outer), many: true, span });
            }
            return vec![fields];
        }
        let more = self.handed(state, Handed::of(outer), span);
        spread(fields, &more, Handed::of(outer))
    }

    /// The command lines `xargs` makes of the names a `find` lists.
    fn named_runs(&mut self, state: &State, deed: &Deed, outer: &[Field], span: Span) -> Option<Vec<Vec<Field>>> {
        let how = Handed::of(outer);
        let more = self.handed_names(state, how, span)?;
        if more.is_empty() {
            return Some(Vec::new());
        }
        Some(spread(deed.arguments.iter().map(Field::from).collect(), &more, how))
    }

    /// The command lines `find -exec` makes of the names it finds: one with all of them for `+`, else one each.
    fn found_runs(&mut self, state: &State, deed: &Deed, outer: &[Field]) -> Option<Vec<Vec<Field>>> {
        let is = |field: &&Field, word: &[u8]| field.exact() == Some(word);
        let acts = |field: &&Field| is(field, b"-exec") || is(field, b"-ok");
        let elsewhere = |field: &&Field| is(field, b"-execdir") || is(field, b"-okdir");
        if deed.appended || outer.iter().filter(acts).count() != 1 || outer.iter().any(|field| elsewhere(&field)) {
            return None;
        }
        let search = self.search_of(state, outer)?;
        let names = self.searched(state, &search)?;
        let fields: Vec<Field> = deed.arguments.iter().map(Field::from).collect();
        let each = !outer.iter().any(|field| is(&field, b"+"));
        let independent = fields[0].exact().is_some_and(|name| INDEPENDENT.contains(&super::base_name(name)));
        if names.is_empty() {
            return Some(Vec::new());
        }
        if each && names.len() > MOST_RUNS && !independent {
            return None;
        }
        let named: Vec<Field> = names.into_iter().map(|name| Field::exactly(name, fields[0].span)).collect();
        let groups: Vec<&[Field]> = if each && !independent { named.chunks(1).collect() } else { vec![&named] };
        let run = |group: &&[Field]| {
            let each = fields.iter().flat_map(|field| match field.exact() {
                Some(b"{}") => group.to_vec(),
                _ => vec![replaced(field, group)],
            });
            each.collect()
        };
        Some(groups.iter().map(run).collect())
    }

    fn inner_run(&mut self, state: &mut State, invocation: &Invocation, deed: &Deed, fields: Vec<Field>, span: Span) {
        let mut child = self.inner_state(state, invocation, deed);
        if matches!(invocation.program.as_str(), "xargs" | "parallel") {
            child.input = Input::Text(Text::exactly(""));
        }
        if self.depth > 40 {
            self.give_up(span);
            return;
        }
        self.depth += 1;
        let labels = self.inner_labels(invocation, deed);
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let foreign = child.foreign && !state.foreign;
        let possible = deed.possible;
        // parallel hands what it made to a shell: a template of one word is a command line.
        let template = (invocation.program == "parallel").then(|| shell_text(&fields)).flatten();
        let after = self.labelled(&labels, |evaluator| {
            evaluator.subshell(child, |evaluator, child| {
                if let Some(text) = template {
                    let after = evaluator.evaluate_shell(child.child_shell(), &text, span, "parallel");
                    Flow::either(after)
                } else if possible {
                    evaluator.possibly(|evaluator| evaluator.dispatch(child, fields, span, Reach::Program))
                } else {
                    evaluator.dispatch(child, fields, span, Reach::Program)
                }
            })
        });
        self.depth -= 1;
        let after = after.into_parts();
        if PASSING.contains(&invocation.program.as_str()) {
            state.output = after.output;
        }
        if !foreign {
            state.overlay = after.overlay;
        }
    }

    /// Runs what a deed says is run on another machine or in a container: judged by the same rules, of a place of
    /// which nothing is known.
    pub(crate) fn remote_command(&mut self, state: &mut State, act: Act<'_>) {
        let Act { deed, fields, span, .. } = act;
        let child = state.abroad();
        if deed.kind == Kind::Container {
            // An argv, not a text: the words behind the container's name.
            let target = deed.arguments.first().and_then(|argument| argument.literal());
            let Some(at) = target.and_then(|target| fields.iter().rposition(|field| field.exact() == Some(target)))
            else {
                return;
            };
            let mut inner = &fields[at + 1..];
            // `kubectl exec POD -c NAME -- COMMAND`: options may stand between.
            if inner.first().is_some_and(|field| field.text.prefix().starts_with(b"-")) {
                let dashes = inner.iter().position(|field| field.exact() == Some(b"--"));
                inner = dashes.map_or(inner, |at| &inner[at + 1..]);
            }
            if inner.is_empty() || !deed.facts.iter().any(|(name, _)| name == "command") {
                return;
            }
            let inner = inner.to_vec();
            let span = inner.iter().fold(inner[0].span, |span, field| span.to(field.span));
            self.depth += 1;
            self.labelled(&["remote", "container"], |evaluator| {
                evaluator.subshell(child, |evaluator, child| evaluator.dispatch(child, inner, span, Reach::Program))
            });
            self.depth -= 1;
            return;
        }
        for (name, argument) in &deed.facts {
            if name == "command" {
                let text = Text { known: argument.value.clone(), ..Text::unknown() };
                let program = act.invocation.program.clone();
                let span = if argument.span.is_empty() { span } else { argument.span };
                self.labelled(&["remote"], |evaluator| evaluator.evaluate_shell(child.clone(), &text, span, &program));
            }
        }
    }

    /// Runs the shell text a deed holds.
    pub(crate) fn inner_shell(&mut self, state: &mut State, invocation: &Invocation, deed: &Deed, span: Span) {
        let mut text = Text::exactly("");
        let from_stdin = matches!(deed.arguments.as_slice(), [only] if only.literal() == Some(b"-"));
        if deed.arguments.is_empty() || from_stdin {
            text = self.input_text(state);
        } else {
            for (at, argument) in deed.arguments.iter().enumerate() {
                if at > 0 {
                    text.push(&Text::exactly(" "));
                }
                text.push(&if argument.many {
                    Text::unknown()
                } else {
                    Text { known: argument.value.clone(), ..Text::unknown() }
                });
            }
        }
        let child = self.inner_state(state, invocation, deed).child_shell();
        let labels = self.inner_labels(invocation, deed);
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let foreign = child.foreign && !state.foreign;
        let program = invocation.program.clone();
        let after = self.labelled(&labels, |evaluator| evaluator.evaluate_shell(child, &text, span, &program));
        if !foreign {
            state.overlay = after.into_parts().overlay;
        }
    }

    fn inner_labels(&self, invocation: &Invocation, deed: &Deed) -> Vec<String> {
        let mut labels = Vec::new();
        if PRIVILEGED.contains(&invocation.program.as_str()) {
            labels.push("sudo".to_owned());
        }
        for tag in invocation.tags.iter().chain(&deed.tags) {
            if matches!(tag.as_str(), "remote" | "container" | "production" | "privileged") && !labels.contains(tag) {
                labels.push(tag.clone());
            }
        }
        if invocation.deeds.iter().any(|deed| deed.access == crate::grammar::Access::Remote)
            && !labels.iter().any(|label| label == "remote")
        {
            labels.push("remote".to_owned());
        }
        labels
    }

    fn inner_state(&mut self, state: &State, invocation: &Invocation, deed: &Deed) -> State {
        let away = |tag: &String| tag == "remote" || tag == "container";
        let remote = invocation.tags.iter().chain(&deed.tags).any(away)
            || invocation.deeds.iter().any(|deed| deed.access == crate::grammar::Access::Remote);
        let mut child = if remote { state.abroad() } else { state.clone() };
        for base in &deed.base {
            self.move_to(&mut child, base);
        }
        for variable in &invocation.variables {
            self.set_variable(&mut child, variable);
        }
        child
    }

    /// Makes `directory` the place of a state.
    pub(crate) fn move_to(&mut self, state: &mut State, directory: &Argument) {
        let path = self.real_path(state, &directory.value, true);
        state.places = vec![Place { path: super::redirect::exact_path(&path), meant: true }];
    }

    fn set_variable(&mut self, state: &mut State, variable: &Argument) {
        let (Known::Exactly(bytes) | Known::Begins(bytes)) = &variable.value else { return };
        let Some(equals) = bytes.iter().position(|byte| *byte == b'=') else { return };
        let value = &bytes[equals + 1..];
        let text = match &variable.value {
            Known::Exactly(_) => Text::exactly(value),
            _ => Text::begins(value, false),
        };
        self.environment_code(&bytes[..equals], Some(&text), variable.span);
        self.environment_command(state, &bytes[..equals], Some(&text), variable.span);
        self.import_function(state, &bytes[..equals], Some(&text));
        state.set(&bytes[..equals], Value::Scalar(text));
    }

    /// What the names that `find` hands on begin with.
    fn found_prefix(&mut self, invocation: &Invocation, outer: &[Field]) -> Text {
        let mut joined: Option<Text> = None;
        for deed in &invocation.deeds {
            if deed.access == crate::grammar::Access::List {
                for argument in &deed.arguments {
                    let text = match &argument.value {
                        Known::Exactly(root) => {
                            let mut prefix = root.clone();
                            if find::leaves_root_out(outer, root) && !prefix.ends_with(b"/") {
                                prefix.push(b'/');
                            }
                            Text::begins(prefix, true)
                        }
                        known => Text { known: known.clone(), ..Text::word() },
                    };
                    joined = Some(joined.map_or(text.clone(), |before| before.join(&text)));
                }
            }
        }
        joined.unwrap_or_else(|| Text::begins("./", true))
    }

    fn placeholder(&mut self, invocation: &Invocation, field: &Field, outer: &[Field]) -> Field {
        let Some(word) = field.exact() else { return field.clone() };
        let Some(at) = word.windows(2).position(|two| two == b"{}") else { return field.clone() };
        let text = if at == 0 { self.found_prefix(invocation, outer) } else { Text::begins(&word[..at], true) };
        Field { text, many: false, span: field.span }
    }
}

/// Words added to a command line the way `xargs` does: all at once, so many at a time, or each in its place.
fn spread(fields: Vec<Field>, more: &[Field], how: Handed) -> Vec<Vec<Field>> {
    let placed = fields.iter().any(|field| field.exact().is_some_and(|word| word.windows(2).any(|two| two == b"{}")));
    let size = if placed || how.per_line { 1 } else { how.most };
    let groups: Vec<&[Field]> = more.chunks(size.clamp(1, more.len().max(1))).collect();
    let groups = if groups.len() > MOST_RUNS { vec![more] } else { groups };
    let runs: Vec<Vec<Field>> = groups
        .into_iter()
        .map(|group| match placed {
            true => fields.iter().map(|field| replaced(field, group)).collect(),
            false => fields.iter().chain(group).cloned().collect(),
        })
        .collect();
    // Nothing was read: GNU's runs the command once all the same.
    if runs.is_empty() { vec![fields] } else { runs }
}

/// Words as the text a shell gets, when one of them is more than a word.
fn shell_text(fields: &[Field]) -> Option<Text> {
    let special = |byte: &u8| byte.is_ascii_whitespace() || b"|&;<>()$`\"'*?[]{}~".contains(byte);
    if !fields.iter().any(|field| field.text.prefix().iter().any(special)) {
        return None;
    }
    let mut text = Text::exactly("");
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            text.push(&Text::exactly(" "));
        }
        text.push(&if field.many { Text::unknown() } else { field.text.clone() });
    }
    Some(text)
}

fn replaced(field: &Field, more: &[Field]) -> Field {
    let Some(word) = field.exact() else { return field.clone() };
    let Some(at) = word.windows(2).position(|two| two == b"{}") else { return field.clone() };
    let text = match more {
        [only] if only.exact().is_some() => {
            let mut text = Text::exactly(&word[..at]);
            text.push(&only.text);
            text.push(&Text::exactly(&word[at + 2..]));
            text
        }
        _ if at == 0 => more
            .iter()
            .map(|field| field.text.clone())
            .reduce(|one, other| one.join(&other))
            .unwrap_or_else(Text::unknown),
        _ => Text::begins(&word[..at], true),
    };
    Field { text, many: false, span: field.span }
}
