//! Files in which a project says what its commands run: `package.json`, makefiles, justfiles and their like. Readers of
//! what is simple in them; everything else is said not to be.

mod justfile;
mod makefile;
mod manifest;

pub(crate) use justfile::Justfile;
pub(crate) use makefile::Makefile;
pub(crate) use manifest::{composer_scripts, deno_tasks, package_scripts};
