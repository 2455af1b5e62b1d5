//! The person's tool. Everything is in `agentsh::ctl`.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A sixth of a batch of lines is asking for memory and giving it back, on several threads.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    agentsh::ctl::main(std::env::args_os().skip(1))
}
