//! What is left of the budgets of each session.

use super::state_file::{Folder, name_of};
use crate::policy::{Amounts, Budget};
use crate::sys::clock;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// What is left of a session's budgets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    v: u32,
    /// The session.
    pub session: String,
    /// What it started with.
    pub start: Amounts,
    /// What was left at `at`.
    left: Amounts,
    /// Milliseconds since 1970 UTC.
    at: u64,
    half_life: Option<u64>,
}

/// The budgets of a state directory, one file a session in `<state>/budgets`, changed under a lock.
#[derive(Clone, Debug)]
pub struct Budgets {
    folder: Folder,
}

impl Account {
    fn new(session: &str, budget: &Budget, now: u64) -> Self {
        let start = budget.start();
        Self { v: 1, session: session.to_owned(), start, left: start, at: now, half_life: budget.half_life() }
    }

    /// What is left now. A clock that was set back takes nothing.
    pub fn left(&self) -> Amounts {
        self.left_at(clock::milliseconds())
    }

    fn left_at(&self, now: u64) -> Amounts {
        self.left.decayed(now.saturating_sub(self.at), self.half_life)
    }

    /// The same account with the settings of now: they may lower what is left, and not raise it.
    fn settled(mut self, budget: &Budget, now: u64) -> Self {
        // What time has taken by the old settings stays taken.
        self.take(Amounts::default(), now);
        self.start = budget.start();
        self.left = self.left.least(self.start);
        self.half_life = budget.half_life();
        self
    }

    fn take(&mut self, cost: Amounts, now: u64) {
        self.left = self.left_at(now).less(cost);
        self.at = self.at.max(now);
    }
}

impl Budgets {
    /// Of the state directory `state`; nothing is touched yet.
    pub fn of(state: &Path) -> Self {
        Self { folder: Folder::of(state, "budgets") }
    }

    /// The account of a session; one that nothing was taken from yet is whole.
    pub fn account(&self, session: &str, budget: &Budget) -> Account {
        let kept: Option<Account> = self.folder.read(&name_of(session.as_bytes()));
        kept.filter(|account| account.v == 1 && account.session == session).map_or_else(
            || Account::new(session, budget, clock::milliseconds()),
            |account| account.settled(budget, clock::milliseconds()),
        )
    }

    /// All accounts something was taken from, by session.
    pub fn all(&self) -> Vec<Account> {
        let mut all: Vec<Account> = self.folder.names().iter().filter_map(|name| self.folder.read(name)).collect();
        all.sort_by(|a, b| a.session.cmp(&b.session));
        all
    }

    /// Takes `at_once` of the whole `cost` (the rest is taken when it is known), unless an amount does not suffice for all of
    /// it: then nothing is taken, and the names of those amounts are given. `writes`: bytes will be written.
    pub fn take(
        &self,
        session: &str,
        budget: &Budget,
        (cost, at_once): (Amounts, Amounts),
        writes: bool,
    ) -> io::Result<Vec<&'static str>> {
        let _lock = self.folder.lock()?;
        let mut account = self.account(session, budget);
        let exceeded = account.left().exceeded(cost, writes);
        // What takes nothing now changes nothing: what time takes is reckoned whenever the account is looked at.
        if exceeded.is_empty() && !at_once.is_nothing() {
            account.take(at_once, clock::milliseconds());
            self.folder.write(&name_of(session.as_bytes()), &account)?;
        }
        Ok(exceeded)
    }

    /// Takes `cost` in any case: what has happened, or a person has agreed to.
    pub fn take_all(&self, session: &str, budget: Option<&Budget>, cost: Amounts) -> io::Result<()> {
        if cost.is_nothing() {
            return Ok(());
        }
        let _lock = self.folder.lock()?;
        let name = name_of(session.as_bytes());
        let account = match budget {
            Some(budget) => Some(self.account(session, budget)),
            None => self.folder.read(&name),
        };
        let Some(mut account) = account else { return Ok(()) };
        account.take(cost, clock::milliseconds());
        self.folder.write(&name, &account)
    }

    /// Gives a session all of it again; true when something had been taken.
    pub fn refill(&self, session: &str) -> io::Result<bool> {
        let _lock = self.folder.lock()?;
        self.folder.remove(&name_of(session.as_bytes()))
    }
}
