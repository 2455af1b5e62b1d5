//! What bash itself makes of a text, found out without running it.
//!
//! `bash --pretty-print FILE` parses a file and prints its normal form. It sources BASH_ENV, so the environment is empty,
//! and it runs the string behind `-c`, so only files are given. What it prints must read like the original. It prints words as
//! they stood, so a word that we cut in two would be cut in two both times; therefore every word we see is also put where
//! the grammar has room for exactly one: `case WORD in esac`.

use super::show;
use agentsh::syntax::{
    Command, Compound, CompoundCommand, Descriptor, ReadOptions, Redirection, RedirectionOperator, RedirectionTarget,
    Script, TestToken, Word, WordPart, read,
};
use std::path::PathBuf;
use std::process::Stdio;

/// Bash, and a directory for the files it is given.
pub(crate) struct Truth {
    directory: tempfile::TempDir,
}

/// How our reading of a text and bash's compare.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// Bash refuses the text, and so do we.
    BothRefuse,
    /// Bash refuses the text, and we read it completely.
    OnlyWeRead,
    /// Bash reads the text, and we do not completely.
    Incomplete(String),
    /// Both read it, and alike.
    Same,
    /// Both read it, and not alike: the finding.
    Different(String),
}

impl Truth {
    /// Bash as it is installed; why it is no use where its version lacks the option.
    pub(crate) fn new() -> Result<Self, String> {
        let directory = tempfile::tempdir().map_err(|error| format!("no temporary directory: {error}"))?;
        let truth = Self { directory };
        match truth.normal_form(b"if a; then b; fi\n", false) {
            Some(form) if form.starts_with(b"if a; then\n") => Ok(truth),
            _ => Err("this bash has no --pretty-print".to_owned()),
        }
    }

    /// Bash's normal form of `text`; `None` when it refuses it.
    pub(crate) fn normal_form(&self, text: &[u8], extglob: bool) -> Option<Vec<u8>> {
        let file: PathBuf = self.directory.path().join("text");
        std::fs::write(&file, text).expect("a file in our own directory");
        let mut bash = std::process::Command::new("bash");
        bash.args(["--norc", "--pretty-print"]);
        if extglob {
            bash.args(["-O", "extglob"]);
        }
        let output = bash.arg(&file).env_clear().env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).output();
        let output = output.expect("bash is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        let refused = said.contains("syntax error") || said.contains("unexpected EOF");
        (output.status.success() && !refused).then_some(output.stdout)
    }

    /// Compares.
    pub(crate) fn compare(&self, text: &[u8], extglob: bool) -> Comparison {
        let options = ReadOptions { extglob, ..ReadOptions::default() };
        let ours = read(text, &options);
        let Some(normal) = self.normal_form(text, extglob) else {
            return if ours.complete() { Comparison::OnlyWeRead } else { Comparison::BothRefuse };
        };
        if !ours.complete() {
            let bytes = text;
            let gap = &ours.gaps[0];
            let part = &bytes[gap.span.range().start.min(bytes.len())..gap.span.range().end.min(bytes.len())];
            return Comparison::Incomplete(format!("{:?} {:?}", gap.reason, String::from_utf8_lossy(part)));
        }
        let theirs = read(&normal, &options);
        let (ours, theirs_form) = (&ours.scripts[0], theirs.scripts.first().map(normal_shape));
        let ours_form = normal_shape(ours);
        if !theirs.complete() {
            return Comparison::Incomplete(format!("bash's own form: {:?}", theirs.gaps[0]));
        }
        if theirs_form.as_deref() != Some(&ours_form) {
            return Comparison::Different(difference(&ours_form, &theirs_form.unwrap_or_default()));
        }
        if let Some(word) = self.cut_word(ours, text, extglob) {
            return Comparison::Different(format!("is not one word: {:?}", String::from_utf8_lossy(&word)));
        }
        Comparison::Same
    }

    /// A word of `script` that is not exactly one word for bash.
    fn cut_word(&self, script: &Script, text: &[u8], extglob: bool) -> Option<Vec<u8>> {
        let mut words: Vec<Vec<u8>> = Vec::new();
        every_word(script, &mut |word| {
            let raw = text.get(word.span.range()).unwrap_or_default();
            // Compound assignments are words only where they stand, and so is what reaches into a here-document.
            if !raw.is_empty() && !raw.contains(&0) && !array(raw) {
                words.push(raw.to_vec());
            }
        });
        words.sort();
        words.dedup();
        self.first_cut(&words, extglob)
    }

    fn first_cut(&self, words: &[Vec<u8>], extglob: bool) -> Option<Vec<u8>> {
        if words.is_empty() {
            return None;
        }
        let mut file = Vec::new();
        for word in words {
            file.extend_from_slice(b"case ");
            file.extend_from_slice(word);
            file.extend_from_slice(b" in esac\n");
        }
        let form = self.normal_form(&file, extglob);
        let arms = |form: &[u8]| form.windows(5).filter(|part| part == b"case ").count();
        // A word with a substitution that holds `case` makes more of them; never fewer.
        if form.is_some_and(|form| arms(&form) >= words.len()) {
            return None;
        }
        match words {
            [word] => Some(word.clone()),
            _ => {
                let (first, second) = words.split_at(words.len() / 2);
                self.first_cut(first, extglob).or_else(|| self.first_cut(second, extglob))
            }
        }
    }
}

/// True for `NAME=(…)` and the like.
fn array(raw: &[u8]) -> bool {
    raw.windows(2).any(|pair| pair == b"=(")
}

/// The words of a script's own commands; what stands in substitutions is bash's normal form already.
fn every_word(script: &Script, visit: &mut dyn FnMut(&Word)) {
    for item in &script.items {
        for pipeline in std::iter::once(&item.first).chain(item.rest.iter().map(|(_, pipeline)| pipeline)) {
            for stage in &pipeline.stages {
                words_of(stage, visit);
            }
        }
    }
}

fn words_of(stage: &Command, visit: &mut dyn FnMut(&Word)) {
    let redirections = match stage {
        Command::Simple(simple) => {
            simple.words.iter().for_each(&mut *visit);
            &simple.redirections
        }
        Command::Compound(compound) => {
            match &compound.kind {
                Compound::For { words: Some(words), .. } | Compound::Select { words: Some(words), .. } => {
                    words.iter().for_each(&mut *visit);
                }
                Compound::Case { subject, .. } => visit(subject),
                _ => {}
            }
            for script in compound.kind.scripts() {
                every_word(script, visit);
            }
            &compound.redirections
        }
        Command::Function(function) => return words_of(&function.body, visit),
        Command::Coproc { command, .. } => return words_of(command, visit),
    };
    for redirection in redirections {
        if let RedirectionTarget::Word(word) = &redirection.target
            && redirection.span != word.span
        {
            visit(word);
        }
    }
}

/// A script as one line, without the choices that bash's normal form makes.
pub(crate) fn normal_shape(script: &Script) -> String {
    let mut script = script.clone();
    simplify(&mut script);
    // Scripts in words are not simplified; bash's own escape character comes doubled, and one stands before DEL.
    show::script(&script)
        .replace(" unclosed", "")
        .replace('\u{1}', "")
        .replace(" >", " 1>")
        .replace(" <", " 0<")
        .replace("coproc COPROC COPROC ", "coproc COPROC ")
}

fn simplify(script: &mut Script) {
    for item in &mut script.items {
        for pipeline in std::iter::once(&mut item.first).chain(item.rest.iter_mut().map(|(_, pipeline)| pipeline)) {
            pipeline.stages.iter_mut().for_each(simplify_stage);
        }
    }
}

fn simplify_stage(stage: &mut Command) {
    match stage {
        Command::Simple(simple) => simple.redirections.iter_mut().for_each(simplify_redirection),
        Command::Coproc { name, command, .. } => {
            name.get_or_insert_with(|| b"COPROC".to_vec());
            simplify_stage(command);
        }
        Command::Function(function) => {
            simplify_stage(&mut function.body);
            // Bash prints a body that is no group in one, with its redirections inside.
            if !matches!(&function.body, Command::Compound(body) if matches!(body.kind, Compound::Group(_))) {
                let body = std::mem::replace(&mut function.body, Command::Simple(Default::default()));
                function.body = Command::Compound(Box::new(CompoundCommand {
                    kind: Compound::Group(alone(body)),
                    redirections: Vec::new(),
                    span: function.span,
                }));
            }
        }
        Command::Compound(compound) => {
            simplify_compound(&mut compound.kind);
            compound.redirections.iter_mut().for_each(simplify_redirection);
        }
    }
}

/// Bash says the descriptor or leaves it out as it likes, and closes any with `>&-`.
fn simplify_redirection(redirection: &mut Redirection) {
    use RedirectionOperator::{
        DuplicateIn, DuplicateOut, HereDocument, HereDocumentStripped, HereString, Read, ReadWrite,
    };
    if redirection.descriptor == Descriptor::Default {
        let input = matches!(
            redirection.operator,
            Read | ReadWrite | DuplicateIn | HereDocument | HereDocumentStripped | HereString
        );
        redirection.descriptor = Descriptor::Number(u32::from(!input));
    }
    let closes = matches!(&redirection.target, RedirectionTarget::Word(word)
        if word.parts == [WordPart::Bare(b"-".to_vec())]);
    if closes && redirection.operator == DuplicateIn {
        redirection.operator = DuplicateOut;
    }
}

fn simplify_compound(kind: &mut Compound) {
    match kind {
        Compound::If { arms, otherwise } => {
            for (condition, body) in arms.iter_mut() {
                simplify(condition);
                simplify(body);
            }
            if let Some(body) = otherwise {
                simplify(body);
            }
            // `elif` is an `if` inside `else` for bash.
            while arms.len() > 1 {
                let last = arms.pop().into_iter().collect();
                let inner = Compound::If { arms: last, otherwise: otherwise.take() };
                let inner = CompoundCommand { kind: inner, redirections: Vec::new(), span: Default::default() };
                *otherwise = Some(alone(Command::Compound(Box::new(inner))));
            }
        }
        Compound::For { words, body, .. } | Compound::Select { words, body, .. } => {
            if words.is_none() {
                let all = agentsh::syntax::read(b": \"$@\"", &ReadOptions::default());
                let Command::Simple(simple) = &all.scripts[0].items[0].first.stages[0] else { return };
                *words = Some(vec![simple.words[1].clone()]);
            }
            simplify(body);
        }
        Compound::Case { arms, .. } => arms.iter_mut().for_each(|arm| simplify(&mut arm.body)),
        Compound::Subshell(body) | Compound::Group(body) => simplify(body),
        Compound::ArithmeticFor { expressions, body } => {
            // Bash puts 1 for an expression that is not there, and a blank before the others.
            for expression in expressions {
                if let Some(WordPart::Quoted(text)) = expression.parts.first_mut() {
                    *text = text.trim_ascii_start().to_vec();
                }
                if let Some(WordPart::Quoted(text)) = expression.parts.last_mut() {
                    *text = text.trim_ascii_end().to_vec();
                }
                expression.parts.retain(|part| *part != WordPart::Quoted(Vec::new()));
                if expression.parts.is_empty() {
                    expression.parts.push(WordPart::Quoted(b"1".to_vec()));
                }
            }
            simplify(body);
        }
        Compound::While { condition, body, .. } => {
            simplify(condition);
            simplify(body);
        }
        // `[[ word ]]` means `[[ -n word ]]`, and bash prints that.
        Compound::Test(tokens) => tokens.retain(|token| *token != TestToken::Operator(b"-n".to_vec())),
        Compound::Arithmetic(_) => {}
    }
}

/// A script of one command.
fn alone(command: Command) -> Script {
    let pipeline = agentsh::syntax::Pipeline {
        negated: false,
        timed: false,
        stages: vec![command],
        span: agentsh::text::Span::default(),
    };
    Script { items: vec![agentsh::syntax::AndOr { first: pipeline, rest: Vec::new(), background: false }] }
}

/// The neighbourhood of the first difference.
fn difference(ours: &str, theirs: &str) -> String {
    let same = ours.bytes().zip(theirs.bytes()).take_while(|(one, other)| one == other).count();
    let from = same.saturating_sub(30);
    let part = |text: &str| {
        String::from_utf8_lossy(&text.as_bytes()[from.min(text.len())..(same + 60).min(text.len())]).into_owned()
    };
    format!("\n      we   …{:?}\n      bash …{:?}", part(ours), part(theirs))
}
