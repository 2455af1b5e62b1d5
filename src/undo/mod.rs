//! Reverses recorded steps; refuses to overwrite later work.
