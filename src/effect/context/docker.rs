//! Docker: the engine that is spoken to, and the project of compose (docker context; Compose, "Specify a project name").

use super::data::{at, yaml};
use super::sources::{Facts, Sources, Unclear, add as put, given};

/// Adds `engine` and `context` when they are not this machine's own, and `project` for compose.
pub(super) fn add(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    if facts.remove("compose").is_some() {
        project(sources, facts)?;
    }
    let told = engine(sources, facts);
    if told.is_err() {
        // Not this machine's own, as far as anybody knows.
        put(facts, "engine", Some("unknown".to_owned()));
    }
    told
}

fn engine(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    put(facts, "engine", sources.variable("DOCKER_HOST")?);
    if facts.contains_key("engine") {
        return Ok(());
    }
    let config = sources.in_configuration("DOCKER_CONFIG", ".docker", "config.json")?;
    let stated = match given(facts, "context")? {
        Some(name) => Some(name),
        None => sources.variable("DOCKER_CONTEXT")?,
    };
    let context = stated.or_else(|| at(&sources.json(&config)?, &["currentContext"]));
    let Some(context) = context.filter(|name| name != "default") else { return Ok(()) };
    let kept = sources.in_configuration("DOCKER_CONFIG", ".docker", "contexts/meta")?;
    let metas = sources.names(&kept).into_iter().take(64);
    let found = metas
        .filter_map(|name| sources.json(&kept.join(name).join("meta.json")))
        .find(|meta| meta["Name"].as_str() == Some(context.as_str()));
    put(facts, "engine", found.and_then(|meta| at(&meta, &["Endpoints", "docker", "Host"])));
    put(facts, "context", Some(context));
    Ok(())
}

fn project(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    put(facts, "project", sources.variable("COMPOSE_PROJECT_NAME")?);
    let names = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
    let Some((path, text)) = sources.nearest(&names) else { return Ok(()) };
    put(facts, "project", yaml(&text).and_then(|file| at(&file, &["name"])));
    let directory = path.parent().and_then(|directory| directory.file_name());
    put(facts, "project", directory.map(|name| name.to_string_lossy().to_lowercase()));
    Ok(())
}
