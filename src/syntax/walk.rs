//! A walk over a script that may change it.

use super::align::Hidden;
use super::{
    AssignedValue, Assignment, Command, Compound, CompoundCommand, FunctionDefinition, HereDocument, Pipeline,
    Redirection, RedirectionTarget, Script, SimpleCommand, TestToken, Word,
};
use crate::text::Span;

/// What a walk does at each part; words are visited, not entered.
pub(crate) trait Walker {
    /// A span that belongs to no word.
    fn span(&mut self, span: &mut Span);
    /// An and-or list has ended at this offset.
    fn item(&mut self, _end: u32) {}
    /// A pipeline, before its stages.
    fn pipeline(&mut self, _pipeline: &mut Pipeline) {}
    /// A construct, before its parts.
    fn compound(&mut self, _compound: &CompoundCommand) {}
    /// An assignment; true when it needs no further visits.
    fn assignment(&mut self, _assignment: &mut Assignment) -> bool {
        false
    }
    /// A redirection; true when it needs no further visits.
    fn redirection(&mut self, _redirection: &mut Redirection) -> bool {
        false
    }
    /// `[[…]]`, blanks behind it included; true when it needs no further visits.
    fn test(&mut self, _span: Span) -> bool {
        false
    }
    /// An ordinary word.
    fn word(&mut self, word: &mut Word);
    /// The right operand of `=~`, or a pattern: parentheses are ordinary in it.
    fn pattern(&mut self, word: &mut Word) {
        self.word(word);
    }
    /// Text that is expanded like double-quoted text, then evaluated.
    fn arithmetic(&mut self, word: &mut Word);
    /// A here-document's body.
    fn document(&mut self, document: &mut HereDocument, stripped: bool);
}

/// Walks over a script in the order of the text.
pub(crate) fn script(script: &mut Script, walker: &mut dyn Walker) {
    for item in &mut script.items {
        pipeline(&mut item.first, walker);
        for (_, next) in &mut item.rest {
            pipeline(next, walker);
        }
        let last = item.rest.last().map_or(&item.first, |(_, pipeline)| pipeline);
        walker.item(last.span.end);
    }
}

fn pipeline(pipeline: &mut Pipeline, walker: &mut dyn Walker) {
    walker.pipeline(pipeline);
    walker.span(&mut pipeline.span);
    for stage in &mut pipeline.stages {
        command(stage, walker);
    }
}

fn command(stage: &mut Command, walker: &mut dyn Walker) {
    match stage {
        Command::Simple(command) => simple(command, walker),
        Command::Compound(construct) => {
            let end = construct.redirections.first().map_or(construct.span.end, |first| first.span.start);
            let whole = Span { start: construct.span.start, end };
            walker.compound(construct);
            walker.span(&mut construct.span);
            if !matches!(construct.kind, Compound::Test(_)) || !walker.test(whole) {
                compound(&mut construct.kind, walker);
            }
            redirections(&mut construct.redirections, walker);
        }
        Command::Function(function) => {
            walker.span(&mut function.span);
            command(&mut function.body, walker);
        }
        Command::Coproc { command: inner, span, .. } => {
            walker.span(span);
            command(inner, walker);
        }
    }
}

fn simple(command: &mut SimpleCommand, walker: &mut dyn Walker) {
    walker.span(&mut command.span);
    for assignment in &mut command.assignments {
        self::assignment(assignment, walker);
    }
    for word in &mut command.words {
        walker.word(word);
    }
    redirections(&mut command.redirections, walker);
}

fn assignment(assignment: &mut Assignment, walker: &mut dyn Walker) {
    if walker.assignment(assignment) {
        return;
    }
    walker.span(&mut assignment.span);
    if let Some(index) = &mut assignment.index {
        walker.arithmetic(index);
    }
    match &mut assignment.value {
        AssignedValue::Scalar(word) => walker.word(word),
        AssignedValue::Array(elements) => {
            for element in elements {
                if let Some(index) = &mut element.index {
                    walker.arithmetic(index);
                }
                walker.word(&mut element.value);
            }
        }
    }
}

fn redirections(all: &mut [Redirection], walker: &mut dyn Walker) {
    for redirection in all {
        if walker.redirection(redirection) {
            continue;
        }
        walker.span(&mut redirection.span);
        match &mut redirection.target {
            RedirectionTarget::Word(word) => walker.word(word),
            RedirectionTarget::HereDocument(document) => {
                let stripped = redirection.operator == super::RedirectionOperator::HereDocumentStripped;
                walker.document(document, stripped);
            }
        }
    }
}

fn compound(kind: &mut Compound, walker: &mut dyn Walker) {
    match kind {
        Compound::Subshell(body) | Compound::Group(body) => script(body, walker),
        Compound::If { arms, otherwise } => {
            for (condition, body) in arms {
                script(condition, walker);
                script(body, walker);
            }
            if let Some(body) = otherwise {
                script(body, walker);
            }
        }
        Compound::For { words, body, .. } | Compound::Select { words, body, .. } => {
            for word in words.iter_mut().flatten() {
                walker.word(word);
            }
            script(body, walker);
        }
        Compound::ArithmeticFor { expressions, body } => {
            for word in expressions {
                walker.arithmetic(word);
            }
            script(body, walker);
        }
        Compound::While { condition, body, .. } => {
            script(condition, walker);
            script(body, walker);
        }
        Compound::Case { subject, arms } => {
            walker.word(subject);
            for arm in arms {
                for pattern in &mut arm.patterns {
                    walker.pattern(pattern);
                }
                script(&mut arm.body, walker);
            }
        }
        Compound::Arithmetic(word) => walker.arithmetic(word),
        Compound::Test(tokens) => {
            for token in tokens {
                if let TestToken::Operand(word) = token {
                    walker.pattern(word);
                }
            }
        }
    }
}

/// Puts here-documents, in the order of the text, in the places that were kept for them.
pub(crate) fn documents(target: &mut Script, documents: &mut dyn Iterator<Item = HereDocument>) {
    struct Placer<'a>(&'a mut dyn Iterator<Item = HereDocument>);
    impl Walker for Placer<'_> {
        fn span(&mut self, _: &mut Span) {}
        fn word(&mut self, _: &mut Word) {}
        fn arithmetic(&mut self, _: &mut Word) {}
        fn document(&mut self, document: &mut HereDocument, _: bool) {
            if let Some(read) = self.0.next() {
                *document = read;
            }
        }
    }
    script(target, &mut Placer(documents));
}

/// The constructs whose heads tree-sitter's grammar does not have, and where they begin.
pub(crate) fn hidden(target: &Script) -> Vec<(usize, Hidden)> {
    let mut found = Vec::new();
    let mut open: Vec<&Script> = vec![target];
    while let Some(script) = open.pop() {
        for item in &script.items {
            for pipeline in std::iter::once(&item.first).chain(item.rest.iter().map(|(_, pipeline)| pipeline)) {
                for mut stage in &pipeline.stages {
                    loop {
                        match stage {
                            Command::Coproc { name, command, span } => {
                                found.push((span.start as usize, Hidden::Coproc(name.clone())));
                                stage = command;
                            }
                            Command::Function(function) => {
                                if is_foreign(function) {
                                    found.push((function.span.start as usize, Hidden::Function(function.name.clone())));
                                }
                                stage = &function.body;
                            }
                            Command::Compound(compound) => {
                                open.extend(compound.kind.scripts());
                                break;
                            }
                            Command::Simple(_) => break,
                        }
                    }
                }
            }
        }
    }
    found
}

/// True for a function whose body tree-sitter's grammar does not allow.
pub(crate) fn is_foreign(function: &FunctionDefinition) -> bool {
    match &function.body {
        Command::Compound(body) => !matches!(body.kind, Compound::Group(_) | Compound::Subshell(_)),
        _ => true,
    }
}
