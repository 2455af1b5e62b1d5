//! Becomes the real shell so that nobody can tell, and leaves a side-car behind that records the outcome.
