//! Telling a person who looks elsewhere that a question waits.

use crate::approval::Request;
use crate::policy::Settings;
use crate::ui::visible_bytes;
use std::io::Write;
use std::process::{Child, Command, Stdio};

/// How many letters of a line a notification may show.
const LETTERS: usize = 120;

/// Rings, notifies and puts up popups, as the settings say.
#[derive(Debug)]
pub(super) struct Notifier {
    settings: Settings,
    in_tmux: bool,
    /// Programs that were started, to be waited for.
    running: Vec<Child>,
}

impl Notifier {
    pub(super) fn new(settings: Settings) -> Self {
        let in_tmux = std::env::var_os("TMUX").is_some_and(|value| !value.is_empty());
        Self { settings, in_tmux, running: Vec::new() }
    }

    /// A question waits. Its line is told only where the settings want it.
    pub(super) fn tell(&mut self, request: &Request) {
        self.running.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        let agent = request.card.agent.as_deref().unwrap_or("an agent");
        let agent: String = agent.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
        let mut text = format!("{agent} waits for an answer ({})", request.id);
        if self.settings.notify_line == Some(true) {
            text.push_str(": ");
            text.extend(visible_bytes(&request.card.line.0).chars().take(LETTERS));
        }
        self.ring(&text);
        if let Some((program, arguments)) = self.settings.notify.split_first() {
            let mut command = Command::new(program);
            command.args(arguments).args(["agentsh", &text]);
            self.start(command);
        }
        if self.settings.popup == Some(true) && self.in_tmux {
            self.popup(&request.id);
        }
    }

    /// The bell, and the two sequences by which terminals show a notification. A multiplexer passes them on only when
    /// they are wrapped.
    fn ring(&self, text: &str) {
        let text: String = text.chars().map(|letter| if letter == ';' { ',' } else { letter }).collect();
        let sequences = [format!("\x1b]9;agentsh: {text}\x07"), format!("\x1b]777;notify;agentsh;{text}\x07")];
        let mut out = "\x07".to_owned();
        for sequence in sequences {
            if self.in_tmux {
                out.push_str(&format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")));
            } else {
                out.push_str(&sequence);
            }
        }
        let mut terminal = std::io::stdout();
        let _ = terminal.write_all(out.as_bytes()).and_then(|()| terminal.flush());
    }

    /// The question in a popup over whatever the person looks at, which stays for a moment after the answer.
    fn popup(&mut self, id: &str) {
        let Ok(program) = std::env::current_exe() else { return };
        let Ok(program) = shlex::try_quote(&program.to_string_lossy()).map(std::borrow::Cow::into_owned) else {
            return;
        };
        let mut command = Command::new("tmux");
        let script = format!("{program} approve {id}; sleep 1");
        command.args(["display-popup", "-E", "-w", "90%", "-h", "80%", &script]);
        self.start(command);
    }

    fn start(&mut self, mut command: Command) {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.running.extend(command.spawn());
    }
}
