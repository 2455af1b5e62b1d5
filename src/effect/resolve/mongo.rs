//! Whether a script for MongoDB's shell only reads: a short list of methods that do, everything else does not.

/// Methods and functions that only read or only shape what is read.
const READING: [&str; 52] = [
    "find",
    "findOne",
    "aggregate",
    "count",
    "countDocuments",
    "estimatedDocumentCount",
    "distinct",
    "explain",
    "limit",
    "skip",
    "sort",
    "pretty",
    "projection",
    "collation",
    "hint",
    "maxTimeMS",
    "batchSize",
    "comment",
    "toArray",
    "size",
    "itcount",
    "hasNext",
    "next",
    "getCollection",
    "getCollectionNames",
    "getCollectionInfos",
    "getSiblingDB",
    "getDB",
    "getName",
    "getIndexes",
    "stats",
    "dataSize",
    "storageSize",
    "totalSize",
    "totalIndexSize",
    "serverStatus",
    "hostInfo",
    "hello",
    "isMaster",
    "version",
    "getUsers",
    "getRoles",
    "currentOp",
    "status",
    "conf",
    "print",
    "printjson",
    "tojson",
    "stringify",
    "ObjectId",
    "ISODate",
    "Date",
];
/// Words with which even these write or run something.
const DOING: [&str; 7] = ["$out", "$merge", "$function", "$where", "$accumulator", "function", "=>"];

/// True when the script calls nothing but what reads.
pub(crate) fn only_reads(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    if text.trim().is_empty() || DOING.iter().any(|word| text.contains(word)) || text.contains('`') {
        return false;
    }
    let mut statements = text.split([';', '\n']).map(str::trim).filter(|statement| !statement.is_empty());
    statements.all(|statement| {
        let word = statement.split_whitespace().next().unwrap_or_default();
        let shows = matches!(word, "show" | "use") && !statement.contains(['(', '.']);
        shows || calls(statement).is_some_and(|calls| calls.iter().all(|call| READING.contains(&call.as_str())))
    })
}

/// Names in front of an opening parenthesis, text in quotes left out; `None` when something is called that has no name
/// (`db[x]()`), or a quote is not closed.
fn calls(statement: &str) -> Option<Vec<String>> {
    let (mut calls, mut name) = (Vec::new(), String::new());
    let mut letters = statement.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' | '\'' => {
                name.clear();
                loop {
                    match letters.next()? {
                        '\\' => _ = letters.next()?,
                        other if other == letter => break,
                        _ => {}
                    }
                }
            }
            letter if letter.is_alphanumeric() || matches!(letter, '_' | '$') => name.push(letter),
            '(' if name.is_empty() => return None,
            '(' => calls.push(std::mem::take(&mut name)),
            letter if letter.is_whitespace() => {}
            _ => name.clear(),
        }
    }
    Some(calls)
}

#[cfg(test)]
mod tests {
    use super::only_reads;

    #[test]
    fn reading_and_not() {
        for text in [
            "db.users.find({a: \"x.drop()\"}).limit(3)",
            "show dbs",
            "use app; db.getCollectionNames()",
            "printjson(db.t.countDocuments({}))",
            "db.t.aggregate([{$match: {a: 1}}])",
        ] {
            assert!(only_reads(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "db.users.drop()",
            "db.t.find().forEach(function(d) { db.t.remove(d) })",
            "db.t.aggregate([{$out: 'b'}])",
            "db['t'](1)",
            "db.t.deleteMany ({})",
            "db.t.find('",
            "load('x.js')",
            "db.adminCommand({shutdown: 1})",
        ] {
            assert!(!only_reads(text.as_bytes()), "{text}");
        }
    }
}
