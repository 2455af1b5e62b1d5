//! The test chapters. Every file in this folder is a module here; `meta` checks that none is forgotten.

mod agents;
mod approval;
mod capture;
mod casebook;
mod check_cli;
mod context;
mod ctl;
mod desk;
mod documents;
mod explain;
mod grammars;
mod guard;
mod hostile;
mod journal;
mod meta;
mod policy;
mod policy_files;
mod policy_rules;
mod readme;
mod rules_add;
mod shell_args;
mod support;
mod syntax;
mod transparency;
mod undo;
mod values;
