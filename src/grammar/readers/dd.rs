//! dd(1): `operand=value` words.

use super::{behind, blank, deed, doubt, known};
use crate::grammar::{Access, Argument, Grammar, Invocation, Kind, Known};

/// Operands that name no file.
const HARMLESS: &[&[u8]] = &[
    b"bs", b"cbs", b"conv", b"count", b"ibs", b"iflag", b"obs", b"oflag", b"iseek", b"oseek", b"seek", b"skip",
    b"status",
];

/// Reads `dd`'s arguments.
pub(super) fn read(grammar: &Grammar, _called: &[u8], args: &[Argument]) -> Invocation {
    let mut invocation = blank(grammar);
    if args.iter().any(|word| matches!(word.literal(), Some(b"--help" | b"--version"))) {
        return invocation;
    }
    let mut kept = false;
    let mut appended = false;
    let mut output = None;
    for word in args {
        let bytes = known(&word.value);
        let Some(at) = bytes.iter().position(|byte| *byte == b'=') else {
            if word.literal() != Some(b"--") {
                doubt(&mut invocation, word, "it is no operand of dd that is known");
            }
            continue;
        };
        let value = Argument { value: behind(&word.value, at + 1), many: word.many, span: word.span };
        let flags = |name: &[u8]| known(&value.value).split(|byte| *byte == b',').any(|flag| flag == name);
        match &bytes[..at] {
            b"if" => invocation.deeds.push(deed(Access::Read, Kind::Path, vec![value])),
            b"of" => output = Some(value),
            b"conv" => kept |= flags(b"notrunc"),
            b"oflag" => appended |= flags(b"append"),
            b"seek" | b"oseek" => kept |= !matches!(&value.value, Known::Exactly(number) if number == b"0"),
            name if HARMLESS.contains(&name) => {}
            _ => doubt(&mut invocation, word, "it is no operand of dd that is known"),
        }
    }
    if let Some(output) = output {
        let access = match (kept, appended) {
            (true, true) => Access::Append,
            (true, false) => Access::Modify,
            (false, _) => Access::Write,
        };
        invocation.deeds.push(deed(access, Kind::Path, vec![output]));
    }
    invocation
}
