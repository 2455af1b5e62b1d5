//! The line that an agent's wrapper carries, judged in the wrapper's stead.
//!
//! Comes in: what `agents` took apart. Goes out: only what this machine bears out, and an assessment that speaks of the line
//! as the agent asked for it. The whole text still runs.

use crate::agents::{self, Trust, Wrapped};
use crate::effect::{Assessment, Effect, EntryKind, Start, World};
use crate::grammar::Access;
use crate::syntax::Reading;
use crate::text::{Source, Span};
use std::path::Path;

/// Commands of wrappers. An exported function of that name would run in their place.
const WRAPPER_COMMANDS: &[&[u8]] = &[
    b"source", b".", b"eval", b"pwd", b"true", b":", b"shopt", b"setopt", b"builtin", b"unalias", b"unset", b"export",
    b"exec", b"trap", b"jobs", b"cd", b"exit", b"command", b"[", b"[[", b"set",
];

/// Takes a line apart, when it is a wrapper's and nothing here makes the wrapper's own part do more than it says.
pub(super) fn carried(line: &[u8], start: &Start, world: &dyn World) -> Option<Wrapped> {
    let wrapped = agents::unwrap(line)?;
    let named = |name: &[u8]| WRAPPER_COMMANDS.contains(&name);
    let replaced =
        !start.ignore_environment_functions && world.exported_functions().iter().any(|(name, _)| named(name));
    let holds = |trust: &Trust| match trust {
        Trust::Sources(file, folder) => {
            let home = world.home(None);
            let plain = folder.is_empty() || is_plain(file, world);
            plain && home.is_some_and(|home| file.parent() == Some(&*home.join(folder)))
        }
        Trust::Overwrites(file) => is_plain(file, world),
    };
    (!replaced && wrapped.trusts.iter().all(holds)).then_some(wrapped)
}

/// True for a regular file, and for a name that is free.
fn is_plain(file: &Path, world: &dyn World) -> bool {
    world.inspect(file).is_none_or(|entry| entry.kind == EntryKind::File)
}

/// True when the wrapper ends in this very program, which judges the line then.
pub(super) fn hands_to_us(wrapped: &Wrapped) -> bool {
    let own = || std::env::current_exe().ok();
    let shell = wrapped.hands_to.as_ref().and_then(|shell| std::fs::canonicalize(shell).ok());
    shell.is_some() && shell == own()
}

/// Makes reading and assessment of the judged text those of the line: what the wrapper does itself is left out, and positions
/// are positions in the line.
pub(super) fn narrow(wrapped: &Wrapped, reading: &mut Reading, assessment: &mut Assessment) {
    let Some(inner) = &wrapped.inner else { return };
    let own = |effect: &Effect| {
        effect.verb == Access::Write && wrapped.own_file.is_some() && effect.object.as_path() == wrapped.own_file
    };
    assessment.effects.retain(|effect| !own(effect));
    if let Some(range) = &wrapped.place {
        let inside = |span: Span| (span.start as usize) < range.end && span.end as usize > range.start;
        assessment.commands.retain(|command| inside(command.span));
    }
    let ours =
        |argv: &[Vec<u8>]| argv.iter().map(Vec::as_slice).eq(wrapped.own_command.iter().map(|word| word.as_bytes()));
    if let Some(at) = assessment.commands.iter().rposition(|command| ours(&command.argv)) {
        assessment.commands.remove(at);
    }
    let fit = |span: &mut Span| {
        *span = match &wrapped.place {
            Some(range) if range.len() == inner.len() => {
                let place = |at: u32| (at as usize).clamp(range.start, range.end) - range.start;
                Span::new(place(span.start), place(span.end))
            }
            _ => Span::new(0, inner.len()),
        };
    };
    assessment.commands.iter_mut().for_each(|command| fit(&mut command.span));
    assessment.effects.iter_mut().for_each(|effect| fit(&mut effect.span));
    assessment.gaps.iter_mut().for_each(|(span, _)| fit(span));
    reading.source = Source::new(inner);
}
