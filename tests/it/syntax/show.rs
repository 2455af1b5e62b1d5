//! A script as one short line, so that a test states what it expects.

use agentsh::syntax::{
    ArrayElement, AssignedValue, CaseEnd, Command, Compound, Descriptor, Joint, Operation, Parameter, Pipeline,
    ReadOptions, Reading, Redirection, RedirectionOperator, RedirectionTarget, ReplaceKind, Script, SimpleCommand,
    TestToken, Word, WordPart, read,
};

/// Reads with the options of a plain `bash -c`.
pub(crate) fn reading(line: &[u8]) -> Reading {
    read(line, &ReadOptions::default())
}

/// The one script of a line that must be read completely.
pub(crate) fn shown(line: &str) -> String {
    let reading = reading(line.as_bytes());
    assert!(reading.complete(), "{line:?} is incomplete: {:?}", reading.gaps);
    assert_eq!(reading.scripts.len(), 1, "{line:?}");
    script(&reading.scripts[0])
}

/// `a b; c &`: words in `‹›` where they are not plain.
pub(crate) fn script(script: &Script) -> String {
    let items: Vec<String> = script
        .items
        .iter()
        .map(|item| {
            let mut text = pipeline(&item.first);
            for (joint, next) in &item.rest {
                text.push_str(if *joint == Joint::And { " && " } else { " || " });
                text.push_str(&pipeline(next));
            }
            if item.background { text + " &" } else { text }
        })
        .collect();
    items.join("; ")
}

fn pipeline(pipeline: &Pipeline) -> String {
    let stages: Vec<String> = pipeline.stages.iter().map(command).collect();
    let prefix = [(pipeline.negated, "! "), (pipeline.timed, "time ")];
    let prefix: String = prefix.iter().filter(|(on, _)| *on).map(|(_, text)| *text).collect();
    prefix + &stages.join(" | ")
}

fn command(stage: &Command) -> String {
    match stage {
        Command::Simple(command) => simple(command),
        Command::Compound(construct) => {
            let redirections: String =
                construct.redirections.iter().map(|one| format!(" {}", redirection(one))).collect();
            compound(&construct.kind) + &redirections
        }
        Command::Function(function) => format!("{}() {}", bytes(&function.name), command(&function.body)),
        Command::Coproc { name, command: inner, .. } => {
            let name = name.as_ref().map(|name| format!("{} ", bytes(name))).unwrap_or_default();
            format!("coproc {name}{}", command(inner))
        }
    }
}

/// Assignments, words and redirections, in that order.
pub(crate) fn simple(command: &SimpleCommand) -> String {
    let mut parts: Vec<String> = Vec::new();
    for assignment in &command.assignments {
        let index = assignment.index.as_ref().map(|index| format!("[{}]", word(index))).unwrap_or_default();
        let value = match &assignment.value {
            AssignedValue::Scalar(value) => word(value),
            AssignedValue::Array(all) => elements(all),
        };
        let operator = if assignment.append { "+=" } else { "=" };
        parts.push(format!("{}{index}{operator}{value}", bytes(&assignment.name)));
    }
    parts.extend(command.words.iter().map(word));
    parts.extend(command.redirections.iter().map(redirection));
    parts.join(" ")
}

fn elements(elements: &[ArrayElement]) -> String {
    let one = |element: &ArrayElement| match &element.index {
        Some(index) => format!("[{}]={}", word(index), word(&element.value)),
        None => word(&element.value),
    };
    format!("({})", elements.iter().map(one).collect::<Vec<_>>().join(" "))
}

fn redirection(redirection: &Redirection) -> String {
    let descriptor = match &redirection.descriptor {
        Descriptor::Default => String::new(),
        Descriptor::Number(number) => number.to_string(),
        Descriptor::Variable(name) => format!("{{{}}}", bytes(name)),
    };
    let operator = match redirection.operator {
        RedirectionOperator::Read => "<",
        RedirectionOperator::Write => ">",
        RedirectionOperator::Append => ">>",
        RedirectionOperator::Clobber => ">|",
        RedirectionOperator::ReadWrite => "<>",
        RedirectionOperator::WriteBoth => "&>",
        RedirectionOperator::AppendBoth => "&>>",
        RedirectionOperator::DuplicateIn => "<&",
        RedirectionOperator::DuplicateOut => ">&",
        RedirectionOperator::HereDocument => "<<",
        RedirectionOperator::HereDocumentStripped => "<<-",
        RedirectionOperator::HereString => "<<<",
    };
    match &redirection.target {
        RedirectionTarget::Word(target) => format!("{descriptor}{operator}{}", word(target)),
        RedirectionTarget::HereDocument(document) => {
            let open = if document.closed { "" } else { " unclosed" };
            format!("{descriptor}{operator}{}{{{}}}{open}", bytes(&document.delimiter), word(&document.body))
        }
    }
}

fn compound(kind: &Compound) -> String {
    match kind {
        Compound::Subshell(body) => format!("({})", script(body)),
        Compound::Group(body) => format!("{{{}}}", script(body)),
        Compound::If { arms, otherwise } => {
            let arms: Vec<String> =
                arms.iter().map(|(test, body)| format!("[{}] then [{}]", script(test), script(body))).collect();
            let otherwise = otherwise.as_ref().map(|body| format!(" else [{}]", script(body))).unwrap_or_default();
            format!("if {}{otherwise}", arms.join(" elif "))
        }
        Compound::For { variable, words, body } => {
            format!("for {}{} do [{}]", bytes(variable), list(words), script(body))
        }
        Compound::Select { variable, words, body } => {
            format!("select {}{} do [{}]", bytes(variable), list(words), script(body))
        }
        Compound::ArithmeticFor { expressions: [first, second, third], body } => {
            format!("for (({};{};{})) do [{}]", word(first), word(second), word(third), script(body))
        }
        Compound::While { until, condition, body } => {
            format!("{} [{}] do [{}]", if *until { "until" } else { "while" }, script(condition), script(body))
        }
        Compound::Case { subject, arms } => {
            let arms: Vec<String> = arms
                .iter()
                .map(|arm| {
                    let end = match arm.end {
                        CaseEnd::Break => ";;",
                        CaseEnd::FallThrough => ";&",
                        CaseEnd::Continue => ";;&",
                    };
                    let patterns: Vec<String> = arm.patterns.iter().map(word).collect();
                    format!("{}) [{}]{end}", patterns.join("|"), script(&arm.body))
                })
                .collect();
            format!("case {} in {}", word(subject), arms.join(" "))
        }
        Compound::Arithmetic(expression) => format!("(({}))", word(expression)),
        Compound::Test(tokens) => {
            let tokens: Vec<String> = tokens
                .iter()
                .map(|token| match token {
                    TestToken::Operator(operator) => bytes(operator),
                    TestToken::Operand(operand) => format!("‹{}›", word(operand)),
                })
                .collect();
            format!("[[{}]]", tokens.join(" "))
        }
    }
}

fn list(words: &Option<Vec<Word>>) -> String {
    words
        .as_ref()
        .map(|words| format!(" in {}", words.iter().map(word).collect::<Vec<_>>().join(" ")))
        .unwrap_or_default()
}

/// A word: bare text as it is, quoted text in `'…'`, the rest as `‹kind …›`.
pub(crate) fn word(word: &Word) -> String {
    parts(&word.parts)
}

fn parts(parts: &[WordPart]) -> String {
    parts.iter().map(part).collect()
}

fn part(part: &WordPart) -> String {
    match part {
        WordPart::Bare(text) => bytes(text),
        WordPart::Quoted(text) => format!("'{}'", bytes(text).replace('\n', "⏎")),
        WordPart::DoubleQuoted(inner) => format!("\"{}\"", parts(inner)),
        WordPart::Parameter(one) => format!("‹{}›", parameter(one)),
        WordPart::Command(substitution) => format!("$({})", script(&substitution.script)),
        WordPart::Arithmetic(expression) => format!("$(({}))", word(expression)),
        WordPart::Process { output, script: inner, .. } => {
            format!("{}({})", if *output { '>' } else { '<' }, script(inner))
        }
        WordPart::Array(all) => elements(all),
        WordPart::Opaque(text) => format!("?{}?", bytes(text)),
    }
}

fn parameter(parameter: &Parameter) -> String {
    let colon = |colon: bool| if colon { ":" } else { "" };
    let operation = match &parameter.operation {
        Operation::Value => String::new(),
        Operation::Length => " length".into(),
        Operation::Default { colon: with, word: operand } => format!(" {}- {}", colon(*with), word(operand)),
        Operation::Assign { colon: with, word: operand } => format!(" {}= {}", colon(*with), word(operand)),
        Operation::Error { colon: with, word: operand } => format!(" {}? {}", colon(*with), word(operand)),
        Operation::Alternative { colon: with, word: operand } => format!(" {}+ {}", colon(*with), word(operand)),
        Operation::Substring { offset, length } => {
            format!(
                " at {}{}",
                word(offset),
                length.as_ref().map(|length| format!(" for {}", word(length))).unwrap_or_default()
            )
        }
        Operation::RemovePrefix { longest, pattern } => {
            format!(" {} {}", if *longest { "##" } else { "#" }, word(pattern))
        }
        Operation::RemoveSuffix { longest, pattern } => {
            format!(" {} {}", if *longest { "%%" } else { "%" }, word(pattern))
        }
        Operation::Replace { kind, pattern, replacement } => {
            let kind = match kind {
                ReplaceKind::First => "/",
                ReplaceKind::All => "//",
                ReplaceKind::Prefix => "/#",
                ReplaceKind::Suffix => "/%",
            };
            format!(" {kind} {} by {}", word(pattern), word(replacement))
        }
        Operation::Case { operator, pattern } => {
            format!(
                " {}{}",
                bytes(operator),
                pattern.as_ref().map(|pattern| format!(" {}", word(pattern))).unwrap_or_default()
            )
        }
        Operation::Transform(letter) => format!(" @{}", char::from(*letter)),
        Operation::Names => " names".into(),
        Operation::Keys => " keys".into(),
    };
    let index = parameter.index.as_ref().map(|index| format!("[{}]", word(index))).unwrap_or_default();
    format!("{}{}{index}{operation}", if parameter.indirect { "!" } else { "" }, bytes(&parameter.name))
}

fn bytes(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
