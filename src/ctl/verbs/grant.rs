//! `agentshctl grant`: allows commands of one form beforehand.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::judging::Bench;
use super::super::offered::{Offer, offers};
use super::super::paper::Paper;
use super::super::places;
use super::super::registry::{Flag, Verb};
use super::super::touched::absolute;
use super::approve::failure;
use crate::approval::{Card, Order, new_id};
use crate::host::Session;
use crate::policy::{Grant, placeholder};
use crate::sys::clock;
use crate::text::Span;
use crate::ui::{time_text, visible};
use std::path::Path;

pub(super) static VERB: Verb = Verb {
    name: "grant",
    summary: "allow commands of one form beforehand, counted and for a time",
    usage: "[--count=N] [--for=TIME] [--session=ID] [--in=DIR] [-y] PATTERN | --offered[=NUMBER]",
    about: &[
        "PATTERN is one command of plain words, quoted as in a shell; nothing in it is expanded. A '*' in a word stands for one name: ASCII letters, digits, '.', '_' and '-', not beginning with '.' or '-', without '..'. The command is bound and assessed now, and the grant holds its argv and its effects. It covers a command with the same words, such names for the '*', and the same effects with those names in them: another address behind the remote, another option or one more effect is asked about as before.",
        "It is used up after N commands (default 1) and ends after TIME (30m, 8h, 2d; default 8h, at most 30d). It holds for lines that start in DIR or below (default: the checkout around the working directory), and with --session only in that session. Floor rules, and rules that guard agentsh and the agents' own settings, are never lifted.",
        "--offered shows the grants that the checkout offers in .agentsh/grants.toml and makes the one of that NUMBER. An offer holds nothing until you accept it, because the agent can write that file.",
        "Works only on a person's own terminal with no agent above it.",
    ],
    flags: &[
        Flag::value(Some('c'), "count", "N", "how many commands (default 1)"),
        Flag::value(Some('f'), "for", "TIME", "how long (default 8h)"),
        Flag::value(Some('s'), "session", "ID", "only in this session"),
        Flag::value(Some('C'), "in", "DIR", "only for lines that start in DIR or below"),
        Flag::value(Some('o'), "offered", "NUMBER", "make the checkout's offer of this number; 0 lists them"),
        Flag::switch(Some('y'), "yes", "do not ask again (a name that must be typed still is)"),
    ],
    words: &[],
    statuses: &[(1, "not granted"), (3, "refused: this is not a person's terminal")],
    run,
};

/// The longest a grant may hold, in milliseconds.
const LONGEST: u64 = 30 * 86_400_000;

fn run(args: &Args, paper: &mut Paper) -> Result {
    let offer = match args.number("offered")? {
        None => Offer {
            pattern: args.one(&VERB, "the command to allow (one operand, quoted)")?.to_string_lossy().into_owned(),
            count: args.number("count")?.map(|count| count as u64),
            time: args.text("for"),
            why: String::new(),
        },
        Some(0) => return list(args, paper),
        Some(number) => {
            args.none(&VERB)?;
            let mut all = offers(&directory(args)?)?;
            if number > all.len() {
                return Err(Failure::plain(format!("the checkout offers {} grants", all.len())));
            }
            all.swap_remove(number - 1)
        }
    };
    let order = Order::take(&places::state()).map_err(failure)?;
    let (grant, card) = draft(&offer, args)?;
    let grant = order.grant(grant, &card, args.has("yes")).map_err(failure)?;
    paper.line(&format!(
        "grant {}: {} (agentshctl revoke {} takes it back)",
        grant.id,
        visible(&grant.pattern),
        grant.id
    ));
    Ok(0)
}

fn directory(args: &Args) -> Result<std::path::PathBuf> {
    let here = std::env::current_dir();
    let here = here.map_err(|error| Failure::plain(format!("cannot find the working directory: {error}")))?;
    Ok(args.value("in").map_or(here, |given| absolute(Path::new(given))))
}

fn list(args: &Args, paper: &mut Paper) -> Result {
    let all = offers(&directory(args)?)?;
    if all.is_empty() {
        paper.line("the checkout offers no grants");
    }
    for (index, offer) in all.iter().enumerate() {
        let (count, time) = (offer.count.unwrap_or(1), offer.time.as_deref().unwrap_or("8h"));
        paper.line(&format!(
            "{:>3}  {} ({count} times, {})  {}",
            index + 1,
            visible(&offer.pattern),
            visible(time),
            visible(&offer.why)
        ));
    }
    Ok(0)
}

/// The grant as it would be, and the card that shows it.
fn draft(offer: &Offer, args: &Args) -> Result<(Grant, Card)> {
    let directory = directory(args)?;
    let words = words(&offer.pattern)?;
    let quoted = |word: &String| shlex::try_quote(word).map(std::borrow::Cow::into_owned).unwrap_or_default();
    let line: Vec<String> = Grant::assessed(&words).iter().map(quoted).collect();
    let mut bench = Bench::new(Some(&directory))?;
    let appraisal = bench.appraise(None, line.join(" ").as_bytes())?;
    let (verdict, assessment) = (&appraisal.verdict, &appraisal.assessment);
    let effects = Grant::effects_of(verdict, &assessment.commands, assessment.complete)
        .map_err(|error| Failure::plain(format!("cannot grant '{}': {error}", visible(&offer.pattern))))?;
    let count = args.number("count")?.map(|count| count as u64).or(offer.count).unwrap_or(1);
    let time = args.text("for").or_else(|| offer.time.clone()).unwrap_or_else(|| "8h".to_owned());
    let lasts = duration(&time)?;
    let made = clock::milliseconds();
    let root =
        bench.here().loaded().checkout.as_ref().map_or_else(|| directory.clone(), |checkout| checkout.root.clone());
    let grant = Grant {
        v: 1,
        id: new_id(offer.pattern.as_bytes()),
        pattern: offer.pattern.clone(),
        words,
        effects,
        session: args.text("session"),
        directory: if args.has("in") { directory.canonicalize().unwrap_or(directory) } else { root },
        count: count.max(1),
        used: 0,
        made,
        expires: made + lasts,
        by: String::new(),
    };
    let question = bench.here().question(appraisal, &Session::nobodys());
    let card = shown(Card::of(&question), &grant);
    Ok((grant, card))
}

/// The card with the pattern in the place of what was assessed.
fn shown(mut card: Card, grant: &Grant) -> Card {
    let stars = grant.words.iter().map(|word| word.matches('*').count()).sum();
    let starred = |text: &str| (0..stars).fold(text.to_owned(), |text, index| text.replace(&placeholder(index), "*"));
    card.line.0 = grant.pattern.clone().into_bytes();
    card.target = starred(&card.target);
    for item in &mut card.items {
        item.effect = starred(&item.effect);
        item.facts.iter_mut().for_each(|(_, value)| *value = starred(value));
        item.span = Span::new(0, card.line.0.len());
        item.push = None;
    }
    let times = if grant.count == 1 { "once".to_owned() } else { format!("{} times", grant.count) };
    let session =
        grant.session.as_ref().map_or_else(|| "any session".to_owned(), |session| format!("session {session}"));
    card.allows = vec![
        format!("{} — {times}, until {}, in {session}", grant.pattern, time_text(grant.expires)),
        format!("for lines that start in {}", grant.directory.display()),
        "* is one name (letters, digits, . _ -); only with exactly these effects:".to_owned(),
    ];
    card
}

/// The words of a pattern.
fn words(pattern: &str) -> Result<Vec<String>> {
    let words = shlex::split(pattern).filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| Failure::usage("the pattern is no command of plain words", VERB.usage_hint()))?;
    if words[0].contains('*') {
        return Err(Failure::usage("the program itself cannot be a '*'", VERB.usage_hint()));
    }
    Ok(words)
}

/// `90s`, `30m`, `8h`, `2d` in milliseconds.
fn duration(text: &str) -> Result<u64> {
    let unit = match text.chars().last() {
        Some('s') => 1_000,
        Some('m') => 60_000,
        Some('h') => 3_600_000,
        Some('d') => 86_400_000,
        _ => 0,
    };
    let number: Option<u64> = text.get(..text.len().saturating_sub(1)).and_then(|digits| digits.parse().ok());
    let lasts = number.and_then(|number| number.checked_mul(unit)).filter(|lasts| (1..=LONGEST).contains(lasts));
    lasts.ok_or_else(|| {
        Failure::usage(format!("'{}' is no time between 1s and 30d", visible(text)), "write 30m, 8h or 2d")
    })
}
