//! Forges: the repository a command is about when it names none (gh environment; glab, "Environment variables").

use super::sources::{Facts, Sources, Unclear, add as put};

/// Names of the remotes that are asked, in order.
const REMOTES: [&str; 3] = ["upstream", "github", "origin"];

/// Adds `repository`.
pub(super) fn add(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    put(facts, "repository", sources.first_variable(&["GH_REPO", "GITLAB_REPO"])?);
    put(facts, "host", sources.first_variable(&["GH_HOST", "GITLAB_HOST"])?);
    if facts.contains_key("repository") {
        return Ok(());
    }
    let state = sources.state;
    let url = REMOTES.iter().find_map(|name| {
        let mut found = Facts::new();
        sources.evaluator.remote_facts(state, Some(name), &mut found)?;
        found.remove("url")
    });
    put(facts, "repository", url.and_then(|url| repository(&url)));
    Ok(())
}

/// `owner/name` on a host, of a remote's URL.
fn repository(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let named = rest.trim_end_matches('/').trim_end_matches(".git").replacen(':', "/", 1);
    (named.matches('/').count() >= 2 && !named.starts_with(['/', '.'])).then_some(named)
}

#[cfg(test)]
mod tests {
    use super::repository;

    #[test]
    fn of_urls() {
        for url in ["git@forge.example:a/b.git", "https://u:p@forge.example/a/b.git", "ssh://git@forge.example/a/b"] {
            assert_eq!(repository(url).as_deref(), Some("forge.example/a/b"), "{url}");
        }
        assert_eq!(repository("../x"), None);
        assert_eq!(repository("/srv/git/x.git"), None);
    }
}
