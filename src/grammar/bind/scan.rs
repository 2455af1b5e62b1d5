//! Options, subcommands and operands told apart.

use super::options::{self, Found, Listed};
use crate::grammar::model::{Grammar, Kind, Parsing};
use crate::grammar::spelling::{Takes, lists};
use crate::grammar::{Argument, Doubt, Known};

/// An option that was given.
#[derive(Clone, Debug)]
pub(in crate::grammar) struct Given<'g> {
    /// The option.
    pub option: Listed<'g>,
    /// Its option-argument.
    pub argument: Option<Argument>,
    /// The words it swallowed, for `rest`.
    pub rest: Vec<Argument>,
    /// Number of operands before it.
    pub after: usize,
    /// It may be the option-argument of the option before it, which is not listed.
    pub doubtful: bool,
}

impl Given<'_> {
    /// True when the option can be spelled so.
    pub fn is(&self, spelling: &str) -> bool {
        lists(self.option.key, spelling)
    }
}

/// An argv taken apart.
#[derive(Clone, Debug)]
pub(in crate::grammar) struct Scan<'g> {
    /// The program's grammar and those of the subcommands taken.
    pub levels: Vec<&'g Grammar>,
    /// Subcommands taken.
    pub path: Vec<String>,
    /// Options in order.
    pub given: Vec<Given<'g>>,
    /// Operands in order.
    pub operands: Vec<Argument>,
    /// Number of operands before `--`, when that word is there.
    pub dashes: Option<usize>,
    /// Why it is not fully understood.
    pub doubts: Vec<Doubt>,
    /// An option that is not listed, and is harmless as far as the grammar says.
    pub unlisted: Option<Argument>,
    /// Help or the like was asked for: nothing is done.
    pub stopped: bool,
    /// The subcommand is not known: nothing beyond the options can be said.
    pub lost: bool,
    /// The word before this one is an option that is not listed and may take this one as its option-argument.
    taking: bool,
    /// The word at hand may be such an option-argument.
    taken: bool,
    /// How the deepest level reads options.
    parsing: Parsing,
}

impl<'g> Scan<'g> {
    /// Takes `args` apart.
    pub fn of(grammar: &'g Grammar, args: &[Argument]) -> Self {
        let mut scan = Self {
            levels: vec![grammar],
            path: Vec::new(),
            given: Vec::new(),
            operands: Vec::new(),
            dashes: None,
            doubts: Vec::new(),
            unlisted: None,
            stopped: false,
            lost: false,
            taking: false,
            taken: false,
            parsing: grammar.parsing.unwrap_or_default(),
        };
        scan.run(args);
        scan
    }

    /// The grammar of the deepest level.
    pub fn deepest(&self) -> &'g Grammar {
        self.levels[self.levels.len() - 1]
    }

    /// The options given that can be spelled so. Those of the deepest level if it lists the spelling, else of all.
    pub fn all<'s>(&'s self, spelling: &'s str) -> impl DoubleEndedIterator<Item = &'s Given<'g>> + 's {
        let deepest = self.levels.len() - 1;
        let own = self.deepest().options.keys().any(|key| lists(key, spelling));
        self.given.iter().filter(move |given| given.is(spelling) && (!own || given.option.level == deepest))
    }

    fn run(&mut self, args: &[Argument]) {
        let mut ended = self.parsing == Parsing::None;
        let mut at = 0;
        while at < args.len() && !self.stopped && !self.lost {
            let argument = &args[at];
            at += 1;
            if ended || !self.may_be_option(argument) {
                self.taking = false;
                at += self.operand(argument, &args[at..], &mut ended);
                continue;
            }
            match &argument.value {
                Known::Exactly(bytes) if !argument.many => {
                    if bytes == b"--" {
                        ended = true;
                        self.dashes = Some(self.operands.len());
                    } else {
                        at += self.typed(argument, bytes, true, &args[at..], &mut ended);
                    }
                }
                Known::Begins(bytes) if !argument.many && bytes.len() > 1 => {
                    at += self.typed(argument, bytes, false, &args[at..], &mut ended);
                }
                _ => {
                    self.doubt_if_options_matter(argument, "it may be an option");
                    at += self.operand(argument, &args[at..], &mut ended);
                }
            }
        }
    }

    /// True unless the argument is certainly an operand here.
    fn may_be_option(&self, argument: &Argument) -> bool {
        match &argument.value {
            Known::Exactly(bytes) if bytes == b"-" => false,
            Known::Exactly(bytes) if bytes.first() == Some(&b'+') => options::exactly(&self.levels, bytes).is_some(),
            Known::Begins(bytes) if bytes.first() == Some(&b'+') => {
                options::visible(&self.levels).any(|option| option.spelling.text.starts_with('+'))
            }
            _ => argument.may_be_option(),
        }
    }

    /// An operand or a subcommand; `behind` are the words that follow. Answers how many of them it used.
    fn operand(&mut self, argument: &Argument, behind: &[Argument], ended: &mut bool) -> usize {
        let level = self.deepest();
        if self.operands.is_empty() && level.has_subcommands() {
            let name = argument.literal();
            if let Some((name, sub)) = name.and_then(|name| Some((name, level.subcommand(name)?))) {
                let pattern = sub.names.first().is_none_or(|own| own.contains('*'));
                let taken = String::from_utf8_lossy(name).into_owned();
                self.path.push(if pattern { taken } else { sub.names[0].clone() });
                self.levels.push(sub);
                if let Some(parsing) = sub.parsing {
                    self.parsing = parsing;
                }
                *ended = self.parsing == Parsing::None;
                if sub.is_blank() {
                    self.blank(behind);
                    return behind.len();
                }
                return 0;
            }
            if name == Some(b"help") {
                self.stopped = true;
                return behind.len();
            }
            let own = !level.operands.is_empty() || level.forms.iter().any(|form| form.operands.is_some());
            if !own || name.is_none() {
                self.doubt(argument, "it is no subcommand that is known");
                self.lost = !own;
                if self.lost {
                    return behind.len();
                }
            }
        }
        self.operands.push(argument.clone());
        if self.parsing == Parsing::Posix || self.takes_command() {
            *ended = true;
        }
        0
    }

    /// A subcommand that takes anything; but options of the levels above still count.
    fn blank(&mut self, behind: &[Argument]) {
        if !self.levels.iter().any(|level| level.options_anywhere) {
            return;
        }
        let mut at = 0;
        while at < behind.len() {
            let argument = &behind[at];
            at += 1;
            let Some(bytes) = argument.literal() else { continue };
            if bytes == b"--" {
                break;
            }
            let name = bytes.split(|byte| *byte == b'=').next().unwrap_or_default();
            if let Some(option) = options::exactly(&self.levels, name) {
                at += self.give(option, attached(argument, name.len() + 1), &behind[at..]);
            }
        }
    }

    /// True when the operand just read begins a command line of its own.
    fn takes_command(&self) -> bool {
        let operands = &self.deepest().operands;
        let Some(at) = operands.iter().position(|operand| operand.kind == Kind::Command) else { return false };
        let leading = operands[..at].iter().filter(|operand| operand.kind != Kind::Variable);
        let variables = operands[..at].len() - leading.clone().count();
        if leading.clone().any(|operand| operand.arity != crate::grammar::Arity::One) {
            return false;
        }
        let taken = if variables > 0 {
            self.operands.iter().filter(|argument| !super::operands::is_variable(argument)).count()
        } else {
            self.operands.len()
        };
        taken > leading.count()
    }

    /// A word that begins with a dash; `whole` when all of it is known. Answers how many words behind it it used.
    fn typed(
        &mut self,
        argument: &Argument,
        bytes: &[u8],
        whole: bool,
        behind: &[Argument],
        ended: &mut bool,
    ) -> usize {
        self.taken = std::mem::take(&mut self.taking);
        let used = if bytes.starts_with(b"--") || self.parsing == Parsing::SingleDash {
            self.long(argument, bytes, whole, behind)
        } else {
            self.short(argument, bytes, whole, behind)
        };
        *ended |= self.given.last().is_some_and(|given| given.option.spec.is_some_and(|spec| spec.last));
        self.stopped &= !self.taken;
        used
    }

    fn long(&mut self, argument: &Argument, bytes: &[u8], whole: bool, behind: &[Argument]) -> usize {
        let equals = bytes.iter().position(|byte| *byte == b'=');
        let name = &bytes[..equals.unwrap_or(bytes.len())];
        if !whole && equals.is_none() {
            self.doubt_if_options_matter(argument, "which option it is cannot be told");
            return 0;
        }
        let mut found = options::long(&self.levels, name, self.parsing);
        if matches!(found, Found::None) && self.parsing == Parsing::SingleDash {
            let other = if name.starts_with(b"--") { name[1..].to_vec() } else { [b"-", name].concat() };
            found = options::exactly(&self.levels, &other).map_or(Found::None, Found::One);
            if matches!(found, Found::None)
                && name.len() > 2
                && let Some(option) = options::exactly(&self.levels, &name[..2])
                && option.spelling.takes >= Takes::Optional
            {
                return self.give(option, attached(argument, 2), behind);
            }
        }
        if let (Found::None, Some(option)) = (&found, options::open(&self.levels, bytes)) {
            self.push(option, attached(argument, option.spelling.text.len()), Vec::new());
            return 0;
        }
        match found {
            Found::One(option) => self.give(option, equals.and_then(|at| attached(argument, at + 1)), behind),
            Found::Several => {
                self.doubt(argument, "it abbreviates several options");
                0
            }
            Found::None => self.unlisted(argument, bytes, behind),
        }
    }

    fn short(&mut self, argument: &Argument, bytes: &[u8], whole: bool, behind: &[Argument]) -> usize {
        if whole && bytes.len() > 2 {
            let equals = bytes.iter().position(|byte| *byte == b'=');
            let name = &bytes[..equals.unwrap_or(bytes.len())];
            if name.len() > 2
                && let Some(option) = options::exactly(&self.levels, name)
            {
                return self.give(option, equals.and_then(|at| attached(argument, at + 1)), behind);
            }
        }
        let mut at = 1;
        while at < bytes.len() {
            let rest = [b"-", &bytes[at..]].concat();
            let letter = [b'-', bytes[at]];
            if let Some(option) = options::exactly(&self.levels, &letter) {
                at += 1;
                match option.spelling.takes {
                    Takes::Nothing => {
                        self.give(option, None, &[]);
                    }
                    Takes::Digits => {
                        let digits =
                            bytes[at..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'x').count();
                        at += digits;
                        self.give(option, None, &[]);
                    }
                    Takes::Optional | Takes::Required if at < bytes.len() || !whole => {
                        if self.parsing == Parsing::Exact && bytes.get(at) == Some(&b'=') {
                            at += 1;
                        }
                        return self.give(option, attached(argument, at), behind);
                    }
                    Takes::Optional | Takes::Required => return self.give(option, None, behind),
                }
            } else if let Some((option, length)) =
                options::numeric(&self.levels, &rest).filter(|_| at == 1 || bytes[at].is_ascii_digit())
            {
                let text = Argument::exactly(&rest[1..length], argument.span);
                self.push(option, Some(text), Vec::new());
                at += length - 1;
            } else if let Some(option) = options::open(&self.levels, &rest) {
                let text = attached(argument, at - 1 + option.spelling.text.len());
                self.push(option, text, Vec::new());
                return 0;
            } else {
                return self.unlisted(argument, if at == 1 { bytes } else { &rest }, behind);
            }
            if self.stopped {
                return 0;
            }
        }
        if !whole {
            self.doubt_if_options_matter(argument, "what options it holds cannot be told");
        }
        0
    }

    /// Notes an option; answers how many of the words behind it belong to it.
    fn give(&mut self, option: Listed<'g>, argument: Option<Argument>, behind: &[Argument]) -> usize {
        if option.spec.is_some_and(|spec| spec.stops) && self.doubts.is_empty() {
            self.stopped = true;
        }
        self.withdraw_opposite(option.spelling.text.as_bytes());
        if option.spec.is_some_and(|spec| spec.rest) {
            let end = behind.iter().position(|word| word.literal() == Some(b";")).unwrap_or(behind.len());
            let rest = argument.into_iter().chain(behind[..end].iter().cloned()).collect();
            self.push(option, None, rest);
            return (end + 1).min(behind.len());
        }
        if option.spelling.takes == Takes::Nothing {
            match argument.as_ref().map(|argument| argument.literal().map(<[u8]>::to_ascii_lowercase)) {
                None => self.push(option, None, Vec::new()),
                Some(_) if matches!(self.parsing, Parsing::Gnu | Parsing::Posix) => {
                    if let Some(argument) = argument {
                        self.doubt(&argument, "the option takes no argument");
                    }
                    self.push(option, None, Vec::new());
                }
                Some(Some(value)) if matches!(value.as_slice(), b"false" | b"0" | b"f" | b"no") => {
                    self.stopped = false;
                    self.withdraw(option);
                }
                Some(_) => self.push(option, None, Vec::new()),
            }
            return 0;
        }
        if argument.is_some() || !option.takes_next() {
            self.push(option, argument, Vec::new());
            return 0;
        }
        let Some(next) = behind.first() else {
            self.push(option, None, Vec::new());
            return 0;
        };
        if next.many {
            self.doubt_if_options_matter(next, "it may be more than one word");
        }
        self.push(option, Some(next.clone()), Vec::new());
        1
    }

    fn push(&mut self, option: Listed<'g>, argument: Option<Argument>, rest: Vec<Argument>) {
        self.given.push(Given { option, argument, rest, after: self.operands.len(), doubtful: self.taken });
    }

    /// Takes back a switch that was given before: of `--dry-run --no-dry-run` and `--dry-run --dry-run=false` the last
    /// one counts. What has effects of its own stays.
    fn withdraw(&mut self, option: Listed<'g>) {
        let same = |given: &Given<'g>| (given.option.level, given.option.key) == (option.level, option.key);
        self.given.retain(|given| !same(given) || options::matters(&given.option));
    }

    /// Takes back `--switch` when `name` is `--no-switch`; answers whether it is.
    fn withdraw_opposite(&mut self, name: &[u8]) -> bool {
        let switch = name.strip_prefix(b"--no-").map(|switch| [b"--", switch].concat());
        let option = switch.and_then(|switch| options::exactly(&self.levels, &switch));
        if let Some(option) = option {
            self.withdraw(option);
        }
        option.is_some()
    }

    /// An option the grammar does not list: help, harmless where the grammar says so, else a doubt.
    fn unlisted(&mut self, argument: &Argument, name: &[u8], behind: &[Argument]) -> usize {
        let single = self.parsing == Parsing::SingleDash;
        let opposite = self.withdraw_opposite(name);
        let help = name == b"-h" && self.levels.iter().any(|level| level.short_help)
            || name == b"--help"
            || single && name == b"-help";
        // Behind a subcommand it may name the version of something (`tool install --version 1.2 thing`).
        let last =
            behind.first().is_none_or(|next| matches!(&next.value, Known::Exactly(word) if word.starts_with(b"-")));
        let version = name == b"--version" || single && name == b"-version";
        if (help || version && (last || self.levels.len() == 1)) && self.doubts.is_empty() {
            self.stopped = true;
        } else if !self.levels.iter().any(|level| level.any_options) {
            self.doubt(argument, "it is no option that is known");
        } else {
            self.unlisted = Some(argument.clone());
            let takes_dashes = !self.levels.iter().any(|level| level.undashed_arguments);
            self.taking = takes_dashes && !opposite && !name.contains(&b'=');
        }
        0
    }

    /// Notes a doubt.
    pub fn doubt(&mut self, argument: &Argument, reason: &str) {
        self.doubts.push(Doubt { argument: Some(argument.clone()), reason: reason.to_owned() });
    }

    /// Notes a doubt when an option could make the program do more than it does without.
    fn doubt_if_options_matter(&mut self, argument: &Argument, reason: &str) {
        let raising = options::visible(&self.levels).any(|option| options::matters(&option));
        if raising || super::forms::options_matter(self.deepest()) {
            self.doubt(argument, reason);
        }
    }
}

/// The bytes of an argument from `from` on; `None` when they begin behind its end.
fn attached(argument: &Argument, from: usize) -> Option<Argument> {
    let value = match &argument.value {
        Known::Exactly(bytes) => Known::Exactly(bytes.get(from..)?.to_vec()),
        Known::Begins(bytes) => match bytes.get(from..) {
            Some([]) | None => Known::Nothing,
            Some(rest) => Known::Begins(rest.to_vec()),
        },
        Known::Nothing => Known::Nothing,
    };
    Some(Argument { value, many: false, span: argument.span })
}
