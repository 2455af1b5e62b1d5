//! The person's tool. Everything is in `agentsh::ctl`.

fn main() {}
