//! Google Cloud: account, project, region and zone of the active configuration (gcloud topic configurations).

use super::data::Ini;
use super::sources::{Facts, Sources, Unclear, add as put, given};

/// Adds `configuration`, `account`, `project`, `region` and `zone`.
pub(super) fn add(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    for (fact, variables) in [
        ("project", ["CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT"].as_slice()),
        ("account", &["CLOUDSDK_CORE_ACCOUNT"]),
        ("region", &["CLOUDSDK_COMPUTE_REGION", "CLOUDSDK_RUN_REGION"]),
        ("zone", &["CLOUDSDK_COMPUTE_ZONE"]),
    ] {
        put(facts, fact, sources.first_variable(variables)?);
    }
    let active = match given(facts, "configuration")? {
        Some(name) => name,
        None => match sources.variable("CLOUDSDK_ACTIVE_CONFIG_NAME")? {
            Some(name) => name,
            None => {
                let path = sources.in_configuration("CLOUDSDK_CONFIG", ".config/gcloud", "active_config")?;
                sources.text(&path).map_or_else(|| "default".to_owned(), |text| text.trim().to_owned())
            }
        },
    };
    let file = format!("configurations/config_{active}");
    let path = sources.in_configuration("CLOUDSDK_CONFIG", ".config/gcloud", &file)?;
    let Some(text) = sources.text(&path) else { return Ok(()) };
    let config = Ini::read(&text);
    put(facts, "configuration", Some(active));
    put(facts, "account", config.get("core", "account"));
    put(facts, "project", config.get("core", "project"));
    put(facts, "region", config.get("compute", "region").or_else(|| config.get("run", "region")));
    put(facts, "zone", config.get("compute", "zone"));
    Ok(())
}
