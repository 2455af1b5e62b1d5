//! `agentshctl rules add`: rules of the person's own, from a question that was asked.

use super::args::Args;
use super::failure::{Failure, Result};
use super::judging::Bench;
use super::paper::Paper;
use super::places;
use super::steps;
use super::undoing::confirmed;
use super::verbs::order_failure;
use crate::approval::{Appraisal, Order};
use crate::effect::{Effect, Invoked};
use crate::grammar::{Argument, Catalog, bind};
use crate::host::Places;
use crate::policy::{Decision, Layer, Policy, RuleText, Settings};
use crate::sys::clock;
use crate::text::Span;
use crate::ui::{name_of, visible};
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The file that the rules go to, below the person's configuration.
const FILE: &str = "rules/60-added.toml";
/// What of an effect's facts a rule is bound to: where it goes, not how.
const WHERE: [&str; 17] = [
    "account",
    "app",
    "cluster",
    "context",
    "database",
    "engine",
    "environment",
    "host",
    "hostname",
    "namespace",
    "profile",
    "project",
    "registry",
    "repository",
    "stack",
    "url",
    "workspace",
];

/// How much of a command a rule covers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    /// These words.
    Exact,
    /// This verb with these flags.
    Flags,
    /// This verb with any flags.
    Verb,
}

/// The verb `rules add`.
pub(super) fn add(args: &Args, paper: &mut Paper) -> Result {
    let [_, name] = args.operands.as_slice() else {
        return Err(Failure::usage(
            "the request or step is missing",
            "'agentshctl pending' and 'agentshctl log' list them",
        ));
    };
    // Only to know that a person is there.
    let _order = Order::take(&places::state()).map_err(order_failure)?;
    let width = match args.text("width").as_deref() {
        None | Some("exact") => Width::Exact,
        Some("flags") => Width::Flags,
        Some("verb") => Width::Verb,
        Some(other) => return Err(Failure::usage(format!("'{other}' is no width"), "exact, flags or verb")),
    };
    let times = match args.text("times").as_deref().map(str::parse::<u32>) {
        None => 0,
        Some(Ok(times)) if times > 0 => times,
        Some(_) => return Err(Failure::usage("--times wants a number of lines", "such as --times=3")),
    };
    let (line, cwd) = question(&name.to_string_lossy())?;
    let mut bench = Bench::new(Some(&cwd))?;
    let appraisal = bench.appraise(None, &line)?;
    let layers: Vec<(Layer, String)> =
        bench.here().loaded().policy.rules().map(|(layer, _, rule)| (layer, rule.id.clone())).collect();
    let root = args.has("here").then(|| bench.here().loaded().scope.root.clone().unwrap_or(cwd));
    let until = args.text("until").unwrap_or_default();
    let text = rules(&appraisal, &layers, &Wish { width, root, until, times, name: &name.to_string_lossy() })?;
    let places = Places::find();
    let path = places.configuration.join(FILE);
    let before = fs::read_to_string(&path).unwrap_or_default();
    let whole = format!("{before}{text}");
    let file = path.display().to_string();
    let (_, complaints) =
        Policy::build(&[RuleText { layer: Layer::User, file: file.clone(), text: whole.clone() }], Settings::default());
    if let Some(complaint) = complaints.first() {
        return Err(Failure::plain(format!("the rule would not be sound: {complaint}")));
    }
    paper.line(&format!("to {}:", visible(&file)));
    paper.write(&visible_lines(&text));
    if !confirmed(paper)? {
        paper.line("nothing was written");
        return Ok(1);
    }
    write(&path, &whole).map_err(|error| Failure::plain(format!("cannot write {file}: {error}")))?;
    paper.line("written; 'agentshctl rules list' shows it, and editing the file takes it back");
    Ok(0)
}

/// The line that was asked about, and where.
fn question(name: &str) -> std::result::Result<(Vec<u8>, PathBuf), Failure> {
    if let Some(request) = places::requests().request(name).map_err(places::unreadable)? {
        return Ok((request.card.line.0, PathBuf::from(std::ffi::OsStr::from_bytes(&request.card.cwd.0))));
    }
    let step = steps::find(name).map_err(|_| {
        Failure::plain(format!("there is no request or step '{name}'"))
            .hint("'agentshctl pending' and 'agentshctl log' list them")
    })?;
    Ok((step.intent.line.0, PathBuf::from(std::ffi::OsStr::from_bytes(&step.intent.cwd.0))))
}

struct Wish<'a> {
    width: Width,
    root: Option<PathBuf>,
    until: String,
    times: u32,
    name: &'a str,
}

/// The text of one rule for each effect that a shipped rule asks about.
fn rules(appraisal: &Appraisal, layers: &[(Layer, String)], wish: &Wish<'_>) -> std::result::Result<String, Failure> {
    let verdict = &appraisal.verdict;
    if let Some(denied) = verdict.reasons.iter().find(|reason| reason.decision == Decision::Deny) {
        return Err(Failure::plain(format!("the rule '{}' denies it, which no rule of yours lifts", denied.rule)));
    }
    let mut by_effect: Vec<(usize, Vec<&str>)> = Vec::new();
    for reason in verdict.reasons.iter().filter(|reason| reason.decision == Decision::Ask) {
        let shipped = layers.iter().any(|(layer, id)| *layer == Layer::Shipped && *id == reason.rule);
        let Some(effect) = reason.effect.filter(|_| shipped) else {
            let message =
                format!("'{}' asks about the line, and a rule for one command does not answer that", reason.rule);
            return Err(Failure::plain(message).hint("change the settings or the file it comes from"));
        };
        match by_effect.iter_mut().find(|(index, _)| *index == effect) {
            Some((_, ids)) => ids.push(&reason.rule),
            None => by_effect.push((effect, vec![&reason.rule])),
        }
    }
    if by_effect.is_empty() {
        return Err(Failure::plain("nothing of that line is asked about as things are now"));
    }
    let mut text = String::new();
    for (number, (index, ids)) in by_effect.iter().enumerate() {
        let rule = rule(appraisal, &verdict.effects[*index], ids, number, wish)?;
        text.push_str(&rule);
    }
    Ok(text)
}

fn rule(
    appraisal: &Appraisal,
    effect: &Effect,
    ids: &[&str],
    number: usize,
    wish: &Wish<'_>,
) -> std::result::Result<String, Failure> {
    let around = appraisal.assessment.commands.iter().filter(|command| command.span.contains(effect.span));
    let Some(command) = around.min_by_key(|command| command.span.len()) else {
        return Err(Failure::plain("what is asked about belongs to no command of the line"));
    };
    let words = words(command, wish.width).ok_or_else(|| {
        Failure::plain("a word of the command is not known beforehand").hint("--width=verb leaves it open")
    })?;
    let list = |words: &[String]| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ");
    let mut keys =
        vec![format!("verb = [{}]", quoted(&name_of(&effect.verb))), format!("command = [{}]", list(&words))];
    if let Some(root) = &wish.root {
        keys.push(format!("root = [{}]", quoted(&root.to_string_lossy())));
    }
    let facts =
        effect.object.facts.iter().filter(|(name, value)| WHERE.contains(&name.as_str()) && !value.ends_with('…'));
    let facts: Vec<String> = facts.map(|(name, value)| format!("{name} = [{}]", quoted(value))).collect();
    if !facts.is_empty() {
        keys.push(format!("facts = {{ {} }}", facts.join(", ")));
    }
    let replaces: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let mut name: String = wish.name.to_ascii_lowercase();
    name.retain(|letter| letter.is_ascii_alphanumeric());
    let mut text =
        format!("\n[[rule]]\nid = \"added-{name}-{number}-{}\"\nverdict = \"allow\"\n", clock::milliseconds());
    text.push_str(&format!("replaces = [{}]\neffect = {{ {} }}\n", list(&replaces), keys.join(", ")));
    if !wish.until.is_empty() {
        text.push_str(&format!("until = {}\n", quoted(&wish.until)));
    }
    if wish.times > 0 {
        text.push_str(&format!("times = {}\n", wish.times));
    }
    text.push_str(&format!(
        "why = \"Answered beforehand by the person, from {}.\"\n",
        quoted(wish.name).trim_matches('"')
    ));
    Ok(text)
}

/// The patterns of a command; `None` when a word that counts is not known.
fn words(command: &Invoked, width: Width) -> Option<Vec<String>> {
    let argv: Vec<&str> = command.argv.iter().map(|word| std::str::from_utf8(word).ok()).collect::<Option<_>>()?;
    let open = |word: &str| word.ends_with('…') || word.contains('*');
    if width == Width::Exact {
        return (!argv.iter().any(|word| open(word))).then(|| argv.iter().map(|word| (*word).to_owned()).collect());
    }
    let name = argv.first()?.rsplit('/').next()?;
    let grammar = Catalog::shipped().find(name.as_bytes());
    let arguments: Vec<Argument> =
        argv[1..].iter().map(|word| Argument::exactly(word.as_bytes(), Span::default())).collect();
    let verb = grammar.map_or_else(Vec::new, |grammar| bind(&grammar, name.as_bytes(), &arguments).subcommand);
    let mut patterns = vec![argv[0].to_owned()];
    // The words up to the last of the verb; options among them are flags like others.
    patterns.extend(verb);
    match width {
        Width::Verb => patterns.push("-*".to_owned()),
        _ => {
            let flags: Vec<&&str> = argv[1..].iter().filter(|word| word.starts_with('-') && word.len() > 1).collect();
            if flags.iter().any(|word| open(word)) {
                return None;
            }
            patterns.extend(flags.iter().map(|word| (**word).to_owned()));
        }
    }
    patterns.push("...".to_owned());
    Some(patterns)
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn visible_lines(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", visible(line))).collect()
}

/// Writes the file whole and renames it into place (0600, its folder 0700).
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all())?;
    fs::rename(&new, path)
}
