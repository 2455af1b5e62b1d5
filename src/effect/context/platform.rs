//! Hosting platforms: the app, site or project of the working directory.

use super::data::{at, toml, yaml};
use super::sources::{Facts, Sources, Unclear, add as put};
use serde_json::Value;

/// Firebase: `.firebaserc`, and what `firebase use` noted.
pub(super) fn firebase(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    let found = sources.nearest(&[".firebaserc", "firebase.json"]);
    let directory = found.as_ref().and_then(|(path, _)| path.parent()).map(ToOwned::to_owned);
    let aliases = directory.as_ref().and_then(|directory| sources.json(&directory.join(".firebaserc")));
    let noted = sources.in_configuration("XDG_CONFIG_HOME", ".config", "configstore/firebase-tools.json")?;
    let used = match (sources.json(&noted), directory) {
        (Some(noted), Some(directory)) => at(&noted, &["activeProjects", &directory.to_string_lossy()]),
        _ => None,
    };
    let chosen = match facts.get("project").cloned().or(used) {
        Some(alias) => Some(aliases.as_ref().and_then(|all| at(all, &["projects", &alias])).unwrap_or(alias)),
        None => aliases.as_ref().and_then(|all| at(all, &["projects", "default"])),
    };
    if let Some(chosen) = chosen {
        facts.insert("project".to_owned(), chosen);
    }
    Ok(())
}

/// Fly: `FLY_APP`, `fly.toml`.
pub(super) fn fly(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    put(facts, "app", sources.variable("FLY_APP")?);
    let config = match facts.get("config").cloned() {
        Some(path) => sources.text(&sources.path(&path)?),
        None => sources.nearest(&["fly.toml"]).map(|(_, text)| text),
    };
    put(facts, "app", config.and_then(|text| at(&toml(&text)?, &["app"])));
    Ok(())
}

/// Heroku: `HEROKU_APP`, the remote `heroku`.
pub(super) fn heroku(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    put(facts, "app", sources.variable("HEROKU_APP")?);
    let mut found = Facts::new();
    let state = sources.state;
    let remote = facts.get("remote").cloned().unwrap_or_else(|| "heroku".to_owned());
    sources.evaluator.remote_facts(state, Some(&remote), &mut found);
    let app = found.get("url").and_then(|url| url.rsplit('/').next()).map(|name| name.trim_end_matches(".git"));
    put(facts, "app", app);
    Ok(())
}

/// Netlify: `NETLIFY_SITE_ID`, `.netlify/state.json`.
pub(super) fn netlify(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    put(facts, "site", sources.variable("NETLIFY_SITE_ID")?);
    let linked = sources.nearest(&[".netlify/state.json"]).and_then(|(_, text)| super::data::json(&text));
    put(facts, "site", linked.and_then(|linked| at(&linked, &["siteId"])));
    Ok(())
}

/// Railway: what `railway link` noted for this directory.
pub(super) fn railway(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    put(facts, "environment", sources.first_variable(&["RAILWAY_ENVIRONMENT_NAME", "RAILWAY_ENVIRONMENT"])?);
    let noted = sources.in_home(".railway/config.json")?;
    let Some(noted) = sources.json(&noted) else { return Ok(()) };
    let place = sources.place()?;
    let place = sources.real(&place);
    let linked = place.ancestors().find_map(|directory| noted["projects"].get(&*directory.to_string_lossy()));
    let Some(linked) = linked else { return Ok(()) };
    put(facts, "project", at(linked, &["name"]).or_else(|| at(linked, &["project"])));
    put(facts, "environment", at(linked, &["environmentName"]).or_else(|| at(linked, &["environment"])));
    put(facts, "service", at(linked, &["service"]));
    Ok(())
}

/// The Serverless Framework: `serverless.yml`. What it makes up from variables is not told.
pub(super) fn serverless(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    let found = sources.nearest(&["serverless.yml", "serverless.yaml"]).and_then(|(_, text)| yaml(&text));
    let Some(config) = found else { return Ok(()) };
    for (fact, keys) in [
        ("service", ["service"].as_slice()),
        ("stage", &["provider", "stage"]),
        ("region", &["provider", "region"]),
        ("profile", &["provider", "profile"]),
    ] {
        put(facts, fact, at(&config, keys).filter(|value| !value.contains("${")));
    }
    Ok(())
}

/// Supabase: the linked project.
pub(super) fn supabase(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    put(facts, "project", sources.nearest(&["supabase/.temp/project-ref"]).map(|(_, text)| text));
    let config = sources.nearest(&["supabase/config.toml"]).and_then(|(_, text)| toml(&text));
    put(facts, "local-project", config.and_then(|config| at(&config, &["project_id"])));
    Ok(())
}

/// Vault: the server and namespace.
pub(super) fn vault(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    put(facts, "address", sources.variable("VAULT_ADDR")?);
    put(facts, "namespace", sources.variable("VAULT_NAMESPACE")?);
    put(facts, "address", Some("https://127.0.0.1:8200"));
    Ok(())
}

/// Vercel: `VERCEL_PROJECT_ID`, `.vercel/project.json`.
pub(super) fn vercel(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    let linked = sources.nearest(&[".vercel/project.json"]).and_then(|(_, text)| super::data::json(&text));
    put(facts, "project", linked.as_ref().and_then(|linked| at(linked, &["projectName"])));
    put(facts, "project", sources.variable("VERCEL_PROJECT_ID")?);
    put(facts, "project", linked.as_ref().and_then(|linked| at(linked, &["projectId"])));
    put(facts, "team", linked.as_ref().and_then(|linked| at(linked, &["orgId"])));
    Ok(())
}

/// Cloudflare: the worker and account.
pub(super) fn wrangler(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    let found = sources.nearest(&["wrangler.toml", "wrangler.json"]);
    let config = found.and_then(|(path, text)| match path.extension() {
        Some(end) if end == "toml" => toml(&text),
        _ => super::data::json(&text),
    });
    let config = config.unwrap_or(Value::Null);
    put(facts, "worker", at(&config, &["name"]));
    put(facts, "account", sources.variable("CLOUDFLARE_ACCOUNT_ID")?);
    put(facts, "account", at(&config, &["account_id"]));
    Ok(())
}
