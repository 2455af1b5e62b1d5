//! The shapes, agent by agent. Each was seen in the lines of the versions it names; others are judged whole.

use super::form::{Form, Piece};
use Piece::{Added, Any, Choice, Exports, JsonLine, Line, Maybe, Name, RawUntil, Sourced, Text, Written};

/// Where Claude Code keeps what it saw of the person's shell, below the home directory.
pub(super) const CLAUDE_SNAPSHOTS: &str = ".claude/shell-snapshots";

/// How each of Claude Code's lines ends: with the directory that the line leaves behind, for the next one.
const CLAUDE_MARK: &[Piece] = &[Text(" && pwd -P >| "), Written("/claude-", "-cwd")];

/// Claude Code. Its lines begin with what they load or switch off.
pub(super) const CLAUDE: &[Form] = &[
    // 2.1.197 to 2.1.329, bash and zsh, with the text of a session-start hook between where there is one.
    Form {
        agent: "claude-code",
        pieces: &[
            Maybe(&[
                Text("source "),
                Sourced(CLAUDE_SNAPSHOTS),
                Text(" 2>/dev/null || true && "),
                Maybe(&[Exports, Text(": && ")]),
            ]),
            Choice(&[
                &[Text("\\builtin shopt -u extglob 2>/dev/null || true && ")],
                &[Text("shopt -u extglob 2>/dev/null || true && ")],
                &[Text("setopt NO_EXTENDED_GLOB NO_BARE_GLOB_QUAL 2>/dev/null || true && ")],
                &[Text("setopt NO_EXTENDED_GLOB 2>/dev/null || true && ")],
                &[
                    Text("\\builtin setopt NO_EXTENDED_GLOB NO_BARE_GLOB_QUAL NO_BRACE_CCL NO_MAGIC_EQUAL_SUBST "),
                    Text("NO_EQUALS 2>/dev/null || true && "),
                ],
                &[
                    Text("{ \\builtin shopt -u extglob || \\builtin setopt NO_EXTENDED_GLOB NO_BARE_GLOB_QUAL "),
                    Text("NO_BRACE_CCL NO_MAGIC_EQUAL_SUBST NO_EQUALS; } >/dev/null 2>&1 || true && "),
                ],
            ]),
            Any(&[
                Text("{ \\builtin unalias -- '"),
                Name,
                Text("'; \\builtin unset -f -- '"),
                Name,
                Text("'; } >/dev/null 2>&1 || true && "),
            ]),
            Text("eval "),
            Line,
            Maybe(&[Text(" < /dev/null")]),
            Choice(&[CLAUDE_MARK]),
        ],
        splices: false,
        own_command: &[],
        tail: "pwd -P",
    },
    // 1.0.60 to 2.1.50: the redirection is an argument of eval.
    Form {
        agent: "claude-code",
        pieces: &[
            Maybe(&[
                Text("source "),
                Sourced(CLAUDE_SNAPSHOTS),
                Text(" && "),
                Maybe(&[Text("shopt -u extglob 2>/dev/null || true && ")]),
            ]),
            Text("eval "),
            Line,
            Maybe(&[Text(" \\< /dev/null"), Added(" < /dev/null")]),
            Choice(&[CLAUDE_MARK]),
        ],
        splices: true,
        own_command: &[],
        tail: "pwd -P",
    },
];

/// Gemini CLI and Zed: their lines stand as they are between lines of the agent's own.
pub(super) const RAW: &[Form] = &[
    // Gemini CLI 0.61.0.
    Form {
        agent: "gemini-cli",
        pieces: &[
            Text("shopt -u promptvars nullglob extglob nocaseglob dotglob; _bgpids_file="),
            Written("/gemini-shell-", "/bgpids.tmp"),
            Text("\n(\n  trap 'jobs -p > \"$_bgpids_file\"' EXIT\n"),
            RawUntil("\n)\n__code=$?\nexit $__code"),
        ],
        splices: false,
        own_command: &["jobs", "-p"],
        tail: "",
    },
    // Zed, from 2026 on.
    Form {
        agent: "zed",
        pieces: &[Text("exec </dev/null\n"), RawUntil("")],
        splices: false,
        own_command: &[],
        tail: "",
    },
    // Zed before.
    Form { agent: "zed", pieces: &[Text("("), RawUntil(") </dev/null")], splices: false, own_command: &[], tail: "" },
];

/// opencode 1.18.33, when the person types `!` before a line.
pub(super) const OPENCODE: &[Form] = &[
    Form {
        agent: "opencode",
        pieces: &[
            Text("\n        shopt -s expand_aliases\n"),
            Text("        [[ -f ~/.bashrc ]] && source ~/.bashrc >/dev/null 2>&1 || true\n"),
            Text("        cd -- \"$1\"\n        eval "),
            JsonLine("cd -- \"$1\"\neval "),
            Text("\n      "),
        ],
        splices: false,
        own_command: &[],
        tail: "",
    },
    Form {
        agent: "opencode",
        pieces: &[
            Text("\n        [[ -f ~/.zshenv ]] && source ~/.zshenv >/dev/null 2>&1 || true\n"),
            Text(
                "        [[ -f \"${ZDOTDIR:-$HOME}/.zshrc\" ]] && source \"${ZDOTDIR:-$HOME}/.zshrc\" >/dev/null 2>&1 || true\n",
            ),
            Text("        cd -- \"$1\"\n        eval "),
            JsonLine("cd -- \"$1\"\neval "),
            Text("\n      "),
        ],
        splices: false,
        own_command: &[],
        tail: "",
    },
];
