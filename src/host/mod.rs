//! Reads this machine for the pure core: the `World` on disk, settings and rule files, state directory, session.
