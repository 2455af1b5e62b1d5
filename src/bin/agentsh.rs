//! The shell. Everything is in `agentsh::shell`.

fn main() {}
