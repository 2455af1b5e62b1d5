//! Safe thin wrappers over the Linux calls we need; the only unsafe code; knows no rule.
