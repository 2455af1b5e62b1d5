//! `shopt`, `alias`, `hash`, `enable`.

use crate::effect::Object;
use crate::effect::state::State;
use crate::effect::value::{Field, Text};
use crate::effect::walk::{Evaluator, Flow};
use crate::grammar::Kind;
use crate::text::Span;
use std::rc::Rc;

impl Evaluator<'_> {
    /// `shopt [-su] NAME…`.
    pub(crate) fn shopt(&mut self, mut state: State, arguments: &[Field]) -> Flow {
        let given = |option: &[u8]| arguments.iter().any(|field| field.exact() == Some(option));
        let on = given(b"-s");
        if !on && !given(b"-u") {
            state.write(&Text::unknown());
            return Flow::either(state);
        }
        for field in arguments {
            match field.exact() {
                Some(b"nullglob") => state.options.nullglob = on,
                Some(b"dotglob") => state.options.dotglob = on,
                Some(b"extglob") => state.options.extglob = on,
                Some(b"globstar") => state.options.globstar = on,
                Some(b"nocaseglob") => state.options.nocaseglob = on,
                Some(b"nocasematch") => state.options.nocasematch = on,
                Some(b"expand_aliases") => state.options.expand_aliases = on,
                _ => {}
            }
        }
        Flow::either(state)
    }

    /// `alias [NAME=TEXT…]`.
    pub(crate) fn alias(&mut self, mut state: State, arguments: &[Field]) -> Flow {
        for field in arguments {
            let prefix = field.text.prefix();
            let Some(equals) = prefix.iter().position(|byte| *byte == b'=') else { continue };
            let text = match field.exact() {
                Some(whole) => Text::exactly(&whole[equals + 1..]),
                None => Text::unknown(),
            };
            Rc::make_mut(&mut state.aliases).insert(prefix[..equals].to_vec(), text);
        }
        state.write(&Text::unknown());
        Flow::either(state)
    }

    /// `unalias [-a] NAME…`.
    pub(crate) fn unalias(&mut self, mut state: State, arguments: &[Field]) -> Flow {
        for field in arguments {
            match field.exact() {
                Some(b"-a") => Rc::make_mut(&mut state.aliases).clear(),
                Some(name) => {
                    Rc::make_mut(&mut state.aliases).remove(name);
                }
                None => {}
            }
        }
        Flow::either(state)
    }

    /// `hash [-p FILE NAME…]`: the names then stand for that file.
    pub(crate) fn hash(&mut self, mut state: State, arguments: &[Field]) -> Flow {
        if let Some(at) = arguments.iter().position(|field| field.exact() == Some(b"-p")) {
            let path = arguments.get(at + 1).and_then(Field::exact).map(<[u8]>::to_vec);
            for name in arguments.iter().skip(at + 2).filter_map(Field::exact) {
                Rc::make_mut(&mut state.rebound).insert(0, (name.to_vec(), path.clone()));
            }
        }
        Flow::either(state)
    }

    /// `enable [-f FILE] [-n] NAME…`: a builtin from a file is unknown code, a disabled one leaves the program.
    pub(crate) fn enable(&mut self, mut state: State, arguments: &[Field], span: Span) -> Flow {
        if arguments.iter().any(|field| field.text.prefix().starts_with(b"-f")) {
            self.unknown(Object::unnamed(Kind::Code), span, "enable", &["hidden-code"]);
        }
        if arguments.iter().any(|field| matches!(field.exact(), Some(b"-n" | b"-f"))) {
            for field in arguments {
                if let Some(name) = field.exact().filter(|name| !name.starts_with(b"-")) {
                    Rc::make_mut(&mut state.rebound).push((name.to_vec(), None));
                }
            }
        }
        Flow::either(state)
    }
}
