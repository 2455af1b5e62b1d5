//! Chapter: policy. Judgements over effects made by hand; whole lines are judged in `check_cli` and `casebook`.

use agentsh::effect::{Assessment, Certainty, Effect, Object, Reversibility, Verb};
use agentsh::grammar::{Kind, Known};
use agentsh::policy::{Confirm, Decision, Extent, Layer, Policy, RuleText, Scope, Settings, Verdict};
use agentsh::text::Span;
use std::path::Path;

fn scope() -> Scope {
    Scope {
        root: Some("/home/u/p".into()),
        home: vec!["/home/u".into()],
        temporary: vec!["/tmp".into()],
        caches: Vec::new(),
        git: vec!["/home/u/p/.git".into()],
        own: vec!["/home/u/.local/state/agentsh".into()],
        branches: None,
    }
}

fn effect(verb: Verb, object: Object, program: &str) -> Effect {
    Effect {
        verb,
        object,
        certainty: Certainty::Certain,
        reversibility: Reversibility::Reversible,
        span: Span { start: 0, end: 0 },
        program: program.to_owned(),
        tags: Vec::new(),
        commands: Vec::new(),
    }
}

fn on(verb: Verb, path: &str) -> Effect {
    effect(verb, Object::path(Path::new(path)), "x")
}

fn beginning(verb: Verb, prefix: &str) -> Effect {
    let mut object = Object::unnamed(Kind::Path);
    object.name = Known::Begins(prefix.as_bytes().to_vec());
    effect(verb, object, "x")
}

fn named(verb: Verb, kind: Kind, name: &str) -> Effect {
    let mut object = Object::unnamed(kind);
    object.name = Known::Exactly(name.as_bytes().to_vec());
    effect(verb, object, "x")
}

fn assessment(effects: Vec<Effect>) -> Assessment {
    Assessment { effects, complete: true, ..Assessment::default() }
}

fn judge(effects: Vec<Effect>) -> Verdict {
    Policy::shipped().judge(&assessment(effects), &scope())
}

fn own(layer: Layer, text: &str) -> RuleText {
    RuleText { layer, file: "own.toml".to_owned(), text: text.to_owned() }
}

/// The decision for one effect, and the first rule that made it.
fn decided(effect: Effect) -> (Decision, String) {
    let verdict = judge(vec![effect]);
    (verdict.decision, verdict.reasons.first().map_or_else(String::new, |reason| reason.rule.clone()))
}

#[test]
fn changes_in_the_scope_are_allowed_and_captured() {
    for (verb, program, extent) in [
        (Verb::Create, "mkdir", Extent::Name),
        (Verb::Write, "redirection", Extent::Contents),
        (Verb::Append, "redirection", Extent::Contents),
        (Verb::Write, "mv", Extent::Unlinked),
        (Verb::Modify, "sed", Extent::Unlinked),
        (Verb::Modify, "truncate", Extent::Contents),
        (Verb::Write, "perl", Extent::Contents),
        (Verb::Delete, "rm", Extent::Unlinked),
        (Verb::DeleteTree, "rm", Extent::UnlinkedTree),
        (Verb::Move, "mv", Extent::UnlinkedTree),
        (Verb::Metadata, "chmod", Extent::Metadata),
        (Verb::MetadataTree, "chmod", Extent::MetadataTree),
        (Verb::WriteTree, "cp", Extent::ContentsTree),
        (Verb::WriteTree, "tar", Extent::UnlinkedTree),
    ] {
        let mut effect = effect(verb, Object::path(Path::new("/home/u/p/a")), program);
        if matches!(program, "mv" | "sed") {
            effect.tags.push("replaced".to_owned());
        }
        let verdict = judge(vec![effect]);
        assert_eq!(verdict.decision, Decision::Allow, "{verb:?}");
        assert_eq!(verdict.reversibility, Reversibility::Reversible, "{verb:?}");
        let kept: Vec<_> = verdict.obligations.iter().map(|kept| (kept.path.to_str(), kept.extent)).collect();
        assert_eq!(kept, [(Some("/home/u/p/a"), extent)], "{verb:?} by {program}");
    }
}

#[test]
fn reading_needs_nothing() {
    let mut read = on(Verb::Read, "/etc/passwd");
    read.reversibility = Reversibility::ReadOnly;
    let verdict = judge(vec![read]);
    assert_eq!((verdict.decision, verdict.reversibility), (Decision::Allow, Reversibility::ReadOnly));
    assert!(verdict.obligations.is_empty() && verdict.reasons.is_empty());
}

#[test]
fn changes_outside_are_asked_about_and_cannot_be_taken_back() {
    let verdict = judge(vec![on(Verb::Write, "/opt/x")]);
    assert_eq!((verdict.decision, verdict.confirm), (Decision::Ask, Some(Confirm::Yes)));
    assert_eq!(verdict.reversibility, Reversibility::Irreversible);
    assert_eq!(verdict.effects[0].reversibility, Reversibility::Irreversible);
    assert!(verdict.obligations.is_empty());
    assert_eq!(decided(on(Verb::Write, "/tmp/x")).0, Decision::Allow);
}

#[test]
fn what_swallows_or_is_fresh_needs_nothing() {
    for path in ["/dev/null", "/dev/stderr", "/dev/fd/3", "/proc/self/fd/1", "/tmp/claude-3f2a-cwd"] {
        let verdict = judge(vec![on(Verb::Write, path)]);
        assert_eq!((verdict.decision, verdict.reversibility), (Decision::Allow, Reversibility::ReadOnly), "{path}");
        assert!(verdict.obligations.is_empty(), "{path}");
    }
    assert_eq!(decided(on(Verb::Create, "/home/u")).0, Decision::Allow, "mkdir -p on its way to the project");
    let mut fresh = on(Verb::DeleteTree, "/tmp/tmp.x");
    fresh.tags.push("fresh".to_owned());
    assert!(judge(vec![fresh]).obligations.is_empty());
    assert_eq!(decided(on(Verb::Write, "/tmp/claude-x/cwd")).0, Decision::Allow);
    assert!(!judge(vec![on(Verb::Write, "/tmp/claude-x")]).obligations.is_empty());
}

#[test]
fn the_floor_denies_by_what_is_named() {
    for (verb, path, rule) in [
        (Verb::DeleteTree, "/", "delete-root"),
        (Verb::DeleteTree, "/home/u", "delete-home"),
        (Verb::DeleteTree, "/home", "delete-home"),
        (Verb::DeleteTree, "/home/v", "delete-foreign-home"),
        (Verb::MetadataTree, "/etc", "delete-system"),
        (Verb::DeleteTree, "/usr/lib", "delete-system"),
        (Verb::Append, "/etc/passwd", "overwrite-accounts"),
        (Verb::Write, "/dev/nvme0n1", "overwrite-device"),
        (Verb::Write, "/proc/sysrq-trigger", "kernel-trigger"),
    ] {
        let verdict = judge(vec![on(verb, path)]);
        assert_eq!(verdict.decision, Decision::Deny, "{verb:?} {path}");
        assert!(verdict.reasons.iter().any(|reason| reason.rule == rule), "{verb:?} {path}: {:?}", verdict.reasons);
    }
    for (verb, path) in [(Verb::DeleteTree, "/usr/lib/x"), (Verb::Write, "/etc/hosts"), (Verb::DeleteTree, "/home/u/x")]
    {
        assert_eq!(decided(on(verb, path)).0, Decision::Ask, "{verb:?} {path}");
    }
    assert_eq!(decided(on(Verb::List, "/")).0, Decision::Allow);
}

#[test]
fn a_home_directory_that_is_the_scope_is_still_not_taken_away() {
    let home = Scope { root: Some("/home/u".into()), git: Vec::new(), ..scope() };
    let policy = Policy::shipped();
    let judged = |effect: Effect| policy.judge(&assessment(vec![effect]), &home).decision;
    assert_eq!(judged(on(Verb::DeleteTree, "/home/u")), Decision::Deny);
    assert_eq!(judged(on(Verb::DeleteTree, "/home/u/.ssh")), Decision::Deny);
    assert_eq!(judged(on(Verb::DeleteTree, "/home/u/code/build")), Decision::Allow);
    assert_eq!(judged(on(Verb::Append, "/home/u/.bashrc")), Decision::Ask);
}

#[test]
fn without_a_root_only_temporary_files_are_ordinary() {
    let bare = Scope { root: None, git: Vec::new(), ..scope() };
    let policy = Policy::shipped();
    let judged = |effect: Effect| policy.judge(&assessment(vec![effect]), &bare).decision;
    assert_eq!(judged(on(Verb::Write, "/srv/x")), Decision::Ask);
    assert_eq!(judged(on(Verb::Write, "/tmp/x")), Decision::Allow);
}

#[test]
fn what_is_partly_known_is_opaque_and_a_tree_of_it_is_asked_about() {
    let verdict = judge(vec![beginning(Verb::Delete, "/home/u/p/src/a")]);
    assert_eq!((verdict.decision, verdict.reversibility), (Decision::Allow, Reversibility::Opaque));
    assert_eq!(verdict.obligations[0].path, Path::new("/home/u/p/src"));
    assert_eq!(verdict.obligations[0].extent, Extent::UnlinkedTree);
    let verdict = judge(vec![beginning(Verb::Write, "/home/u/p/")]);
    assert_eq!((verdict.decision, verdict.obligations.len()), (Decision::Allow, 0));
    let verdict = judge(vec![beginning(Verb::DeleteTree, "/home/u/p/")]);
    assert_eq!((verdict.decision, verdict.reversibility), (Decision::Allow, Reversibility::Opaque));
    assert_eq!(verdict.obligations[0].path, Path::new("/home/u/p"));
    assert_eq!(decided(beginning(Verb::SyncTree, "/home/u/p/")).1, "unknown-tree");
    assert_eq!(decided(beginning(Verb::DeleteTree, "/tmp/")).1, "unknown-tree");
    assert_eq!(decided(beginning(Verb::DeleteTree, "/tmp/build-")).0, Decision::Allow);
    assert_eq!(decided(beginning(Verb::DeleteTree, "/")).1, "outside-scope");
    assert_eq!(decided(effect(Verb::DeleteTree, Object::unnamed(Kind::Path), "rm")).1, "unknown-tree");
    assert_eq!(decided(effect(Verb::Delete, Object::unnamed(Kind::Path), "rm")).0, Decision::Allow);
}

#[test]
fn git_changes_are_captured_by_what_they_touch() {
    for (verb, extent) in [
        (Verb::GitIndex, Extent::GitIndex),
        (Verb::GitRefs, Extent::GitState),
        (Verb::GitWorktree, Extent::GitWorktree),
        (Verb::GitUntracked, Extent::GitUntracked),
        (Verb::GitIgnored, Extent::GitIgnored),
    ] {
        for name in ["/home/u/p", "/home/u/p/.git"] {
            let verdict = judge(vec![named(verb, Kind::Git, name), named(Verb::GitIndex, Kind::Git, name)]);
            assert_eq!(verdict.decision, Decision::Allow, "{verb:?}: {:?}", verdict.reasons);
            let kept: Vec<_> = verdict.obligations.iter().map(|kept| (kept.path.to_str(), kept.extent)).collect();
            assert_eq!(kept, [(Some("/home/u/p/.git"), extent)], "{verb:?} of {name}");
        }
    }
    assert_eq!(decided(named(Verb::GitRefs, Kind::Git, "/srv/other/.git")).0, Decision::Ask);
    assert_eq!(decided(on(Verb::DeleteTree, "/home/u/p/.git")).1, "git-directory");
    assert_eq!(decided(on(Verb::Delete, "/home/u/p/.git/index.lock")).0, Decision::Allow);
}

#[test]
fn talking_to_this_machine_is_not_asked_about() {
    for (name, decision) in [
        ("http://localhost:3000/x", Decision::Allow),
        ("http://127.0.0.1:8080/", Decision::Allow),
        ("https://example.com/", Decision::Ask),
        ("http://localhost.example.com/", Decision::Ask),
    ] {
        assert_eq!(decided(named(Verb::Send, Kind::Url, name)).0, decision, "{name}");
        assert_eq!(decided(named(Verb::Fetch, Kind::Url, name)).0, Decision::Allow, "{name}");
    }
    assert_eq!(decided(effect(Verb::Send, Object::unnamed(Kind::Url), "curl")).0, Decision::Ask);
}

#[test]
fn secrets_and_the_network_do_not_go_together() {
    let send = || named(Verb::Send, Kind::Url, "https://example.com/");
    let read = |path: &str, program: &str| effect(Verb::Read, Object::path(Path::new(path)), program);
    let judged = |effects| judge(effects).decision;
    assert_eq!(judged(vec![read("/home/u/.ssh/id_rsa", "cat"), send()]), Decision::Deny);
    assert_eq!(judged(vec![read("/home/u/.ssh/id_rsa", "cat")]), Decision::Allow);
    assert_eq!(judged(vec![read("/home/u/.ssh/id_rsa.pub", "cat"), send()]), Decision::Ask);
    let mut upload = send();
    upload.object.facts.insert("body".to_owned(), "f=@config/.env".to_owned());
    assert_eq!(judged(vec![upload]), Decision::Deny);
    let verdict = judge(vec![read("/home/u/p/.env", "cat"), send()]);
    assert_eq!((verdict.decision, verdict.confirm), (Decision::Ask, Some(Confirm::Type)));
    let local = named(Verb::Send, Kind::Url, "http://localhost/");
    assert_eq!(judged(vec![read("/home/u/p/.env", "curl"), local]), Decision::Allow);
}

#[test]
fn outward_acts_are_asked_about_and_grave_ones_by_name() {
    let tagged = |tag: &str| {
        let mut push = named(Verb::Push, Kind::GitRemote, "origin");
        push.tags.push(tag.to_owned());
        judge(vec![push]).confirm
    };
    assert_eq!(tagged("hooks"), Some(Confirm::Yes));
    assert_eq!(tagged("force"), Some(Confirm::Type));
    assert_eq!(tagged("delete"), Some(Confirm::Type));
    let mut push = named(Verb::Push, Kind::GitRemote, "origin");
    push.object.facts.insert("refspec".to_owned(), "HEAD:production".to_owned());
    assert_eq!(judge(vec![push]).confirm, Some(Confirm::Type));
    assert_eq!(decided(named(Verb::DropData, Kind::Database, "db")).1, "drop-data");
    assert_eq!(decided(named(Verb::CreateResource, Kind::Container, "web")).0, Decision::Allow);
    assert_eq!(decided(named(Verb::DeleteResource, Kind::Container, "web")).0, Decision::Ask);
    assert_eq!(decided(named(Verb::Signal, Kind::Process, "4242")).0, Decision::Allow);
    assert_eq!(decided(named(Verb::Signal, Kind::Process, "-1")).0, Decision::Deny);
}

#[test]
fn what_no_rule_names_is_asked_about_once() {
    let verdict = judge(vec![named(Verb::Write, Kind::Registry, "x")]);
    let rules: Vec<_> = verdict.reasons.iter().map(|reason| reason.rule.as_str()).collect();
    assert_eq!(rules, ["irreversible"]);
    let verdict = judge(vec![on(Verb::Write, "/opt/x")]);
    let rules: Vec<_> = verdict.reasons.iter().map(|reason| reason.rule.as_str()).collect();
    assert_eq!(rules, ["outside-scope"], "the catch-all adds nothing to what a rule said already");
}

#[test]
fn an_incomplete_line_is_never_read_only() {
    let mut line = assessment(Vec::new());
    line.complete = false;
    let verdict = Policy::shipped().judge(&line, &scope());
    assert_eq!((verdict.decision, verdict.reversibility), (Decision::Allow, Reversibility::Opaque));
    let settings = Settings::parse("c", "opaque = \"ask\"").expect("good");
    let (strict, _) = Policy::build(&[], settings);
    assert_eq!(strict.judge(&line, &scope()).reasons[0].rule, "opaque-line");
}

#[test]
fn settings_narrow_protect_and_deny() {
    let text = "write = [\"src/**\"]\ndeny = [\"/tmp/prod/**\"]\nprotect = [\"src/gen/**\"]\n";
    let (policy, complaints) = Policy::build(&[], Settings::parse("c", text).expect("good"));
    assert!(complaints.is_empty());
    let judged = |verb, path| {
        let verdict = policy.judge(&assessment(vec![on(verb, path)]), &scope());
        (verdict.decision, verdict.reasons.first().map_or_else(String::new, |reason| reason.rule.clone()))
    };
    assert_eq!(judged(Verb::Write, "/home/u/p/src/a").0, Decision::Allow);
    assert_eq!(judged(Verb::Write, "/home/u/p/b"), (Decision::Ask, "outside-scope".to_owned()));
    assert_eq!(judged(Verb::Write, "/home/u/p/src/gen/a"), (Decision::Ask, "protected".to_owned()));
    assert_eq!(judged(Verb::DeleteTree, "/home/u/p/src").1, "protected", "a tree that holds what is protected");
    let narrow = Settings::parse("c", "write = [\"src/gen/**\"]").expect("good");
    let deleted = assessment(vec![on(Verb::DeleteTree, "/home/u/p/src")]);
    let verdict = Policy::build(&[], narrow).0.judge(&deleted, &scope());
    assert_eq!(verdict.decision, Decision::Ask, "a tree that only holds what may be written to");
    assert_eq!(judged(Verb::Create, "/tmp/prod/x"), (Decision::Deny, "denied".to_owned()));
    assert_eq!(judged(Verb::DeleteTree, "/tmp/prod"), (Decision::Deny, "denied".to_owned()));
    assert_eq!(judged(Verb::Read, "/tmp/prod/x").0, Decision::Allow);
}

#[test]
fn a_user_may_loosen_what_is_not_the_floor() {
    let allow = own(
        Layer::User,
        "[[rule]]\nid = \"mine\"\nwhy = \"w\"\nverdict = \"allow\"\neffect = { changes = true, path = [\"/opt/mine/**\", \"/data/mine/**\", \"/etc/passwd\"] }\n",
    );
    let (policy, complaints) = Policy::build(&[allow], Settings::default());
    assert!(complaints.is_empty(), "{complaints:?}");
    let judged = |path| policy.judge(&assessment(vec![on(Verb::Write, path)]), &scope()).decision;
    assert_eq!(judged("/opt/mine/x"), Decision::Allow);
    assert_eq!(judged("/opt/other"), Decision::Ask);
    let all = policy.judge(&assessment(vec![on(Verb::DeleteTree, "/data")]), &scope());
    assert_eq!(all.decision, Decision::Ask, "a tree that only holds what is allowed");
    let own = policy.judge(&assessment(vec![on(Verb::DeleteTree, "/data/mine")]), &scope());
    assert_eq!(own.decision, Decision::Allow);
    assert_eq!(judged("/etc/passwd"), Decision::Deny, "the floor stays");
}

#[test]
fn replaces_lifts_only_what_it_names() {
    let text = |id: &str| {
        let replaces = format!("replaces = [\"{id}\"]");
        format!(
            "[[rule]]\nid = \"mine\"\nwhy = \"w\"\nverdict = \"allow\"\n{replaces}\neffect = {{ changes = true, path = [\"/opt/**\"] }}\n"
        )
    };
    let judged = |text: String| {
        let (policy, complaints) = Policy::build(&[own(Layer::User, &text)], Settings::default());
        (policy.judge(&assessment(vec![on(Verb::Write, "/opt/x")]), &scope()).decision, complaints)
    };
    assert_eq!(judged(text("outside-scope")).0, Decision::Allow);
    assert_eq!(judged(text("wipe")).0, Decision::Ask);
    let (decision, complaints) = judged(text("no-such-rule"));
    assert_eq!(decision, Decision::Ask);
    assert_eq!((complaints[0].key.as_str(), complaints[0].line), ("replaces", 5));
    let (_, complaints) = judged(text("delete-root"));
    assert!(complaints[0].message.contains("floor"), "{}", complaints[0]);
}

#[test]
fn a_checkout_can_only_tighten() {
    let allow = "[[rule]]\nid = \"a\"\nwhy = \"w\"\nverdict = \"allow\"\neffect = { verb = [\"write\"] }\n";
    let ask = "[[rule]]\nid = \"b\"\nwhy = \"w\"\nverdict = \"ask\"\neffect = { verb = [\"write\"], path = [\"secret/**\"] }\n";
    let (policy, complaints) = Policy::build(&[own(Layer::Checkout, &format!("{allow}{ask}"))], Settings::default());
    assert_eq!(complaints.len(), 1);
    assert_eq!((complaints[0].line, complaints[0].key.as_str(), complaints[0].whole_file), (4, "verdict", false));
    assert!(policy.degraded().is_none());
    let judged = |path| policy.judge(&assessment(vec![on(Verb::Write, path)]), &scope()).decision;
    assert_eq!(judged("/opt/x"), Decision::Ask, "the allow is not used");
    assert_eq!(judged("/home/u/p/secret/x"), Decision::Ask, "the ask is");
    assert_eq!(judged("/home/u/p/x"), Decision::Allow);
}

#[test]
fn a_checkout_rule_is_not_lifted_by_the_user() {
    let ask =
        own(Layer::Checkout, "[[rule]]\nid = \"b\"\nwhy = \"w\"\nverdict = \"ask\"\neffect = { verb = [\"write\"] }\n");
    let allow = own(Layer::User, "[[rule]]\nid = \"a\"\nwhy = \"w\"\neffect = { verb = [\"write\"] }\n");
    let (policy, _) = Policy::build(&[allow, ask], Settings::default());
    assert_eq!(policy.judge(&assessment(vec![on(Verb::Write, "/tmp/x")]), &scope()).decision, Decision::Ask);
}

#[test]
fn a_broken_file_leaves_the_shipped_rules_and_asks_for_what_is_not_read_only() {
    let (policy, complaints) =
        Policy::build(&[own(Layer::User, "[[rule]]\nid = \"x\"\nwhi = 1\n")], Settings::default());
    assert_eq!((complaints.len(), complaints[0].line, complaints[0].key.as_str()), (1, 3, "whi"));
    assert!(policy.degraded().is_some());
    let verdict = policy.judge(&assessment(vec![on(Verb::Write, "/tmp/x")]), &scope());
    assert_eq!((verdict.decision, verdict.reasons[0].rule.as_str()), (Decision::Ask, "degraded-policy"));
    assert!(verdict.reasons[0].why.contains("own.toml:3"), "{}", verdict.reasons[0].why);
    assert_eq!(policy.judge(&assessment(Vec::new()), &scope()).decision, Decision::Allow);
    let verdict = policy.judge(&assessment(vec![on(Verb::DeleteTree, "/")]), &scope());
    assert_eq!(verdict.decision, Decision::Deny, "the floor stays");
}

#[test]
fn a_rule_over_the_whole_line() {
    let text = "[[rule]]\nid = \"many\"\nwhy = \"w\"\nverdict = \"ask\"\nline = { more_paths_than = 1 }\n";
    let (policy, _) = Policy::build(&[own(Layer::User, text)], Settings::default());
    let judged = |effects| policy.judge(&assessment(effects), &scope()).decision;
    assert_eq!(judged(vec![on(Verb::Write, "/tmp/x")]), Decision::Allow);
    assert_eq!(judged(vec![on(Verb::Write, "/tmp/x"), on(Verb::Write, "/tmp/y")]), Decision::Ask);
}
