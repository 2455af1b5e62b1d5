//! What a command on another machine or in a container comes to, once it was read.

use crate::effect::walk::Evaluator;
use crate::effect::{Effect, Object, Reversibility};
use crate::grammar::{Access, Deed, Invocation, Kind, Known};
use crate::text::Span;

/// Programs that run a command in a container.
const ENGINES: [&str; 2] = ["docker", "docker-compose"];

/// How the address of an engine on this machine begins (docker, "Configure remote access for Docker daemon").
const LOCAL_ENGINES: [&str; 3] = ["unix:", "npipe:", "fd:"];

/// Languages a project is written in; what stands in others (SQL) is for something else than the container.
const LANGUAGES: [&str; 6] = ["python", "javascript", "typescript", "ruby", "perl", "php"];

impl Evaluator<'_> {
    /// A command on another machine that was read and changes nothing there is read-only.
    pub(super) fn settle_remote(&mut self, invocation: &Invocation, span: Span) {
        let remote = |deed: &&Deed| deed.access == Access::Remote;
        if !invocation.deeds.iter().any(|deed| remote(&deed)) {
            return;
        }
        let span = self.fixed.unwrap_or(span);
        let within = |effect: &Effect| effect.span.start >= span.start && effect.span.end <= span.end;
        let inner = self.found.effects.iter().filter(|effect| within(effect) && effect.verb != Access::Remote);
        let inner = inner.filter(|effect| effect.tags.iter().any(|tag| tag == "remote"));
        let was_read = self.found.complete && invocation.deeds.iter().filter(remote).all(was_read);
        let worst = inner.clone().map(|effect| effect.reversibility).max();
        let reads = match worst {
            Some(worst) => worst == Reversibility::ReadOnly,
            // Programs that only print have no effects at all: the whole command must have been there to read.
            None => was_read,
        };
        // What the project runs in its own container is work like any other, as long as it is said what that is.
        let unsaid = |effect: &Effect| match effect.verb {
            Access::Unknown => true,
            Access::Code => {
                let language = effect.object.facts.get("language").map(String::as_str).unwrap_or_default();
                !matches!(effect.object.name, Known::Exactly(_)) || !LANGUAGES.contains(&language)
            }
            _ => false,
        };
        let works = ENGINES.contains(&invocation.program.as_str())
            && was_read
            && worst == Some(Reversibility::Opaque)
            && !inner.clone().any(unsaid);
        for effect in self.found.effects.iter_mut().filter(|effect| within(effect) && effect.verb == Access::Remote) {
            if reads {
                effect.reversibility = Reversibility::ReadOnly;
            } else if works && is_here(&effect.object) {
                effect.reversibility = Reversibility::Opaque;
            }
        }
    }
}

/// True for a container of an engine on this machine that is not called production.
fn is_here(object: &Object) -> bool {
    let production = |word: &[u8]| {
        word.eq_ignore_ascii_case(b"prod")
            || word.eq_ignore_ascii_case(b"production")
            || word.eq_ignore_ascii_case(b"live")
    };
    let Known::Exactly(name) = &object.name else { return false };
    let named = name.split(|byte| !byte.is_ascii_alphanumeric()).any(production);
    let local = match object.facts.get("engine") {
        Some(engine) => LOCAL_ENGINES.iter().any(|scheme| engine.starts_with(scheme)),
        None => !object.facts.contains_key("context"),
    };
    object.kind == Kind::Container && local && !named
}

/// True when all of a remote command was there to read.
fn was_read(deed: &Deed) -> bool {
    let mut commands = deed.facts.iter().filter(|(name, _)| name == "command").peekable();
    commands.peek().is_some()
        && commands.all(|(_, command)| command.literal().is_some_and(|text| !text.trim_ascii().is_empty()))
}
