//! Small blocks that a busy thread keeps for itself when they are freed, in front of the C library's allocator.
//!
//! Judging a line takes some five hundred small blocks, answering a call of a guarded program some thirty, and all are freed
//! at once. A general allocator makes a tenth of such work (with musl and several threads, a lock each time), and gives out
//! what has left the processor's cache; here what was freed last is given first. Nothing is kept where nobody has asked for
//! it, never more than some blocks of a size, and what is left is given back when the thread is done.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

/// Blocks have sizes that are multiples of this, and are aligned to it.
pub(super) const GRAIN: usize = 16;
/// Larger blocks are not kept.
const MOST: usize = 512;
/// Blocks of one size that are kept; two megabytes when all lists are full.
const SPARE: u32 = 256;

thread_local! {
    static LISTS: [List; MOST / GRAIN + 1] = const { [const { List { last: Cell::new(None), room: Cell::new(0) } }; MOST / GRAIN + 1] };
}

/// Freed blocks of one size.
///
/// Invariant: they are the C library's, of the layout that [`rounded`] gives, and nobody uses them.
struct List {
    /// The one freed last.
    last: Cell<Option<NonNull<Freed>>>,
    /// How many more are kept; none on a thread that keeps no blocks.
    room: Cell<u32>,
}

/// A freed block: the one of its size that was freed before.
struct Freed {
    before: Option<NonNull<Freed>>,
}

/// The allocator, for `#[global_allocator]`.
pub struct ThreadMemory;

impl ThreadMemory {
    /// Begins to keep freed blocks, for this thread. One at a time.
    pub fn keep() -> Keeping {
        LISTS.with(|lists| lists.iter().for_each(|list| list.room.set(SPARE)));
        Keeping { _here: PhantomData }
    }
}

/// As long as it lives, its thread keeps blocks.
#[must_use = "nothing is kept once it is gone"]
pub struct Keeping {
    /// It cannot leave its thread.
    _here: PhantomData<*const ()>,
}

impl Drop for Keeping {
    fn drop(&mut self) {
        LISTS.with(|lists| {
            for (grains, list) in lists.iter().enumerate() {
                while let Some(block) = list.take() {
                    // SAFETY: by the invariant of the list it is the C library's, of this layout, and nobody uses it.
                    #[expect(unsafe_code, reason = "gives back what the lists hold")]
                    unsafe {
                        System.dealloc(block, rounded(grains));
                    }
                }
                list.room.set(0);
            }
        });
    }
}

impl List {
    /// The block that was freed last.
    #[inline]
    fn take(&self) -> Option<*mut u8> {
        let block = self.last.get()?;
        // SAFETY: by the invariant of the list nobody else uses the block; `keep` wrote to it.
        #[expect(unsafe_code, reason = "the list lies in the blocks")]
        self.last.set(unsafe { block.as_ref().before });
        self.room.set(self.room.get() + 1);
        Some(block.as_ptr().cast())
    }

    /// Keeps a freed block, when there is room.
    ///
    /// # Safety
    /// The block is the C library's, of the layout that [`rounded`] gives for this list, and its user is done with it.
    #[inline]
    #[expect(unsafe_code, reason = "the list lies in the blocks")]
    unsafe fn keep(&self, block: *mut u8) -> bool {
        let (room, Some(block)) = (self.room.get(), NonNull::new(block.cast::<Freed>())) else { return false };
        if room == 0 {
            return false;
        }
        // SAFETY: it is at least `GRAIN` bytes, aligned to `GRAIN`, and the caller's word makes it ours.
        unsafe { block.write(Freed { before: self.last.get() }) };
        self.last.set(Some(block));
        self.room.set(room - 1);
        true
    }
}

/// The size of such a block in grains, when it is one that threads keep.
#[inline]
fn grains(layout: Layout) -> Option<usize> {
    (layout.size() <= MOST && layout.align() <= GRAIN).then(|| layout.size().div_ceil(GRAIN))
}

/// What the C library is asked for in place of any layout of so many grains, so that blocks can stand for each other.
#[inline]
fn rounded(grains: usize) -> Layout {
    Layout::from_size_align(grains.max(1) * GRAIN, GRAIN).unwrap_or(Layout::new::<[u128; MOST / GRAIN]>())
}

// SAFETY: every block is the C library's, at least as large and as aligned as asked, asked for and given back with one layout
// (`rounded` gives the same for all sizes within a grain), and handed out again only after it was freed. A block may be freed
// on another thread, which then keeps it: the C library takes it back from any.
#[expect(unsafe_code, reason = "an allocator is unsafe to implement")]
unsafe impl GlobalAlloc for ThreadMemory {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(grains) = grains(layout) else {
            // SAFETY: the caller's word on the layout.
            return unsafe { System.alloc(layout) };
        };
        // SAFETY: a layout that is not empty.
        LISTS.with(|lists| lists[grains].take()).unwrap_or_else(|| unsafe { System.alloc(rounded(grains)) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's word on the layout, or one that is not empty.
        unsafe { System.alloc_zeroed(grains(layout).map_or(layout, rounded)) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let grains = grains(layout);
        // SAFETY: `alloc` made the block by `rounded` for all layouts of so many grains, and the caller is done with it.
        if grains.is_some_and(|grains| LISTS.with(|lists| unsafe { lists[grains].keep(block) })) {
            return;
        }
        // SAFETY: the block is the C library's, of this layout.
        unsafe { System.dealloc(block, grains.map_or(layout, rounded)) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: by the caller's word the size is not 0 and does not overflow when rounded up to the alignment.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (grains(layout), grains(wanted)) {
            // SAFETY: the caller's word; the block is the C library's, of this layout.
            (None, None) => unsafe { System.realloc(block, layout, size) },
            (before, after) if before == after => block,
            // SAFETY: old and new block are both in use, hence apart, and at least the smaller of the sizes long.
            _ => unsafe {
                let other = self.alloc(wanted);
                if !other.is_null() {
                    ptr::copy_nonoverlapping(block, other, layout.size().min(size));
                    self.dealloc(block, layout);
                }
                other
            },
        }
    }
}

#[cfg(test)]
#[expect(unsafe_code, reason = "allocates by hand")]
mod tests {
    use super::{LISTS, MOST, SPARE, ThreadMemory};
    use std::alloc::{GlobalAlloc, Layout};

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).expect("a small power of two")
    }

    fn block(size: usize) -> *mut u8 {
        // SAFETY: the layout is not empty.
        unsafe { ThreadMemory.alloc(layout(size)) }
    }

    #[test]
    fn the_last_block_freed_is_the_next_one_given_while_blocks_are_kept() {
        let keeping = ThreadMemory::keep();
        // SAFETY: every block is used within its size, and given back once with the layout it has.
        unsafe {
            let (a, b) = (block(24), block(30));
            assert!(a != b);
            a.write_bytes(7, 24);
            ThreadMemory.dealloc(b, layout(30));
            assert_eq!(block(20), b, "all sizes within a grain stand for each other");
            assert_eq!(ThreadMemory.realloc(a, layout(24), 32), a, "it is as large already");
            let large = ThreadMemory.realloc(a, layout(32), MOST + 1);
            let larger = ThreadMemory.realloc(large, layout(MOST + 1), 3 * MOST);
            assert_eq!(std::slice::from_raw_parts(larger, 24), [7; 24]);
            let small = ThreadMemory.realloc(larger, layout(3 * MOST), 5);
            assert_eq!(std::slice::from_raw_parts(small, 5), [7; 5]);
            ThreadMemory.dealloc(small, layout(5));
            ThreadMemory.dealloc(b, layout(20));
        }
        drop(keeping);
    }

    #[test]
    fn no_more_than_some_are_kept_and_none_unasked() {
        // SAFETY: as above.
        let free = |block| unsafe { ThreadMemory.dealloc(block, layout(40)) };
        let state = || LISTS.with(|lists| (lists[3].last.get().is_some(), lists[3].room.get()));
        free(block(40));
        assert_eq!(state(), (false, 0), "nobody has asked for it");
        let keeping = ThreadMemory::keep();
        let blocks: Vec<*mut u8> = (0..SPARE + 9).map(|_| block(40)).collect();
        blocks.into_iter().for_each(free);
        assert_eq!(state(), (true, 0));
        free(block(40));
        assert_eq!(state(), (true, 0));
        drop(keeping);
        assert_eq!(state(), (false, 0));
    }

    #[test]
    fn what_one_thread_gives_another_frees() {
        let block = block(40).expose_provenance();
        let freed = std::thread::spawn(move || {
            let _keeping = ThreadMemory::keep();
            // SAFETY: as above.
            unsafe { ThreadMemory.dealloc(std::ptr::with_exposed_provenance_mut(block), layout(40)) };
            self::block(33).addr() == block
        });
        assert_eq!(freed.join().ok(), Some(true));
    }
}
