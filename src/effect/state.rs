//! What the shell holds at a point of the line.

use super::files::Overlay;
use super::start::Start;
use super::table::Table;
use super::value::{Text, Value, Variable};
use super::world::World;
use crate::grammar::Known;
use crate::syntax::{Command, ReadOptions};
use std::ops::{Deref, DerefMut};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::rc::Rc;

/// Name references followed from one to the next; more lead round in a circle.
const MOST_REFERENCES: u32 = 8;
/// Most working directories that are kept apart.
const MOST_PLACES: usize = 8;

/// A directory the shell may be in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which, as the shell calls it (links not resolved); `None`: not known.
    pub(crate) path: Option<PathBuf>,
    /// It is where the line means to be; false for the place a failed `cd` leaves it in.
    pub(crate) meant: bool,
}

/// Shell options that change what a line does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) errexit: bool,
    pub(crate) nounset: bool,
    pub(crate) noglob: bool,
    pub(crate) noclobber: bool,
    pub(crate) noexec: bool,
    pub(crate) nullglob: bool,
    pub(crate) dotglob: bool,
    pub(crate) extglob: bool,
    pub(crate) globstar: bool,
    pub(crate) nocaseglob: bool,
    pub(crate) nocasematch: bool,
    pub(crate) expand_aliases: bool,
    pub(crate) posix: bool,
    pub(crate) zsh: bool,
    pub(crate) allexport: bool,
}

/// Where standard input comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Input {
    /// From whoever started the shell.
    Inherited,
    /// This text.
    Text(Text),
    /// This file, or one of which nothing is known.
    File(Known),
}

/// The bodies a function may have; `None` among them when it may be undefined.
pub(crate) type Bodies = Vec<Option<Rc<Command>>>;

/// A command name that stands for something else, and for which file when that is known.
pub(crate) type Rebound = (Vec<u8>, Option<Vec<u8>>);

/// What the shell holds at a point of the line. It is handed from command to command and copied wherever the line forks, so
/// it is one pointer, and what copies hold is shared until one of them changes it.
#[derive(Clone, Debug)]
pub(crate) struct State(Rc<Holdings>);

impl Deref for State {
    type Target = Holdings;

    fn deref(&self) -> &Holdings {
        &self.0
    }
}

impl DerefMut for State {
    fn deref_mut(&mut self) -> &mut Holdings {
        Rc::make_mut(&mut self.0)
    }
}

/// The parts of a [`State`].
#[derive(Clone, Debug)]
pub(crate) struct Holdings {
    /// Where it may be.
    pub(crate) places: Vec<Place>,
    /// `pushd`'s stack.
    pub(crate) stack: Vec<Option<PathBuf>>,
    /// Variables the line has set (`Value::Unset` for unset ones).
    pub(crate) variables: Rc<Table<Vec<u8>, Variable>>,
    /// Values hidden by `local`, one list a running function.
    pub(crate) hidden: Vec<Vec<(Vec<u8>, Option<Variable>)>>,
    /// `$0`.
    pub(crate) zero: Text,
    /// `$$`, when it is known.
    pub(crate) pid: Option<u32>,
    /// `$1` and on; `None` when not known.
    pub(crate) positional: Option<Vec<Text>>,
    /// Where `getopts` goes on: which word, and which letter of it.
    pub(crate) option: (usize, usize),
    /// The file the commands stand in (`BASH_SOURCE`); `None` for the line itself.
    pub(crate) source: Option<Text>,
    /// Functions defined.
    pub(crate) functions: Rc<Table<Vec<u8>, Bodies>>,
    /// Aliases defined.
    pub(crate) aliases: Rc<Table<Vec<u8>, Text>>,
    /// Functions that shells started from this one have too.
    pub(crate) exported: Rc<Vec<Vec<u8>>>,
    /// Programs given another path by `hash -p`, or builtins disabled by `enable -n` (no path).
    pub(crate) rebound: Rc<Vec<Rebound>>,
    /// Options.
    pub(crate) options: Options,
    /// Texts of `trap`, by condition.
    pub(crate) traps: Vec<(Vec<u8>, Text)>,
    /// Changes to files.
    pub(crate) overlay: Overlay,
    /// Standard input.
    pub(crate) input: Input,
    /// What was written to standard output, when somebody keeps it.
    pub(crate) output: Option<Text>,
    /// The shell runs on another machine or in a container, of which nothing is known.
    pub(crate) foreign: bool,
    /// Sources of copies and moves whose success was not checked.
    pub(crate) unchecked: Vec<PathBuf>,
}

impl State {
    /// The state a shell starts in.
    pub(crate) fn new(world: &dyn World, start: &Start) -> Self {
        let options = Options {
            errexit: start.errexit,
            nounset: start.nounset,
            extglob: start.extglob,
            posix: start.posix,
            zsh: start.zsh,
            expand_aliases: start.expand_aliases || start.posix || start.interactive,
            ..Options::default()
        };
        Self(Rc::new(Holdings {
            places: vec![Place { path: Some(world.working_directory()), meant: true }],
            stack: Vec::new(),
            variables: Rc::default(),
            hidden: Vec::new(),
            zero: Text::exactly(start.zero.clone()),
            pid: start.pid,
            positional: Some(start.positional.iter().cloned().map(Text::exactly).collect()),
            option: (1, 1),
            source: None,
            functions: Rc::default(),
            aliases: Rc::default(),
            exported: Rc::default(),
            rebound: Rc::default(),
            options,
            traps: Vec::new(),
            overlay: Overlay::default(),
            input: Input::Inherited,
            output: None,
            foreign: false,
            unchecked: Vec::new(),
        }))
    }

    /// Its parts, to be taken over one by one.
    pub(crate) fn into_parts(self) -> Holdings {
        Rc::unwrap_or_clone(self.0)
    }

    /// The state of a shell on another machine, or in a container: nothing of it is known.
    pub(crate) fn abroad(&self) -> Self {
        let mut state = self.clone();
        state.places = vec![Place { path: None, meant: true }];
        state.stack.clear();
        state.variables = Rc::default();
        state.positional = Some(Vec::new());
        state.functions = Rc::default();
        state.aliases = Rc::default();
        state.overlay = Overlay::default();
        state.traps.clear();
        state.hidden.clear();
        state.foreign = true;
        state
    }

    /// The state a new shell started from this one has: the file system, the variables and the exported functions.
    pub(crate) fn child_shell(&self) -> Self {
        let mut state = self.clone();
        if state.exported.is_empty() {
            state.functions = Rc::default();
        } else {
            let exported = state.exported.clone();
            Rc::make_mut(&mut state.functions).retain(|name, _| exported.contains(name));
        }
        state.aliases = Rc::default();
        state.traps.clear();
        state.hidden.clear();
        state.stack.clear();
        state.rebound = Rc::default();
        state.options = Options::default();
        state.positional = Some(Vec::new());
        state.option = (1, 1);
        state.source = None;
        state
    }

    /// The one place, or the one meant. A simple command is evaluated in each place by itself.
    pub(crate) fn place(&self) -> &Place {
        const NOWHERE: &Place = &Place { path: None, meant: true };
        self.places.iter().find(|place| place.meant).or(self.places.first()).unwrap_or(NOWHERE)
    }

    /// The working directory as text.
    pub(crate) fn place_text(&self) -> Text {
        match self.places.as_slice() {
            [Place { path: Some(path), .. }] => Text::exactly(path.as_os_str().as_bytes()),
            _ => Text::begins("/", false),
        }
    }

    /// Sets a variable, keeping its attributes. A name reference sets what it names; one that leads back to itself sets
    /// nothing, and bash warns.
    pub(crate) fn set(&mut self, name: &[u8], value: Value) {
        let variables = Rc::make_mut(&mut self.variables);
        let mut name = name.to_vec();
        for _ in 0..MOST_REFERENCES {
            match variables.get_mut(&name) {
                Some(variable) if variable.reference => {
                    match variable.value.scalar().and_then(|text| text.exact().map(<[u8]>::to_vec)) {
                        Some(target) => name = target,
                        None => return,
                    }
                }
                Some(variable) => {
                    variable.value = match (value, variable.letters) {
                        _ if variable.integer => Value::Scalar(Text::word()),
                        (Value::Scalar(text), Some(letters)) => Value::Scalar(letters.change(&text)),
                        (value, None) => value,
                        (_, Some(_)) => Value::Unknown,
                    };
                    return;
                }
                None => {
                    variables.insert(name, Variable::plain(value));
                    return;
                }
            }
        }
    }

    /// Appends to captured output.
    pub(crate) fn write(&mut self, text: &Text) {
        if let Some(output) = &mut self.output {
            output.push(text);
        }
    }

    /// How nested text is read.
    pub(crate) fn read_options(&self) -> ReadOptions {
        ReadOptions {
            extglob: self.options.extglob,
            posix: self.options.posix,
            zsh: self.options.zsh,
            foreign_charset: false,
        }
    }

    /// The state that is one or the other.
    pub(crate) fn join(mut self, other: State, world: &dyn World) -> State {
        let other = other.into_parts();
        let held: &mut Holdings = &mut self;
        for place in other.places {
            match held.places.iter_mut().find(|known| known.path == place.path) {
                Some(known) => known.meant |= place.meant,
                None => held.places.push(place),
            }
        }
        if held.places.len() > MOST_PLACES {
            held.places.truncate(MOST_PLACES - 1);
            held.places.push(Place { path: None, meant: true });
        }
        if held.stack != other.stack {
            held.stack = vec![None; held.stack.len().max(other.stack.len())];
        }
        let foreign = held.foreign;
        held.variables = join_maps(&held.variables, &other.variables, |name, left, right| match (left, right) {
            (Some(left), Some(right)) => left.join(right),
            // Set on one side only: on the other it is what the environment says.
            (Some(only), None) | (None, Some(only)) => {
                let inherited = match world.variable(name) {
                    _ if foreign => Value::Unknown,
                    Some(value) => Value::exactly(value),
                    None => Value::Unset,
                };
                Variable { value: only.value.join(&inherited), ..only.clone() }
            }
            (None, None) => Variable::plain(Value::Unknown),
        });
        held.functions = join_maps(&held.functions, &other.functions, |_, left, right| {
            let mut bodies: Bodies = Vec::new();
            for side in [left, right] {
                match side {
                    Some(more) => {
                        bodies.extend(more.iter().filter(|body| !bodies.contains(body)).cloned().collect::<Vec<_>>())
                    }
                    None if !bodies.contains(&None) => bodies.push(None),
                    None => {}
                }
            }
            bodies
        });
        held.aliases = join_maps(&held.aliases, &other.aliases, |_, left, right| match (left, right) {
            (Some(left), Some(right)) => left.join(right),
            (Some(only), None) | (None, Some(only)) => only.clone(),
            (None, None) => Text::unknown(),
        });
        for name in other.rebound.iter() {
            if !held.rebound.contains(name) {
                Rc::make_mut(&mut held.rebound).push(name.clone());
            }
        }
        for name in other.exported.iter() {
            if !held.exported.contains(name) {
                Rc::make_mut(&mut held.exported).push(name.clone());
            }
        }
        held.options.allexport |= other.options.allexport;
        if held.positional != other.positional {
            held.positional = None;
        }
        if held.option != other.option {
            held.option = (0, 1);
        }
        if held.source != other.source {
            held.source = Some(Text::unknown());
        }
        held.options.errexit &= other.options.errexit;
        held.options.nounset &= other.options.nounset;
        held.options.noclobber &= other.options.noclobber;
        held.options.noexec &= other.options.noexec;
        held.options.noglob &= other.options.noglob;
        held.options.expand_aliases |= other.options.expand_aliases;
        held.options.dotglob |= other.options.dotglob;
        held.options.extglob |= other.options.extglob;
        held.options.globstar |= other.options.globstar;
        held.options.nocaseglob |= other.options.nocaseglob;
        held.options.nocasematch |= other.options.nocasematch;
        for trap in other.traps {
            if !held.traps.contains(&trap) {
                held.traps.push(trap);
            }
        }
        held.overlay = held.overlay.join(&other.overlay);
        if held.input != other.input {
            held.input = Input::Text(Text::unknown());
        }
        held.output = match (held.output.take(), other.output) {
            (Some(left), Some(right)) => Some(left.join(&right)),
            _ => None,
        };
        for path in other.unchecked {
            if !held.unchecked.contains(&path) {
                held.unchecked.push(path);
            }
        }
        self
    }

    /// After a loop that ran an unknown number of times: what differs from `before` is no longer known.
    pub(crate) fn widened(mut self, before: &State) -> State {
        if !Rc::ptr_eq(&self.variables, &before.variables) {
            let mut variables = (*self.variables).clone();
            for (name, variable) in &mut variables {
                if before.variables.get(name) != Some(variable) {
                    variable.value = std::mem::replace(&mut variable.value, Value::Unknown).collapsed();
                    if let (Value::Scalar(text), Some(Variable { value: Value::Scalar(old), .. })) =
                        (&variable.value, before.variables.get(name))
                    {
                        variable.value = Value::Scalar(text.join(old));
                    }
                }
            }
            self.variables = Rc::new(variables);
        }
        self
    }
}

type Map<V> = Rc<Table<Vec<u8>, V>>;

fn join_maps<V: Clone + PartialEq>(
    left: &Map<V>,
    right: &Map<V>,
    join: impl Fn(&[u8], Option<&V>, Option<&V>) -> V,
) -> Map<V> {
    if Rc::ptr_eq(left, right) {
        return left.clone();
    }
    let mut joined = Table::default();
    for name in left.keys().chain(right.keys()) {
        if !joined.contains_key(name) {
            let (one, other) = (left.get(name), right.get(name));
            let value = match one {
                Some(value) if Some(value) == other => value.clone(),
                _ => join(name, one, other),
            };
            joined.insert(name.clone(), value);
        }
    }
    Rc::new(joined)
}
