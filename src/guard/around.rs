//! A whole agent under the guard, not only the lines it gives to its shell.

use super::guard::{Guard, Unguarded};
use super::probe::{Watching, probe};
use super::supervisor::Shell;
use crate::approval::Appraiser;
use crate::effect::{Reversibility, Start};
use crate::host::{Places, Run, Session};
use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;

impl Guard<'_> {
    /// Runs an agent under the guard, here, with exactly this argv and environment, and ends this process as it ends.
    /// `program` is a path: nothing is looked for along PATH. `run` is the session's record, whose scope holds. Returns only
    /// when nothing has run, and says why.
    ///
    /// Every program the agent starts is judged. The text of a shell it starts with `-c` is judged as a line of `session`
    /// before the shell begins, and what changes from then on is a step that shows this line; what the agent changes itself
    /// is kept in steps of some seconds. An agentsh below joins: what it has cleared is not asked about again.
    ///
    /// To be called from a process with one thread.
    pub fn around(
        program: &OsStr,
        argv: &[OsString],
        environment: &[(OsString, OsString)],
        session: &Session,
        run: Option<&Run>,
    ) -> Unguarded {
        let places = Places::find();
        match probe(&places) {
            Watching::Full => {}
            Watching::Joined | Watching::OfAgent => return refused("a guard above watches already"),
            Watching::None(why) => return refused(&why),
        }
        let directory = match std::env::current_dir() {
            Ok(directory) => directory,
            Err(error) => return Unguarded::NoGuard(error),
        };
        let appraiser = match run {
            Some(run) => Appraiser::of_run(&places, &directory, run),
            None => Appraiser::at(&places, &directory),
        };
        // The agent itself is nobody's line: nothing is cleared with it.
        let mut question = appraiser.question(appraiser.appraise(b":", &Start::default()), session);
        question.verdict.reversibility = Reversibility::Opaque;
        question.line = argv.iter().map(|word| word.as_bytes()).collect::<Vec<_>>().join(&b' ');
        let guard = Guard::of_agent(&appraiser, &places, session);
        guard.supervise(&question, |mask| Shell {
            program,
            arguments: argv,
            environment: Some(environment),
            mask,
            composure: Cell::new(None),
            // An agent writes its own state, wherever that is.
            hard: None,
        })
    }
}

fn refused(why: &str) -> Unguarded {
    Unguarded::NoGuard(io::Error::other(why.to_owned()))
}
