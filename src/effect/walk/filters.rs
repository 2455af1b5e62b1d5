//! What text filters make of a text that is known: `cut`, `tr`, `head`, `sed s/a/b/` and the like, as far as their
//! arguments are simple. Everything else is not followed.

/// A filter with its arguments.
pub(super) struct Filter<'a> {
    /// Files it reads; standard input when there are none.
    pub(super) files: Vec<&'a [u8]>,
    act: Act<'a>,
}

enum Act<'a> {
    Head { lines: bool, count: usize },
    Tail { lines: bool, count: usize, from: bool },
    Translate { delete: bool, squeeze: bool, from: Vec<u8>, to: Vec<u8> },
    Cut { delimiter: Option<u8>, list: Vec<(usize, usize)>, only: bool },
    Sort { reverse: bool, unique: bool },
    Unique,
    Reverse,
    Backwards,
    Count(u8),
    Grep { word: &'a [u8], invert: bool, fold: bool },
    Substitute(Vec<Substitution>),
    Print { separator: Option<u8>, field: Option<usize> },
    Hexadecimal,
    Encode,
    Paste(u8),
}

struct Substitution {
    from: Vec<u8>,
    to: Vec<u8>,
    all: bool,
}

impl<'a> Filter<'a> {
    /// Reads the arguments of the filter `called`; `None` for what is no filter or not followed.
    pub(super) fn of(called: &[u8], args: &[&'a [u8]]) -> Option<Self> {
        let mut files: Vec<&'a [u8]> = Vec::new();
        let act = match called {
            b"head" | b"tail" => head_or_tail(called == b"tail", args, &mut files)?,
            b"tr" => translate(args)?,
            b"cut" => cut(args, &mut files)?,
            b"sort" | b"uniq" | b"rev" | b"tac" => {
                let (mut reverse, mut unique) = (false, false);
                for arg in args {
                    match *arg {
                        b"-r" if called == b"sort" => reverse = true,
                        b"-u" if called == b"sort" => unique = true,
                        b"-ru" | b"-ur" if called == b"sort" => (reverse, unique) = (true, true),
                        _ if arg.starts_with(b"-") => return None,
                        _ => files.push(arg),
                    }
                }
                match called {
                    b"sort" => Act::Sort { reverse, unique },
                    b"uniq" if files.len() < 2 => Act::Unique,
                    b"rev" => Act::Reverse,
                    b"tac" => Act::Backwards,
                    _ => return None,
                }
            }
            b"wc" => match args {
                [what @ (b"-l" | b"-w" | b"-c")] => Act::Count(what[1]),
                _ => return None,
            },
            b"grep" | b"fgrep" | b"egrep" => grep(called, args, &mut files)?,
            b"sed" => sed(args, &mut files)?,
            b"awk" | b"gawk" | b"mawk" => awk(args, &mut files)?,
            b"xxd" => match args {
                [b"-r", b"-p"] | [b"-p", b"-r"] | [b"-rp"] | [b"-pr"] => Act::Hexadecimal,
                _ => return None,
            },
            b"base64" => match args {
                [] | [b"-w0"] | [b"-w", b"0"] => Act::Encode,
                _ => return None,
            },
            b"paste" => match args {
                [b"-s", b"-d", one] | [b"-sd", one] if one.len() == 1 => Act::Paste(one[0]),
                [both] if both.starts_with(b"-sd") && both.len() == 4 => Act::Paste(both[3]),
                _ => return None,
            },
            _ => return None,
        };
        Some(Self { files, act })
    }

    /// What it prints for `input`; `None` when that is not followed.
    pub(super) fn apply(&self, input: &[u8]) -> Option<Vec<u8>> {
        let lines = || input.strip_suffix(b"\n").unwrap_or(input).split(|byte| *byte == b'\n');
        let each = |make: &dyn Fn(&[u8]) -> Option<Vec<u8>>| {
            let mut out = Vec::new();
            for line in lines().filter(|_| !input.is_empty()) {
                out.extend(make(line)?);
                out.push(b'\n');
            }
            Some(out)
        };
        match &self.act {
            Act::Head { lines: true, count } => {
                Some(input.split_inclusive(|byte| *byte == b'\n').take(*count).flatten().copied().collect())
            }
            Act::Head { count, .. } => Some(input[..(*count).min(input.len())].to_vec()),
            Act::Tail { lines: true, count, from } => {
                let all: Vec<&[u8]> = input.split_inclusive(|byte| *byte == b'\n').collect();
                let skip = if *from { count.saturating_sub(1) } else { all.len().saturating_sub(*count) };
                Some(all.into_iter().skip(skip).flatten().copied().collect())
            }
            Act::Tail { count, from, .. } => {
                let skip = if *from { count.saturating_sub(1) } else { input.len().saturating_sub(*count) };
                Some(input[skip.min(input.len())..].to_vec())
            }
            Act::Translate { delete, squeeze, from, to } => Some(translated(input, *delete, *squeeze, from, to)),
            Act::Cut { delimiter, list, only } => {
                let mut out = Vec::new();
                for line in lines().filter(|_| !input.is_empty()) {
                    match delimiter {
                        Some(delimiter) if !line.contains(delimiter) => {
                            if *only {
                                continue;
                            }
                            out.extend_from_slice(line);
                        }
                        Some(delimiter) => {
                            let fields: Vec<&[u8]> = line.split(|byte| byte == delimiter).collect();
                            let kept: Vec<&[u8]> =
                                (1..).zip(fields).filter(|(at, _)| holds(list, *at)).map(|(_, field)| field).collect();
                            out.extend(kept.join(delimiter));
                        }
                        None if line.is_ascii() => {
                            out.extend((1..).zip(line).filter(|(at, _)| holds(list, *at)).map(|(_, byte)| *byte));
                        }
                        None => return None,
                    }
                    out.push(b'\n');
                }
                Some(out)
            }
            Act::Sort { reverse, unique } => {
                let mut all: Vec<&[u8]> = lines().filter(|_| !input.is_empty()).collect();
                // The order of other characters is the locale's.
                let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
                if all.len() > 1 && !all.iter().all(|line| line.iter().all(plain)) {
                    return None;
                }
                all.sort_unstable();
                if *unique {
                    all.dedup();
                }
                if *reverse {
                    all.reverse();
                }
                Some(all.into_iter().flat_map(|line| [line, b"\n"].concat()).collect())
            }
            Act::Unique => {
                let mut all: Vec<&[u8]> = lines().filter(|_| !input.is_empty()).collect();
                all.dedup();
                Some(all.into_iter().flat_map(|line| [line, b"\n"].concat()).collect())
            }
            Act::Reverse => each(&|line| line.is_ascii().then(|| line.iter().rev().copied().collect())),
            Act::Backwards => {
                let mut all: Vec<&[u8]> = input.split_inclusive(|byte| *byte == b'\n').collect();
                all.reverse();
                (input.is_empty() || input.ends_with(b"\n")).then(|| all.concat())
            }
            Act::Count(what) => {
                let count = match what {
                    b'l' => input.iter().filter(|byte| **byte == b'\n').count(),
                    b'w' => input.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count(),
                    _ => input.len(),
                };
                Some(format!("{count}\n").into_bytes())
            }
            Act::Grep { word, invert, fold } => {
                let mut out = Vec::new();
                let needle = if *fold { word.to_ascii_lowercase() } else { word.to_vec() };
                for line in lines().filter(|_| !input.is_empty()) {
                    let hay = if *fold { line.to_ascii_lowercase() } else { line.to_vec() };
                    if (needle.is_empty() || hay.windows(needle.len()).any(|part| part == needle)) != *invert {
                        out.extend_from_slice(line);
                        out.push(b'\n');
                    }
                }
                Some(out)
            }
            Act::Substitute(all) => {
                let mut text = Vec::new();
                for line in input.split_inclusive(|byte| *byte == b'\n') {
                    let mut line = line.to_vec();
                    for one in all {
                        line = substituted(&line, one);
                    }
                    text.extend(line);
                }
                Some(text)
            }
            Act::Print { separator, field } => each(&|line| {
                let Some(number) = field else { return last_field(line, *separator) };
                if *number == 0 {
                    return Some(line.to_vec());
                }
                Some(fields(line, *separator).get(number - 1).copied().unwrap_or_default().to_vec())
            }),
            Act::Hexadecimal => {
                let digits: Option<Vec<u8>> = input
                    .iter()
                    .filter(|byte| !byte.is_ascii_whitespace())
                    .map(|byte| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
                    .collect();
                Some(digits?.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
            }
            Act::Encode => Some(encoded(input)).filter(|out| out.len() <= 77),
            Act::Paste(delimiter) => {
                let mut out = lines().collect::<Vec<_>>().join(delimiter);
                out.push(b'\n');
                Some(out)
            }
        }
    }
}

fn number(bytes: &[u8]) -> Option<usize> {
    std::str::from_utf8(bytes).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

fn head_or_tail<'a>(tail: bool, args: &[&'a [u8]], files: &mut Vec<&'a [u8]>) -> Option<Act<'a>> {
    let (mut lines, mut count, mut from, mut at) = (true, 10, false, 0);
    while let Some(arg) = args.get(at) {
        at += 1;
        let given = match *arg {
            b"-n" | b"-c" => {
                at += 1;
                lines = arg[1] == b'n';
                args.get(at - 1)?
            }
            _ if arg.starts_with(b"-n") || arg.starts_with(b"-c") => {
                lines = arg[1] == b'n';
                &arg[2..]
            }
            _ if arg.len() > 1 && arg[0] == b'-' => &arg[1..],
            _ => {
                files.push(arg);
                continue;
            }
        };
        let plus = given.strip_prefix(b"+");
        from = tail && plus.is_some();
        count = number(if tail { plus.unwrap_or(given) } else { given })?;
    }
    Some(if tail { Act::Tail { lines, count, from } } else { Act::Head { lines, count } })
}

fn translate<'a>(args: &[&'a [u8]]) -> Option<Act<'a>> {
    let (mut delete, mut squeeze, mut complement, mut sets) = (false, false, false, Vec::new());
    for arg in args {
        if arg.len() > 1 && arg[0] == b'-' && sets.is_empty() {
            for letter in &arg[1..] {
                match letter {
                    b'd' => delete = true,
                    b's' => squeeze = true,
                    b'c' | b'C' => complement = true,
                    _ => return None,
                }
            }
        } else {
            sets.push(set(arg)?);
        }
    }
    let mut sets = sets.into_iter();
    let (first, second) = (sets.next()?, sets.next());
    if sets.next().is_some() || (delete && (squeeze || second.is_some())) || !delete && !squeeze && second.is_none() {
        return None;
    }
    let first = if complement { (0..=255).filter(|byte| !first.contains(byte)).collect() } else { first };
    if complement && second.as_ref().is_some_and(|second| second.len() != 1) {
        return None;
    }
    Some(Act::Translate { delete, squeeze, from: first, to: second.unwrap_or_default() })
}

/// The characters of a set of `tr`.
fn set(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with(b"[:") {
            let end = text[at..].windows(2).position(|two| two == b":]")?;
            let class: Vec<u8> = match &text[at + 2..at + end] {
                b"lower" => (b'a'..=b'z').collect(),
                b"upper" => (b'A'..=b'Z').collect(),
                b"digit" => (b'0'..=b'9').collect(),
                b"space" => b"\t\n\x0b\x0c\r ".to_vec(),
                b"blank" => b"\t ".to_vec(),
                b"alpha" => (b'A'..=b'Z').chain(b'a'..=b'z').collect(),
                b"alnum" => (b'0'..=b'9').chain(b'A'..=b'Z').chain(b'a'..=b'z').collect(),
                b"punct" => (0..128).filter(u8::is_ascii_punctuation).collect(),
                _ => return None,
            };
            out.extend(class);
            at += end + 2;
            continue;
        }
        let mut byte = text[at];
        at += 1;
        if byte == b'\\' {
            byte = match text.get(at)? {
                b'n' => b'\n',
                b't' => b'\t',
                b'\\' => b'\\',
                _ => return None,
            };
            at += 1;
        } else if !byte.is_ascii() || byte == b'[' {
            return None;
        }
        if text.get(at) == Some(&b'-') && at + 1 < text.len() {
            let end = text[at + 1];
            if end < byte || end == b'\\' {
                return None;
            }
            out.extend(byte..=end);
            at += 2;
        } else {
            out.push(byte);
        }
    }
    Some(out)
}

fn translated(input: &[u8], delete: bool, squeeze: bool, from: &[u8], to: &[u8]) -> Vec<u8> {
    if delete {
        return input.iter().filter(|byte| !from.contains(byte)).copied().collect();
    }
    let mut out: Vec<u8> = Vec::with_capacity(input.len());
    for byte in input {
        let place = from.iter().rposition(|each| each == byte);
        let changed = match (place, to.last()) {
            (Some(place), Some(last)) => *to.get(place).unwrap_or(last),
            _ => *byte,
        };
        let squeezed = if to.is_empty() { from.contains(&changed) } else { to.contains(&changed) };
        if squeeze && squeezed && out.last() == Some(&changed) {
            continue;
        }
        out.push(changed);
    }
    out
}

fn cut<'a>(args: &[&'a [u8]], files: &mut Vec<&'a [u8]>) -> Option<Act<'a>> {
    let (mut delimiter, mut list, mut fields, mut only, mut at) = (b'\t', None, false, false, 0);
    while let Some(arg) = args.get(at) {
        at += 1;
        if *arg == b"-s" {
            only = true;
            continue;
        }
        let letter = match arg {
            [b'-', letter @ (b'd' | b'f' | b'c' | b'b'), ..] => *letter,
            [b'-', ..] => return None,
            _ => {
                files.push(arg);
                continue;
            }
        };
        let given = if arg.len() > 2 {
            &arg[2..]
        } else {
            at += 1;
            args.get(at - 1)?
        };
        match letter {
            b'd' => match given {
                [one] => delimiter = *one,
                _ => return None,
            },
            letter => {
                fields = letter == b'f';
                list = Some(ranges(given)?);
            }
        }
    }
    Some(Act::Cut { delimiter: fields.then_some(delimiter), list: list?, only })
}

fn ranges(text: &[u8]) -> Option<Vec<(usize, usize)>> {
    text.split(|byte| *byte == b',')
        .map(|part| {
            let Some(dash) = part.iter().position(|byte| *byte == b'-') else {
                return number(part).map(|at| (at, at));
            };
            let (first, last) = (&part[..dash], &part[dash + 1..]);
            let from = if first.is_empty() { Some(1) } else { number(first) };
            let to = if last.is_empty() { Some(usize::MAX) } else { number(last) };
            from.zip(to)
        })
        .collect()
}

fn holds(list: &[(usize, usize)], at: usize) -> bool {
    list.iter().any(|(from, to)| (*from..=*to).contains(&at))
}

fn grep<'a>(called: &[u8], args: &[&'a [u8]], files: &mut Vec<&'a [u8]>) -> Option<Act<'a>> {
    let (mut invert, mut fold, mut fixed, mut word) = (false, false, called == b"fgrep", None);
    for arg in args {
        match *arg {
            b"-v" => invert = true,
            b"-i" => fold = true,
            b"-F" => fixed = true,
            _ if arg.len() > 1 && arg[0] == b'-' => return None,
            _ if word.is_none() => word = Some(*arg),
            _ => files.push(arg),
        }
    }
    let word = word?;
    let plain = |byte: &u8| byte.is_ascii() && !b"\\.[]*^$+?(){}|".contains(byte);
    let simple = word.iter().all(|byte| plain(byte) || fixed && byte.is_ascii() && *byte != b'\n');
    (simple && files.len() < 2).then_some(Act::Grep { word, invert, fold })
}

/// `s/TEXT/TEXT/`, `g` allowed, several behind one another, without anything that is special in a regular expression.
fn sed<'a>(args: &[&'a [u8]], files: &mut Vec<&'a [u8]>) -> Option<Act<'a>> {
    let (mut scripts, mut at): (Vec<&[u8]>, usize) = (Vec::new(), 0);
    let mut expressions = false;
    while let Some(arg) = args.get(at) {
        at += 1;
        match *arg {
            b"-e" => {
                expressions = true;
                at += 1;
                scripts.push(args.get(at - 1)?);
            }
            b"-E" | b"-r" => {}
            _ if arg.len() > 1 && arg[0] == b'-' => return None,
            _ if !expressions && scripts.is_empty() => scripts.push(arg),
            _ => files.push(arg),
        }
    }
    let mut all = Vec::new();
    for script in scripts {
        let mut rest = script;
        loop {
            rest = rest.trim_ascii_start();
            let (b's', delimiter) = (*rest.first()?, *rest.get(1)?) else { return None };
            if delimiter.is_ascii_alphanumeric() || matches!(delimiter, b'\\' | b'\n') {
                return None;
            }
            let mut parts = rest[2..].splitn(3, |byte| *byte == delimiter);
            let (from, to, behind) = (parts.next()?, parts.next()?, parts.next()?);
            let plain = |byte: &u8| byte.is_ascii() && !b"\\.[]*^$+?(){}|".contains(byte);
            if from.is_empty() || !from.iter().all(plain) || to.iter().any(|byte| matches!(byte, b'\\' | b'&' | b'\n'))
            {
                return None;
            }
            let (flags, behind) = match behind.iter().position(|byte| matches!(byte, b';' | b'\n')) {
                Some(end) => (&behind[..end], Some(&behind[end + 1..])),
                None => (behind, None),
            };
            let all_of_them = match flags.trim_ascii() {
                b"" => false,
                b"g" => true,
                _ => return None,
            };
            all.push(Substitution { from: from.to_vec(), to: to.to_vec(), all: all_of_them });
            match behind {
                Some(behind) if !behind.trim_ascii().is_empty() => rest = behind,
                _ => break,
            }
        }
    }
    (!all.is_empty() && files.len() < 2).then_some(Act::Substitute(all))
}

fn substituted(line: &[u8], one: &Substitution) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let (mut rest, mut done) = (line, false);
    while let Some(at) = rest.windows(one.from.len()).position(|part| part == one.from).filter(|_| !done) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(&one.to);
        rest = &rest[at + one.from.len()..];
        done = !one.all;
    }
    out.extend_from_slice(rest);
    out
}

/// `{print $N}`, with `-F` and one character.
fn awk<'a>(args: &[&'a [u8]], files: &mut Vec<&'a [u8]>) -> Option<Act<'a>> {
    let (separator, rest) = match args {
        [b"-F", one, rest @ ..] if one.len() == 1 => (Some(one[0]), rest),
        [both, rest @ ..] if both.starts_with(b"-F") && both.len() == 3 => (Some(both[2]), rest),
        rest => (None, rest),
    };
    let (program, rest) = rest.split_first()?;
    // A `t` alone would be a tab, a blank the default.
    if separator.is_some_and(|one| b" \\t".contains(&one)) {
        return None;
    }
    let inner = program.trim_ascii().strip_prefix(b"{")?.strip_suffix(b"}")?.trim_ascii();
    let what = inner.strip_prefix(b"print")?.trim_ascii();
    let field = match what.strip_prefix(b"$") {
        Some(b"NF") => None,
        Some(digits) if !digits.is_empty() => Some(number(digits)?),
        None if what.is_empty() => Some(0),
        _ => return None,
    };
    files.extend(rest);
    (files.len() < 2).then_some(Act::Print { separator, field })
}

fn fields(line: &[u8], separator: Option<u8>) -> Vec<&[u8]> {
    match separator {
        Some(_) if line.is_empty() => Vec::new(),
        Some(separator) => line.split(|byte| *byte == separator).collect(),
        None => line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|field| !field.is_empty()).collect(),
    }
}

fn last_field(line: &[u8], separator: Option<u8>) -> Option<Vec<u8>> {
    // Without a field, `$NF` is `$0`.
    Some(fields(line, separator).last().copied().unwrap_or(line).to_vec())
}

fn encoded(bytes: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().enumerate().fold(0_u32, |all, (at, byte)| all | u32::from(*byte) << (16 - 8 * at));
        for at in 0..4 {
            let letter = LETTERS[(group >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= chunk.len() { letter } else { b'=' });
        }
    }
    out.push(b'\n');
    out
}

#[cfg(test)]
mod tests {
    use super::Filter;

    fn run(words: &[&str], input: &str) -> Option<String> {
        let args: Vec<&[u8]> = words[1..].iter().map(|word| word.as_bytes()).collect();
        let out = Filter::of(words[0].as_bytes(), &args)?.apply(input.as_bytes())?;
        String::from_utf8(out).ok()
    }

    #[test]
    fn simple_filters() {
        for (words, input, output) in [
            (&["head", "-1"][..], "a\nb\n", "a\n"),
            (&["head", "-c", "2"], "abc", "ab"),
            (&["tail", "-n", "+2"], "a\nb\nc\n", "b\nc\n"),
            (&["tail", "-n1"], "a\nb", "b"),
            (&["tr", "a-z", "A-Z"], "a1\n", "A1\n"),
            (&["tr", "-d", "[:space:]"], "a b\n", "ab"),
            (&["tr", "-s", "a"], "aab", "ab"),
            (&["cut", "-d:", "-f2-"], "a:b:c\nx\n", "b:c\nx\n"),
            (&["cut", "-c1-2"], "rmx\n", "rm\n"),
            (&["sort", "-u"], "b\na\nb\n", "a\nb\n"),
            (&["rev"], "mr\n", "rm\n"),
            (&["wc", "-l"], "a\nb\n", "2\n"),
            (&["grep", "-v", "b"], "a\nb\n", "a\n"),
            (&["sed", "s/mr/rm/; s/x/y/g"], "mr x x\n", "rm y y\n"),
            (&["awk", "-F:", "{print $2}"], "a:b\n", "b\n"),
            (&["awk", "{ print $NF }"], "a b c\n", "c\n"),
            (&["xxd", "-r", "-p"], "726d\n", "rm"),
            (&["base64"], "hi", "aGk=\n"),
            (&["paste", "-sd,"], "a\nb\n", "a,b\n"),
        ] {
            assert_eq!(run(words, input).as_deref(), Some(output), "{words:?}");
        }
    }

    #[test]
    fn what_is_not_simple_is_not_followed() {
        for words in [
            &["sed", "s/a.c/x/"][..],
            &["sed", "s/a/x/e"],
            &["sed", "-n", "p"],
            &["awk", "BEGIN{print}"],
            &["grep", "a.*"],
            &["tr", "[=a=]", "b"],
            &["head", "-n", "-1"],
            &["cut", "--complement", "-f1"],
            &["sort", "-k2"],
        ] {
            assert_eq!(run(words, "a\n"), None, "{words:?}");
        }
        assert_eq!(run(&["sort"], "B\na\n"), None);
    }
}
