//! `return`, `break`, `continue`, `shift`, `set`.

use crate::effect::state::State;
use crate::effect::value::{Field, Text};
use crate::effect::walk::{Evaluator, Flow, FrameKind, positional_of};

impl Evaluator<'_> {
    /// `return`: outside of functions and sourced files it does nothing.
    pub(crate) fn return_builtin(&mut self, state: State) -> Flow {
        match self.leave(state, FrameKind::Call, 1) {
            Ok(()) => Flow::never(),
            Err(state) => Flow::failure(*state),
        }
    }

    /// `break [N]`, `continue [N]`: outside of loops they do nothing.
    pub(crate) fn break_builtin(&mut self, state: State, arguments: &[Field]) -> Flow {
        let count = arguments
            .first()
            .and_then(Field::exact)
            .and_then(|word| std::str::from_utf8(word).ok())
            .and_then(|word| word.parse().ok())
            .unwrap_or(1);
        match self.leave(state, FrameKind::Loop, count) {
            Ok(()) => Flow::never(),
            Err(state) => Flow::failure(*state),
        }
    }

    /// `shift [N]`.
    pub(crate) fn shift(&mut self, mut state: State, arguments: &[Field]) -> Flow {
        let count = match arguments.first() {
            None => Some(1),
            Some(field) => field
                .exact()
                .and_then(|word| std::str::from_utf8(word).ok())
                .and_then(|word| word.parse::<usize>().ok()),
        };
        let Some(count) = count else {
            state.positional = None;
            return Flow::either(state);
        };
        match &mut state.positional {
            Some(texts) if texts.len() >= count => {
                texts.drain(..count);
                Flow::success(state)
            }
            Some(_) => Flow::failure(state),
            None => Flow::either(state),
        }
    }

    /// `set [-eufCnx] [-o NAME] [--] [ARGUMENT…]`.
    pub(crate) fn set_builtin(&mut self, mut state: State, arguments: &[Field]) -> Flow {
        if arguments.is_empty() {
            state.write(&Text::unknown());
            return Flow::success(state);
        }
        let mut at = 0;
        while let Some(field) = arguments.get(at) {
            let Some(word) = field.exact().map(<[u8]>::to_vec) else { break };
            match word.as_slice() {
                b"--" => {
                    state.positional = positional_of(&arguments[at + 1..]);
                    return Flow::success(state);
                }
                b"-" => {
                    at += 1;
                    break;
                }
                _ if word.len() > 1 && matches!(word[0], b'-' | b'+') => {
                    let on = word[0] == b'-';
                    for letter in &word[1..] {
                        match letter {
                            b'o' => {
                                at += 1;
                                if let Some(name) = arguments.get(at).and_then(Field::exact) {
                                    set_option(&mut state, name, on);
                                }
                            }
                            letter => set_letter(&mut state, *letter, on),
                        }
                    }
                    at += 1;
                }
                _ => break,
            }
        }
        if at < arguments.len() {
            state.positional = positional_of(&arguments[at..]);
        }
        Flow::success(state)
    }
}

fn set_letter(state: &mut State, letter: u8, on: bool) {
    match letter {
        b'e' => state.options.errexit = on,
        b'u' => state.options.nounset = on,
        b'f' => state.options.noglob = on,
        b'a' => state.options.allexport = on,
        b'C' => state.options.noclobber = on,
        b'n' => state.options.noexec = on,
        _ => {}
    }
}

fn set_option(state: &mut State, name: &[u8], on: bool) {
    match name {
        b"errexit" => state.options.errexit = on,
        b"nounset" => state.options.nounset = on,
        b"noglob" => state.options.noglob = on,
        b"allexport" => state.options.allexport = on,
        b"noclobber" => state.options.noclobber = on,
        b"noexec" => state.options.noexec = on,
        b"posix" => {
            state.options.posix = on;
            state.options.expand_aliases |= on;
        }
        _ => {}
    }
}
