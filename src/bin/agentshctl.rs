//! The person's tool. Everything is in `agentsh::ctl`.

use std::process::ExitCode;

fn main() -> ExitCode {
    agentsh::ctl::main(std::env::args_os().skip(1))
}
