//! What can be said at once of changes that running programs are seen to make: thousands a second, nearly all of which no rule
//! is about.
//!
//! In: an effect as the guard makes them, of one path, wholly known. Out: whether any rule asks about it or denies it. A no is
//! the word of the same conditions that [`Policy::judge`] tries; what is more than a no is for that to work out.

use super::decision::Decision;
use super::judge::Case;
use super::layer::Held;
use super::policy::Policy;
use super::rule::verb_bit;
use super::scope::Scope;
use crate::effect::Effect;
use std::sync::OnceLock;

/// Verbs there may be: rules have a bit for each.
const VERBS: usize = u128::BITS as usize;

/// The rules of a policy that may speak about changes made by running programs, by verb. Found out when the first change of a
/// verb is seen: most rules are about other things, and each that has to be looked at is memory of its own.
pub struct Sieve<'p> {
    policy: &'p Policy,
    speaking: Box<[OnceLock<Box<[&'p Held]>>; VERBS]>,
}

impl<'p> Sieve<'p> {
    /// Of a policy.
    pub fn new(policy: &'p Policy) -> Self {
        Self { policy, speaking: Box::new([const { OnceLock::new() }; VERBS]) }
    }

    /// True when no rule and no setting asks about the effect or denies it. Effects of one verb must differ in nothing but
    /// their path. False does not say that one does.
    pub fn lets_through(&self, effect: Effect, scope: &Scope) -> bool {
        let speaking = self.speaking[effect.verb as usize].get_or_init(|| self.speaking_of(&effect, scope));
        let (case, _) = Case::of(vec![effect], &[], scope, &self.policy.settings);
        let asked = !case.is_nothing(0) && speaking.iter().any(|held| case.holds(held.pattern(), 0));
        !asked && case.further_reasons(&self.policy.settings).is_empty()
    }

    /// The rules that ask or deny and may hold of an effect like this one, whatever its path is.
    fn speaking_of(&self, effect: &Effect, scope: &Scope) -> Box<[&'p Held]> {
        let verb = verb_bit(effect.verb);
        let strict = |held: &&Held| held.verbs & verb != 0 && held.pattern().verdict != Decision::Allow;
        let about =
            |held: &&Held| held.pattern().effect.as_ref().is_some_and(|pattern| pattern.may_hold(effect, scope));
        self.policy.rules.iter().filter(strict).filter(about).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Sieve;
    use crate::effect::{Assessment, Certainty, Effect, Object, Reversibility, Verb};
    use crate::policy::{Branches, Decision, Layer, OBSERVED, Policy, RuleText, Scope, Settings};
    use crate::text::Span;
    use std::path::Path;

    fn seen(verb: Verb, path: &str) -> Effect {
        Effect {
            verb,
            object: Object::path(Path::new(path)),
            certainty: Certainty::Certain,
            reversibility: Reversibility::Reversible,
            span: Span::new(0, 1),
            program: String::new(),
            tags: vec![OBSERVED.to_owned()],
            commands: Vec::new(),
        }
    }

    #[test]
    fn what_is_let_through_is_what_the_whole_judgement_has_nothing_against() {
        let own = RuleText {
            layer: Layer::User,
            file: "own.toml".to_owned(),
            text: "[[rule]]\nid = \"no-lock\"\nverdict = \"deny\"\nwhy = \"A lock.\"\neffect = { verb = [\"delete\"], path = [\"**/x.lock\"] }\nmatch = [\"rm x.lock\"]\nnot_match = [\"rm x\"]\n".to_owned(),
        };
        let settings = Settings::parse("settings", "deny = [\"~/never/**\"]\nprotect = [\"{scope}/kept/**\"]\n")
            .expect("settings");
        let (policy, complaints) = Policy::build(&[own], settings);
        assert!(complaints.is_empty(), "{complaints:?}");
        let branches = Branches { session: Some("s".to_owned()), protected: vec!["main".to_owned()] };
        let scope = Scope {
            root: Some("/home/u/p".into()),
            home: vec!["/home/u".into()],
            temporary: vec!["/tmp".into()],
            caches: vec!["/home/u/.cache".into()],
            git: vec!["/home/u/p/.git".into()],
            own: vec!["/home/u/.local/state/agentsh".into()],
            branches: Some(branches),
        };
        let verbs = [
            Verb::Create,
            Verb::Write,
            Verb::Append,
            Verb::Modify,
            Verb::Delete,
            Verb::Move,
            Verb::Metadata,
            Verb::Link,
        ];
        let paths = [
            "/home/u/p/src/a.c",
            "/home/u/p/.git/config",
            "/home/u/p/.git/refs/heads/main",
            "/home/u/p/.git/hooks/pre-commit",
            "/home/u/p/.git/packed-refs",
            "/home/u/p/x.lock",
            "/home/u/p/kept/a",
            "/home/u/p",
            "/home/u",
            "/",
            "/tmp/x",
            "/tmp",
            "/home/u/.bashrc",
            "/home/u/.ssh/authorized_keys",
            "/home/u/.npm/_cacache/x",
            "/home/u/.cache/y",
            "/home/u/never/z",
            "/home/u/.local/state/agentsh/journal",
            "/home/u/p/.env",
            "/home/u/p/.claude/settings.json",
            "/etc/passwd",
            "/dev/null",
            "/dev/sda",
            "/usr/bin/ls",
            "/home/u/q/a",
            "/home/u/p/node_modules/.bin/tsc",
            "/var/lib/x.db",
        ];
        let sieve = Sieve::new(&policy);
        let (mut through, mut held) = (0, 0);
        for verb in verbs {
            for path in paths {
                let assessment =
                    Assessment { effects: vec![seen(verb, path)], complete: true, ..Assessment::default() };
                let verdict = policy.judge(&assessment, &scope);
                let strict =
                    verdict.reasons.iter().any(|reason| reason.effect.is_some() && reason.decision != Decision::Allow);
                let lets = sieve.lets_through(seen(verb, path), &scope);
                assert!(!(lets && strict), "{verb:?} {path}: {:?}", verdict.reasons);
                // No rule in this policy lifts another, so the two agree.
                assert_eq!(lets, !strict, "{verb:?} {path}");
                *if lets { &mut through } else { &mut held } += 1;
            }
        }
        assert!(through > 40 && held > 40, "{through} {held}");
    }
}
