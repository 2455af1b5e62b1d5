//! The front door of agents: bash's command line, judged.
//!
//! In: the arguments agentsh was started with. Out: the real shell in this process, or an exit status. What is read of
//! the arguments decides only what is *judged*; the shell gets them as they came.

mod args;
mod committer;
mod keep;
mod options;
mod pipeline;
mod request;
mod run;
mod spending;
mod start;
mod text;
mod watching;

pub use args::{ShellArgs, TextSource};
pub use options::{Dialect, Setting};
pub use request::Request;
pub use run::run;
pub use text::Text;
