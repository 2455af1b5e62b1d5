//! What the settings say about connections to other machines.

use super::Decision;
use super::consequence::is_loopback;
use super::location::OBSERVED;
use super::settings::{Network, Settings, Watch};
use super::verdict::Reason;
use crate::effect::{Effect, Verb};
use crate::grammar::Known;
use std::net::SocketAddr;

/// The label of a connection to another machine that none of this session was agreed to with before.
pub const NEW_CONTACT: &str = "new-contact";

/// What they say about what a line would connect to, or a running program was seen to connect to.
pub(super) fn reasons(settings: &Settings, effects: &[Effect]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for (index, effect) in effects.iter().enumerate() {
        let observed = effect.tags.iter().any(|tag| tag == OBSERVED);
        let reason = match effect.verb {
            Verb::Connect | Verb::Send if observed => of_connection(settings, effect),
            Verb::Fetch | Verb::Connect if !observed => of_line(settings, effect),
            _ => None,
        };
        reasons.extend(reason.map(|reason| Reason { effect: observed.then_some(index), ..reason }));
    }
    reasons.dedup();
    reasons
}

/// A connection as it is made.
fn of_connection(settings: &Settings, effect: &Effect) -> Option<Reason> {
    let Known::Exactly(name) = &effect.object.name else { return None };
    let end: SocketAddr = std::str::from_utf8(name).ok()?.parse().ok()?;
    let names: Vec<&str> = effect.object.facts.get("name").map(|names| names.split(' ').collect()).unwrap_or_default();
    let listed = |list: &[super::Contact]| list.iter().any(|contact| contact.is(end, &names));
    let new = effect.tags.iter().any(|tag| tag == NEW_CONTACT);
    let outward = !end.ip().is_loopback() && !end.ip().is_unspecified();
    if listed(&settings.network_deny) {
        return Some(denied("The settings forbid connections to this address (network_deny)."));
    }
    if listed(&settings.network_allow) {
        return None;
    }
    if listed(&settings.network_ask) && new {
        return Some(asked("network", "The settings ask about connections to this address (network_ask)."));
    }
    if !outward {
        return None;
    }
    match settings.network.unwrap_or_default() {
        Network::Deny => Some(denied("The settings forbid connections to other machines (network = \"deny\").")),
        Network::AskNew if new => {
            Some(asked("network", "Nothing of this session has connected there before (network = \"ask-new\")."))
        }
        Network::Allow | Network::AskNew | Network::Ask if new && settings.database_ports().contains(&end.port()) => {
            let why = "Behind this port of another machine lies a database, and what is changed in one is not undone.";
            Some(asked("database-port", why))
        }
        _ => None,
    }
}

/// What a line says it would connect to. With the guard, `ask-new` waits for the connection itself.
fn of_line(settings: &Settings, effect: &Effect) -> Option<Reason> {
    let mode = settings.network.unwrap_or_default();
    if mode == Network::Allow || is_loopback(&effect.object) {
        return None;
    }
    let host = super::consequence::host(&effect.object);
    if host.is_some_and(|host| settings.network_allow.iter().any(|contact| contact.is_named(&host))) {
        return None;
    }
    let watched = settings.guard.unwrap_or_default() != Watch::Off;
    match mode {
        Network::Ask => {
            Some(asked("network", "The line talks to another machine, and the settings say network = \"ask\"."))
        }
        Network::AskNew if !watched => {
            Some(asked("network", "The line talks to another machine, and the settings say network = \"ask-new\"."))
        }
        Network::Deny => Some(denied("The line talks to another machine, and the settings say network = \"deny\".")),
        _ => None,
    }
}

fn asked(rule: &str, why: &str) -> Reason {
    Reason::asked(rule, why, "Use what is on this machine.", None)
}

fn denied(why: &str) -> Reason {
    Reason { decision: Decision::Deny, confirm: None, ..asked("network", why) }
}
