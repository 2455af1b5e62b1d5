//! What a line takes from its session's budgets.
//!
//! Comes in: a judged line. Goes out: the same, with a reason to ask for each amount that does not suffice. Lines that
//! only read pay nothing and read nothing here.

use crate::approval::{Appraiser, Question, left_text};
use crate::effect::Reversibility;
use crate::guard::Watching;
use crate::host::{Budgets, Places};
use crate::policy::{AMOUNTS, Amounts, Budget, Decision, Reason};

/// What is to be taken for a line.
#[derive(Debug)]
pub(super) struct Spending {
    budgets: Budgets,
    budget: Budget,
    session: String,
    cost: Amounts,
    /// It was taken already.
    paid: bool,
    /// Names that were paid for as deleted; what really went is settled when the line has ended.
    deleted: u64,
}

/// Takes what the line costs, or makes it a question because that is not left.
pub(super) fn spend(
    mut question: Question,
    places: &Places,
    appraiser: &Appraiser,
    watching: Option<&Watching>,
) -> (Question, Option<Spending>) {
    let verdict = &question.verdict;
    if verdict.decision == Decision::Deny
        || (verdict.decision == Decision::Allow && verdict.reversibility == Reversibility::ReadOnly)
    {
        return (question, None);
    }
    let budget = appraiser.loaded().policy.settings().budget;
    let budgets = Budgets::of(&places.state);
    let cost = Amounts::of(verdict);
    let mut spending = Spending { budgets, budget, session: question.session.clone(), cost, paid: false, deleted: 0 };
    // Under the guard the names that really went are counted before the line's caller goes on.
    let mut at_once = cost;
    if matches!(watching, Some(Watching::Full | Watching::OfAgent)) {
        at_once.0[0] = 0.0;
    }
    if verdict.decision == Decision::Allow {
        let writes = !verdict.obligations.is_empty();
        let taken = places
            .make_state()
            .and_then(|_| spending.budgets.take(&spending.session, &spending.budget, (cost, at_once), writes));
        let reasons = match taken {
            Ok(exceeded) => exceeded.into_iter().map(|name| spent(name, &spending)).collect(),
            Err(error) => {
                let why = format!("agentsh cannot write to its directory {}: {error}", places.state.display());
                let instead = "Ask the person to put that right; `agentshctl doctor` says more.";
                vec![Reason::asked("state", why, instead, None)]
            }
        };
        spending.paid = reasons.is_empty();
        question = question.asked_because(reasons);
    }
    spending.deleted = at_once.0[0] as u64;
    if question.verdict.decision == Decision::Ask {
        question.left = left_text(spending.left());
    }
    (question, Some(spending))
}

impl Spending {
    fn left(&self) -> Amounts {
        self.budgets.account(&self.session, &self.budget).left()
    }

    /// The line was cleared: what a person has agreed to is taken too, as far as there is anything left.
    pub(super) fn cleared(&mut self) {
        if !std::mem::replace(&mut self.paid, true) {
            let mut at_once = self.cost;
            at_once.0[0] = self.deleted as f64;
            let _ = self.budgets.take_all(&self.session, Some(&self.budget), at_once);
        }
    }

    /// Names paid for as deleted before the line ran.
    pub(super) fn deleted(&self) -> u64 {
        self.deleted
    }
}

fn spent(name: &str, spending: &Spending) -> Reason {
    let index = AMOUNTS.iter().position(|known| *known == name).unwrap_or_default();
    let what = [
        "files it may delete",
        "bytes it may write",
        "things it may do outside this machine",
        "runs of code that its lines do not show",
        "paths it may change outside the scope",
    ];
    let left = crate::approval::amount_text(index, spending.left().0[index]);
    let start = crate::approval::amount_text(index, spending.budget.start().0[index]);
    let why = format!("This session has used up its budget of {} ({left} of {start} left).", what[index]);
    let instead =
        "Ask the person to look at what was done so far; 'agentshctl refill' gives the session its budgets again.";
    Reason::asked(&format!("budget-{name}"), why, instead, None)
}
