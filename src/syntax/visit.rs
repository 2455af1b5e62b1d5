//! All simple commands of a script, with what surrounds them.

use super::{
    ArrayElement, AssignedValue, Command, Compound, Context, Operation, Parameter, Pipeline, Redirection,
    RedirectionTarget, Script, SimpleCommand, TestToken, Word, WordPart,
};

impl Script {
    /// Calls `visitor` for every simple command, in the order of the text; those in the substitutions of a command come
    /// before it, as they run before it. Bodies of functions and here-documents are entered.
    pub fn visit(&self, visitor: &mut dyn FnMut(&SimpleCommand, &Context)) {
        Visit { visitor }.script(self, Context::default());
    }
}

struct Visit<'v> {
    visitor: &'v mut dyn FnMut(&SimpleCommand, &Context),
}

impl Visit<'_> {
    fn script(&mut self, script: &Script, context: Context) {
        for item in &script.items {
            let context = Context { background: context.background || item.background, ..context };
            self.pipeline(&item.first, context);
            for (_, pipeline) in &item.rest {
                self.pipeline(pipeline, Context { joined: true, ..context });
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, context: Context) {
        let several = pipeline.stages.len() > 1;
        let context = Context {
            pipeline: context.pipeline || several,
            subshell: context.subshell || several,
            negated: context.negated || pipeline.negated,
            ..context
        };
        for stage in &pipeline.stages {
            self.command(stage, context);
        }
    }

    fn command(&mut self, stage: &Command, context: Context) {
        match stage {
            Command::Simple(command) => {
                self.simple(command, context);
                (self.visitor)(command, &context);
            }
            Command::Compound(compound) => {
                self.compound(&compound.kind, context);
                self.redirections(&compound.redirections, context);
            }
            Command::Function(function) => self.command(&function.body, Context { function: true, ..context }),
            Command::Coproc { command, .. } => {
                self.command(command, Context { background: true, subshell: true, ..context });
            }
        }
    }

    fn simple(&mut self, command: &SimpleCommand, context: Context) {
        for assignment in &command.assignments {
            self.optional(assignment.index.as_ref(), context);
            match &assignment.value {
                AssignedValue::Scalar(word) => self.word(word, context),
                AssignedValue::Array(elements) => self.elements(elements, context),
            }
        }
        self.words(&command.words, context);
        self.redirections(&command.redirections, context);
    }

    fn redirections(&mut self, redirections: &[Redirection], context: Context) {
        for redirection in redirections {
            match &redirection.target {
                RedirectionTarget::Word(word) => self.word(word, context),
                RedirectionTarget::HereDocument(document) => self.word(&document.body, context),
            }
        }
    }

    fn compound(&mut self, kind: &Compound, context: Context) {
        let condition = Context { condition: true, ..context };
        let branch = Context { branch: true, ..context };
        let repeated = Context { repeated: true, ..context };
        match kind {
            Compound::Subshell(body) => self.script(body, Context { subshell: true, ..context }),
            Compound::Group(body) => self.script(body, context),
            Compound::If { arms, otherwise } => {
                for (test, body) in arms {
                    self.script(test, condition);
                    self.script(body, branch);
                }
                if let Some(body) = otherwise {
                    self.script(body, branch);
                }
            }
            Compound::For { words, body, .. } | Compound::Select { words, body, .. } => {
                self.words(words.as_deref().unwrap_or_default(), context);
                self.script(body, repeated);
            }
            Compound::ArithmeticFor { expressions, body } => {
                self.words(expressions, repeated);
                self.script(body, repeated);
            }
            Compound::While { condition: test, body, .. } => {
                self.script(test, Context { repeated: true, ..condition });
                self.script(body, repeated);
            }
            Compound::Case { subject, arms } => {
                self.word(subject, context);
                for arm in arms {
                    self.words(&arm.patterns, branch);
                    self.script(&arm.body, branch);
                }
            }
            Compound::Arithmetic(word) => self.word(word, context),
            Compound::Test(tokens) => {
                for token in tokens {
                    if let TestToken::Operand(word) = token {
                        self.word(word, context);
                    }
                }
            }
        }
    }

    fn words(&mut self, words: &[Word], context: Context) {
        for word in words {
            self.word(word, context);
        }
    }

    fn word(&mut self, word: &Word, context: Context) {
        self.parts(&word.parts, context);
    }

    fn optional(&mut self, word: Option<&Word>, context: Context) {
        if let Some(word) = word {
            self.word(word, context);
        }
    }

    fn elements(&mut self, elements: &[ArrayElement], context: Context) {
        for element in elements {
            self.optional(element.index.as_ref(), context);
            self.word(&element.value, context);
        }
    }

    fn parts(&mut self, parts: &[WordPart], context: Context) {
        let inside = Context { substitution: true, subshell: true, ..context };
        for part in parts {
            match part {
                WordPart::Bare(_) | WordPart::Quoted(_) | WordPart::Opaque(_) => {}
                WordPart::DoubleQuoted(parts) => self.parts(parts, context),
                WordPart::Parameter(parameter) => self.parameter(parameter, context),
                WordPart::Command(substitution) => self.script(&substitution.script, inside),
                WordPart::Arithmetic(word) => self.word(word, context),
                WordPart::Process { script, .. } => self.script(script, Context { background: true, ..inside }),
                WordPart::Array(elements) => self.elements(elements, context),
            }
        }
    }

    fn parameter(&mut self, parameter: &Parameter, context: Context) {
        self.optional(parameter.index.as_ref(), context);
        match &parameter.operation {
            Operation::Value | Operation::Length | Operation::Transform(_) | Operation::Names | Operation::Keys => {}
            Operation::Default { word, .. }
            | Operation::Assign { word, .. }
            | Operation::Error { word, .. }
            | Operation::Alternative { word, .. } => self.word(word, context),
            Operation::Substring { offset, length } => {
                self.word(offset, context);
                self.optional(length.as_ref(), context);
            }
            Operation::RemovePrefix { pattern, .. } | Operation::RemoveSuffix { pattern, .. } => {
                self.word(pattern, context);
            }
            Operation::Replace { pattern, replacement, .. } => {
                self.word(pattern, context);
                self.word(replacement, context);
            }
            Operation::Case { pattern, .. } => self.optional(pattern.as_ref(), context),
        }
    }
}
