//! What a tool acts on where the line does not say: profile, project, cluster, workspace, database, registry, host.
//!
//! In: the context a grammar names, and the facts the line already gave, which always win. Out: more facts, for the card
//! and for rules. Read from the variables and files that the tool itself reads, each bounded; nothing is run and nothing
//! asked of a network. A file that is missing, too large or malformed adds nothing, and nothing secret is taken from one.
//! Asked for only where something is about to change, so lines that read pay nothing for it.

mod aws;
mod azure;
mod data;
mod database;
mod database_file;
mod docker;
mod forge;
mod gcloud;
mod kubernetes;
mod package;
mod platform;
mod pulumi;
mod sources;
mod ssh;
mod terraform;

use super::Reversibility;
use super::resolve::reversibility_of;
use super::state::State;
use super::value::Field;
use super::walk::Evaluator;
use crate::grammar::{Access, Context, Deed, Invocation};
use sources::{Facts, Sources, Unclear};
use std::path::PathBuf;

impl Evaluator<'_> {
    /// Adds to `facts` what the set-up says about where a deed goes. The state's place is the one the tool runs in.
    pub(crate) fn context(&mut self, state: &State, invocation: &Invocation, deed: &Deed, facts: &mut Facts) {
        if state.foreign || reversibility_of(deed.access) < Reversibility::Opaque {
            return;
        }
        for context in &invocation.context {
            let mut sources = Sources { evaluator: self, state };
            // What cannot be told ends the search: a guess would name the wrong target.
            let everywhere = invocation.tags.iter().any(|tag| tag == "all");
            let _: Result<(), Unclear> = of(*context, &mut sources, Target { deed, everywhere }, facts);
        }
    }
}

impl Evaluator<'_> {
    /// The file that is the project's database for a tool; `None` when it may be another, or is behind a service.
    pub(crate) fn database_in_a_file(
        &mut self,
        state: &State,
        fields: &[Field],
        program: &str,
        facts: &Facts,
    ) -> Option<PathBuf> {
        // Another schema has another database; where a word is not known it may say so.
        let elsewhere = |field: &Field| {
            field.exact().is_none_or(|word| word.starts_with(b"--schema") || word.starts_with(b"--config"))
        };
        if state.foreign || fields.iter().any(elsewhere) {
            return None;
        }
        database_file::find(&mut Sources { evaluator: self, state }, program, facts).ok().flatten()
    }
}

/// What the line says of the target itself.
struct Target<'d> {
    deed: &'d Deed,
    /// All there are of a kind.
    everywhere: bool,
}

fn of(context: Context, sources: &mut Sources<'_, '_>, target: Target<'_>, facts: &mut Facts) -> Result<(), Unclear> {
    let deed = target.deed;
    // What is published under a name the line gives is not the package around the working directory.
    let named = facts.get("what").is_some_and(|what| what != ".") || !deed.arguments.is_empty();
    let own_package = deed.access == Access::Publish && !named;
    match context {
        Context::Aws => aws::add(sources, facts),
        Context::Azure => azure::add(sources, facts),
        Context::Cargo => package::cargo(sources, own_package, facts),
        Context::Database => database::project(sources, facts),
        Context::Docker => docker::add(sources, facts),
        Context::Firebase => platform::firebase(sources, facts),
        Context::Fly => platform::fly(sources, facts),
        Context::Forge => forge::add(sources, facts),
        Context::Gcloud => gcloud::add(sources, facts),
        Context::Heroku => platform::heroku(sources, facts),
        Context::Kubernetes => kubernetes::add(sources, target.everywhere, facts),
        Context::Mysql => database::mysql(sources, facts),
        Context::Netlify => platform::netlify(sources, facts),
        Context::Npm => package::npm(sources, own_package, facts),
        Context::Postgres => database::postgres(sources, facts),
        Context::Pulumi => pulumi::add(sources, facts),
        Context::Python => package::python(sources, deed.access == Access::Publish, facts),
        Context::Railway => platform::railway(sources, facts),
        Context::Serverless => platform::serverless(sources, facts),
        Context::Ssh => ssh::add(sources, deed, facts),
        Context::Supabase => platform::supabase(sources, facts),
        Context::Terraform => terraform::add(sources, facts),
        Context::Vault => platform::vault(sources, facts),
        Context::Vercel => platform::vercel(sources, facts),
        Context::Wrangler => platform::wrangler(sources, facts),
    }
}
