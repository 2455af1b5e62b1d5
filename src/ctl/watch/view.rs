//! Pages: what another verb prints, and whole cards.

use super::model::Page;
use crate::approval::{Depth, Request};
use crate::journal::StepId;
use crate::ui::{Style, visible_bytes};
use std::process::{Command, Stdio};

/// Rows of a page; a longer one ends with a note.
const MOST_ROWS: usize = 20_000;

/// A request in full.
pub(super) fn card(request: &Request) -> Page {
    let text = request.card.clone().with_commits().text(Depth::Whole, Style::plain());
    let rows = text.lines().map(str::to_owned).collect();
    Page { title: format!("request {}", request.id), rows, from: 0 }
}

/// What a step changed.
pub(super) fn diff(step: StepId) -> Page {
    printed(&format!("diff of step {step}"), &["diff", &step.to_string()])
}

/// What is known of a step.
pub(super) fn show(step: StepId) -> Page {
    printed(&format!("step {step}"), &["show", &step.to_string()])
}

/// What taking a step back would do, or that it is done.
pub(super) fn undo(step: StepId, sure: bool) -> Page {
    let name = step.to_string();
    if sure {
        return printed(&format!("step {step} is taken back"), &["undo", "-y", &name]);
    }
    let mut page = printed(&format!("take back step {step}?"), &["undo", "--dry-run", &name]);
    page.rows.push(String::new());
    page.rows.push("y takes it back, n leaves it".to_owned());
    page
}

/// What `agentshctl ARGUMENTS` prints. The verbs are run as a person would run them, so that there is one way to undo.
fn printed(title: &str, arguments: &[&str]) -> Page {
    let program = std::env::current_exe().unwrap_or_else(|_| "agentshctl".into());
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let bytes = match &output {
        Ok(output) => [output.stdout.as_slice(), output.stderr.as_slice()].concat(),
        Err(error) => format!("cannot run agentshctl: {error}").into_bytes(),
    };
    let mut rows: Vec<String> = bytes
        .split(|byte| *byte == b'\n')
        .take(MOST_ROWS)
        .map(|row| visible_bytes(row).replace("\\t", "    "))
        .collect();
    while rows.last().is_some_and(String::is_empty) {
        rows.pop();
    }
    if rows.is_empty() {
        rows.push("nothing".to_owned());
    }
    Page { title: title.to_owned(), rows, from: 0 }
}
