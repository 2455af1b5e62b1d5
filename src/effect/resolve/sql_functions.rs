//! Functions that a `select` may call and still only read: those that come with the databases. What else is called is a
//! function of somebody's own, and what that does cannot be told from its name.

/// Functions that compute or tell, of PostgreSQL, MySQL, SQL Server and their like, and what else stands before a bracket:
/// words of the language and names of types. Sorted.
#[rustfmt::skip]
const TELLING: &[&str] = &[
    "abbrev", "abs", "acos", "add_months", "addtime", "age", "all", "and", "any", "any_value", "arg_max", "arg_min",
    "array", "as", "ascii", "asin", "atan", "atan2", "avg", "between", "bigint", "binary", "bit", "bit_and",
    "bit_count", "bit_length", "bit_or", "bit_xor", "bool", "bool_and", "bool_or", "broadcast", "btrim", "by",
    "cardinality", "case", "cast", "ceil", "ceiling", "char", "char_length", "character", "character_length",
    "charindex", "check", "chr", "clock_timestamp", "coalesce", "col_description", "collate", "concat", "concat_ws",
    "connection_id", "convert", "convert_from", "convert_to", "corr", "cos", "count", "count_big", "count_if",
    "countif", "covar_pop", "covar_samp", "crc32", "cross", "crosstab", "cube", "cume_dist", "curdate",
    "current_database", "current_date", "current_schema", "current_schemas", "current_setting", "current_time",
    "current_timestamp", "current_user", "curtime", "database", "datalength", "date", "dateadd", "datediff",
    "datename", "datepart", "datetime", "day", "dayname", "dayofmonth", "dayofweek", "dayofyear", "db_id", "db_name",
    "decimal", "decode", "degrees", "dense_rank", "desc", "digest", "distinct", "div", "double", "else", "elt",
    "encode", "end", "enum_range", "eomonth", "every", "except", "exists", "exp", "explain", "extract", "family",
    "field", "filter", "find_in_set", "first_value", "float", "floor", "for", "format", "format_type",
    "formatdatetime", "formatmessage", "formatreadablesize", "found_rows", "from", "from_base64", "from_days",
    "from_unixtime", "full", "gen_random_uuid", "generate_series", "generate_subscripts", "get_bit", "get_byte",
    "getdate", "getutcdate", "greatest", "group", "group_concat", "grouping", "hashtext", "having", "hex", "host",
    "hostmask", "hour", "if", "ifnull", "iif", "ilike", "in", "inet_aton", "inet_client_addr", "inet_client_port",
    "inet_merge", "inet_ntoa", "inet_server_addr", "inet_server_port", "initcap", "inner", "instr", "int", "integer",
    "intersect", "interval", "is", "isfinite", "isnull", "isnumeric", "join", "json", "json_agg", "jsonb",
    "julianday", "justify_days", "justify_hours", "justify_interval", "lag", "last_day", "last_insert_id",
    "last_value", "lastval", "lateral", "lcase", "lead", "least", "left", "len", "length", "levenshtein", "like",
    "limit", "listagg", "ln", "localtime", "localtimestamp", "locate", "log", "log10", "log2", "lower", "lpad",
    "ltrim", "make_date", "make_interval", "make_time", "make_timestamp", "make_timestamptz", "makedate", "maketime",
    "masklen", "materialized", "max", "md5", "median", "microsecond", "mid", "min", "minute", "mod", "mode", "month",
    "monthname", "natural", "netmask", "network", "newid", "not", "now", "nth_value", "ntile", "null", "nullif",
    "num_nonnulls", "num_nulls", "number", "numeric", "nvarchar", "nvl", "nvl2", "obj_description", "object_id",
    "object_name", "octet_length", "of", "offset", "on", "openjson", "or", "order", "over", "overlay", "parse_ident",
    "partition", "patindex", "percent_rank", "percentile_cont", "percentile_disc", "period_diff", "pi",
    "plainto_tsquery", "position", "pow", "power", "precision", "quantile", "quarter", "quote", "quote_ident",
    "quote_literal", "quote_nullable", "radians", "rand", "random", "range", "rank", "recursive", "repeat",
    "reverse", "right", "rollup", "round", "row", "row_count", "row_number", "row_to_json", "rows", "rpad", "rtrim",
    "schema", "schema_name", "sec_to_time", "second", "select", "serverproperty", "session_user", "set_bit",
    "set_byte", "set_masklen", "sets", "sha1", "sha2", "sha224", "sha256", "sha384", "sha512", "shobj_description",
    "show", "sign", "similar", "similarity", "sin", "sleep", "smallint", "some", "soundex", "space", "split_part",
    "sqrt", "starts_with", "statement_timestamp", "stddev", "stddev_pop", "stddev_samp", "str_to_date", "strcmp",
    "strftime", "string_agg", "string_split", "string_to_array", "string_to_table", "strpos", "stuff", "substr",
    "substring", "substring_index", "subtime", "sum", "sumif", "suser_sname", "sysdate", "system_user",
    "sysutcdatetime", "table", "tan", "text", "then", "time", "time_format", "time_to_sec", "timediff", "timeofday",
    "timestamp", "timestampadd", "timestampdiff", "timestamptz", "to_ascii", "to_base64", "to_bin", "to_char",
    "to_date", "to_days", "to_hex", "to_json", "to_jsonb", "to_number", "to_oct", "to_regclass", "to_regnamespace",
    "to_regproc", "to_regprocedure", "to_regrole", "to_regtype", "to_seconds", "to_timestamp", "to_tsquery",
    "to_tsvector", "todate", "todatetime", "tostring", "transaction_timestamp", "translate", "trim", "trim_array",
    "trunc", "try_cast", "try_convert", "ts_headline", "ts_rank", "ts_rank_cd", "tsvector_to_array", "txid_current",
    "typeof", "ucase", "unaccent", "unhex", "union", "uniq", "uniqexact", "unix_timestamp", "unnest", "upper",
    "user", "user_id", "using", "utc_date", "utc_time", "utc_timestamp", "uuid", "uuid_generate_v1",
    "uuid_generate_v4", "values", "var_pop", "var_samp", "varbinary", "varchar", "variance", "varying", "version",
    "websearch_to_tsquery", "week", "weekday", "weekofyear", "when", "where", "width_bucket", "window", "with",
    "within", "word_similarity", "xmlagg", "xmlelement", "xpath", "year", "yearweek",
];

/// How families of them begin.
const FAMILIES: [&str; 9] = ["array_", "date_", "has_", "json_", "jsonb_", "approx_", "regexp_", "st_", "tostartof"];

/// Schemas that hold only what comes with the database; what is called in them is looked at by name elsewhere.
const CATALOGS: [&str; 2] = ["pg_catalog.", "pg_"];

/// True when `statement`, in small letters and without its quoted parts, calls a function that is none of these. A quoted
/// name is [`QUOTED`].
pub(super) fn calls_unknown(statement: &str) -> bool {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | QUOTED);
    statement.match_indices('(').any(|(at, _)| {
        let before = statement[..at].trim_end();
        let name = &before[before.trim_end_matches(is_name).len()..];
        // `as t(a, b)` names columns, `as numeric(10, 2)` a type.
        let behind_as = before[..before.len() - name.len()].trim_end().ends_with(" as");
        let known = name.is_empty()
            || behind_as
            || name.bytes().all(|byte| byte.is_ascii_digit())
            || TELLING.binary_search(&name).is_ok()
            || CATALOGS.iter().any(|schema| name.starts_with(schema))
            || !name.contains(['.', QUOTED]) && FAMILIES.iter().any(|family| name.starts_with(family));
        !known && !names_columns(&statement[at..])
    })
}

/// Stands where a quoted name was.
pub(super) const QUOTED: char = '\u{1}';

/// True for the brackets of `NAME (column, …) as (…)` behind `with`, and of an alias that names its columns: what
/// stands in them are names alone.
fn names_columns(brackets: &str) -> bool {
    let Some(end) = brackets.find(')') else { return false };
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | ',' | ' ' | '\n' | QUOTED);
    let behind = brackets[end + 1..].trim_start();
    brackets[1..end].chars().all(plain)
        && behind.strip_prefix("as").is_some_and(|rest| rest.trim_start().starts_with(['(', 'm', 'n']))
}

#[cfg(test)]
mod tests {
    use super::{TELLING, calls_unknown};

    #[test]
    fn the_list_is_sorted() {
        assert!(TELLING.is_sorted());
    }

    #[test]
    fn functions_of_ones_own_are_found() {
        for text in [
            "select f(1)",
            "select count(*), billing.close_month(3) from t",
            "select * from my_report ( 2024 )",
            "select \u{1}(1)",
            "select x from t where due(t.a)",
        ] {
            assert!(calls_unknown(text), "{text}");
        }
        for text in [
            "select count(*), lower(x), now() from t where a in (1, 2) and (b or c)",
            "select * from unnest(array[1, 2]) as t(a)",
            "with t(a, b) as (select 1, 2) select * from t",
            "with recursive t (n) as (values (1)) select sum(n) over (partition by n) from t",
            "select cast(x as numeric(10, 2)), jsonb_array_length(y), pg_size_pretty(pg_database_size(z)) from t",
        ] {
            assert!(!calls_unknown(text), "{text}");
        }
    }
}
