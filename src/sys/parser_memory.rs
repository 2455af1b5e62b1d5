//! tree-sitter's C code takes its memory from the program's allocator, as everything else does.
//!
//! A parser makes a fifth of all blocks of a line. C gives blocks back without their size, so each carries it in front.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, handle_alloc_error, realloc};
use std::ffi::c_void;
use std::process::abort;
use std::sync::Once;
use tree_sitter::{Allocator, Parser};

/// Bytes before a block: its size, and as much more as keeps it aligned as malloc(3)'s are.
const HEAD: usize = 16;

static SHARED: Once = Once::new();

/// A new parser. All parsers are made here, and nothing else of tree-sitter comes before one.
pub fn new_parser() -> Parser {
    SHARED.call_once(|| {
        let allocator = Allocator { malloc: take, calloc: take_zeroed, realloc: resize, free: give_back };
        // SAFETY: the four belong together and give aligned blocks, never null (tree_sitter::set_allocator). Nothing of
        // tree-sitter was used yet, and threads that come now wait here.
        #[expect(unsafe_code, reason = "tree-sitter keeps the functions in variables without a lock")]
        unsafe {
            tree_sitter::set_allocator(Some(allocator));
        }
    });
    Parser::new()
}

/// The layout of a block of `size` bytes with its head. No object is so large that there is none (ISO C, malloc(3)).
fn layout(size: usize) -> Layout {
    let with_head = size.checked_add(HEAD).and_then(|size| Layout::from_size_align(size, HEAD).ok());
    with_head.unwrap_or_else(|| abort())
}

/// What the caller is given of a block that was made by `layout`.
///
/// # Safety
/// `block` is null or a fresh block of that layout.
#[expect(unsafe_code, reason = "C's blocks")]
unsafe fn with_head(block: *mut u8, layout: Layout) -> *mut c_void {
    if block.is_null() {
        handle_alloc_error(layout);
    }
    // SAFETY: the block is at least `HEAD` bytes and aligned to them.
    unsafe {
        block.cast::<usize>().write(layout.size());
        block.add(HEAD).cast()
    }
}

/// A block that [`with_head`] gave, as the allocator knows it.
///
/// # Safety
/// `given` came from [`with_head`] and was not given back.
#[expect(unsafe_code, reason = "C's blocks")]
unsafe fn without_head(given: *mut c_void) -> (*mut u8, Layout) {
    // SAFETY: the head lies before it and holds the size of a layout that was made by `layout`.
    unsafe {
        let block = given.cast::<u8>().sub(HEAD);
        (block, Layout::from_size_align_unchecked(block.cast::<usize>().read(), HEAD))
    }
}

// SAFETY: for C code, which calls it as it may call malloc(3).
#[expect(unsafe_code, reason = "malloc(3)")]
unsafe extern "C" fn take(size: usize) -> *mut c_void {
    let layout = layout(size);
    // SAFETY: the layout is not empty; the block is made by it.
    unsafe { with_head(alloc(layout), layout) }
}

// SAFETY: for C code, which calls it as it may call calloc(3).
#[expect(unsafe_code, reason = "calloc(3)")]
unsafe extern "C" fn take_zeroed(count: usize, size: usize) -> *mut c_void {
    let layout = layout(count.checked_mul(size).unwrap_or_else(|| abort()));
    // SAFETY: as in `take`.
    unsafe { with_head(alloc_zeroed(layout), layout) }
}

// SAFETY: for C code, which calls it as it may call realloc(3).
#[expect(unsafe_code, reason = "realloc(3)")]
unsafe extern "C" fn resize(given: *mut c_void, size: usize) -> *mut c_void {
    if given.is_null() {
        // SAFETY: realloc(3) of nothing is malloc(3).
        return unsafe { take(size) };
    }
    let wanted = layout(size);
    // SAFETY: the caller gives a block it was given; the new size is that of a layout with the same alignment.
    unsafe {
        let (block, layout) = without_head(given);
        with_head(realloc(block, layout, wanted.size()), wanted)
    }
}

// SAFETY: for C code, which calls it as it may call free(3).
#[expect(unsafe_code, reason = "free(3)")]
unsafe extern "C" fn give_back(given: *mut c_void) {
    if !given.is_null() {
        // SAFETY: the caller gives a block it was given, and does not use it again.
        unsafe {
            let (block, layout) = without_head(given);
            dealloc(block, layout);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{give_back, resize, take, take_zeroed};
    use std::ptr;

    #[test]
    fn blocks_keep_their_bytes_and_are_aligned() {
        // SAFETY: every block is used within its size and given back once.
        #[expect(unsafe_code, reason = "C's blocks")]
        unsafe {
            let zeroed = take_zeroed(3, 7).cast::<u8>();
            assert_eq!(std::slice::from_raw_parts(zeroed, 21), [0; 21]);
            zeroed.write_bytes(5, 21);
            let larger = resize(zeroed.cast(), 5000).cast::<u8>();
            assert_eq!(std::slice::from_raw_parts(larger, 21), [5; 21]);
            let smaller = resize(larger.cast(), 2).cast::<u8>();
            assert_eq!(std::slice::from_raw_parts(smaller, 2), [5; 2]);
            let (empty, fresh) = (take(0), resize(ptr::null_mut(), 40));
            for block in [smaller.cast(), empty, fresh] {
                assert_eq!(block.addr() % 16, 0);
                give_back(block);
            }
            give_back(ptr::null_mut());
        }
    }
}
