//! What running programs connect to: noted in the step, and held to the settings.
//!
//! An address is read once. Where settings decide about addresses, what was decided holds: the call is carried out here, on
//! the process's own socket, with the address that was judged. Loopback and Unix sockets are free.

use super::clearance;
use super::process::Process;
use super::record::Record;
use super::scope::Passage;
use crate::approval::{Appraiser, Question};
use crate::effect::{Assessment, Certainty, Effect, Object, Reversibility, Verb};
use crate::grammar::{Kind, Known};
use crate::policy::{Decision, NEW_CONTACT, Network as Mode, OBSERVED};
use crate::sys;
use crate::text::Span;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Other ends noted in one step; what comes after is counted only by that it is not noted.
const MOST_NOTED: usize = 200;
/// How long the addresses of a name in the settings are taken to stay the same.
const ADDRESSES_LAST: Duration = Duration::from_secs(60);

/// The judge of connections.
pub(super) struct Network<'a> {
    appraiser: &'a Appraiser,
    question: &'a Question,
    record: &'a Record,
    /// Where the session's known other ends stand, one a line.
    known: PathBuf,
    noted: Mutex<HashSet<String>>,
    refused: Mutex<HashSet<SocketAddr>>,
    addresses: Mutex<HashMap<String, (Instant, Vec<IpAddr>)>>,
    hosts: Mutex<Option<Vec<(IpAddr, String)>>>,
}

/// How something reaches another end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By a connection.
    Connect,
    /// By one message.
    Send,
}

impl<'a> Network<'a> {
    /// For a line that was cleared as this question, with the state directory.
    pub(super) fn new(
        appraiser: &'a Appraiser,
        question: &'a Question,
        record: &'a Record,
        state: &std::path::Path,
    ) -> Self {
        let session = if question.session.is_empty() { "none" } else { &question.session };
        let known = state.join("contacts").join(&blake3::hash(session.as_bytes()).to_hex()[..16]);
        Self {
            appraiser,
            question,
            record,
            known,
            noted: Mutex::default(),
            refused: Mutex::default(),
            addresses: Mutex::default(),
            hosts: Mutex::default(),
        }
    }

    /// True when settings decide about addresses, so that a decision has to hold.
    pub(super) fn decides(&self) -> bool {
        let settings = self.appraiser.loaded().policy.settings();
        matches!(settings.network, Some(Mode::AskNew | Mode::Deny))
            || !settings.network_ask.is_empty()
            || !settings.network_deny.is_empty()
    }

    /// True for an end that nothing is to be said about.
    pub(super) fn is_free(&self, end: SocketAddr) -> bool {
        (end.ip().is_loopback() || end.ip().is_unspecified()) && !self.decides()
    }

    /// Judges it, and notes it in the step when it may go on.
    pub(super) fn judge(&self, process: Process, way: Way, end: SocketAddr) -> Passage {
        let names = self.names_of(end.ip());
        let mut verdict = {
            let loaded = self.appraiser.loaded();
            let effects = vec![self.effect(way, end, &names, process.program_name())];
            loaded.policy.judge(&Assessment { effects, complete: true, ..Assessment::default() }, &loaded.scope)
        };
        verdict.reasons.retain(|reason| match reason.decision {
            Decision::Allow => false,
            Decision::Ask => {
                reason.effect.is_some() && !clearance::covers_contact(&self.question.verdict, &reason.rule)
            }
            Decision::Deny => reason.effect.is_some(),
        });
        verdict.decision = verdict.reasons.iter().map(|reason| reason.decision).max().unwrap_or_default();
        verdict.confirm = verdict.reasons.iter().filter_map(|reason| reason.confirm).max();
        if verdict.reasons.is_empty() {
            self.note(way, end, &names);
            return Passage::Free;
        }
        if self.refused.lock().unwrap_or_else(PoisonError::into_inner).contains(&end) {
            return Passage::Refused;
        }
        Passage::Question(Box::new(self.question.while_running(verdict)))
    }

    /// Notes what is asked of a name server.
    pub(super) fn looks_up(&self, name: &str) {
        self.say(format!("looks up {name}"));
    }

    /// A person has agreed: the session knows this end from now on.
    pub(super) fn agreed(&self, end: SocketAddr) {
        let folder = self.known.parent().unwrap_or(&self.known);
        let _ = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.known);
        let _ = file.and_then(|mut file| file.write_all(format!("{end}\n").as_bytes()));
    }

    /// Nobody has agreed: the rest of the step is not asked again.
    pub(super) fn declined(&self, end: SocketAddr) {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(end);
    }

    fn is_known(&self, end: SocketAddr) -> bool {
        let known = fs::read_to_string(&self.known).unwrap_or_default();
        known.lines().any(|line| line.parse() == Ok(end))
    }

    fn note(&self, way: Way, end: SocketAddr, names: &[String]) {
        if end.ip().is_loopback() || end.ip().is_unspecified() || (way == Way::Connect && end.port() == 0) {
            return;
        }
        let verb = if way == Way::Connect { "connects to" } else { "sends to" };
        let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        self.say(format!("{verb} {end}{names}"));
    }

    fn say(&self, text: String) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() > MOST_NOTED || !noted.insert(text.clone()) {
            return;
        }
        let more = noted.len() > MOST_NOTED;
        self.record.note(if more { "connects to more than is noted here".to_owned() } else { text });
    }

    fn effect(&self, way: Way, end: SocketAddr, names: &[String], program: String) -> Effect {
        let mut facts = BTreeMap::from([("by".to_owned(), program.clone())]);
        if !names.is_empty() {
            facts.insert("name".to_owned(), names.join(" "));
        }
        let mut tags = vec![OBSERVED.to_owned()];
        if !self.is_known(end) {
            tags.push(NEW_CONTACT.to_owned());
        }
        let verb = match way {
            Way::Connect => Verb::Connect,
            // A message is no more than a connection would be: what `send` means in the rules is a request that changes things.
            Way::Send => Verb::Connect,
        };
        Effect {
            verb,
            object: Object { kind: Kind::Host, name: Known::Exactly(end.to_string().into_bytes()), facts },
            certainty: Certainty::Certain,
            reversibility: Reversibility::Opaque,
            span: Span::new(0, self.question.line.len()),
            program,
            tags,
            commands: Vec::new(),
        }
    }

    /// The names an address is known to have: in `/etc/hosts`, and those of the settings that lead to it now.
    fn names_of(&self, ip: IpAddr) -> Vec<String> {
        let mut names: Vec<String> = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            let hosts = hosts.get_or_insert_with(|| hosts_file(&fs::read_to_string("/etc/hosts").unwrap_or_default()));
            hosts.iter().filter(|(known, _)| *known == ip).map(|(_, name)| name.clone()).collect()
        };
        let settings = self.appraiser.loaded().policy.settings();
        let lists = [&settings.network_allow, &settings.network_ask, &settings.network_deny];
        for name in lists.into_iter().flatten().filter_map(|contact| contact.name()) {
            if !names.iter().any(|known| known == name) && self.addresses_of(name).contains(&ip) {
                names.push(name.to_owned());
            }
        }
        names
    }

    fn addresses_of(&self, name: &str) -> Vec<IpAddr> {
        let known = self.addresses.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some((when, addresses)) = known
            && when.elapsed() < ADDRESSES_LAST
        {
            return addresses;
        }
        let found: Vec<IpAddr> =
            (name, 0).to_socket_addrs().map(|ends| ends.map(|end| end.ip()).collect()).unwrap_or_default();
        let entry = (Instant::now(), found.clone());
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), entry);
        found
    }
}

/// The rows of hosts(5).
fn hosts_file(text: &str) -> Vec<(IpAddr, String)> {
    let row = |line: &str| {
        let mut words = line.split('#').next()?.split_ascii_whitespace();
        let ip: IpAddr = words.next()?.parse().ok()?;
        Some(words.map(|name| (ip, name.to_owned())).collect::<Vec<_>>())
    };
    text.lines().filter_map(row).flatten().collect()
}

/// The name that a message asks a name server for (RFC 1035, section 4.1): a standard query with one question.
pub(super) fn queried_name(message: &[u8]) -> Option<String> {
    let (header, mut rest) = message.split_at_checked(12)?;
    let number = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let query = number(2) & 0xf80f == 0 && number(4) == 1 && number(6) == 0;
    if !query || message.len() > 1500 {
        return None;
    }
    let mut labels = Vec::new();
    loop {
        let (&length, behind) = rest.split_first()?;
        if length == 0 {
            break;
        }
        let (label, behind) = behind.split_at_checked(usize::from(length))?;
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
        if length > 63 || !label.iter().all(plain) {
            return None;
        }
        labels.push(String::from_utf8_lossy(label).into_owned());
        rest = behind;
    }
    (!labels.is_empty()).then(|| labels.join("."))
}

/// The socket `number` of a process, as a descriptor of ours.
pub(super) fn socket_of(process: Process, number: i32) -> std::io::Result<std::os::fd::OwnedFd> {
    sys::borrow_descriptor(&sys::PidFd::open(process.leader())?, number)
}

#[cfg(test)]
mod tests {
    use super::{hosts_file, queried_name};

    #[test]
    fn names_are_read_from_queries_and_the_hosts_file() {
        let mut query = vec![0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0];
        query.extend(b"\x03www\x07example\x03com\0\0\x01\0\x01");
        assert_eq!(queried_name(&query).as_deref(), Some("www.example.com"));
        query[2] = 0x81;
        assert_eq!(queried_name(&query), None, "an answer");
        assert_eq!(queried_name(b"GET / HTTP/1.1\r\n\r\n"), None);
        let rows = hosts_file("127.0.0.1 localhost here # x\n# 1.2.3.4 no\n::1 six\n");
        assert_eq!(rows.len(), 3);
    }
}
