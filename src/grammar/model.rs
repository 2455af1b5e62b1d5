//! The shape of a grammar file. `build.rs` compiles the shipped files with this very module, so it names no other
//! module of the crate. The format is explained in `grammars/README.md`.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One `grammars/<family>/<program>.toml`, or one subcommand in it: how a program reads its arguments and what it
/// does to each. Facts only, true for everybody.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Grammar {
    /// Names it is called by, without directory; for a subcommand, its aliases.
    pub names: Vec<String>,
    /// The manual and version the facts were read from (programs only).
    pub source: String,
    /// One line for people.
    pub summary: String,
    /// How options and operands are told apart; a subcommand inherits it.
    pub parsing: Option<Parsing>,
    /// The program's options are also recognised behind its subcommand (`kubectl get -n x`; not `git`).
    pub options_anywhere: bool,
    /// `-h` prints help and stops (it means something else in many tools, so it is off unless stated). `--help` and
    /// `--version` always do, unless the grammar itself lists them.
    pub short_help: bool,
    /// Called with a version behind its name it is the same program (`python3.11`, `gcc-12`, `pip3`).
    pub versioned: bool,
    /// Options that are not listed are harmless; whether the next word is their argument cannot be told. For tools
    /// with hundreds of options of which none matters beyond those listed.
    pub any_options: bool,
    /// An option-argument of its own word never begins with a dash (argparse, clap, yargs; not getopt or pflag, which take
    /// any word): what follows an option that is not listed is an option all the same.
    pub undashed_arguments: bool,
    /// Options that change nothing about what happens to the world: spellings separated by white space, `=ARG` for a
    /// required and `[=ARG]` for an optional option-argument: `"-a --all --color[=WHEN] -w=COLS --width=COLS"`.
    pub flags: String,
    /// Options that matter, keyed by their spellings: `"-o, --output=FILE"`.
    pub options: BTreeMap<String, OptionSpec>,
    /// Operands in order.
    pub operands: Vec<OperandSpec>,
    /// What happens besides what is done to operands and option-arguments.
    pub effects: Vec<EffectSpec>,
    /// Facts about everything outward it does (`{ namespace = "-n" }`), by the ways of an effect's own facts, which win.
    /// A subcommand inherits those above it.
    pub facts: BTreeMap<String, String>,
    /// What else says where that goes: files and variables the tool itself reads. A subcommand inherits it.
    pub context: Vec<Context>,
    /// Labels every effect of this invocation carries (`force`, `all`, `production` …), for rules to match.
    pub tags: Vec<String>,
    /// Alternatives: the first whose conditions hold replaces operands and effects (options still add theirs).
    pub forms: Vec<Form>,
    /// Subcommands by name.
    pub sub: BTreeMap<String, Grammar>,
    /// Name of a hand-written reader for argument languages a table cannot express (`find`, `dd`, `xargs` …).
    pub reader: Option<String>,
    /// Lines and what they are, checked through `agentshctl check` (programs only; at least two, one of them a near
    /// miss that must *not* have the effect).
    pub examples: Vec<Example>,
    /// Subcommands of a compiled grammar: name or alias and number of the blob it is decoded from when it is met.
    #[serde(skip)]
    pub shelf: &'static [(&'static str, u32)],
}

/// How options and operands are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parsing {
    /// GNU getopt_long: operands and options mixed, `--` ends options, long options may be abbreviated, short ones
    /// bundled, `-ovalue`, `--opt=value`.
    #[default]
    Gnu,
    /// POSIX getopt: the first operand ends the options; long options as in `Gnu` where listed.
    Posix,
    /// Mixed like `Gnu`, but long options are never abbreviated (Go's cobra, Rust's clap, node tools).
    Exact,
    /// Long options with one dash (`-name value`, `-name=value`), no bundling; double dash is accepted too (Go's
    /// flag package, terraform, java, find-like tools).
    SingleDash,
    /// No options at all: every word is an operand.
    None,
}

/// Files and variables in which the person's set-up says what a tool acts on when the line does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    /// The profile, region and account of AWS: `AWS_*`, `~/.aws/config`.
    Aws,
    /// The subscription of Azure: `~/.azure`.
    Azure,
    /// The crate: `Cargo.toml`.
    Cargo,
    /// The database of the project: `DATABASE_URL` and its like, `.env`, `config/database.yml`.
    Database,
    /// The docker host: `DOCKER_*`, `~/.docker/config.json`.
    Docker,
    /// The project and account of Firebase: `.firebaserc`.
    Firebase,
    /// The app of Fly: `fly.toml`.
    Fly,
    /// The repository on a forge: `GH_REPO`, else the remote.
    Forge,
    /// The configuration of Google Cloud: `CLOUDSDK_*`, `~/.config/gcloud`.
    Gcloud,
    /// The app of Heroku: `HEROKU_APP`, else the remote.
    Heroku,
    /// Kubernetes: `KUBECONFIG`, `~/.kube/config`.
    Kubernetes,
    /// MySQL's client: `~/.my.cnf`, `MYSQL_*`.
    Mysql,
    /// The site of Netlify: `.netlify/state.json`.
    Netlify,
    /// The package and its registry: `package.json`, `.npmrc`.
    Npm,
    /// PostgreSQL's client: `PG*`, connection strings, the service file.
    Postgres,
    /// The stack of Pulumi: `Pulumi.yaml`, `~/.pulumi`.
    Pulumi,
    /// The project and its index: `pyproject.toml`, `~/.pypirc`.
    Python,
    /// The project of Railway: `~/.railway/config.json`.
    Railway,
    /// The service of the Serverless Framework: `serverless.yml`.
    Serverless,
    /// The host an `ssh` name stands for: `~/.ssh/config`.
    Ssh,
    /// The project of Supabase: `supabase/.temp`.
    Supabase,
    /// Workspace, backend and state of Terraform: `.terraform`, `TF_*`.
    Terraform,
    /// The server of Vault: `VAULT_*`.
    Vault,
    /// The project of Vercel: `.vercel/project.json`.
    Vercel,
    /// The worker of Cloudflare: `wrangler.toml`.
    Wrangler,
}

/// What an option means.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct OptionSpec {
    /// What its option-argument is. `text` unless stated.
    pub kind: Kind,
    /// What is done to its option-argument.
    pub access: Vec<Access>,
    /// The language, for `kind = "code"`.
    pub language: String,
    /// Effects the option adds.
    pub effects: Vec<EffectSpec>,
    /// Labels the option adds to every effect of the invocation.
    pub tags: Vec<String>,
    /// The option-argument is every word that follows, up to `;` or the end (`find -exec`, `xterm -e`).
    pub rest: bool,
    /// With `rest`: words that the line does not show are added to the command (`fd -x`).
    pub appended: bool,
    /// Prints something and stops: the invocation does nothing else (`-V`, `unzip -l`).
    pub stops: bool,
    /// Options end behind it: all further words are operands (`python -c CODE`, `python -m MODULE`).
    pub last: bool,
}

/// An operand, or a run of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct OperandSpec {
    /// Its name in the manual (`FILE`), which `target` may refer to.
    pub name: String,
    /// How many.
    pub arity: Arity,
    /// What it is. `path` when `access` names a file access, else `text`.
    pub kind: Kind,
    /// What is done to it.
    pub access: Vec<Access>,
    /// The language, for `kind = "code"`.
    pub language: String,
    /// Labels of what is done to it.
    pub tags: Vec<String>,
}

/// How many arguments an operand takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arity {
    /// Exactly one.
    #[default]
    One,
    /// None or one.
    Optional,
    /// Any number.
    Any,
    /// At least one.
    Some,
}

/// An alternative reading of an invocation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Form {
    /// Conditions, all of which must hold. `"-i"`: given, in any spelling. `"!-i"`: not given. `"-X=GET|HEAD"`: given
    /// with one of these arguments (letters in either case; the last one given counts; an empty alternative is the
    /// option without argument). `"operands"`, `"no-operands"`, `"operands>1"`, `"operands<2"`. `"1=set|add"`: the first
    /// operand is one of these. `"called=gunzip|zcat"`: the name the program is called by. `*` in an alternative
    /// stands for any text; `!` before an atom turns it round.
    pub when: Vec<String>,
    /// Replaces the operands; absent keeps them.
    pub operands: Option<Vec<OperandSpec>>,
    /// Replaces the effects.
    pub effects: Vec<EffectSpec>,
    /// Added labels.
    pub tags: Vec<String>,
}

/// Something that happens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct EffectSpec {
    /// What happens.
    pub access: Access,
    /// To what kind of thing.
    pub kind: Kind,
    /// Which one: the `name` of an operand, a spelling of an option (its argument), or `=text` literally. Empty:
    /// the thing cannot be named from the line.
    pub target: String,
    /// The language, for `access = "code"` or `"execute"`.
    pub language: String,
    /// More about it for the card, by the same three ways: `{ branch = "REFSPEC", host = "--host" }`.
    pub facts: BTreeMap<String, String>,
    /// Labels of this effect alone.
    pub tags: Vec<String>,
    /// It may or may not happen.
    pub possible: bool,
}

/// A line and what it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Example {
    /// The line.
    pub line: String,
    /// `read-only`, `reversible`, `opaque` or `irreversible`.
    pub is: String,
    /// Effects that must be among those found, as `verb name` (`delete build`, `push origin`).
    pub effects: Vec<String>,
    /// Effects that must not be found.
    pub not: Vec<String>,
}

/// What is done to something. Effects combine by maximum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Nothing known: the weakest statement, and never read-only.
    #[default]
    Unknown,

    // Files: nothing changes.
    /// Its contents are read.
    Read,
    /// Its entries or attributes are read, perhaps recursively.
    List,
    /// Later paths of the invocation are relative to it.
    Chdir,

    // Files: something changes.
    /// Comes into being; an existing one is left alone (`mkdir`, `mktemp`).
    Create,
    /// Is created, or its contents are replaced (`>`, `cp` onto it, `tee`).
    Write,
    /// Is created, or grows at its end.
    Append,
    /// Its contents are changed in place (`sed -i`, `truncate`, `dd conv=notrunc`).
    Modify,
    /// Names below it are created or replaced, which cannot be told from the line (`tar -x`, `cp -r` into it).
    WriteTree,
    /// As `write-tree`, and names below it may vanish (`rsync --delete`).
    SyncTree,
    /// The name goes: a file, a link or an empty directory.
    Delete,
    /// The name and everything below goes.
    DeleteTree,
    /// The name goes elsewhere (the source of `mv`).
    Move,
    /// Mode, owner, times, attributes.
    Metadata,
    /// The same for everything below.
    MetadataTree,
    /// Gets one more name (`ln`): the new name is `create` or `write`.
    Link,
    /// Overwritten so that it cannot be had back (`shred`).
    Wipe,

    // Git's own files (kind `git`; `target` names the repository, else the one around the working directory).
    /// Only `.git/index`.
    GitIndex,
    /// Refs, logs, `HEAD` and the like; perhaps new objects.
    GitRefs,
    /// Refs and index, and tracked files of the work tree.
    GitWorktree,
    /// As `git-worktree`, and untracked files.
    GitUntracked,
    /// As `git-untracked`, and ignored files.
    GitIgnored,
    /// `.git/config`, hooks.
    GitConfig,
    /// Destroys what git itself would undo with (`gc --prune=now`, `reflog expire`).
    GitHistory,

    // Code.
    /// A program file is run whose doings the line does not show.
    Execute,
    /// The words are a command line of their own: judged as one.
    Command,
    /// The text is shell code: read as a script.
    Shell,
    /// The file is a shell script that this shell runs.
    Source,
    /// The text or file is code in `language`.
    Code,

    // Processes and this machine.
    /// A signal is sent.
    Signal,
    /// A service is started, stopped or changed.
    Service,
    /// Packages come to the machine, outside the scope.
    Install,
    /// Packages leave the machine.
    Uninstall,
    /// System or user configuration changes in a way that lasts.
    Configure,
    /// A job is left for later (`at`, `crontab`).
    Schedule,
    /// Accounts, passwords, rights.
    Account,
    /// File systems are mounted or unmounted.
    Mount,
    /// A device or file system is overwritten.
    Format,
    /// The machine stops or restarts.
    Power,
    /// Network set-up of the machine changes.
    Network,

    // Outward.
    /// An ordinary fetch: something is asked for and only comes in.
    Fetch,
    /// A connection whose traffic the line does not show.
    Connect,
    /// Something goes out: a request that changes things, a message, an upload.
    Send,
    /// Commits or other versions go to a shared place.
    Push,
    /// A version becomes public under a name that cannot be had back.
    Publish,
    /// Running systems change.
    Deploy,
    /// A command runs on another machine.
    Remote,
    /// A service of this machine becomes reachable.
    Listen,

    // Data and resources behind a service.
    /// Read only.
    Query,
    /// Data behind a service changes.
    ChangeData,
    /// Data behind a service is dropped.
    DropData,
    /// A cloud, cluster or container resource comes into being.
    CreateResource,
    /// … is changed.
    ChangeResource,
    /// … goes.
    DeleteResource,

    // Secrets.
    /// A secret is printed or handed on.
    Reveal,
}

/// What kind of thing an argument or an effect's object is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Not said: `path` when a file access is stated, else `text`.
    #[default]
    Default,
    /// Plain text: a number, a pattern, a message. Nothing is done to it.
    Text,
    /// A path of a file or directory.
    Path,
    /// A path, or `host:path` / `host::path` / a URL (scp, rsync, git clone).
    RemotePath,
    /// This word and all that follow are a command line.
    Command,
    /// Shell code.
    Shell,
    /// Code in a language named beside it.
    Code,
    /// `NAME=VALUE`, set in the environment of what is run.
    Variable,
    /// A host, perhaps `user@host` or `host:port`.
    Host,
    /// A URL.
    Url,
    /// A git repository (its `.git`).
    Git,
    /// A git remote: its name or URL.
    GitRemote,
    /// A git ref or refspec.
    GitRef,
    /// A package, perhaps with version.
    Package,
    /// A registry packages or images go to.
    Registry,
    /// A container image.
    Image,
    /// A container.
    Container,
    /// A volume.
    Volume,
    /// A service unit.
    Service,
    /// A process id or a pattern of names.
    Process,
    /// A user or group.
    User,
    /// A database, or its connection string.
    Database,
    /// A resource of a cloud, cluster or forge.
    Resource,
    /// A device or file system.
    Device,
    /// This machine.
    System,
    /// A secret.
    Secret,
    /// Code of the project or of a package, run by a tool (`make`, `npm run`).
    Project,
}
