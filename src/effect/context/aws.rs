//! AWS: profile, region and account (AWS CLI user guide, "Configuration and credential file settings").

use super::data::Ini;
use super::sources::{Facts, Sources, Unclear, add as put, given};

/// Adds `profile`, `region`, `account` and `endpoint`.
pub(super) fn add(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    put(facts, "endpoint", sources.first_variable(&["AWS_ENDPOINT_URL"])?);
    let stated = match given(facts, "profile")? {
        Some(profile) => Some(profile),
        None => sources.first_variable(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])?,
    };
    if stated.is_none() && sources.variable("AWS_ACCESS_KEY_ID")?.is_some() {
        put(facts, "credentials", Some("AWS_ACCESS_KEY_ID"));
        put(facts, "region", sources.first_variable(&["AWS_REGION", "AWS_DEFAULT_REGION"])?);
        return Ok(());
    }
    let profile = stated.unwrap_or_else(|| "default".to_owned());
    put(facts, "profile", Some(profile.clone()));
    put(facts, "region", sources.first_variable(&["AWS_REGION", "AWS_DEFAULT_REGION"])?);
    let path = match sources.variable("AWS_CONFIG_FILE")? {
        Some(path) => sources.path(&path)?,
        None => sources.in_home(".aws/config")?,
    };
    let Some(text) = sources.text(&path) else { return Ok(()) };
    let config = Ini::read(&text);
    let section = if profile == "default" { profile } else { format!("profile {profile}") };
    put(facts, "region", config.get(&section, "region"));
    // arn:aws:iam::ACCOUNT:role/NAME
    let role = config.get(&section, "role_arn");
    let of_role = role.as_deref().and_then(|arn| arn.split(':').nth(4)).map(str::to_owned);
    put(facts, "account", config.get(&section, "sso_account_id").or(of_role));
    put(facts, "role", role.as_deref().and_then(|arn| arn.rsplit('/').next()));
    Ok(())
}
