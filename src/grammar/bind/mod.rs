//! An argv held against a grammar.
//!
//! [`scan`] tells options, subcommands and operands apart; [`operands`] deals the operands out; [`forms`] finds which
//! readings may hold; [`deeds`] says what each does.

mod deeds;
mod forms;
mod operands;
mod options;
mod scan;

use super::{Argument, Doubt, Grammar, Invocation, readers};

pub(super) use operands::is_variable;
pub(super) use scan::Scan;

/// What a program called `called` does with `args` (its name not among them).
///
/// Never fails: what the grammar does not account for becomes a [`Doubt`], and the deeds that are known are listed
/// nevertheless.
pub fn bind(grammar: &Grammar, called: &[u8], args: &[Argument]) -> Invocation {
    match grammar.reader.as_deref() {
        None => by_table(grammar, called, args),
        Some(name) => match readers::named(name) {
            Some(read) => read(grammar, called, args),
            None => {
                let mut invocation = by_table(grammar, called, args);
                invocation.doubts.push(Doubt { argument: None, reason: format!("there is no reader named {name}") });
                invocation
            }
        },
    }
}

/// The table's reading, without a reader.
pub(super) fn by_table(grammar: &Grammar, called: &[u8], args: &[Argument]) -> Invocation {
    let scan = Scan::of(grammar, args);
    from_scan(&scan, called)
}

/// The table's reading of a scan.
pub(super) fn from_scan(scan: &Scan<'_>, called: &[u8]) -> Invocation {
    let mut invocation = Invocation {
        program: scan.levels[0].names.first().cloned().unwrap_or_default(),
        subcommand: scan.path.clone(),
        doubts: scan.doubts.clone(),
        ..Invocation::default()
    };
    if scan.stopped || scan.lost {
        if scan.lost {
            deeds::of_options(scan, &mut invocation);
        }
        return invocation;
    }
    deeds::collect(scan, &forms::readings(scan, called), &mut invocation);
    invocation
}

#[cfg(test)]
mod tests;
