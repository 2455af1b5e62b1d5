//! The front door of people: `agentshctl`, one file a verb.
//!
//! In: an argv. Out: text or JSON on stdout, `error:` and `hint:` on stderr, an exit status. `registry` lists the verbs
//! with their options; the parser, `--help`, the completions and the manual pages are all made from it.

mod adding;
mod args;
mod dialogue;
mod documents;
mod failure;
mod features;
mod help;
mod hooking;
mod judging;
mod offered;
mod paper;
mod places;
mod reach;
mod recovery;
mod registry;
mod scope_page;
mod session;
mod several;
mod steps;
mod store;
mod touched;
mod undoing;
mod verbs;
mod watch;

pub use registry::main;
