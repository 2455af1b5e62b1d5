//! Databases: host, database and user; never the password.

use super::data::{Ini, at, dotenv, yaml};
use super::sources::{Facts, Sources, Unclear, add as put, given};

/// Variables in which applications keep the address of their database, most telling first.
const ADDRESSES: [&str; 7] = [
    "DATABASE_URL",
    "DB_URL",
    "GOOSE_DBSTRING",
    "POSTGRES_URL",
    "DIRECT_URL",
    "SQLALCHEMY_DATABASE_URI",
    "MONGODB_URI",
];
/// Variables that name the environment an application runs in.
const ENVIRONMENTS: [&str; 6] = ["RAILS_ENV", "APP_ENV", "NODE_ENV", "MIX_ENV", "FLASK_ENV", "DJANGO_SETTINGS_MODULE"];

/// psql and the tools beside it (PostgreSQL, "Connection Strings", "Environment Variables", "The Connection Service File").
pub(super) fn postgres(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    // A database's name may be a connection string, which may hold a password.
    for name in ["connection", "database"] {
        let Some(text) = given(facts, name)? else { continue };
        if text.contains("://") || text.contains('=') {
            facts.remove(name);
            connection(&text, facts);
        } else if name == "connection" {
            facts.remove(name);
            put(facts, "database", Some(text));
        }
    }
    let service = match given(facts, "service")? {
        Some(service) => Some(service),
        None => sources.variable("PGSERVICE")?,
    };
    for (fact, variable) in [("host", "PGHOST"), ("database", "PGDATABASE"), ("user", "PGUSER"), ("port", "PGPORT")] {
        put(facts, fact, sources.variable(variable)?);
    }
    if let Some(service) = service {
        let path = match sources.variable("PGSERVICEFILE")? {
            Some(path) => sources.path(&path)?,
            None => sources.in_home(".pg_service.conf")?,
        };
        if let Some(settings) = sources.text(&path).map(|text| Ini::read(&text)) {
            for (fact, key) in [("host", "host"), ("database", "dbname"), ("user", "user"), ("port", "port")] {
                put(facts, fact, settings.get(&service, key));
            }
        }
        put(facts, "service", Some(service));
    }
    put(facts, "host", Some("localhost"));
    Ok(())
}

/// mysql and the tools beside it (MySQL Reference Manual, "Using Option Files").
pub(super) fn mysql(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    if let Some(text) = given(facts, "database")?.filter(|text| text.contains("://")) {
        facts.remove("database");
        connection(&text, facts);
    }
    let mut files = vec![];
    match given(facts, "options")? {
        Some(path) => files.push(sources.path(&path)?),
        None => files.extend([sources.in_home(".my.cnf")?, "/etc/my.cnf".into(), "/etc/mysql/my.cnf".into()]),
    }
    for path in files {
        let Some(settings) = sources.text(&path).map(|text| Ini::read(&text)) else { continue };
        for section in ["mysql", "client"] {
            for (fact, key) in [("host", "host"), ("user", "user"), ("database", "database"), ("port", "port")] {
                put(facts, fact, settings.get(section, key));
            }
        }
    }
    put(facts, "host", sources.variable("MYSQL_HOST")?);
    put(facts, "host", Some("localhost"));
    Ok(())
}

/// The database a project is set up to use.
pub(super) fn project(sources: &mut Sources<'_, '_>, facts: &mut Facts) -> Result<(), Unclear> {
    if let Some(address) = given(facts, "address")? {
        facts.remove("address");
        connection(&address, facts);
    }
    let environment = sources.first_variable(&ENVIRONMENTS)?;
    put(facts, "environment", environment.clone());
    if !facts.contains_key("host") {
        match sources.first_variable(&ADDRESSES)? {
            Some(address) => connection(&address, facts),
            None => from_files(sources, environment.as_deref(), facts),
        }
    }
    Ok(())
}

fn from_files(sources: &Sources<'_, '_>, environment: Option<&str>, facts: &mut Facts) {
    let stated = environment.unwrap_or("development");
    if let Some((_, text)) = sources.nearest(&[".env"]) {
        let variables = dotenv(&text);
        match ADDRESSES.iter().find_map(|name| variables.get(*name)) {
            Some(address) => connection(address, facts),
            None => {
                put(facts, "host", variables.get("DB_HOST").map(String::as_str));
                put(facts, "database", variables.get("DB_DATABASE").or(variables.get("DB_NAME")).map(String::as_str));
            }
        }
        put(facts, "environment", variables.get("APP_ENV").map(String::as_str));
    }
    if facts.contains_key("host") {
        return;
    }
    let rails = sources.nearest(&["config/database.yml"]).and_then(|(_, text)| yaml(&text));
    if let Some(settings) = rails.as_ref().and_then(|settings| settings.get(stated)) {
        match at(settings, &["url"]) {
            Some(address) => connection(&address, facts),
            None => {
                put(facts, "host", at(settings, &["host"]));
                put(facts, "database", at(settings, &["database"]));
            }
        }
    }
    let alembic =
        sources.nearest(&["alembic.ini"]).and_then(|(_, text)| Ini::read(&text).get("alembic", "sqlalchemy.url"));
    alembic.iter().for_each(|address| connection(address, facts));
}

/// Takes a connection string apart: a URL, or `key=value` pairs.
fn connection(text: &str, facts: &mut Facts) {
    // What a template or a variable stands for is not told here.
    if text.contains(['$', '{', '%']) && !text.contains("://") || text.contains("${") {
        return;
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        let pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
        for (key, value) in pairs {
            let fact = match key {
                "host" | "hostaddr" => "host",
                "dbname" => "database",
                "user" | "port" | "service" => key,
                _ => continue,
            };
            put(facts, fact, Some(value.trim_matches('\'')));
        }
        return;
    };
    let file = scheme.starts_with("sqlite") || scheme == "file";
    if file {
        put(facts, "file", Some(rest.split('?').next().unwrap_or_default()));
        return;
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, host) = authority.rsplit_once('@').map_or((None, authority), |(login, host)| (Some(login), host));
    put(facts, "user", login.and_then(|login| login.split(':').next()));
    put(facts, "host", Some(host));
    put(facts, "database", path.split(['?', '#']).next());
}

#[cfg(test)]
mod tests {
    use super::{Facts, connection};

    #[test]
    fn connection_strings_are_taken_apart_without_the_password() {
        for (text, expected) in [
            ("postgres://u:secret@db.example:5432/shop?sslmode=x", "database=shop host=db.example:5432 user=u"),
            ("host=db.example dbname=shop user=u password=secret", "database=shop host=db.example user=u"),
            ("mysql://db.example/shop", "database=shop host=db.example"),
            ("sqlite:///dev.db", "file=/dev.db"),
            ("postgres://${HOST}/x", ""),
            ("nonsense", ""),
        ] {
            let mut facts = Facts::new();
            connection(text, &mut facts);
            let found: Vec<String> = facts.iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }
}
