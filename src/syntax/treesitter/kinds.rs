//! What is done with each named node kind of the grammar.

/// How the lowering treats a node kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handling {
    /// A statement with a rule of its own.
    Statement,
    /// A part of a construct, read by the construct's rule.
    Clause,
    /// Inside a simple command, a word, `[[…]]` or arithmetic: only its bytes count; the word reader takes them apart.
    Bytes,
    /// Passed over.
    Comment,
    /// Never a node of a tree (supertypes, ERROR).
    Absent,
}

/// The handling of a kind; `None` for one this table does not know.
pub(super) fn handling(kind: &str) -> Option<Handling> {
    Some(match kind {
        "c_style_for_statement"
        | "case_statement"
        | "command"
        | "compound_statement"
        | "declaration_command"
        | "for_statement"
        | "function_definition"
        | "if_statement"
        | "list"
        | "negated_command"
        | "pipeline"
        | "redirected_statement"
        | "subshell"
        | "test_command"
        | "unset_command"
        | "variable_assignment"
        | "variable_assignments"
        | "while_statement" => Handling::Statement,
        "program"
        | "case_item"
        | "do_group"
        | "elif_clause"
        | "else_clause"
        | "file_redirect"
        | "heredoc_body"
        | "heredoc_end"
        | "heredoc_redirect"
        | "heredoc_start"
        | "herestring_redirect" => Handling::Clause,
        "ansi_c_string"
        | "arithmetic_expansion"
        | "array"
        | "binary_expression"
        | "brace_expression"
        | "command_name"
        | "command_substitution"
        | "concatenation"
        | "expansion"
        | "extglob_pattern"
        | "file_descriptor"
        | "heredoc_content"
        | "number"
        | "parenthesized_expression"
        | "postfix_expression"
        | "process_substitution"
        | "raw_string"
        | "regex"
        | "simple_expansion"
        | "special_variable_name"
        | "string"
        | "string_content"
        | "subscript"
        | "ternary_expression"
        | "test_operator"
        | "translated_string"
        | "unary_expression"
        | "variable_name"
        | "word" => Handling::Bytes,
        "comment" => Handling::Comment,
        "ERROR" | "_statement" | "_expression" | "_primary_expression" => Handling::Absent,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Handling, handling};
    use tree_sitter::Language;

    #[test]
    fn every_named_kind_of_the_grammar_is_declared() {
        let language = Language::from(tree_sitter_bash::LANGUAGE);
        let mut known = 0;
        for id in 0..u16::try_from(language.node_kind_count()).expect("kinds fit") {
            let Some(kind) = language.node_kind_for_id(id) else { continue };
            if !language.node_kind_is_named(id) || !language.node_kind_is_visible(id) {
                continue;
            }
            assert!(handling(kind).is_some(), "node kind {kind} is neither handled nor declared opaque");
            known += 1;
        }
        assert!(known > 50, "only {known} kinds seen: the enumeration is broken");
    }

    #[test]
    fn statements_are_those_of_the_supertype() {
        assert_eq!(handling("while_statement"), Some(Handling::Statement));
        assert_eq!(handling("no_such_kind"), None);
    }
}
