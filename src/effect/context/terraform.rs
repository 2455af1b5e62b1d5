//! Terraform: workspace, backend and state (Terraform CLI, "Environment Variables" and "Initialize the working directory").

use super::data::at;
use super::sources::{Facts, Sources, Unclear, add as put};
use serde_json::Value;
use std::path::Path;

/// Settings of backends that say where the state is, by what they are called in it.
const TELLING: [&str; 12] = [
    "bucket",
    "container_name",
    "key",
    "prefix",
    "storage_account_name",
    "organization",
    "hostname",
    "address",
    "schema_name",
    "path",
    "secret_suffix",
    "region",
];

/// Adds `workspace`, `backend` and `state`.
pub(super) fn add(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    let place = sources.place()?;
    let kept = match sources.variable("TF_DATA_DIR")? {
        Some(directory) => sources.path(&directory)?,
        None => place.join(".terraform"),
    };
    let chosen = match sources.variable("TF_WORKSPACE")? {
        Some(name) => Some(name),
        None => sources.text(&kept.join("environment")).map(|text| text.trim().to_owned()),
    };
    let workspace = chosen.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned());
    put(facts, "workspace", Some(workspace.clone()));
    let backend = sources.json(&kept.join("terraform.tfstate")).and_then(|kept| described(&kept["backend"]));
    if backend.is_none() {
        put(facts, "state", local_state(sources, &place, &workspace));
    }
    put(facts, "backend", backend);
    Ok(())
}

/// `s3 (bucket b, key k)`.
fn described(backend: &Value) -> Option<String> {
    let kind = at(backend, &["type"])?;
    let config = &backend["config"];
    let mut told: Vec<String> =
        TELLING.iter().filter_map(|key| Some(format!("{key} {}", at(config, &[key])?))).collect();
    told.extend(at(config, &["workspaces", "name"]).map(|name| format!("workspace {name}")));
    Some(if told.is_empty() { kind } else { format!("{kind} ({})", told.join(", ")) })
}

/// What the state file of a local backend holds.
fn local_state(sources: &Sources<'_, '_>, place: &Path, workspace: &str) -> Option<String> {
    let file = match workspace {
        "default" => place.join("terraform.tfstate"),
        other => place.join("terraform.tfstate.d").join(other).join("terraform.tfstate"),
    };
    let state = sources.json(&file)?;
    let resources = state["resources"].as_array()?.iter().filter(|one| one["mode"] == "managed").count();
    Some(format!("serial {}, {resources} managed resources", at(&state, &["serial"])?))
}
