//! What a person sets in `config.toml`.

use super::budget::Budget;
use super::complaint::Complaint;
use super::contact::Contact;
use super::glob::Glob;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The settings of one file, or of several laid over each other. What is absent has the default its doc comment says.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The real shell, instead of the first one of our name on PATH that is not us.
    pub shell: Option<PathBuf>,
    /// The scope's root, instead of the checkout around the working directory. Absolute, or `~/…`.
    pub scope: Option<PathBuf>,
    /// When set, only these paths of the scope may be changed without a question.
    pub write: Vec<Glob>,
    /// Paths that no line may change.
    pub deny: Vec<Glob>,
    /// Paths whose change is asked about, in the scope or not.
    pub protect: Vec<Glob>,
    /// Places beyond the scope where programs keep caches and state of their own, beside the built-in list: a running
    /// program may change them without a question.
    pub tool_state: Vec<Glob>,
    /// What becomes of lines that run code they do not show; `allow`.
    pub opaque: Option<Opaque>,
    /// How long a line waits for a person's answer before it is refused, in seconds; 20. With 0 it is refused at once.
    pub hold: Option<u64>,
    /// What is set for one agent, by its name (`claude-code`, `codex` …).
    pub agent: BTreeMap<String, OneAgent>,
    /// What the desk runs when a question waits: a program and its arguments, behind which a title and a text are put.
    pub notify: Vec<String>,
    /// The text of a notification has the line in it; false.
    pub notify_line: Option<bool>,
    /// In tmux, the desk puts a question before the person in a popup; false.
    pub popup: Option<bool>,
    /// What a session may do before a person looks.
    pub budget: Budget,
    /// What may be kept of one file and of one step.
    pub limits: Limits,
    /// Lines that change nothing are recorded too; false.
    pub journal_reads: Option<bool>,
    /// What becomes of connections to other machines, and of lines that fetch from or connect to them; `allow`.
    pub network: Option<Network>,
    /// Other ends that are never asked about.
    pub network_allow: Vec<Contact>,
    /// Other ends that are asked about once a session, whatever `network` says.
    pub network_ask: Vec<Contact>,
    /// Other ends that nothing may connect to, whatever anyone answers.
    pub network_deny: Vec<Contact>,
    /// Ports of other machines that are asked about once a session, because databases are behind them.
    pub database_ports: Option<Vec<u16>>,
    /// The kernel holds guarded lines to the scope (Landlock), whatever the guard sees; false.
    pub hard_scope: Option<bool>,
    /// Lines that change something, or run code they do not show, are watched while they run; `off`.
    pub guard: Option<Watch>,
    /// What agents' sessions may do to branches; `free`.
    pub git: Option<GitUse>,
    /// Branches that are protected beside the default one, with `*` for any text.
    pub git_protected: Vec<String>,
}

/// What is set for one agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OneAgent {
    /// Instead of the general `hold`.
    pub hold: Option<u64>,
}

/// Whether running lines are watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Watch {
    /// They are judged before they run, and not watched.
    Off,
    /// Lines that do more than can be read from them are watched, where this machine can do it: every program they start is
    /// judged, and what they change is kept first. What changes files in ways that can be undone, and no more, needs none.
    #[default]
    Auto,
    /// All lines that change something are watched; where it cannot be done, lines that run code they do not show are asked
    /// about.
    On,
}

/// What agents' sessions may do to branches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GitUse {
    /// Whatever the rules allow.
    #[default]
    Free,
    /// Commits go to branches of the session's own; the default branch and protected ones are neither moved nor pushed.
    BranchOnly,
}

/// What becomes of lines that run code they do not show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Opaque {
    /// They run.
    #[default]
    Allow,
    /// A person decides.
    Ask,
}

/// What becomes of lines and programs that fetch or connect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// They run.
    #[default]
    Allow,
    /// A person decides about every line that says so, unless the other end is this machine.
    Ask,
    /// A person decides about every other end that is new in the session: with the guard when a program connects to it.
    AskNew,
    /// They do not.
    Deny,
}

/// What may be kept, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Of one file; 256 MiB.
    pub file: Option<u64>,
    /// Of one step; 2 GiB.
    pub step: Option<u64>,
}

impl Limits {
    /// The most that is kept of one file, in bytes.
    pub fn file_bytes(&self) -> u64 {
        self.file.unwrap_or(256 << 20)
    }

    /// The most that is kept in one step, in bytes.
    pub fn step_bytes(&self) -> u64 {
        self.step.unwrap_or(2 << 30)
    }
}

impl Settings {
    /// The settings of a file, or what is wrong with it.
    pub fn parse(file: &str, text: &str) -> Result<Self, Complaint> {
        let settings: Self = toml::from_str(text).map_err(|error| Complaint::from_toml(file, text, &error))?;
        let absolute = |path: &PathBuf| path.is_absolute() || path.starts_with("~");
        for (key, path) in [("shell", &settings.shell), ("scope", &settings.scope)] {
            if path.as_ref().is_some_and(|path| !absolute(path)) {
                let offset = text.lines().take_while(|line| !line.trim_start().starts_with(key));
                let offset = offset.map(|line| line.len() + 1).sum();
                return Err(Complaint::at(
                    file,
                    text,
                    offset,
                    key,
                    "the path is not absolute",
                    "an absolute path or ~/…",
                ));
            }
        }
        Ok(settings)
    }

    /// These settings with those of a file that is nearer to the person laid over them: what it sets wins, except that
    /// lists of paths and of other ends add up (`write` does not).
    pub fn under(self, nearer: Self) -> Self {
        Self {
            shell: nearer.shell.or(self.shell),
            scope: nearer.scope.or(self.scope),
            write: if nearer.write.is_empty() { self.write } else { nearer.write },
            deny: joined(self.deny, nearer.deny),
            protect: joined(self.protect, nearer.protect),
            tool_state: joined(self.tool_state, nearer.tool_state),
            opaque: nearer.opaque.or(self.opaque),
            hold: nearer.hold.or(self.hold),
            agent: {
                let mut agents = self.agent;
                for (name, nearer) in nearer.agent {
                    let own = agents.entry(name).or_default();
                    own.hold = nearer.hold.or(own.hold);
                }
                agents
            },
            budget: self.budget.under(nearer.budget),
            notify: if nearer.notify.is_empty() { self.notify } else { nearer.notify },
            notify_line: nearer.notify_line.or(self.notify_line),
            popup: nearer.popup.or(self.popup),
            limits: Limits {
                file: nearer.limits.file.or(self.limits.file),
                step: nearer.limits.step.or(self.limits.step),
            },
            journal_reads: nearer.journal_reads.or(self.journal_reads),
            network: nearer.network.or(self.network),
            network_allow: joined(self.network_allow, nearer.network_allow),
            network_ask: joined(self.network_ask, nearer.network_ask),
            network_deny: joined(self.network_deny, nearer.network_deny),
            database_ports: nearer.database_ports.or(self.database_ports),
            hard_scope: nearer.hard_scope.or(self.hard_scope),
            guard: nearer.guard.or(self.guard),
            git: nearer.git.or(self.git),
            git_protected: joined(self.git_protected, nearer.git_protected),
        }
    }

    /// Ports behind which databases are: PostgreSQL, MySQL, SQL Server, Oracle, Db2, MongoDB, Redis, Cassandra,
    /// Elasticsearch, CouchDB, Memcached, CockroachDB, etcd, Neo4j, InfluxDB, ClickHouse.
    pub fn database_ports(&self) -> &[u16] {
        const USUAL: &[u16] = &[
            5432, 3306, 1433, 1521, 50000, 27017, 27018, 6379, 9042, 9200, 5984, 11211, 26257, 2379, 7687, 8086, 8123,
        ];
        self.database_ports.as_deref().unwrap_or(USUAL)
    }

    /// How long a line of an agent, when one is known, waits for an answer: at most a day.
    pub fn hold_time(&self, agent: Option<&str>) -> std::time::Duration {
        let own = agent.and_then(|agent| self.agent.get(agent)).and_then(|agent| agent.hold);
        std::time::Duration::from_secs(own.or(self.hold).unwrap_or(20).min(86_400))
    }
}

fn joined<T>(mut all: Vec<T>, more: Vec<T>) -> Vec<T> {
    all.extend(more);
    all
}

#[cfg(test)]
mod tests {
    use super::{Opaque, Settings};

    #[test]
    fn an_unknown_key_names_the_file_the_line_the_key_and_what_was_expected() {
        let complaint =
            Settings::parse("/c/config.toml", "shell = \"/bin/bash\"\nopaqe = \"ask\"\n").expect_err("typo");
        assert_eq!((complaint.file.as_str(), complaint.line, complaint.key.as_str()), ("/c/config.toml", 2, "opaqe"));
        assert!(complaint.expected.contains("opaque"), "{complaint}");
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named() {
        let complaint = Settings::parse("f", "# x\nopaque = \"never\"\n").expect_err("no such value");
        assert_eq!((complaint.line, complaint.key.as_str()), (2, "opaque"), "{complaint}");
        assert!(complaint.expected.contains("allow") && complaint.expected.contains("ask"), "{complaint}");
        let complaint = Settings::parse("f", "hold = 3\nwrite = [\"src/**\", 4]\n").expect_err("a number");
        assert_eq!((complaint.line, complaint.key.as_str()), (2, "write"), "{complaint}");
        let complaint = Settings::parse("f", "hold = 3\nshell = \"bash\"\n").expect_err("relative");
        assert_eq!((complaint.line, complaint.key.as_str()), (2, "shell"), "{complaint}");
    }

    #[test]
    fn nearer_settings_win_and_prohibitions_add_up() {
        let system = Settings::parse("s", "opaque = \"ask\"\nhold = 5\ndeny = [\"/prod/**\"]\n").expect("good");
        let user = Settings::parse("u", "opaque = \"allow\"\ndeny = [\"/srv/**\"]\nlimits.file = 7\n").expect("good");
        let both = system.under(user);
        assert_eq!((both.opaque, both.hold, both.deny.len()), (Some(Opaque::Allow), Some(5), 2));
        assert_eq!((both.limits.file_bytes(), both.limits.step_bytes()), (7, 2 << 30));
    }

    #[test]
    fn an_agent_may_have_a_hold_of_its_own() {
        let system = Settings::parse("s", "hold = 9\n[agent.codex]\nhold = 4\n").expect("good");
        let user = Settings::parse("u", "hold = 7\n[agent.aider]\nhold = 0\n").expect("good");
        let both = system.under(user);
        let seconds = |agent: Option<&str>| both.hold_time(agent).as_secs();
        assert_eq!([None, Some("codex"), Some("aider"), Some("other")].map(seconds), [7, 4, 0, 7]);
    }
}
