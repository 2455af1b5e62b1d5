//! Kubernetes: context, namespace and server (Kubernetes, "Organizing Cluster Access Using kubeconfig Files").

use super::data::{at, yaml};
use super::sources::{Facts, Sources, Unclear, add as put, given};
use serde_json::Value;

/// Adds `context`, `namespace`, `cluster` and `server`; no namespace for what is meant in all of them.
pub(super) fn add(sources: &mut Sources<'_, '_>, everywhere: bool, facts: &mut Facts) -> Result<(), Unclear> {
    let paths = match given(facts, "kubeconfig")? {
        Some(path) => vec![sources.path(&path)?],
        None => match sources.variable("KUBECONFIG")? {
            Some(list) => list
                .split(':')
                .filter(|path| !path.is_empty())
                .map(|path| sources.path(path))
                .collect::<Result<_, _>>()?,
            None => vec![sources.in_home(".kube/config")?],
        },
    };
    let files: Vec<Value> = paths.iter().filter_map(|path| yaml(&sources.text(path)?)).collect();
    // Of several files the first that says something wins.
    let current = files.iter().find_map(|file| at(file, &["current-context"]).filter(|name| !name.is_empty()));
    let Some(context) = given(facts, "context")?.or(current) else { return Ok(()) };
    put(facts, "context", Some(context.clone()));
    let Some(found) = named(&files, "contexts", &context) else { return Ok(()) };
    let namespace = at(found, &["context", "namespace"]).filter(|name| !name.is_empty());
    if !everywhere {
        put(facts, "namespace", Some(namespace.unwrap_or_else(|| "default".to_owned())));
    }
    let cluster = at(found, &["context", "cluster"]);
    let server = cluster.as_ref().and_then(|name| at(named(&files, "clusters", name)?, &["cluster", "server"]));
    put(facts, "cluster", cluster.filter(|cluster| *cluster != context));
    put(facts, "server", server);
    Ok(())
}

/// The entry of a list that has this name.
fn named<'f>(files: &'f [Value], list: &str, name: &str) -> Option<&'f Value> {
    let mut entries = files.iter().filter_map(|file| file[list].as_array()).flatten();
    entries.find(|entry| entry["name"].as_str() == Some(name))
}
