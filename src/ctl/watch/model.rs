//! What the desk shows.

use super::super::failure::Failure;
use super::super::places;
use super::super::steps::{Told, as_kept, told};
use crate::approval::{Call, Order, Reply, Request, Requests, Taken, left_text};
use crate::checkpoint::{Store, StoreSettings};
use crate::desk::{Caller, Socket};
use crate::host::Budgets;
use crate::journal::{Journal, StepId};
use crate::policy::Budget;
use crate::ui::visible_bytes;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// More callers at once than there are lines that wait.
const MOST_CALLERS: usize = 64;
/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(300);

/// Where the keys go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Up and down in the questions.
    Questions,
    /// Up and down in the steps.
    Steps,
    /// The target of a question is typed.
    Typing(String),
    /// The filter of the steps is typed.
    Filter,
    /// A text is read.
    Reading,
    /// A plan is read that would take back this step.
    Undo(StepId),
}

/// A question.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) request: Request,
    /// The line that waits for the answer; `None` when it was refused meanwhile.
    pub(super) caller: Option<Caller>,
    pub(super) until: Instant,
    /// What was answered, until the line has said what became of it.
    pub(super) answered: Option<bool>,
}

/// A text over the whole screen.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) title: String,
    pub(super) rows: Vec<String>,
    pub(super) from: usize,
}

/// Everything.
pub(super) struct Model {
    pub(super) order: Order,
    pub(super) socket: Socket,
    pub(super) state: PathBuf,
    /// Those that have connected and not said anything yet.
    callers: Vec<Caller>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) steps: Vec<Told>,
    pub(super) filter: String,
    pub(super) mode: Mode,
    pub(super) question: usize,
    pub(super) step: usize,
    /// First row of the card that is shown.
    pub(super) card_from: usize,
    pub(super) page: Page,
    pub(super) message: String,
    /// Since when the card on the screen is there: a key pressed for another one answers nothing.
    pub(super) shown: Instant,
    /// What is left of the budgets of the session of the chosen question or step.
    pub(super) left: String,
    budget: Budget,
    looked: Option<Instant>,
    journal_size: u64,
    pub(super) stale: bool,
}

impl Model {
    /// Opens the desk's socket.
    pub(super) fn new(order: Order, budget: Budget) -> Result<Self, Failure> {
        let state = places::state();
        let socket = Socket::open(&state)
            .map_err(|error| Failure::plain(format!("cannot listen in {}: {error}", state.join("desk").display())))?;
        Ok(Self {
            order,
            socket,
            state,
            callers: Vec::new(),
            waiting: Vec::new(),
            steps: Vec::new(),
            filter: String::new(),
            mode: Mode::Questions,
            question: 0,
            step: 0,
            card_from: 0,
            page: Page::default(),
            message: String::new(),
            shown: Instant::now(),
            left: String::new(),
            budget,
            looked: None,
            journal_size: u64::MAX,
            stale: true,
        })
    }

    /// The chosen question.
    pub(super) fn chosen(&self) -> Option<&Waiting> {
        self.waiting.get(self.question)
    }

    /// The steps that pass the filter, newest first.
    pub(super) fn shown_steps(&self) -> Vec<&Told> {
        let filter = self.filter.to_lowercase();
        let passes = |step: &&Told| {
            let intent = &step.intent;
            let agent = intent.agent.as_deref().unwrap_or_default();
            let text = format!("{} {} {agent} {}", step.id, intent.session, visible_bytes(&intent.line.0));
            filter.split_whitespace().all(|word| text.to_lowercase().contains(word))
        };
        self.steps.iter().rev().filter(passes).collect()
    }

    /// The sockets to wait on besides the terminal.
    pub(super) fn everybody(&self) -> impl Iterator<Item = &Caller> {
        self.callers.iter().chain(self.waiting.iter().filter_map(|waiting| waiting.caller.as_ref()))
    }

    /// Takes in what has happened since; gives the questions that are new.
    pub(super) fn refresh(&mut self) -> Vec<Request> {
        let mut new = self.hear();
        if self.looked.is_none_or(|looked| looked.elapsed() >= LOOK) {
            self.looked = Some(Instant::now());
            new.extend(self.look());
            self.stale = true;
        }
        new
    }

    fn hear(&mut self) -> Vec<Request> {
        while self.callers.len() < MOST_CALLERS
            && let Some(caller) = self.socket.accept()
        {
            self.callers.push(caller);
        }
        let mut new = Vec::new();
        for mut caller in std::mem::take(&mut self.callers) {
            match caller.hear() {
                Ok(None) => self.callers.push(caller),
                // What is no call is not answered, and its connection closed.
                Ok(Some(bytes)) => new.extend(Call::read(&bytes).and_then(|call| self.call(call, caller))),
                Err(_) => {}
            }
        }
        let mut message = None;
        for waiting in &mut self.waiting {
            let Some(caller) = &mut waiting.caller else { continue };
            let said = match caller.hear() {
                Ok(None) => continue,
                Ok(Some(bytes)) => Taken::read(&bytes),
                Err(_) => None,
            };
            waiting.caller = None;
            let id = &waiting.request.id;
            message = match (waiting.answered, said) {
                (Some(true), Some(taken)) if taken.runs => Some(format!("{id}: yes, it runs")),
                (Some(true), _) => Some(format!("{id}: its agent had gone; nothing ran")),
                (Some(false), _) => Some(format!("{id}: no, it does not run")),
                (None, Some(taken)) if taken.runs => Some(format!("{id} was approved elsewhere and runs")),
                (None, _) => Some(format!("{id} waits no longer; approved, it may run when it is repeated")),
            };
            self.stale = true;
        }
        if let Some(message) = message {
            self.message = message;
            self.looked = None;
        }
        new
    }

    /// A line that rings; its request, unless it has been seen already.
    fn call(&mut self, call: Call, caller: Caller) -> Option<Request> {
        let until = Instant::now() + Duration::from_millis(call.hold.min(86_400_000));
        let request = call.request.clone();
        let waiting = Waiting { request: call.request, caller: Some(caller), until, answered: None };
        let is_new = self.keep_chosen(|model| {
            // The request is on disk before its line rings.
            let before = model.waiting.len();
            model.waiting.retain(|other| other.caller.is_some() || other.request.id != request.id);
            let is_new = model.waiting.len() == before;
            // It stands behind those whose lines wait longer, so that nothing that is being read moves.
            let place = model.waiting.iter().position(|other| other.caller.is_none()).unwrap_or(model.waiting.len());
            model.waiting.insert(place, waiting);
            is_new
        });
        self.stale = true;
        is_new.then_some(request)
    }

    /// Looks at the requests and the journal.
    fn look(&mut self) -> Vec<Request> {
        let all = Requests::of(&self.state).all().unwrap_or_default();
        let mut new = Vec::new();
        self.keep_chosen(|model| {
            let still = |waiting: &Waiting| all.iter().any(|request| request.id == waiting.request.id);
            model.waiting.retain(|waiting| waiting.caller.is_some() || still(waiting));
            for request in all.iter().rev() {
                if !model.waiting.iter().any(|waiting| waiting.request.id == request.id) {
                    new.push(request.clone());
                    let until = Instant::now();
                    model.waiting.push(Waiting { request: request.clone(), caller: None, until, answered: None });
                }
            }
        });
        self.left = self.session().map(|session| self.left_of(&session)).unwrap_or_default();
        let journal = Journal::open(&self.state);
        if journal.size() != self.journal_size {
            self.journal_size = journal.size();
            let store = Store::open(&self.state, StoreSettings::default()).ok();
            self.steps = as_kept(told(journal.entries().unwrap_or_default()), store.as_ref());
        }
        new
    }

    /// The session of what is chosen.
    fn session(&self) -> Option<String> {
        let of_step = || self.shown_steps().get(self.step).map(|step| step.intent.session.clone());
        let of_question = || self.chosen().map(|waiting| waiting.request.card.session.clone());
        if self.mode == Mode::Steps { of_step() } else { of_question().or_else(of_step) }
    }

    fn left_of(&self, session: &str) -> String {
        left_text(Budgets::of(&self.state).account(session, &self.budget).left())
    }

    /// Changes the questions; the chosen one stays chosen, or the screen says that it is another.
    fn keep_chosen<T>(&mut self, change: impl FnOnce(&mut Self) -> T) -> T {
        let of = |model: &Self| model.chosen().map(|waiting| (waiting.request.id.clone(), waiting.request.key.clone()));
        let before = of(self);
        let result = change(self);
        let place = self.waiting.iter().position(|waiting| {
            before.as_ref().is_some_and(|(id, key)| (id, key) == (&waiting.request.id, &waiting.request.key))
        });
        self.question = place.unwrap_or(self.question).min(self.waiting.len().saturating_sub(1));
        if of(self) != before {
            self.card_changed();
            if matches!(self.mode, Mode::Typing(_)) {
                self.mode = Mode::Questions;
            }
        }
        result
    }

    /// Another card is on the screen now.
    pub(super) fn card_changed(&mut self) {
        self.shown = Instant::now();
        self.card_from = 0;
        self.stale = true;
    }

    /// Gives the answer to the line that waits, or lets the refused one run once when it is repeated.
    pub(super) fn answer(&mut self, yes: bool) {
        let Some(waiting) = self.waiting.get_mut(self.question) else { return };
        let request = &waiting.request;
        if let Some(caller) = &waiting.caller {
            let told = serde_json::to_vec(&Reply::to(request, yes)).is_ok_and(|bytes| caller.tell(&bytes).is_ok());
            waiting.answered = told.then_some(yes);
            self.message = if told { format!("{}: answered", request.id) } else { "the line has gone".to_owned() };
        } else {
            let id = request.id.clone();
            let done = if yes { self.order.approve_shown(request) } else { self.order.deny(&id) };
            self.message = match (done, yes) {
                (Ok(()), true) => format!("{id}: approved; it runs once when it is repeated within 10 minutes"),
                (Ok(()), false) => format!("{id}: denied"),
                (Err(error), _) => format!("{id}: {error}"),
            };
        }
        self.looked = None;
        self.stale = true;
    }
}
