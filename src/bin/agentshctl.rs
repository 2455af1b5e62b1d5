//! The person's tool. Everything is in `agentsh::ctl`.

use std::process::ExitCode;

#[global_allocator]
static MEMORY: agentsh::sys::ThreadMemory = agentsh::sys::ThreadMemory;

fn main() -> ExitCode {
    agentsh::ctl::main(std::env::args_os().skip(1))
}
