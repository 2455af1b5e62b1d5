//! The way of a line.

use super::{Request, Text};
use crate::approval::{Question, settle};
use crate::effect::Reversibility;
use crate::exec::Launch;
use crate::policy::{Decision, Verdict};
use std::path::Path;

/// Performs the request; returns an exit status only when nothing runs.
pub fn run(request: Request) -> i32 {
    let line = match request.text {
        Text::Whole(line) | Text::Partial(line) => line,
        Text::Typed | Text::Nothing => Vec::new(),
    };
    let verdict = Verdict {
        decision: Decision::Allow,
        confirm: None,
        reversibility: Reversibility::Opaque,
        effects: Vec::new(),
        reasons: Vec::new(),
        obligations: Vec::new(),
    };
    let cwd = std::env::current_dir().unwrap_or_default();
    let question =
        Question { line, cwd, session: String::new(), agent: None, hold: std::time::Duration::from_secs(20), verdict };
    match settle(question, Path::new("/nonexistent")) {
        Ok(cleared) => {
            let operands = request.args.arguments.get(1..).unwrap_or_default();
            let error = Launch::new(&request.real, &request.called, operands).run(cleared);
            super::run::complain(&format!("cannot {error}"));
            super::run::FAILED
        }
        Err(refusal) => {
            let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{refusal}\n").as_bytes());
            126
        }
    }
}
