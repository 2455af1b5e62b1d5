//! What a hook does besides speaking: lines are judged, edits are judged and kept.

use super::reach;
use super::session::is_agentsh;
use crate::agents::Agent;
use crate::agents::hook::{Call, Decision, Event, Hook};
use crate::approval::{Appraisal, Appraiser, Hooked, Question, Took, counted, settle_at_hook};
use crate::checkpoint::Store;
use crate::effect::{Assessment, Certainty, Effect, Object, Reversibility, Start};
use crate::grammar::Access;
use crate::guard::{self, Ahead, Lost};
use crate::host::{Places, SESSION_VARIABLE, Session};
use crate::journal::{Entry, Journal, Note, StepId};
use crate::policy::{self, Reason};
use crate::syntax::Reading;
use crate::sys::Ending;
use crate::text::{Source, Span};
use serde::{Deserialize, Serialize};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest part of a person's wish that is recorded, in characters.
const WISH: usize = 2000;

/// One call of a hook.
pub(super) struct Hooking<'a> {
    hook: &'static Hook,
    call: &'a Call,
    places: Places,
    appraiser: Appraiser,
    session: Session,
}

/// A step of an edit that has begun.
#[derive(Serialize, Deserialize)]
struct Begun {
    step: String,
    folder: String,
}

impl<'a> Hooking<'a> {
    /// Of a call that was understood.
    pub(super) fn new(hook: &'static Hook, call: &'a Call) -> Self {
        let places = Places::find();
        let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/proc/self/cwd"));
        let cwd = call.cwd.clone().filter(|cwd| cwd.is_absolute()).unwrap_or(here);
        let appraiser = Appraiser::of_hook(&places, &cwd, call.session.as_deref());
        let mut session = Session::detect();
        session.agent = Some(hook.agent.to_owned());
        // `agentshctl run` names the session for hooks and shells alike.
        if std::env::var_os(SESSION_VARIABLE).is_none()
            && let Some(id) = &call.session
        {
            session.id = id.chars().filter(|letter| !letter.is_control()).take(128).collect();
        }
        session.call = call.call.clone();
        Self { hook, call, places, appraiser, session }
    }

    /// Does what the event wants, and says what is to become of it.
    pub(super) fn decide(&self) -> Decision {
        match &self.call.event {
            Event::Lines(lines) => self.lines(lines),
            Event::Edit { tool, files } => self.edit(tool, files),
            Event::Edited { files } => {
                self.edited(files);
                Decision::Pass
            }
            Event::Prompt(text) => {
                self.prompt(text);
                Decision::Pass
            }
            Event::Other => Decision::Pass,
        }
    }

    /// Lines that run at once: the strictest answer is the answer.
    fn lines(&self, lines: &[Vec<u8>]) -> Decision {
        let start = Start { zero: b"bash".to_vec(), ..Start::default() };
        let mut worst = Decision::Pass;
        for line in lines {
            let appraisal = self.appraiser.appraise(line, &start);
            let decision = self.line(self.question(appraisal));
            worst = match (worst, decision) {
                (Decision::Deny(why), _) | (_, Decision::Deny(why)) => Decision::Deny(why),
                (Decision::Ask(why), _) | (Decision::Pass, Decision::Ask(why)) => Decision::Ask(why),
                (Decision::Pass, Decision::Pass) => Decision::Pass,
            };
        }
        worst
    }

    /// A line of an agent whose shell is not ours is a step here: nobody else would keep what it changes.
    fn line(&self, question: Question) -> Decision {
        let recorded = || guard::is_of_agent(&self.places) || self.shell_is_ours();
        let counts = !question.verdict.uses.is_empty() && !recorded();
        let question = if counts { counted(question, &self.places.state) } else { question };
        let verdict = &question.verdict;
        if verdict.decision == policy::Decision::Deny || verdict.obligations.is_empty() || recorded() {
            return self.settled(question);
        }
        self.kept(question).0
    }

    /// True when the shell that the agent would start judges and keeps by itself.
    fn shell_is_ours(&self) -> bool {
        let agent = Agent::find(self.hook.agent);
        let shell = agent.zip(self.places.home.as_deref()).and_then(|(agent, home)| reach::chosen(agent, home));
        shell.is_some_and(|(shell, _)| is_agentsh(&shell))
    }

    fn question(&self, appraisal: Appraisal) -> Question {
        let mut question = self.appraiser.question(appraisal, &self.session);
        question.prompt.clone_from(&self.call.prompt);
        question.minding(&self.places.state, &self.appraiser.loaded().scope)
    }

    fn settled(&self, question: Question) -> Decision {
        // Whoever runs a hook that is not entered in the agent's configuration is not the agent: what it is told binds nobody.
        let dialog =
            self.hook.asks && self.places.home.as_deref().is_some_and(|home| reach::is_hooked(self.hook.agent, home));
        match settle_at_hook(question, &self.places.state, dialog) {
            Hooked::Pass => Decision::Pass,
            Hooked::Ask(why) => Decision::Ask(why),
            Hooked::Deny(why) => Decision::Deny(why),
        }
    }

    /// An edit is a step of its own: what the files held is kept before they change.
    fn edit(&self, tool: &str, files: &[PathBuf]) -> Decision {
        let files: Vec<PathBuf> = files.iter().map(|file| self.place(file)).collect();
        let effects = files.iter().map(|file| Effect {
            verb: Access::Write,
            object: Object::path(file),
            certainty: Certainty::Certain,
            reversibility: Reversibility::Reversible,
            span: Span::default(),
            program: tool.to_owned(),
            tags: Vec::new(),
            commands: Vec::new(),
        });
        let assessment = Assessment { effects: effects.collect(), complete: true, ..Assessment::default() };
        let loaded = self.appraiser.loaded();
        let verdict = loaded.policy.judge(&assessment, &loaded.scope);
        let mut line = tool.as_bytes().to_vec();
        for file in &files {
            line.push(b' ');
            line.extend_from_slice(file.as_os_str().as_bytes());
        }
        let reading = Reading { source: Source::new(&line), scripts: Vec::new(), gaps: Vec::new() };
        let question = self.question(Appraisal { reading, assessment, verdict, carried: None, took: Took::default() });
        if question.verdict.decision == policy::Decision::Deny || guard::is_of_agent(&self.places) {
            return self.settled(question);
        }
        let (decision, begun) = self.kept(question);
        if let Some(begun) = begun {
            self.remember(&files, &begun);
        }
        decision
    }

    /// The file itself, where it is: a tool writes through links.
    fn place(&self, file: &Path) -> PathBuf {
        let file = self.appraiser.directory().join(file);
        let above = file.parent().and_then(|parent| parent.canonicalize().ok()).zip(file.file_name());
        file.canonicalize().ok().or_else(|| above.map(|(parent, name)| parent.join(name))).unwrap_or(file)
    }

    /// Keeps what the call is about to change, and puts the question then, so that it says what could not be kept. What is
    /// refused leaves no preimages behind; the step of what may go on comes with the decision.
    fn kept(&self, question: Question) -> (Decision, Option<Begun>) {
        let mut step = None;
        let lost = self.keep(&question, &mut step).err();
        let begun = step.map(|step| Begun { step: step.to_string(), folder: guard::folder_name(&question.session) });
        let lost = lost.map(|lost| Reason::not_kept(&lost.to_string(), Some(0)));
        let decision = self.settled(question.recorded_as(step).raised(lost));
        match (&decision, step, begun) {
            (Decision::Deny(_), Some(step), Some(begun)) => self.ahead(step, &begun).forget(),
            (_, _, begun) => return (decision, begun),
        }
        (decision, None)
    }

    /// What could be kept of a step that has begun stays kept on failure.
    fn keep(&self, question: &Question, begun: &mut Option<StepId>) -> Result<(), Lost> {
        let state = &self.places.state;
        let _the_journal_says_so = self.places.make_state();
        let step = *begun.insert(Journal::open(state).begin(question.intent(guard::promised(question)))?);
        let store = Store::open(state, guard::store_settings(&self.appraiser))?;
        guard::keep_ahead(&store, question, step, &guard::folder_name(&question.session))
    }

    fn ahead<'b>(&'b self, step: StepId, begun: &'b Begun) -> Ahead<'b> {
        Ahead {
            state: &self.places.state,
            settings: guard::store_settings(&self.appraiser),
            step,
            folder: Some(&begun.folder),
            owner: &self.session.id,
            paid: 0,
            attempt: None,
        }
    }

    /// Where a begun edit is remembered until its tool has run.
    fn memory(&self, files: &[PathBuf]) -> PathBuf {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.session.id.as_bytes());
        if let Some(call) = &self.call.call {
            hasher.update(call.as_bytes());
        } else {
            for file in files {
                hasher.update(file.as_os_str().as_bytes());
            }
        }
        self.places.state.join("edits").join(format!("{}.json", &hasher.finalize().to_hex()[..32]))
    }

    /// Without this the step has no end, and can be undone all the same.
    fn remember(&self, files: &[PathBuf], begun: &Begun) {
        use std::os::unix::fs::DirBuilderExt;
        let file = self.memory(files);
        let folder = file.parent().unwrap_or(&file);
        let _ = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        if let Ok(text) = serde_json::to_vec(begun) {
            let _ = std::fs::write(&file, text);
        }
    }

    /// The tool has run: the step gets its end.
    fn edited(&self, files: &[PathBuf]) {
        let files: Vec<PathBuf> = files.iter().map(|file| self.place(file)).collect();
        let memory = self.memory(&files);
        let Ok(text) = std::fs::read(&memory) else { return };
        let _ = std::fs::remove_file(&memory);
        let Ok(begun) = serde_json::from_slice::<Begun>(&text) else { return };
        if let Ok(step) = begun.step.parse::<StepId>() {
            self.ahead(step, &begun).end(Ending::Exited(0), Duration::ZERO);
        }
    }

    /// What the person asked for, under the name that the agent's lines will bear.
    fn prompt(&self, text: &str) {
        let _ = self.places.make_state();
        let wish: String = text.chars().take(WISH).collect();
        let name = self.call.prompt.as_deref().unwrap_or("-");
        let text = format!("prompt {name} of session {}: {wish}", self.session.id);
        let _ = Journal::open(&self.places.state).append(Entry::Note(Note { step: None, text }));
    }
}
