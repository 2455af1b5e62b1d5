//! Memory for the short life of a shell that is about to become another.
//!
//! A line takes some two thousand small blocks within half a millisecond, and a general allocator makes a quarter of all
//! instructions of it. Small blocks of the first thread come from one piece of memory here, and freed ones are kept by
//! size; large blocks, those of other threads, and what no longer fits are [`ThreadMemory`]'s. So a process that lives on
//! (a supervisor, a side-car) uses this piece up and then goes on as any other.

use super::thread_memory::{GRAIN, ThreadMemory};
use std::alloc::{GlobalAlloc, Layout};
use std::cell::{Cell, UnsafeCell};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

/// Bytes of the piece; only touched pages cost memory.
const ROOM: usize = 256 << 10;
/// Larger blocks are not given out again once they are freed.
const MOST: usize = 4096;
/// Larger blocks are [`ThreadMemory`]'s.
const LARGEST: usize = 32 << 10;

thread_local! {
    /// True on the thread that small blocks are for.
    static FIRST: Cell<bool> = const { Cell::new(false) };
}

/// The allocator; for one `static`, and `#[global_allocator]`.
///
/// Invariant: `state` and `room` are touched by one thread only, that which called [`Self::serve_this_thread`]; a block of
/// `room` that another thread frees stays used. The state lies in the page where the room begins.
#[repr(C, align(4096))]
pub struct FirstMemory {
    state: UnsafeCell<State>,
    room: UnsafeCell<Room>,
}

#[repr(C, align(16))]
struct Room([MaybeUninit<u8>; ROOM]);

struct State {
    /// Bytes of the room that were handed out so far.
    used: usize,
    /// Freed blocks by size in grains.
    freed: [Option<NonNull<Freed>>; MOST / GRAIN + 1],
}

/// A freed block: the next of its size.
struct Freed {
    next: Option<NonNull<Freed>>,
}

// SAFETY: by the invariant of the type one thread alone touches what is inside.
#[expect(unsafe_code, reason = "the fields belong to one thread, which the compiler cannot see")]
unsafe impl Sync for FirstMemory {}

impl FirstMemory {
    /// With all its room, serving nobody yet.
    #[expect(clippy::new_without_default, reason = "there is one, a static")]
    pub const fn new() -> Self {
        Self {
            state: UnsafeCell::new(State { used: 0, freed: [None; MOST / GRAIN + 1] }),
            room: UnsafeCell::new(Room([MaybeUninit::uninit(); ROOM])),
        }
    }

    /// Serves the thread that calls this, and no other. To be called once in a process.
    pub fn serve_this_thread() {
        FIRST.set(true);
    }

    /// True on the thread that is served: the one that a process begins with, when it is the shell.
    pub fn serves_this_thread() -> bool {
        FIRST.get()
    }

    /// True for an address in the room.
    fn holds(&self, block: *mut u8) -> bool {
        block.addr().wrapping_sub(self.room.get().addr()) < ROOM
    }

    /// A block from the room, at least as large as asked; `None` where [`ThreadMemory`] is to give one.
    fn take(&self, size: usize) -> Option<*mut u8> {
        let grains = size.div_ceil(GRAIN);
        // SAFETY: the caller is the one thread that touches the state (`is_ours`), and no reference outlives this call.
        #[expect(unsafe_code, reason = "interior mutability of a static")]
        let state = unsafe { &mut *self.state.get() };
        if let Some(kept) = state.freed.get_mut(grains)
            && let Some(block) = *kept
        {
            // SAFETY: the list holds blocks of the room that nobody uses, each written by `give_back`.
            #[expect(unsafe_code, reason = "the list of freed blocks lies in the blocks")]
            let next = unsafe { block.as_ref().next };
            *kept = next;
            return Some(block.as_ptr().cast());
        }
        let (start, end) = (state.used, state.used + grains * GRAIN);
        if end > ROOM {
            return None;
        }
        state.used = end;
        // SAFETY: `start` is below `ROOM`, so the address is within the room.
        #[expect(unsafe_code, reason = "address within an array")]
        let block = unsafe { self.room.get().cast::<u8>().add(start) };
        Some(block)
    }

    /// Keeps a block of the room for the next of its size.
    fn give_back(&self, block: *mut u8, size: usize) {
        let Some(block) = NonNull::new(block.cast::<Freed>()) else { return };
        // SAFETY: as in `take`. The block is at least `GRAIN` bytes, aligned to `GRAIN`, and its user is done with it.
        #[expect(unsafe_code, reason = "interior mutability of a static; the list lies in the blocks")]
        unsafe {
            let state = &mut *self.state.get();
            if let Some(kept) = state.freed.get_mut(size.div_ceil(GRAIN)) {
                block.write(Freed { next: *kept });
                *kept = Some(block);
            }
        }
    }
}

/// True when small blocks of such a layout come from the room.
fn is_ours(layout: Layout) -> bool {
    layout.size() <= LARGEST && layout.align() <= GRAIN && FIRST.get()
}

// SAFETY: blocks of the room are handed out once until they are given back, are as large and as aligned as asked
// (`is_ours`), and are told from [`ThreadMemory`]'s by their address; those are passed on with the layout they came with.
#[expect(unsafe_code, reason = "an allocator is unsafe to implement")]
unsafe impl GlobalAlloc for FirstMemory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let own = if is_ours(layout) { self.take(layout.size()) } else { None };
        // SAFETY: the caller's word on the layout.
        own.unwrap_or_else(|| unsafe { ThreadMemory.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let Some(own) = is_ours(layout).then(|| self.take(layout.size())).flatten() else {
            // SAFETY: the caller's word on the layout.
            return unsafe { ThreadMemory.alloc_zeroed(layout) };
        };
        // SAFETY: the block is at least `size` bytes.
        unsafe { own.write_bytes(0, layout.size()) };
        own
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if !self.holds(block) {
            // SAFETY: what is not of the room came from there, with this layout.
            unsafe { ThreadMemory.dealloc(block, layout) };
        } else if FIRST.get() {
            self.give_back(block, layout.size());
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !self.holds(block) {
            // SAFETY: the caller's word; what is not of the room came from there, with this layout.
            return unsafe { ThreadMemory.realloc(block, layout, size) };
        }
        if size.div_ceil(GRAIN) == layout.size().div_ceil(GRAIN) {
            return block;
        }
        // SAFETY: the size is not 0 and does not overflow when rounded up to the alignment, by the caller's word. Old and
        // new block are both in use, hence apart, and at least the smaller of the sizes long.
        unsafe {
            let other = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !other.is_null() {
                ptr::copy_nonoverlapping(block, other, layout.size().min(size));
                self.dealloc(block, layout);
            }
            other
        }
    }
}

#[cfg(test)]
#[expect(unsafe_code, reason = "allocates by hand")]
mod tests {
    use super::{FirstMemory, LARGEST, MOST, ROOM};
    use std::alloc::{GlobalAlloc, Layout};

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).expect("a small power of two")
    }

    #[test]
    fn blocks_are_reused_grow_and_run_out() {
        static MEMORY: FirstMemory = FirstMemory::new();
        FirstMemory::serve_this_thread();
        // SAFETY: every block is used within its size, given back once, and with the layout it came with.
        unsafe {
            let (a, b) = (MEMORY.alloc(layout(24)), MEMORY.alloc(layout(24)));
            assert!(MEMORY.holds(a) && MEMORY.holds(b) && a != b);
            a.write_bytes(7, 24);
            MEMORY.dealloc(b, layout(24));
            assert_eq!(MEMORY.alloc_zeroed(layout(30)), b, "the freed one of that size");
            assert_eq!(std::slice::from_raw_parts(b, 30), [0; 30]);
            assert_eq!(MEMORY.realloc(a, layout(24), 32), a, "it is as large already");
            let large = MEMORY.realloc(a, layout(32), LARGEST + 1);
            assert!(!MEMORY.holds(large));
            assert_eq!(std::slice::from_raw_parts(large, 24), [7; 24]);
            MEMORY.dealloc(large, layout(LARGEST + 1));

            let many: Vec<*mut u8> = (0..ROOM / MOST + 1).map(|_| MEMORY.alloc(layout(MOST))).collect();
            assert!(many.iter().all(|block| !block.is_null()));
            assert!(many.iter().any(|block| !MEMORY.holds(*block)), "the room is used up");
            many.into_iter().for_each(|block| MEMORY.dealloc(block, layout(MOST)));
            assert!(MEMORY.holds(MEMORY.alloc(layout(MOST))), "and has room again");
        }
    }

    #[test]
    fn other_threads_are_not_served() {
        static MEMORY: FirstMemory = FirstMemory::new();
        let other = std::thread::spawn(|| {
            // SAFETY: as above.
            unsafe {
                let block = MEMORY.alloc(layout(24));
                MEMORY.dealloc(block, layout(24));
                MEMORY.holds(block)
            }
        });
        assert_eq!(other.join().ok(), Some(false));
    }
}
