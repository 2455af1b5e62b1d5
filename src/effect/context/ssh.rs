//! The host a name stands for (ssh_config(5)).

use super::sources::{Facts, Sources, Unclear, add as put, given};
use crate::grammar::{Argument, Deed};

/// Adds `hostname`, `user` and `port` where the configuration says other than the line shows.
pub(super) fn add(sources: &mut Sources<'_, '_>, deed: &Deed, facts: &mut Facts) -> Result<(), Unclear> {
    let Some(target) = deed.arguments.first().and_then(Argument::literal) else { return Err(Unclear) };
    let target = String::from_utf8_lossy(target);
    let target = target.strip_prefix("ssh://").unwrap_or(&target);
    let (user, host) = target.rsplit_once('@').map_or((None, target), |(user, host)| (Some(user), host));
    let host = host.split(['/', ':']).next().unwrap_or_default();
    put(facts, "user", user);
    let path = match given(facts, "configuration")? {
        Some(path) => sources.path(&path)?,
        None => sources.in_home(".ssh/config")?,
    };
    let Some(text) = sources.text(&path) else { return Ok(()) };
    let mut applies = true;
    for line in text.lines() {
        let line = line.trim();
        let Some((key, value)) = line.split_once([' ', '\t', '=']).filter(|_| !line.starts_with('#')) else { continue };
        let value = value.trim().trim_start_matches('=').trim().trim_matches('"');
        match key.to_ascii_lowercase().as_str() {
            "host" => applies = is_meant(value, host),
            // Conditions that cannot be told from here.
            "match" => applies = value.eq_ignore_ascii_case("all"),
            "hostname" if applies => put(facts, "hostname", Some(value.replace("%h", host))),
            "user" if applies => put(facts, "user", Some(value)),
            "port" if applies => put(facts, "port", Some(value)),
            "proxyjump" if applies && value != "none" => put(facts, "through", Some(value)),
            _ => {}
        }
    }
    if facts.get("hostname").is_some_and(|name| name == host) {
        facts.remove("hostname");
    }
    Ok(())
}

/// True when the patterns of a `Host` line mean the host.
fn is_meant(patterns: &str, host: &str) -> bool {
    let mut meant = false;
    // More stars than anybody writes would take long to match.
    for pattern in patterns.split_whitespace().filter(|pattern| pattern.matches('*').count() <= 4) {
        match pattern.strip_prefix('!') {
            Some(pattern) if fits(pattern.as_bytes(), host.as_bytes()) => return false,
            Some(_) => {}
            None => meant |= fits(pattern.as_bytes(), host.as_bytes()),
        }
    }
    meant
}

/// `*` any text, `?` one letter.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match pattern {
        [] => name.is_empty(),
        [b'*', rest @ ..] => (0..=name.len()).any(|at| fits(rest, &name[at..])),
        [b'?', rest @ ..] => !name.is_empty() && fits(rest, &name[1..]),
        [letter, rest @ ..] => {
            name.first().is_some_and(|first| first.eq_ignore_ascii_case(letter)) && fits(rest, &name[1..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_meant;

    #[test]
    fn hosts() {
        assert!(is_meant("web-?  *.example.org", "web-1"));
        assert!(is_meant("*", "x"));
        assert!(!is_meant("* !web-1", "web-1"));
        assert!(!is_meant("web", "web-1"));
    }
}
