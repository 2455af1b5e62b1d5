//! The shell. Everything is in `agentsh::shell`.

#![no_main]

#[global_allocator]
static MEMORY: agentsh::sys::FirstMemory = agentsh::sys::FirstMemory::new();

agentsh::entry!(agentsh::shell::run);
