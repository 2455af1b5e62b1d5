//! Grants that a checkout offers for review.

use super::failure::{Failure, Result};
use crate::host::Checkout;
use serde::Deserialize;
use std::io::Read;
use std::path::Path;

/// Bytes beyond which the file is not read.
const LARGEST: u64 = 1 << 20;

/// A grant that is offered: nothing, until a person makes it one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Offer {
    /// The command.
    pub(super) pattern: String,
    /// How often.
    #[serde(default)]
    pub(super) count: Option<u64>,
    /// How long.
    #[serde(default, rename = "for")]
    pub(super) time: Option<String>,
    /// What it is good for.
    #[serde(default)]
    pub(super) why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Offers {
    #[serde(default)]
    grant: Vec<Offer>,
}

/// What `.agentsh/grants.toml` in the checkout around `directory` offers.
pub(super) fn offers(directory: &Path) -> Result<Vec<Offer>> {
    let Some(checkout) = Checkout::around(directory) else {
        return Err(Failure::plain(format!("{} lies in no checkout", directory.display())));
    };
    let path = checkout.root.join(".agentsh/grants.toml");
    let mut text = String::new();
    match std::fs::File::open(&path).and_then(|file| file.take(LARGEST).read_to_string(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::plain(format!("cannot read {}: {error}", path.display()))),
    }
    let offers: Offers = toml::from_str(&text)
        .map_err(|error| Failure::plain(format!("{} has an error: {}", path.display(), error.message())))?;
    Ok(offers.grant)
}
