//! Small blocks that a busy thread keeps for itself when they are freed, in front of the C library's allocator.
//!
//! Answering a call of a guarded program takes some thirty blocks and frees them at once. In a process of several threads
//! that is a lock each time with musl, and was a tenth of what such a call costs. Nothing is kept where nobody has asked
//! for it, never more than a few blocks of a size, and what is left is given back when the thread is done.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::ptr::NonNull;

/// Blocks have sizes that are multiples of this, and are aligned to it.
pub(super) const GRAIN: usize = 16;
/// Larger blocks are not kept.
const MOST: usize = 512;
/// Blocks of one size that are kept.
const SPARE: u32 = 32;

thread_local! {
    /// True on a thread that keeps blocks.
    static KEEPS: Cell<bool> = const { Cell::new(false) };
    static LISTS: Lists = const { Lists(UnsafeCell::new([List { first: None, length: 0 }; MOST / GRAIN + 1])) };
}

/// Freed blocks by size in grains.
///
/// Invariant: only the functions of this file touch it, each for the length of its own body, and none calls what allocates.
struct Lists(UnsafeCell<[List; MOST / GRAIN + 1]>);

#[derive(Clone, Copy)]
struct List {
    first: Option<NonNull<Freed>>,
    length: u32,
}

/// A freed block: the next of its size.
struct Freed {
    next: Option<NonNull<Freed>>,
}

/// As long as it lives, its thread keeps blocks.
#[must_use = "nothing is kept once it is gone"]
pub struct ThreadMemory {
    /// It cannot leave its thread.
    _here: PhantomData<*const ()>,
}

impl ThreadMemory {
    /// Begins to keep freed blocks, for this thread. One at a time.
    pub fn keep() -> Self {
        KEEPS.set(true);
        Self { _here: PhantomData }
    }
}

impl Drop for ThreadMemory {
    fn drop(&mut self) {
        KEEPS.set(false);
        for grains in 1..=MOST / GRAIN {
            while let Some(block) = take(grains) {
                let Ok(layout) = Layout::from_size_align(grains * GRAIN, GRAIN) else { return };
                // SAFETY: blocks in the lists are the C library's, of this layout (`give_back`), and nobody uses them.
                #[expect(unsafe_code, reason = "gives back what the lists hold")]
                unsafe {
                    System.dealloc(block, layout);
                }
            }
        }
    }
}

/// What the C library is asked for in place of `layout`, so that blocks of one size can stand for each other. To be used for
/// every call that has to do with the block.
pub(super) fn rounded(layout: Layout) -> Layout {
    if layout.size() > MOST || layout.align() > GRAIN {
        return layout;
    }
    Layout::from_size_align(layout.size().next_multiple_of(GRAIN), GRAIN).unwrap_or(layout)
}

/// A block that was kept, for a layout that is [`rounded`].
pub(super) fn kept(layout: Layout) -> Option<*mut u8> {
    let small = layout.size() <= MOST && layout.align() == GRAIN && KEEPS.get();
    small.then(|| take(layout.size() / GRAIN)).flatten()
}

fn take(grains: usize) -> Option<*mut u8> {
    LISTS.with(|lists| {
        // SAFETY: by the invariant of the type nothing else refers to the lists now.
        #[expect(unsafe_code, reason = "lists that belong to this thread")]
        let list = unsafe { (&mut *lists.0.get()).get_mut(grains) }?;
        let block = list.first?;
        // SAFETY: the list holds blocks that nobody uses, each written by `give_back`.
        #[expect(unsafe_code, reason = "the list lies in the blocks")]
        let next = unsafe { block.as_ref().next };
        (list.first, list.length) = (next, list.length - 1);
        Some(block.as_ptr().cast())
    })
}

/// Keeps a block of the C library's that is freed, when its layout, which is [`rounded`], is one of those and there is room.
pub(super) fn give_back(block: *mut u8, layout: Layout) -> bool {
    if layout.size() == 0 || layout.size() > MOST || layout.align() != GRAIN || !KEEPS.get() {
        return false;
    }
    LISTS.with(|lists| {
        // SAFETY: as in `take`.
        #[expect(unsafe_code, reason = "lists that belong to this thread")]
        let list = unsafe { (&mut *lists.0.get()).get_mut(layout.size() / GRAIN) };
        let (Some(list), Some(block)) = (list, NonNull::new(block.cast::<Freed>())) else { return false };
        if list.length >= SPARE {
            return false;
        }
        // SAFETY: the block is at least `GRAIN` bytes, aligned to `GRAIN` (`rounded`), and its user is done with it.
        #[expect(unsafe_code, reason = "the list lies in the blocks")]
        unsafe {
            block.write(Freed { next: list.first });
        }
        (list.first, list.length) = (Some(block), list.length + 1);
        true
    })
}

#[cfg(test)]
mod tests {
    use super::{SPARE, ThreadMemory, give_back, kept, rounded};
    use std::alloc::{GlobalAlloc, Layout, System};

    #[test]
    #[expect(unsafe_code, reason = "allocates by hand")]
    fn blocks_of_a_size_are_kept_up_to_a_number_and_only_while_asked_for() {
        let layout = rounded(Layout::from_size_align(50, 8).expect("a small power of two"));
        assert_eq!((layout.size(), layout.align()), (64, 16));
        // SAFETY: every block is used within its size, and freed once with the layout it came with.
        let block = || unsafe { System.alloc(layout) };
        let first = block();
        assert!(!give_back(first, layout), "nobody has asked for it");
        let memory = ThreadMemory::keep();
        assert!(give_back(first, layout));
        let other = rounded(Layout::from_size_align(65, 1).expect("a small power of two"));
        assert_eq!(kept(other), None, "another size");
        assert_eq!(kept(layout), Some(first));
        assert_eq!(kept(layout), None);
        assert!(give_back(first, layout));
        let taken = (1..SPARE + 10).filter(|_| {
            let more = block();
            let kept = give_back(more, layout);
            if !kept {
                // SAFETY: as above.
                unsafe { System.dealloc(more, layout) };
            }
            kept
        });
        assert_eq!(taken.count(), SPARE as usize - 1);
        drop(memory);
        assert_eq!(kept(layout), None);
        let large = Layout::from_size_align(4096, 8).expect("a small power of two");
        assert_eq!(rounded(large), large);
    }
}
