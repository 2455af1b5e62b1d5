//! Azure: subscription, tenant and user the CLI is logged in with, and its defaults (Azure CLI configuration).

use super::data::{Ini, at};
use super::sources::{Facts, Sources, Unclear, add as put, given};

/// Adds `subscription`, `tenant`, `account` and `group`.
pub(super) fn add(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    let wanted = given(facts, "subscription")?;
    let profile = sources.in_configuration("AZURE_CONFIG_DIR", ".azure", "azureProfile.json")?;
    if let Some(profile) = sources.json(&profile) {
        let all = profile["subscriptions"].as_array().map(Vec::as_slice).unwrap_or_default();
        let chosen = all.iter().find(|one| match &wanted {
            Some(wanted) => ["id", "name"].iter().any(|key| one[*key].as_str() == Some(wanted)),
            None => one["isDefault"].as_bool() == Some(true),
        });
        if let Some(chosen) = chosen {
            put(facts, "subscription", at(chosen, &["name"]));
            put(facts, "tenant", at(chosen, &["tenantId"]));
            put(facts, "account", at(chosen, &["user", "name"]));
        }
    }
    put(facts, "group", sources.variable("AZURE_DEFAULTS_GROUP")?);
    let config = sources.in_configuration("AZURE_CONFIG_DIR", ".azure", "config")?;
    put(facts, "group", sources.text(&config).and_then(|text| Ini::read(&text).get("defaults", "group")));
    Ok(())
}
