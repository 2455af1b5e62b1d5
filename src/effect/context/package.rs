//! Packages: name, version and the registry they go to.

use super::data::{Ini, at, toml};
use super::sources::{Facts, Sources, Unclear, add as put};
use serde_json::Value;
use std::path::Path;

/// npm and its like (npm-publish(1), npmrc(5)).
pub(super) fn npm(sources: &mut Sources<'_, '_>, own: bool, facts: &mut Facts) -> Result<(), Unclear> {
    let found = sources.nearest(&["package.json"]);
    let package = found.as_ref().and_then(|(_, text)| super::data::json(text)).unwrap_or(Value::Null);
    let name = at(&package, &["name"]);
    if own {
        put(facts, "package", name.clone());
        put(facts, "version", at(&package, &["version"]));
        put(facts, "access", at(&package, &["publishConfig", "access"]));
        put(facts, "registry", at(&package, &["publishConfig", "registry"]));
    }
    put(facts, "registry", sources.first_variable(&["npm_config_registry", "NPM_CONFIG_REGISTRY"])?);
    let beside = found.as_ref().and_then(|(path, _)| path.parent()).map(|directory| directory.join(".npmrc"));
    let own_file = match sources.first_variable(&["npm_config_userconfig", "NPM_CONFIG_USERCONFIG"])? {
        Some(path) => sources.path(&path)?,
        None => sources.in_home(".npmrc")?,
    };
    for path in beside.iter().chain([&own_file]) {
        let Some(text) = sources.text(path) else { continue };
        let settings = Ini::read(&text);
        let scope = name.as_deref().and_then(|name| name.split_once('/')).map(|(scope, _)| scope);
        put(facts, "registry", scope.and_then(|scope| settings.get("", &format!("{scope}:registry"))));
        put(facts, "registry", settings.get("", "registry"));
    }
    put(facts, "registry", Some("https://registry.npmjs.org"));
    Ok(())
}

/// Cargo (The Manifest Format).
pub(super) fn cargo(sources: &mut Sources<'_, '_>, own: bool, facts: &mut Facts) -> Result<(), Unclear> {
    let found = sources.nearest(&["Cargo.toml"]);
    if own && let Some((path, text)) = found {
        let manifest = toml(&text).unwrap_or(Value::Null);
        put(facts, "package", at(&manifest, &["package", "name"]));
        let inherits = at(&manifest, &["package", "version", "workspace"]).is_some();
        let version = if inherits { workspace_version(sources, &path) } else { at(&manifest, &["package", "version"]) };
        put(facts, "version", version);
        let allowed = manifest["package"]["publish"].as_array().and_then(|list| list.first()).and_then(Value::as_str);
        put(facts, "registry", allowed);
    }
    put(facts, "registry", Some("crates.io"));
    Ok(())
}

/// The version that the workspace around a manifest gives its members.
fn workspace_version(sources: &Sources<'_, '_>, manifest: &Path) -> Option<String> {
    let directories = manifest.parent()?.ancestors().take(6);
    let mut manifests = directories.filter_map(|directory| toml(&sources.text(&directory.join("Cargo.toml"))?));
    manifests.find_map(|manifest| at(&manifest, &["workspace", "package", "version"]))
}

/// Python's packages (Python Packaging User Guide, "The .pypirc file"; twine, poetry and uv on publishing).
pub(super) fn python(sources: &mut Sources<'_, '_>, publishes: bool, facts: &mut Facts) -> Result<(), Unclear> {
    if publishes && let Some((_, text)) = sources.nearest(&["pyproject.toml"]) {
        let project = toml(&text).unwrap_or(Value::Null);
        for table in [["project"].as_slice(), &["tool", "poetry"]] {
            put(facts, "package", at(&project, &[table, &["name"]].concat()));
            put(facts, "version", at(&project, &[table, &["version"]].concat()));
        }
    }
    put(facts, "registry", sources.first_variable(&["TWINE_REPOSITORY_URL", "UV_PUBLISH_URL", "TWINE_REPOSITORY"])?);
    let name = facts.get("registry").cloned().unwrap_or_else(|| "pypi".to_owned());
    let path = sources.in_home(".pypirc")?;
    if let Some(address) = sources.text(&path).and_then(|text| Ini::read(&text).get(&name, "repository")) {
        facts.insert("registry".to_owned(), address);
    }
    put(facts, "registry", Some("pypi.org"));
    Ok(())
}
