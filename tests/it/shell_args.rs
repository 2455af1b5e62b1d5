//! Chapter: shell_args.
