//! `agentshctl man`: the manual pages, made from the registry.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::help::{capitalised, spelling};
use super::super::paper::Paper;
use super::super::registry::Verb;
use super::ALL;

pub(super) static VERB: Verb = Verb {
    name: "man",
    summary: "print a manual page",
    usage: "[agentsh|agentshctl]",
    about: &["Prints the page in the format of man(7): 'agentshctl man | man -l -'."],
    flags: &[],
    words: &["agentsh", "agentshctl"],
    statuses: &[],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    let page = match args.operands.as_slice() {
        [] => control(),
        [name] if name == "agentshctl" => control(),
        [name] if name == "agentsh" => shell(),
        [name, ..] => {
            return Err(Failure::usage(format!("no manual page '{}'", name.to_string_lossy()), VERB.usage_hint()));
        }
    };
    paper.write(&page);
    Ok(0)
}

/// Text for troff: backslashes, hyphens and a leading dot or quote are escaped.
fn text(text: &str) -> String {
    // Characters beyond ASCII by their code points: not every formatter is told the encoding (groff_char(7)).
    let escaped: String = text
        .chars()
        .map(|letter| match letter {
            '\\' => "\\e".to_owned(),
            '-' => "\\-".to_owned(),
            letter if letter.is_ascii() => letter.to_string(),
            other => format!("\\[u{:04X}]", other as u32),
        })
        .collect();
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}

fn head(name: &str, summary: &str) -> String {
    format!(
        ".TH {} 1 \"\" \"agentsh {}\" \"User Commands\"\n.SH NAME\n{name} \\- {}\n",
        name.to_uppercase(),
        env!("CARGO_PKG_VERSION"),
        text(summary)
    )
}

fn control() -> String {
    let mut page = head("agentshctl", "see, undo and decide what an agent's shell does");
    page.push_str(".SH SYNOPSIS\n.B agentshctl\n.I verb\n[options] [operands]\n.SH DESCRIPTION\n");
    page.push_str(&text("The person's tool beside agentsh(1): it shows what a line would do and what steps did, takes steps back, and answers requests that agentsh left."));
    page.push_str("\n.SH VERBS\n");
    for verb in ALL {
        page.push_str(&format!(
            ".SS \"{} {}\"\n{}\n",
            text(verb.name),
            text(verb.usage),
            text(&capitalised(verb.summary))
        ));
        for paragraph in verb.about {
            page.push_str(&format!(".PP\n{}\n", text(paragraph)));
        }
        for flag in verb.flags {
            page.push_str(&format!(".TP\n.B {}\n{}\n", text(spelling(flag).trim_start()), text(flag.help)));
        }
        for (status, meaning) in verb.statuses {
            page.push_str(&format!(".TP\nexit {status}\n{}\n", text(meaning)));
        }
    }
    page.push_str(".SH \"EXIT STATUS\"\n0 when done, 1 when it could not be done, 2 for wrong usage; where a verb has others they stand with it.\n");
    page.push_str(&format!(".SH FILES\n{}\n", FILES));
    page.push_str(".SH \"SEE ALSO\"\n.BR agentsh (1)\n");
    page
}

fn shell() -> String {
    let mut page = head("agentsh", "the shell an AI coding agent is given instead of bash");
    page.push_str(".SH SYNOPSIS\n.B agentsh\n[bash options] [\\-c line | script] [arguments]\n.SH DESCRIPTION\n");
    page.push_str(&text("agentsh has the command line of bash(1) to the letter. It reads the line, works out what the line would do, keeps what it is about to destroy, asks a person where nothing can be kept, and becomes the real shell in the same process. Called as bash, sh or zsh it becomes that shell."));
    page.push_str("\n.PP\n");
    page.push_str(&text("A line that needs a person is put to them on their own terminal; where there is none it does not run, and one line on standard error says why, with a request id for 'agentshctl approve'."));
    page.push_str("\n.SH \"EXIT STATUS\"\n");
    page.push_str(&text("That of the real shell; 126 when the line was not run because a rule or a person refused it; 125 when agentsh itself failed before the shell started. Ctrl-C at the question ends it by SIGINT."));
    page.push_str(&format!("\n.SH FILES\n{}\n", FILES));
    page.push_str(".SH \"SEE ALSO\"\n.BR agentshctl (1),\n.BR bash (1)\n");
    page
}

const FILES: &str = ".TP
$XDG_STATE_HOME/agentsh (~/.local/state/agentsh)
journal, preimages, requests and approvals
.TP
$XDG_CONFIG_HOME/agentsh/config.toml, rules/*.toml (~/.config/agentsh)
settings and rules of the user
.TP
/etc/agentsh
settings and rules of the machine
.TP
\\&.agentsh/rules/*.toml
rules of a checkout; they can only tighten";
