//! Chapter: check_cli.
