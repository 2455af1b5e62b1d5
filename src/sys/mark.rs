//! A mark in every agentsh program file, so that agentsh is never taken for the real shell, whatever it is called and
//! however it was copied.
//!
//! The mark is an ELF note (elf(5)): linkers place notes right behind the program headers, hence in the first page.

use super::content::read_at;
use std::fs::File;
use std::io;

/// How much of a file is looked at.
const HEAD: usize = 4096;
/// Owner and description of the note; together they are what is searched for.
const OWNER: [u8; 8] = *b"agentsh\0";
const DESCRIPTION: [u8; 16] = *b"not the real one";

#[repr(C, align(4))]
struct Note {
    owner_size: u32,
    description_size: u32,
    kind: u32,
    owner: [u8; 8],
    description: [u8; 16],
}

// SAFETY: a section whose name begins with `.note` holds only notes; this item is one, laid out and aligned as elf(5)
// says, and nothing refers to the section by name.
#[expect(unsafe_code, reason = "placing an item in a named section has no safe form")]
#[unsafe(link_section = ".note.agentsh")]
#[used]
static NOTE: Note = Note {
    owner_size: OWNER.len() as u32,
    description_size: DESCRIPTION.len() as u32,
    kind: 1,
    owner: OWNER,
    description: DESCRIPTION,
};

/// What the head of a program file shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramKind {
    /// An ELF program that is not agentsh.
    Foreign,
    /// Some build of agentsh.
    Agentsh,
    /// No ELF file: a script, or nothing that could run.
    NotAProgram,
}

/// Looks at the head of an open file; its offset is not moved.
pub fn program_kind(file: &File) -> io::Result<ProgramKind> {
    let mut head = [0; HEAD];
    let mut length = 0;
    while length < HEAD {
        match read_at(file, &mut head[length..], length as u64)? {
            0 => break,
            count => length += count,
        }
    }
    let head = &head[..length];
    if !head.starts_with(b"\x7fELF") {
        return Ok(ProgramKind::NotAProgram);
    }
    // Put together here, so that the only place of the program file that holds the mark in one piece is the note.
    // Notes lie at multiples of four bytes.
    let marked = head.chunks_exact(4).enumerate().any(|(at, word)| {
        word == &NOTE.owner[..4]
            && head[at * 4..].strip_prefix(&NOTE.owner).is_some_and(|rest| rest.starts_with(&NOTE.description))
    });
    Ok(if marked { ProgramKind::Agentsh } else { ProgramKind::Foreign })
}
