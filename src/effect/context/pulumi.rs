//! Pulumi: project, stack and backend (Pulumi, "Environment variables" and "Stacks").

use super::data::{at, yaml};
use super::sources::{Facts, Sources, Unclear, add as put};

/// Adds `project`, `stack` and `backend`.
pub(super) fn add(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    put(facts, "stack", sources.variable("PULUMI_STACK")?);
    put(facts, "backend", sources.variable("PULUMI_BACKEND_URL")?);
    let project = sources.nearest(&["Pulumi.yaml", "Pulumi.yml"]).and_then(|(_, text)| yaml(&text));
    let name = project.as_ref().and_then(|project| at(project, &["name"]));
    put(facts, "backend", project.as_ref().and_then(|project| at(project, &["backend", "url"])));
    let kept = sources.in_configuration("PULUMI_HOME", ".pulumi", "workspaces")?;
    if let Some(name) = &name {
        // `NAME-<hash of the path>-workspace.json`: several mean several checkouts, and which is which is not told.
        let files: Vec<String> = sources.names(&kept).into_iter().filter(|file| is_of(file, name)).collect();
        if let [only] = files.as_slice() {
            put(facts, "stack", sources.json(&kept.join(only)).and_then(|kept| at(&kept, &["stack"])));
        }
    }
    put(facts, "project", name);
    let logins = sources.in_configuration("PULUMI_HOME", ".pulumi", "credentials.json")?;
    put(facts, "backend", sources.json(&logins).and_then(|logins| at(&logins, &["current"])));
    Ok(())
}

fn is_of(file: &str, project: &str) -> bool {
    let hash = file.strip_prefix(project).and_then(|rest| rest.strip_prefix('-'));
    let hash = hash.and_then(|rest| rest.strip_suffix("-workspace.json"));
    hash.is_some_and(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
