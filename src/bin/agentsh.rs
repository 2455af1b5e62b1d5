//! The shell. Everything is in `agentsh::shell`.

#![no_main]

agentsh::entry!(agentsh::shell::run);
