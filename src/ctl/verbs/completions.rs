//! `agentshctl completions`: made from the registry.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::Paper;
use super::super::registry::{Flag, Verb};
use super::ALL;

pub(super) static VERB: Verb = Verb {
    name: "completions",
    summary: "print the completions of a shell",
    usage: "bash|zsh|fish",
    about: &["Prints a file for the shell's completion directory; install.sh puts all three in place."],
    flags: &[],
    words: &["bash", "zsh", "fish"],
    statuses: &[],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    let shell = args.one(&VERB, "the shell's name")?;
    let text = match shell.to_str() {
        Some("bash") => bash(),
        Some("zsh") => zsh(),
        Some("fish") => fish(),
        _ => {
            return Err(Failure::usage(format!("no completions for '{}'", shell.to_string_lossy()), VERB.usage_hint()));
        }
    };
    paper.write(&text);
    Ok(0)
}

fn spellings(flag: &Flag) -> Vec<String> {
    let short = flag.short.map(|short| format!("-{short}"));
    short.into_iter().chain([format!("--{}", flag.long)]).collect()
}

fn names() -> String {
    ALL.iter().map(|verb| verb.name).collect::<Vec<_>>().join(" ")
}

fn bash() -> String {
    let mut text = format!(
        "# bash completion for agentshctl\n_agentshctl() {{\n    local word=${{COMP_WORDS[COMP_CWORD]}} words\n    if ((COMP_CWORD == 1)); then\n        words='{} --help --version'\n    else\n        case ${{COMP_WORDS[1]}} in\n",
        names()
    );
    for verb in ALL {
        let options = verb.flags.iter().flat_map(spellings).chain(["--help".to_owned()]);
        let words: Vec<String> = verb.words.iter().map(|word| (*word).to_owned()).chain(options).collect();
        text.push_str(&format!("        {}) words='{}' ;;\n", verb.name, words.join(" ")));
    }
    text.push_str(
        "        *) words='' ;;\n        esac\n    fi\n    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n}\ncomplete -o default -F _agentshctl agentshctl\n",
    );
    text
}

fn zsh() -> String {
    let quoted = |text: &str| text.replace('\'', "'\\''").replace('[', "\\[").replace(']', "\\]").replace(':', "\\:");
    let mut text = String::from("#compdef agentshctl\nlocal -a verbs=(\n");
    for verb in ALL {
        text.push_str(&format!("  '{}:{}'\n", verb.name, quoted(verb.summary)));
    }
    text.push_str(")\nif (( CURRENT == 2 )); then\n  _describe verb verbs\n  return\nfi\nlocal verb=$words[2]\nshift words\n(( CURRENT-- ))\ncase $verb in\n");
    for verb in ALL {
        text.push_str(&format!("{})\n  _arguments -S '--help[show help]'", verb.name));
        for flag in verb.flags {
            for spelling in spellings(flag) {
                let value =
                    if flag.value.is_empty() { String::new() } else { format!(":{}:_files", quoted(flag.value)) };
                let joint = if !flag.value.is_empty() && spelling.starts_with("--") { "=" } else { "" };
                text.push_str(&format!(" \\\n    '{spelling}{joint}[{}]{value}'", quoted(flag.help)));
            }
        }
        match verb.words {
            [] => text.push_str(" \\\n    '*:operand:_files'\n"),
            words => text.push_str(&format!(" \\\n    '1:word:({})' '*:operand:_files'\n", words.join(" "))),
        }
        text.push_str("  ;;\n");
    }
    text.push_str("esac\n");
    text
}

fn fish() -> String {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('\'', "\\'");
    let mut text = String::from("# fish completion for agentshctl\n");
    for verb in ALL {
        text.push_str(&format!(
            "complete -c agentshctl -f -n __fish_use_subcommand -a {} -d '{}'\n",
            verb.name,
            quoted(verb.summary)
        ));
        let seen = format!("-n '__fish_seen_subcommand_from {}'", verb.name);
        for flag in verb.flags {
            let short = flag.short.map(|short| format!(" -s {short}")).unwrap_or_default();
            let value = if flag.value.is_empty() { "" } else { " -r" };
            text.push_str(&format!(
                "complete -c agentshctl {seen}{short} -l {}{value} -d '{}'\n",
                flag.long,
                quoted(flag.help)
            ));
        }
        if !verb.words.is_empty() {
            text.push_str(&format!("complete -c agentshctl -f {seen} -a '{}'\n", verb.words.join(" ")));
        }
    }
    text
}
