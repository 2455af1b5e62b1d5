//! A project's database that is a file: only for tools that take its address from one place and no other. What a project's own
//! code may choose instead (Alembic, Rails, Django) is not told here.

use super::data::dotenv;
use super::sources::{Facts, Sources, Unclear, given};
use std::path::{Path, PathBuf};

/// The variable, and the key in `.env`, that the tools agree on.
const ADDRESS: &str = "DATABASE_URL";
/// Where Prisma's settings are code, or say that its schema lies elsewhere.
const SETTINGS: [&str; 5] =
    ["prisma.config.ts", "prisma.config.js", "prisma.config.mjs", "prisma.config.cjs", ".config/prisma.ts"];

/// The file; `None` when it may be something else.
pub(super) fn find(sources: &mut Sources<'_, '_>, program: &str, facts: &Facts) -> Result<Option<PathBuf>, Unclear> {
    let place = sources.place()?;
    let (address, base) = match program {
        "sqlx" | "diesel" => match given(facts, "address")? {
            Some(address) => (Some(address), place),
            None => (address(sources, ADDRESS, &place)?, place),
        },
        "prisma" => return prisma(sources, &place),
        _ => return Ok(None),
    };
    Ok(address.as_deref().and_then(file_in).map(|file| base.join(file)))
}

/// A variable's value, or that in the nearest `.env`.
fn address(sources: &mut Sources<'_, '_>, name: &str, place: &Path) -> Result<Option<String>, Unclear> {
    if let Some(value) = sources.variable(name)? {
        return Ok(Some(value));
    }
    let near = place.ancestors().map(|directory| directory.join(".env"));
    let Some(text) = near.take(12).find_map(|file| sources.text(&file)) else { return Ok(None) };
    stated(&text, name).ok_or(Unclear)
}

/// What a `.env` says of a name; `None` when it says two things.
fn stated(text: &str, name: &str) -> Option<Option<String>> {
    let times = text.lines().filter(|line| line.trim_start().trim_start_matches("export ").starts_with(name)).count();
    (times < 2).then(|| dotenv(text).remove(name))
}

/// The path in the address of an SQLite database as the tools written in Rust read it.
fn file_in(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("sqlite:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    plain(rest.split('?').next().unwrap_or_default())
}

/// A path in which nothing stands for something else.
fn plain(path: &str) -> Option<&str> {
    let odd = path.is_empty() || path.contains(['$', '%', ':', '{']) || path.ends_with('/');
    (!odd).then_some(path)
}

/// Prisma: the `datasource` of the one schema there is.
fn prisma(sources: &mut Sources<'_, '_>, place: &Path) -> Result<Option<PathBuf>, Unclear> {
    let elsewhere = SETTINGS.iter().any(|name| sources.text(&place.join(name)).is_some())
        || sources.json(&place.join("package.json")).is_some_and(|package| package.get("prisma").is_some());
    let schemas = [place.join("schema.prisma"), place.join("prisma/schema.prisma")];
    let mut found = schemas.iter().filter_map(|schema| Some((schema.parent()?, sources.text(schema)?)));
    let (Some((base, text)), None, false) = (found.next(), found.next(), elsewhere) else { return Ok(None) };
    let Some(url) = sqlite_url(&text) else { return Ok(None) };
    let address = match url.strip_prefix("env(").and_then(|rest| rest.strip_suffix(')')) {
        Some(name) => {
            let name = name.trim().trim_matches('"');
            match sources.variable(name)? {
                Some(value) => Some(value),
                None => {
                    let files = [base.join(".env"), place.join(".env")];
                    let texts = files.iter().filter_map(|file| sources.text(file));
                    let mut said = texts.map(|text| stated(&text, name).ok_or(Unclear));
                    let first = said.next().transpose()?.flatten();
                    let second = said.next().transpose()?.flatten();
                    if first.is_some() && second.is_some() && base != place && first != second {
                        return Ok(None);
                    }
                    first.or(second)
                }
            }
        }
        None => Some(url.trim_matches('"').to_owned()),
    };
    let file = address.as_deref().and_then(|address| address.strip_prefix("file:"));
    let file = file.and_then(|file| plain(file.split('?').next().unwrap_or_default()));
    Ok(file.map(|file| base.join(file)))
}

/// The `url` of a schema's only `datasource`, when its provider is SQLite.
fn sqlite_url(schema: &str) -> Option<&str> {
    let mut blocks = schema.split("datasource ").skip(1);
    let (block, None) = (blocks.next()?, blocks.next()) else { return None };
    let block = &block[..block.find('}')?];
    let value = |key: &str| {
        let mut lines = block.lines().filter_map(|line| line.split("//").next()?.split_once('='));
        lines.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim())
    };
    let url = value("url").filter(|_| value("provider") == Some("\"sqlite\""));
    url.filter(|_| block.lines().all(|line| !line.contains("directUrl") && !line.contains("://")))
}

#[cfg(test)]
mod tests {
    use super::{file_in, sqlite_url, stated};

    #[test]
    fn addresses_of_files() {
        for (address, file) in [
            ("sqlite://dev.db", Some("dev.db")),
            ("sqlite:./data/dev.db?mode=rwc", Some("./data/dev.db")),
            ("sqlite:///srv/dev.db", Some("/srv/dev.db")),
            ("sqlite::memory:", None),
            ("sqlite://$HOME/dev.db", None),
            ("postgres://db.example/shop", None),
        ] {
            assert_eq!(file_in(address), file, "{address}");
        }
    }

    #[test]
    fn a_schema_says_what_its_database_is() {
        let schema =
            |provider: &str| format!("datasource db {{\n  provider = \"{provider}\" // here\n  url = env(\"U\")\n}}");
        assert_eq!(sqlite_url(&schema("sqlite")), Some("env(\"U\")"));
        assert_eq!(sqlite_url(&schema("postgresql")), None);
        assert_eq!(sqlite_url(&(schema("sqlite") + &schema("sqlite"))), None);
    }

    #[test]
    fn what_is_said_twice_is_not_known() {
        assert_eq!(stated("A=1\nexport U='x'\n", "U"), Some(Some("x".to_owned())));
        assert_eq!(stated("U=x\nU=y\n", "U"), None);
        assert_eq!(stated("A=1\n", "U"), Some(None));
    }
}
