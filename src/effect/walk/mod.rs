//! Walks a script and says what each command would do, in the order and the state bash would run it in.

mod and_or;
mod code_variable;
mod compound;
mod evaluator;
mod filters;
mod flow;
mod function;
mod grave_word;
mod identity;
mod inline_code;
mod nested;
mod output;
mod program;
mod redirect;
mod shell;
mod simple;
mod stdin;
mod substitute;
mod tasks;
mod temporary;
mod wrapper;

pub(crate) use evaluator::{Evaluator, assess_reading};
use flow::Frame;
pub(crate) use flow::{Flow, FrameKind};
pub(crate) use function::positional_of;
pub(crate) use grave_word::{GRAVE_WORD, says_grave};
pub(crate) use output::echoed;
pub(crate) use program::{base_name, virtual_environment};
pub(crate) use redirect::{exact_path, harmless_device};
pub(crate) use simple::{Reach, literal_word, quoted};
pub use temporary::TEMPLATE;
