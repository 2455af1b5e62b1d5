//! A person's order about a request that waits.

use super::Card;
use super::granted::entry;
use super::prompt::{Reply, ask};
use super::requests::{Request, Requests};
use super::seat::{NoSeat, Seat};
use crate::host::{Budgets, Grants};
use crate::journal::{Answer, Entry, Granted, Journal, Note};
use crate::policy::{Confirm, Grant};
use std::path::Path;

/// The right to approve and deny, which only somebody on a terminal of their own, with no agent above, has.
#[derive(Debug)]
pub struct Order {
    seat: Seat,
    requests: Requests,
    journal: Journal,
    grants: Grants,
    budgets: Budgets,
}

/// An order that was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// Given by, or below, an agent, or not on a person's terminal.
    #[error("only a person on a terminal of their own can do this: {0}")]
    NotAPerson(#[from] NoSeat),
    /// There is no such request.
    #[error("there is no request '{0}'")]
    Unknown(String),
    /// There is no such grant.
    #[error("there is no grant '{0}'")]
    NoGrant(String),
    /// The person looked at the card and said no, or went away.
    #[error("not approved")]
    Declined,
    /// The state directory did not take it.
    #[error("cannot record the answer: {0}")]
    Unsaved(#[from] std::io::Error),
}

impl Order {
    /// Takes an order about the requests of `state`, if whoever gives it is a person.
    pub fn take(state: &Path) -> Result<Self, OrderError> {
        Ok(Self::from(Seat::of_order()?, state))
    }

    /// The same for whoever shows cards on a terminal in its own mode: the desk.
    pub fn at_desk(state: &Path) -> Result<Self, OrderError> {
        Ok(Self::from(Seat::of_desk()?, state))
    }

    fn from(seat: Seat, state: &Path) -> Self {
        let (requests, journal) = (Requests::of(state), Journal::open(state));
        Self { seat, requests, journal, grants: Grants::of(state), budgets: Budgets::of(state) }
    }

    /// Lets the identical line run once: the person has seen this very request and said yes, by typing its target where
    /// the rule wants it.
    pub fn approve_shown(&self, request: &Request) -> Result<(), OrderError> {
        let same = self.requests.request(&request.id)?.is_some_and(|now| now.key == request.key);
        if !same {
            return Err(OrderError::Unknown(request.id.clone()));
        }
        self.requests.approve(request, &self.by())?;
        self.record(&request.id, true);
        Ok(())
    }

    /// The terminal it was given on.
    pub fn terminal(&self) -> &str {
        &self.seat.name
    }

    /// Shows the request's card, asks, and lets the identical line run once. `sure`: a yes-or-no question is not put; a
    /// name that is to be typed always is. Never runs the line.
    pub fn approve(&self, id: &str, sure: bool) -> Result<Request, OrderError> {
        let request = self.requests.request(id)?.ok_or_else(|| OrderError::Unknown(id.to_owned()))?;
        if !sure || request.card.confirm == Some(Confirm::Type) {
            let card = request.card.clone().with_commits();
            if ask(&self.seat, &card, None) != Reply::Yes {
                return Err(OrderError::Declined);
            }
        }
        self.requests.approve(&request, &self.by())?;
        self.record(id, true);
        Ok(request)
    }

    /// Takes the request away.
    pub fn deny(&self, id: &str) -> Result<(), OrderError> {
        if self.requests.request(id)?.is_none() || !self.requests.withdraw(id)? {
            return Err(OrderError::Unknown(id.to_owned()));
        }
        self.record(id, false);
        Ok(())
    }

    /// Shows what a grant would allow and makes it, if the person says yes; see [`Order::approve`] for `sure`.
    pub fn grant(&self, mut grant: Grant, card: &Card, sure: bool) -> Result<Grant, OrderError> {
        grant.by = self.by();
        if (!sure || card.confirm == Some(Confirm::Type)) && ask(&self.seat, card, None) != Reply::Yes {
            return Err(OrderError::Declined);
        }
        // The journal first: a grant that it does not know is not a person's.
        let made = self.journal.append(entry(&grant, Granted::Made, &grant.by));
        made.map_err(|error| std::io::Error::other(error.to_string()))?;
        self.grants.add(&grant)?;
        Ok(grant)
    }

    /// Takes a grant back.
    pub fn revoke(&self, id: &str) -> Result<(), OrderError> {
        let grant = self.grants.all().into_iter().find(|grant| grant.id == id);
        let grant = grant.filter(|grant| self.grants.remove(&grant.id).unwrap_or(false));
        let grant = grant.ok_or_else(|| OrderError::NoGrant(id.to_owned()))?;
        let _ = self.journal.append(entry(&grant, Granted::Revoked, &self.by()));
        Ok(())
    }

    /// Gives a session its budgets again; false when nothing had been taken from them.
    pub fn refill(&self, session: &str) -> Result<bool, OrderError> {
        let refilled = self.budgets.refill(session)?;
        if refilled {
            let text = format!("budgets of session {session} refilled by {}", self.by());
            let _ = self.journal.append(Entry::Note(Note { step: None, text }));
        }
        Ok(refilled)
    }

    fn by(&self) -> String {
        format!("{} uid {}", self.seat.name, nix::unistd::getuid())
    }

    /// The answer stands in `approved` already; a journal that cannot be written does not take it back.
    fn record(&self, id: &str, yes: bool) {
        let _ = self.journal.append(Entry::Answer(Answer { request: id.to_owned(), yes, by: self.by() }));
    }
}
